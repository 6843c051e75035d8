"""What bench-of-another-model tells apart beyond its own examples."""

from servelint.rules.engine.bench_of_another_model import BAD
from servelint.rules.examples import client, server

ALSO_GOOD = [
    client("http://server:8000"), client("http://deepseek-r1:8000"),
    server("--host llama-4-scout-sglang-serve-a3ultra-server"), (BAD, {"hardware": "a3ultra"}),
    (BAD, {"model": "deepseek-r1"}),
]  # fmt: skip
ALSO_BAD = [client("http://deepseek-r1-sglang-serve-a4high-server:8000")]
