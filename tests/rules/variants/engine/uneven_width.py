"""What uneven-width tells apart beyond its own examples."""

from servelint.rules.engine.uneven_width import _NEW
from servelint.rules.examples import server

_OSS = {"hardware": "a3ultra", "model": "gpt-oss-120b"}

ALSO_GOOD = [
    server("--tp-size 4", gpus=4, image=_NEW), server("--tp-size 8 --ep-size 2", image=_NEW),
    server("--tp-size 8 --moe-a2a-backend deepep", image=_NEW), (server("--tp-size 8", image=_NEW), _OSS),
    server("--tensor-parallel-size 8 --enable-expert-parallel --max-model-len 32768", engine="vllm"),
    (server("--tp-size 6"), {"hardware": "a3ultra", "model": "llama-4-scout"}), server("--tp-size $TP", image=_NEW),
    server("--tp-size 8 --ep-size 3", image=_NEW), server("--tp_size 8", engine="trtllm"),
]  # fmt: skip
ALSO_BAD = [
    server("--tensor-parallel-size 8 --max-model-len 32768", engine="vllm"),
    server("--tp-size 8 --dp-size 2 --enable-dp-attention", image=_NEW),
]  # fmt: skip
