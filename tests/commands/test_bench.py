"""bench.py as it is called: what goes to stdout, what to stderr, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from servelint.benchmarks.record import COLUMNS
from servelint.commands.bench import main
from support import PYTHON, ROOT, environment

sys.path.insert(0, str(ROOT / "tests/benchmarks"))
from samples import A3_ULTRA, A4_HIGH, SGLANG, a4x, jsonl

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a3.txt").write_text(A3_ULTRA)
    (tmp_path / "a4.txt").write_text(A4_HIGH)
    (tmp_path / "sglang.jsonl").write_text(jsonl(SGLANG))
    return tmp_path


def test_a_table_for_people(folder: Path, capsys: Said) -> None:
    assert main(["read", str(folder)]) == 0
    said = capsys.readouterr()
    head, first, *_ = said.out.splitlines()
    assert head.split()[:3] == ["model", "engine", "GPUs"] and said.err == ""
    assert "meta-llama/Llama-3.1-405B" in first and "30.5816" in first and "3,914.5" in first


def test_json_has_every_figure(folder: Path, capsys: Said) -> None:
    assert main(["read", str(folder), "--format", "json"]) == 0
    body = json.loads(capsys.readouterr().out)
    first = body["records"][0]
    assert tuple(first) == COLUMNS and body["version"] == 1 and body["unread"] == body["failed"] == []
    assert (first["output_throughput"], first["request_throughput"]) == (3914.4509, 30.5816)
    assert first["duration_s"] * 1000 == pytest.approx(980980.5121)


def test_csv_has_every_figure(folder: Path, capsys: Said) -> None:
    assert main(["read", str(folder), "--format", "csv", "--hardware", "a3ultra"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert tuple(rows[0]) == COLUMNS and [row["isl"] for row in rows] == ["128.0", "512.0", "1000.0"]
    assert float(rows[0]["output_throughput"]) == 3914.4509 and rows[0]["ttft_mean_ms"] == ""
    assert {row["hardware"] for row in rows} == {"a3ultra"}


def test_parquet_has_every_figure_and_a_type_for_each(folder: Path) -> None:
    assert main(["read", str(folder), "--format", "parquet", "--output", str(folder / "out.parquet")]) == 0
    table = pyarrow.parquet.read_table(folder / "out.parquet")
    assert tuple(table.column_names) == COLUMNS and table.num_rows == 3
    assert table.column("output_throughput").to_pylist() == [3914.4509, 101.8, 2500.0]
    kinds = {name: str(table.schema.field(name).type) for name in ("model", "requests", "tpot_p99_ms", "revision")}
    assert kinds == {"model": "string", "requests": "int64", "tpot_p99_ms": "double", "revision": "string"}


def test_what_cannot_be_read_is_said_and_the_rest_is_read(folder: Path, capsys: Said) -> None:
    (folder / "sample.txt").write_text(a4x({}))
    assert main(["read", str(folder)]) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 4
    where = f"{folder}/sample.txt:{a4x({}).split('X.XX')[0].count(chr(10)) + 1}: "
    assert said.err.startswith(where) and "X.XX" in said.err and len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["read", "/nope"], "no such file or folder"),
        (["read", "{}/empty"], "no benchmark is here"),
        (["read", ""], "is empty"),
        (["read", "{}", "--gpus", "0"], "--gpus must be at least 1"),
        (["read", "{}", "--format", "xlsx"], "invalid choice"),
        ([], "VERB"),
        (["write"], "invalid choice"),
    ],
)
def test_bad_usage_is_one_line(folder: Path, options: list[str], said: str, capsys: Said) -> None:
    (folder / "empty").mkdir()
    assert main([word.format(folder) for word in options]) == 2
    heard = capsys.readouterr()
    assert said in heard.err and len(heard.err.splitlines()) == 1 and heard.out == ""


def test_a_library_that_is_not_there_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["read", str(folder), "--format", "parquet", "--output", str(folder / "x")]) == 2
    said = capsys.readouterr().err
    assert "needs pyarrow" in said and "make bench-tools" in said and len(said.splitlines()) == 1
    assert not (folder / "x").exists()


def test_the_validator_does_not_need_these_libraries() -> None:
    """Nothing that it imports imports them, and requirements.txt does not have them."""
    code = (
        "import sys; sys.path.insert(0, 'scripts'); import servelint.commands.validate, servelint.commands.bench; "
        "sys.exit(any(name.partition('.')[0] in ('pyarrow', 'matplotlib', 'numpy') for name in sys.modules))"
    )
    assert subprocess.run([PYTHON, "-c", code], cwd=ROOT, check=False).returncode == 0
    pinned = (ROOT / "requirements.txt").read_text()
    assert not [name for name in ("pyarrow", "matplotlib", "numpy") if f"\n{name}==" in pinned]


def test_as_a_script_with_names_that_steer_a_terminal(folder: Path) -> None:
    (folder / "a3.txt").rename(folder / "a\x1b[31m\n::error::x.txt")
    done = subprocess.run(
        [PYTHON, str(ROOT / "scripts/bench.py"), "read", str(folder)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and len(done.stdout.splitlines()) == 4
