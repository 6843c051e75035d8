"""What route-to-unopened-port tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, together
from servelint.rules.network.route_to_unopened_port import _SERVICE, BAD

_ROUTE = BAD.split("---")[0]
_INGRESS = other("Ingress", "defaultBackend: {service: {name: server, port: {name: http}}}", api="networking.k8s.io/v1")
_PATH = _INGRESS.replace("defaultBackend", "rules: [{http: {paths: [{backend").replace("}}}}", "}}}}]}}]}")

ALSO_GOOD = [
    BAD.replace("backendRefs: [{", "backendRefs: [{kind: InferencePool, "),
    BAD.replace("backendRefs: [{", "backendRefs: [{group: example.com, "),
    together(_ROUTE.replace("backendRefs: [{", "backendRefs: [{namespace: far, "), marked(_SERVICE, "namespace: near")),
    BAD.replace("v1\nkind: Service", "serving.knative.dev/v1\nkind: Service"), BAD.replace(", port: 8000}]}]", "}]}]"),
    _ROUTE, together(_INGRESS, _SERVICE), together(_PATH, _SERVICE),
]  # fmt: skip
ALSO_BAD = [
    together(_INGRESS.replace("http", "https"), _SERVICE),
    together(_PATH.replace("name: http", "number: 443"), _SERVICE),
]
