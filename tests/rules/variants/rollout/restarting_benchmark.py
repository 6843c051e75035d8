"""What restarting-benchmark tells apart beyond its own examples."""

from servelint.rules.examples import server, workload
from servelint.rules.rollout.restarting_benchmark import _POD, BAD

ALSO_GOOD = [
    server(kind="Deployment"), BAD.replace("exec trtllm-bench", "trtllm-serve m & trtllm-bench"),
    BAD.replace("'exec trtllm-bench --model m throughput'", "'trtllm-bench --model m throughput; sleep infinity'"),
    BAD.replace("exec trtllm-bench", "exec other-program"), workload(f"restartPolicy: Never\n{_POD}"),
]  # fmt: skip
ALSO_BAD = [
    workload(_POD), workload(f"restartPolicy: Always\n{_POD}"),
    BAD.replace("trtllm-bench --model m throughput", "guidellm benchmark"),
]  # fmt: skip
