"""What is kept never changes a verdict: after each edit a warm run says, byte for byte, what a cold one says."""

from __future__ import annotations

import datetime
import json
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from servelint.borders import itself, store
from servelint.catalogue.load import CatalogueError
from servelint.model import NotValidated, Remark
from servelint.rules import Rule, all_rules
from servelint.server import schema
from servelint.steps import judging, pipeline, report, request, workers
from servelint.steps.context import Late
from servelint.steps.discover import targets
from servelint.steps.verdicts import MOST_BUNDLES, Kept
from support import ROOT, copy_fleet

PARTS = 8
EDITS, SEED = int(os.environ.get("EDITS", "200")), int(os.environ.get("SEED", "0"))
"""How many edits are tried, and which; ``EDITS=2000 SEED=1 pytest tests/steps/test_kept.py`` takes an hour."""
KEPT_LEAVES = (
    "overlays/a3ultra/deepseek-r1/sglang-serve", "overlays/a3ultra/deepseek-r1/sglang-bench",
    "overlays/a3ultra/llama-3-3-70b-instruct/vllm-serve", "overlays/a4high/deepseek-r1/vllm-serve",
    "overlays/a3ultra/llama-3-1-8b-instruct/triton-serve",
)  # fmt: skip


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A few overlays with all that they are made of, and caches of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = copy_fleet(tmp_path / "fleet")
    for target in targets(root):
        if target.path not in KEPT_LEAVES and not target.path.startswith("base/"):
            shutil.rmtree(root / target.path, ignore_errors=True)
    return root


CLUSTER = "overlays/clusters/a3ultra-able"


def _add_cluster(root: Path) -> None:
    """One that runs those of its overlays that are kept, and what it bootstraps from."""
    shutil.copytree(ROOT / CLUSTER, root / CLUSTER)
    file = root / CLUSTER / "kustomization.yaml"
    rows = file.read_text().splitlines(keepends=True)
    kept = tuple(f"- ../../{leaf.removeprefix('overlays/')}\n" for leaf in KEPT_LEAVES)
    file.write_text("".join(row for row in rows if not row.startswith("- ../../a") or row in kept))


class Fleet:
    """A fleet that is edited at random. Each edit is undone by the next, in half of the cases."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random = root, random.Random(seed)
        self.day = datetime.date(2026, 11, 1)
        self.rule: str | None = None
        self.field: tuple[str, str] | None = None
        """One that the schemas do not know any more, as (definition, field)."""
        self.files = sorted(
            path for part in ("base", "hardware", "models", "overlays") for path in (root / part).rglob("*")
            if path.is_file() and path.suffix in (".yaml", ".py", ".sh")
        )  # fmt: skip
        self.undo: Callable[[], object] = lambda: None
        self.is_refused = False
        """Whether there was no verdict: what is wrong in the catalogue hides all else."""

    def edit(self) -> str:
        """One edit; what it was."""
        if self.is_refused or self.random.random() < 0.5:
            undo, self.undo = self.undo, lambda: None
            undo()
        kinds = [self.number, self.number, self.line, self.comment, self.remove, self.added, self.fact, self.exception]
        return self.random.choice([*kinds, self.copied, self.copied, self.clock, self.rule_changed, self.schema])()

    def _written(self, path: Path, text: str) -> str:
        before = path.read_text() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.undo = path.unlink if before is None else lambda: path.write_text(before)
        return path.relative_to(self.root).as_posix()

    def _chosen(self, inside: str = "") -> Path:
        return self.random.choice([p for p in self.files if inside in p.as_posix() and p.exists()])

    def number(self) -> str:
        """A number that is another one: a size, a port, a count."""
        path = self._chosen()
        rows = path.read_text().split("\n")
        places = [i for i, row in enumerate(rows) if any(c.isdigit() for c in row)]
        if places:
            i = self.random.choice(places)
            rows[i] = "".join(str((int(c) * 2) % 10) if c.isdigit() and c.isascii() else c for c in rows[i])
        return f"number in {self._written(path, chr(10).join(rows))}"

    def line(self) -> str:
        path = self._chosen()
        rows = path.read_text().split("\n")
        del rows[self.random.randrange(len(rows))]
        return f"line gone from {self._written(path, chr(10).join(rows))}"

    def comment(self) -> str:
        path = self._chosen()
        return f"comment in {self._written(path, path.read_text() + '# more' + chr(10))}"

    def remove(self) -> str:
        path = self._chosen()
        text = path.read_text()
        path.unlink()
        self.undo = lambda: path.write_text(text)
        return f"no {path.relative_to(self.root).as_posix()}"

    def added(self) -> str:
        """A leaf beside another, a second kustomization in a folder, a file that nothing names."""
        leaf = self.random.choice(KEPT_LEAVES)
        names = (
            f"{leaf}/kustomization.yml",
            f"{leaf}/notes.yaml",
            f"{leaf}-more/kustomization.yaml",
            "x/Kustomization",
        )
        return f"new {self._written(self.root / self.random.choice(names), 'resources: []' + chr(10))}"

    def copied(self) -> str:
        """Two leaves that render the same objects: each by itself is as good as before."""
        leaves = [self.root / leaf / "kustomization.yaml" for leaf in KEPT_LEAVES]
        one, other = self.random.sample([path for path in leaves if path.exists()], 2)
        return f"copy in {self._written(one, other.read_text())}"

    def fact(self) -> str:
        path = self._chosen(self.random.choice(("/model.yaml", "/hardware.yaml")))
        text = path.read_text().replace("num_layers", "num_layers").replace("gpus: 8", "gpus: 4")
        rows = text.split("\n")
        places = [i for i, row in enumerate(rows) if ": " in row and row.split(": ")[1][:1].isdigit()]
        i = self.random.choice(places)
        rows[i] = rows[i].replace("8", "4", 1) if "8" in rows[i] else rows[i] + "0"
        return f"fact in {self._written(path, chr(10).join(rows))}"

    def exception(self) -> str:
        rule = self.random.choice(("idle-gpus", "overfull-gpus", "schema-violation", "no-such-rule"))
        entry = (
            f"- {{rule: {rule}, where: 'overlays/*/deepseek-r1/*', reason: it was measured so, expires: '2026-12-01'}}"
        )
        return f"exception {self._written(self.root / 'exceptions.yaml', entry + chr(10))}"

    def clock(self) -> str:
        self.day += datetime.timedelta(days=self.random.choice((1, 40)))
        return f"it is {self.day}"

    def rule_changed(self) -> str:
        """Another rule's code: it says of each overlay that it is there."""
        self.rule = self.random.choice([None, "idle-gpus", "dangling-reference", "uneven-heads"])
        return f"rule {self.rule} changed"

    def schema(self) -> str:
        """Another schema: it lacks a field, which is then a mistake wherever it stands."""
        self.field = self.random.choice([None, *FIELDS])
        return f"no field {self.field}"


