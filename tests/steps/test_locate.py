"""Places: a finding stands in the line that an author would edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from servelint import lines
from servelint.model import Part, Pointer, Problem, Resource
from servelint.sources import Reader
from servelint.steps import locate, pipeline, render
from support import ROOT

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
LUSTRE = "overlays/a4x/deepseek-r1-nvfp4/trtllm-bench"
CLUSTER = "overlays/clusters/a4x-baker"


Steps = tuple[str | int | dict[str, str], ...]
"""A pointer in which a mapping stands for the list item that has it."""


class View:
    """An overlay that was rendered, and where its values come from."""

    def __init__(self, root: Path, overlay: str) -> None:
        self.root = root
        reader = Reader(root)
        tree = reader.tree(overlay)
        assert tree.faults == ()
        rendered = render.run_kustomize(str(root / overlay))
        told = render.render_provenance(root, overlay)
        assert rendered.text is not None and told is not None, rendered.error
        self.resources = pipeline.parse(rendered.text)
        self.locator = locate.Locator(reader, tree, locate.provenance(*told))

    def place(self, resource: Resource, pointer: Pointer, part: Part | None = None) -> locate.Place:
        return self.locator.place(Problem(resource, pointer, "", part=part))

    def find(self, kind: str, name: str, steps: Steps, part: Part | None = None) -> str:
        """file:line of a value of the one object of a kind whose name holds ``name``."""
        (resource,) = [r for r in self.resources if r.kind == kind and name in r.name]
        pointer: Pointer = ()
        for step in steps:
            if isinstance(step, dict):
                items = resource.at(pointer)
                (step,) = [i for i, item in enumerate(items) if step.items() <= item.items()]
            pointer = (*pointer, step)
        place = self.place(resource, pointer, part)
        return f"{place.file}:{place.line}"

    def text(self, place: locate.Place) -> list[str]:
        return [*(self.root / place.file).read_text().split("\n")[place.line - 1 :], ""]


@cache
def view(overlay: str) -> View:
    return View(ROOT, overlay)


def at(root: Path, file: str, text: str, nth: int = 1) -> str:
    """file:line of the n-th line that holds ``text``."""
    found = [i for i, row in enumerate((root / file).read_text().split("\n"), 1) if text in row]
    return f"{file}:{found[nth - 1]}"


POD = ("spec", "template", "spec")
ENGINE: Steps = (*POD, "containers", {"name": "engine"})
QUOTA: Steps = ("spec", "resourceGroups", 0, "flavors", 0, "resources")
INSTANCE = "app.kubernetes.io/instance"
BASE, HOST = "base/sglang-serve/deployment.yaml", "hardware/a3ultra/host.yaml"
VOLUME, SITE = "base/storage/lustre-model/volume.yaml", f"{CLUSTER}/site.yaml"

WRITERS: dict[str, tuple[str, str, str, Steps, str, str, int]] = {
    "base": (LEAF, "Deployment", "", ("spec", "strategy", "type"), BASE, "type: Recreate", 1),
    "a list item of the base": (LEAF, "Deployment", "", (*ENGINE, "ports", 0, "containerPort"), BASE, "containerPort", 1),
    "the second resource of a base": (
        LEAF, "Service", "", ("spec", "ports", 0, "targetPort"), "base/sglang-serve/service.yaml", "targetPort", 1
    ),
    "the first document": (
        LUSTRE, "PersistentVolume", "", ("spec", "accessModes", 0), VOLUME, "ReadWriteMany", 1
    ),
    "the second document": (
        LUSTRE, "PersistentVolumeClaim", "", ("spec", "accessModes", 0), VOLUME, "ReadWriteMany", 2
    ),
    "hardware": (
        LEAF, "Deployment", "", (*POD, "nodeSelector", "cloud.google.com/gke-accelerator"), HOST, "gke-accelerator", 1
    ),
    "hardware, a key that stands twice": (
        LEAF, "Deployment", "", (*ENGINE, "resources", "limits", "nvidia.com/gpu"), HOST, "nvidia.com/gpu:", 2
    ),
    "hardware, an init container": (
        LEAF, "Deployment", "", (*POD, "initContainers", 0, "image"), "hardware/a3ultra/kustomization.yaml", "newTag", 1
    ),
    "an overlay's patch": (
        LUSTRE, "Job", "", (*ENGINE, "volumeMounts", {"name": "model"}, "subPath"), f"{LUSTRE}/model-folder.yaml", "subPath", 1
    ),
    "a component's list item": (
        LEAF, "Deployment", "", (*POD, "volumes", {"name": "gcs-logs"}, "csi", "driver"), "base/storage/gcs-logs/mount.yaml", "driver", 1
    ),
    "a generator's literal": (
        LEAF, "ConfigMap", "-model-", ("data", "MODEL_ID"), "models/deepseek-r1/kustomization.yaml", "MODEL_ID=", 1
    ),
    "a key in a generator's file": (
        LEAF, "ConfigMap", "-engine-", ("data", "engine.yaml", "launch_server", "tensor-parallel-size"),
        f"{LEAF}/engine.yaml", "tensor-parallel-size", 1
    ),
    "a generator's file": (LEAF, "ConfigMap", "-launcher-", ("data", "launch.py"), "base/sglang-serve/launch.py", '"', 1),
    "a generator": (LEAF, "ConfigMap", "-engine-", ("metadata",), f"{LEAF}/kustomization.yaml", "- name: engine", 1),
    "the image's tag": (LEAF, "Deployment", "", (*ENGINE, "image"), f"{LEAF}/kustomization.yaml", "newTag:", 1),
    "the prefix": (LEAF, "Deployment", "", ("metadata", "name"), f"{LEAF}/kustomization.yaml", "namePrefix:", 1),
    "a label": (LEAF, "Deployment", "", ("metadata", "labels", INSTANCE), f"{LEAF}/kustomization.yaml", INSTANCE, 1),
    "a label of the pod": (
        LEAF, "Deployment", "", ("spec", "template", "metadata", "labels", INSTANCE), f"{LEAF}/kustomization.yaml",
        INSTANCE, 1
    ),
    "a label in a selector": (
        LEAF, "Service", "", ("spec", "selector", INSTANCE), f"{LEAF}/kustomization.yaml", INSTANCE, 1
    ),
    "a label of the base": (
        LEAF, "Deployment", "", ("metadata", "labels", "app.kubernetes.io/name"), BASE, "app.kubernetes.io/name", 1
    ),
    "the namespace": (
        CLUSTER, "Job", "", ("metadata", "namespace"), f"{CLUSTER}/kustomization.yaml", "namespace: serving", 1
    ),
    "site, a volume's attribute": (
        CLUSTER, "Job", "", (*POD, "volumes", {"name": "gcs-logs"}, "csi", "volumeAttributes", "bucketName"), SITE, "bucket:", 1
    ),
    "site, a label": (
        CLUSTER, "Job", "", ("metadata", "labels", "kueue.x-k8s.io/queue-name"), SITE, "queue:", 1
    ),
    "site, a name": (CLUSTER, "LocalQueue", "", ("metadata", "name"), SITE, "queue:", 1),
    "site, by [name=…]": (
        CLUSTER, "ClusterQueue", "", (*QUOTA, {"name": "nvidia.com/gpu"}, "nominalQuota"), SITE,
        "gpus:", 1
    ),
    "not site, by another [name=…]": (
        CLUSTER, "ClusterQueue", "", (*QUOTA, {"name": "cpu"}, "nominalQuota"),
        "base/platform/queue/queue.yaml", "nominalQuota", 2
    ),
    "site, by a delimiter": (
        f"{CLUSTER}/sync", "Kustomization", "-sync", ("spec", "path"), f"{CLUSTER}/sync/site.yaml", "path:", 1
    ),
    "what is missing: where it belongs": (
        LEAF, "Deployment", "", (*ENGINE, "resources", "limits", "memory"), HOST, "limits:", 1
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRITERS.values(), ids=WRITERS)
def test_each_writer_has_its_line(case: tuple[str, str, str, Steps, str, str, int]) -> None:
    overlay, kind, name, pointer, file, text, nth = case
    assert view(overlay).find(kind, name, pointer) == at(ROOT, file, text, nth)


# --- writers that the fleet does not have ---------------------------------------------------------------------------

SMALL = {
    "top/kustomization.yaml": """\
