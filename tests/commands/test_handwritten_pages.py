"""What people wrote in an overlay's README, of site keys, components and names, is what the overlay has."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yaml

from servelint.commands.overlay_facts import Facts, gather
from servelint.steps.discover import targets
from support import ROOT

LEAVES = [target.path for target in targets(ROOT) if target.kind == "leaf"]


@cache
def facts() -> dict[str, Facts]:
    return {one.path: one for one in gather(ROOT)}


@cache
def keys() -> dict[str, tuple[str, ...]]:
    """The keys of site.yaml by the component of base/site that reads them."""
    found = {}
    for file in sorted((ROOT / "base/site").glob("*/kustomization.yaml")):
        entries = yaml.safe_load(file.read_text()).get("replacements") or []
        found[file.parent.name] = tuple({entry["source"]["fieldPath"].removeprefix("data."): 0 for entry in entries})
    return found


def written(path: str) -> str:
    """What stands behind the end mark."""
    return (ROOT / path / "README.md").read_text().partition("<!-- overlay: end -->")[2]


def ticked(text: str) -> list[str]:
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
    return [" ".join(word.split()) for word in re.findall(r"`([^`]+)`", prose)]


def faults(one: Facts, text: str) -> list[str]:
    """What a text says that its overlay has not."""
    found, words = [], ticked(text)
    for folder in {
        match for word in words for match in re.findall(r"^(?:\.\./)*((?:base|hardware|models)/[\w./-]+)", word)
    }:
        if not (ROOT / folder.rstrip("/.")).exists():
            found.append(f"there is no {folder}")
    named = {word.partition(":")[0] for word in words}
    for component, own in keys().items():
        some = [key for key in own if "-" in key and key in named]
        lacking = [key for key in own if key not in named]
        if some and lacking:
            found.append(f"names {some[0]} and not {', '.join(lacking)}, which base/site/{component} reads too")
        found += [f"no part of it wants {key}" for key in some if key not in one.site_keys]
    own_names = {resource.name for resource in one.overlay.resources}
    start = "-".join(one.path.split("/")[i] for i in (2, 3, 1)) + "-"
    for name in re.findall(rf"(?<![\w./-]){re.escape(start)}[a-z0-9-]*[a-z0-9]", text):
        whose = [own for own in own_names if name == own or name.startswith(f"{own}-")]
        if not whose:
            found.append(f"renders nothing that is called {name}")
    for paragraph in re.split(r"\n\s*\n|\n- ", text):
        if "`base/platform`" in paragraph and "token" in paragraph.lower():
            found.append("says that base/platform has a token, which base/platform/hf-token has")
    return found


@pytest.mark.parametrize("path", LEAVES)
def test_what_is_written_by_hand_is_so(path: str) -> None:
    assert faults(facts()[path], written(path)) == []


TRITON = "overlays/a3ultra/llama-3-1-8b-instruct/triton-kserve"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`disk-handle: a` and `disk-capacity`", "names disk-handle and not disk-zone"),
        ("`lustre-handle`, `lustre-ip`, `lustre-filesystem`, `lustre-capacity`", "no part of it wants lustre-handle"),
        ("with the component `base/site/disc`", "there is no base/site/disc"),
        ("It is called `llama-3-1-8b-instruct-triton-kserve-a3ultra-server`.", "renders nothing that is called"),
        ("The token is in `base/platform`.", "says that base/platform has a token"),
        ("`disk-handle`, `disk-zone`, `disk-capacity`; `base/site/disk`", ""),
    ],
)
def test_what_is_not_so_is_seen(text: str, said: str) -> None:
    found = faults(facts()[TRITON], text)
    assert found == [] if not said else any(said in one for one in found)
