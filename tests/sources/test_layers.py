"""Layers against Kustomize itself: what layers say a selector reaches is what Kustomize changes.

Each case is a small tree, drawn from a seed, and built twice: with and without one patch, image entry or replacement.
All cases of a seed share one Kustomize process.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from servelint.rules import all_rules
from servelint.sources import Reader, Tree, layers
from servelint.steps import render

COMPONENT = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "metadata": {"name": "c"}}
CASES = 60
"""A seed. A case costs Kustomize about 5 ms."""

KINDS = [
    ("apps/v1", "Deployment"), ("batch/v1", "Job"), ("batch/v1", "CronJob"), ("v1", "ConfigMap"), ("v1", "Service"),
    ("example.com/v1beta1", "Widget"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition"), ("v1", "Namespace"),
]  # fmt: skip
SETS = [{}, {}, {"app": "web"}, {"app": "api"}, {"app": "web", "tier": "a"}, {"tier": ""}, {"n": "7"}]
SELECTORS = [
    "app=web", "app==web", "app = web", "app!=web", "app in (web,api)", "app in (web, api)", "app notin (web)",
    "app in(web)", "app", "!app", "app=web,tier=a", "app in (web),!tier", "tier", "tier=", "tier in (,a)", "n>5", "n<5",
    "x=y", "x!=y", "app,!n", "g=h",
]  # fmt: skip
SELECTS = {
    "kind": (0.5, ["Deployment", "Deployment|Job", "Dep.*", ".*", "deployment", "(Dep|J).*", "Deploymen", "Job|", "^Job$",
                   "[A-Z]o.", "Config|Job", "(?i)job", "Widget"]),
    "name": (0.35, ["web", "web.*", "p-web", "q-p-web", "p-p-web", "p-web-s", "web|api", "w", "^web", "web$", "we(b)?-1",
                    "gen", "p-gen", "ns1", ".*-s", "(?i)WEB", r"\w+", r"web-\d"]),
    "group": (0.15, ["apps", "app.*", "batch|apps", "v1", "example.com", "example[.]com"]),
    "version": (0.15, ["v1", "v.*", "v1beta1", "v"]),
    "labelSelector": (0.35, SELECTORS),
    "annotationSelector": (0.15, SELECTORS),
    "namespace": (0.15, ["ns1", "ns.*", "default", "other", "ns1|other", "o", ".*", ".*", "[a-z].*"]),
}  # fmt: skip
IMAGES = ["web", "web:1", "r.io/web", "r.io:5000/web:1", "api@sha256:00", "web:1@sha256:00", "webx", "a/web"]
NAMES = ["web", "r.io/web", "r.io:5000/web", "api", "webx", "a/web", "sha256", "new", "other", "r.io"]


class Case(NamedTuple):
    """``folders``: kustomizations by folder, "top" last. ``under_test``: folder, field and entry of what is tested."""

    folders: dict[str, dict[str, Any]]
    resources: list[dict[str, Any]]
    under_test: tuple[str, str, dict[str, Any]]


def maybe(random: Random, chance: float, value: Any) -> dict[str, Any]:
    return value if random.random() < chance else {}


def own(random: Random) -> dict[str, Any]:
    """What a kustomization does to names, labels and annotations."""
    chosen: dict[str, Any] = {
        **maybe(random, 0.4, {"namePrefix": random.choice(["p-", "q-"])}),
        **maybe(random, 0.2, {"nameSuffix": "-s"}),
        **maybe(random, 0.2, {"namespace": "ns1"}),
        **maybe(random, 0.2, {"commonAnnotations": random.choice([{"app": "web"}, {"x": "y"}])}),
    }
    pairs = random.choice([{"app": "web"}, {"tier": "a"}, {"x": "y"}])
    return {**chosen, **maybe(random, 0.3, {"labels": [{"pairs": pairs, "includeSelectors": random.random() < 0.5}]})}


def resource(random: Random, name: str, kinds: list[tuple[str, str]]) -> dict[str, Any]:
    api_version, kind = random.choice(kinds)
    metadata = {"name": name, "labels": random.choice(SETS), "annotations": random.choice(SETS)}
    metadata |= maybe(random, 0.3, {"namespace": random.choice(["ns1", "default", "other"])})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def tree(random: Random) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]], str]:
    """Kustomizations, resources, and the folder in which something is to be tested."""
    first, second = random.sample(["web", "web-1", "api"], 2)
    top: dict[str, Any] = {"resources": ["../middle"], **own(random)}
    options = {"labels": {"g": "h"}, "annotations": {"app": "api"}}
    generator = {"name": "gen", "literals": ["a=b"], **maybe(random, 0.5, {"options": options})}
    top |= maybe(random, 0.3, {"configMapGenerator": [generator]})
    top |= maybe(random, 0.2, {"generatorOptions": {"labels": {"app": "web"}, "annotations": {"x": "y"}}})
    top |= maybe(random, 0.5, {"components": ["../component"]})
    folders = {
        "inner": {"resources": ["resources.yaml"], **own(random)},
        "middle": {"resources": ["../inner"], **maybe(random, 0.5, own(random))},
        "component": {**COMPONENT, **own(random)},
        "top": top,
    }
    resources = [resource(random, first, KINDS), resource(random, second, KINDS[:-2])]
    return folders, resources, random.choice(["top", "component"] if "components" in top else ["top"])


EARLIER: list[Any] = [
    [{"op": "add", "path": "/metadata/labels", "value": {"x": "y"}}],
    [{"op": "add", "path": "/metadata/annotations/x", "value": "y"}],
    {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "any", "labels": {"x": "y"}}},
    {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "any", "annotations": {"app": "web"}}},
]
"""Patches that change what the selector of a later one looks at."""


def selector(random: Random) -> dict[str, str]:
    chosen = {name: random.choice(values) for name, (chance, values) in SELECTS.items() if random.random() < chance}
    return chosen or {"kind": "Job"}


def patch_case(random: Random) -> Case:
    folders, resources, where = tree(random)
    if random.random() < 0.3:
        folders[where]["patches"] = [{"target": {"kind": ".*"}, "patch": json.dumps(random.choice(EARLIER))}]
        for each in resources:
            each["metadata"]["annotations"] = each["metadata"]["annotations"] or {"b": "c"}
        folders["top"].pop("configMapGenerator", None)  # it may have no annotations to add to
    touch = json.dumps([{"op": "add", "path": "/touched", "value": "x"}])
    return Case(folders, resources, (where, "patches", {"target": selector(random), "patch": touch}))


def replacement_case(random: Random) -> Case:
    folders, resources, where = tree(random)
    target = {"select": selector(random), "fieldPaths": ["touched"], "options": {"create": True}}
    # One without a group, a kind, a name or a namespace rejects nothing by the selectors of its own.
    target |= maybe(random, 0.2, {"reject": [{k: v for k, v in selector(random).items() if k in ("kind", "name")}]})
    return Case(folders, resources, (where, "replacements", {"sourceValue": "x", "targets": [target]}))


def pod(random: Random, kind: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "a", "image": random.choice(IMAGES)}, {"name": "b"}]}
    spec |= maybe(random, 0.3, {"initContainers": [{"name": "i", "image": random.choice(IMAGES)}]})
    spec |= maybe(random, 0.2, {"ephemeralContainers": [{"name": "e", "image": random.choice(IMAGES)}]})
    spec |= maybe(random, 0.2, {"volumes": [{"name": "v", "image": {"reference": random.choice(IMAGES)}}]})
    if kind == "Pod":
        return {"spec": spec}
    if kind == "Widget":  # a kind that Kustomize does not know
        shapes: list[dict[str, Any]] = [
            {"deep": {"er": [spec]}}, {"image": random.choice(IMAGES)}, {"model": {"image": random.choice(IMAGES)}},
        ]  # fmt: skip
        return {"spec": random.choice(shapes)}
    return {"spec": {"template": {"spec": spec}}}


def image_case(random: Random) -> Case:
    folders, _, where = tree(random)
    kinds = [("apps/v1", "Deployment"), ("v1", "Pod"), ("example.com/v1beta1", "Widget"), KINDS[-2]]
    resources = []
    for name in ("web", "api"):
        each = resource(random, name, kinds[: 4 if name == "web" else 3])
        resources.append(each | pod(random, each["kind"]))
    target = {"kind": "Deployment"}
    merged = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "any"}}
    spec = {"containers": [{"name": random.choice("abc"), "image": "other:2"}]}
    merge = {**merged, "spec": {"template": {"spec": spec}}}
    put = [{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "z", "image": "other:2"}}]
    folders["inner"] |= maybe(
        random, 0.3, {"patches": [{"target": target, "patch": json.dumps(random.choice([merge, put]))}]}
    )
    folders["inner"] |= maybe(random, 0.3, {"images": [{"name": "web", "newName": "new"}]})
    folders["middle"] |= maybe(random, 0.3, {"configurations": ["images.yaml"]})
    # Not "1", which an image may have already: then nothing would change.
    entry = {"name": random.choice(NAMES), "newTag": "changed"}
    return Case(folders, resources, (where, "images", entry))


def write(root: Path, case: Case, whole: bool) -> None:
    """``whole``: with what is under test. An outermost suffix, and a name where none goes, let all share a process."""
    where, name, entry = case.under_test
    rename = json.dumps([{"op": "replace", "path": "/metadata/name", "value": f"x-{root.name}"}])
    suffix = {
        "resources": ["../top"],
        "nameSuffix": f"-{root.name}",
        "patches": [{"target": {"kind": "|".join(kind for _, kind in KINDS[-2:])}, "patch": rename}],
    }
    for folder, body in {**case.folders, "suffix": suffix}.items():
        if whole and folder == where:
            body = {**body, name: [*body.get(name, []), entry]}
        (root / folder).mkdir(parents=True)
        (root / folder / "kustomization.yaml").write_text(json.dumps(body))
    (root / "inner/resources.yaml").write_text("---\n".join(f"{json.dumps(r)}\n" for r in case.resources))
    (root / "middle/images.yaml").write_text("images: [{path: spec/model/image, kind: Widget}]\n")


def built(root: Path, cases: list[Case]) -> list[tuple[Tree, bool]]:
    """Each case's tree, and whether what is under test changes what Kustomize makes of it."""
    names = [f"case-{i:03d}-{variant}" for i in range(len(cases)) for variant in ("a", "b")]
    for i, name in enumerate(names):
        write(root / name, cases[i // 2], name.endswith("a"))
    rendered = render.render_batch(root, [f"{name}/suffix" for name in names])
    assert rendered.text is not None, rendered.error
    texts = [t.replace(f"-{name}", "") for t, name in zip(render.split(rendered.text, len(names)), names, strict=True)]
    reader = Reader(root)
    return [(reader.tree(f"case-{i:03d}-a/top"), texts[2 * i] != texts[2 * i + 1]) for i in range(len(cases))]


def layer_under_test(tree: Tree, case: Case) -> layers.Layer:
    where, name, entry = case.under_test
    (found,) = [
        layer
        for layer in layers.layers(tree)
        if layer.kustomization.folder.endswith(f"/{where}")
        and (layer.kustomization.body.get(name) or [None])[-1] == entry
    ]
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [patch_case, replacement_case, image_case], ids=lambda make: make.__name__)
def test_layers_reach_what_kustomize_changes(make: Any, seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    cases = [make(random) for _ in range(CASES)]
    wrong, changed = [], 0
    for case, (tree, theirs) in zip(cases, built(tmp_path, cases), strict=True):
        assert tree.faults == ()
        layer = layer_under_test(tree, case)
        _, name, entry = case.under_test
        if name == "images":
            ours = entry["name"] in layer.images
        else:
            items = list(layer.items)
            ours = bool(
                layers.selected(entry["target"], items)
                if name == "patches"
                else layers.targeted(entry["targets"][0], items)
            )
        changed += theirs
        if ours != theirs:
            wrong.append({"layers": ours, "kustomize": theirs, **case._asdict()})
    assert not wrong, "\n".join(json.dumps(w) for w in wrong)
    assert CASES * 0.05 < changed < CASES * 0.9, "both outcomes are there to be told apart"


def selected(selector: dict[str, str], **changes: Any) -> bool:
    item = layers.Item("apps/v1", "Deployment", ["web", "p-web"], {"app": "web"}, {"a": "b"})
    for name, value in changes.items():
        setattr(item, name, value)
    return bool(layers.selected(selector, [item]))


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(.*)*b", "(a|aa)+$b", "([a-z]+)*[0-9]"]
)  # fmt: skip
def test_a_pattern_ends(pattern: str) -> None:
    """Python's own engine would be busy with each of these for longer than anybody waits."""
    assert not selected({"name": pattern}, names=["a" * 200 + "!"])
    assert not selected({"kind": pattern}, kind="a" * 200 + "!")


@pytest.mark.parametrize("part", [",", "(", "a,(", "a in (", "!", " ", "a=b", "a in ", "a notin (b,"])
def test_a_label_selector_ends(part: str) -> None:
    """Hours, were its time to grow with the square."""
    long = part * 200_000
    assert selected({"labelSelector": f"app=web,{long}"}) == selected({"labelSelector": long})
    assert not selected({"labelSelector": f"app=api,{long}"})


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5_000, "-" + "9" * 5_000])
def test_a_label_is_compared_with_no_number_that_is_none(number: str) -> None:
    assert not selected({"labelSelector": f"app>{number}"}) and not selected({"labelSelector": f"app<{number}"})
    assert not selected({"labelSelector": "app>5"}, labels={"app": number})