namePrefix: a-
resources:
- ../base
components:
- ../component
commonAnnotations:
  note: here
replicas:
- name: web
  count: 3
configMapGenerator:
- name: app
  envs: [app.env]
- name: app-web
  literals: [k=v]
  files: [renamed.yaml=app.yaml]
patches:
- target: {kind: Deployment}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: any
    spec:
      paused: true
- target: {kind: Deployment}
  patch: |-
    - op: add
      path: /spec/template/spec/hostNetwork
      value: true
    - op: add
      path: /spec/strategy
      value:
        type: Recreate
- path: facts.yaml
- path: patch.yaml
- path: operations.yaml
  target: {kind: Deployment, name: web}
- target: {kind: Deployment, name: web}
  patch: '[{"op": "add", "path": "/spec/template/spec/hostPID", "value": true}]'
- target: {kind: Deployment, name: web}
  patch: >-
    [{"op": "add", "path": "/spec/template/spec/hostIPC", "value": true}]
- patch: |
    # a comment

    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web-2}
    spec:
      minReadySeconds: 7
patchesStrategicMerge:
- merge.yaml
- |
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec:
    template: {spec: {dnsPolicy: Default}}
patchesJson6902:
- target: {group: apps, version: v1, kind: Deployment, name: web}
  path: old.yaml
