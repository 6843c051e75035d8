"""The optional renderer against the wheel's kubectl: the same bytes, the same complaints, the same walls and bounds."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from servelint.kustomize import building
from servelint.kustomize import process as kustomize
from servelint.kustomize.process import Rendered, Session
from servelint.model import Target
from servelint.sources import Reader
from servelint.steps import origins, pipeline, render, report, request
from servelint.steps.context import Context
from servelint.steps.discover import targets
from servelint.steps.hashes import Hashes
from support import ROOT, copy_fleet

Answer = TypeVar("Answer")
ALL = targets(ROOT)


@pytest.fixture
def both(renderer: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Answer]], tuple[Answer, Answer]]:
    """What something gives with the wheel, and what it gives with the renderer."""

    def ask(what: Callable[[], Answer]) -> tuple[Answer, Answer]:
        with monkeypatch.context() as patch:
            patch.delenv("SERVELINT_KUSTOMIZE", raising=False)
            assert not kustomize.takes_many()
            wheel = what()
            patch.setenv("SERVELINT_KUSTOMIZE", str(renderer))
            assert kustomize.takes_many()
            return wheel, what()

    return ask


Both = Callable[[Callable[[], object]], tuple[object, object]]


def _trees(root: Path, wanted: list[Target]) -> dict[str, object]:
    reader = Reader(root)
    return {target.path: reader.tree(target.path) for target in wanted}


def test_the_fleet_is_rendered_byte_for_byte(both: Both) -> None:
    def texts() -> dict[str, str | None]:
        outcomes = render.render(ROOT, ALL, _trees(ROOT, ALL), os.cpu_count() or 1)  # type: ignore[arg-type]
        return {path: outcome.text for path, outcome in outcomes.items()}

    wheel, ours = both(texts)
    assert isinstance(wheel, dict) and len(wheel) == len(ALL) and None not in wheel.values()
    assert ours == wheel


@pytest.mark.parametrize("target", [t for t in ALL if t.kind != "leaf"] + ALL[:1], ids=lambda target: target.path)
def test_one_folder_is_built_as_kubectl_builds_it(target: Target, renderer: Path) -> None:
    wheel = subprocess.run([*kustomize.kustomize_command(), ROOT / target.path], capture_output=True, check=True)
    ours = subprocess.run([renderer, "build", ROOT / target.path], capture_output=True, check=True)
    assert (ours.stdout, ours.stderr) == (wheel.stdout, wheel.stderr)


def test_where_resources_come_from_is_said_alike(both: Both) -> None:
    context = Context(ROOT, {}, {}, [], cache=False)

    def said() -> object:
        with Session() as session:
            return origins.of(context, session, ALL, _trees(ROOT, ALL), lambda one: None)  # type: ignore[arg-type]

    wheel, ours = both(said)
    assert isinstance(wheel, dict) and None not in wheel.values() and ours == wheel


def test_a_report_is_the_same_with_mistakes_too(both: Both, tmp_path: Path) -> None:
    fleet = copy_fleet(tmp_path / "fleet")
    for target in ALL[::3]:
        engine = fleet / target.path / "engine.yaml"
        if engine.exists():
            engine.write_text(engine.read_text().replace("parallel-size: 8", "parallel-size: 16"))
    leaf = fleet / "overlays/a3ultra/deepseek-r1/sglang-serve/kustomization.yaml"
    leaf.write_text(leaf.read_text().replace("hardware/a3ultra", "hardware/a3ultra/host.yaml", 1))

    def said() -> object:
        context = request.context(fleet, request.Options(cache=False))
        return report.FORMATS["json"](pipeline.validate(context, context.targets, datetime.date(2026, 11, 1)))

    wheel, ours = both(said)
    assert '"severity": "error"' in str(wheel) and ours == wheel


MISTAKES = {
    "a file that is not there": "resources: [nothing.yaml]\n",
    "a folder outside": "resources: [../../outside]\n",
    "a file outside": "configMapGenerator: [{name: c, files: [../../outside/secret.txt]}]\n",
    "an address": "resources: ['http://127.0.0.1:9/x.yaml']\n",
    "a repository": "resources: ['https://127.0.0.1:9/x//y?ref=main']\n",
    "a plug-in": "generators: [plugin.yaml]\n",
    "a chart": "helmCharts: [{name: c, repo: 'http://127.0.0.1:9'}]\n",
    "no field": "sources: []\n",
    "a patch of nothing": "resources: [one.yaml]\npatches: [{target: {name: x}, path: none.yaml}]\n",
    "one name twice": "resources: [one.yaml, two.yaml]\n",
    "nothing": "",
}
FILES = {
    "one.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    "two.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    "plugin.yaml": "apiVersion: x/v1\nkind: Plugin\nmetadata: {name: p, annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n",
}


@pytest.fixture
def wrong(tmp_path: Path) -> Iterator[Path]:
    """A root with a folder for each mistake, and something outside of it."""
    root = tmp_path / "root"
    for i, text in enumerate(MISTAKES.values()):
        (root / str(i)).mkdir(parents=True)
        for name, content in {**FILES, "kustomization.yaml": text}.items():
            (root / str(i) / name).write_text(content)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kustomization.yaml").write_text("namePrefix: x-\n")
    (tmp_path / "outside/secret.txt").write_text("SMUGGLED")
    yield root


def test_what_kustomize_refuses_it_refuses_in_the_same_words(both: Both, wrong: Path, renderer: Path) -> None:
    folders = [str(wrong / str(i)) for i in range(len(MISTAKES))]
    wheel, ours = both(lambda: [kustomize.run_kustomize(folder, wrong) for folder in folders])
    assert isinstance(wheel, list) and all(one.text is None and one.error for one in wheel)
    assert dict(zip(MISTAKES, ours, strict=True)) == dict(zip(MISTAKES, wheel, strict=True))  # type: ignore[call-overload]
    with pytest.MonkeyPatch.context() as patch, Session() as session:
        patch.setenv("SERVELINT_KUSTOMIZE", str(renderer))
        assert kustomize.run_renderer(folders, wrong, session) == wheel


def test_one_that_fails_takes_no_other_with_it(wrong: Path, renderer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(renderer))
    (wrong / "good").mkdir()
    (wrong / "good/kustomization.yaml").write_text("configMapGenerator: [{name: c}]\n")
    with Session() as session:
        found = kustomize.run_renderer([str(wrong / name) for name in ("good", "0", "good")], wrong, session)
    assert isinstance(found, list) and found[0] == found[2] != found[1] and found[0].text


def test_the_same_walls_stand_around_it(both: Both) -> None:
    wheel, ours = both(lambda: kustomize.walls(ROOT))
    assert ours == wheel


def test_a_bound_that_one_breaks_is_its_own_finding(
    tmp_path: Path, renderer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(renderer))
    monkeypatch.setattr(kustomize, "MAX_SECONDS", 1)
    leaves = [Target(f"overlays/h/m/{name}", "leaf") for name in ("heavy", "light")]
    for target in leaves:
        (tmp_path / target.path).mkdir(parents=True)
        count = 1_500 if target.path.endswith("heavy") else 1
        entries = "".join(f"- name: c{i}\n" for i in range(count))
        (tmp_path / target.path / "kustomization.yaml").write_text(
            f"configMapGenerator:\n{entries}namePrefix: {target.path[15:]}-\n"
        )
    monkeypatch.setattr(render, "SHARED_SECONDS", 100.0)
    found = render.render(tmp_path, leaves, _trees(tmp_path, leaves), 1)  # type: ignore[arg-type]
    assert found["overlays/h/m/light"].text
    assert found["overlays/h/m/heavy"] == Rendered(
        None, "Kustomize needs more than 1 s of processor time", exhausted=True
    )


def test_a_schema_of_one_folder_is_not_that_of_the_next(tmp_path: Path, renderer: Path, both: Both) -> None:
    """With it, containers of a Deployment would be merged by another key."""
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: a, image: x}]}}}\n"
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: b, image: y}]}}}\n"
    for name, more in (("own", "openapi: {path: schema.json}\n"), ("plain", "")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "d.yaml").write_text(deployment)
        (tmp_path / name / "p.yaml").write_text(patch)
        (tmp_path / name / "schema.json").write_text('{"definitions": {}}')
        (tmp_path / name / "kustomization.yaml").write_text(f"resources: [d.yaml]\npatches: [{{path: p.yaml}}]\n{more}")
    folders = [str(tmp_path / name) for name in ("plain", "own", "plain")]
    alone, _ = both(lambda: [kustomize.run_kustomize(folder, tmp_path) for folder in folders])
    with pytest.MonkeyPatch.context() as patched, Session() as session:
        patched.setenv("SERVELINT_KUSTOMIZE", str(renderer))
        together = kustomize.run_renderer(folders, tmp_path, session)
    assert together == alone and isinstance(together, list)
    assert together[0] == together[2] != together[1], "the schema has no effect here"


def test_what_the_one_rendered_is_not_taken_for_what_the_other_would(both: Both) -> None:
    wheel, ours = both(lambda: Hashes(ROOT).start.hexdigest())
    assert wheel != ours


def test_it_is_built_from_the_modules_of_the_kubectl_that_is_installed() -> None:
    go = shutil.which("go")
    assert go is not None
    said = subprocess.run(
        [go, "version", "-m", kustomize.kustomize_command()[0]], capture_output=True, text=True, check=True
    )
    theirs = {words[1]: words[2] for row in said.stdout.splitlines() if (words := row.split())[:1] == ["dep"]}
    ours = building.pins((building.SOURCES / "go.mod").read_text())
    assert building.PINNED in ours and building.PINNED in theirs
    moved = {name: (version, theirs[name]) for name, version in ours.items() if theirs.get(name, version) != version}
    assert not moved, "go get these versions in scripts/servelint/kustomize/renderer, then go mod tidy"
