"""What remote-resource tells apart beyond its own examples."""

from servelint.rules.examples import tree

ALSO_BAD = [tree("resources: ['https://example.com/pod.yaml']\n"), tree("crds: ['https://example.com/crd.json']\n")]
