"""What overlays/clusters/README.md says of keys, components and steps is what the folders below it and base/site have."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from servelint.commands.validate import main
from servelint.sources import site
from servelint.steps.discover import targets
from support import ROOT

PAGE = (ROOT / "overlays/clusters/README.md").read_text()
CLUSTERS = [target.path for target in targets(ROOT) if target.kind == "cluster"]


def section(heading: str) -> str:
    return re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], maxsplit=1, flags=re.M)[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def documents(path: Path) -> list[dict[str, object]]:
    return [body for body in yaml.safe_load_all(path.read_text()) if body]


def spread() -> dict[str, set[str]]:
    """The keys that each component of base/site reads."""
    found = {}
    for file in sorted((ROOT / "base/site").glob("*/kustomization.yaml")):
        entries = documents(file)[0].get("replacements") or []
        assert isinstance(entries, list)
        found[file.parent.name] = {entry["source"]["fieldPath"].removeprefix("data.") for entry in entries}
    return found


def test_the_table_of_keys_has_each_component_with_its_keys() -> None:
    told: dict[str, set[str]] = {}
    names: list[str] = []
    facts: list[str] = []
    for first, keys, *_ in rows("site.yaml"):
        if first.startswith("none"):
            facts += ticked(keys)
            continue
        names = ticked(first.split(",")[0] if "beside" in first else first.split("(")[0]) or names
        for name in names:
            told.setdefault(name, set()).update(ticked(keys))
    assert told == spread()
    assert facts == list(site.FACTS)


def test_every_example_has_its_row_and_its_machines() -> None:
    told = {re.findall(r"\[([^\]]+)\]", first)[0]: (what, by) for first, what, _, by, *_ in rows("Examples")}
    assert sorted(told) == sorted(path.rpartition("/")[2] for path in CLUSTERS)
    for name, (what, by) in told.items():
        folder = ROOT / "overlays/clusters" / name
        (data,) = (body["data"] for body in documents(folder / "site.yaml"))
        assert isinstance(data, dict)
        counted = [int(number) for number in re.findall(r"\((\d+) GPUs\)", what)]
        assert counted == [int(data[key]) for key in ("gpus", "second-gpus") if key in data], name
        leaves = re.findall(r"overlays/|\.\./\.\./(\w+)/", (folder / "kustomization.yaml").read_text())
        kinds = {yaml.safe_load((ROOT / f"hardware/{hw}/hardware.yaml").read_text())["machine_type"] for hw in leaves
                 if (ROOT / f"hardware/{hw}/hardware.yaml").is_file()}  # fmt: skip
        assert set(ticked(what)) == kinds, name
        tool = "argocd" if by == "Argo CD" else "flux"
        assert f"base/sync/{tool}" in (folder / "sync/kustomization.yaml").read_text(), name


def test_folders_that_the_page_names_are_there() -> None:
    for path in re.findall(r"`(?:\.\./)*((?:base|overlays|hardware)/[\w./-]+)`", PAGE):
        if "NAME" not in path:
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("keeps_token", [False, True], ids=["namespace-alone", "with-token"])
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_without_a_workload_validates_as_the_page_says(
    cluster: str, keeps_token: bool, copy: Callable[[], Path]
) -> None:
    folder = (root := copy()) / cluster
    alone, with_token = re.findall(r"```yaml\n(.*?)```", section("The last workload"), re.S)
    head = (folder / "kustomization.yaml").read_text().split("resources:")[0]
    (folder / "kustomization.yaml").write_text(head + (with_token if keeps_token else alone))
    text = (folder / "site.yaml").read_text()
    if not keeps_token:
        (folder / "site.yaml").unlink()
    elif "  project: " in text:
        kept = re.findall(r"^  project: .*\n", text, re.M)
        (folder / "site.yaml").write_text(text.split("\ndata:\n")[0] + "\ndata:\n" + kept[0])
    else:
        pytest.skip("has no token that it could keep")
    assert main(["--strict", cluster, f"{cluster}/sync"], root) == 0
