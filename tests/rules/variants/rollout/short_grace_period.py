"""What short-grace-period tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.rollout.short_grace_period import BAD, GOOD

_ROUTE = other("HTTPRoute", "rules: [{backendRefs: [{name: server}], timeouts: {request: 10m}}]")

ALSO_GOOD = [
    GOOD.replace("630", "115"), together(BAD, _ROUTE.replace("10m", "10s")), together(GOOD, _ROUTE),
    BAD.replace("kind: Deployment", "kind: Job"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("630", "114"), together(GOOD.replace("630", "614"), _ROUTE), server(kind="Deployment"),
    together(GOOD, other("BackendConfig", "timeoutSec: 700", api="cloud.google.com/v1")),
    together(GOOD, other("GCPBackendPolicy", "default: {timeoutSec: 700}", api="networking.gke.io/v1")),
    together(GOOD, other("InferenceService", "predictor: {timeout: 700}")),
    server(kind="Deployment") + "      - {name: second, image: a, resources: {limits: {nvidia.com/gpu: 1}}}\n",
]  # fmt: skip
