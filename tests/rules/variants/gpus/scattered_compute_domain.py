"""What scattered-compute-domain tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, marked
from servelint.rules.gpus.scattered_compute_domain import BAD

_NEAR = "podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: nvidia.com/gpu.clique}]}"

ALSO_GOOD = [
    BAD.split("---")[0],  # no ComputeDomain in sight
    BAD.replace("size: 2", "size: 1"),
    BAD.replace("resourceClaims:", f"affinity: {{{_NEAR}}}\n        resourceClaims:"),
    BAD.replace("resourceClaims:", "nodeSelector: {cloud.google.com/gke-nodepool: a}\n        resourceClaims:"),
    (BAD, UNKNOWN), (BAD, {"hardware": "a3ultra"}),
]  # fmt: skip
ALSO_BAD = [
    BAD.replace("resourceClaims:", "nodeSelector: {kubernetes.io/arch: arm64}\n        resourceClaims:"),
    marked(BAD, "annotations: {example.com/note: cloud.google.com/gke-nodepool}"),
]
