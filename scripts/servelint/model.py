"""What the steps hand to each other. Data and lookup only: no step is called from here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .catalogue import Hardware, Model

Pointer = tuple[str | int, ...]
"""Path into a resource's body: mapping keys and list positions, outermost first."""


def mapping(value: object) -> dict[str, Any]:
    """``value`` if it is a mapping, else an empty one: rules read input that may have any shape."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[tuple[int, dict[str, Any]]]:
    """Position and item of every mapping in a list; an empty list for anything else."""
    return [(i, item) for i, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []


def whole(value: object) -> int | None:
    """An integer written as a number or as text (``8`` or ``"8"``), else None. Booleans are not numbers."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def is_marker(value: object) -> bool:
    """Whether a value stands for what only a cluster knows: base/site replaces every ``SITE_<KEY>``."""
    return isinstance(value, str) and re.fullmatch(r"SITE_[A-Z0-9_]+", value) is not None


@dataclass(frozen=True, eq=False)
class Resource:
    """One rendered object. ``line`` is where its document starts in the rendered text (1-based)."""

    body: dict[str, Any]
    line: int = 1

    @property
    def api_version(self) -> str:
        return str(self.body.get("apiVersion", ""))

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        return str(self.body.get("kind", ""))

    @property
    def metadata(self) -> dict[str, Any]:
        return mapping(self.body.get("metadata"))

    @property
    def name(self) -> str:
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    @property
    def labels(self) -> dict[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @property
    def spec(self) -> dict[str, Any]:
        return mapping(self.body.get("spec"))

    def at(self, pointer: Pointer) -> Any:
        """The value at ``pointer``, or None where the path ends early."""
        value: Any = self.body
        for step in pointer:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


@dataclass(frozen=True, eq=False)
class Container:
    """A container of a pod, with where it stands in the resource."""

    resource: Resource
    pointer: Pointer
    body: dict[str, Any]
    init: bool
    pod: Pod = field(repr=False)

    @property
    def name(self) -> str:
        return str(self.body.get("name", ""))

    @property
    def image(self) -> str:
        return str(self.body.get("image") or "")

    @property
    def gpus(self) -> int:
        """GPUs the container asks for: limits, or requests where no limit stands. 0 if none or unreadable."""
        resources = mapping(self.body.get("resources"))
        for field_name in ("limits", "requests"):
            count = whole(mapping(resources.get(field_name)).get("nvidia.com/gpu"))
            if count is not None:
                return count
        return 0

    @property
    def gpu_pointer(self) -> Pointer:
        """Where the GPU count stands, or where it should."""
        resources = mapping(self.body.get("resources"))
        for field_name in ("limits", "requests"):
            if "nvidia.com/gpu" in mapping(resources.get(field_name)):
                return (*self.pointer, "resources", field_name, "nvidia.com/gpu")
        return (*self.pointer, "resources") if resources else self.pointer

    @property
    def env(self) -> dict[str, tuple[Any, Pointer]]:
        """Literal environment by name, with each value's pointer. Of a duplicate the last wins, as in kubelet."""
        found: dict[str, tuple[Any, Pointer]] = {}
        for i, item in mappings(self.body.get("env")):
            if "value" in item:
                found[str(item.get("name", ""))] = (item["value"], (*self.pointer, "env", i, "value"))
        return found

    @property
    def words(self) -> list[tuple[str, Pointer]]:
        """Every string of command and args, in the order in which they run."""
        found = []
        for key in ("command", "args"):
            value = self.body.get(key)
            for i, item in enumerate(value if isinstance(value, list) else []):
                if isinstance(item, str):
                    found.append((item, (*self.pointer, key, i)))
        return found

    @property
    def mounts(self) -> list[tuple[Pointer, dict[str, Any]]]:
        return [((*self.pointer, "volumeMounts", i), mount) for i, mount in mappings(self.body.get("volumeMounts"))]


@dataclass(frozen=True, eq=False)
class Pod:
    """A pod template wherever it stands: Deployment, Job, LeaderWorkerSet, InferenceService, …

    ``pointer`` leads to the pod spec; ``meta_pointer`` to the template's metadata, whether or not it exists.
    ``count`` is how many pods of this template run at once, where the kind says so.
    """

    resource: Resource
    pointer: Pointer
    spec: dict[str, Any]
    meta_pointer: Pointer
    metadata: dict[str, Any]
    count: int = 1

    @property
    def labels(self) -> dict[str, Any]:
        return mapping(self.metadata.get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        return mapping(self.metadata.get("annotations"))

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Main containers first, then init containers."""
        found = []
        for key in ("containers", "initContainers"):
            for i, body in mappings(self.spec.get(key)):
                found.append(Container(self.resource, (*self.pointer, key, i), body, key == "initContainers", self))
        # KServe spells the predictor's main container `model`.
        if self.resource.kind == "InferenceService" and isinstance(self.spec.get("model"), dict):
            found.insert(0, Container(self.resource, (*self.pointer, "model"), self.spec["model"], False, self))
        return tuple(found)

    @property
    def main(self) -> tuple[Container, ...]:
        return tuple(c for c in self.containers if not c.init)

    @property
    def gpus(self) -> int:
        return sum(c.gpus for c in self.main)

    @property
    def volumes(self) -> dict[str, tuple[Pointer, dict[str, Any]]]:
        return {
            str(volume.get("name", "")): ((*self.pointer, "volumes", i), volume)
            for i, volume in mappings(self.spec.get("volumes"))
        }

    @property
    def serves(self) -> bool:
        """True for kinds that run until they are told to stop, false for run-to-completion kinds."""
        return self.resource.kind not in ("Job", "CronJob", "JobSet", "MPIJob", "Workflow")


def _pod_metadata(resource: Resource, at: Pointer, spec: dict[str, Any], parent: dict[str, Any]) -> tuple[Pointer, Any]:
    if resource.kind == "Pod":
        return ("metadata",), resource.metadata
    if resource.group == "serving.kserve.io":  # labels and annotations stand in the pod spec itself
        return at, spec
    return (*at[:-1], "metadata"), parent.get("metadata")


def pods_of(resource: Resource) -> Iterator[Pod]:
    """Every pod spec inside a resource, found by shape (a list of containers), so custom kinds count too."""

    def walk(node: object, at: Pointer, parent: dict[str, Any], count: int) -> Iterator[Pod]:
        if isinstance(node, list):
            for i, value in enumerate(node):
                yield from walk(value, (*at, i), parent, count)
        if not isinstance(node, dict):
            return
        predictor = resource.kind == "InferenceService" and isinstance(node.get("model"), dict)
        if predictor or any("image" in c or "name" in c for _, c in mappings(node.get("containers"))):
            where, metadata = _pod_metadata(resource, at, node, parent)
            yield Pod(resource, at, node, where, mapping(metadata), count)
            return
        replicas = whole(node.get("replicas"))
        for key, value in node.items():
            yield from walk(value, (*at, key), node, count if replicas is None else replicas)

    if resource.kind not in ("ConfigMap", "Secret", "CustomResourceDefinition"):
        yield from walk(resource.body, (), {}, 1)


@dataclass(frozen=True, eq=False)
class Overlay:
    """A rendered overlay and what is known of it before rendering.

    path: relative to the root, POSIX; for ``--manifest`` the name of the file.
    kind: ``leaf`` (overlays/<hw>/<model>/<workload>), ``cluster``, ``sync`` or ``manifest``.
    kubernetes: the versions ("1.31") that the overlay must hold for.
    external: objects that the overlay may name without rendering them, as (kind, name); ``("Secret", "hf-secret/key")``
    stands for a key of it. siblings: name prefixes of the fleet's other overlays, whose objects a leaf may name too.
    folders: every folder of the repository that Kustomize could build; empty where there is no repository.
    """

    path: str
    kind: str
    resources: tuple[Resource, ...]
    hardware: Hardware | None = None
    model: Model | None = None
    workload: str | None = None
    kubernetes: tuple[str, ...] = ()
    external: frozenset[tuple[str, str]] = frozenset()
    siblings: tuple[str, ...] = ()
    folders: frozenset[str] = field(default=frozenset(), repr=False)
    all_hardware: Mapping[str, Hardware] = field(default_factory=dict, repr=False)
    all_models: Mapping[str, Model] = field(default_factory=dict, repr=False)

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        return tuple(pod for resource in self.resources for pod in pods_of(resource))

    @cached_property
    def gpu_pods(self) -> tuple[Pod, ...]:
        """Pods that ask for at least one GPU."""
        return tuple(pod for pod in self.pods if pod.gpus)

    def named(self, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        """The rendered object of that kind and name (and namespace, if given)."""
        for resource in self.resources:
            if (resource.kind, resource.name) == (kind, name) and namespace in (None, resource.namespace):
                return resource
        return None

    @property
    def final(self) -> bool:
        """Whether a cluster gets this text as it is, so that no marker may be left in it."""
        return self.kind in ("cluster", "manifest") or self.path.startswith("overlays/clusters/")

    def may_name(self, kind: str, name: str) -> bool:
        """Whether an object that is not rendered here is known to be provided: by the platform or by a sibling."""
        return (kind, name) in self.external or name.startswith(self.siblings)

    def of(self, *kinds: str) -> Iterator[Resource]:
        return (resource for resource in self.resources if resource.kind in kinds)

    def hardware_of(self, pod: Pod) -> Hardware | None:
        """The overlay's hardware; in a cluster the one that the pod is pinned to by its accelerator label."""
        if self.hardware is not None:
            return self.hardware
        wanted = mapping(pod.spec.get("nodeSelector")).get("cloud.google.com/gke-accelerator")
        return next((hw for hw in self.all_hardware.values() if hw.accelerator == wanted), None)


@dataclass(frozen=True)
class Problem:
    """All that a rule may say: where, and what is wrong. ``file``/``line`` only for what is read from sources."""

    resource: Resource | None
    pointer: Pointer
    message: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, order=True)
class Finding:
    """A problem with its rule's identity and its place in the sources; what reports print."""

    overlay: str
    file: str
    line: int
    rule: str
    api_version: str
    resource_kind: str
    namespace: str
    name: str
    pointer: str
    message: str
    severity: str
    hint: str
    covers: tuple[str, ...]
    waived: str | None = None

    @property
    def blocks(self) -> bool:
        return self.severity == "error" and self.waived is None
