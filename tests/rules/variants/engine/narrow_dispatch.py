"""What narrow-dispatch tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server

_NEW = "lmsysorg/sglang:v0.5.14-cu129"

_ALL = "--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend deepep"


def _deep(more: str, tokens: str = "", *, start: str = _ALL, image: str = _NEW, of: str = "DEEPEP") -> str:
    name = f"SGLANG_{of}_NUM_MAX_DISPATCH_TOKENS_PER_RANK"
    env = f"env: [{{name: {name}, value: '{tokens}'}}]" if tokens else ""
    return server(f"{start} {more}", image=image, container=env)


_DRAFT = "--speculative-algorithm EAGLE --speculative-num-draft-tokens 6"
_OLD = {"start": "--tp-size 8 --dp-size 8 --enable-dp-attention --enable-deepep-moe", "image": ""}

ALSO_GOOD = [
    _deep("--cuda-graph-max-bs-decode 128"), _deep("--cuda-graph-max-bs-decode 512 --deepep-mode normal"),
    _deep("--cuda-graph-max-bs-decode 512 --disaggregation-mode prefill"), _deep(""), _deep("", "1024"),
    _deep("--cuda-graph-max-bs-decode 512 --max-running-requests 1024"),
    _deep("--cuda-graph-max-bs-decode 512", "$(N)"),
    _deep("--cuda-graph-max-bs-decode 512", start="--tp-size 8 --moe-a2a-backend deepep"),
    _deep("--cuda-graph-max-bs-decode 512", start=_ALL.replace("deepep", "none")),
    _deep(f"--cuda-graph-max-bs-decode 128 {_DRAFT}", "768"), _deep("--cuda-graph-max-bs 128", **_OLD),
    _deep("--cuda-graph-max-bs-decode 512 --deepep-mode $MODE"),
    server("--cuda-graph-max-bs 512 --tp-size 8", image=_NEW),
    _deep(f"--cuda-graph-max-bs-decode $N {_DRAFT}", "2"),
    _deep("--max-running-requests 2048"),
]  # fmt: skip
ALSO_BAD = [
    _deep(f"--cuda-graph-max-bs-decode 128 {_DRAFT}", "512"), _deep("--cuda-graph-max-bs 160"), _deep("", "2048"),
    _deep("--cuda-graph-bs 1 8 256"), _deep("--cuda-graph-max-bs 160", "512", **_OLD),
    _deep("--disable-cuda-graph --max-running-requests 2048"),
    _deep("--cuda-graph-max-bs-decode 128 --max-running-requests 2048"),
    _deep("--cuda-graph-max-bs-decode 256", start=_ALL.replace("deepep", "mooncake")),
    _deep("--cuda-graph-max-bs-decode 256", "128", start=_ALL.replace("deepep", "nixl"), of="NIXL_EP"),
    _deep("--cuda-graph-bs 256 8 1"),
]  # fmt: skip
