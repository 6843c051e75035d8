"""TensorRT-LLM. Sources: tensorrt_llm/mapping.py (moe_tp * moe_ep = tp; attention DP makes every rank a group of its
own), commands/{serve,bench}.py, _torch/pyexecutor/_util.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from . import trtllm_refusals
from .kernels import BLACKWELL, refusal
from .kind import Command, Drafting, Flags, Kind, Memory, Setup, Split
from .layout import Layout
from .lists import Reading
from .versions import before

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model
    from .kind import Told

API = "extra_llm_api_options"
"""The list of what the LLM class takes."""


NAMES = ("tensorrt_llm/builder.py", "tensorrt_llm/bench/benchmark/utils/general.py", "tensorrt_llm/logger.py")
READINGS = {
    name: (Reading("click", path, inside, perhaps=NAMES),)
    for name, path, inside in (
        ("serve", "tensorrt_llm/commands/serve.py", "serve"),
        ("throughput", "tensorrt_llm/bench/benchmark/throughput.py", "throughput_command"),
        ("build", "tensorrt_llm/bench/build/build.py", "build_command"),
    )
} | {API: (Reading("models", "tensorrt_llm/llmapi/llm_args.py", "TorchLlmArgs", perhaps=NAMES),)}
"""Its commands, and the models of the file that --config names."""

RENAMED = {
    "use_cuda_graph": "cuda_graph_config",
    "enable_cuda_graph": "cuda_graph_config",
    "cuda_graph_batch_sizes": "cuda_graph_config.batch_sizes",
    "cuda_graph_max_batch_size": "cuda_graph_config.max_batch_size",
    "cuda_graph_padding_enabled": "cuda_graph_config.enable_padding",
    "pytorch_backend_config": "its keys one level up",
    "moe_backend": "moe_config.backend",
    "moe_max_num_tokens": "moe_config.max_num_tokens",
    "moe_load_balancer": "moe_config.load_balancer",
    "kv_cache_dtype": "kv_cache_config.dtype",
    "kv_cache_free_gpu_mem_fraction": "kv_cache_config.free_gpu_memory_fraction",
    "kv_cache_free_gpu_memory_fraction": "kv_cache_config.free_gpu_memory_fraction",
    "free_gpu_memory_fraction": "kv_cache_config.free_gpu_memory_fraction",
    "enable_block_reuse": "kv_cache_config.enable_block_reuse",
    "enable_kv_cache_reuse": "kv_cache_config.enable_block_reuse",
    "enable_chunked_context": "enable_chunked_prefill",
    "autotuner_enabled": "enable_autotuner",
    "torch_compile_enabled": "torch_compile_config",
    "tp_size": "tensor_parallel_size",
    "pp_size": "pipeline_parallel_size",
    "ep_size": "moe_expert_parallel_size",
}
"""Source: https://github.com/NVIDIA/TensorRT-LLM/pull/5014 and the release notes of 1.0"""


