"""A Service has the name under which a controller's pods look for each other, and is not headless.

LeaderWorkerSet and JobSet make a headless Service of their own name, for it gives each pod an address of its own, and
make none where a Service of that name is there already. With a cluster IP it gives the pods none: LWS_LEADER_ADDRESS
leads nowhere, and every rank waits at the rendezvous for the first, with all hosts held.
"""

from ...model import Overlay, Problem, Problems, Resource, mapping, whole
from ...views.selection import together as same_namespace
from ..examples import server, together

SEVERITY = "error"
HINT = (
    "Give the Service another name, such as …-leader; or clusterIP: None, and publishNotReadyAddresses for the ranks."
)
SOURCE = "https://github.com/kubernetes-sigs/lws/blob/v0.10.0/pkg/utils/controller/controller_utils.go"
COVERS = ()

_GROUP = server(kind="LeaderWorkerSet")


def _service(name: str, more: str = "") -> str:
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec: {{{more}ports: [{{port: 80}}]}}\n"


GOOD = together(_GROUP, _service("server-leader"))
BAD = together(_GROUP, _service("server"))


def check(overlay: Overlay) -> Problems:
    for service in overlay.of("Service"):
        if service.spec.get("clusterIP") == "None":
            continue
        for resource in overlay.of("LeaderWorkerSet", "JobSet"):
            if service.name in _sought(resource) and same_namespace(service.namespace, resource.namespace):
                text = f"has the name under which the pods of {resource.kind} {resource.name} look for each other"
                yield Problem(service, ("metadata", "name"), f"{text}, and is not headless")
                break


def _sought(resource: Resource) -> list[str]:
    """Names of the headless Services that make addresses of a controller's pods."""
    network = mapping(resource.spec.get("network") or resource.spec.get("networkConfig"))
    if resource.kind == "JobSet":
        return [] if network.get("enableDNSHostnames") is False else [str(network.get("subdomain") or resource.name)]
    if network.get("subdomainPolicy") == "UniquePerReplica":
        replicas = resource.spec.get("replicas")
        return [f"{resource.name}-{group}" for group in range(min(1 if replicas is None else whole(replicas) or 0, 99))]
    return [resource.name]
