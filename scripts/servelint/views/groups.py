"""Groups of pods that run one engine across hosts, and what a set says about their number in other places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..model import Container, Overlay, Pointer, Resource, mapping, mappings, whole
from .engines import Engine, engine_of
from .environment import UNKNOWN, expand, is_shell, shell_words, texts, variables

LONE = (
    "Deployment",
    "StatefulSet",
    "ReplicaSet",
    "DaemonSet",
    "ReplicationController",
    "Pod",
    "InferenceService",
    "Service",
)
"""Kinds whose pods do not join into one engine by themselves."""
NODES = ("nnodes", "num-nodes", "num-machines")
"""Flags of SGLang, vLLM, torchrun and others for the number of hosts."""


@dataclass(frozen=True)
class Group:
    """The pods of one resource that run together: how many, how many GPUs they have, and where the number stands."""

    resource: Resource
    pods: int
    gpus: int
    pointer: Pointer
    text: str
    alternatives: frozenset[int] = frozenset()
    """Other numbers of hosts that would be right too."""

    def agrees(self, count: int) -> bool:
        return count == self.pods or count in self.alternatives


@dataclass(frozen=True)
class Claim:
    """A number that some place states, of hosts or of processes."""

    what: str
    number: int
    resource: Resource
    pointer: Pointer


def group_of(overlay: Overlay, container: Container) -> Group | None:
    """The group that a container's pod belongs to; None where its kind makes none, or does not say how many."""
    resource, spec = container.resource, container.resource.spec
    siblings = overlay.pods_in(resource)
    if resource.kind == "LeaderWorkerSet":
        template = mapping(spec.get("leaderWorkerTemplate"))
        size = 1 if template.get("size") is None else whole(template["size"])
        if size is None or size < 1:
            return None
        leader = next((pod.gpus for pod in siblings if "leaderTemplate" in pod.pointer), None)
        worker = next((pod.gpus for pod in siblings if "workerTemplate" in pod.pointer), 0)
        gpus = size * worker if leader is None else leader + (size - 1) * worker
        at: Pointer = ("spec", "leaderWorkerTemplate", "size")
        all_groups = size * (1 if spec.get("replicas") is None else whole(spec["replicas"]) or 1)
        return Group(
            resource, size, gpus, at, f"size {size} of LeaderWorkerSet {resource.name}", frozenset({all_groups})
        )
    if resource.kind == "Job":
        pods = whole(spec.get("parallelism")) or 1
        if spec.get("completionMode") != "Indexed":
            return None
        return Group(
            resource,
            pods,
            pods * container.pod.gpus,
            ("spec", "parallelism"),
            f"parallelism {pods} of Job {resource.name}",
        )
    if resource.kind == "JobSet":
        counts = {
            pod.pointer: pod.count * (whole(mapping(resource.at(pod.pointer[:-2])).get("parallelism")) or 1)
            for pod in siblings
        }
        own, total = counts[container.pod.pointer], sum(counts.values())
        gpus = sum(pod.gpus * counts[pod.pointer] for pod in siblings)
        return Group(
            resource, own, gpus, container.pod.pointer, f"{own} pods of JobSet {resource.name}", frozenset({total})
        )
    if resource.kind in ("MPIJob", "PyTorchJob", "TFJob"):
        # A launcher of MPI holds no GPU and is no host of the engine; a master of PyTorch is one.
        hosts = [pod for pod in siblings if pod.gpus] or siblings
        pods = sum(pod.count for pod in hosts)
        gpus = sum(pod.gpus * pod.count for pod in hosts)
        return Group(resource, pods, gpus, ("spec",), f"{pods} pods with GPUs of {resource.kind} {resource.name}")
    if resource.kind == "StatefulSet":
        pods = 1 if spec.get("replicas") is None else whole(spec["replicas"]) or 1
        return Group(
            resource,
            pods,
            pods * container.pod.gpus,
            ("spec", "replicas"),
            f"{pods} replicas of StatefulSet {resource.name}",
        )
    return None


