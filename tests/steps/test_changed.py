"""--changed-since: every overlay that a change reaches is kept, whichever way it reaches it, and no other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.commands.validate import main
from servelint.steps import changed
from servelint.steps.discover import targets

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
ABLE, BAKER, CHARLIE, DOG = (
    f"overlays/clusters/{name}" for name in ("a3ultra-able", "a4x-baker", "a4high-charlie", "mixed-dog")
)


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def fleet(copy: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    root = copy()
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    return root


def kept(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    status = main(["--changed-since", "main", *arguments, "--rule", "failed-build", "--format", "json"], root=root)
    captured = capsys.readouterr()
    assert status in (0, 1), captured.err
    return {overlay["path"] for overlay in json.loads(captured.out)["overlays"]}


def every(root: Path) -> set[str]:
    return {target.path for target in targets(root)}


def below(root: Path, *starts: str) -> set[str]:
    return {path for path in every(root) if path.startswith(starts)}


def append(file: Path) -> None:
    file.write_text(f"{file.read_text()}\n# changed\n")


def test_nothing_changed_keeps_nothing(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert kept(fleet, capsys) == set()
    (fleet / "notes.txt").write_text("x")
    (fleet / LEAF / "README.md").write_text("x")
    assert kept(fleet, capsys) == set()


@pytest.mark.parametrize("file", ["engine.yaml", "kustomization.yaml"])
def test_an_overlays_file_keeps_it_and_its_cluster(file: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(fleet / LEAF / file)
    assert kept(fleet, capsys) == {LEAF, ABLE, f"{ABLE}/sync"}
    assert kept(fleet, capsys, LEAF) == {LEAF}
    assert kept(fleet, capsys, BAKER) == set()


@pytest.mark.parametrize("how", ["working tree", "staged", "committed"])
def test_a_change_counts_wherever_it_is(how: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(fleet, "checkout", "--quiet", "-b", "topic")
    append(fleet / LEAF / "engine.yaml")
    if how != "working tree":
        git(fleet, "add", "--all")
    if how == "committed":
        git(fleet, "commit", "--quiet", "--message=second")
    assert LEAF in kept(fleet, capsys)


@pytest.mark.parametrize("file", ["launch.py", "deployment.yaml", "kustomization.yaml"])
def test_a_base_keeps_what_builds_on_it(file: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(fleet / "base/sglang-serve" / file)
    leaves = {path for path in every(fleet) if path.endswith("/sglang-serve")}
    assert kept(fleet, capsys) == leaves | below(fleet, ABLE, DOG)


def test_a_component_of_sites_keeps_clusters_that_leave_it_out(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "base/site/disk" not in (fleet / BAKER / "kustomization.yaml").read_text()
    append(fleet / "base/site/disk/kustomization.yaml")
    assert kept(fleet, capsys) == below(fleet, "overlays/clusters/")


@pytest.mark.parametrize("file", ["hardware/a4x/hardware.yaml", "hardware/a4x/host.yaml", "hardware/a4x/notes"])
def test_hardware_keeps_its_overlays(file: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet / file).touch()
    append(fleet / file)
    assert kept(fleet, capsys) == below(fleet, "overlays/a4x/", BAKER)


@pytest.mark.parametrize("file", ["model.yaml", "kustomization.yaml"])
def test_a_model_keeps_its_overlays(file: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(fleet / "models/llama-3-1-405b" / file)
    assert kept(fleet, capsys) == below(fleet, "overlays/a3ultra/llama-3-1-405b/", ABLE)


@pytest.mark.parametrize("file", ["exceptions.yaml", "requirements.txt", "scripts/servelint/lint.py", "scripts/servelint/rules/new.py",
                                  "base/platform/new.yaml"])  # fmt: skip
def test_what_counts_for_all_keeps_all(file: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet / file).parent.mkdir(parents=True, exist_ok=True)
    (fleet / file).touch()
    append(fleet / file)
    if file == "exceptions.yaml":
        (fleet / file).write_text("[]\n# changed\n")
    assert kept(fleet, capsys) == every(fleet)


def test_a_deleted_file_keeps_what_needs_it(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet / "models/llama-3-1-405b/kustomization.yaml").unlink()
    assert kept(fleet, capsys) == below(fleet, "overlays/a3ultra/llama-3-1-405b/", ABLE)
    git(fleet, "checkout", "--quiet", ".")
    (fleet / LEAF / "engine.yaml").unlink()
    assert kept(fleet, capsys) >= {LEAF, ABLE}


def test_a_deleted_overlay_keeps_all(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(fleet, "rm", "--quiet", "-r", LEAF)
    assert kept(fleet, capsys) == every(fleet)


def test_a_new_overlay_is_kept(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = fleet / "overlays/a3ultra/deepseek-r1/sglang-new"
    new.mkdir()
    (new / "kustomization.yaml").write_text("resources: [../../../../base/sglang-serve]\nnamePrefix: new-\n")
    assert kept(fleet, capsys) == {new.relative_to(fleet).as_posix()}


def test_a_file_behind_a_link_counts(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet / LEAF / "engine.yaml").rename(fleet / LEAF / "real.yaml")
    (fleet / LEAF / "engine.yaml").symlink_to("real.yaml")
    git(fleet, "add", "--all")
    git(fleet, "commit", "--quiet", "--message=second")
    append(fleet / LEAF / "real.yaml")
    assert kept(fleet, capsys) == {LEAF, ABLE, f"{ABLE}/sync"}


@pytest.mark.parametrize("chain", [False, True])
def test_a_link_to_a_folder_counts(chain: bool, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the link leads to is as it was; where it leads is not."""
    for name in ("one", "two"):
        (fleet / "base" / name).mkdir()
        (fleet / "base" / name / "kustomization.yaml").write_text("commonAnnotations: {a: b}\n")
    link = fleet / LEAF / "link"
    link.symlink_to("../../../../base/far" if chain else "../../../../base/one")
    (fleet / "base/far").symlink_to("one")
    file = fleet / LEAF / "kustomization.yaml"
    file.write_text(file.read_text().replace("\nresources:\n", "\nresources:\n- link\n"))
    git(fleet, "add", "--all")
    git(fleet, "commit", "--quiet", "--message=second")
    assert kept(fleet, capsys) == set()
    changed = fleet / "base/far" if chain else link
    changed.unlink()
    changed.symlink_to("two" if chain else "../../../../base/two")
    assert kept(fleet, capsys) == {LEAF, ABLE, f"{ABLE}/sync"}


