"""What illegal-parallel-size tells apart beyond its own examples."""

from servelint.rules.examples import server

ALSO_GOOD = [server(), server("--tp-size $TP")]
ALSO_BAD = [
    server("--pp-size 0"), server("--dp-size auto"), server("--tp-size"), server("--tp_size -8", engine="trtllm"),
]  # fmt: skip
