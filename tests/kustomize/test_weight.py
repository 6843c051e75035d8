"""What an overlay costs Kustomize is known before it runs; what an honest fleet needs is far below the limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from servelint.kustomize import weight
from servelint.model import Target
from servelint.sources import Reader, Tree
from servelint.steps import guard
from servelint.steps.discover import targets
from support import ROOT

PATH = "overlays/h/m/w"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
Files = dict[str, str]


def _tree(root: Path, files: Files) -> Tree:
    for name, text in files.items():
        (root / PATH / name).parent.mkdir(parents=True, exist_ok=True)
        (root / PATH / name).write_text(text)
    return guard.tree_of(Reader(root), Target(PATH, "leaf"))


def _maps(count: int, prefix: str = "c", keys: int = 0) -> str:
    data = f"data: {{{', '.join(f'o{k}: x' for k in range(keys))}}}\n" if keys else ""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "
    return "---\n".join(f"{head}{prefix}{i}, labels: {{n: '{i}'}}}}\n{data}" for i in range(count))


def _pods(count: int, containers: int = 1, prefix: str = "p") -> str:
    inside = ", ".join(f"{{name: c{j}, image: 'i{j}:1'}}" for j in range(containers))
    head = "apiVersion: v1\nkind: Pod\nmetadata: {name: "
    return "---\n".join(f"{head}{prefix}{i}}}\nspec: {{containers: [{inside}]}}\n" for i in range(count))


def _patch(keys: int) -> str:
    data = ", ".join(f"k{k}: x" for k in range(keys))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: any}}\ndata: {{{data}}}\n"


def _top(*rows: str) -> str:
    return "resources: [r.yaml]\n" + "\n".join(rows) + "\n"


def _merged(n: int) -> Files:
    """``n`` keys merged into ``n`` / 3 objects."""
    top = _top("patches: [{path: q.yaml, target: {kind: ConfigMap}}]")
    return {"kustomization.yaml": top, "r.yaml": _maps(n // 3), "q.yaml": _patch(n)}


def _any_kind(n: int) -> Files:
    return {**_merged(n), "kustomization.yaml": _top("patches: [{path: q.yaml, target: {kind: '.*'}}]")}


def _labelled(n: int) -> Files:
    return {**_merged(n), "kustomization.yaml": _top('patches: [{path: q.yaml, target: {labelSelector: "n"}}]')}


def _inline(n: int) -> Files:
    patch = "\n".join(f"    {row}" for row in _patch(n).splitlines())
    return {
        "kustomization.yaml": _top("patches:", "- target: {kind: ConfigMap}", "  patch: |", patch),
        "r.yaml": _maps(n // 3),
    }


def _many_small(n: int) -> Files:
    """Many patches, each small, of large objects."""
    entries = [f"- {{target: {{kind: ConfigMap}}, path: q{i}.yaml}}" for i in range(n // 5)]
    patches = {f"q{i}.yaml": _patch(1).replace("k0", f"k{i}") for i in range(n // 5)}
    return {"kustomization.yaml": _top("patches:", *entries), "r.yaml": _maps(n // 50, keys=n), **patches}


def _json(n: int) -> Files:
    patch = '[{"op": "add", "path": "/metadata/labels", "value": {}}]'
    entries = [f"- {{target: {{kind: ConfigMap}}, patch: '{patch}'}}" for _ in range(n // 5)]
    return {"kustomization.yaml": _top("patches:", *entries), "r.yaml": _maps(n // 5)}


def _nested(n: int) -> Files:
    """Each component patches what the component inside it has patched."""
    files = {"kustomization.yaml": _top("components: [c0]"), "r.yaml": _maps(n // 10)}
    for i in range(10):
        folder = "/".join(f"c{j}" for j in range(i + 1))
        inner = f"components: [c{i + 1}]\n" if i < 9 else ""
        patches = "patches: [{path: q.yaml, target: {kind: ConfigMap}}]\n"
        files[f"{folder}/kustomization.yaml"] = f"{COMPONENT}{inner}{patches}"
        files[f"{folder}/q.yaml"] = _patch(n // 5).replace("k", f"k{i}x")
    return files


def _twice(n: int) -> Files:
    """A folder that is built by several others counts each time."""
    below = {"z/kustomization.yaml": _merged(n)["kustomization.yaml"] + "nameSuffix: -z\n"}
    below |= {"z/r.yaml": _maps(n // 12), "z/q.yaml": _patch(n)}
    users = {f"u{i}/kustomization.yaml": f"resources: [../z]\nnamePrefix: u{i}-\n" for i in range(4)}
    return {"kustomization.yaml": "resources: [u0, u1, u2, u3]\n", **users, **below}


def _images(n: int) -> Files:
    entries = [f"- {{name: i{j}, newTag: b}}" for j in range(n)]
    return {"kustomization.yaml": _top("images:", *entries), "r.yaml": _pods(n // 10, 10)}


def _labels(n: int) -> Files:
    entries = [f"- {{pairs: {{l{j}: a}}}}" for j in range(n)]
    return {"kustomization.yaml": _top("labels:", *entries), "r.yaml": _pods(n // 5)}


def _annotations(n: int) -> Files:
    pairs = ", ".join(f"l{j}: a" for j in range(n))
    return {"kustomization.yaml": _top(f"commonAnnotations: {{{pairs}}}"), "r.yaml": _pods(n // 5)}


def _plugin(n: int) -> Files:
    pairs = ", ".join(f"l{j}: a" for j in range(n))
    config = f"apiVersion: builtin\nkind: LabelTransformer\nmetadata: {{name: t}}\nlabels: {{{pairs}}}\n"
    return {"kustomization.yaml": _top("transformers: [t.yaml]"), "r.yaml": _pods(n // 5), "t.yaml": config}


def _inline_plugin(n: int) -> Files:
    patch = "\n".join(f"      {row}" for row in _patch(n).splitlines())
    config = "- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: t}\n"
    config += f"  target: {{kind: ConfigMap}}\n  patch: |\n{patch}"
    return {"kustomization.yaml": _top("transformers:", config), "r.yaml": _maps(n // 3)}


def _generators(n: int) -> Files:
    return {
        "kustomization.yaml": "configMapGenerator:\n"
        + "".join(f"- {{name: i{j}, literals: [a=b]}}\n" for j in range(2 * n))
    }


def _into_one(n: int) -> Files:
    entries = "".join(f"- {{name: c, behavior: merge, literals: [a{j}=b]}}\n" for j in range(2 * n))
    return {
        "kustomization.yaml": f"resources: [b]\nconfigMapGenerator:\n{entries}",
        "b/kustomization.yaml": "configMapGenerator: [{name: c, literals: [a=b]}]\n",
    }


def _replaced(n: int) -> Files:
    fields = ", ".join(f"metadata.annotations.f{j}" for j in range(n))
    targets = f"[{{select: {{kind: Pod}}, options: {{create: true}}, fieldPaths: [{fields}]}}]"
    rows = ("replacements:", "- source: {kind: Pod, name: p0, fieldPath: metadata.name}", f"  targets: {targets}")
    return {"kustomization.yaml": _top(*rows), "r.yaml": _pods(n // 5)}


def _selected(n: int) -> Files:
    entry = "{source: {kind: Pod, name: p0}, targets: [{select: {kind: Pod, name: p1}, fieldPaths: [metadata.name]}]}"
    rows = [f"- {entry}" for _ in range(4 * n)]
    return {"kustomization.yaml": _top("replacements:", *rows), "r.yaml": _pods(n)}


def _namespaced(n: int) -> Files:
    files = {"r.yaml": _pods(n), "s.yaml": _pods(n, prefix="q")}
    return {"kustomization.yaml": "resources: [r.yaml, s.yaml]\nnamespace: x\nnamePrefix: y-\n", **files}


def _layered(n: int) -> Files:
    """What one layer does in a second, forty do in forty."""
    files = {f"l{i}/kustomization.yaml": f"resources: [../l{i + 1}]\nnamePrefix: a-\n" for i in range(40)}
    files |= {"l40/kustomization.yaml": "resources: [r.yaml]\n", "l40/r.yaml": _pods(n)}
    return {"kustomization.yaml": "resources: [l0]\n", **files}


def _referring(n: int) -> Files:
    refs = ", ".join(f"{{configMapRef: {{name: c{j}}}}}" for j in range(n // 10))
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p%d}\nspec: {containers: [{name: c, envFrom: [%s]}]}\n"
    pods = "---\n".join(pod % (i, refs) for i in range(n // 10))
    rows = "resources: [r.yaml, c.yaml]\nnamePrefix: a-\n"
    return {"kustomization.yaml": rows, "r.yaml": pods, "c.yaml": _maps(n)}


AMPLIFIED = [
    _merged, _any_kind, _labelled, _inline, _many_small, _json, _nested, _twice, _images, _labels, _annotations,
    _plugin, _inline_plugin, _generators, _into_one, _replaced, _selected, _namespaced, _layered, _referring,
]  # fmt: skip


@pytest.mark.parametrize("made", AMPLIFIED, ids=lambda made: made.__name__.strip("_"))
def test_a_small_input_that_comes_out_large_is_refused(made: object, tmp_path: Path) -> None:
    """At n it is refused with one fault at its own kustomization; a tenth of n is nobody's fault."""
    tree = _tree(tmp_path / "large", made(1000))  # type: ignore[operator]
    assert [(fault.kind, fault.file) for fault in tree.faults] == [("unreadable", f"{PATH}/kustomization.yaml")]
    assert not _tree(tmp_path / "small", made(100)).faults  # type: ignore[operator]


