"""What unbounded-context tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN
from servelint.rules.gpus.unbounded_context import BAD

ALSO_GOOD = [(BAD, UNKNOWN), BAD.replace("sglang.launch_server", "sglang.bench_offline_throughput")]
