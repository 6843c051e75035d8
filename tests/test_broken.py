"""Each tests/broken/<reason>/ is the fleet with one mistake; it yields exactly the findings that its case names.

A case with edits `before` is compared with the fleet as they leave it. A case names a severity only where it is not the
rule's first.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from servelint.commands.validate import main
from servelint.rules import all_rules
from support import ROOT, copy_fleet

CASES = sorted((ROOT / "tests/broken").glob("*/case.yaml"))


def _edit(fleet: Path, case: dict[str, Any]) -> None:
    for path, text in (case.get("files") or {}).items():
        (fleet / path).parent.mkdir(parents=True, exist_ok=True)
        (fleet / path).write_text(text)
    for edit in case.get("edits") or []:
        file = fleet / edit["file"]
        text = file.read_text()
        assert text.count(edit["find"]) == 1, (
            f"{edit['file']} must hold {edit['find']!r} once, not {text.count(edit['find'])} times"
        )
        file.write_text(text.replace(edit["find"], edit["replace"]))


def _committed(fleet: Path, edits: dict[str, Any]) -> str:
    """The commit of the fleet as it is, with edits and files: the mistake of the case is in the change from there."""
    _edit(fleet, edits)
    git = ["git", "-C", str(fleet), "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "before"]):
        subprocess.run([*git, *arguments], check=True)
    return "HEAD"


def _line(fleet: Path, expected: dict[str, Any]) -> int:
    """The line of the expected finding: given, or where a text stands in the (broken) source."""
    if "line" in expected:
        return int(expected["line"])
    text = (fleet / expected["file"]).read_text()
    found = [text.count("\n", 0, i) + 1 for i in range(len(text)) if text.startswith(expected["at"], i)]
    nth = expected.get("nth")
    assert found and (nth or len(found) == 1), f"{expected['file']} holds {expected['at']!r} in lines {found}: say nth"
    return found[(nth or 1) - 1]


def severity(expected: dict[str, Any]) -> str:
    """That of the expected finding."""
    return str(expected.get("severity", all_rules()[expected["rule"]].severity))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_yields_exactly_its_findings(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = yaml.safe_load(path.read_text())
    fleet = copy_fleet(tmp_path / "fleet")
    since = ["--changed-since", _committed(fleet, case["before"])] if "before" in case else []
    _edit(fleet, case)
    wanted = case["overlay"] if isinstance(case["overlay"], list) else [case["overlay"]]
    status = main([*(str(fleet / w) for w in wanted), "--format", "json", *since], root=fleet)
    out = capsys.readouterr()
    assert status in (0, 1), out.err
    findings = json.loads(out.out)["findings"]
    found = sorted((f["rule"], f["severity"], f["file"], f["line"]) for f in findings)
    expected = sorted((e["rule"], severity(e), e["file"], _line(fleet, e)) for e in case["expect"])
    assert found == expected, json.dumps(findings, indent=1)
    # One root cause may reach several overlays of a case; still nothing but what is expected is said.
    assert status == int(any(f["severity"] == "error" for f in findings))


def test_there_are_cases() -> None:
    assert len(CASES) >= 40