@pytest.mark.parametrize("target", targets(ROOT), ids=lambda target: target.path)
def test_the_fleet_is_far_from_the_limits(target: Target) -> None:
    found = weight.of(Reader(ROOT).tree(target.path))
    assert found.seconds < weight.MOST / 10
    assert found.values < weight.MOST_VALUES / 10
    assert found.pairs < weight.MOST_PAIRS / 100


def _cluster(leaves: int, *rows: str) -> Files:
    """A cluster of leaves that each hold a Deployment, a Service and three ConfigMaps, and patch them ten times."""
    objects = (
        _maps(3)
        + "---\n"
        + "---\n".join(
            f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: s}}\nspec:\n"
            + "".join(f"  f{i}: {{a: b, c: [d, e, f]}}\n" for i in range(12))
            for version, kind in (("apps/v1", "Deployment"), ("v1", "Service"))
        )
    )
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: s}\nspec: {replicas: 2, p: {q: r, s: t}}\n"
    files = {"base/kustomization.yaml": _top(), "base/r.yaml": objects}
    for i in range(leaves):
        patches = [f"- {{path: q.yaml, target: {{labelSelector: leaf={i}}}}}" for _ in range(10)]
        labels = [f"labels: [{{pairs: {{leaf: '{i}'}}, includeTemplates: true}}]", "configMapGenerator:"]
        generators = [f"- {{name: g{j}, literals: [a=b]}}" for j in range(3)]
        text = ["resources: [../base]", f"namePrefix: l{i}-", *labels, *generators, "patches:", *patches]
        files[f"l{i}/kustomization.yaml"] = "\n".join(text) + "\n"
        files[f"l{i}/q.yaml"] = patch
    named = ", ".join(f"l{i}" for i in range(leaves))
    return {"kustomization.yaml": "\n".join((f"resources: [{named}]", "namespace: serving", *rows)) + "\n", **files}