@pytest.mark.parametrize("pattern", ["(", "[a", "a(?=b)", "*", r"\Qa\E", "a{2,1}"])
def test_what_is_no_pattern_here_is_left_to_kustomize(pattern: str) -> None:
    assert selected({"name": pattern})


def test_a_component_sees_what_its_user_gathered(tmp_path: Path) -> None:
    """Components share their user's resources, in order; a base does not see its siblings."""
    files = {
        "top": {"resources": ["../base"], "components": ["../one", "../two"]},
        "base": {"resources": ["pod.yaml"]},
        "one": {**COMPONENT, "patches": [{"target": {"kind": "Pod"}, "patch": json.dumps(EARLIER[2])}]},
        "two": {**COMPONENT, "patches": [{"target": {"labelSelector": "x=y"}, "patch": "[]"}]},
    }
    for folder, body in files.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kustomization.yaml").write_text(json.dumps(body))
    (tmp_path / "base/pod.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: p}}\n")
    found = list(layers.layers(Reader(tmp_path).tree("top")))
    order = [(layer.kustomization.folder, [dict(item.labels) for item in layer.items]) for layer in found]
    assert order == [("base", [{}]), ("one", [{}]), ("one", [{"x": "y"}]), ("two", [{"x": "y"}]),
                     ("two", [{"x": "y"}]), ("top", [{"x": "y"}])]  # fmt: skip


