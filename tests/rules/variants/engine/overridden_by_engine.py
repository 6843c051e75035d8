"""What overridden-by-engine tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, llm, server

_14, _23 = (f"lmsysorg/sglang:v{version}" for version in ("0.5.14", "0.5.23"))
_CHAIN = "--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk"
_GROUPS = "--tp-size 8 --dp-size 8 --enable-dp-attention"
_MLA = "--tp-size 8 --attention-backend flashmla"


def _run(arguments: str, image: str = _14) -> str:
    return server(arguments, image=image)


ALSO_GOOD = [
    server("--tp-size 8 --page-size 16"), server(_MLA),
    server(f"{_MLA} --page-size $SIZE"), server("--tp-size 8 --attention-backend $BACKEND --page-size 16"),
    server(f"{_MLA} --page-size 16 $MORE"), (server(f"{_MLA} --page-size 16"), UNKNOWN),
    _run(f"{_MLA} --page-size 16", "lmsysorg/sglang:latest"), _run(f"{_MLA} --page-size 16", "lmsysorg/sglang:v0.9.0"),
    _run(_GROUPS), _run("--tp-size 8 --chunked-prefill-size 8192"),
    _run(f"{_GROUPS} --chunked-prefill-size 8192"),  # shared out among the groups
    _run("--tp-size 8 --attn-dp-size 4 --chunked-prefill-size 8192", _23),
    _run(f"{_CHAIN} 1 --speculative-num-draft-tokens 4"), _run(f"{_CHAIN} 2 --speculative-num-draft-tokens 8"),
    _run(f"{_CHAIN} 1"), _run(f"{_CHAIN} $K --speculative-num-draft-tokens 8"), llm("stream_interval: 10"),
    server("--tensor-parallel-size 8 --block-size 16", engine="vllm"),
]  # fmt: skip
ALSO_BAD = [
    server("--attention-backend cutlass_mla --page-size 64"),
    _run(f"{_MLA} --page-size 16", "lmsysorg/sglang:v0.4.8"),
    _run(f"{_CHAIN} 1 --speculative-num-draft-tokens 8"), server(f"{_CHAIN} 1 --speculative-num-draft-tokens 3"),
]  # fmt: skip
