"""vLLM. Sources: vllm/config/parallel.py (data parallelism always multiplies; experts spread over dp * tp),
vllm/v1/worker/gpu_worker.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from ..model import whole
from . import vllm_refusals
from .kind import Adapters, Command, Drafting, Flags, Kind, Memory, Setup, Split, Told
from .layout import Layout
from .lists import Pinned, Reading, Wheel
from .versions import before, order

if TYPE_CHECKING:
    from ..catalogue.facts import Model

GIB = 2**30
SAMPLED = 1024
"""Requests that are sampled for at once in the profiled pass (max_num_seqs on GPUs of 70 GiB and more)."""
COPIES = 9.65
"""Logits in FP32 of all these that sampling holds at its peak, with its sorts and sums; a pass that takes less does not
count, as its memory is free again. Logged: 4.76 GiB for Llama 3.1 8B, 5.64 for Qwen3 32B and 7.38 for gpt-oss-120b;
logits alone are 0.49, 0.58 and 0.77.
Source: https://github.com/llm-d-incubation/llm-d-planner/blob/main/docs/empirical-vllm-memory-results.md"""
OUTSIDE_TORCH = (0.13 * GIB, 0.55 * GIB)
"""What is counted besides the pass and the weights, on one GPU and on several: its memory snapshot already has the
context. Source: https://github.com/llm-d-incubation/llm-d-planner/blob/main/docs/empirical-vllm-memory-results.md"""


ABI3 = ("--python-version", "3.11", "--implementation", "cp", "--abi", "abi3", "--platform", "manylinux_2_28_x86_64")
TRANSFORMERS = Wheel("transformers", "5.20.2", "7ae75dbc1fb3922aff1b6c97b9e5479d6cf26fd86a8866bfb71324190479f807")
"""The newest that 0.33.0 allows; 0.27.1 asks for 5.5.3 at least. An image may have an older one, with fewer models."""
LISTS = tuple(
    Pinned(
        version, Wheel("vllm", version, sha256, ABI3), {"serve": (Reading("vllm"),)},
        models=Reading("tables", "vllm/model_executor/models/registry.py"), transformers=TRANSFORMERS,
        after=after,
    )
    for version, sha256, after in (
        ("0.27.1", "98e9fc2a1ed8549a733c9d1b242e2002b82367da9e29e37801761438cb3a2670", ""),
        ("0.33.0", "4b6bdec4ab269990bf70d45a3c1e94c3760a27064513760193b26d6f0da883aa", "0.27.1"),
    )
)  # fmt: skip