@pytest.mark.parametrize(
    ("image", "name"),
    [("a", "a"), ("a:1", "a"), ("r:5000/a", "r:5000/a"), ("r:5000/a:1", "r:5000/a"), ("r/a/b:1@sha256:0", "r/a/b"),
     ("a@sha256:0", "a"), ("SITE_REGISTRY/trtllm:v1", "SITE_REGISTRY/trtllm")],
)  # fmt: skip
def test_image_names(image: str, name: str) -> None:
    assert layers.image_name(image) == name


# --- the rule ------------------------------------------------------------------------------------------------------

NOTHING = 'patch: \'[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]\''
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: serving\n  labels: {on: y, off: Yes, n: 7}\n"
REPLACE = "source: {kind: ConfigMap, name: facts, fieldPath: data.a}"
FACTS = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: facts, namespace: serving}\ndata: {a: b}\n"
TARGETS: dict[str, tuple[str, str | None]] = {
    "a label that is y": (f"patches:\n- {NOTHING}\n  target: {{labelSelector: on=y}}\n", None),
    "a label that is Yes": (f"patches:\n- {NOTHING}\n  target: {{labelSelector: 'off in (Yes)'}}\n", None),
    "a label that is a number": (f"patches:\n- {NOTHING}\n  target: {{labelSelector: n=7}}\n", None),
    "a label that is true": (f"patches:\n- {NOTHING}\n  target: {{labelSelector: on=true}}\n", "target"),
    "a namespace": (f"patches:\n- {NOTHING}\n  target: {{kind: Pod, namespace: serving}}\n", None),
    "another namespace": (f"patches:\n- {NOTHING}\n  target: {{kind: Pod, namespace: serv}}\n", "target"),
    "a patch that labels with y": (
        "patches:\n- patch: '{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: serving, labels: {m: y}}}'\n"
        f"- {NOTHING}\n  target: {{labelSelector: m=y}}\n", None,
    ),
    "a version": (f"patches:\n- {NOTHING}\n  target: {{version: v1, kind: Pod}}\n", None),
    "part of a version": (f"patches:\n- {NOTHING}\n  target: {{version: v, kind: Pod}}\n", "target"),
    "part of a kind": (f"patches:\n- {NOTHING}\n  target: {{kind: Po}}\n", "target"),
    "options": (
        "patches:\n- options: {allowNameChange: true}\n  target: {kind: Pod}\n"
        "  patch: '{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: serving}}'\n", None,
    ),
    "an annotation": (f"patches:\n- {NOTHING}\n  target: {{annotationSelector: a=b}}\n", "target"),
    "patchesJson6902": (
        f"patchesJson6902:\n- {NOTHING}\n  target: {{version: v1, kind: Pod, name: q, namespace: serving}}\n", "target"
    ),
    "a replacement": (
        f"replacements:\n- {REPLACE}\n  targets: [{{select: {{kind: Pod}}, fieldPaths: [metadata.labels.on]}}]\n", None
    ),
    "a replacement's target": (
        f"replacements:\n- {REPLACE}\n  targets:\n  - {{select: {{kind: Job}}, fieldPaths: [metadata.labels.on]}}\n", "select"
    ),
    "a replacement's target that is rejected": (
        f"replacements:\n- {REPLACE}\n  targets:\n"
        "  - {select: {kind: Pod}, reject: [{name: p}], fieldPaths: [metadata.labels.on]}\n", "select",
    ),
    "a replacement's source": (
        f"replacements:\n- {REPLACE.replace('facts', 'fact')}\n"
        "  targets: [{select: {kind: Pod}, fieldPaths: [metadata.labels.on]}]\n", "source",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TARGETS.values(), ids=TARGETS)
def test_a_selector_that_selects_nothing_is_found(case: tuple[str, str | None], tmp_path: Path) -> None:
    text, at = case
    folder = tmp_path / "overlays/h/m/w"
    folder.mkdir(parents=True)
    written = f"resources: [pod.yaml]\n{text}"
    (folder / "kustomization.yaml").write_text(written)
    (folder / "pod.yaml").write_text(POD + FACTS)
    rule = all_rules()["patch-without-target"]
    found = [problem.line for problem in rule.run(Reader(tmp_path).tree("overlays/h/m/w"))]
    assert found == ([] if at is None else [written[: written.index(f"{at}:")].count("\n") + 1])
    # Kustomize does what the rule says: it changes the pod, or nothing, or finds no source.
    rendered = render.run_kustomize(str(folder))
    (folder / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
    assert (rendered.text == render.run_kustomize(str(folder)).text) == (at in ("target", "select"))
    assert (rendered.error is not None) == (at == "source")


def test_a_replacement_in_a_file_has_its_line_there(tmp_path: Path) -> None:
    folder = tmp_path / "overlays/h/m/w"
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text("resources: [pod.yaml]\nreplacements:\n- path: r.yaml\n")
    (folder / "pod.yaml").write_text(POD + FACTS)
    targets = "  targets:\n  - select: {kind: Job}\n    fieldPaths: [metadata.name]\n"
    (folder / "r.yaml").write_text(f"- {REPLACE}\n{targets}- {REPLACE}\n{targets}")
    rule = all_rules()["patch-without-target"]
    found = [(p.file, p.line) for p in rule.run(Reader(tmp_path).tree("overlays/h/m/w"))]
    assert found == [("overlays/h/m/w/r.yaml", 3), ("overlays/h/m/w/r.yaml", 7)]
