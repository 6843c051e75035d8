"""What closed-queue tells apart beyond its own examples."""

from servelint.rules.examples import other, together
from servelint.rules.queue.closed_queue import _CLUSTER, _LOCAL, GOOD

_SPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: serving, labels: {team: a}}\n"
_TEAM = together(_SPACE, _CLUSTER.replace("{}}", "{matchLabels: {team: a}}}"), _LOCAL)
_OWN = "matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [other, serving]}]"
_FLAVOR = other("ResourceFlavor", "nodeLabels: {cloud.google.com/gke-accelerator: nvidia-gb200}")

ALSO_GOOD = [
    _TEAM, together(_SPACE, _CLUSTER.replace("{}}", f"{{{_OWN}}}}}"), _LOCAL),
    together(_CLUSTER.replace("{}}", "{matchLabels: {team: b}}}"), _LOCAL),
    _CLUSTER.replace("namespaceSelector: {}", ""),
    GOOD.replace("namespaceSelector: {}", "namespaceSelector: {}, stopPolicy: None"),
    _FLAVOR.replace("gb200}", "gb200, kubernetes.io/arch: arm64}"), _FLAVOR.replace("nvidia-gb200", "nvidia-l4"),
    (_FLAVOR.replace("nvidia-gb200", "SITE_ACCELERATOR"), {"kind": "cluster"}), _LOCAL, together(_CLUSTER.replace("gpus", "others"), _LOCAL),
]  # fmt: skip
ALSO_BAD = [
    _TEAM.replace("team: a}}\n---", "team: b}}\n---", 1),
    together(_CLUSTER.replace("{}}", f"{{{_OWN}}}}}").replace("other, serving", "other"), _LOCAL),
    _TEAM.replace(", labels: {team: a}", ""), GOOD.replace("gpus}", "gpus, stopPolicy: Hold}"),
    GOOD.replace("namespaceSelector: {}", "namespaceSelector: {}, stopPolicy: HoldAndDrain"),
    _TEAM.replace("matchLabels: {team: a}", "matchExpressions: [{key: team, operator: DoesNotExist}]"),
    _FLAVOR.replace("gb200}", "gb200, kubernetes.io/arch: amd64}"),
    (_FLAVOR.replace("nvidia-gb200", "nvidia-l4"), {"kind": "cluster"}),
]  # fmt: skip
