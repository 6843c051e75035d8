"""An engine is started with arguments that it refuses together, or for this model or GPU.

Each is legal by itself. The engine checks the whole of them first thing and stops: with an attention backend that has
no sinks for a model that needs them, an expert backend that does not run the checkpoint's quantisation, data
parallelism over hosts without DP attention. By then the pod has a node and has pulled twenty gigabytes of image, and it
starts again and again. Which arguments those are was asked of the engine's own version, by probing its argument code;
relations between numbers, and what later code checks, are read out of it. What only the nearest version that was asked
refuses is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...engines.kind import Told
from ...model import Overlay, Problem, once_a_place, whole
from ...views.arguments import Run, all_shown, hidden, runs
from ...views.engines import plain
from ...views.environment import UNKNOWN, expand, settled
from ...views.groups import group_of
from ...views.placement import machines
from ..examples import UNKNOWN as NOTHING
from ..examples import llm, server

SEVERITY = ("error", "warning")
HINT = "Take one of the two away, or bring them together as the message says."
SOURCE = "https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/server_args.py"
COVERS = ("CFG-03",)
CONTEXT = {"hardware": "a4high", "model": "deepseek-r1", "workload": "sglang-serve", "kind": "leaf"}

_9, _14, _23 = (f"lmsysorg/sglang:v{version}" for version in ("0.5.9", "0.5.14", "0.5.23"))
_GPT, _HOPPER = ({"hardware": hw, "model": "gpt-oss-120b"} for hw in ("a4high", "a3ultra"))
_LLAMA, _FP4 = ({"hardware": "a4high", "model": model} for model in ("llama-3-3-70b-instruct", "deepseek-r1-nvfp4"))
_TREE = "--speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 4"


def _run(arguments: str, image: str = _14) -> str:
    return server(arguments, image=image)


GOOD = _run("--tp-size 8 --moe-runner-backend deep_gemm")
BAD = _run("--tp-size 8 --moe-runner-backend flashinfer_cutedsl")
ALSO_GOOD = [
    (_run("--attention-backend triton"), _GPT), (_run("--attention-backend flashinfer"), _LLAMA),
    (_run("--attention-backend flashinfer", "lmsysorg/sglang:latest"), _GPT),
    (_run("--attention-backend flashinfer", "lmsysorg/sglang:v0.9.0"), _GPT),
    (_run("--attention-backend flashinfer --prefill-attention-backend fa4 --decode-attention-backend triton"), _GPT),
    (_run("--attention-backend flashinfer"), NOTHING), (_run("--attention-backend $BACKEND"), _GPT),
    (_run("--tp-size 8 --moe-runner-backend triton_kernel"), _HOPPER),
    (_run("--tp-size 8 --moe-runner-backend triton_kernel --ep-size $EP"), _HOPPER),
    _run("--tp-size 8 --moe-runner-backend cutlass"), _run("--tp-size 8 --ep-size 8 --moe-runner-backend deep_gemm"),
    (_run("--tp-size 8 --ep-size 8 --moe-runner-backend cutlass"), {"hardware": "a3ultra", "model": "deepseek-r1"}),
    _run("--tp-size 8 --moe-runner-backend flashinfer_trtllm"), (_run("--moe-runner-backend flashinfer_cutlass"), _FP4),
    (_run("--moe-runner-backend flashinfer_cutedsl --quantization modelopt_fp4"), _FP4),
    (_run("--moe-runner-backend flashinfer_cutedsl"), _FP4), (_run("--moe-runner-backend flashinfer_cutedsl"), NOTHING),
    _run("--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend flashinfer"),
    _run("--tp-size 8 --moe-a2a-backend flashinfer $MORE"),
    _run("--tp-size 8 --attn-dp-size 8 --moe-a2a-backend flashinfer --moe-runner-backend deep_gemm", _23),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend triton"),
    (_run("--tp-size 8 --enable-deterministic-inference"), _LLAMA), _run(f"{_TREE} --attention-backend triton"),
    _run(f"{_TREE} --attention-backend fa4"), _run(f"{_TREE.replace('4', '1')} --attention-backend trtllm_mla"),
    _run("--tp-size 8 --dp-size 2 --nnodes 2 --enable-dp-attention"),
    _run("--tp-size 8 --attn-dp-size 2 --nnodes 2", _23), _run("--tp-size 8 --dp-size 2 --nnodes 1"),
    _run("--tp-size 8 --dp-size 2 --nnodes $N"), _run("--tp-size 8 --nnodes 2"),
    _run("--pp-size 2 --enable-mixed-chunk"),
    _run("--speculative-algorithm EAGLE --pp-size 2", _23), server("--lora-paths a --disable-radix-cache"),
    (_run("--lora-paths a"), _LLAMA), (_run("--lora-paths a --speculative-algorithm NGRAM"), _LLAMA),
    _run("--speculative-algorithm DFLASH --speculative-draft-model-path a/b"), _run("--kv-cache-dtype fp8_e4m3"),
    server("--enable-deepep-moe --deepep-mode normal --enable-dp-attention --dp-size 2 --tp-size 8"),
    _run("--served-model-name r1"), _run("--served-model-name s3://models/r1:2"),
    _run("--enable-priority-scheduling --schedule-policy lof"), _run("--export-metrics-to-file $MORE"),
    _run("--disable-cuda-graph-padding"), _run("--export-metrics-to-file --export-metrics-to-file-dir /logs"),
    server("--tensor-parallel-size 8 --data-parallel-size 2 --nnodes 2", engine="vllm"),
    _run("--tp-size 8 --enable-two-batch-overlap --moe-a2a-backend deepep"), _run("--enable-lora --lora-paths a=/a"),
    _run("--enable-ssl-refresh --ssl-certfile /c --ssl-keyfile /k"), (_run("--quantization awq"), NOTHING),
    _run("--enable-two-batch-overlap $MORE"), _run("--enable-two-batch-overlap", "lmsysorg/sglang:v0.6.1"),
    server("--tp-size 8 --dp-size 2 --enable-dp-attention --enable-dp-lm-head"), server("--enable-dp-lm-head $MORE"),
    server("--enable-dp-lm-head", image="lmsysorg/sglang:v0.3.9"), server("--quantization fp8"),
    (server("--quantization awq"), NOTHING), server("--moe-dense-tp-size 1"),
]  # fmt: skip
ALSO_BAD = [
    _run("--tp-size 8 --enable-two-batch-overlap"), _run("--enable-lora"), _run("--enable-ssl-refresh"),
    _run("--enable-hierarchical-cache --disable-radix-cache"), (_run("--quantization awq"), _GPT),
    _run("--enable-two-batch-overlap", "lmsysorg/sglang:v0.5.12"),
    server("--enable-dp-lm-head"), server("--enable-dp-lm-head", image="lmsysorg/sglang:v0.4.8"),
    server("--quantization awq"), server("--moe-dense-tp-size 2"),
    (_run("--attention-backend flashinfer"), _GPT), (_run("--attention-backend flashinfer", _9), _HOPPER),
    (_run("--attention-backend fa3 --decode-attention-backend flashinfer"), _HOPPER),
    (_run("--tp-size 8 --ep-size 8 --moe-runner-backend triton_kernel"), _HOPPER),
    (_run("--tp-size 8 --moe-a2a-backend deepep --moe-runner-backend triton_kernel"), _HOPPER),
    _run("--tp-size 8 --ep-size 8 --moe-runner-backend cutlass"),
    _run("--tp-size 8 --moe-runner-backend flashinfer_cutlass"),
    (_run("--tp-size 8 --moe-runner-backend flashinfer_cutedsl"), _GPT),
    (_run("--tp-size 8 --ep-size 4 --moe-runner-backend flashinfer_cutlass"), _FP4),
    (_run("--tp-size 8 --moe-runner-backend flashinfer_cutedsl --moe-a2a-backend mooncake"), _FP4),
    (_run("--tp-size 8 --moe-a2a-backend flashinfer"), _FP4),
    (_run("--tp-size 8 --dp-size 4 --enable-dp-attention --moe-a2a-backend flashinfer"), _FP4),
    _run("--tp-size 8 --dp-size 8 --enable-dp-attention --moe-a2a-backend flashinfer --moe-runner-backend deep_gemm"),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend trtllm_mla"),
    _run("--tp-size 8 --enable-deterministic-inference --attention-backend flashinfer"),
    _run("--tp-size 8 --enable-deterministic-inference"), (_run("--enable-deterministic-inference"), _GPT),
    _run(f"{_TREE} --attention-backend trtllm_mla"), _run(_TREE), _run(f"{_TREE} --attention-backend flashmla"),
    _run(f"{_TREE} --attention-backend fa4 --page-size 32"),
    _run(f"{_TREE} --attention-backend fa3 --page-size 32", _9),
    (_run(f"{_TREE} --attention-backend trtllm_mha"), _LLAMA), _run("--tp-size 8 --dp-size 2 --nnodes 2", _9),
    server("--dp-size 2 --nnodes 2 --tp-size 8", kind="StatefulSet", image="lmsysorg/sglang:latest"),
    server("--speculative-algorithm EAGLE --pp-size 2"),
    _run("--pp-size 2 --enable-mixed-chunk", _9), _run("--speculative-algorithm EAGLE --pp-size 2"),
    _run("--tp-size 8 --dp-size 2 --enable-dp-attention --speculative-algorithm STANDALONE"),
    _run("--tp-size 8 --dp-size 2 --enable-dp-attention --speculative-algorithm NGRAM"),
    _run("--speculative-algorithm DFLASH"), (_run("--lora-paths a --speculative-algorithm EAGLE3"), _LLAMA),
    server("--lora-paths a"), server("--enable-deepep-moe --enable-dp-attention --dp-size 2 --tp-size 8"),
    server("--enable-deepep-moe --deepep-mode auto --enable-dp-attention --dp-size 2 --tp-size 8"),
    _run("--attention-backend flex_attention --speculative-algorithm EAGLE"),
    _run("--attention-backend trtllm_mla --kv-cache-dtype fp8_e5m2"),
    _run("--prefill-attention-backend cutedsl_mla"), _run("--served-model-name r1:latest"),
    _run("--enable-priority-scheduling --schedule-policy lpm"), _run("--export-metrics-to-file"),
    _run("--disable-cuda-graph-padding --enable-torch-compile"),
]  # fmt: skip

_DRAFTS = "max_draft_len: 3, speculative_model_dir: /m"
ALSO_GOOD += [
    llm(f"speculative_config: {{decoding_type: Eagle, {_DRAFTS}}}"), llm("stream_interval: 10"),
    llm("speculative_config: {decoding_type: MTP, num_nextn_predict_layers: 3}"), llm("load_format: auto"),
    llm("speculative_config: {decoding_type: NGram, max_draft_len: 3}"), llm("batch_wait_max_tokens_ratio: 0.5"),
    llm("attention_dp_config: {timeout_iters: -1}"), llm("kv_cache_config: {max_attention_window: [128, 32768]}"),
    llm(f"speculative_config: {{decoding_type: Eagle3, {_DRAFTS}}}", image="tensorrt-llm/release:1.3.0rc20"),
    llm("speculative_config: {decoding_type: $KIND}"), llm("speculative_config: {decoding_type: Eagle}", "$MORE"),
    llm("speculative_config:"), llm("ray_worker_extension_cls: a.B\norchestrator_type: ray"),
]  # fmt: skip
ALSO_BAD += [
    llm("speculative_config: {decoding_type: EAGLE3, max_draft_len: 3}"),
    llm("speculative_config: {decoding_type: Eagle, max_draft_len: 3}"),
    llm("speculative_config: {decoding_type: Eagle, speculative_model_dir: /m}"),
    llm(f"speculative_config: {{decoding_type: Eagle, use_dynamic_tree: true, {_DRAFTS}}}"),
    llm(f"speculative_config: {{decoding_type: Draft_Target, {_DRAFTS}}}"), llm("stream_interval: 0"),
    llm("attention_dp_config: {enable_balance: true, timeout_iters: -1}"), llm("load_format: safetensors"),
    llm("kv_cache_config: {max_attention_window: []}"), llm("batch_wait_max_tokens_ratio: 2"),
    llm("kv_cache_config: {max_attention_window: [0]}"), llm("batch_wait_timeout_ms: -1"),
    llm("ray_worker_extension_cls: a.B"), llm("kv_cache_config: {max_gpu_total_bytes: -1}"),
]  # fmt: skip

APART = ("attn-dp-size",)
"""Arguments that share a meaning with others for who counts GPUs, but not for the engine's checks."""


