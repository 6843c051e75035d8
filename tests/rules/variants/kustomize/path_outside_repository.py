"""What path-outside-repository tells apart beyond its own examples."""

from servelint.rules.examples import tree
from servelint.rules.kustomize.path_outside_repository import _ABOVE

ALSO_GOOD = [tree("resources: [../../../../base/a, pod.yaml]\n", _ABOVE)]
ALSO_BAD = [tree("resources: [/etc/passwd]\n"), tree("resources: [../../../../../a]\n")]
