"""Relations between SGLang's arguments: each with what makes it speak, what silences it, and the versions around it.

A start is written as ``name=value`` with blanks between; ``name=?`` is what only the running program knows. That the
engine itself refuses these is for the oracle to say (`make oracle`).
"""

from __future__ import annotations

import pytest

from servelint.catalogue.load import load_models
from servelint.engines import kind, sglang_refusals
from servelint.engines.kind import Told
from support import ROOT

MODELS = load_models(ROOT)
GPT, R1, LLAMA, QWEN = "gpt-oss-120b", "deepseek-r1", "llama-3-3-70b-instruct", "qwen3-235b-a22b-fp8"
A = "attention-backend"


def told(start: str, version: str | None = "0.5.14", model: str = LLAMA, major: int = 9, hosts: int | None = 1) -> Told:
    given = dict(pair.split("=", 1) for pair in start.split())
    values = {name: None if value == "?" else value for name, value in given.items()}
    known = MODELS[model] if model else None
    return Told(lambda name: values.get(name, ""), version, known, frozenset({9, 10} if major == 0 else {major}), hosts)


def refused(start: str, **more: object) -> list[str]:
    return [name for name, _ in sglang_refusals.refused(told(start, **more))]  # type: ignore[arg-type]


def rows(text: str) -> list[list[str]]:
    """Lines of three cells: the start, the facts that are not the usual ones, and the names that are refused."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


@pytest.mark.parametrize(
    ("start", "facts", "names"),
    rows("""
    attention-backend=flashinfer | model=gpt-oss-120b | attention-backend
    attention-backend=fa3 | model=gpt-oss-120b |
    attention-backend=intel_amx | model=gpt-oss-120b |
    attention-backend=? | model=gpt-oss-120b |
    attention-backend=flashinfer | |
    attention-backend=flashinfer | model= |
    attention-backend=flashinfer | model=gpt-oss-120b version=0.5.1 |
    attention-backend=fa3 decode-attention-backend=flashinfer | model=gpt-oss-120b | decode-attention-backend
    attention-backend=flashinfer decode-attention-backend=fa3 prefill-attention-backend=fa3 | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel ep-size=2 | model=gpt-oss-120b | moe-runner-backend
    moe-runner-backend=triton_kernel ep-size=1 | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel ep-size=? | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel | model=gpt-oss-120b |
    moe-runner-backend=triton ep-size=2 | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel ep-size=2 quantization=fp8 | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel ep-size=2 | |
    moe-runner-backend=triton_kernel moe-a2a-backend=deepep tp-size=8 | model=gpt-oss-120b | moe-runner-backend
    moe-runner-backend=triton_kernel moe-a2a-backend=none tp-size=8 | model=gpt-oss-120b |
    moe-runner-backend=triton_kernel moe-a2a-backend=? ep-size=8 | model=gpt-oss-120b |
    moe-runner-backend=cutlass ep-size=2 quantization=fp8 | | moe-runner-backend
    moe-runner-backend=cutlass ep-size=1 quantization=fp8 | |
    moe-runner-backend=cutlass ep-size=2 quantization=awq | |
    moe-runner-backend=cutlass ep-size=2 | |
    moe-runner-backend=triton ep-size=2 quantization=fp8 | |
    moe-runner-backend=cutlass ep-size=2 | model=deepseek-r1 major=10 | moe-runner-backend
    moe-runner-backend=cutlass ep-size=2 | model=deepseek-r1 |
    moe-runner-backend=cutlass ep-size=2 | model=deepseek-r1 major=0 |
    moe-runner-backend=cutlass ep-size=2 quantization=fp8 | version=0.5.8 |
    moe-runner-backend=flashinfer_trtllm quantization=awq | | moe-runner-backend
    moe-runner-backend=flashinfer_trtllm quantization=awq | version=0.5.8 |
    moe-runner-backend=flashinfer_trtllm quantization=fp8 | |
    moe-runner-backend=flashinfer_trtllm quantization=? | |
    moe-runner-backend=flashinfer_trtllm quantization=auto | |
    moe-runner-backend=flashinfer_trtllm quantization=modelopt | |
    moe-runner-backend=flashinfer_trtllm quantization=unquant | |
    moe-runner-backend=flashinfer_trtllm | |
    moe-runner-backend=flashinfer_cutedsl | | moe-runner-backend
    moe-runner-backend=flashinfer_cutedsl | version=0.5.13 |
    moe-runner-backend=flashinfer_cutedsl | model= |
    moe-runner-backend=flashinfer_cutedsl quantization=unquant | model= | moe-runner-backend
    moe-runner-backend=flashinfer_cutedsl quantization=mxfp8 | |
    moe-runner-backend=flashinfer_cutedsl | model=deepseek-r1-nvfp4 |
    moe-runner-backend=flashinfer_cutlass ep-size=4 tp-size=8 | | ep-size
    moe-runner-backend=flashinfer_cutlass ep-size=8 tp-size=8 | |
    moe-runner-backend=flashinfer_cutlass ep-size=1 tp-size=8 | |
    moe-runner-backend=flashinfer_cutlass ep-size=4 tp-size=? | |
    moe-runner-backend=auto ep-size=4 tp-size=8 | |
    moe-runner-backend=flashinfer_cutlass ep-size=4 tp-size=8 | version=0.5.13 |
    moe-runner-backend=flashinfer_cutedsl quantization=modelopt_fp4 moe-a2a-backend=mori | | moe-a2a-backend
    moe-runner-backend=flashinfer_cutedsl quantization=modelopt_fp4 moe-a2a-backend=deepep | |
    moe-runner-backend=flashinfer_cutedsl quantization=modelopt_fp4 | |
    moe-runner-backend=auto moe-a2a-backend=mori | |
    moe-a2a-backend=flashinfer | | moe-a2a-backend
    moe-a2a-backend=flashinfer enable-dp-attention=true tp-size=8 dp-size=8 | |
    moe-a2a-backend=flashinfer enable-dp-attention=true tp-size=8 dp-size=4 | | moe-a2a-backend
    moe-a2a-backend=flashinfer enable-dp-attention=true tp-size=8 dp-size=? | |
    moe-a2a-backend=flashinfer enable-dp-attention=? tp-size=8 dp-size=8 | |
    moe-a2a-backend=flashinfer attn-dp-size=8 tp-size=8 dp-size=8 | |
    moe-a2a-backend=flashinfer enable-prefill-cp=true tp-size=8 dp-size=8 | |
    moe-a2a-backend=deepep | |
    moe-a2a-backend=flashinfer enable-dp-attention=1 moe-runner-backend=triton | | moe-runner-backend
    moe-a2a-backend=flashinfer enable-dp-attention=1 moe-runner-backend=flashinfer_cutlass | |
    moe-a2a-backend=flashinfer enable-dp-attention=1 moe-runner-backend=deep_gemm | | moe-runner-backend
    moe-a2a-backend=flashinfer enable-dp-attention=1 moe-runner-backend=deep_gemm | version=0.5.15 |
    moe-a2a-backend=deepep moe-runner-backend=triton | |
    enable-deterministic-inference=true attention-backend=trtllm_mla | | attention-backend
    enable-deterministic-inference=true attention-backend=fa3 | |
    enable-deterministic-inference=true attention-backend=aiter | |
    enable-deterministic-inference=false attention-backend=trtllm_mla | |
    enable-deterministic-inference=true attention-backend=flashinfer | |
    enable-deterministic-inference=true attention-backend=flashinfer | model=deepseek-r1 | attention-backend
    enable-deterministic-inference=true | |
    enable-deterministic-inference=true | model=deepseek-r1 major=10 | enable-deterministic-inference
    enable-deterministic-inference=true | model=deepseek-r1 major=10 version=0.5.13 |
    enable-deterministic-inference=true | model=deepseek-r1 |
    enable-deterministic-inference=true | model=gpt-oss-120b major=10 | enable-deterministic-inference
    enable-deterministic-inference=true | model=gpt-oss-120b |
    enable-deterministic-inference=true | model=gpt-oss-120b major=0 |
    enable-deterministic-inference=true decode-attention-backend=fa3 | model=deepseek-r1 major=10 |
    enable-deterministic-inference=true attention-backend=trtllm_mla prefill-attention-backend=fa3 | | attention-backend
    enable-deterministic-inference=true attention-backend=trtllm_mla prefill-attention-backend=fa3 decode-attention-backend=fa3 | |
    enable-deterministic-inference=true attention-backend=trtllm_mla decode-attention-backend=? | |
    enable-deterministic-inference=true attention-backend=trtllm_mla | version=0.5.4 |
    speculative-algorithm=EAGLE speculative-eagle-topk=4 page-size=64 attention-backend=cutlass_mla | | speculative-eagle-topk
    speculative-algorithm=standalone speculative-eagle-topk=4 page-size=64 attention-backend=cutlass_mla | | speculative-eagle-topk
    speculative-algorithm=NGRAM speculative-eagle-topk=4 page-size=64 attention-backend=cutlass_mla | |
    speculative-algorithm=EAGLE speculative-eagle-topk=1 page-size=64 attention-backend=cutlass_mla | |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=torch_native | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=1 attention-backend=torch_native | |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=2 attention-backend=torch_native | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=1 attention-backend=flashmla | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=1 attention-backend=torch_native decode-attention-backend=flashmla | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=fa3 | |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=fa3 | version=0.5.13 | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=flashinfer | version=0.5.13 |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=torch_native | version=0.5.1 |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=? attention-backend=torch_native | |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 page-size=64 attention-backend=torch_native decode-attention-backend=? | |
    speculative-algorithm=EAGLE speculative-eagle-topk=2 attention-backend=trtllm_mha | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=2 attention-backend=fa3 prefill-attention-backend=trtllm_mha | | speculative-eagle-topk
    speculative-algorithm=EAGLE speculative-eagle-topk=1 attention-backend=trtllm_mha | |
    dp-size=2 | hosts=2 | dp-size
    dp-size=1 | hosts=2 |
    dp-size=2 | hosts=1 |
    dp-size=2 | hosts= |
    dp-size=? | hosts=2 |
    dp-size=2 enable-dp-attention=true | hosts=2 |
    dp-size=2 | hosts=2 version= | dp-size
    speculative-algorithm=EAGLE pp-size=2 | | speculative-algorithm
    speculative-algorithm=EAGLE pp-size=1 | |
    speculative-algorithm=EAGLE pp-size=? | |
    speculative-algorithm=EAGLE pp-size=2 | version=0.5.15 |
    speculative-algorithm=EAGLE pp-size=2 | version=0.4.6.post3 |
    speculative-algorithm=EAGLE pp-size=2 | version= |
    enable-mixed-chunk=true pp-size=2 | version=0.5.9 | enable-mixed-chunk
    enable-mixed-chunk=false pp-size=2 | version=0.5.9 |
    enable-mixed-chunk=true pp-size=2 | version=0.5.10 |
    speculative-algorithm=standalone enable-dp-attention=true | | speculative-algorithm
    speculative-algorithm=STANDALONE | |
    speculative-algorithm=NGRAM enable-dp-attention=1 | | speculative-algorithm
    speculative-algorithm=EAGLE enable-dp-attention=1 | |
    speculative-algorithm=DFLASH | | speculative-algorithm
    speculative-algorithm=dflash speculative-draft-model-path=a | |
    speculative-algorithm=DFLASH speculative-draft-model-path=? | |
    speculative-algorithm=EAGLE enable-lora=true | | speculative-algorithm
    speculative-algorithm=EAGLE lora-paths=a=b | | speculative-algorithm
    speculative-algorithm=EAGLE lora-paths=a=b enable-lora=false | |
    speculative-algorithm=NGRAM enable-lora=true | |
    enable-lora=true | |
    speculative-algorithm=EAGLE enable-lora=true | version=0.5.15 |
    lora-paths=a=b | version=0.4.6.post4 | lora-paths
    lora-paths=a=b disable-radix-cache=true | version=0.4.6.post4 |
    lora-paths=a=b disable-radix-cache=? | version=0.4.6.post4 |
    lora-paths=a=b | version=0.5 |
    enable-deepep-moe=true enable-dp-attention=true | version=0.4.8 | enable-deepep-moe
    enable-deepep-moe=true enable-dp-attention=true deepep-mode=auto | version=0.4.8 | deepep-mode
    enable-deepep-moe=true enable-dp-attention=true deepep-mode=normal | version=0.4.8 |
    enable-deepep-moe=true | version=0.4.8 |
    enable-dp-attention=true deepep-mode=auto | version=0.4.8 |
    attention-backend=flex_attention speculative-algorithm=NGRAM | | attention-backend
    attention-backend=flex_attention | |
    attention-backend=fa3 speculative-algorithm=NGRAM | |
    attention-backend=trtllm_mla kv-cache-dtype=fp8_e5m2 | | kv-cache-dtype
    attention-backend=fa3 decode-attention-backend=trtllm_mla kv-cache-dtype=fp8_e5m2 | | kv-cache-dtype
    attention-backend=trtllm_mla kv-cache-dtype=fp8_e4m3 | |
    attention-backend=fa3 kv-cache-dtype=fp8_e5m2 | |
    prefill-attention-backend=cutedsl_mla | | prefill-attention-backend
    decode-attention-backend=cutedsl_mla | |
    served-model-name=a:b | | served-model-name
    served-model-name=s3://a:b | |
    served-model-name=ab | |
    served-model-name=a:b | version=0.5.8 |
    enable-priority-scheduling=true schedule-policy=lpm | | schedule-policy
    enable-priority-scheduling=true schedule-policy=lof | |
    enable-priority-scheduling=true schedule-policy=? | |
    enable-priority-scheduling=true | |
    schedule-policy=lpm | |
    export-metrics-to-file=true | | export-metrics-to-file
    export-metrics-to-file=true export-metrics-to-file-dir=/a | |
    export-metrics-to-file=true export-metrics-to-file-dir=? | |
    export-metrics-to-file-dir=/a | |
    disable-cuda-graph-padding=true enable-torch-compile=true | | disable-cuda-graph-padding
    disable-cuda-graph-padding=true | |
    enable-torch-compile=true | |
    nnodes=3 tp-size=8 | | nnodes
    nnodes=3 tp-size=2 pp-size=3 | |
    nnodes=2 tp-size=8 | |
    nnodes=3 tp-size=? | |
    nnodes=3 tp-size=8 pp-size=? | |
    nnodes=3 tp-size=8 ep-join-mode=a | |
    tp-size=8 | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa3 | | chunked-prefill-size
    chunked-prefill-size=128 page-size=64 attention-backend=fa3 | |
    chunked-prefill-size=-1 page-size=64 attention-backend=fa3 | |
    chunked-prefill-size=100 page-size=64 | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa4 | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa3 decode-attention-backend=fa3 | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa3 enable-dp-attention=true | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa3 disaggregation-mode=prefill | |
    chunked-prefill-size=100 page-size=64 attention-backend=fa3 | version=0.4.5 |
    """),
)
def test_what_is_refused(start: str, facts: str, names: str) -> None:
    more: dict[str, object] = {}
    for name, value in (pair.split("=") for pair in facts.split()):
        more[name] = (
            (int(value) if value else None)
            if name in ("major", "hosts")
            else value or ("" if name == "model" else None)
        )
    assert refused(start, **more) == names.split()


@pytest.mark.parametrize(
    ("start", "version", "speaks"),
    [
        ("moe-a2a-backend=flashinfer", "0.5.23", True),
        ("moe-a2a-backend=flashinfer", "0.5.24", False),
        ("nnodes=3 tp-size=8", "0.9", True),
        ("nnodes=3 tp-size=8", "latest", True),
        ("moe-a2a-backend=flashinfer", "latest", False),
    ],
)
def test_versions_that_nobody_has_read(start: str, version: str, speaks: bool) -> None:
    """Rows with a first version end with the newest that was read; those without bounds stand in all."""
    assert bool(refused(start, version=version)) == speaks


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (
            "speculative-algorithm=EAGLE speculative-eagle-topk=1 speculative-num-steps=3 speculative-num-draft-tokens=8",
            "becomes 4, one more than the steps of a chain",
        ),
        (
            "speculative-algorithm=nextn speculative-eagle-topk=1 speculative-num-steps=3 speculative-num-draft-tokens=5",
            "becomes 4, one more than the steps of a chain",
        ),
        (
            "speculative-algorithm=EAGLE speculative-eagle-topk=1 speculative-num-steps=3 speculative-num-draft-tokens=4",
            "",
        ),
        (
            "speculative-algorithm=EAGLE speculative-eagle-topk=2 speculative-num-steps=3 speculative-num-draft-tokens=8",
            "",
        ),
        (
            "speculative-algorithm=STANDALONE speculative-eagle-topk=1 speculative-num-steps=3 speculative-num-draft-tokens=8",
            "",
        ),
        ("speculative-algorithm=EAGLE speculative-eagle-topk=1 speculative-num-draft-tokens=8", ""),
        ("speculative-algorithm=EAGLE speculative-eagle-topk=1 speculative-num-steps=3", ""),
    ],
)
def test_what_is_replaced(start: str, found: str) -> None:
    assert list(sglang_refusals.overridden(told(start))) == ([("speculative-num-draft-tokens", found)] if found else [])


@pytest.mark.parametrize(
    ("start", "model", "words"),
    [
        ("attention-backend=flashinfer", GPT, "openai/gpt-oss-120b needs: fa3, fa4, triton, trtllm_mha have"),
        ("moe-runner-backend=flashinfer_cutedsl", LLAMA, "but the weights are not quantised"),
        ("moe-runner-backend=flashinfer_cutedsl", QWEN, "but the weights are fp8"),
        ("moe-runner-backend=cutlass ep-size=2 quantization=fp8", R1, "and ep-size is 2"),
        ("nnodes=3 tp-size=4 pp-size=2", LLAMA, "tp-size times pp-size, 8"),
        ("moe-runner-backend=flashinfer_cutlass ep-size=4 tp-size=8", LLAMA, "takes 1 or all 8 ranks"),
    ],
)
def test_what_is_said(start: str, model: str, words: str) -> None:
    ((_, why),) = sglang_refusals.refused(told(start, model=model))
    assert words in why


def test_every_relation_of_a_version_is_to_be_proved() -> None:
    refusing, replacing = sglang_refusals.to_prove("0.5.14")
    rows = [row for row in sglang_refusals.REFUSALS if not row.until or row.until > "0.5.14"]
    of_layers = [row for row in rows if row.source.startswith("layers/")]  # asserted later than arguments are read
    assert len(refusing) == len(rows) - len(of_layers) and len(of_layers) == 1 and len(replacing) == 1
    assert len(sglang_refusals.to_prove("0.9")[0]) == 2


def test_the_engine_says_once_what_its_relations_say() -> None:
    """Of an argument of which a relation speaks, the table of what the oracle found says nothing more."""
    chain = told(
        "speculative-algorithm=EAGLE speculative-eagle-topk=1 speculative-num-steps=3 speculative-num-draft-tokens=8"
    )
    name = "speculative-num-draft-tokens"
    assert [found for found in kind("sglang").overridden(chain) if found[0] == name] == [
        (name, "becomes 4, one more than the steps of a chain", True)
    ]
    refusals = list(kind("sglang").refused(told("nnodes=3 tp-size=8")))
    assert [found for found in refusals if found[0] == "nnodes"] == [
        ("nnodes", "does not divide tp-size times pp-size, 8", True)
    ]
