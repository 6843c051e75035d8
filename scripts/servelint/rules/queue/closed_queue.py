"""A queue is declared, and admits nothing.

A ClusterQueue takes workloads only from namespaces that its selector matches, and none at all without a selector. One
that is stopped, and so a LocalQueue, holds back what is new, and with HoldAndDrain evicts what runs. A flavor whose
labels no node bears together takes the quota and leaves the pods Pending. The sync is green in each case, and the
workloads wait with an event that nobody reads.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping
from ...views.selection import selects
from ..examples import LOCAL_QUEUE, other, together

SEVERITY = ("error", "warning")
HINT = (
    "Let the selector match the namespace, take the stopPolicy out of Git (for a pause, waive this with a date), or "
    "give the flavor labels that one machine has.",
    "Write the accelerator as a machine in hardware/ has it, or describe the new machine there.",
)
SOURCE = "https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/"
COVERS = ("KUE-02",)

_LOCAL = LOCAL_QUEUE.replace("name: gpus", "name: gpus\n  namespace: serving", 1)
_CLUSTER = other("ClusterQueue", "namespaceSelector: {}", name="gpus")
GOOD = together(_CLUSTER, _LOCAL)
BAD = GOOD.replace("namespaceSelector: {}", "stopPolicy: None")

NAME = "kubernetes.io/metadata.name"
"""The label that the server gives each namespace."""
ACCELERATOR = "cloud.google.com/gke-accelerator"


def check(overlay: Overlay) -> Problems:
    for queue in overlay.of("ClusterQueue", "LocalQueue"):
        policy = queue.spec.get("stopPolicy")
        if policy in ("Hold", "HoldAndDrain"):
            more = " and evicts what runs" if policy == "HoldAndDrain" else ""
            text = f"{queue.title} admits nothing new{more}: {policy}"
            yield Problem(queue, ("spec", "stopPolicy"), text)
    for local in overlay.of("LocalQueue"):
        cluster = overlay.named("ClusterQueue", str(local.spec.get("clusterQueue") or ""))
        if cluster is not None and local.namespace and not is_marker(local.namespace):
            yield from _selected(overlay, cluster, local)
    for flavor in overlay.of("ResourceFlavor"):
        yield from _labels(overlay, flavor)


def _selected(overlay: Overlay, queue: Resource, local: Resource) -> Problems:
    """A selector that leaves out the namespace of a LocalQueue."""
    selector = queue.spec.get("namespaceSelector")
    at: Pointer = ("spec", "namespaceSelector")
    if not isinstance(selector, dict):
        text = f"ClusterQueue {queue.name} has no namespaceSelector, and so admits from no namespace; {{}} is every one"
        yield Problem(queue, at if "namespaceSelector" in queue.spec else ("spec",), text)
        return
    name = local.namespace
    space = overlay.named("Namespace", name)
    given = {**(space.labels if space else {}), NAME: name}
    asked = {**selector, "matchLabels": dict(mapping(selector.get("matchLabels")))}
    if space is None:  # its other labels are not known
        asked["matchLabels"] = {key: value for key, value in asked["matchLabels"].items() if key == NAME}
        listed = selector.get("matchExpressions")
        own = [e for e in (listed if isinstance(listed, list) else ()) if mapping(e).get("key") == NAME]
        asked["matchExpressions"] = own
    if not selects(asked, given):
        has = ", ".join(f"{key}={value}" for key, value in sorted(given.items()))
        text = f"ClusterQueue {queue.name} admits nothing from namespace {name}, whose labels are {has}"
        yield Problem(queue, at, text)


def _labels(overlay: Overlay, flavor: Resource) -> Problems:
    """Labels of a flavor that no machine has together."""
    labels = {str(key): str(value) for key, value in mapping(flavor.spec.get("nodeLabels")).items()}
    accelerator = labels.get(ACCELERATOR)
    if accelerator is None or any(map(is_marker, labels.values())) or not overlay.all_hardware:
        return
    at: Pointer = ("spec", "nodeLabels")
    alike = [h for h in overlay.all_hardware.values() if h.accelerator == accelerator]
    if not alike:
        if overlay.kind == "cluster":
            known = ", ".join(sorted({h.accelerator for h in overlay.all_hardware.values()}))
            text = f"no machine of this fleet has {accelerator} as its accelerator; they have {known}"
            yield Problem(flavor, (*at, ACCELERATOR), text, severity="warning")
        return
    for key, value in labels.items():
        had = [{**h.labels, "node.kubernetes.io/instance-type": h.machine_type}.get(key) for h in alike]
        if None not in had and value not in had:
            text = f"no node has {key}={value} and {accelerator}: its nodes have {had[0]}"
            yield Problem(flavor, (*at, key), text)
