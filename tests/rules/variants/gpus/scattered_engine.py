"""What scattered-engine tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.gpus.scattered_engine import BAD

ALSO_GOOD = [
    server("--tp-size $SIZE", kind="Deployment", spec="replicas: 2"),
    BAD.replace('"python3", "-m", "sglang.launch_server"', '"trtllm-build"'),
]
