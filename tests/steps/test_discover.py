"""Which folders are overlays: none is passed over, wherever it stands and however its kustomization is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from servelint.commands.validate import main
from servelint.sources import KUSTOMIZATION_NAMES
from servelint.steps import discover

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
OTHER = "overlays/a3ultra/deepseek-r1/sglang-bench"


def findings(fleet: Path, capsys: pytest.CaptureFixture[str], *overlays: str) -> list[tuple[str, str, str]]:
    main([*overlays, "--format", "json"], root=fleet)
    captured = capsys.readouterr()
    assert captured.err == ""
    return [(f["rule"], f["overlay"], f["file"]) for f in json.loads(captured.out)["findings"]]


@pytest.mark.parametrize("name", KUSTOMIZATION_NAMES)
@pytest.mark.parametrize(
    "folder",
    ["overlays", "overlays/a3ultra", "overlays/a3ultra/deepseek-r1", f"{LEAF}/v2", f"{LEAF}/a/b/c", "overlays/clusters",
     "overlays/clusters/a4x-baker/sync/more", "overlays/clusters/a4x-baker/sync/more/and/more"],
)  # fmt: skip
def test_a_kustomization_at_no_overlays_place_is_found(
    folder: str, name: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    (fleet / folder).mkdir(parents=True, exist_ok=True)
    (fleet / folder / name).write_text(f"resources: [{'../' * (folder.count('/') + 1)}base/sglang-serve]\n")
    found = ("misplaced-overlay", folder, f"{folder}/{name}")
    assert findings(fleet, capsys, folder).count(found) == 1
    if folder.startswith(LEAF):
        assert findings(fleet, capsys, LEAF) == [found]
        assert findings(fleet, capsys, OTHER) == []


@pytest.mark.parametrize("name", KUSTOMIZATION_NAMES)
def test_an_overlay_may_name_its_kustomization_as_it_likes(
    name: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    (fleet / LEAF / "kustomization.yaml").rename(fleet / LEAF / name)
    assert findings(fleet, capsys, LEAF) == []
    assert findings(fleet, capsys, f"{LEAF}/{name}") == []


@pytest.mark.parametrize("name", ["kustomization.YAML", "Kustomization.yaml", "kustomisation.yaml", "KUSTOMIZATION"])
def test_a_misspelt_kustomization_is_none(
    name: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    (fleet / LEAF / "kustomization.yaml").rename(fleet / LEAF / name)
    assert findings(fleet, capsys, LEAF) == [("unreadable-source", LEAF, LEAF)]


@pytest.mark.parametrize("field", ["resources", "components", "transformers"])
def test_what_an_overlay_builds_on_may_stand_below_it(
    field: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    for folder in (f"{LEAF}/more", "overlays/a3ultra/common"):
        (fleet / folder).mkdir()
        kind = "Component" if field == "components" else "Kustomization"
        version = "v1alpha1" if field == "components" else "v1beta1"
        name = folder.rpartition("/")[2]
        (fleet / folder / "kustomization.yaml").write_text(
            f"apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\nresources: [x.yaml]\n"
        )
        text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: serving}}\n"
        if field == "transformers":
            text = f"apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {{name: {name}}}\nannotations: {{}}\n"
        (fleet / folder / "x.yaml").write_text(text)
    file = fleet / LEAF / "kustomization.yaml"
    text = file.read_text()
    entries = "- more\n- ../../common\n"
    text = (
        text.replace(f"\n{field}:\n", f"\n{field}:\n{entries}")
        if f"\n{field}:\n" in text
        else text + f"{field}:\n{entries}"
    )
    file.write_text(text)
    assert "misplaced-overlay" not in {rule for rule, *_ in findings(fleet, capsys, "overlays/a3ultra")}


def test_below_an_overlay_with_a_fault_nothing_is_sure(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    (fleet / LEAF / "more").mkdir()
    (fleet / LEAF / "more/kustomization.yaml").write_text("resources: []\n")
    (fleet / LEAF / "kustomization.yaml").write_text("resources: [more\n")
    assert {rule for rule, *_ in findings(fleet, capsys, LEAF)} == {"unreadable-source"}


def test_drafts_and_links_are_left_alone(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    for folder in (f"{LEAF}/_draft", f"{LEAF}/.hidden", f"{LEAF}/x/_draft/deeper"):
        (fleet / folder).mkdir(parents=True)
        (fleet / folder / "kustomization.yaml").write_text("nonsense: true\n")
    (fleet / LEAF / "loop").symlink_to("..")
    assert findings(fleet, capsys, LEAF) == []


def elsewhere(fleet: Path, folder: str) -> None:
    """Makes a folder of the fleet a link to one that is full of what nobody is to list."""
    (fleet.parent / "outside/secret/inner").mkdir(parents=True)
    (fleet.parent / "outside/secret/inner/kustomization.yaml").write_text("namePrefix: a-\n")
    if (fleet / folder).exists():
        shutil.rmtree(fleet / folder)
    (fleet / folder).symlink_to(fleet.parent / "outside")


@pytest.mark.parametrize("folder", ["overlays/x", "overlays/a3ultra/x", "overlays/clusters/x", "base/platform/x"])
def test_a_folder_that_is_listed_elsewhere_is_a_finding(
    folder: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    elsewhere(fleet, folder)
    assert findings(fleet, capsys) == [("path-outside-repository", folder, folder)]


def test_folders_without_end_are_2(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    (fleet / "overlays/a3ultra" / "/".join("a" * 100)).mkdir(parents=True)
    assert main([], root=fleet) == 2
    captured = capsys.readouterr()
    said = f"validate.py: overlays/a3ultra/{'/'.join('a' * 63)}: more than 64 folders deep; an overlay is the fourth\n"
    assert (captured.out, captured.err) == ("", said)


@pytest.mark.parametrize("folder", ["overlays", "base/sync"])
def test_all_of_them_listed_elsewhere_is_2(
    folder: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    elsewhere(fleet, folder)
    assert main([], root=fleet) == 2
    captured = capsys.readouterr()
    said = f"validate.py: {folder}: leads out of the repository; make it a folder\n"
    assert (captured.out, captured.err) == ("", said)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("crds: [https://example.com/x]\n", "remote-resource"),
        ("a: [\n", "unreadable-source"),
        ("<<: {}\n", "unreadable-source"),
    ],
)
def test_a_platform_that_cannot_be_read_is_said_whatever_is_validated(
    text: str, rule: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """An overlay may name what the platform has; of a platform that is not read, that is not known."""
    fleet = copy()
    folder = "base/platform/other"
    (fleet / folder).mkdir()
    (fleet / folder / "kustomization.yaml").write_text(text)
    assert findings(fleet, capsys, LEAF) == [(rule, folder, f"{folder}/kustomization.yaml")]


def test_an_overlay_that_is_elsewhere_is_a_finding(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    shutil.copytree(fleet / LEAF, fleet.parent / "outside")
    (fleet / f"{LEAF}-evil").symlink_to(fleet.parent / "outside")
    assert findings(fleet, capsys, LEAF.rpartition("/")[0]) == [
        ("path-outside-repository", f"{LEAF}-evil", f"{LEAF}-evil")
    ]


def test_too_many_overlays_are_2(copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    assert main(["--most-overlays", "3"], root=fleet) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "at most 3 are validated (--most-overlays)" in captured.err
    count = len(discover.targets(fleet))
    assert main(["--most-overlays", str(count), LEAF], root=fleet) == 0
    assert main(["--most-overlays", str(count - 1), LEAF], root=fleet) == 2


def test_a_fleet_without_overlays_is_no_clean_fleet(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """base/sync is validated too, but what a cluster is bootstrapped from is no overlay."""
    fleet = copy()
    shutil.rmtree(fleet / "overlays")
    assert main([], root=fleet) == 2
    assert "no overlay below" in capsys.readouterr().err
