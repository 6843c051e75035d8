"""What contested-replicas tells apart beyond its own examples."""

from servelint.rules.examples import other, server, together
from servelint.rules.sync.contested_replicas import BAD, GOOD

_KEDA = other("ScaledObject", "scaleTargetRef: {name: server}, minReplicaCount: 1", name="keda", api="keda.sh/v1alpha1")
_TWO = server(kind="Deployment", spec="replicas: 2")

ALSO_GOOD = [
    BAD.replace("maxReplicas: 4", "maxReplicas: 1"),
    BAD.replace("name: server\n", "name: server\n  namespace: near\n", 1),
    (BAD, {"kind": "manifest"}), BAD.replace("name: server}, max", "name: other}, max"), _TWO,
    BAD.replace("maxReplicas: 4", "minReplicas: 2, maxReplicas: 2"), together(server(kind="Deployment"), _KEDA),
    BAD.replace("kind: Deployment, name", "kind: StatefulSet, name"),
]  # fmt: skip
ALSO_BAD = [
    together(_TWO, _KEDA), BAD.replace("maxReplicas: 4", "minReplicas: 2, maxReplicas: 4"), (BAD, {"kind": "cluster"}),
    GOOD.replace("spec:\n", "spec:\n  replicas: 0\n", 1),
]  # fmt: skip
