"""What service-without-pods tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server, together
from servelint.rules.network.service_without_pods import _SERVICE, BAD

ALSO_GOOD = [
    BAD.replace("selector: {app: serving}, ", ""),
    BAD.replace("v1\nkind: Service", "serving.knative.dev/v1\nkind: Service"),
    together(BAD, other("Operator", "image: a", api="example.com/v1")),  # its pods are not in sight
    together(marked(_SERVICE, "namespace: here"), marked(server(kind="Deployment"), "namespace: there")),
]
