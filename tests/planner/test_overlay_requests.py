"""What an overlay asks of GPU memory: which engines, with which numbers, and where to edit what breaks."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, template, thing
from servelint.catalogue.load import load_hardware, load_models
from servelint.model import Overlay
from servelint.planner import overlay as planned
from servelint.planner.plan import Breach
from support import ROOT

HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)
SERVE = "python3 -m sglang.launch_server"
TRTLLM = "nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2"


def given(
    command: str, model: str | None = "llama-3-1-405b", hardware: str = "a3ultra", gpus: int = 8, files: dict[str, str] | None = None,
    image: str = "lmsysorg/sglang:v0.5.14", **pod: Any,
) -> Overlay:  # fmt: skip
    container = main(gpus, image=image, command=command.split(), volumeMounts=[{"name": "m", "mountPath": "/m"}])
    spec = {"containers": [container], "volumes": [{"name": "m", "configMap": {"name": "c"}}], **pod}
    return overlay(
        thing("Pod", spec=spec), config("c", **(files or {})), model=MODELS.get(model or ""), hardware=HARDWARE.get(hardware), all_hardware=HARDWARE, all_models=MODELS
    )  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        (given(SERVE), 1), (given(SERVE, gpus=0), 0), (given(SERVE, hardware=""), 0), (given(SERVE, None), 0), (given("sleep 1"), 0), (given("trtllm-build --tp_size 8"), 0),
        (given("tritonserver --x"), 0), (given("python3 -m sglang.bench_serving --x 1"), 1), (given(f"{SERVE} --tp x"), 0),
        (given(SERVE, nodeSelector={"cloud.google.com/gke-accelerator": HARDWARE["a4x"].accelerator}), 0),
        (given(SERVE, hardware="", nodeSelector={"cloud.google.com/gke-accelerator": HARDWARE["a4x"].accelerator}), 1),
        (given(SERVE, files={"e.yaml": "launch_server: {tp: 8}\nbench_serving: {tp: 4}"}), 2),
    ],
)  # fmt: skip
def test_runs_that_can_be_planned(subject: Overlay, count: int) -> None:
    assert len(planned.asked(subject)) == count


@pytest.mark.parametrize(
    ("command", "files", "wanted"),
    [
        (SERVE, {}, {"version": "0.5.14", "hosts": 1, "most_tokens": None, "batch_tokens": None}),
        (f"{SERVE} --quantization bf16", {}, {"quantization": None}), (f"{SERVE} --quantization fp8", {}, {"quantization": "fp8"}), (f"{SERVE} --quantization modelopt_fp4", {}, {"quantization": "nvfp4"}),
        (f"{SERVE} --nnodes 2", {}, {"hosts": 2}), (f"{SERVE} --max-total-tokens 7", {}, {"most_tokens": 7}), (f"{SERVE} --max-total-tokens -7", {}, {"most_tokens": None}),
        (f"{SERVE} --chunked-prefill-size 9", {}, {"batch_tokens": 9}), (f"{SERVE} --chunked-prefill-size -1", {}, {"batch_tokens": None}), (f"{SERVE} --context-length -1", {}, {"context": None}),
        (f"{SERVE} --mem-fraction-static 0.5", {}, {"memory_fraction": 0.5}), (f"{SERVE} --mem-fraction-static", {}, {"memory_fraction": None}), (f"{SERVE} --mem-fraction-static 1e999", {}, {"memory_fraction": None}),
        ("trtllm-serve m", {"e.yaml": "llm_api_args: {kv_cache_config: {max_tokens: 5, free_gpu_memory_fraction: 0.3, dtype: FP8}, max_seq_len: 9}"},
         {"most_tokens": 5, "memory_fraction": 0.3, "kv_precision": "fp8", "context": 9}),
        ("trtllm-serve m --kv_cache_free_gpu_memory_fraction 0.4", {"e.yaml": "llm_api_args: {kv_cache_config: {free_gpu_memory_fraction: 0.3}}"}, {"memory_fraction": 0.3}),
        ("trtllm-serve m --kv_cache_free_gpu_memory_fraction 0.4", {"e.yaml": "llm_api_args: {kv_cache_config: 7}"}, {"memory_fraction": 0.4}),
        ("trtllm-serve m --free_gpu_memory_fraction 0.4 --max_num_tokens 3", {}, {"memory_fraction": 0.4, "batch_tokens": 3}),
        ("trtllm-bench throughput --isl 100 --osl 20", {}, {"context": 120}), ("trtllm-bench throughput --isl 100", {}, {"context": None}),
        ("trtllm-bench throughput --osl 100", {}, {"context": None}), ("trtllm-bench throughput --isl x --osl 100", {}, {"context": None}), ("trtllm-bench throughput --isl 0 --osl 0", {}, {"context": None}),
        ("trtllm-bench throughput --input-mean 3 --output-mean 4", {}, {"context": 7}), (f"{SERVE} --quantization", {}, {"quantization": None}),
        ("trtllm-bench throughput --x /m/e.yaml", {"e.yaml": "experiments: [{isl: 1, osl: 2}, {isl: 5, osl: 6}]"}, {"context": 11}),
        ("trtllm-bench throughput --max_seq_len 4 --isl 100 --osl 20", {}, {"context": 4}), ("trtllm-bench throughput --max_seq_len 0 --isl 100 --osl 20", {}, {"context": None}),
    ],
)  # fmt: skip
def test_numbers_of_a_request(command: str, files: dict[str, str], wanted: dict[str, Any]) -> None:
    found = planned.asked(
        given(command, files=files, image=TRTLLM if command.startswith("trtllm") else "lmsysorg/sglang:v0.5.14")
    )
    assert [{name: getattr(item.request, name) for name in wanted} for item in found] == [wanted]


@pytest.mark.parametrize(
    ("command", "files", "count"),
    [
        (f"{SERVE} --speculative-algorithm EAGLE", {}, 1), (f"{SERVE} --speculative-algorithm NGRAM", {}, 0), (SERVE, {}, 0),
        (SERVE, {"e.yaml": "launch_server: {speculative-algorithm: NEXTN}"}, 1),
        ("trtllm-serve m", {"e.yaml": "llm_api_args: {speculative_config: {decoding_type: MTP}}"}, 1),
        ("trtllm-serve m", {"e.yaml": "llm_api_args: {speculative_config: 7}"}, 0),
        ('vllm serve m --speculative-config {"method":"mtp"}', {}, 1), ("vllm serve m --speculative-config.method mtp", {}, 1),
        ("vllm serve m --speculative-config {", {}, 0), ("vllm serve m", {"e.yaml": "serve: {speculative-config: {method: deepseek_mtp}}"}, 1),
    ],
)  # fmt: skip
def test_modules_that_draft(command: str, files: dict[str, str], count: int) -> None:
    """However the argument is written."""
    (item,) = planned.asked(given(command, "deepseek-r1", files=files))
    assert planned.kind(item.engine.name).modules(item.request.setup) == count


def test_what_only_a_checkpoint_can_be() -> None:
    """INT4 and its like are counted as stored; of a checkpoint in BF16 nobody knows what was meant."""
    four = next(name for name, model in MODELS.items() if model.native_precision == "int4")
    for word in ("awq", "w4afp8", "compressed-tensors"):
        (item,) = planned.asked(given(f"{SERVE} --quantization {word}", four))
        assert item.request.quantization is None
        assert planned.asked(given(f"{SERVE} --quantization {word}", "llama-3-1-405b")) == ()


@pytest.mark.parametrize("model", ["deepseek-r1", "deepseek-r1-nvfp4"])
def test_a_quantised_checkpoint_stays_as_it_is(model: str) -> None:
    for word in ("fp8", "modelopt_fp4"):
        (item,) = planned.asked(given(f"{SERVE} --quantization {word}", model))
        assert item.request.quantization is None


def test_hosts_are_those_of_the_group() -> None:
    for gpus, size, hosts in ((8, 2, 2), (4, 3, 2), (4, 2, 1), (4, 1, 1)):
        inner = template(gpus, image="lmsysorg/sglang:v0.5.14", command=SERVE.split())
        group = thing("LeaderWorkerSet", spec={"leaderWorkerTemplate": {"size": size, "workerTemplate": inner}})
        (item,) = planned.asked(overlay(group, model=MODELS["llama-3-1-405b"], hardware=HARDWARE["a3ultra"]))
        assert item.request.hosts == hosts


@pytest.mark.parametrize(
    ("line", "constraint", "last"),
    [
        ("--context-length 9 --mem-fraction-static 0.5 --tp 8", "context", 3), ("--x 9 --mem-fraction-static 0.5 --tp 8", "context", 5), ("--x 9 --tp 8", "context", 5),
        ("--context-length 9 --mem-fraction-static 0.5 --tp 8", "pool", 5), ("--context-length 9 --mem-fraction-static 0.5 --tp 8", "activations", 5), ("--context-length 9 --tp 8", "pool", 5),
        ("--context-length 9 --mem-fraction-static 0.5 --tp 8", "weights", 7), ("--tp 8 --pp 1", "weights", 3), ("--x 9", "context", "nvidia.com/gpu"), ("--x 9", "weights", "nvidia.com/gpu"),
    ],
)  # fmt: skip
def test_where_to_edit(line: str, constraint: str, last: int | str) -> None:
    subject = given(f"{SERVE} {line}")
    (item,) = planned.asked(subject)
    resource, pointer = item.place(Breach(constraint, "error", ""))
    assert (resource, pointer[-1]) == (subject.resources[0], last)


@pytest.mark.parametrize(
    ("command", "constraint", "advertised"),
    [
        (SERVE, "context", True), (f"{SERVE} --context-length 9", "context", False), (SERVE, "pool", False), ("vllm serve m", "context", False), ("trtllm-serve m", "context", True),
    ],
)  # fmt: skip
def test_contexts_that_nobody_wrote(command: str, constraint: str, advertised: bool) -> None:
    (item,) = planned.asked(given(command))
    assert item.advertised(Breach(constraint, "error", "")) is advertised


@pytest.mark.parametrize(
    ("subject", "constraints", "plans"),
    [
        (given(f"{SERVE} --tp 8"), [], 1), (given(SERVE, gpus=1), ["weights"], 1), (given(f"{SERVE} --tp 7"), [], 1), (given(f"{SERVE} --tp 16"), [], 1), (given(f"{SERVE} --tp 7 --mem-fraction-static 0.3"), ["pool"], 1),
        (given(f"{SERVE} --tp 8 --mem-fraction-static 0.3"), ["pool"], 1), (given(f"{SERVE} --tp 8 --context-length 999999999"), ["buffers"], 1), (given(f"{SERVE} --tp 8 --context-length 500000"), ["context"], 1),
        (given(SERVE, files={"e.yaml": "launch_server: {tp: 1}\nbench_serving: {tp: 2}"}), ["weights", "weights"], 2),
    ],
)  # fmt: skip
def test_what_breaks_once_a_place(subject: Overlay, constraints: list[str], plans: int) -> None:
    assert [breach.constraint for _, breach in planned.memory_breaches(subject)] == constraints
    assert len(planned.plans(subject)) == plans


NVFP4, MXFP4 = "deepseek-r1-nvfp4", "gpt-oss-120b"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        (given(f"{SERVE} --tp 8", NVFP4, "a4high"), []), (given(f"{SERVE} --tp 8", NVFP4), [("warning", None)]), (given("trtllm-serve m --tp_size 8", NVFP4), [("error", None)]),
        (given(f"{SERVE} --tp 8 --moe-runner-backend marlin", NVFP4), []), (given(f"{SERVE} --tp 8 --moe-runner-backend triton_kernel", MXFP4), []),
        (given(f"{SERVE} --tp 8 --moe-runner-backend flashinfer", MXFP4), [("warning", None)]), (given("trtllm-serve m --tp_size 8 --moe-runner-backend marlin", NVFP4), [("error", None)]),
        (given(f"{SERVE} --tp 8 --quantization modelopt_fp4"), [("warning", 5)]), (given(f"{SERVE} --tp 8 --kv-cache-dtype nvfp4"), [("error", 5)]), (given(f"{SERVE} --tp 8 --quantization fp8"), []),
        # without a model of the catalogue its name tells
        (given(f"{SERVE} --model-path nvidia/X-FP4", None), [("warning", 3)]), (given(f"{SERVE} --model-path nvidia/X-NVFP4-v2", None), [("warning", 3)]), (given(f"{SERVE} --model-path x/MXFP4", None), []),
        (given(f"{SERVE} --model-path nvidia/X-FP4", None, "a4high"), []), (given(f"{SERVE} --model-path nvidia/X-FP4", None, ""), []), (given(f"{SERVE} --model-path nvidia/X-FP8", None), []),
        (given("trtllm-serve nvidia/X-FP4 --x 1", None), [("error", 1)]), (given("trtllm-build --model nvidia/X-FP4", None), []), (given(f"{SERVE} --model-path nvidia/X-FP4 --model nvidia/X-FP4", None), [("warning", 3)]),
        (given(f"{SERVE} --model-path nvidia/X-FP4 --tp 8", "llama-3-1-405b"), []),
    ],
)  # fmt: skip
def test_precisions_that_gpus_lack(subject: Overlay, found: list[tuple[str, int | None]]) -> None:
    said = planned.precision_breaches(subject)
    assert [(breach.severity, pointer[-1] if pointer else None) for (_, pointer), breach in said] == found
    assert all((resource is None) == (not pointer) for (resource, pointer), _ in said)
