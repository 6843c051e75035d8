"""What crowded-node-memory tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN
from servelint.rules.gpus.crowded_node_memory import BAD, GOOD

ALSO_GOOD = [
    GOOD.replace("250Gi", "347Gi"),  # all that an a4x has
    BAD.replace("medium: Memory, ", ""), BAD.replace("requests: {memory: 512Gi}, ", ""),
    BAD.replace("512Gi", "1000Gi"),  # `overfull-node` says it
    (BAD, UNKNOWN),
]  # fmt: skip
ALSO_BAD = [GOOD.replace("512Gi", "859Gi")]
