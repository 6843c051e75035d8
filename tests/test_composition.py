"""The rules of design.md, "Composition", over the fleet as it stands: they hold for overlays that nobody wrote yet too."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from servelint import lines
from servelint.commands.validate import main
from servelint.model import Resource, Target, mapping, mappings, pods_of
from servelint.sources import Reader, checks, grammar
from servelint.steps import render
from servelint.steps.discover import KUSTOMIZATION_NAMES, targets
from servelint.steps.pipeline import parse
from support import ROOT, copy_fleet

ALL = targets(ROOT)
LEAVES = [t for t in ALL if t.kind == "leaf"]
CLUSTERS = [t for t in ALL if t.kind == "cluster"]
PARTS = ("base", "hardware", "models", "overlays")
FORBIDDEN = (
    "bases", "commonLabels", "generators", "helmChartInflationGenerator", "helmCharts", "helmGlobals", "imageTags",
    "patchesJson6902", "patchesStrategicMerge", "transformers", "validators", "vars",
)  # fmt: skip


def path_of(target: Target) -> str:
    return target.path


def kustomization(root: Path, folder: str) -> tuple[Path, dict[str, Any]]:
    (file,) = [root / folder / name for name in KUSTOMIZATION_NAMES if (root / folder / name).is_file()]
    return file, yaml.safe_load(file.read_text())


def rendered(root: Path, wanted: list[Target]) -> dict[str, render.Rendered]:
    reader = Reader(root)
    return render.render(root, wanted, {t.path: reader.tree(t.path) for t in wanted}, jobs=2)


@cache
def fleet() -> dict[str, tuple[Resource, ...]]:
    """Every overlay's objects."""
    found = {}
    for path, outcome in rendered(ROOT, ALL).items():
        assert outcome.text is not None, f"{path}: {outcome.error}"
        found[path] = parse(outcome.text)
    return found


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the fleet in which leaves get other lists of components."""
    return copy_fleet(tmp_path_factory.mktemp("composition") / "fleet")


def with_components(root: Path, chosen: dict[str, list[str]]) -> dict[str, render.Rendered]:
    """What leaves become with these components; no two leaves share a name, so one process renders all of them."""
    wanted = [t for t in LEAVES if t.path in chosen]
    for target in wanted:
        file, body = kustomization(ROOT, target.path)
        (root / file.relative_to(ROOT)).write_text(json.dumps({**body, "components": chosen[target.path]}))
    return rendered(root, wanted)


def ordered(value: Any) -> Any:
    """The value with lists of named items in the order of their names: only there does a component's place show."""
    if isinstance(value, dict):
        return {key: ordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        items = [ordered(inner) for inner in value]
        return sorted(items, key=json.dumps) if all("name" in mapping(item) for item in items) else items
    return value


def objects(resources: tuple[Resource, ...]) -> list[Any]:
    return [ordered(r.body) for r in sorted(resources, key=lambda r: (r.kind, r.name))]


@cache
def components_of(path: str) -> tuple[str, ...]:
    return tuple(kustomization(ROOT, path)[1].get("components") or ())


@pytest.mark.parametrize("seed", [None, 1, 2, 3], ids=["reversed", "shuffled-1", "shuffled-2", "shuffled-3"])
def test_the_order_of_components_does_not_matter(seed: int | None, workshop: Path) -> None:
    chosen = {}
    for target in LEAVES:
        order = list(reversed(components_of(target.path)))
        if seed is not None:
            Random(seed).shuffle(order)
        chosen[target.path] = order
    for path, outcome in with_components(workshop, chosen).items():
        assert outcome.text is not None, f"{path} with {chosen[path]}: {outcome.error}"
        assert objects(parse(outcome.text)) == objects(fleet()[path]), f"{path} with {chosen[path]}"


@cache
def without_each(root: Path) -> dict[tuple[str, str], render.Rendered]:
    """What each leaf becomes without each of its components."""
    found = {}
    for i in range(max(len(components_of(t.path)) for t in LEAVES)):
        chosen = {t.path: list(components_of(t.path)) for t in LEAVES if i < len(components_of(t.path))}
        dropped = {path: components.pop(i) for path, components in chosen.items()}
        for path, outcome in with_components(root, chosen).items():
            found[path, dropped[path]] = outcome
    return found


@pytest.mark.parametrize("model", ["llama-3-1-405b", "deepseek-r1"])
def test_a_server_of_several_hosts_gets_the_token_of_a_gated_model(model: str, workshop: Path) -> None:
    path = "overlays/a4x/kimi-k2-instruct/sglang-multihost"
    up = "../../../.."
    made = with_components(workshop, {path: [f"{up}/hardware/a4x/hosts", f"{up}/models/{model}"]})[path]
    assert made.text is not None, made.error
    (group,) = (r for r in parse(made.text) if r.kind == "LeaderWorkerSet")
    pod = group.spec["leaderWorkerTemplate"]["workerTemplate"]["spec"]
    token = [one["valueFrom"] for one in pod["containers"][0]["env"] if one["name"] == "HF_TOKEN"]
    secret = {"secretKeyRef": {"name": "hf-secret", "key": "hf_api_token"}}
    assert token == ([secret] if model == "llama-3-1-405b" else [])


def test_every_component_changes_something(workshop: Path) -> None:
    """Kustomize is silent about a patch that selects nothing; a component that could be left out is such a one."""
    outcomes = without_each(workshop)
    assert len(outcomes) >= 3 * len(LEAVES)
    for (path, component), outcome in outcomes.items():
        without = objects(parse(outcome.text)) if outcome.text is not None else None
        assert without != objects(fleet()[path]), f"{path} is the same without {component}"


def containers(
    resources: tuple[Resource, ...],
) -> Iterator[tuple[tuple[str, str, str], dict[str, Any], dict[str, Any]]]:
    """((kind, name, container), container, pod spec) of all containers."""
    for resource in resources:
        for pod in pods_of(resource):
            for container in pod.containers:
                yield (resource.kind, resource.name, container.name), container.body, pod.spec


def test_hardware_adds_and_takes_nothing_away(workshop: Path) -> None:
    """A merge patch replaces a list that Kustomize cannot merge; image, env, command, args and mounts must outlive it."""
    compared = 0
    for (path, component), outcome in without_each(workshop).items():
        if "/hardware/" not in component:
            continue
        assert outcome.text is not None, f"{path} without {component}: {outcome.error}"
        patched = {key: (body, spec) for key, body, spec in containers(fleet()[path])}
        for key, before, pod in containers(parse(outcome.text)):
            after, pod_after = patched[key]
            for field in ("image", "command", "args", "ports", "envFrom", "startupProbe", "livenessProbe", "lifecycle"):
                assert after.get(field) == before.get(field), f"{component} changes {field} of {key}"
            for field in ("env", "volumeMounts"):
                kept = [item for item in before.get(field) or [] if item in (after.get(field) or [])]
                assert kept == (before.get(field) or []), f"{component} takes {field} from {key}"
            for volume in pod.get("volumes") or []:
                assert volume in pod_after["volumes"], f"{component} takes the volume {volume['name']} from {key}"
            compared += 1
    assert compared >= len([t for t in LEAVES if any("/hardware/" in c for c in components_of(t.path))])


@pytest.mark.parametrize("target", LEAVES, ids=path_of)
def test_a_leaf_is_named_by_its_folder(target: Target) -> None:
    _, body = kustomization(ROOT, target.path)
    name = f"{target.model}-{target.workload}-{target.hardware}"
    assert body["namePrefix"] == f"{name}-"
    (labels,) = [entry for _, entry in mappings(body["labels"])]
    assert labels["pairs"] == {"app.kubernetes.io/instance": name}
    for folder in (f"hardware/{target.hardware}", f"models/{target.model}", f"base/{target.workload}"):
        assert (ROOT / folder).is_dir(), f"{target.path} is named for {folder}, which is not there"
    assert f"base/{target.workload}" in {k.folder for k in Reader(ROOT).tree(target.path).kustomizations}
    for resource in fleet()[target.path]:
        assert resource.name.startswith(f"{name}-"), f"{resource.kind}/{resource.name}"
        assert resource.labels["app.kubernetes.io/instance"] == name
        for pod in pods_of(resource):
            if resource.kind in ("Deployment", "Job"):  # KServe labels its pods itself
                assert pod.labels["app.kubernetes.io/instance"] == name


def test_prefixes_are_of_one_leaf_each() -> None:
    """One prefix that begins another would make the second leaf's objects look like the first one's."""
    names = [f"{t.model}-{t.workload}-{t.hardware}-" for t in LEAVES]
    assert not [(a, b) for a in names for b in names if a != b and a.startswith(b)]


def test_no_two_leaves_render_one_object() -> None:
    seen = Counter((r.kind, r.namespace, r.name) for t in LEAVES for r in fleet()[t.path])
    assert [key for key, count in seen.items() if count > 1] == []


def kustomizations() -> list[Path]:
    return sorted(file for part in PARTS for name in KUSTOMIZATION_NAMES for file in (ROOT / part).rglob(name))


@pytest.mark.parametrize("file", kustomizations(), ids=lambda file: file.parent.relative_to(ROOT).as_posix())
def test_a_kustomization_uses_plain_fields(file: Path) -> None:
    body = yaml.safe_load(file.read_text())
    assert [field for field in FORBIDDEN if field in body] == []
    assert body["kind"] in ("Kustomization", "Component") and body["apiVersion"].startswith("kustomize.config.k8s.io/")
    leaves, wrong = checks.walk(lines.compose(file.read_text())[0], grammar.KUSTOMIZATION)
    assert wrong == []
    for at, shape, node, _ in leaves:
        if shape.role in ("file", "place", "keyed", "plugin", "merge"):
            remote = checks.FETCHED.match(node.value) or any(mark in node.value for mark in checks.REMOTE)
            assert not remote, f"{at}: {node.value}"
    assert "${" not in file.read_text(), "nothing here is substituted"


def test_every_kustomization_is_built() -> None:
    """Nothing lies about that no overlay uses; which parts of the platform it takes is a cluster's choice."""
    used = {k.folder for t in ALL for k in Reader(ROOT).tree(t.path).kustomizations}
    unused = {f.parent.relative_to(ROOT).as_posix() for f in kustomizations()} - used
    assert [folder for folder in sorted(unused) if not folder.startswith("base/platform/")] == []


SHARED = {"launchlib.py": "launcher", "benchlib.py": "launcher/results"}
"""What launchers import, and where below base/ it stands."""


def test_launchers_are_carried_as_they_are() -> None:
    """What was tested in base/ is, byte for byte, what runs."""
    carried: dict[str, set[str]] = defaultdict(set)
    for target in LEAVES:
        for resource in fleet()[target.path]:
            for name, text in mapping(resource.body.get("data")).items() if resource.kind == "ConfigMap" else ():
                if name.endswith(".py"):
                    folder = SHARED.get(name, str(target.workload))
                    assert text.encode() == (ROOT / "base" / folder / name).read_bytes(), f"{target.path}: {name}"
                    carried[target.path].add(f"base/{folder}/{name}")
    for target in LEAVES:
        imported = 2 if str(target.workload).endswith("-bench") else 1
        assert len(carried[target.path]) == 1 + imported, f"{target.path} has its launcher and what that imports"
    launchers = {f.relative_to(ROOT).as_posix() for f in (ROOT / "base").rglob("*.py")}
    assert launchers == {path for paths in carried.values() for path in paths}, "a launcher that no leaf carries"


@pytest.mark.parametrize("target", CLUSTERS, ids=path_of)
def test_a_cluster_leaves_no_marker_and_has_a_flavor_for_each_machine(target: Target) -> None:
    for resource in fleet()[target.path]:
        assert "SITE_" not in json.dumps(resource.body), f"{resource.kind}/{resource.name}"
        assert resource.labels.get("config.kubernetes.io/local-config") is None and resource.name != "site"
    folders = [k.folder.split("/") for k in Reader(ROOT).tree(target.path).kustomizations]
    leaves = [parts for parts in folders if parts[0] == "overlays" and parts[1] != "clusters"]
    machines = {parts[1] for parts in leaves}
    accelerators = {
        yaml.safe_load((ROOT / "hardware" / name / "hardware.yaml").read_text())["accelerator"] for name in machines
    }
    flavors = [r for r in fleet()[target.path] if r.kind == "ResourceFlavor"]
    labels = [mapping(flavor.spec.get("nodeLabels")).get("cloud.google.com/gke-accelerator") for flavor in flavors]
    assert accelerators and sorted(labels) == sorted(accelerators)
    pinned = {mapping(pod.spec.get("nodeSelector")).get("cloud.google.com/gke-accelerator")
              for resource in fleet()[target.path] for pod in pods_of(resource)}  # fmt: skip
    assert pinned <= {*accelerators, None}


@pytest.mark.parametrize("target", [t for t in ALL if t.kind == "sync"], ids=path_of)
def test_a_sync_folder_of_a_cluster_leaves_no_marker(target: Target) -> None:
    marked = [r.name for r in fleet()[target.path] if "SITE_" in json.dumps(r.body)]
    assert bool(marked) == target.path.startswith("base/"), (
        "the base has markers, what a cluster bootstraps from has none"
    )


EXAMPLES = {"a3ultra": "a3ultra-able", "a4high": "a4high-charlie", "a4x": "a4x-baker"}
"""The example cluster of each machine."""


@pytest.mark.parametrize("hardware", EXAMPLES)
def test_every_leaf_runs_in_a_cluster_of_its_machine(
    hardware: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An example cluster that has the GPUs for all leaves of its machine, and the token if one is gated, is without findings."""
    root = copy_fleet(tmp_path / "fleet")
    folder = f"overlays/clusters/{EXAMPLES[hardware]}"
    file, body = kustomization(root, folder)
    leaves = [f"../../{t.path.removeprefix('overlays/')}" for t in LEAVES if t.hardware == hardware]
    token = "../../../base/platform/hf-token"
    given = body["resources"]
    more = [entry for entry in leaves if entry not in given] + ([] if token in given else [f"{token}/by-hand"])
    file.write_text(json.dumps({**body, "resources": [*given, *more]}))
    site = root / folder / "site.yaml"
    site.write_text(re.sub(r'gpus: "\d+"', 'gpus: "1024"', site.read_text()))
    status = main([folder], root=root)
    assert status == 0, capsys.readouterr().out