@once_a_place
def check(overlay: Overlay) -> Iterator[Problem]:
    for run in runs(overlay):
        if run.command in run.engine.kind.loading:
            yield from _refused(overlay, run)


def _refused(overlay: Overlay, run: Run) -> Iterator[Problem]:
    known, shown = settled(overlay, run.engine.container), all_shown(overlay, run)

    def value(name: str) -> str | None:
        given = run.find(name) or run.llm(name)
        if given is None or (name in APART and plain(given.name) != name):
            return "" if shown else None
        text = expand(str(given.value), known)
        return None if UNKNOWN in text or hidden(text) else text

    told = Told(
        value=value,
        version=run.version,
        model=overlay.model,
        majors=frozenset(hw.capability[0] for hw in machines(overlay, run.engine.container.pod)),
        hosts=_hosts(overlay, run, value("nnodes")),
        variables=frozenset(known),
    )
    named: set[str] = set()
    for name, why, certain in run.engine.kind.refused(told):
        given = run.find(name) or run.llm(name)
        if given is not None and (name not in named or certain):
            named.add(name)
            shown_value = "" if given.value is True else f" {value(name)}"
            severity = "error" if certain else "warning"
            yield Problem(given.resource, given.pointer, f"{given.name}{shown_value} {why}", severity=severity)


def _hosts(overlay: Overlay, run: Run, nodes: str | None) -> int | None:
    """Over how many hosts a run spreads: as it is told, or as its group has pods and its launcher tells it."""
    if nodes:
        return whole(nodes)
    group = group_of(overlay, run.engine.container)
    return group.pods if group and "--nnodes" in run.engine.script else None