FIELDS = (
    ("apps.v1.DeploymentSpec", "replicas"), ("batch.v1.JobSpec", "backoffLimit"), ("core.v1.Container", "ports"),
    ("core.v1.PodSpec", "tolerations"), ("meta.v1.ObjectMeta", "labels"),
)  # fmt: skip


@contextmanager
def _schemas_without(field: tuple[str, str] | None) -> Iterator[None]:
    """The built-in kinds' schemas in each version without one field of a definition, for those who ask meanwhile."""
    if field is None:
        yield
        return
    asked = [
        value for name, module in list(sys.modules.items()) if name.startswith("servelint.")
        for value in vars(module).values() if hasattr(value, "cache_clear") and value is not all_rules
    ]  # fmt: skip
    real = schema._core.__wrapped__

    @cache
    def without(version: str) -> dict[str, Any]:
        core: dict[str, Any] = real(version)
        del core["$defs"][field[0]]["properties"][field[1]]
        return core

    with pytest.MonkeyPatch.context() as patch:
        for one in asked:
            one.cache_clear()
        patch.setattr(schema, "_core", without)
        yield
    for one in asked:
        one.cache_clear()


def _rules(changed: str | None) -> list[Rule]:
    def says(overlay: object) -> Iterator[object]:
        resource = overlay.resources[0]  # type: ignore[attr-defined]
        yield judging.lint.Problem(resource, ("metadata", "name"), "is there")

    return [replace(rule, run=says) if rule.id == changed else rule for rule in all_rules().values()]


def _said(fleet: Fleet, cache: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """The report in full, or why there is none."""
    with monkeypatch.context() as patch, _schemas_without(fleet.field):
        patch.setattr(itself, "code", lambda: f"with {fleet.rule} changed, without {fleet.field}")
        patch.setattr(request, "_rules", lambda *_: _rules(fleet.rule))
        patch.setattr(pipeline.Context, "all_rules_run", True)
        try:
            context = request.context(fleet.root, request.Options(cache=cache, jobs=2))
            wanted = request.wanted(context, request.Options(), fleet.root)
            return report.FORMATS["json"](pipeline.validate(context, wanted, fleet.day))
        except CatalogueError as error:
            return "\n".join(map(str, error.mistakes))
        except NotValidated as error:
            return str(error)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(PARTS))
