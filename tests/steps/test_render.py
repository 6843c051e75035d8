"""Rendering: one text whichever way it is asked for, and no failure of one overlay that is a failure of another."""

from __future__ import annotations

import datetime
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from servelint.kustomize import process as kustomize
from servelint.kustomize import weight
from servelint.model import Target
from servelint.sources import Kustomization, Reader, Tree
from servelint.steps import pipeline, render
from servelint.steps.context import Context
from servelint.steps.discover import targets
from support import ROOT

ALL = targets(ROOT)


@pytest.fixture(scope="module")
def together() -> dict[str, render.Rendered]:
    """The fleet, rendered in batches."""
    reader = Reader(ROOT)
    return render.render(ROOT, ALL, {t.path: reader.tree(t.path) for t in ALL}, jobs=2)


@pytest.mark.parametrize("target", ALL, ids=lambda target: target.path)
def test_batch_equals_kustomize_alone(target: Target, together: dict[str, render.Rendered]) -> None:
    command = [*render.kustomize_command(), str(ROOT / target.path)]
    alone = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert together[target.path].text == alone


def test_few_processes_render_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    real = render.run_kustomize
    monkeypatch.setattr(render, "run_kustomize", lambda folder, *a: started.append(folder) or real(folder, *a))
    reader = Reader(ROOT)
    leaves = [t for t in ALL if t.kind == "leaf"]
    render.render(ROOT, leaves, {t.path: reader.tree(t.path) for t in leaves}, jobs=1)
    assert len(started) == -(-len(leaves) // render.MOST_SHARING)


FLEET = {
    "overlays/h/m/a/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: a-\n",
    "overlays/h/m/b/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: b-\n",
    "overlays/h/m/c/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: c-\n",
}
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"


def _written(root: Path, changes: dict[str, str]) -> tuple[list[Target], dict[str, Tree]]:
    files = {f"{folder.rpartition('/')[0]}/pod.yaml": POD for folder in FLEET} | FLEET | changes
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    found = targets(root)
    reader = Reader(root)
    return found, {t.path: reader.tree(t.path) for t in found}


def _fleet(root: Path, changes: dict[str, str]) -> tuple[list[Target], dict[str, render.Rendered]]:
    found, trees = _written(root, changes)
    return found, render.render(root, found, trees, jobs=1)


# Shapes that a mark added and removed could change: null, empty, present, deep and quoted annotations; order; lists.
TRICKY = {
    "null annotations": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n",
    "empty annotations": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {}}\n",
    "annotations present": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {z: '1', a: b}}\n",
    "annotation sorts last": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {zz.example.com/a: 'x: y'}}\n",
    "labels after annotations": "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {a: b}, labels: {c: d}, name: p}\n",
    "text that looks like a document end": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  a: |\n    x\n    ---\n    y\n",
    "text that looks like metadata": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n"
        "  metadata: |\n    annotations:\n      servelint: '1'\n"
    ),
    "template annotations": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: p}\n"
        "spec: {template: {metadata: {annotations: {a: b}}, spec: {containers: [{name: c, image: i}]}}}\n"
    ),
    "several documents": f"{POD}---\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: s}}\n",
    "a list": "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]\n",
    "unicode and long lines": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: p}}\ndata: {{a: 'é {'x' * 300} y'}}\n",
}


@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_marks_leave_no_trace(text: str, tmp_path: Path) -> None:
    found, rendered = _fleet(tmp_path, {"overlays/h/m/b/pod.yaml": text})
    for target in found:
        assert rendered[target.path] == render.run_kustomize(str(tmp_path / target.path))
        assert rendered[target.path].error is None


@pytest.mark.parametrize(
    "field", ["sortOptions: {order: fifo}", "buildMetadata: [originAnnotations]", "namePrefix: a-"]
)
def test_what_counts_for_a_whole_build_is_honoured(field: str, tmp_path: Path) -> None:
    found, rendered = _fleet(tmp_path, {"overlays/h/m/a/kustomization.yaml": f"resources: [pod.yaml]\n{field}\n"})
    for target in found:
        assert rendered[target.path] == render.run_kustomize(str(tmp_path / target.path))


def test_a_failing_overlay_fails_alone(tmp_path: Path) -> None:
    broken = 'resources: [pod.yaml]\npatches: [{target: {kind: Pod}, patch: \'[{"op": "remove", "path": "/spec"}]\'}]\n'
    found, rendered = _fleet(tmp_path, {"overlays/h/m/b/kustomization.yaml": broken})
    errors = {t.path: rendered[t.path].error for t in found}
    assert errors["overlays/h/m/a"] is None and errors["overlays/h/m/c"] is None
    assert "/spec" in (errors["overlays/h/m/b"] or "")


def test_equal_names_in_two_overlays_are_each_rendered(tmp_path: Path) -> None:
    same = dict.fromkeys(FLEET, "resources: [pod.yaml]\n")
    found, rendered = _fleet(tmp_path, same)
    assert all(rendered[t.path].text for t in found)


def _recording(tmp_path: Path, body: str) -> str:
    """A Kustomize that does as ``body`` says where its folder leads to a file ``evil``, and else as the real one."""
    binary = " ".join(render.kustomize_command())
    text = (
        f"#!/bin/sh\nPATH={os.defpath}\nfolder=$2\necho x >> {tmp_path}/started\n"
        f"if grep -qs m/b $folder/*/kustomization.yaml || test -e $folder/evil; then {body}; fi\n"
        f"exec {binary} $folder\n"
    )
    path = tmp_path / "kustomize"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