class TensorRTLLM(Kind):
    name = "trtllm"
    title = "TensorRT-LLM"
    pads_widths = True
    commands = (
        Command(
            "throughput", "bench", (("trtllm-bench", "throughput"),), gap=True, main=True,
            own=frozenset({"isl", "osl", "num_requests", "name"}),
        ),
        Command("build", "bench", (("trtllm-bench", "build"),), gap=True),
        Command("bench", "bench", (("trtllm-bench",),)),
        Command("trtllm-build", "build", (("trtllm-build",),)),
        Command("convert_checkpoint", "build", (("convert_checkpoint.py",), ("convert_checkpoint",))),
        Command("disaggregated", "tool", (("trtllm-serve", "disaggregated"), ("trtllm-serve", "mm_embedding_serve"))),
        Command("serve", "serve", (("trtllm-serve", "serve"), ("trtllm-serve",)), main=True, positional=True),
        Command("launch", "serve", (("trtllm-llmapi-launch",),), wraps=True),
    )  # fmt: skip
    sections = ("prepare_dataset", "download")
    option_files = {"config": (API, "api"), "extra-llm-api-options": (API, "api")}
    mapped = {"extra_llm_api_options": API, "llm_api_args": API}
    family = "trtllm"
    readings = READINGS
    models = Reading("modules", "tensorrt_llm/_torch/models", "decorated")
    paths = ("/health", "/v1/models")
    ready = "Application startup complete."
    separator = "_"
    certain = frozenset(
        {
            "tp_size", "pp_size", "ep_size", "max_batch_size", "max_num_tokens", "extra_llm_api_options",
            "kv_cache_free_gpu_mem_fraction", "kv_cache_free_gpu_memory_fraction",
        }
    )  # fmt: skip
    fraction = ("kv-cache-free-gpu-memory-fraction", "free-gpu-memory-fraction", "kv-cache-free-gpu-mem-fraction")
    context = ("max-seq-len",)
    batch = "max-num-tokens"
    mtp = {"speculative-config.decoding-type": "MTP"}
    oldest = "0.16"
    share_means = "free_gpu_memory_fraction: of what weights and a pass leave; holds the KV cache"
    pool_formula = "fraction * (memory - overhead - weights - activations)"
    source = "https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/_torch/pyexecutor/_util.py"
    unpacks_fp4 = None
    handed = ("version", "cache", "blocks", "carrier")
    host_caches = (("kv_cache_config.host_cache_size", 1, True, ""),)
    unchunked = "refuses"
    drafting = Drafting(
        "speculative_config.decoding_type",
        ("speculative_config.speculative_model_dir", "speculative_config.speculative_model"),
        frozenset({"MTP"}),
    )
    loading = frozenset({"serve"})
    other_tokenizer = ("tokenizer", "skip_tokenizer_init", "custom_tokenizer")
    reshaping = ("model_kwargs",)
    registering = ("custom-module-dirs", "checkpoint-format")
    longer = "TLLM_ALLOW_LONG_MAX_MODEL_LEN"
    particular = ("moe_config.backend",)
    renamed = RENAMED

    def version(self, image: str) -> str | None:
        """Triton's images hold a TensorRT-LLM that their month tells."""
        if "tritonserver" not in image.rpartition("/")[2]:
            return super().version(image)
        # Imported here, as in ``versions``: the facts of images need a reader of YAML.
        from ..catalogue import images

        return images.tensorrt_llm(image)

    def loads_compiled(self, image: str, flags: Flags) -> bool:
        return flags.text("backend") in ("tensorrt", "trt")

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        """Data parallelism exists as attention DP alone, inside the tensor-parallel group."""
        spread = flags.on("enable-attention-dp")
        return Layout(self.name, tp, pp, flags.number("ep") or 1, tp if spread else 1, spread, cp=cp)

    def attention_tp(self, layout: Layout) -> int:
        return 1 if layout.attention_dp else layout.tp

    def groups(self, layout: Layout) -> int:
        return layout.tp if layout.attention_dp else layout.dp

    def refusals(self, layout: Layout, model: Model, version: str) -> Iterator[str]:
        if layout.dp not in (1, layout.tp if layout.attention_dp else 1):
            yield (
                "TensorRT-LLM knows data parallelism as attention DP only, with as many groups as tensor-parallel ranks"
            )

    def gpu_refusal(
        self, name: str, value: str, version: str | None, hardware: Hardware, model: Model | None
    ) -> str | None:
        blackwell = hardware.capability[0] == 10
        if value == "CUTLASS" and model and _fp8_blocks(model) and blackwell and before(version, "1.3.0rc0"):
            return "has no kernel for FP8 block scales on Blackwell: DEEPGEMM has"
        return refusal(BLACKWELL, hardware) if value in ("TRTLLM", "CUTEDSL") else None

    def model_refusal(self, name: str, value: str, version: str | None, model: Model) -> str | None:
        if value != "DEEPGEMM" or _fp8_blocks(model):
            return None
        return f"runs FP8 block scales, but {model.id} is {model.native_precision}"

    def refused(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        return ((name, why, True) for name, why in trtllm_refusals.refused(told))

    def beyond(self, version: str | None) -> Literal["refuses", "cuts", "serves"] | None:
        """Source: _init_max_seq_len in tensorrt_llm/_torch/pyexecutor/model_engine.py."""
        return "cuts"

    def variants(self, tp: int, pp: int, powers: list[int]) -> Iterator[Layout]:
        for ep in (size for size in powers if size <= tp):
            yield Layout(self.name, tp, pp, ep)
            if tp > 1:
                yield Layout(self.name, tp, pp, ep, tp, attention_dp=True)

    def split(self, layout: Layout, model: Model) -> Split:
        """Attention DP makes all but the routed experts whole on every rank; DeepSeek's embedding always is.
        Source: tensorrt_llm/_torch/models/modeling_deepseekv3.py"""
        dense = 1 if layout.attention_dp else layout.tp
        embedding = 1 if layout.attention_dp or model.attention == "mla" else layout.tp
        return Split(dense, dense, layout.tp, embedding, dense)

    def kv_precision(self, setup: Setup) -> str:
        """What the checkpoint declares, and FP8 beside FP8 weights that it quantised itself (trtllm-bench build)."""
        if setup.model.kv_precision:
            return setup.model.kv_precision
        return "fp8" if setup.quantization not in (None, "bf16", setup.model.native_precision) else "bf16"

    def modules(self, setup: Setup) -> int:
        """Source: tensorrt_llm/_torch/models/modeling_speculative.py."""
        if (setup.flags.text("speculative-config.decoding-type") or "").upper() != "MTP":
            return 0
        return setup.model.mtp_layers or 0

    def kv_layers(self, setup: Setup) -> float:
        """With the layers of MTP modules, which share the cache's blocks."""
        return setup.model.layers + self.modules(setup)

    def padding(self, setup: Setup) -> tuple[int, int]:
        return 128, 128

    def pool(self, setup: Setup, memory: Memory, share: float) -> float:
        """Source: KvCacheCreator in tensorrt_llm/_torch/pyexecutor/_util.py."""
        return share * (memory.total - memory.overhead - memory.weights - memory.activations)


def _fp8_blocks(model: Model) -> bool:
    return model.native_precision == "fp8" and model.weight_block is not None


ENGINE = TensorRTLLM()
