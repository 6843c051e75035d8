"""Rendering: one text whichever way it is asked for, and no failure of one overlay that is a failure of another."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from servelint import render
from servelint.discover import Target, targets
from servelint.sources import Reader
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
    assert len(started) == 1


FLEET = {
    "overlays/h/m/a/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: a-\n",
    "overlays/h/m/b/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: b-\n",
    "overlays/h/m/c/kustomization.yaml": "resources: [pod.yaml]\nnamePrefix: c-\n",
}
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"


def _fleet(root: Path, changes: dict[str, str]) -> tuple[list[Target], dict[str, render.Rendered]]:
    files = {f"{folder.rpartition('/')[0]}/pod.yaml": POD for folder in FLEET} | FLEET | changes
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    found = targets(root)
    reader = Reader(root)
    return found, render.render(root, found, {t.path: reader.tree(t.path) for t in found}, jobs=1)


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


def _script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("kill -9 $$", "SIGKILL"),
        ("printf '\\377\\376'", "not UTF-8"),
        ("echo 'error: no such thing' >&2; exit 3", "no such thing"),
        ("exit 1", "said nothing"),
    ],
    ids=["killed", "garbage", "refusal", "silence"],
)
def test_a_kustomize_that_misbehaves_is_an_error_of_the_overlay(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", body))
    outcome = render.run_kustomize(str(tmp_path))
    assert outcome.text is None and said in (outcome.error or "")


def test_a_kustomize_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo $$ > {pid}\nexec sleep 600"))
    outcome = render.run_kustomize(str(tmp_path), timeout=1.0)
    assert "did not end" in (outcome.error or "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("exec yes", "more than 33,554,432 bytes"),
        ("exec yes >&2", "more than 1,048,576 bytes of complaints"),
        ("yes & sleep 600", "more than 33,554,432 bytes"),
        (f"exec {sys.executable} -c 'bytearray(3 << 30)'", "MemoryError"),
        ("echo 'fatal error: runtime: out of memory' >&2; yes goroutine | head -n 9999 >&2; exit 2", "960 MiB"),
        ("echo 'panic: a nil map' >&2; yes goroutine | head -n 9999 >&2; exit 2", "a nil map"),
        ("while :; do echo x; sleep 0.1; done", "did not end"),
        # Its output is closed, and yet it does not end.
        ("exec >&- 2>&-; exec sleep 600", "did not end"),
    ],
    ids=["output", "complaints", "child", "memory", "too large", "crash", "slow", "silence"],
)
def test_a_kustomize_without_bounds_is_ended(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo $$ > {pid}\n{body}"))
    outcome = render.run_kustomize(str(tmp_path), timeout=3.0)
    assert outcome.text is None and said in (outcome.error or "")
    assert len(outcome.error or "") <= 300
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_build_that_multiplies_ends_below_a_gibibyte(tmp_path: Path) -> None:
    """A few lines of replacements copy 50,000 values to 5,400 places."""
    (tmp_path / "big.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\nx: [{'1,' * 50_000}]\n"
    )
    pods = [POD.replace("name: p", f"name: p{i}") for i in range(900)]
    (tmp_path / "many.yaml").write_text("---\n".join(pods))
    target = "{select: {kind: Pod}, fieldPaths: [a, b, c, d, e, f], options: {create: true}}"
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [big.yaml, many.yaml]\nreplacements:\n"
        f"- source: {{kind: ConfigMap, name: big, fieldPath: x}}\n  targets: [{target}]\n"
    )
    assert "more than 960 MiB of memory" in (render.run_kustomize(str(tmp_path)).error or "")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1024 * 1024  # in KiB


FAILING = {
    "a patch of nothing": 'patches: [{target: {kind: Pod}, patch: \'[{"op": "remove", "path": "/spec"}]\'}]\n',
    "a field that is none": "nothing: []\n",
    "a base that is none": "resources: [../b]\n",
    "a folder without a kustomization": "resources: [empty]\n",
    "a missing file": "patches: [{path: no.yaml, target: {kind: Pod}}]\n",
    "a component that is none": "components: [../b]\n",
    "a long cause": f"configMapGenerator: [{{name: c, files: [{'x' * 200}.yaml]}}]\n",
    "a schema that is none": "openapi: {path: no.json}\n",
}


@pytest.mark.parametrize("text", FAILING.values(), ids=FAILING)
def test_a_failure_reads_the_same_in_every_clone(text: str, tmp_path: Path) -> None:
    said = []
    for root in (tmp_path / "a", tmp_path / "b" / ("long" * 40) / "clone"):
        folder = root / "overlays/h/m/a"
        (folder / "empty").mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(text if "resources" in text else f"resources: [pod.yaml]\n{text}")
        (folder / "pod.yaml").write_text(POD)
        (folder.with_name("b")).mkdir()
        (folder.with_name("b") / "kustomization.yaml").write_text("resources: [../c]\n")
        said.append(render.run_kustomize(str(folder), root).error)
    assert said[0] and said[0] == said[1]
    assert str(tmp_path) not in said[0] and tempfile.gettempdir() not in said[0]


@pytest.mark.parametrize("kind", ["absent", "a folder", "not executable", "no program"])
def test_a_missing_kustomize_says_what_to_do(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kustomize"
    if kind == "a folder":
        path.mkdir()
    elif kind != "absent":
        path.write_bytes(b"\x00\x01not a program")
        path.chmod(0o755 if kind == "no program" else 0o644)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(path))
    with pytest.raises(render.KustomizeMissing) as caught:
        render.run_kustomize(str(tmp_path))
    assert str(path) in str(caught.value)


def test_cache_returns_what_was_kept_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert render.recall("key") is None
    render.remember("key", "a: b\nc: ü\n")
    assert render.recall("key") == "a: b\nc: ü\n"
    stored = render.cache_folder() / "key"
    stored.write_text(stored.read_text()[:-3])
    assert render.recall("key") is None


def test_cache_key_follows_every_file(copy: Callable[[], Path]) -> None:
    fleet = copy()
    path = "overlays/a3ultra/deepseek-r1/sglang-serve"
    before = render.fingerprint(fleet, Reader(fleet).tree(path))
    for file in ("hardware/a3ultra/host.yaml", "base/sglang-serve/launch.py", "base/launcher/launchlib.py",
                 f"{path}/engine.yaml", f"{path}/kustomization.yaml", "models/deepseek-r1/kustomization.yaml"):  # fmt: skip
        original = (fleet / file).read_text()
        (fleet / file).write_text(f"{original}\n# changed\n")
        assert render.fingerprint(fleet, Reader(fleet).tree(path)) != before, file
        (fleet / file).write_text(original)
    assert render.fingerprint(fleet, Reader(fleet).tree(path)) == before


def test_an_unwritable_cache_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    render.remember("key", "text")
    assert render.recall("key") is None