def test_a_cluster_of_a_hundred_leaves_is_not_heavy(tmp_path: Path) -> None:
    tree = _tree(tmp_path, _cluster(100))
    assert not tree.faults and weight.of(tree).seconds < weight.MOST / 2


@pytest.mark.parametrize("select", ["labelSelector: leaf={i}", "kind: Deployment, name: l{i}-s"])
def test_a_patch_weighs_as_its_selectors_say(select: str, tmp_path: Path) -> None:
    """A patch for each of a hundred leaves reaches one object of each; as if it reached all, it would be too heavy."""
    entries = [f"- {{path: all.yaml, target: {{{select.format(i=i)}}}}}" for i in range(100)]
    # By label it is the five objects and three generated ones of a leaf, by name one.
    patch = "kind: Deployment\nmetadata: {name: any}\nspec: {" + ", ".join(f"x{j}: y" for j in range(50)) + "}\n"
    files = {**_cluster(100, "patches:", *entries), "all.yaml": f"apiVersion: apps/v1\n{patch}"}
    assert not _tree(tmp_path / "selected", files).faults
    files["kustomization.yaml"] = files["kustomization.yaml"].replace(select.split("{i}")[0].split(": ")[0], "kind")
    everywhere = [f"- {{path: all.yaml, target: {{kind: '.+', annotationSelector: '!a{i}'}}}}" for i in range(100)]
    files = {**_cluster(100, "patches:", *everywhere), "all.yaml": f"apiVersion: apps/v1\n{patch}"}
    assert _tree(tmp_path / "everywhere", files).faults


def test_pairs_of_patch_and_document_are_bounded(tmp_path: Path) -> None:
    """Selectors that select nothing cost Kustomize little, but each is asked about each document, by us too."""
    entries = [f"- {{path: q.yaml, target: {{name: nothing{i}}}}}" for i in range(600)]
    files = {"kustomization.yaml": _top("patches:", *entries), "r.yaml": _maps(500), "q.yaml": _patch(1)}
    assert [fault.message[:30] for fault in _tree(tmp_path, files).faults] == ["applies patches to documents m"]


def test_a_rendered_text_is_measured() -> None:
    limit = weight.MOST_VALUES
    assert weight.rendered("a: b\n" * 10) is None
    assert weight.rendered(f"a: '{',' * 2 * limit}'\n") is None, "one long text is one value"
    assert "deeper" in (weight.rendered("[" * 50_000) or ""), "read as it is, it would end the process"
    assert "values" in (
        weight.rendered(
            "a: &a [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1 or ''}, *a{i - 1 or ''}]\n" for i in range(1, 40))
        )
        or ""
    )
    assert "values" in (weight.rendered(f"a: [{'1,' * limit}]\n") or "")
    assert "values" in (weight.rendered("a:\n" + "- 1\n" * limit) or "")
