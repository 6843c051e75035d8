"""What service-across-workloads tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.network.service_across_workloads import _WORKERS, BAD

_SERVICE = other("Service", "selector: {part: of}, ports: [{port: 8000}]")
_ONE = server(kind="Deployment").replace("app: server}", "part: of}")
_JOB = server(kind="Job").replace("app: server}", "part: of}")
_CANARY = together(_SERVICE, _ONE, _ONE.replace("name: server", "name: canary").replace("v0.4.6", "v0.5.14"))

ALSO_GOOD = [BAD.replace("{selector", "{clusterIP: None, selector"), BAD.replace("size: 2", "size: 1"), _CANARY,
    _SERVICE, together(_WORKERS, server(kind="LeaderWorkerSet").replace("    size: 2\n", "")),
    together(_SERVICE, _ONE, _ONE.replace("name: server", "name: canary").replace("v0.4.6.post4-cu124", "v0.4.6@sha256:1")),
    together(
        _SERVICE.replace("part: of", "role: leader"),
        server(kind="LeaderWorkerSet", spec="leaderTemplate: {metadata: {labels: {role: leader}}, spec: {containers: [{name: a, image: a}]}}"),
    ),
]  # fmt: skip
ALSO_BAD = [
    _CANARY.replace('"m"', '"one"', 1), together(_SERVICE, _ONE, _JOB), together(_SERVICE, _JOB, _ONE),
    together(_SERVICE, _ONE, server(engine="vllm", metadata="labels: {part: of}")),
    together(_SERVICE, _ONE, _ONE.replace("name: server", "name: canary").replace("lmsysorg/sglang", "other/sglang")),
    together(_SERVICE, _ONE.replace("containers:", "containers:\n      - {name: b, image: c}", 1), _ONE.replace("name: server", "name: canary")),
    together(_SERVICE, _JOB, _JOB.replace("name: server", "name: other")),
]  # fmt: skip
