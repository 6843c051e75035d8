"""What ragged-nodes tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, server
from servelint.rules.gpus.ragged_nodes import BAD

ALSO_GOOD = [(BAD, UNKNOWN), server("--tp-size 12", gpus=12)]