EXHAUSTING = {
    "output": ("exec yes", "more than 33,554,432 bytes"),
    "processor time": ("while :; do :; done", "1 s of processor time"),
    "memory": ("echo 'fatal error: out of memory' >&2; exit 2", "960 MiB"),
    "time": ("sleep 600", "did not end"),
    "killed": ("kill -9 $$", "SIGKILL"),
}


@pytest.mark.parametrize(("body", "said"), EXHAUSTING.values(), ids=EXHAUSTING)
def test_an_overlay_that_breaks_a_bound_breaks_it_twice_and_takes_no_other_with_it(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once with the batch and once alone; halving would break it once for each halving."""
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _recording(tmp_path, body))
    monkeypatch.setattr(kustomize, "MAX_SECONDS", 1)
    if said == "did not end":
        monkeypatch.setattr(render, "TIMEOUT", 5.0)
    more = {f"overlays/h/m/x{i}/kustomization.yaml": f"resources: [pod.yaml]\nnamePrefix: x{i}-\n" for i in range(5)}
    more |= {path.replace("kustomization", "pod"): POD for path in more}
    found, rendered = _fleet(tmp_path / "fleet", {**more, "overlays/h/m/b/evil": ""})
    errors = {path: outcome.error for path, outcome in rendered.items() if outcome.error}
    assert list(errors) == ["overlays/h/m/b"] and said in str(errors)
    assert len((tmp_path / "started").read_text().split()) == 1 + len(found)


@pytest.mark.parametrize(
    "text",
    ["garbage", "kind: Pod\n", f"metadata:\n  annotations:\n    {render.MARK}: '9'\n",
     f"metadata:\n  annotations:\n    {render.MARK}: nine\n", f"metadata:\n  annotations:\n    {render.MARK}: '000007'\n",
     f"metadata:\n  annotations:\n    {render.MARK}: '000001'\n---\ngarbage\n"],
)  # fmt: skip
def test_what_no_kustomize_wrote_is_not_shared_out(text: str) -> None:
    assert render.split(text, 3) is None


def test_garbage_is_asked_for_again_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _recording(tmp_path, "echo garbage; exit 0"))
    _, rendered = _fleet(tmp_path / "fleet", {"overlays/h/m/b/evil": ""})
    assert rendered["overlays/h/m/b"].text == "garbage\n"
    assert all("kind: Pod" in str(rendered[f"overlays/h/m/{name}"].text) for name in "ac")


def test_what_is_heavy_has_a_process_of_its_own(tmp_path: Path) -> None:
    data = ", ".join(f"k{i}: v" for i in range(300))
    heavy = {
        "overlays/h/m/b/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: b-\n"
        "patches: [{path: q.yaml, target: {kind: Pod}}]\n",
        "overlays/h/m/b/q.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x, annotations: {{{data}}}}}\n",
        "overlays/h/m/b/pod.yaml": "---\n".join(POD.replace("name: p", f"name: p{i}") for i in range(280)),
    }
    found, trees = _written(tmp_path, heavy)
    assert weight.MOST / 4 < weight.of(trees["overlays/h/m/b"]).seconds < weight.MOST
    assert render.batches(found, trees, 1) == [["overlays/h/m/a", "overlays/h/m/c"], ["overlays/h/m/b"]]


def test_no_more_share_a_process_than_can_be_tried_again() -> None:
    leaves = [Target(f"overlays/h/m/{i:03d}", "leaf") for i in range(200)]
    body = {"resources": ["a"]}
    trees = {
        t.path: Tree(t.path, (Kustomization(t.path, f"{t.path}/kustomization.yaml", body, yaml.compose("{}")),))
        for t in leaves
    }
    found = render.batches(leaves, trees, jobs=2)
    assert sorted(path for batch in found for path in batch) == [t.path for t in leaves]
    assert max(map(len, found)) <= render.MOST_SHARING and len(found) == 5


def test_a_run_renders_no_more_than_its_budget(tmp_path: Path) -> None:
    """What one text too many would make is said of the overlay; those before it are there."""
    found, _ = _written(tmp_path, {"overlays/h/m/b/pod.yaml": POD + "data: " + "x" * 10_000 + "\n"})
    context = Context(tmp_path, {}, {}, [], cache=False, budget=9_000)
    result = pipeline.validate(context, found, datetime.date(2026, 11, 1))
    assert dict(result.overlays) == {"overlays/h/m/a": 1, "overlays/h/m/b": 0, "overlays/h/m/c": 0}
    said = [finding for finding in result.findings if "more than 9,000 bytes (--budget)" in finding.message]
    assert {(one.overlay, one.file) for one in said} == {
        (f"overlays/h/m/{x}", f"overlays/h/m/{x}/kustomization.yaml") for x in "bc"
    }


def test_nothing_is_started_once_the_budget_is_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _recording(tmp_path, "exit 1"))
    alone = "resources: [pod.yaml]\nbuildMetadata: [originAnnotations]\n"
    found, trees = _written(tmp_path / "fleet", dict.fromkeys(FLEET, alone))
    rendered = render.render(tmp_path / "fleet", found, trees, 1, budget=10)
    assert sum(outcome.text is not None for outcome in rendered.values()) == 1
    assert len((tmp_path / "started").read_text().split()) == 1