def test_names_that_git_quotes(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = 'eng"\nü.yaml'
    (fleet / LEAF / name).write_text("a: b\n")
    file = fleet / LEAF / "kustomization.yaml"
    file.write_text(f"{file.read_text()}crds:\n- {json.dumps(name)}\n")
    git(fleet, "add", "--all")
    git(fleet, "commit", "--quiet", "--message=second")
    append(fleet / LEAF / name)
    assert LEAF in kept(fleet, capsys)


def test_the_fleet_may_lie_below_the_top_of_its_repository(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy()
    git(root.parent, "init", "--quiet", "--initial-branch=main")
    git(root.parent, "add", "--all")
    git(root.parent, "commit", "--quiet", "--message=first")
    append(root / LEAF / "engine.yaml")
    (root.parent / "beside").write_text("x")
    assert kept(root, capsys) == {LEAF, ABLE, f"{ABLE}/sync"}


@pytest.mark.parametrize(
    "ref", ["nothing", "", "-h", "--all", "HEAD:README.md", "a b", "x\ny", "HEAD^{tree}", "main..main", "@{99}"]
)
def test_a_bad_ref_is_2(ref: str, fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"--changed-since={ref}"], root=fleet) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "--changed-since" in captured.err and captured.err.count("\n") == 1


def test_no_repository_and_no_git_are_2(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(root.parent))
    assert main(["--changed-since", "main"], root=root) == 2
    assert "not a git repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(root))
    assert main(["--changed-since", "main"], root=root) == 2
    assert "git does not start" in capsys.readouterr().err
    assert main(["--changed-since", "main", "--manifest", "-", "--hardware", "a3ultra"], root=root) == 2
    capsys.readouterr()


# --- the state that a change is compared with ---------------------------------------------------------------------


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=more")


def repository(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)
    return root


def test_rules_over_a_change_need_one(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rule", "lost-state"], root=fleet) == 2
    assert "--rule lost-state looks at a change: it needs --changed-since" in capsys.readouterr().err


def test_an_overlay_that_was_not_there_loses_nothing(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(fleet / BAKER, fleet / "overlays/clusters/a4x-other")
    status = main(["--changed-since", "main", "--rule", "lost-state", "--format", "json"], root=fleet)
    report = json.loads(capsys.readouterr().out)
    assert (status, report["findings"]) == (0, [])
    assert "overlays/clusters/a4x-other" in {overlay["path"] for overlay in report["overlays"]}


def test_the_older_state_is_laid_out_as_it_was_committed(tmp_path: Path) -> None:
    root = repository(tmp_path / "fleet", {"base/a/x.yaml": "a\n", "overlays/deep/y.yaml": "b", "docs/z.md": "c"})
    (root / ".gitattributes").write_text("base/** export-ignore\n*.yaml export-subst\n")
    os.symlink("x.yaml", root / "base/a/link.yaml")
    commit(root)
    (root / "base/a/x.yaml").write_text("changed\n")
    changed.check_out(root, "HEAD", tmp_path / "old")
    found = {
        path.relative_to(tmp_path / "old").as_posix(): path for path in (tmp_path / "old").rglob("*") if path.is_file()
    }
    assert {name: path.read_text() for name, path in found.items()} == {
        "base/a/x.yaml": "a\n",
        "overlays/deep/y.yaml": "b",
    }


def test_a_fleet_below_the_top_of_its_repository_is_laid_out_from_there(tmp_path: Path) -> None:
    repository(tmp_path / "top", {"fleet/base/x.yaml": "a"})
    changed.check_out(tmp_path / "top/fleet", "HEAD", tmp_path / "old")
    assert (tmp_path / "old/base/x.yaml").read_text() == "a"


def test_an_older_state_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "fleet", {"base/a/x.yaml": "abc", "base/a/y.yaml": ""})
    changed.check_out(root, "HEAD", tmp_path / "old", 2)
    with pytest.raises(changed.NoSuchState, match=r"2 files of the fleet, more than 1 \(--most-files\)"):
        changed.check_out(root, "HEAD", tmp_path / "older", 1)
    monkeypatch.setattr(changed, "MOST_BYTES", 2)
    with pytest.raises(changed.NoSuchState, match="more than 2 bytes"):
        changed.check_out(root, "HEAD", tmp_path / "oldest")


def test_what_is_no_commit_is_refused(tmp_path: Path) -> None:
    root = repository(tmp_path / "fleet", {"base/a/x.yaml": "abc"})
    with pytest.raises(changed.NoSuchState):
        changed.check_out(root, "--output=x", tmp_path / "old")