ENDS_MPIRUN = frozenset({"&&", "||", ";", "|", "bash", "sh", "python", "python3", "--"})
"""A program or a separator ends the options of mpirun. One of them may take several values: --mca key value."""


def claims(overlay: Overlay, container: Container) -> Iterator[Claim]:
    """What the command lines and the environment of a container say about hosts and processes."""
    known = {name: value for name, (value, _) in variables(overlay, container).items()}
    for name in ("NNODES", "NUM_NODES"):
        value, pointer = container.env.get(name, (None, ()))
        if (number := whole(value)) is not None:
            yield Claim("hosts", number, container.resource, pointer)
    engine = engine_of(overlay, container)
    for flag in (flag for name in NODES for flag in (engine.flags.get(name, ()) if engine else ())):
        if (number := whole(expand(str(flag.value), known))) is not None:
            yield Claim("hosts", number, flag.resource, flag.pointer)
    exact: dict[str, Pointer] = dict(container.words)
    for words, resource, where in _lines(overlay, container):
        in_mpirun = False  # its own options stand between it and the first word of the program
        for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
            if before.rpartition("/")[2] in ("mpirun", "mpiexec"):
                in_mpirun = True
            elif before in ENDS_MPIRUN:
                in_mpirun = False
            name, equals, value = word.partition("=")
            value = expand(value if equals else after, known)
            if UNKNOWN in value or not name.startswith("-"):
                continue
            pointer, number = exact.get(word, where), whole(value)
            if name.lstrip("-").replace("_", "-") in NODES and number is not None:
                yield Claim("hosts", number, resource, pointer)
            elif name in ("-np", "-n", "--np") and number is not None and in_mpirun:
                yield Claim("processes", number, resource, pointer)
            elif name in ("-H", "--host", "-host") and value and in_mpirun:
                hosts = {host.partition(":")[0] for host in value.split(",") if host}
                yield Claim("hosts", len(hosts), resource, pointer)


def _lines(overlay: Overlay, container: Container) -> Iterator[tuple[list[str], Resource, Pointer]]:
    """The words of each text that runs: of every shell script, or of the command line where no shell reads it."""
    shells = [text for text in texts(overlay, container) if is_shell(text)]
    if all(text.path for text in shells) and container.words:
        yield [word for word, _ in container.words], container.resource, container.words[-1][1]
    for text in shells:
        yield shell_words(text.text), text.resource, text.pointer


def domains(overlay: Overlay) -> Iterator[tuple[Resource, int, list[Container]]]:
    """Each ComputeDomain with its number of hosts, and the containers of the pods that claim a channel of it."""
    for domain in overlay.of("ComputeDomain"):
        number = whole(domain.spec.get("numNodes"))
        template = mapping(mapping(domain.spec.get("channel")).get("resourceClaimTemplate")).get("name")
        users = []
        for pod in overlay.pods:
            claimed = [claim.get("resourceClaimTemplateName") for _, claim in mappings(pod.spec.get("resourceClaims"))]
            if template and template in claimed:
                users.append(max(pod.main, key=lambda container: container.gpus))
        if number:
            yield domain, number, users


def on_ray(engine: Engine) -> bool:
    """Whether the engine's workers join through Ray, so that its pod's GPUs are not all that it has."""
    backend = engine.get("distributed-executor-backend")
    return (backend is not None and str(backend.value) == "ray") or re.search(
        r"\bray\s+start\b", engine.script
    ) is not None


def spans_replicas(overlay: Overlay, engine: Engine, world: int) -> bool:
    """Whether an engine of ``world`` GPUs was meant to span the replicas of a kind whose pods do not join."""
    container = engine.container
    resource = container.resource
    replicas = whole(resource.spec.get("replicas")) or 1
    if resource.kind not in LONE or not container.gpus or world <= container.gpus or on_ray(engine):
        return False
    if resource.kind == "StatefulSet" and engine.get("nnodes") is not None:
        return False  # its pods have an index, from which the rank of each can be made
    return replicas > 1
