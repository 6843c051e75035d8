"""What a careful reviewer would write to each change of the largest example cluster, held as a table beside this file.

An overlay is removed, added again, renamed; each site value is changed, emptied, left out. The fleet is copied once. What
has a state is compared with the commit before, as a pull request is. A finding that several objects share stands once.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from servelint.commands.validate import main
from servelint.rules import all_rules
from support import ROOT, copy_fleet

TABLE = yaml.safe_load((ROOT / "tests/cluster_changes.yaml").read_text())
CLUSTER = TABLE["cluster"]
TOP, SITE = f"{CLUSTER}/kustomization.yaml", f"{CLUSTER}/site.yaml"
CLUSTER_FILE = yaml.safe_load((ROOT / TOP).read_text())
FOLDERS = [line for field in ("resources", "components") for line in CLUSTER_FILE[field] if line.startswith("../")]
OVERLAYS = [line for line in FOLDERS if line.startswith("../../a")]
VALUES = yaml.safe_load((ROOT / SITE).read_text())["data"]
HOLDING = [line for line in OVERLAYS if line.endswith("triton-kserve")]
"""Overlays that hold what outlives a pod."""
STATE = [key for key in VALUES if key.startswith(("queue", "disk", "gvnic", "rdma"))]
"""Values that are written into it."""
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")


class Said(NamedTuple):
    """A finding as the table has it: ``line`` is the text that stands there, in a file of the cluster."""

    rule: str
    severity: str
    file: str
    line: str
    message: str


class Fleet(NamedTuple):
    """A copy of the fleet under Git, and where its reports go."""

    root: Path
    report: Path

    def git(self, *arguments: str) -> None:
        subprocess.run([*GIT, "-C", str(self.root), *arguments], check=True)

    def write(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        (self.root / file).write_text(text.replace(old, new))

    def said(self, *overlays: str, compared: bool = False) -> list[Said]:
        """What validate.py says of the cluster, and of other overlays, as they stand now; and of how they stood."""
        wanted = [str(self.root / path) for path in (CLUSTER, *overlays)]
        options = ["--format", "json", "--output", str(self.report), *(["--changed-since", "HEAD"] if compared else [])]
        assert main([*wanted, *options], root=self.root) in (0, 1)
        findings = json.loads(self.report.read_text())["findings"]
        found = [Said(f["rule"], f["severity"], f["file"], self._line(f), f["message"]) for f in findings]
        return list({one[:4]: one for one in reversed(found)}.values())[::-1]

    def _line(self, finding: dict[str, Any]) -> str:
        return (self.root / finding["file"]).read_text().splitlines()[finding["line"] - 1].strip()


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = tmp_path_factory.mktemp("changes")
    fleet = Fleet(copy_fleet(folder / "fleet"), folder / "report.json")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "as it is"]):
        fleet.git(*arguments)
    return fleet


@pytest.fixture
def fleet(copied: Fleet) -> Iterator[Fleet]:
    """The copy, which is afterwards as it was."""
    yield copied
    copied.git("reset", "-q", "--hard", "HEAD")
    copied.git("clean", "-q", "-f", "-d")


def held(found: list[Said], expected: list[dict[str, str]], file: str) -> None:
    """Compares what was said, in order, with rows of the table. file: of rows that name none."""
    rows = [
        (row["rule"], row.get("severity", all_rules()[row["rule"]].severity), row.get("file", file), row["at"])
        for row in expected
    ]
    assert [one[:4] for one in found] == rows, "\n".join(map(str, found))
    for one, row in zip(found, expected, strict=True):
        assert row["says"] in one.message, one


@pytest.mark.parametrize("line", FOLDERS)
def test_what_is_said_of_a_folder_that_is_removed(fleet: Fleet, line: str) -> None:
    fleet.write(TOP, f"- {line}\n", "")
    held(fleet.said(compared=True), TABLE["removed"][line], TOP)


def test_nothing_is_said_of_overlays_that_are_added_again(fleet: Fleet) -> None:
    for line in OVERLAYS:
        fleet.write(TOP, f"- {line}\n", "")
    fleet.git("commit", "-q", "-a", "-m", "without them")
    fleet.git("checkout", "-q", "HEAD~1", "--", TOP)
    try:
        assert fleet.said(compared=True) == []
    finally:
        fleet.git("reset", "-q", "--hard", "HEAD~1")


def _renamed(fleet: Fleet, line: str) -> str:
    """Gives an overlay's folder another name, in the cluster as well, and all in it the prefix that goes with that."""
    overlay = f"overlays/{line.removeprefix('../../')}"
    _, hardware, model, workload = overlay.split("/")
    new = fleet.root / f"{overlay}-b"
    (fleet.root / overlay).rename(new)
    for file in new.glob("*.yaml"):
        begun = f"{model}-{workload}-{hardware}"
        file.write_text(file.read_text().replace(begun, f"{model}-{workload}-b-{hardware}"))
    fleet.write(TOP, f"- {line}\n", f"- {line}-b\n")
    return f"{overlay}-b"


@pytest.mark.parametrize("line", OVERLAYS)
def test_what_is_said_of_an_overlay_that_is_renamed(fleet: Fleet, line: str) -> None:
    held(fleet.said(_renamed(fleet, line), compared=line in HOLDING), TABLE["renamed"][line], TOP)


CHANGES = [(key, value) for key, values in TABLE["values"].items() for value in values]


@pytest.mark.parametrize(("key", "value"), CHANGES)
def test_what_is_said_of_a_site_value_that_is_changed(fleet: Fleet, key: str, value: str) -> None:
    written = next(row for row in (ROOT / SITE).read_text().splitlines() if row.startswith(f"  {key}: "))
    fleet.write(SITE, written, f"  {key}: {value}")
    held(fleet.said(compared=key in STATE), TABLE["values"][key][value], SITE)


@pytest.mark.parametrize("key", VALUES)
def test_a_site_key_that_is_left_out_is_the_one_thing_that_is_said(fleet: Fleet, key: str) -> None:
    written = next(row for row in (ROOT / SITE).read_text().splitlines() if row.startswith(f"  {key}: "))
    fleet.write(SITE, f"{written}\n", "")
    held(fleet.said(), [{"rule": "missing-site-key", "at": "data:", "says": f"has no key {key}, which "}], SITE)


def test_the_table_is_of_all_that_the_cluster_has() -> None:
    assert sorted(TABLE["removed"]) == sorted(FOLDERS)
    assert sorted(TABLE["renamed"]) == sorted(OVERLAYS)
    assert sorted(TABLE["values"]) == sorted(VALUES)
