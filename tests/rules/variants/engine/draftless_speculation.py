"""What draftless-speculation tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.engine.draftless_speculation import _EAGLE, _NEW, BAD
from servelint.rules.examples import llm, server

_R1 = {"hardware": "a4high", "model": "deepseek-r1"}


def _vllm(config: str) -> str:
    return server(f"--speculative-config {config}".replace('"', '\\"'), engine="vllm")


_MTP = "speculative_config: {decoding_type: MTP, num_nextn_predict_layers: 3}"

ALSO_GOOD = [
    (BAD, _R1), (BAD, {"kind": "leaf"}), (llm(_MTP), _R1), server("--speculative-algorithm NGRAM", image=_NEW),
    server("--speculative-algorithm $METHOD", image=_NEW), server(f"{_EAGLE} $MORE", image=_NEW),
    llm("speculative_config: {decoding_type: Eagle, max_draft_len: 3, speculative_model_dir: /m}"),
    llm("speculative_config: {decoding_type: Eagle}"),  # `refused-by-engine` says so, whatever the model
    llm("speculative_config: {decoding_type: NGram, max_draft_len: 3}"), llm("speculative_config: none"),
    _vllm('{"method":"eagle3","model":"a/b"}'), _vllm('{"method":"ngram"}'), _vllm("{method"),
    (_vllm('{"method":"mtp"}'), _R1),
]  # fmt: skip
ALSO_BAD = [
    server("--speculative-algorithm nextn", image=_NEW), server("--speculative-algorithm=EAGLE3", image=_NEW),
    llm(_MTP), (llm(_MTP), {"model": "qwen3-235b-a22b-fp8"}),
    _vllm('{"method":"deepseek_mtp","num_speculative_tokens":1}'), _vllm('{"method":"mtp"}'),
    server("--speculative-config.method mtp", engine="vllm"),
]  # fmt: skip
