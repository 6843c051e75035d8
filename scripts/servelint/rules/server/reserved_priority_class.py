"""A pod of a team's namespace takes a priority class of the system.

GKE lets system-node-critical and system-cluster-critical into a namespace only with a ResourceQuota whose scope is that
class; without one each pod is refused. Where they are let in, they push out the cluster's own parts.
"""

from ...model import Overlay, Problem, Problems, Resource, mapping, mappings
from ...views import admission
from ...views.selection import RUNTIMES, together
from ..examples import server

SEVERITY = "error"
HINT = "Make a PriorityClass of your own, or give the namespace a ResourceQuota whose scope is that class."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/troubleshooting/deployed-workloads"
COVERS = ("REF-04",)

_CRITICAL = server(kind="Deployment", pod="priorityClassName: system-cluster-critical")
GOOD = server(kind="Deployment", pod="priorityClassName: serving")
BAD = _CRITICAL

RESERVED = ("system-node-critical", "system-cluster-critical")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        name, resource = pod.spec.get("priorityClassName"), pod.resource
        if name not in RESERVED or resource.kind in RUNTIMES or admission.exempt(resource):
            continue
        if not any(_admits(quota, str(name)) for quota in overlay.of("ResourceQuota")
                   if together(quota.namespace, resource.namespace)):  # fmt: skip
            where = f"namespace {resource.namespace}" if resource.namespace else "its namespace"
            text = f"is of class {name}, and no ResourceQuota of {where} admits it: GKE refuses these pods"
            yield Problem(resource, (*pod.pointer, "priorityClassName"), text)


def _admits(quota: Resource, name: str) -> bool:
    for _, term in mappings(mapping(quota.spec.get("scopeSelector")).get("matchExpressions")):
        values = term.get("values")
        listed = isinstance(values, list) and name in values
        if term.get("scopeName") == "PriorityClass" and (term.get("operator") == "Exists" or listed):
            return True
    return False