- target: {group: apps, version: v1, kind: Deployment, name: web}
  patch: |-
    - op: add
      path: /spec/template/spec/enableServiceLinks
      value: false
replacements:
- path: replacements.yaml
- source: {kind: ConfigMap, name: app, fieldPath: data.B}
  targets:
  - select: {kind: Deployment, name: web}
    fieldPaths: [spec.template.spec.priorityClassName]
    options: {create: true}
- source: {kind: ConfigMap, name: facts, fieldPath: data.patched}
  targets:
  - select: {kind: Deployment, name: web}
    fieldPaths: [spec.template.spec.runtimeClassName]
    options: {create: true}
- sourceValue: fast
  targets:
  - select: {kind: Deployment}
    fieldPaths: [spec.template.spec.schedulerName]
    options: {create: true}
- source: {kind: ConfigMap, name: facts, fieldPath: data.one}
  targets:
  - select: {kind: Service, labelSelector: n=1}
    fieldPaths: [spec.externalName]
- source: {kind: ConfigMap, name: facts, fieldPath: 'data.[two.three]'}
  targets:
  - select: {kind: Service, labelSelector: n=10}
    fieldPaths: [spec.externalName]
""",
    "top/facts.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: facts}\ndata:\n  patched: x\n",
    "top/operations.yaml": "- op: add\n  path: /spec/template/spec/hostUsers\n  value: false\n",
    "top/merge.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  progressDeadlineSeconds: 9\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-2}\nspec:\n  progressDeadlineSeconds: 10\n"
    ),
    "top/old.yaml": "- op: add\n  path: /spec/revisionHistoryLimit\n  value: 4\n",
    "top/replacements.yaml": (
        "- sourceValue: a\n  targets: [{select: {kind: Deployment, name: web-2}, fieldPaths: [spec.template.spec.nodeName], "
        "options: {create: true}}]\n"
        "- sourceValue: b\n  targets: [{select: {kind: Deployment, name: web}, fieldPaths: [spec.template.spec.nodeName], "
        "options: {create: true}}]\n"
    ),
    "top/app.env": "# first\nA=1\nB=2\n",
    "top/app.yaml": "x:\n  y: 1\n",
    "top/patch.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  minReadySeconds: 5\n",
    "base/kustomization.yaml": "resources: [all.yaml, facts.yaml]\n",
    "base/facts.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: facts}\ndata:\n  one: a.b\n  two.three: c.d\n",
    "base/all.yaml": """\
---
~
---
apiVersion: v1
kind: Service
metadata: {name: s-1, labels: {n: '1'}}
spec: {externalName: x}
---
apiVersion: v1
kind: Service
metadata: {name: s-10, labels: {n: '10'}}
spec: {externalName: x}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: one
        image: one:1
        env:
        - {name: A, value: first}
        - {name: B, value: second}
      - name: two
        image: two:1
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-2}
spec:
  selector: {matchLabels: {app: web-2}}
  template:
    metadata: {labels: {app: web-2}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: one, image: 'one:1'}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ServiceAccount
  metadata: {name: first}
- apiVersion: v1
  kind: ServiceAccount
  metadata: {name: second}
  automountServiceAccountToken: false
