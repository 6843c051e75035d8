"""What an adopter looks for first is there and true: licence, notice, version, lock files, CI, documents."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

import servelint
from support import ROOT

LOCKS = sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("base/*/image/requirements.txt")])
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/validate.yaml").read_text())
DOCUMENTS = [
    path.relative_to(ROOT).as_posix()
    for folder in (ROOT, ROOT / "overlays", ROOT / "overlays/clusters", ROOT / "scripts/servelint/planner")
    for path in sorted(folder.glob("*.md"))
]


def _name(line: str) -> str:
    return re.split(r"[\s=<>;\[]", line)[0].lower().replace("_", "-")


def test_the_changelog_knows_the_version() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[:2] == ["Unreleased", servelint.__version__]


def test_what_a_fork_must_set_stands_in_one_place() -> None:
    """Each file that names the made-up organisation is in the table, and each row of it has one."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## A fork of your own")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", section, re.M)
    files = [*(ROOT / ".github").rglob("*"), *ROOT.glob("overlays/clusters/*/**/*.yaml"), ROOT / "SECURITY.md"]
    files += [*(ROOT / "base").rglob("*.yaml"), ROOT / "exceptions.yaml"]
    named = {
        re.sub(r"clusters/[^/]+/", "clusters/<cluster>/", file.relative_to(ROOT).as_posix())
        for file in files
        if file.is_file() and re.search(r"@example\b|github\.com/example\b", file.read_text())
    }
    assert sorted(named) == sorted(set(rows) - {"SECURITY.md"}) and "SECURITY.md" in rows


def test_the_notice_names_whatever_is_vendored() -> None:
    notice = (ROOT / "NOTICE").read_text().lower()
    ledgers = sorted((ROOT / "scripts/servelint").rglob("PROVENANCE.json"))
    assert len(ledgers) == 2
    for ledger in ledgers:
        assert ledger.parent.relative_to(ROOT).as_posix() in notice
    schemas, lists = (
        json.loads(ledger.read_text()) for ledger in sorted(ledgers, key=lambda path: path.parent.name)[::-1]
    )
    names = {module["path"].rsplit("/v", 1)[0].rpartition("/")[2] for module in schemas["modules"]}
    names |= {wheel["package"] for wheel in schemas["wheels"]}
    names |= {re.split(r" [0-9a-f]{7,} | from ", entry["how"])[1] for entry in schemas["transcribed"]}
    entries = lists["lists"].values()
    origins = [entry.get("origin", entry) for entry in entries]
    origins += [entry["transformers"] for entry in entries if "transformers" in entry]
    names |= {origin.get("package") or origin["project"].rpartition("//")[2] for origin in origins}
    assert len(names) >= 18
    assert sorted(name for name in names if name.lower() not in notice) == []
    licences = {entry["licence"] for part in ("modules", "transcribed", "wheels") for entry in schemas[part]}
    assert licences | {entry["licence"] for entry in lists["lists"].values()} == {"Apache-2.0", "BSD-3-Clause"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_file_says_how_it_was_made_and_not_from_where(lock: Path) -> None:
    text, source = lock.read_text(), lock.with_suffix(".in")
    path = lock.relative_to(ROOT).as_posix()
    command = text.splitlines()[1]
    assert command.startswith("#    uv pip compile --universal --python-version=3.11 --generate-hashes ")
    assert command.endswith(f" --output-file={path} {path.removesuffix('.txt')}.in")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    pins = re.findall(r"^[a-z0-9].*$", text, re.M)
    assert pins and all(re.match(r"[\w.-]+==\S+( ; .*)? \\$", pin) for pin in pins)
    wanted = {_name(line) for line in source.read_text().splitlines() if line and line[0] not in "-#"}
    assert wanted - {_name(pin) for pin in pins} == set()
    for pin in pins:  # each is followed by a hash
        assert "--hash=sha256:" in text.split(pin)[1].splitlines()[1]


def test_lock_files_agree() -> None:
    pins: dict[str, set[str]] = {}
    for lock in ROOT.glob("requirements*.txt"):
        for name, version in re.findall(r"^([a-z0-9][\w.-]*)==([^\s;]+)", lock.read_text(), re.M):
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


def test_success_waits_for_every_job() -> None:
    jobs = dict(WORKFLOW["jobs"])
    success = jobs.pop("success")
    assert sorted(success["needs"]) == sorted(jobs)
    assert success["if"] == "always()"
    # Whatever may be skipped depends on the size of the fleet alone, which tells one way or the other.
    conditions = {name: job["if"] for name, job in jobs.items() if "if" in job}
    large = "needs.size.outputs.large"
    assert conditions == {
        "fleet": f"{large} != 'true'",
        "shard": f"{large} == 'true'",
        "together": f"{large} == 'true'",
    }
    script = success["steps"][0]["run"]
    for results, status in (("success skipped success", 0), ("success failure", 1), ("cancelled", 1), ("success", 0)):
        done = subprocess.run(["bash", "-euc", script], env={"RESULTS": results, "PATH": os.defpath}, check=False)
        assert done.returncode == status, results


def test_ci_runs_the_verbs_that_people_run() -> None:
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    verbs = {step["run"].removeprefix("make ") for step in steps if step.get("run", "").startswith("make ")}
    assert verbs - {"setup"} == set(re.findall(r"^ *make (\S+)", (ROOT / ".ci/run").read_text(), re.M))
    assert verbs - {"setup"} == {"validate", "test", "lint", "cluster-test", "exhaustive"}
    for step in steps:
        assert re.search(r"@[0-9a-f]{40}$", step.get("uses", f"@{'0' * 40}")), step


@pytest.mark.parametrize("file", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem)
def test_an_issue_form_is_one(file: Path) -> None:
    form = yaml.safe_load(file.read_text())
    if file.stem == "config":
        assert form["blank_issues_enabled"] is False
        return
    assert {"name", "description", "labels", "body"} == set(form)
    ids = [part["id"] for part in form["body"]]
    assert len(set(ids)) == len(ids)
    for part in form["body"]:
        assert part["type"] in ("input", "textarea", "dropdown", "checkboxes") and part["attributes"]["label"]
        assert part["type"] not in ("dropdown", "checkboxes") or part["attributes"]["options"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, heading = unquote(link).partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
            assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, link


def test_the_documents_name_verbs_and_files_that_there_are() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for document in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text()
        for line in re.findall(r"(?:`|^ {4})make ([a-z][a-z -]*?)(?:`|\s+[#A-Z]|$)", text, re.M):
            assert set(line.split()) <= verbs, (document, line)
        for path in re.findall(r"(?:scripts|tests|base|hardware|models|overlays|\.github)/[\w./-]*\w", text):
            made_up = {"NAME", "MODEL", "MACHINE", "ENGINE", "FAMILY", "example"} & set(re.split(r"[/.-]", path))
            written = "a4high/llama-3-3-70b-instruct" in path  # what the recipe makes
            assert made_up or written or (ROOT / path).exists() or "<" in text.split(path)[1][:1], (document, path)
    assert (ROOT / "README.md").read_text().count("make cluster-test") == 1
