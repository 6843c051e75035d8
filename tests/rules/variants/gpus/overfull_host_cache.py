"""What overfull-host-cache tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import UNKNOWN, llm, server, together
from servelint.rules.gpus.overfull_host_cache import BAD

_NEW = "lmsysorg/sglang:v0.5.14-cu129"


def _memory(limits: str = "", requests: str = "") -> str:
    parts = [f"{key}: {{memory: {given}, nvidia.com/gpu: 8}}" for key, given in
             (("limits", limits), ("requests", requests)) if given]  # fmt: skip
    return f"resources: {{{', '.join(parts)}}}" if parts else ""


def _hicache(more: str, limits: str = "", requests: str = "", gpus: int = 8) -> str:
    given = _memory(limits, requests)
    start = f"--tp-size {gpus} --enable-hierarchical-cache {more}"
    return server(start, gpus=0 if given else gpus, image=_NEW, container=given)


def _vllm(more: str) -> str:
    return server(f"--tensor-parallel-size 8 {more}", engine="vllm")


_A4X = {"hardware": "a4x", "model": "gpt-oss-120b"}

ALSO_GOOD = [
    (BAD, UNKNOWN), BAD.replace('"--enable-hierarchical-cache", ', ""), _hicache("--hicache-size $SIZE"),
    _hicache("--hicache-size 60", "1000Gi"), _hicache("--hicache-size 60", requests="500Gi"),
    _hicache("--hicache-ratio 2"), _hicache("--hicache-size 400", gpus=4),
    _hicache("--hicache-size 60 --hicache-ratio 20"),
    _vllm("--kv-offloading-size 400"), _vllm("--kv-offloading-size $SIZE"),
    llm("kv_cache_config: {host_cache_size: 40000000000}", "--tp_size 8"),
]  # fmt: skip
ALSO_BAD = [
    _hicache("--hicache-size 60", "400Gi"), _hicache("--hicache-size 60", requests="400Gi"),
    _hicache("--hicache-ratio 8"), (_hicache("--hicache-ratio 4", gpus=4), _A4X), _vllm("--kv-offloading-size 4000"),
    llm("kv_cache_config: {host_cache_size: 400000000000}", "--tp_size 8"),
    together(_hicache("--hicache-ratio 8"), server("--tp-size 8 --mem-fraction-static 0.3", image=_NEW, name="other")),
]  # fmt: skip