""",
    "component/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
nameSuffix: -z
commonLabels:
  team: ml
images:
- name: two
  newName: r.io/two
  digest: sha256:0000
""",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> View:
    root = tmp_path_factory.mktemp("small")
    for path, text in SMALL.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return View(root, "top")


TOP = "top/kustomization.yaml"


@pytest.mark.parametrize(
    ("kind", "name", "pointer", "file", "text", "nth"),
    [
        ("Deployment", "a-web-z", ("metadata", "annotations", "note"), TOP, "note: here", 1),
        ("Deployment", "a-web-z", ("spec", "replicas"), TOP, "count: 3", 1),
        ("Deployment", "a-web-z", ("spec", "paused"), TOP, "paused: true", 1),
        ("Deployment", "a-web-z", (*POD, "hostNetwork"), TOP, "value: true", 1),
        ("Deployment", "a-web-z", ("spec", "strategy", "type"), TOP, "type: Recreate", 1),
        ("Deployment", "a-web-z", ("spec", "minReadySeconds"), "top/patch.yaml", "minReadySeconds", 1),
        ("Deployment", "a-web-z", ("spec", "progressDeadlineSeconds"), "top/merge.yaml", "Seconds: 9", 1),
        ("Deployment", "a-web-2-z", ("spec", "progressDeadlineSeconds"), "top/merge.yaml", "Seconds: 10", 1),
        ("Deployment", "a-web-2-z", ("spec", "minReadySeconds"), TOP, "minReadySeconds: 7", 1),
        ("Deployment", "a-web-2-z", (*POD, "terminationGracePeriodSeconds"), "base/all.yaml", "PeriodSeconds: 1", 1),
        ("Deployment", "a-web-2-z", ("metadata", "labels", "app"), "base/all.yaml", "name: web-2}", 1),
        ("Deployment", "a-web-z", (*POD, "hostUsers"), "top/operations.yaml", "value: false", 1),
        ("Deployment", "a-web-z", (*POD, "hostPID"), TOP, "hostPID", 1),
        ("Deployment", "a-web-z", (*POD, "hostIPC"), TOP, "patch: >-", 1),
        ("Deployment", "a-web-z", (*POD, "dnsPolicy"), TOP, "dnsPolicy", 1),
        ("Deployment", "a-web-z", ("spec", "revisionHistoryLimit"), "top/old.yaml", "value: 4", 1),
        ("Deployment", "a-web-z", (*POD, "enableServiceLinks"), TOP, "value: false", 1),
        ("Deployment", "a-web-z", (*POD, "nodeName"), "top/replacements.yaml", "sourceValue: b", 1),
        ("Deployment", "a-web-2-z", (*POD, "nodeName"), "top/replacements.yaml", "sourceValue: a", 1),
        ("Deployment", "a-web-z", (*POD, "priorityClassName"), "top/app.env", "B=2", 1),
        ("Deployment", "a-web-z", (*POD, "runtimeClassName"), "top/facts.yaml", "patched", 1),
        ("ServiceAccount", "second", ("automountServiceAccountToken",), "base/all.yaml", "automount", 1),
        ("ServiceAccount", "first", ("kind",), "base/all.yaml", "kind: ServiceAccount", 1),
        ("Deployment", "a-web-z", (*POD, "schedulerName"), TOP, "sourceValue: fast", 1),
        ("Deployment", "a-web-z", ("metadata", "name"), TOP, "namePrefix", 1),
        ("Deployment", "a-web-z", ("metadata", "labels", "team"), "component/kustomization.yaml", "team: ml", 1),
        (
            "Deployment",
            "a-web-z",
            (*POD, "containers", {"name": "two"}, "image"),
            "component/kustomization.yaml",
            "digest",
            1,
        ),
        ("Deployment", "a-web-z", (*POD, "containers", {"name": "one"}, "image"), "base/all.yaml", "one:1", 1),
        ("Deployment", "a-web-z", (*POD, "containers", 0, "env", {"name": "B"}, "value"), "base/all.yaml", "second", 1),
        ("Deployment", "a-web-z", (*POD, "containers", 0, "env", {"name": "A"}, "name"), "base/all.yaml", "first", 1),
        ("Service", "s-1-", ("spec", "externalName"), "base/facts.yaml", "one: a.b", 1),
        ("Service", "s-10-", ("spec", "externalName"), "base/facts.yaml", "two.three: c.d", 1),
        ("Service", "s-1-", ("metadata", "labels", "n"), "base/all.yaml", "n: '1'", 1),
        ("Service", "s-10-", ("metadata", "labels", "n"), "base/all.yaml", "n: '10'", 1),
        ("ConfigMap", "a-app-z-", ("data", "B"), "top/app.env", "B=2", 1),
        ("ConfigMap", "a-app-web-z-", ("data", "k"), TOP, "literals", 1),
        ("ConfigMap", "a-app-web-z-", ("data", "renamed.yaml", "x", "y"), "top/app.yaml", "y: 1", 1),
        ("ConfigMap", "a-app-web-z-", ("kind",), TOP, "- name: app-web", 1),
    ],
)
def test_each_other_writer_has_its_line(
    kind: str, name: str, pointer: Steps, file: str, text: str, nth: int, small: View
) -> None:
    assert small.find(kind, name, pointer) == at(small.root, file, text, nth)


