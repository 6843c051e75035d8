"""A Service sends requests to pods of different workloads.

Half of the requests reach another model, a benchmark, or a worker rank that does not speak HTTP; which half changes
with every connection, so it looks like a flaky server.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping
from ...views.engines import engine_of
from ...views.environment import variables
from ...views.selection import ANY, labels_of, service_pods
from ..examples import other, server, together

SEVERITY = "error"
HINT = 'Give each workload a label of its own and select by it; a LeaderWorkerSet\'s leader has worker-index "0".'
SOURCE = "https://github.com/kubernetes-sigs/lws/tree/main/docs/examples/sglang"
COVERS = ("REF-07",)

_WORKERS = other("Service", "selector: {leaderworkerset.sigs.k8s.io/name: server}, ports: [{port: 8000}]")
_LEADER = _WORKERS.replace("name: server}", 'name: server, leaderworkerset.sigs.k8s.io/worker-index: "0"}')
GOOD = together(_LEADER, server(kind="LeaderWorkerSet"))
BAD = together(_WORKERS, server(kind="LeaderWorkerSet"))


def _serves_alike(overlay: Overlay, one: Pod, other: Pod) -> bool:
    """Whether two workloads are versions of one server, as a canary and its stable release are."""
    return one.serves and other.serves and _server(overlay, one) == _server(overlay, other)


def _server(overlay: Overlay, pod: Pod) -> list[tuple[str, ...]]:
    """What the main containers run: image without tag, engine and model."""
    found = []
    for container in pod.main:
        engine = engine_of(overlay, container)
        flags = [
            str(f.value)
            for name in ("model-path", "model", "served-model-name")
            for f in (engine.flags.get(name, ()) if engine else ())
        ]
        model = variables(overlay, container).get("MODEL_ID", ("", ()))[0]
        head, _, tail = container.image.partition("@")[0].rpartition("/")
        found.append((head, tail.partition(":")[0], engine.name if engine else "", model, *flags))
    return sorted(found)


def _reaches_workers(pod: Pod, selector: dict[str, object]) -> bool:
    """Whether workers of a LeaderWorkerSet of several pods a group are selected."""
    if pod.resource.kind != "LeaderWorkerSet" or pod.pointer[-2] != "workerTemplate":
        return False
    size = mapping(pod.resource.spec.get("leaderWorkerTemplate")).get("size", 1)
    index = "leaderworkerset.sigs.k8s.io/worker-index"
    return size != 1 and not (labels_of(pod).get(index) is ANY and str(selector.get(index)) == "0")


def check(overlay: Overlay) -> Problems:
    for service in overlay.of("Service"):
        pods = service_pods(overlay, service) or []
        # A headless Service gives out every pod's address: that is how the ranks find each other.
        if not pods or service.spec.get("clusterIP") == "None":
            continue
        selector = mapping(service.spec.get("selector"))
        workers = [pod for pod in pods if _reaches_workers(pod, selector)]
        if workers:
            text = f"selects the workers of LeaderWorkerSet {workers[0].resource.name} beside its leader"
            yield Problem(service, ("spec", "selector"), text)
            continue
        first = pods[0]
        others = [
            pod for pod in pods[1:] if pod.resource is not first.resource and not _serves_alike(overlay, first, pod)
        ]
        if others:
            names = ", ".join(dict.fromkeys(pod.resource.title for pod in (first, *others)))
            yield Problem(service, ("spec", "selector"), f"selects pods of different workloads: {names}")
