"""What overlay-without-facts tells apart beyond its own examples."""

from servelint.rules.kustomize.overlay_without_facts import GOOD

ALSO_GOOD = [(GOOD, {"kind": "cluster"})]
ALSO_BAD = [(GOOD, {"model": "deepseek-r1"}), (GOOD, {"kind": "leaf"})]
