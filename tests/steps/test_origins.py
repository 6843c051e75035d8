"""Where resources come from: one answer, whether it is asked of many overlays at a time, of one, or was kept."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from servelint.borders import itself, store
from servelint.kustomize.process import Rendered, Session
from servelint.model import Finding, Target
from servelint.sources import Reader
from servelint.steps import locate, origins, pipeline, render, request
from servelint.steps.context import Context
from servelint.steps.discover import targets
from support import ROOT, copy_fleet

LEAVES = [target for target in targets(ROOT) if target.kind == "leaf"][:6]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(itself, "code", lambda: "code")


def _of(root: Path, wanted: list[Target], cache: bool = False) -> dict[str, origins.Origins | None]:
    reader = Reader(root)
    trees = {target.path: reader.tree(target.path) for target in wanted}
    with Session() as session:
        return origins.of(Context(root, {}, {}, [], cache=cache), session, wanted, trees, lambda one: None)


class Started(list[int]):
    """How many overlays each process was asked about."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = render._build

        def build(root: Path, paths: list[str], mark: bool, provenance: bool, session: Session | None) -> Any:
            if provenance:
                self.append(len(paths))
            return real(root, paths, mark, provenance, session)

        monkeypatch.setattr(render, "_build", build)


def test_many_at_a_time_say_what_each_says_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(monkeypatch)
    together = _of(ROOT, LEAVES)
    assert started == [len(LEAVES)]
    for target in LEAVES:
        told = render.render_provenance(ROOT, target.path)
        assert told is not None
        alone = locate.provenance(*told)
        ours = together[target.path]
        assert ours is not None and list(ours) == list(alone)
        assert ours == alone


def test_where_a_batch_fails_each_is_asked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real, alone = render._build, []

    def build(root: Path, paths: list[str], *others: Any) -> Any:
        if len(paths) > 1:
            return Rendered(None, "Kustomize needs more than 5 s of processor time", exhausted=True), ""
        alone.append(paths[0])
        return real(root, paths, *others)

    monkeypatch.setattr(render, "_build", build)
    assert None not in _of(ROOT, LEAVES).values()
    assert sorted(alone) == [target.path for target in LEAVES]


def test_what_is_kept_is_not_asked_again_and_counts_as_long_as_the_sources_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, started = copy_fleet(tmp_path / "fleet"), Started(monkeypatch)
    first = _of(root, LEAVES, cache=True)
    assert _of(root, LEAVES, cache=True) == first and started == [len(LEAVES)]
    assert _of(root, LEAVES) == first and len(started) == 2  # without the cache it is asked
    engine = root / LEAVES[0].path / "engine.yaml"
    engine.write_text(f"{engine.read_text()}# another\n")
    assert _of(root, LEAVES, cache=True).keys() == first.keys() and started[2:] == [1]


@pytest.mark.parametrize("text", ["", "[1]", "null", '[[["v1"],"x",[]]]', '[[["a","b","c","d"],"x",3]]', "[" * 100_000])
def test_an_entry_of_another_shape_is_asked_anew(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, started = copy_fleet(tmp_path / "fleet"), Started(monkeypatch)
    first = _of(root, LEAVES[:1], cache=True)
    (folder,) = (tmp_path / "cache/serving-fleet").glob(store.ORIGINS)
    for entry in folder.iterdir():
        store.remember(entry.name, text, root, store.ORIGINS)
    assert _of(root, LEAVES[:1], cache=True) == first and started == [1, 1]


def test_a_run_with_many_findings_asks_once_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their places are those of leaves judged alone."""
    root = copy_fleet(tmp_path / "fleet")
    leaves = [
        root / leaf for leaf in ("overlays/a3ultra/deepseek-r1/sglang-serve", "overlays/a4high/deepseek-r1/vllm-serve")
    ]
    for leaf in leaves:
        engine = leaf / "engine.yaml"
        engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 16"))
    names = [str(leaf.relative_to(root)) for leaf in leaves]

    def said(overlays: list[str]) -> list[Finding]:
        options = request.Options(overlays=tuple(overlays), jobs=1, cache=False, rules=("gpu-shortage",))
        context = request.context(root, options)
        return list(
            pipeline.validate(context, request.wanted(context, options, root), datetime.date(2026, 11, 1)).findings
        )

    alone = [finding for name in names for finding in said([name])]
    started = Started(monkeypatch)
    assert sorted(said(names), key=str) == sorted(alone, key=str) and len(alone) >= 2
    assert started == [2]