class VLLM(Kind):
    name = "vllm"
    title = "vLLM"
    compares_method = True
    compatibility = "VLLM_ENABLE_CUDA_COMPATIBILITY"
    commands = (
        Command(
            "bench_serve", "bench", (("vllm", "bench", "serve"),),
            abbreviates=True, own=frozenset({"name"}), main=True,
        ),
        Command("bench", "bench", (("vllm", "bench"), ("benchmark_serving.py",), ("benchmark_serving",),
                                   ("benchmark_throughput.py",), ("benchmark_throughput",),
                                   ("benchmark_latency.py",), ("benchmark_latency",))),
        Command(
            "serve", "serve", (("vllm", "serve"), ("vllm.entrypoints.openai.api_server",)),
            abbreviates=True, main=True, positional=True,
        ),
    )  # fmt: skip
    entry_points = {"vllm-openai": ("vllm", "serve")}
    option_files = {"config": ("serve", "keys")}
    family = "vllm"
    pinned = LISTS
    paths = ("/health", "/ping", "/v1/models")
    ready = "Application startup complete."
    fraction = ("gpu-memory-utilization",)
    context = ("max-model-len",)
    batch = "max-num-batched-tokens"
    mtp = {"speculative-config.method": "mtp"}
    oldest = "0.8"
    share_means = "gpu_memory_utilization: of all memory; holds weights, a pass and the KV cache"
    pool_formula = "fraction * (memory - hidden) - outside torch - weights - activations"
    source = "https://github.com/vllm-project/vllm/blob/main/vllm/v1/worker/gpu_worker.py"
    expert_tokens = 16384  # VLLM_FUSED_MOE_CHUNK_SIZE
    folds = True
    handed = ("version", "cache", "dtype", "blocks", "carrier")
    # vllm/config/cache.py: summed over all ranks
    host_caches = (("kv-offloading-size", GIB, False, ""),)
    unchunked = "stops"
    unpacks_mxfp4 = ""  # every version that has such models
    refuses_own_context = True
    drafting = Drafting(
        "speculative-config.method",
        ("speculative-config.model",),
        frozenset({"MTP", "DEEPSEEK_MTP", "EAGLE", "EAGLE3"}),
    )
    loading = frozenset({"serve"})
    other_tokenizer = ("tokenizer", "tokenizer-mode", "skip-tokenizer-init")
    reshaping = ("hf-overrides", "rope-scaling", "rope-theta", "hf-config-path", "config-format")
    registering = ("model-impl", "VLLM_PLUGINS")
    longer = "VLLM_ALLOW_LONG_MAX_MODEL_LEN"

    def version(self, image: str) -> str | None:
        """Triton's images hold a vLLM that their month tells."""
        if "tritonserver" not in image.rpartition("/")[2]:
            return super().version(image)
        # Imported here, as in ``versions``: the facts of images need a reader of YAML.
        from ..catalogue import images

        return images.vllm(image)

    def share(self, setup: Setup, given: float | None) -> float:
        """0.92 since 0.20 (config/cache.py of 0.20.2, 0.27.1, 0.33.0), 0.9 before and of an unknown version."""
        if given is not None:
            return given
        return 0.9 if order(setup.version) is None or before(setup.version, "0.20.dev0") else 0.92

    def pass_tokens(self, setup: Setup) -> int:
        """8192 on GPUs of 70 GiB and more; from 0.33 on 16384 on those of 160 GiB (get_batch_defaults)."""
        roomy = order(setup.version) is not None and not before(setup.version, "0.33.dev0")
        return setup.tokens or (16384 if roomy and setup.hardware.gpu_memory_mib >= 160 * 1024 else 8192)

    def kv_precision(self, setup: Setup) -> str:
        """From 0.20 on, the oldest version in which this was read, FP8 where ModelOpt's checkpoint declares it. Source:
        resolve_kv_cache_dtype_string in vllm/utils/torch_utils.py"""
        known = order(setup.version) is not None and not before(setup.version, "0.20.dev0")
        return "fp8" if known and setup.model.kv_precision == "fp8" else "bf16"

    def padding(self, setup: Setup) -> tuple[int, int]:
        """FlashInfer's kernels on Blackwell; elsewhere Triton's, before 0.10.2 Marlin's, whose parts are wider (its log
        has 65.97 GiB for them). Source: https://github.com/vllm-project/vllm/issues/23278"""
        if setup.hardware.capability[0] == 10:
            return 256, 256
        return 256, 128 if before(setup.version, "0.10.2") else 64

    def modules(self, setup: Setup) -> int:
        """Those of ``mtp`` and of its names by model, where no other draft is given."""
        method = (setup.flags.text("speculative-config.method") or "").lower()
        named = setup.flags.text("speculative-config.model")
        return (setup.model.mtp_layers or 0) if method.endswith("mtp") and named is None else 0

    def adapters(self, setup: Setup) -> Adapters | None:
        """Every linear layer but experts gets room for ``max-loras`` (1) of ``max-lora-rank`` (16). Source:
        create_lora_weights in vllm/lora/layers, and LoRAConfig"""
        flags = setup.flags
        if not flags.on("enable-lora"):
            return None
        rank, slots = flags.number("max-lora-rank") or 16, flags.number("max-loras") or 1
        return Adapters(slots, rank, frozenset({"qkv", "o", "gate_up", "down"}))

    def kv_layers(self, setup: Setup) -> float:
        """The hybrid cache manager shares one pool among groups of layers of one size, so that a token fills only those
        groups whose layers see the whole context: ``group * ceil(global / group)``, with the smaller of the two kinds
        as the group, or the larger one if it is less than half as large again. Layers with chunked attention switch
        it off. Source: vllm/v1/core/kv_cache_utils.py and vllm/config/vllm.py of 0.27.1
        """
        model = setup.model
        pattern = model.attention_pattern
        if pattern is None or pattern.chunked:
            return model.layers + self.modules(setup)
        few, many = sorted((model.global_layers, model.layers - model.global_layers))
        group = many if many < 1.5 * few else few
        return min(model.layers, group * ceil(model.global_layers / group))

    def tokens(self, value: object) -> int | None:
        """With a unit too: k and m count in thousands, K and M in 1024s. Source: human_readable_int in
        vllm/engine/arg_utils.py."""
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([kmKM])", str(value).strip())
        units = {"k": 10**3, "m": 10**6, "K": 2**10, "M": 2**20}
        return int(float(match[1]) * units[match[2]]) if match else whole(value)

    def beyond(self, version: str | None) -> Literal["refuses", "cuts", "serves"] | None:
        """Source: _get_and_verify_max_len in vllm/config/model.py, vllm/config.py before."""
        return "refuses"

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        ep = tp * dp if flags.on("enable-expert-parallel") else 1
        return Layout(self.name, tp, pp, ep, dp, cp=cp)

    def expert_ranks(self, layout: Layout) -> int:
        return layout.tp * layout.dp

    def refused(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        """Bounds and relations as they were read; all else by the table."""
        read = list(vllm_refusals.refused(told))
        yield from ((name, why, True) for name, why in read)
        named = {name for name, _ in read}
        yield from (found for found in super().refused(told) if found[0] not in named)

    def to_prove(self, version: str) -> tuple[Sequence[Callable[[Told], Any]], Sequence[Callable[[Told], Any]]]:
        return vllm_refusals.to_prove(version), ()

    def refusals(self, layout: Layout, model: Model, version: str) -> Iterator[str]:
        if layout.attention_dp:
            yield "vLLM has no attention DP inside a tensor-parallel group: its data parallelism is one"

    def expert_refusal(self, layout: Layout) -> str | None:
        ranks = self.expert_ranks(layout)
        return None if layout.ep in (1, ranks) else f"vLLM's expert parallelism takes all {ranks} GPUs or none"

    def variants(self, tp: int, pp: int, powers: list[int]) -> Iterator[Layout]:
        for ep in (size for size in powers if size <= tp):
            yield Layout(self.name, tp, pp, ep)
        for dp in powers[1:]:
            yield Layout(self.name, tp, pp, 1, dp)
            yield Layout(self.name, tp, pp, tp * dp, dp)

    def split(self, layout: Layout, model: Model) -> Split:
        """Source: docs/serving/data_parallel_deployment.md."""
        tp = layout.tp
        return Split(tp, tp, tp * layout.dp, tp, tp)

    def peak(self, setup: Setup, one_pass: float) -> float:
        """The larger of the pass and of what samples behind it, for ``max-num-seqs`` requests. Source: profile_run in
        vllm/v1/worker/gpu_model_runner.py."""
        running = setup.flags.number("max-num-seqs") or SAMPLED
        return max(one_pass, COPIES * min(running, self.pass_tokens(setup)) * setup.model.vocabulary * 4)

    def pool(self, setup: Setup, memory: Memory, share: float) -> float:
        """Source: determine_available_memory in vllm/v1/worker/gpu_worker.py. It also subtracts what CUDA graphs take,
        measured on a few that it captures: by default from 0.20.0 on (not yet in 0.19.1; vllm/envs.py,
        VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS). No arithmetic gives that figure (planner/README.md).
        """
        outside = OUTSIDE_TORCH[setup.layout.world > 1]
        return share * (memory.total - memory.hidden) - outside - memory.weights - memory.activations


ENGINE = VLLM()
