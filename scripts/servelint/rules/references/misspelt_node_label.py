"""A node label is misspelt, so no node has it.

Labels of nodes are written in many places and checked in none: a selector, an affinity, a topology to spread over, a
volume's zone, a flavor of Kueue. With a letter too many the pod waits for ever beside free nodes, or is spread over
nothing. What is only near to a label of Kubernetes or GKE is told; labels of one's own are one's own.
"""

from collections.abc import Iterator

from ...model import Overlay, Pod, Pointer, Problem, Problems, mapping, mappings
from ...views.words import nearest
from ..examples import server

SEVERITY = ("error", "warning")
HINT = ("Write the label as the nodes have it.", "Write the label as the nodes have it; a preference for none is none.")
SOURCE = "https://kubernetes.io/docs/reference/labels-annotations-taints/"
COVERS = ("ARC-06",)

GOOD = server(pod="nodeSelector: {topology.kubernetes.io/zone: us-central1-a}")
BAD = GOOD.replace("/zone", "/zones")

KUBERNETES = (
    "kubernetes.io/arch", "kubernetes.io/hostname", "kubernetes.io/os", "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.gke.io/zone",
)  # fmt: skip
GKE = tuple(
    f"cloud.google.com/{name}"
    for name in (
        "compute-class", "gce-topology-block", "gce-topology-host", "gce-topology-subblock", "gke-accelerator",
        "gke-accelerator-count", "gke-boot-disk", "gke-container-runtime", "gke-cpu-scaling-level",
        "gke-ephemeral-storage-local-ssd", "gke-flex-start", "gke-gpu-driver-version", "gke-gpu-partition-size",
        "gke-gpu-sharing-strategy", "gke-local-nvme-ssd", "gke-logging-variant", "gke-max-pods-per-node",
        "gke-max-shared-clients-per-gpu", "gke-memory-gb-scaling-level", "gke-netd-ready", "gke-nodepool",
        "gke-nodepool-group-name", "gke-os-distribution", "gke-placement-group", "gke-provisioning", "gke-queued",
        "gke-spot", "gke-stack-type", "gke-tpu-accelerator", "gke-tpu-topology", "machine-family", "private-node",
        "reservation-affinity", "reservation-blocks", "reservation-name", "reservation-project",
        "reservation-subblocks",
    )
)  # fmt: skip
"""Source: https://cloud.google.com/kubernetes-engine/docs (node labels, GPU sharing, reservations, topology)."""
KNOWN = frozenset((*KUBERNETES, *GKE))
PREFIXES = frozenset(label.partition("/")[0] for label in KNOWN)

Use = tuple[str, Pointer, bool]
"""A label, where it is written, and whether what has it is asked for in any case."""


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for label, at, binds in _of_pod(pod):
            if text := _wrong(label):
                yield Problem(pod.resource, at, text, severity="error" if binds else "warning")
    for resource in overlay.of("PersistentVolume", "ResourceFlavor", "Topology"):
        for label, at, _ in _of_others(resource.spec):
            if text := _wrong(label):
                yield Problem(resource, at, text)


def _wrong(label: str) -> str | None:
    prefix, _, name = label.partition("/")
    if prefix not in PREFIXES or label in KNOWN:
        return None
    near = next((one for one in sorted(KNOWN) if one.startswith(f"{prefix}/") and _alike(name, one)), None)
    return f"{label} is a label of no node; did you mean {near}?" if near else None


def _alike(name: str, known: str) -> bool:
    """Whether a name is a known label's word for word, but for letters: with a word more or less it may be another."""
    words, meant = name.casefold().split("-"), known.partition("/")[2].split("-")
    return len(words) == len(meant) and all(map(nearest, words, ([word] for word in meant)))


def _of_pod(pod: Pod) -> Iterator[Use]:
    for label in mapping(pod.spec.get("nodeSelector")):
        yield str(label), (*pod.pointer, "nodeSelector", label), True
    for i, spread in mappings(pod.spec.get("topologySpreadConstraints")):
        binds = spread.get("whenUnsatisfiable") != "ScheduleAnyway"
        yield str(spread.get("topologyKey")), (*pod.pointer, "topologySpreadConstraints", i, "topologyKey"), binds
    affinity, at = mapping(pod.spec.get("affinity")), (*pod.pointer, "affinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        for i, term in mappings(mapping(affinity.get(kind)).get(REQUIRED)):
            yield str(term.get("topologyKey")), (*at, kind, REQUIRED, i, "topologyKey"), True
        for i, wish in mappings(mapping(affinity.get(kind)).get(PREFERRED)):
            here = (*at, kind, PREFERRED, i, "podAffinityTerm", "topologyKey")
            yield str(mapping(wish.get("podAffinityTerm")).get("topologyKey")), here, False
    nodes, at = mapping(affinity.get("nodeAffinity")), (*at, "nodeAffinity")
    yield from _of_terms(mapping(nodes.get(REQUIRED)).get("nodeSelectorTerms"), (*at, REQUIRED, "nodeSelectorTerms"))
    for i, wish in mappings(nodes.get(PREFERRED)):
        for label, here in _of_term(mapping(wish.get("preference")), (*at, PREFERRED, i, "preference")):
            yield label, here, False


REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def _of_terms(terms: object, at: Pointer) -> Iterator[Use]:
    for i, term in mappings(terms):
        for label, here in _of_term(term, (*at, i)):
            yield label, here, True


def _of_term(term: dict[str, object], at: Pointer) -> Iterator[tuple[str, Pointer]]:
    for i, expression in mappings(term.get("matchExpressions")):
        # A node without the label is what these two ask for.
        if expression.get("operator") not in ("NotIn", "DoesNotExist"):
            yield str(expression.get("key")), (*at, "matchExpressions", i, "key")


def _of_others(spec: dict[str, object]) -> Iterator[Use]:
    """Of a volume, a flavor, and the levels of Kueue's topology."""
    terms = mapping(mapping(spec.get("nodeAffinity")).get("required")).get("nodeSelectorTerms")
    yield from _of_terms(terms, ("spec", "nodeAffinity", "required", "nodeSelectorTerms"))
    for label in mapping(spec.get("nodeLabels")):
        yield str(label), ("spec", "nodeLabels", label), True
    for i, level in mappings(spec.get("levels")):
        yield str(level.get("nodeLabel")), ("spec", "levels", i, "nodeLabel"), True
