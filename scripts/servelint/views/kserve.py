"""What KServe makes of an InferenceService: its predictor laid over the serving runtime that it names.

GPUs, probes, arguments and ports may stand in either of the two; the pod has them all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from ..model import Container, Overlay, Pod, Pointer, Resource, mapping, pods_of

RUNTIMES = ("ServingRuntime", "ClusterServingRuntime")


@dataclass(frozen=True, eq=False)
class Merged(Container):
    """A predictor's container with the runtime's below it. ``above`` is the predictor's own body."""

    above: dict[str, Any]
    below: Container

    @cached_property
    def kept(self) -> dict[str, list[int]]:
        return _kept(self.below.body, self.above)


def runtime(overlay: Overlay, pod: Pod) -> Resource | None:
    """The ServingRuntime or ClusterServingRuntime that a predictor names, if the overlay renders it."""
    if pod.resource.kind != "InferenceService":
        return None
    name = str(mapping(pod.spec.get("model")).get("runtime") or "")
    return overlay.named("ServingRuntime", name) or overlay.named("ClusterServingRuntime", name) if name else None


@lru_cache(maxsize=1024)
def main(overlay: Overlay, pod: Pod) -> tuple[Container, ...]:
    """The main containers as they will run. Pointers lead into the pod's own resource; ``origin`` says who wrote what.

    Source: https://github.com/kserve/kserve/blob/master/pkg/controller/v1beta1/inferenceservice/utils/utils.go
    """
    below = runtime(overlay, pod)
    servers = [c for template in pods_of(below) for c in template.main] if below else []
    if not servers:
        return pod.main
    server = next((c for c in servers if c.name == "kserve-container"), servers[0])
    first, *others = pod.main
    return Merged(
        first.resource, first.pointer, _merge(server.body, first.body), False, pod, first.body, server
    ), *others


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    body = {**below, **above}
    limits = {name: mapping(mapping(below.get("resources")).get(name)) for name in ("requests", "limits")}
    own = mapping(above.get("resources"))
    merged = {name: {**known, **mapping(own.get(name))} for name, known in limits.items()}
    body["resources"] = {**own, **{name: amounts for name, amounts in merged.items() if amounts}}
    if not body["resources"]:
        del body["resources"]
    # Arguments are put behind the runtime's; of other lists, the items that the predictor does not have.
    for name, kept in _kept(below, above).items():
        rest = [below[name][i] for i in kept]
        body[name] = rest + above[name] if name == "args" else above[name] + rest
    return body


LISTS = {"args": "", "env": "name", "ports": "containerPort", "volumeMounts": "mountPath"}
"""The lists that are joined, and the field by which the predictor's item takes the place of the runtime's."""


def _kept(below: dict[str, Any], above: dict[str, Any]) -> dict[str, list[int]]:
    """The positions of the runtime's items that stay, of each list that both have."""
    found = {}
    for name, key in LISTS.items():
        lower, upper = below.get(name), above.get(name)
        if isinstance(lower, list) and isinstance(upper, list):
            taken = {repr(mapping(item).get(key)) for item in upper} if key else set()
            found[name] = [i for i, item in enumerate(lower) if repr(mapping(item).get(key)) not in taken]
    return found


def origin(container: Container, pointer: Pointer) -> tuple[Resource, Pointer]:
    """The object that wrote what stands at a pointer of a container, and where it stands there."""
    rest = pointer[len(container.pointer) :]
    if not isinstance(container, Merged) or not rest or pointer[: len(container.pointer)] != container.pointer:
        return container.resource, pointer
    below, (name, *deeper) = container.below, rest
    kept = container.kept.get(str(name))
    if kept is not None and deeper and isinstance(deeper[0], int):
        at, upper = deeper[0], container.above[str(name)]
        own = at - len(kept) if name == "args" else at
        if 0 <= own < len(upper):
            return container.resource, (*container.pointer, name, own, *deeper[1:])
        return below.resource, (*below.pointer, name, kept[at if name == "args" else at - len(upper)], *deeper[1:])
    if container.resource.at(pointer) is None and below.resource.at((*below.pointer, *rest)) is not None:
        return below.resource, (*below.pointer, *rest)
    return container.resource, pointer


def gpus(overlay: Overlay, pod: Pod) -> int:
    return sum(container.gpus for container in main(overlay, pod))


def is_runtime_in_use(overlay: Overlay, pod: Pod) -> bool:
    """Whether a pod is a runtime's template that some predictor of the overlay names, and stands below it."""
    return pod.resource.kind in RUNTIMES and id(pod.resource) in _in_use(overlay)


def running(overlay: Overlay) -> Iterator[Container]:
    """The main containers as they will run, each once: a runtime in use runs in the pods of its predictors."""
    standing = (pod for pod in overlay.pods if not is_runtime_in_use(overlay, pod))
    return (container for pod in standing for container in main(overlay, pod))


@lru_cache(maxsize=64)
def _in_use(overlay: Overlay) -> frozenset[int]:
    return frozenset(id(runtime(overlay, pod)) for pod in overlay.pods)


MODE = "serving.kserve.io/deploymentMode"
FORMER = {"RawDeployment": "Standard", "Serverless": "Knative"}
"""What two modes were called before KServe 0.16. From 0.17 on its webhook writes the new word over the old one.
Source: https://github.com/kserve/kserve/blob/v0.20.0/pkg/apis/serving/v1beta1/inference_service_defaults.go"""


def mode(resource: Resource) -> str:
    """How KServe runs an InferenceService: Standard, Knative or ModelMesh; empty where only the cluster knows."""
    given = str(resource.annotations.get(MODE) or "")
    # Any other spelling counts for nothing.
    return FORMER.get(given, given if given in ("Standard", "Knative", "ModelMesh") else "")


def former_mode(resource: Resource) -> str:
    """The mode of an InferenceService if it is written with the old word."""
    given = str(resource.annotations.get(MODE) or "") if resource.kind == "InferenceService" else ""
    return given if given in FORMER else ""


def workers(overlay: Overlay, pod: Pod) -> bool:
    """Whether a predictor spans hosts: it or its runtime has a worker."""
    below = runtime(overlay, pod)
    specs = [mapping(pod.resource.spec.get("predictor")), below.spec if below else {}]
    return any(isinstance(spec.get("workerSpec"), dict) for spec in specs)
