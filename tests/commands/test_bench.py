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


# --- compare, plot, limit --------------------------------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    """Two folders, the second a tenth slower."""
    slower = {"duration": 488.9, "output_throughput": 2250.0, "request_throughput": 2.25}
    for name, run in {"a": SGLANG, "b": SGLANG | slower}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.jsonl").write_text(jsonl(run))
    return str(tmp_path / "a"), str(tmp_path / "b")


def test_compare_ends_with_one_beyond_the_threshold(pair: tuple[str, str], capsys: Said) -> None:
    a, b = pair
    assert main(["compare", a, b]) == 1
    rows = capsys.readouterr().out.splitlines()
    (row,) = (row.split() for row in rows if "output_throughput" in row)
    assert row == ["output_throughput", "2,500", "2,250", "-10.0%", "-", "-", "worse"]
    assert rows[-1].endswith("3 worse beyond the threshold")
    assert main(["compare", a, b, "--threshold", "11"]) == 0
    assert main(["compare", b, a]) == 0
    assert main(["compare", a, b, "--figure", "ttft_mean_ms"]) == 0


def test_compare_as_json(pair: tuple[str, str], capsys: Said) -> None:
    assert main(["compare", *pair, "--format", "json", "--figure", "output_throughput"]) == 1
    body = json.loads(capsys.readouterr().out)
    (change,) = body["changes"]
    assert body["missing"] == [] and change["beyond"] is True and change["share"] == pytest.approx(-0.1)


def test_what_is_gone_is_worse(pair: tuple[str, str], capsys: Said) -> None:
    a, b = pair
    Path(a, "more.jsonl").write_text(jsonl(SGLANG | {"max_concurrency": 8}))
    assert main(["compare", a, b, "--threshold", "50"]) == 1
    assert "has no run of: " in capsys.readouterr().err
    assert main(["compare", b, a, "--threshold", "50"]) == 0  # one more is no loss


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["compare", "{a}", "{a}/../c"], "no such file or folder"),
        (["compare", "{a}", "{other}"], "nothing was asked alike"),
        (["compare", "{a}", "{b}", "--threshold", "-1"], "--threshold must be"),
        (["compare", "{a}", "{b}", "--threshold", "nan"], "--threshold must be"),
        (["compare", "{a}", "{b}", "--figure", "speed"], "invalid choice"),
        (["plot", "{a}", "--output", "{a}/x.jpg"], "ends in .png or .svg"),
        (["plot", "{a}"], "--output"),
        (["plot", "{other}", "--output", "{a}/x.png"], "no run has a latency and a throughput"),
        (["limit", "{a}"], "no run has a limit"),
    ],
)
def test_bad_usage_of_the_other_verbs(pair: tuple[str, str], tmp_path: Path, options: list[str], said: str, capsys: Said) -> None:  # fmt: skip
    (tmp_path / "other").mkdir()
    (tmp_path / "other/log.txt").write_text(A3_ULTRA)
    words = [word.format(a=pair[0], b=pair[1], other=tmp_path / "other") for word in options]
    assert main(words) == 2
    heard = capsys.readouterr()
    assert said in heard.err.splitlines()[-1] and heard.out == ""
    assert not list(Path(pair[0]).glob("x.*"))


@pytest.mark.parametrize(("form", "starts"), [("png", b"\x89PNG"), ("SVG", b"<?xml")])
def test_plot_writes_a_picture(pair: tuple[str, str], tmp_path: Path, form: str, starts: bytes, capsys: Said) -> None:
    Path(pair[0], "chat.failed.txt").write_text("boom")
    out = tmp_path / f"picture.{form}"
    assert main(["plot", *pair, "--output", str(out)]) == 0
    assert out.read_bytes().startswith(starts)
    assert "not drawn: 1 failed: " in capsys.readouterr().err


def test_plot_without_its_library(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", *pair, "--output", f"{pair[0]}/x.png"]) == 2
    assert "plot needs matplotlib" in capsys.readouterr().err


def test_limit_says_the_share_with_its_sources(folder: Path, capsys: Said) -> None:
    assert main(["limit", str(folder / "a3.txt"), "--hardware", "a3ultra"]) == 0
    text = capsys.readouterr().out
    assert "3,914.5 tokens/s are 39.8% of what compute allows" in text and "[1] https://www.nvidia.com/" in text
    assert main(["limit", str(folder / "a3.txt"), "--hardware", "a3ultra", "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["limits"]
    assert one["binds"] == "compute" and one["share"] == pytest.approx(0.398, abs=1e-3) and len(one["figures"]) == 8


def test_a_run_beyond_its_limit_is_one(folder: Path, capsys: Said) -> None:
    told = ["--model", "meta-llama/Llama-3.1-405B", "--hardware", "a3ultra", "--gpus", "1"]
    assert main(["limit", str(folder / "sglang.jsonl"), *told]) == 1
    assert "a fact or the log is wrong" in capsys.readouterr().out
