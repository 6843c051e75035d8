"""The real scheduler puts every pod of a cluster on its hardware, and leaves a pod with one mistake where it is.

Nodes are objects with the capacity, labels and taints of ``hardware/*.yaml``; nobody runs on them. Deployments and
Jobs get their pods from the real controllers. KServe's controller is not here: its pods are made of the predictor's
own fields, as it would. Kueue is not here either, so all Jobs run at once: the pool must hold them all.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import binaries
import pytest
from control_plane import ControlPlane, control_plane
from fleet import renders

from servelint.catalogue.facts import Hardware
from servelint.catalogue.load import load_hardware
from servelint.model import Overlay, Pod, Resource, pods_of
from servelint.rules.rollout import surge_on_full_pool
from servelint.server import schema
from servelint.steps.discover import targets
from support import ROOT

HARDWARE = load_hardware(ROOT)
ACCELERATOR = "cloud.google.com/gke-accelerator"
GPU = "nvidia.com/gpu"
PODS, NODES = "/api/v1/pods", "/api/v1/nodes"


@pytest.fixture(scope="module")
def fleet() -> dict[str, tuple[Resource, ...]]:
    return renders(ROOT)


@pytest.fixture
def plane(programs: Path, tmp_path: Path) -> Iterator[ControlPlane]:
    """A control plane without nodes and objects, scheduling."""
    missing = [name for name in binaries.PROGRAMS if not (programs / name).is_file()]
    if missing:
        pytest.fail(f"{programs} lacks {' and '.join(missing)}: {binaries.CURE}", pytrace=False)
    with control_plane(programs, tmp_path) as running:
        running.start_scheduling()
        yield running


# --- nodes and pods -------------------------------------------------------------------------------


def add_node(plane: ControlPlane, name: str, labels: dict[str, str], taints: list[dict[str, str]],
             resources: dict[str, str]) -> None:  # fmt: skip
    body = {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "spec": {"taints": taints},
        "status": {"capacity": {"pods": "110", **resources}, "allocatable": {"pods": "110", **resources}},
    }  # fmt: skip
    answer = plane.client.create(body, dry_run=False)
    assert answer.accepted, answer.message


def add_hosts(plane: ControlPlane, hw: Hardware, count: int, labels: dict[str, str]) -> None:
    """Nodes of one hardware, as its facts say."""
    room = hw.allocatable
    resources = {
        GPU: str(hw.gpus), "cpu": f"{room.cpu_millicores}m", "memory": f"{room.memory_gib}Gi",
        "ephemeral-storage": f"{room.ephemeral_storage_gib}Gi",
    }  # fmt: skip
    taints = [{"key": t.key, "value": t.value, "effect": t.effect} for t in hw.taints]
    for number in range(count):
        add_node(plane, f"{hw.name}-{number}", {**hw.labels, **labels}, taints, resources)


def add_plain(plane: ControlPlane) -> None:
    """A node for what needs no GPU, which every cluster has."""
    room = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "200Gi"}
    add_node(plane, "plain-0", {"kubernetes.io/arch": "amd64"}, [], room)


def pods(plane: ControlPlane) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plane.client.get(PODS)["items"]
    return found


def node_of(pod: dict[str, Any]) -> str:
    return str(pod["spec"].get("nodeName", ""))


def gpus_of(pod: dict[str, Any]) -> int:
    limits = [c.get("resources", {}).get("limits", {}) for c in pod["spec"]["containers"]]
    return sum(int(limit.get(GPU, 0)) for limit in limits)


def verdict(pod: dict[str, Any]) -> str:
    """Why the scheduler left a pod where it is; empty if it did not."""
    for condition in pod.get("status", {}).get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return str(condition["message"])
    return ""


def report(plane: ControlPlane) -> list[str]:
    return [f"{p['metadata']['name']}: {node_of(p) or verdict(p) or 'not looked at'}" for p in pods(plane)]


def play_kubelet(plane: ControlPlane) -> None:
    """What kubelets would report: a bound pod is ready, a deleted one has ended."""
    for pod in pods(plane):
        meta, status = pod["metadata"], pod.get("status", {})
        path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        if "deletionTimestamp" in meta:
            plane.client.delete(path)
        elif node_of(pod) and status.get("phase") != "Running":
            ready = [*status.get("conditions", []), {"type": "Ready", "status": "True"}]
            plane.client.patch(f"{path}/status", {"status": {"phase": "Running", "conditions": ready}})


# --- a cluster ------------------------------------------------------------------------------------


def made_by_kserve(service: Resource, pod: Pod) -> dict[str, Any]:
    """A predictor's pod: the fields that a pod has, and one container with the resources that the model asks for."""
    fields = schema.schema("v1", "Pod", binaries.minor())["$defs"]["core.v1.PodSpec"]["properties"]
    spec = {name: value for name, value in pod.spec.items() if name in fields}
    container = {"name": "kserve-container", "image": "model", "resources": pod.spec["model"]["resources"]}
    labels = {**service.labels, **pod.labels}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": f"{service.name}-predictor", "namespace": service.namespace, "labels": labels},
        "spec": {**spec, "containers": [container]},
    }  # fmt: skip


