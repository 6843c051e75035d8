"""``from servelint import validate``: the package as whoever imports it sees it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import servelint
from servelint import Finding, NotValidated, Result, validate
from support import PYTHON, ROOT, environment

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
WRONG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: engine}\ndata: {a: 1}\n"


def program(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-W", "error", "-c", code], cwd=cwd, capture_output=True, text=True, check=False,
        env=environment(PYTHONPATH=str(ROOT / "scripts")),
    )  # fmt: skip


def test_the_import_alone_loads_nothing(tmp_path: Path) -> None:
    done = program(
        "import sys; before = set(sys.modules); import servelint; new = set(sys.modules) - before\n"
        "print(sorted(name for name in new if name.partition('.')[0] not in sys.stdlib_module_names))",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("['servelint']\n", "")


def test_a_program_gets_the_verdict_of_the_command_line(tmp_path: Path) -> None:
    """From any folder, with nothing printed: the same findings as ``--format json`` has."""
    (tmp_path / "m.yaml").write_text(WRONG)
    done = program(
        "from pathlib import Path; from servelint import validate\n"
        "result = validate(manifests={'m.yaml': Path('m.yaml').read_text()}, hardware='a3ultra')\n"
        "print(result.verdict, [(f.rule, f.file, f.line, f.severity) for f in result.findings])",
        tmp_path,
    )
    command = [
        PYTHON,
        str(ROOT / "scripts/validate.py"),
        "--manifest",
        "m.yaml",
        "--hardware",
        "a3ultra",
        "--format",
        "json",
    ]
    report = json.loads(
        subprocess.run(command, cwd=tmp_path, capture_output=True, env=environment(), check=False).stdout
    )
    told = [(f["rule"], f["file"], f["line"], f["severity"]) for f in report["findings"]]
    assert told and (done.stdout, done.stderr) == (f"blocked {told}\n", "")


def test_overlays_are_taken_from_the_root(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
                                          tmp_path: Path) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = validate([LEAF, "overlays/a4x/"])
    assert result.verdict == "clean" and result.blocking() == [] and result.findings == () and result.crashes == ()
    assert (LEAF, 6) in [(path, min(count, 6)) for path, count in result.overlays] and len(result.overlays) > 1
    assert result.summary()["errors"] == 0 and result.all_rules
    assert capfd.readouterr() == ("", "")


def test_a_finding_says_what_and_where(copy: Callable[[], Path]) -> None:
    fleet = copy()
    engine = fleet / LEAF / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 4"))
    two = ["idle-gpus", "floating-image"]
    result = validate([LEAF], root=str(fleet), rules=two, strict=True, cache=False, jobs=1)
    (finding,) = result.findings
    assert isinstance(result, Result) and isinstance(finding, Finding) and result.blocking() == [finding]
    assert (result.verdict, result.all_rules) == ("blocked", False)
    assert (finding.rule, finding.severity, finding.overlay) == ("idle-gpus", "warning", LEAF)
    assert finding.file and finding.line and finding.message and finding.hint and finding.waived is None
    assert validate([LEAF], root=fleet, rules=two).verdict == "clean", "a warning does not block"
    assert validate([LEAF], root=fleet, rules=two, skip=["idle-gpus"], strict=True).findings == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"overlays": ["overlays/none"]}, "overlays/none: no overlay there"),
        ({"overlays": LEAF}, "overlays is one text: give a list of them"),
        ({"overlays": [""]}, "overlays is empty"),
        ({"rules": "idle-gpus"}, "rules is one text: give a list of them"),
        ({"rules": ["idle-gpu"]}, "no rule 'idle-gpu'; did you mean idle-gpus?"),
        ({"rules": ["idle-gpus"], "skip": ["idle-gpus"]}, "rules and skip leave no rule to run"),
        ({"jobs": 0}, "jobs must be at least 1"),
        ({"deadline": 0}, "deadline must be above 0"),
        ({"budget": -1}, "budget must be above 0"),
        ({"most_overlays": 0}, "most_overlays must be above 0"),
        ({"most_files": 10**9}, "most_files must be above 0, and at most 10,000,000"),
        ({"most_overlays": 2}, "at most 2 are validated (--most-overlays)"),
        ({"kubernetes_version": "1.9"}, "no schemas for Kubernetes 1.9; known: 1.31"),
        ({"changed_since": "nonsense"}, "nonsense"),
        ({"hardware": "a3ultra"}, "hardware goes with manifests"),
        ({"manifests": {}}, "manifests is empty"),
        ({"manifests": {"m": WRONG}}, "manifests needs hardware: the rules judge against a machine"),
        ({"manifests": {"m": WRONG}, "hardware": "a3ulta"}, "hardware: there is no 'a3ulta'; did you mean a3ultra?"),
        ({"manifests": {"m": WRONG}, "hardware": "a3ultra", "overlays": [LEAF]}, "manifests and overlays exclude each other"),
        ({"manifests": {"m": "a: ["}, "hardware": "a3ultra"}, "m:2: is not YAML"),
        ({"manifests": {"m": "a: \x00"}, "hardware": "a3ultra"}, "m:1: is not YAML: unacceptable character"),
        ({"manifests": {"m": WRONG, "n": "#" * 17_000_000}, "hardware": "a3ultra"}, "n: with the manifests before it larger"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_one_exception(options: dict[str, Any], said: str) -> None:
    with pytest.raises(NotValidated) as caught:
        validate(**options)
    assert said in str(caught.value)


def test_a_root_that_is_no_fleet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotValidated):
        validate(root=tmp_path)
    with pytest.raises(NotValidated):
        validate(root=tmp_path / "nowhere")


def test_what_is_promised_is_there_documented_and_typed() -> None:
    assert servelint.__all__ == ["Finding", "NotValidated", "Result", "__version__", "validate"]
    assert all(hasattr(servelint, name) for name in servelint.__all__)
    with pytest.raises(AttributeError, match="no attribute 'validat'"):
        servelint.validat  # noqa: B018
    given = set(validate.__annotations__) - {"return"}
    assert all(f"{name}" in str(validate.__doc__) for name in given)
    assert typing.get_type_hints(Result)["findings"] == tuple[Finding, ...]
