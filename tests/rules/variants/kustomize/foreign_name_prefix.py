"""What foreign-name-prefix tells apart beyond its own examples."""

from servelint.rules.examples import POD, tree

_CLUSTER = "overlays/clusters/a"

ALSO_GOOD = [{f"{_CLUSTER}/kustomization.yaml": "namePrefix: a-\nresources: [pod.yaml]\n", f"{_CLUSTER}/pod.yaml": POD}]
ALSO_BAD = [tree("resources: [pod.yaml]\n")]
