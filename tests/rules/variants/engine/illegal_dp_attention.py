"""What illegal-dp-attention tells apart beyond its own examples."""

from servelint.rules.examples import server

_DP = "--tp-size 8 --dp-size 4 --enable-dp-attention"

ALSO_GOOD = [
    server("--tp-size 8 --dp-size 3"), *(server(f"{_DP} --moe-dense-tp-size {size}") for size in (1, 2, "all")),
]  # fmt: skip
ALSO_BAD = [
    server("--tp-size 8 --enable-dp-attention", image="lmsysorg/sglang:v0.5.14"),
    server("--tp-size 8 --enable-dp-attention"), server("--tp-size 8 --dp-size 4 --moe-dense-tp-size 1"),
    server("--tp-size 8 --enable-dp-lm-head"), server(f"{_DP} --moe-dense-tp-size 4"),
]  # fmt: skip
