"""What foreign-hardware tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, server
from servelint.rules.gpus.foreign_hardware import GOOD

ALSO_GOOD = [
    GOOD.replace("nvidia-h200-141gb", "SITE_ACCELERATOR"),
    GOOD.replace("gke-accelerator: nvidia-h200-141gb", "gke-nodepool: blue"), (server(gpus=16), UNKNOWN),
]  # fmt: skip
ALSO_BAD = [server(gpus=16)]