def install(plane: ControlPlane, resources: tuple[Resource, ...]) -> int:
    """Creates what the control plane knows, and pods in the name of KServe; says how many pods there will be."""
    expected = 0
    for resource in sorted(resources, key=lambda r: r.kind != "Namespace"):
        bodies = []
        if plane.client.served(resource.api_version, resource.kind):
            bodies = [resource.body]
            expected += {
                "Deployment": resource.spec.get("replicas", 1), "Job": resource.spec.get("parallelism", 1),
            }.get(resource.kind, 0)  # fmt: skip
        elif resource.kind == "InferenceService":
            bodies = [made_by_kserve(resource, pod) for pod in pods_of(resource)]
            expected += len(bodies)
        else:
            makes = list(pods_of(resource)) and not resource.kind.endswith("ServingRuntime")
            assert not makes, f"say here how a {resource.kind} makes pods"
        for body in bodies:
            answer = plane.client.apply(body, dry_run=False)
            assert answer.accepted, f"{resource.kind} {resource.name}: {answer.message}"
    return expected


def places(resources: tuple[Resource, ...]) -> dict[str, str]:
    """The node labels that the volumes of a cluster ask for: its zone."""
    found = {}
    for volume in resources:
        terms = volume.at(("spec", "nodeAffinity", "required", "nodeSelectorTerms")) or []
        if volume.kind == "PersistentVolume":
            found.update({e["key"]: e["values"][0] for term in terms for e in term["matchExpressions"]})
    return found