def test_a_stranger_is_placed_in_the_overlay() -> None:
    stranger = Resource({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "nobody"}})
    assert view(LEAF).place(stranger, ("spec",)) == (f"{LEAF}/kustomization.yaml", 1)


# --- the whole fleet ------------------------------------------------------------------------------------------------


def scalars(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from scalars(inner, (*pointer, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from scalars(inner, (*pointer, i))
    else:
        yield pointer, value


def written(value: Any) -> str:
    """A value's first line as YAML spells it."""
    return {True: "true", False: "false", None: "null"}.get(value, str(value).split("\n")[0])


def holds(found: list[str], pointer: Pointer, value: Any) -> tuple[bool, bool]:
    """Whether the line has the value (or begins with a part of it), and whether it has the key."""
    line, following = found[0], found[1]
    key = [step for step in pointer if isinstance(step, str)][-1]
    scalar = line.partition(": ")[2].strip("'\" ")
    # A block scalar starts below its key; of an image only the tag stands in its line.
    block = line.rstrip().endswith(("|", "|-", ">-", ">")) and following.strip() and following.strip() in str(value)
    part = key == "image" and scalar and str(value).endswith(scalar)
    by_prefix = pointer == ("metadata", "name") and "namePrefix" in line and str(value).startswith(scalar)
    return bool(written(value) in line or block or part or by_prefix), key in line


IMAGES = {
    "top/kustomization.yaml": "resources: [../middle]\nimages:\n- name: example.com/engine\n  newTag: TOP_TAG\n- name: replaced\n  newName: other\n  newTag: '11'\n",
    "middle/kustomization.yaml": """\
resources: [../base]
images:
- name: engine
  newName: example.com/engine
  newTag: "1"
- name: pinned
  newTag: two
  digest: sha256:33
- name: renamed
  newName: example.com/renamed
- name: Kept
  newTag: three
- name: tagged
  newName: example.com/tagged:4
  newTag: "5"
- name: replaced
  newTag: "1"
- name: both
  newTag: 6@sha256:66
""",
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "base/pod.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: engine, image: engine}
  - {name: pinned, image: pinned}
  - {name: renamed, image: "renamed:0"}
  - {name: kept, image: Kept}
  - {name: tagged, image: tagged}
  - {name: replaced, image: replaced}
  - {name: both, image: both}
""",
}
MIDDLE = "middle/kustomization.yaml"


@pytest.fixture
def images(tmp_path: Path) -> Callable[..., View]:
    """A base whose images two kustomizations name, with changes to their text."""

    def made(*changes: tuple[str, str, str]) -> View:
        files = dict(IMAGES)
        for path, old, new in changes:
            assert old in files[path]
            files[path] = files[path].replace(old, new)
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        return View(tmp_path, "top")

    return made


@pytest.mark.parametrize(
    ("container", "part", "file", "text"),
    [
        ("engine", "name", MIDDLE, "newName: example.com/engine"),  # which the entry above only finds
        ("engine", "tag", TOP, "newTag: TOP_TAG"),
        ("engine", None, TOP, "newTag: TOP_TAG"),
        ("pinned", "name", MIDDLE, "name: pinned"),
        ("pinned", "tag", MIDDLE, "newTag: two"),
        ("pinned", "digest", MIDDLE, "digest: sha256:33"),
        ("renamed", "name", MIDDLE, "newName: example.com/renamed"),
        ("renamed", "tag", "base/pod.yaml", "renamed:0"),  # no entry wrote it
        ("kept", "name", MIDDLE, "name: Kept"),
        ("replaced", "tag", TOP, "newTag: '11'"),
        ("replaced", None, TOP, "newTag: '11'"),
        ("both", None, MIDDLE, "newTag: 6@"),
        ("both", "tag", MIDDLE, "newTag: 6@"),
    ],
)
def test_the_part_of_an_image_that_is_wrong_has_its_line(
    container: str, part: Part | None, file: str, text: str, images: Callable[..., View]
) -> None:
    seen = images()
    found = seen.find("Pod", "web", ("spec", "containers", {"name": container}, "image"), part)
    assert found == at(seen.root, file, text)


@pytest.mark.parametrize(
    ("container", "change", "text"),
    [
        ("engine", (MIDDLE, "example.com/engine\n", "example.com/Engine\n"), "newName: example.com/Engine"),
        ("pinned", (MIDDLE, "two", "t wo"), "newTag: t wo"),
        ("pinned", (MIDDLE, "sha256:33", f"sha256:{'g' * 64}"), "digest: sha256:g"),
        ("kept", (MIDDLE, "three", '"3"'), "name: Kept"),
        ("tagged", (MIDDLE, '"5"', '"6"'), "newName: example.com/tagged:4"),
    ],
)
def test_the_malformed_part_of_an_image_is_found(
    container: str, change: tuple[str, str, str], text: str, images: Callable[..., View]
) -> None:
    valid = f"sha256:{'3' * 64}"
    changes = [change] if "sha256" in change[1] else [(MIDDLE, "sha256:33", valid), change]
    if container == "engine":
        changes.append((TOP, "example.com/engine", "example.com/Engine"))
    seen = images(*changes)
    found = seen.find("Pod", "web", ("spec", "containers", {"name": container}, "image"))
    assert found == at(seen.root, MIDDLE, text)


@pytest.mark.parametrize(
    "overlay",
    [LEAF, LUSTRE, "overlays/a3ultra/llama-3-1-8b-instruct/triton-kserve", "overlays/a4high/deepseek-r1/trtllm-serve",
     CLUSTER, "overlays/clusters/a3ultra-able", "overlays/clusters/a4high-charlie/sync"],
)  # fmt: skip
def test_values_stand_in_their_lines(overlay: str) -> None:
    seen = view(overlay)
    by_value = total = 0
    misses = []
    for resource in seen.resources:
        for pointer, value in scalars(resource.body):
            place = seen.place(resource, pointer)
            made = place.file.endswith("kustomization.yaml") and pointer in [("apiVersion",), ("kind",)]
            if made and resource.kind == "ConfigMap":
                continue  # Kustomize writes these two itself
            has_value, has_key = holds(seen.text(place), pointer, value)
            total += 1
            by_value += has_value
            if not has_value and not has_key:
                misses.append(f"{resource.kind} {pointer} = {written(value)!r}: {place.file}:{place.line}")
    print(f"\n{overlay}: {total} values, {by_value} by value, {len(misses)} missed", *misses, sep="\n  ")
    assert total > 30
    assert len(misses) <= 0.05 * total, misses
    # The key alone may stand in many lines; most values are there themselves, but for hashed and prefixed names.
    assert by_value >= 0.8 * total


# --- lines ----------------------------------------------------------------------------------------------------------

SHAPES = st.recursive(
    st.one_of(st.none(), st.integers(), st.text("ab\n :#'\"é", max_size=12), st.just("x" * 100)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(), inner, max_size=4),
    max_leaves=20,
)


def named(shape: Any, names: Iterator[str]) -> Any:
    """The shape with a key of its own in each place, so that a line can be told by it."""
    if isinstance(shape, dict):
        return {next(names): named(inner, names) for inner in shape.values()}
    return [named(inner, names) for inner in shape] if isinstance(shape, list) else shape


@settings(max_examples=200, deadline=None, derandomize=True)
@given(shape=SHAPES, flow=st.sampled_from([True, False, None]), indent=st.integers(2, 6), width=st.integers(20, 200))
def test_descend_finds_the_line_of_every_key(shape: Any, flow: bool | None, indent: int, width: int) -> None:
    value = {"top": named(shape, (f"key{i}z" for i in range(10_000)))}
    text = yaml.safe_dump(
        value, default_flow_style=flow, indent=indent, width=width, allow_unicode=True, sort_keys=False
    )
    (node,) = lines.compose(text)
    rows = text.split("\n")

    def check(inner: Any, pointer: Pointer) -> None:
        if pointer:
            depth, line = lines.descend(node, pointer)
            assert depth == len(pointer)
            if isinstance(pointer[-1], str):
                assert pointer[-1] in rows[line - 1]
        for step, child in (
            inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        ):
            check(child, (*pointer, step))

    check(value, ())
    assert lines.descend(node, ("top", "nothing", "below"))[0] == 1


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.dictionaries(st.text(max_size=10), st.none(), max_size=6))
def test_descend_finds_keys_of_any_text(keys: dict[str, None]) -> None:
    text = yaml.safe_dump(keys, allow_unicode=True)
    try:
        documents = lines.load(text)
    except lines.BadYaml:
        reject()  # odd letters, and plain keys that are numbers to Go
    for ((_, loaded),) in [documents] if keys else []:
        (node,) = lines.compose(text)
        assert all(lines.descend(node, (key,))[0] == 1 for key in loaded if isinstance(key, str))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from("abc"), max_size=8))
def test_descend_finds_the_nth_item_of_a_name(names: list[str]) -> None:
    text = "".join(f"- name: {name}\n  other: 1\n" for name in names) or "[]"
    (node,) = lines.compose(text)
    for i, name in enumerate(names):
        assert lines.descend(node, (("name", name, names[:i].count(name)), "other")) == (2, 2 * i + 2)
    assert lines.descend(node, (("name", "d", 0),)) == (0, 1)


def test_the_last_of_two_equal_keys_counts() -> None:
    (node,) = lines.compose("a: 1\nb: 2\na: 3\n")
    assert lines.descend(node, ("a",)) == (1, 3)


def test_nodes_and_documents_go_together() -> None:
    """Documents that hold nothing are left out of both."""
    text = "---\n---\n~\n---\na: 1\n---\n# nothing\n---\n[]\n---\nnull\n"
    assert (
        [node.start_mark.line + 1 for node in lines.compose(text)] == [line for line, _ in lines.load(text)] == [5, 9]
    )


def test_a_text_is_parsed_once_for_all_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 findings in one manifest took minutes when each parsed it again; each document is, when it is asked for."""
    texts = []
    real = lines.compose
    monkeypatch.setattr(lines, "compose", lambda text, trusted=False: texts.append(text) or real(text, trusted))
    text = "---\n".join(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata:\n  a: 1\n" for i in range(50)
    )
    found = [locate.in_text(text, resource, ("data", "a")) for resource in pipeline.parse(text)]
    assert found == [6 * i + 5 for i in range(50)]
    assert "".join(texts) == text


def test_an_item_of_a_list_has_its_own_line() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- {kind: A}\n- kind: B\n  data:\n    a: 1\n---\nkind: C\n"
    first, second, third = pipeline.parse(text)
    assert locate.in_text(text, second, ("data", "a")) == 7
    assert locate.in_text(text, first, ("kind",)) == 4
    assert locate.in_text(text, third, ()) == 9


def annotated(**notes: str) -> str:
    written = {
        f"{'alpha.' if name == 'transformations' else ''}config.kubernetes.io/{name}": note
        for name, note in notes.items()
    }
    body = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a", "namespace": "ns", "annotations": written}}
    return yaml.safe_dump(body)


@pytest.mark.parametrize(
    ("notes", "origin", "configured"),
    [
        ({}, None, ()),
        ({"origin": "path: ../../base/a.yaml"}, "base/a.yaml", ()),
        ({"origin": "path: ./a.yaml"}, "a.yaml", ()),
        ({"origin": "configuredIn: ../../b/kustomization.yaml"}, "b/kustomization.yaml", ()),
        ({"origin": "path: a.yaml\nconfiguredIn: b.yaml"}, "a.yaml", ()),
        ({"origin": "- a"}, None, ()),
        ({"origin": "a: ["}, None, ()),
        ({"transformations": "- configuredIn: ../../b.yaml\n- configuredIn: c.yaml\n- configuredIn: ../../b.yaml\n- x: y\n- z"},
         None, ("b.yaml", "c.yaml")),
    ],
)  # fmt: skip
def test_what_the_notes_of_a_render_say(notes: dict[str, str], origin: str | None, configured: tuple[str, ...]) -> None:
    found = locate.provenance(f"{annotated(**notes)}---\n- no object\n", "../..")
    assert found == {("v1", "A", "ns", "a"): locate.Provenance(origin, configured)}


LIST = """\
kind: List
items:
- kind: A
  a: 1
- kind: B
  b: 2
---
kind: C
items: [{x: 1}]
---
items:
- kind: D
---
kind: E
items: none
"""


@pytest.mark.parametrize(("line", "places"), [(1, {0: 3, 1: 5}), (8, {0: 9}), (11, {}), (14, {}), (2, {}), (99, {})])
def test_where_the_items_of_a_list_begin(line: int, places: dict[int, int]) -> None:
    assert locate.items(LIST, line) == places


@pytest.mark.parametrize(
    ("line", "pointer", "found"),
    [
        (1, ("kind",), 1), (1, ("items", 1, "b"), 6), (3, ("a",), 4), (5, ("b",), 6), (8, ("items", 0, "x"), 9), (8, ("none",), 8),
        (11, ("items", 0), 12), (2, ("kind",), 2), (99, ("kind",), 99),
    ],
)  # fmt: skip
def test_where_a_pointer_leads_in_a_text(line: int, pointer: Pointer, found: int) -> None:
    assert locate.in_text(LIST, Resource({}, line), pointer) == found


OVERLAY = "overlays/h/m/w"
SOURCES = {
    f"{OVERLAY}/a.yaml": "kind: A\napiVersion: v1\nmetadata:\n  name: a\nspec:\n  image: old\n  replicas: 1\n  list:\n"
    "  - name: x\n    v: 1\n  - name: y\n    v: 1\n  plain: [1, 2]\n",
    f"{OVERLAY}/one.yaml": "kind: A\napiVersion: v1\nmetadata:\n  name: a\nspec:\n  list:\n  - name: y\n    v: 2\n",
    f"{OVERLAY}/kustomization.yaml": "resources: [a.yaml]\nnamespace: ns\nnamePrefix: p-\n"
    "labels:\n- pairs:\n    l: m\ncommonAnnotations:\n  k: o\n"
    "images:\n- name: old\n  newTag: '2'\nreplicas:\n- name: a\n  count: 3\n"
    "patches:\n- path: one.yaml\n- target: {kind: A}\n  patch: |-\n    - op: add\n      path: /spec/added\n      value:\n        in: 1\n"
    "    - op: replace\n      path: /spec/plain/-\n      value: 5\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "file", "line"),
    [
        (("kind",), "a.yaml", 1),
        (("spec", "list", 0, "v"), "a.yaml", 10),
        (("spec", "list", 1, "v"), "one.yaml", 8),
        (("spec", "list", 1), "one.yaml", 7),
        (("spec", "plain", 0), "kustomization.yaml", 25),
        (("spec", "image"), "kustomization.yaml", 11),
        (("spec", "replicas"), "kustomization.yaml", 14),
        (("spec", "added", "in"), "kustomization.yaml", 22),
        (("spec", "added", "none"), "kustomization.yaml", 21),
        (("spec", "none"), "a.yaml", 5),
        (("metadata", "namespace"), "kustomization.yaml", 2),
        (("metadata", "name"), "kustomization.yaml", 3),
        (("metadata", "labels", "l"), "kustomization.yaml", 6),
        (("metadata", "annotations", "k"), "kustomization.yaml", 8),
    ],
)
def test_a_writer_without_a_render(pointer: Pointer, file: str, line: int, tmp_path: Path) -> None:
    for path, text in SOURCES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    reader = Reader(tmp_path)
    tree = reader.tree(OVERLAY)
    assert tree.faults == ()
    made = Resource({
        "apiVersion": "v1", "kind": "A",
        "metadata": {"name": "p-a", "namespace": "ns", "labels": {"l": "m"}, "annotations": {"k": "o"}},
        "spec": {"image": "old:2", "replicas": 3, "list": [{"name": "x", "v": 1}, {"name": "y", "v": 2}], "plain": [5],
                 "added": {"in": 1}},
    })  # fmt: skip
    known = {locate.identity(made): locate.Provenance(f"{OVERLAY}/a.yaml", (f"{OVERLAY}/kustomization.yaml",))}
    place = locate.Locator(reader, tree, known).place(Problem(made, pointer, ""))
    assert (place.file, place.line) == (f"{OVERLAY}/{file}", line)