def test_a_warm_run_says_what_a_cold_one_says(part: int, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _add_cluster(fleet)
    edited, judged, said = Fleet(fleet, PARTS * SEED + part), list[int](), set[str]()
    real = judging.judge

    def counted(*arguments: Any) -> Iterator[Any]:
        judged[-1] += len(arguments[1])
        return real(*arguments)

    monkeypatch.setattr(judging, "judge", counted)
    for _ in range(EDITS // PARTS):
        what = edited.edit()
        judged.append(0)
        warm = _said(edited, True, monkeypatch)
        had = judged[-1]
        assert warm == _said(edited, False, monkeypatch), what
        judged[-1] = had
        said.add(warm)
        edited.is_refused = not warm.startswith("{")
    # Both happened: runs that took all from what was kept, and reports that differ.
    assert min(judged) == 0 and len(said) >= EDITS // PARTS // 4


# --- what an edit at random rarely finds ------------------------------------------------------------------------------

LEAF = KEPT_LEAVES[0]
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"
INLINE = "{apiVersion: v1, kind: ConfigMap, metadata: {name: engine}}"


@pytest.fixture
def small(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two leaves and what they are made of, in a validator that stays as it is."""
    monkeypatch.setattr(itself, "code", lambda: "code")
    for leaf in KEPT_LEAVES[2:]:
        shutil.rmtree(fleet / leaf, ignore_errors=True)
    return fleet


def _report(root: Path, cache: bool = True, day: datetime.date = datetime.date(2026, 11, 1), **options: object) -> str:
    chosen = request.Options(cache=cache, **{"jobs": 1, **options})  # type: ignore[arg-type]
    context = request.context(root, chosen)
    result = pipeline.validate(context, request.wanted(context, chosen, root), day)
    return report.FORMATS["json"](result)


def _folder(path: Path, name: str) -> None:
    """A folder to build on, which makes one object of that name."""
    path.mkdir(parents=True)
    (path / "kustomization.yaml").write_text("resources: [one.yaml]\n")
    (path / "one.yaml").write_text(CONFIG % name)


def _builds_on(root: Path, folder: str) -> None:
    file = root / LEAF / "kustomization.yaml"
    file.write_text(file.read_text().replace("resources:\n", f"resources:\n- ../../../../{folder}\n", 1))


def _second(root: Path) -> Callable[[], object]:
    _folder(root / "base/.more", "one")
    _builds_on(root, "base/.more")
    return lambda: (root / "base/.more/Kustomization").write_text("resources: [one.yaml]\n")


def _link(at: str) -> Callable[[Path], Callable[[], object]]:
    def linked(root: Path) -> Callable[[], object]:
        _folder(root / at / "a", "one")
        _folder(root / at / "b", "No_Name")
        (root / at / "link").symlink_to("a")
        _builds_on(root, f"{at}/link")

        def lead_elsewhere() -> None:
            (root / at / "link").unlink()
            (root / at / "link").symlink_to("b")

        return lead_elsewhere

    return linked


def _text_or_path(root: Path) -> Callable[[], object]:
    with (root / LEAF / "kustomization.yaml").open("a") as file:
        file.write(f"patchesStrategicMerge:\n- '{INLINE}'\n")
    return lambda: (root / LEAF / INLINE).write_text(CONFIG % "one")


OUT_OF_SIGHT = {
    "a second kustomization in a hidden folder": _second,
    "a link in a hidden folder": _link("base/.more"),
    "a link in a folder of no part": _link("elsewhere"),
    "a file called as a text is": _text_or_path,
}


@pytest.mark.parametrize("prepare", OUT_OF_SIGHT.values(), ids=OUT_OF_SIGHT)
def test_what_no_listing_sees_is_judged_anew(prepare: Callable[[Path], Callable[[], object]], small: Path) -> None:
    change = prepare(small)
    before = _report(small)
    change()
    warm = _report(small)
    assert warm == _report(small, cache=False) != before


def test_places_that_there_was_no_time_to_find_are_looked_for_again(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = small / LEAF / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 3"))
    with monkeypatch.context() as patch:
        patch.setattr(judging.render, "render_provenance", lambda *_: None)  # as once its seconds are over
        hurried = _report(small)
    assert _report(small) == _report(small, cache=False) != hurried


@pytest.mark.parametrize("of_fleet", [False, True])
def test_a_run_without_time_is_not_said_to_be_the_same_again(
    of_fleet: bool, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is said of an overlay by itself, and of what is said of overlays together."""
    if of_fleet:
        remark = Remark(LEAF, 0, ("metadata", "name"), "is there")
        monkeypatch.setattr(pipeline.lint, "judge", lambda *_: [(all_rules()["drifted-copy"], remark)])
    else:
        engine = small / LEAF / "engine.yaml"
        engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 3"))
    context = request.context(small, request.Options(jobs=1, cache=False))
    for sees, repeatable in ((judging.render.render_provenance, True), (lambda *_: None, False)):
        monkeypatch.setattr(judging.render, "render_provenance", sees)
        result = pipeline.validate(context, context.targets, datetime.date(2026, 11, 1))
        assert result.findings and result.is_repeatable is repeatable


def test_what_is_missing_may_appear_where_nobody_looks(small: Path) -> None:
    _builds_on(small, ".elsewhere")
    context = request.context(small, request.Options(jobs=1))
    result = pipeline.validate(context, context.targets, datetime.date(2026, 11, 1))
    assert result.findings and not result.is_repeatable


def test_facts_that_change_during_a_run_are_not_those_that_it_knew(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small / "models/deepseek-r1/model.yaml"
    real = judging.build

    def late(*arguments: object, **named: object) -> object:
        model.write_text(model.read_text().replace("id: deepseek-ai/", "id: another-org/"))
        return real(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(judging, "build", late)
        before = _report(small)
    assert _report(small) == _report(small, cache=False) != before


VERDICT = ["leaf", LEAF, [0], {}, [], 1, 1, {}]


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "[" * 100_000, "null", '{"grounds": [], "verdicts": null}',
        json.dumps({"grounds": [], "verdicts": [VERDICT]}), json.dumps({"grounds": [["file"]], "verdicts": [VERDICT]}),
        json.dumps({"grounds": [["moon", "phase", "full"]], "verdicts": [VERDICT]}),
        json.dumps({"grounds": [["folder", "nowhere", ""]], "verdicts": [VERDICT[:-1]]}),
    ],
)  # fmt: skip
def test_a_bundle_of_another_shape_is_none(text: str, small: Path) -> None:
    context = request.context(small, request.Options())
    kept = Kept(context, ())
    for _ in range(MOST_BUNDLES + 1):
        store.remember(store.fresh(kept._start), text, small, store.VERDICTS)
    assert kept.recall(context.targets) == {}
    kept.gather()
    assert kept.recall(context.targets) == {}


def test_what_a_cluster_is_told_of_an_overlay_that_it_leaves_out_goes_with_that_overlay(small: Path) -> None:
    _add_cluster(small)
    file = small / KEPT_LEAVES[1] / "engine.yaml"
    file.write_text(file.read_text().replace("deepseek-r1-sglang-serve-a3ultra", "deepseek-r1-other-a3ultra"))
    other, said = small / "overlays/a3ultra/deepseek-r1/other", list[str]()
    for step in (lambda: None, lambda: _folder(other, "server"), lambda: shutil.rmtree(other), other.mkdir):
        step()
        said.append(_report(small))
        assert said[-1] == _report(small, cache=False)
    assert "other, which this cluster does not run" in said[1] and said[0] == said[2] != said[1]


def test_many_bundles_become_few_and_hold_the_last_of_each(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, texts = small / LEAF / "engine.yaml", set[str]()
    for _ in range(MOST_BUNDLES + 1):
        engine.write_text(engine.read_text() + "# more\n")
        texts.add(_report(small))
    assert 1 <= len(store.names("", small, store.VERDICTS)) <= MOST_BUNDLES and len(texts) == 1

    def none(*_: object) -> Iterator[object]:
        raise AssertionError("is kept")

    monkeypatch.setattr(judging, "_judged", none)
    assert _report(small) in texts


@pytest.mark.parametrize("part", [0, 1])
def test_a_bundle_that_is_cut_short_costs_its_verdicts_and_no_others(part: int, small: Path) -> None:
    before = _report(small)
    engine = small / LEAF / "engine.yaml"
    engine.write_text(engine.read_text() + "# more\n")
    _report(small)
    folder, names = store.cache_folder(small, store.VERDICTS), store.names("", small, store.VERDICTS)
    assert len(names) >= 2 and folder is not None
    file = folder / names[-part]
    os.truncate(file, file.stat().st_size // 2)
    assert _report(small) == before


@pytest.mark.parametrize("budget", [0.01, 0.02, 0.03, 0.05])
def test_what_a_budget_refuses_depends_on_nothing_else(budget: float, small: Path) -> None:
    """Neither on what was kept before nor on what is rendered at a time: the first by path have the room."""
    cold = _report(small, cache=False, budget=budget)
    assert "(--budget)" in cold and '"resources": 0' in cold
    for kept in targets(small):
        shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)
        _report(small, overlays=(kept.path,))
        assert _report(small, budget=budget) == cold, kept
    _report(small)
    assert _report(small, budget=budget) == cold
    if workers.possible(2):
        assert _report(small, cache=False, budget=budget, jobs=2) == cold


def test_reading_ends_at_the_deadline(small: Path) -> None:
    """Also where it is not yet known what is to be judged: a stray is looked for in all that overlays build on."""
    (small / LEAF / "deeper").mkdir()
    (small / LEAF / "deeper/kustomization.yaml").write_text("resources: []\n")
    with pytest.raises(Late, match="--deadline"):
        _report(small, deadline=1e-9)
