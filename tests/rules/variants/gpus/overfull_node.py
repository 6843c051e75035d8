"""What overfull-node tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN
from servelint.rules.gpus.overfull_node import BAD, GOOD

ALSO_GOOD = [
    GOOD.replace("512Gi", "859Gi"),  # all that an a4x has
    (BAD, UNKNOWN),
]
ALSO_BAD = [GOOD.replace("memory: 512Gi", "cpu: 140")]
