"""What is meant by a name that no list has: the launcher in the pod and the validator give one and the same cure."""

from __future__ import annotations

import random
import runpy
from collections.abc import Callable, Iterator

import pytest

from servelint.engines.lists import _by_name, _file, guessed, nearest, stored
from support import ROOT

LISTS = [
    (family, version, command)
    for family, versions in stored().items()
    for version in versions
    for command in _file(family, version)
]
TYPOS: tuple[Callable[[str, int], str], ...] = (
    lambda name, at: name[:at] + name[at + 1 :],  # a letter is missing
    lambda name, at: name[:at] + name[at] + name[at:],  # ... or there twice
    lambda name, at: name[:at] + "x" + name[at + 1 :],  # ... or another one
    lambda name, at: name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],  # ... or changed places
    lambda name, at: name.replace("_", " ").replace("-", "_").replace(" ", "-")[: at + 2],  # cut, and spelt otherwise
    lambda name, at: name.replace("_", "-").partition("-")[0],  # its first word
    lambda name, at: f"{name}-{name[:at]}",  # a word too many
    lambda name, at: name.replace("_", "-").rpartition("-")[2],  # its last word
)


said_by_the_launcher = runpy.run_path(str(ROOT / "base/launcher/launchlib.py"))["nearest"]


MOST = 100
"""Typos of one list: of a list of a thousand arguments each takes some milliseconds."""


def typos(names: list[str]) -> Iterator[str]:
    """Some of the whole length of a list; the kinds take turns, so that a list of any length sees all of them."""
    deal = random.Random(8)
    for i, name in enumerate(names[:: -(-len(names) // MOST)]):
        typo = TYPOS[i % len(TYPOS)](name, deal.randrange(len(name)))
        if typo and typo not in names:
            yield typo


def cure(said: str) -> str | None:
    """The name in a launcher's hint; the end of its message lists a few names or says nothing where none is near."""
    return said.removeprefix(": did you mean ").removesuffix("?") if said.startswith(": did you mean ") else None


def test_there_are_lists_of_every_kind() -> None:
    assert len(LISTS) >= 20 and {family for family, _, _ in LISTS} >= {"sglang", "trtllm", "vllm", "tritonserver"}


@pytest.mark.parametrize("listed", LISTS, ids=lambda key: "-".join(key))
def test_a_typo_has_one_cure(listed: tuple[str, str, str]) -> None:
    known = _by_name(*listed)
    differ = {
        typo: (mine, theirs)
        for typo in typos(sorted(known))
        if (mine := nearest(typo, known)) != (theirs := cure(said_by_the_launcher(typo, known)))
    }
    assert differ == {}


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("tp", ["tp-size", "dp", "top-p"], "tp-size"),  # a whole word comes before a spelling that is nearer
        ("max", ["max-seq-len", "max-bs", "mat"], "max-bs"),
        ("tensor_parallel_siz", ["tensor-parallel-size", "tp-size"], "tensor-parallel-size"),
        ("zzz", ["tensor-parallel-size"], None),
        ("x", [], None),
    ],
)
def test_a_whole_word_comes_first(name: str, known: list[str], meant: str | None) -> None:
    assert nearest(name, known) == meant == cure(said_by_the_launcher(name, known))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("attention-backnd", "attention-backend"), ("context_lenght", "context-length"),
        ("disable-cuda-graphs", "disable-cuda-graph"), ("tensor-parralel-size", "tensor-parallel-size"),
        # Near enough to be offered, too far to be judged by.
        ("kv-cache-size", None), ("context-size", None), ("enable-attention", None), ("memory-fraction", None),
        ("sp-size", None),
    ],
)  # fmt: skip
def test_only_a_misspelt_name_is_judged_as_another(name: str, meant: str | None) -> None:
    known = _by_name("sglang", "0.5.14", "launch_server")
    assert nearest(name, known) is not None
    assert guessed("sglang", "launch_server", "0.5.14", name) == meant
