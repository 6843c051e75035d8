"""What shadowed-headless-service tells apart beyond its own examples."""

from servelint.rules.examples import marked, server, together
from servelint.rules.network.shadowed_headless_service import _GROUP, BAD, _service

_JOBS = "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: server}\nspec: {replicatedJobs: []}\n"
_OWN = _GROUP.replace("spec:\n", "spec:\n  networkConfig: {subdomainPolicy: UniquePerReplica}\n  replicas: 2\n", 1)
_SET = server(kind="StatefulSet", spec="serviceName: peers")

ALSO_GOOD = [
    together(_GROUP, _service("server", "clusterIP: None, ")), together(server(kind="Deployment"), _service("server")),
    together(_SET, _service("peers")), together(_OWN, _service("server")), together(_OWN, _service("server-2")),
    together(_JOBS.replace("[]", "[], network: {enableDNSHostnames: false}"), _service("server")),
    together(_JOBS.replace("[]", "[], network: {subdomain: peers}"), _service("server")),
    together(marked(_GROUP, "namespace: a"), marked(_service("server"), "namespace: b")),
]  # fmt: skip
ALSO_BAD = [
    together(_JOBS, _service("server")), together(_OWN, _service("server-1")),
    together(_JOBS.replace("[]", "[], network: {subdomain: peers}"), _service("peers")),
    BAD.replace("spec: {ports", "spec: {clusterIP: 10.0.0.9, ports"),
]  # fmt: skip