@pytest.mark.parametrize("path", [t.path for t in targets(ROOT) if t.kind == "cluster"])
def test_every_pod_is_bound_to_its_hardware(
    path: str, plane: ControlPlane, fleet: dict[str, tuple[Resource, ...]]
) -> None:
    """A machine has as many GPUs as the cluster's queue gives out of it; every other tempts with a free node."""
    resources = fleet[path]
    machines = {hw.accelerator: hw for hw in HARDWARE.values()}
    own = {r.name: machines[r.spec["nodeLabels"][ACCELERATOR]] for r in resources if r.kind == "ResourceFlavor"}
    queue = next(r for r in resources if r.kind == "ClusterQueue")
    quotas = {
        own[flavor["name"]].name: int(item["nominalQuota"])
        for flavor in queue.spec["resourceGroups"][0]["flavors"]
        for item in flavor["resources"]
        if item["name"] == GPU
    }
    add_plain(plane)
    for hw in HARDWARE.values():
        add_hosts(plane, hw, quotas[hw.name] // hw.gpus if hw.name in quotas else 1, places(resources))
    expected = install(plane, resources)
    assert expected

    def bound() -> bool:
        found = pods(plane)
        return len(found) == expected and all(map(node_of, found))

    plane.wait(f"binding {expected} pods", bound, lambda: report(plane))
    for pod in pods(plane):
        host = machines[pod["spec"]["nodeSelector"][ACCELERATOR]].name if gpus_of(pod) else "plain"
        assert not gpus_of(pod) or host in quotas
        assert node_of(pod).rpartition("-")[0] == host, f"{pod['metadata']['name']} is on {node_of(pod)}"


# --- one thing wrong ------------------------------------------------------------------------------


def without_claims(spec: dict[str, Any]) -> dict[str, Any]:
    """A pod spec that waits for no volume."""
    spec = copy.deepcopy(spec)
    claims = {v["name"] for v in spec.get("volumes", ()) if "persistentVolumeClaim" in v}
    spec["volumes"] = [v for v in spec.get("volumes", ()) if v["name"] not in claims]
    for key in ("containers", "initContainers"):
        for container in spec.get(key, ()):
            mounts = container.get("volumeMounts", ())
            container["volumeMounts"] = [m for m in mounts if m["name"] not in claims]
    return spec


def host_pod(fleet: dict[str, tuple[Resource, ...]], hw: Hardware) -> dict[str, Any]:
    """The spec of a pod of the fleet that takes a whole host."""
    leaves = [path for path in fleet if path.startswith(f"overlays/{hw.name}/")]
    found = [pod for path in leaves for resource in fleet[path] for pod in pods_of(resource) if pod.gpus == hw.gpus]
    return without_claims(found[0].spec)


def mistakes(hw: Hardware) -> dict[str, tuple[Callable[[dict[str, Any]], None], str]]:
    """What can be wrong with a pod for this hardware, and the scheduler's words for it."""

    def forget(key: str) -> Callable[[dict[str, Any]], None]:
        return lambda spec: spec.update(tolerations=[t for t in spec["tolerations"] if t["key"] != key])

    def select(key: str, value: str) -> Callable[[dict[str, Any]], None]:
        return lambda spec: spec["nodeSelector"].update({key: value})

    def double(spec: dict[str, Any]) -> None:
        for container in spec["containers"]:
            for kind in ("limits", "requests"):
                if GPU in container.get("resources", {}).get(kind, {}):
                    container["resources"][kind][GPU] = str(2 * hw.gpus)

    other = next(o.accelerator for o in HARDWARE.values() if o.accelerator != hw.accelerator)
    arch = "amd64" if hw.cpu_architecture == "arm64" else "arm64"
    selector = "didn't match Pod's node affinity/selector"
    return {
        "accelerator": (select(ACCELERATOR, other), selector),
        "architecture": (select("kubernetes.io/arch", arch), selector),
        "gpus": (double, f"Insufficient {GPU}"),
        **{f"toleration-{i}": (forget(t.key), "untolerated taint") for i, t in enumerate(hw.taints)},
    }


@pytest.mark.parametrize("name", HARDWARE)
def test_a_pod_with_one_mistake_stays_pending(
    name: str, plane: ControlPlane, fleet: dict[str, tuple[Resource, ...]]
) -> None:
    """On a pool with free hosts, beside a pod without the mistake, which is bound."""
    hw = HARDWARE[name]
    add_plain(plane)
    add_hosts(plane, hw, 2, {})
    wrong = mistakes(hw)
    for case in ("right", *wrong):
        spec = host_pod(fleet, hw)
        if case in wrong:
            wrong[case][0](spec)
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": case}, "spec": spec}
        answer = plane.client.create(body, dry_run=False)
        assert answer.accepted, answer.message

    def judged() -> bool:
        return all(node_of(pod) or verdict(pod) for pod in pods(plane))

    plane.wait("a verdict on every pod", judged, lambda: report(plane))
    found = {pod["metadata"]["name"]: pod for pod in pods(plane)}
    assert node_of(found.pop("right")).startswith(hw.name)
    assert found.keys() == wrong.keys()
    for case, (_, words) in wrong.items():
        assert not node_of(found[case]) and words in verdict(found[case]), f"{case}: {report(plane)}"


# --- a full pool ----------------------------------------------------------------------------------

STRATEGIES: dict[str, dict[str, Any] | None] = {
    "as the fleet has it": None,
    "one stops first": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
    "the default": {},
    "one more first": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
}


@pytest.mark.parametrize("case", STRATEGIES)
def test_rolling_update_of_a_full_pool_is_what_the_rule_says(
    case: str, plane: ControlPlane, fleet: dict[str, tuple[Resource, ...]]
) -> None:
    """An update that the rule forbids stays half-way, with the old pods in the new one's place; any other ends."""
    hw = HARDWARE["a3ultra"]
    server = next(r for r in fleet["overlays/a3ultra/deepseek-r1/sglang-serve"] if r.kind == "Deployment")
    body = copy.deepcopy(server.body)
    body["metadata"]["namespace"] = "default"
    body["spec"]["replicas"] = 2
    body["spec"]["template"]["spec"] = without_claims(body["spec"]["template"]["spec"])
    if (strategy := STRATEGIES[case]) is not None:
        body["spec"]["strategy"] = strategy
    overlay = Overlay("test", "manifest", (Resource(body),))
    forbidden = bool(list(surge_on_full_pool.check(overlay)))
    assert forbidden == (case in ("the default", "one more first"))
    add_hosts(plane, hw, 2, {})
    path = plane.client.path("apps/v1", "Deployment", "default", server.name)

    def status() -> dict[str, Any]:
        play_kubelet(plane)
        deployment = plane.client.get(path)
        current = deployment["metadata"]["generation"] == deployment.get("status", {}).get("observedGeneration")
        return dict(deployment["status"]) if current else {}

    def complete() -> bool:
        now = status()
        return all(now.get(count) == 2 for count in ("replicas", "updatedReplicas", "readyReplicas"))

    def stuck() -> bool:
        now = status()
        return now.get("updatedReplicas") == 1 and any(map(verdict, pods(plane)))

    answer = plane.client.apply(body, dry_run=False)
    assert answer.accepted, answer.message
    plane.wait("the first roll-out", complete, lambda: report(plane))
    before = {pod["metadata"]["name"] for pod in pods(plane)}
    body["spec"]["template"]["metadata"].setdefault("annotations", {})["test/change"] = "1"
    plane.client.apply(body, dry_run=False)
    plane.wait("the end of the update", stuck if forbidden else complete, lambda: report(plane))
    after = pods(plane)
    if forbidden:
        assert before == {pod["metadata"]["name"] for pod in after if node_of(pod)}
        assert [f"Insufficient {GPU}" in verdict(pod) for pod in after if not node_of(pod)] == [True]
    else:
        assert all(map(node_of, after)) and not before & {pod["metadata"]["name"] for pod in after}
