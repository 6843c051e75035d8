"""What oversized-configmap tells apart beyond its own examples."""

from servelint.rules.examples import config_map
from servelint.rules.server.oversized_configmap import GOOD

ALSO_GOOD = [
    config_map({"prompts.txt": "x" * 1_048_575}),
    GOOD.replace("data:", "binaryData:").replace("words", "x" * 1_300_000),
    GOOD.replace("ConfigMap", "Secret").replace("words", "x" * 1_300_000),
    config_map({"a": "x" * 1_048_577}).replace("ConfigMap", "Pod"),
]
ALSO_BAD = [
    config_map({"a": "x" * 600_000, "b": "x" * 600_000}),
    GOOD.replace("data:", "binaryData:").replace("words", "x" * 1_400_000),
]
