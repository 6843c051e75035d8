"""SGLang. Sources: the wheel of each version, python/sglang/srt/{server_args,layers/dp_attention}.py up to 0.5.14."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..model import whole
from . import sglang_memory, sglang_refusals
from .kernels import BEFORE_BLACKWELL, BLACKWELL, HOPPER, refusal
from .kind import Adapters, Command, Drafting, Flags, Kind, Memory, Setup, Split, Told
from .layout import Layout
from .lists import Pinned, Reading, Wheel
from .versions import before, order

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model


ARGS, BENCH = "sglang/srt/server_args.py", "sglang/bench_serving.py"
CP311 = (
    "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_34_x86_64",
)  # fmt: skip
FIELDS = tuple(
    Reading("fields", path, names=(path,))
    for path in (
        f"sglang/srt/arg_groups/fields/{name}.py"
        for name in (
            "device", "disagg", "exec_", "lora", "memory", "mm", "model", "observability", "parallel", "schedule",
            "serving", "spec",
        )
    )
)  # fmt: skip
"""Where the options stand since they are fields of namespaces."""
SERVING = "sglang/benchmark/serving.py"
MODELS = Reading("modules", "sglang/srt/models", "entry")
CALLS: dict[str, tuple[Reading, ...]] = {
    "launch_server": (
        Reading(
            "calls", ARGS, names=(ARGS,),
            perhaps=("sglang/srt/reasoning_parser.py", "sglang/srt/parser/reasoning_parser.py"),
        ),
    ),
    "bench_serving": (Reading("calls", BENCH, names=(BENCH,)),),
}  # fmt: skip
"""Up to 0.5.13 every option is a call."""
NAMESPACES: dict[str, tuple[Reading, ...]] = {
    "launch_server": (
        Reading(
            "fields", FIELDS[0].path,
            names=("sglang/srt/arg_groups/choices.py", "sglang/srt/arg_groups/overrides.py", FIELDS[0].path),
        ),
        *FIELDS[1:],
        Reading("calls", ARGS),
    ),
    "bench_serving": (Reading("calls", SERVING, names=(SERVING,)),),
}  # fmt: skip
"""From 0.5.20 on options are fields of namespaces."""


def _one_class(bench: str) -> dict[str, tuple[Reading, ...]]:
    """In between, fields of one class carry their options, with calls beside them."""
    perhaps = ("sglang/srt/arg_groups/overrides.py",)
    return {
        "launch_server": (Reading("fields", ARGS, names=(ARGS,), perhaps=perhaps), Reading("calls", ARGS)),
        "bench_serving": (Reading("calls", bench, names=(bench,)),),
    }


TRANSFORMERS = {
    version: Wheel("transformers", version, sha256)
    for version, sha256 in (
        ("4.55.2", "097e3c2e2c0c9681db3da9d748d8f9d6a724c644514673d0030e8c5a1109f1f1"),
        ("4.56.1", "1697af6addfb6ddbce9618b763f4b52d5a756f6da4899ffd1b4febf58b779248"),
        ("4.57.1", "b10d05da8fa67dc41644dbbf9bc45a44cb86ae33da6f9295f5fbf5b7890bd267"),
        ("5.3.0", "50ac8c89c3c7033444fb3f9f53138096b997ebb70d4b5e50a2e810bf12d3d29a"),
        ("5.6.0", "def5aac47b28e2f1386fa64f2f458a5474ba7733ab74c1765e7c67a79d1f1cbd"),
        ("5.8.1", "5340fb95962162cdfdae5cc91d7f8fedd92ed75216c1154c5e1f590fcf56dd0e"),
        ("5.12.1", "2a5e109d2021265df7098ffbb738295acaf5ad256f12cbc586db2ea4dcbb1a8a"),
        ("5.19.0", "afcd2dd5f603ed28c1e1fcb00a338ccbb4ef5f878ed289635df8b58187afb518"),
    )
}
"""Those that the wheels of SGLang pin."""
RELEASES: tuple[tuple[str, str, dict[str, tuple[Reading, ...]], str], ...] = (
    ("0.5.1.post3", "f92f56f6fa6320012872da1fe37317e665df556af0272eff67af8afb3993ec0c", CALLS, "4.55.2"),
    ("0.5.2", "83aae146f3913ed0802bb1ea356facff47efe0e7d18041a3f143de9ef6e44b2c", CALLS, "4.56.1"),
    ("0.5.3.post3", "809fd0c8c0847cd95cf28364ff50475a4d5015c8857b22736c69f3eb12810f0e", CALLS, "4.57.1"),
    ("0.5.4.post3", "054f96cd9f80acc98de740cd6f79330d2e9b61c2efd0692da96f995a9f796821", CALLS, "4.57.1"),
    ("0.5.5.post3", "0283d290a480e56201cab6e42bc5cf5f505f600a9508d004c06283b052f60203", CALLS, "4.57.1"),
    ("0.5.6.post2", "cb542f7adeec56bbb5598443c52d0f347fab74dbb5df09d37cad69eaec780c54", CALLS, "4.57.1"),
    ("0.5.7", "b77f9e5ca5a2ab19b3efba725958fc4de20ba97880e383738c695e8611b51100", CALLS, "4.57.1"),
    ("0.5.8.post1", "3fe5ddf6d8b47b234bb192737eb52c94e76282bf910b1185e020f88ec7367e6e", CALLS, "4.57.1"),
    ("0.5.9", "8a936c4d25fea605f44254e533cff2144c73ceffbc1f8738aba393461bbb64d1", CALLS, "4.57.1"),
    ("0.5.10.post1", "a854a68b11caf6b4b55c241a44378a7cdede7ede325db85c955f131506703bc6", CALLS, "5.3.0"),
    ("0.5.11", "fe0748beaff218d3e16c9018a5e19f018db06fc3c7ac4f90d2f93da1cf074b6f", CALLS, "5.6.0"),
    ("0.5.12.post1", "94b3f3cc6b97f1364f247b8d9c1d106ec63cf22c55d6b65bc40ff29b0206ef5f", CALLS, "5.6.0"),
    ("0.5.13.post1", "1c1653ecf2893c7d7b1cf0c3e1cc9b7550ebad95c809de2f44bcc91b7a1e1fe3", CALLS, "5.8.1"),
    ("0.5.14", "4fe16056b45c8aca00f5f90ceb174dc3a62a3f5dccf159c791370795cd00fc99", _one_class(BENCH), "5.8.1"),
    ("0.5.15", "21492759b4b99e117bd81610f633422f3fdae2896c2cde6931eab886deccc44f", _one_class(SERVING), "5.12.1"),
    ("0.5.15.post1", "8e182e1c449197cb6f98716a7cf432a3ea7af78c172f9b840ab28ad9e6cda9b4", _one_class(SERVING), "5.12.1"),
    ("0.5.16", "d5f345a18953dd35df568ac56bdcb7f5ee910ab39efea4469b714556d1070713", _one_class(SERVING), "5.12.1"),
    ("0.5.17", "575e38f5683624ded3b4bb267f637a098e5ed37d13a1d1ff5ea09bd781a04d16", _one_class(SERVING), "5.12.1"),
    ("0.5.18", "e97b585dd2d5db2802599feba47c84cce972f5e1231a6816fef996200207b5cf", _one_class(SERVING), "5.12.1"),
    ("0.5.19", "425e87377e725d03db8262382008f3fd9561a6cf5d82f485f8b9929f02ffe12b", _one_class(SERVING), "5.12.1"),
    ("0.5.20", "1573527042f4f6b4ead838302818595fc77fdc611dbcc2e40cd150fbc8f8513c", NAMESPACES, "5.12.1"),
    ("0.5.21", "96c029f75dec99baa33a5db3d41b1bebefdd6bcfba3a2f7c807fe1cf49a87c20", NAMESPACES, "5.12.1"),
    ("0.5.22", "cc9a0f15bd8f877a0584fdb7a1702240177a1f1cc8d17c978715161717b9037b", NAMESPACES, "5.19.0"),
    ("0.5.23", "00b3cd5b265ac76c64185fbb6b95424f324ddd9f428d0306b77bc9db9d859937", NAMESPACES, "5.19.0"),
)
"""The last patch of each version since 0.5.1, and every release since 0.5.14, which the fleet has: each says what
changed since the one before it, some kilobytes."""
LISTS = (
    # It serves its own architectures alone.
    Pinned(
        "0.4.6.post4",
        Wheel("sglang", "0.4.6.post4", "fab57aae97d72e2fb3504d4e39a0b4905a43b6293b95d6712329ff87cbacebfe"),
        CALLS,
        models=MODELS,
    ),
    *(
        Pinned(
            version, Wheel("sglang", version, sha256, CP311), readings, models=MODELS,
            transformers=TRANSFORMERS[pinned], after=RELEASES[i - 1][0] if i else "0.4.6.post4",
        )
        for i, (version, sha256, readings, pinned) in enumerate(RELEASES)
    ),
)  # fmt: skip

BACKENDS = ("attention-backend", "decode-attention-backend", "prefill-attention-backend")
BUILT_FOR = {
    "fa3": BEFORE_BLACKWELL,
    "hpc_ops": HOPPER,
    **dict.fromkeys(("cutlass_mla", "trtllm_mla", "cutedsl_mla", "tokenspeed_mla"), BLACKWELL),
}
"""What attention backends are built for, where not for all."""
BUILT_FOR_FEWER = {"trtllm_mha": ("0.5.15", BLACKWELL), "flashmla": ("0.5", HOPPER)}
"""... and before a version."""
MLA_ONLY = frozenset({"flashmla", "cutlass_mla", "trtllm_mla", "cutedsl_mla", "tokenspeed_mla"})
CHUNKED = frozenset({"fa3", "aiter", "triton", "ascend", "trtllm_mha", "intel_xpu"})
"""Backends with chunked attention, which Llama 4 has; asked for since 0.5."""
EXPERTS = frozenset({"flashinfer_trtllm", "flashinfer_trtllm_routed", "flashinfer_cutedsl"})
"""Backends of experts that are built for Blackwell alone."""
STORED = frozenset({"modelopt_fp4", "awq", "awq_marlin", "gptq", "gptq_marlin", "w4afp8"})
"""Quantisations that only a checkpoint stored in that form has."""


class SGLang(Kind):
    name = "sglang"
    title = "SGLang"
    compares_method = True
    commands = (
        Command(
            "bench_serving", "bench",
            (("sglang.bench_serving",), ("sglang.benchmark.serving",)),
            abbreviates=True, own=frozenset({"name"}), main=True,
        ),
        Command("bench", "bench", (("sglang.bench_one_batch",), ("sglang.bench_offline_throughput",),
                                   ("sglang.bench_one_batch_server",), ("sglang.bench_latency",))),
        Command(
            "launch_server", "serve", (("sglang.launch_server",), ("sglang", "serve")), abbreviates=True, main=True
        ),
    )  # fmt: skip
    option_files = {"config": ("launch_server", "keys")}
    family = "sglang"
    pinned = LISTS
    ports = {"port": 30000}
    paths = ("/health", "/health_generate", "/ping", "/v1/models")
    ready = "The server is fired up and ready to roll!"
    certain = frozenset(
        {
            "tp-size", "tensor-parallel-size", "pp-size", "dp-size", "data-parallel-size", "ep-size",
            "enable-dp-attention", "mem-fraction-static", "attention-backend", "chunked-prefill-size",
        }
    )  # fmt: skip
    splits_groups = True
    fraction = ("mem-fraction-static",)
    context = ("context-length",)
    batch = "chunked-prefill-size"
    graphs = "cuda-graph-max-bs"
    mtp = {"speculative-algorithm": "EAGLE"}
    oldest = "0.4.6"
    share_means = "mem_fraction_static: of what is free before loading; holds weights and KV cache"
    pool_formula = "fraction * (memory - overhead) - weights"
    source = "https://github.com/sgl-project/sglang/blob/v0.4.6.post4/python/sglang/srt/model_executor/model_runner.py"
    expert_tokens = 65536  # CHUNK_SIZE in layers/moe/fused_moe_triton
    pass_within_share = False
    unpacks_fp4 = "0.5"
    # https://github.com/sgl-project/sglang/blob/v0.5.14/python/sglang/srt/server_args.py (GptOssForCausalLM)
    unpacks_by = {"moe-runner-backend": frozenset({"marlin", "triton_kernel"})}
    unpacks_mxfp4 = "0.5"
    handed = ("version", "cache", "dtype", "pages", "heads", "carrier")
    host_caches = (("hicache-size", 1e9, True, "enable-hierarchical-cache"),)
    drafting = Drafting(
        "speculative-algorithm", ("speculative-draft-model-path",), frozenset({"EAGLE", "EAGLE3", "NEXTN"})
    )
    loading = frozenset({"launch_server"})
    other_tokenizer = ("tokenizer-path", "skip-tokenizer-init")
    reshaping = ("json-model-override-args", "decrypted-config-file")
    registering = ("model-impl", "SGLANG_EXTERNAL_MODEL_PACKAGE")
    longer = "SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN"
    particular = (*BACKENDS, "moe-runner-backend", "pp-size", "quantization")

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        """Data parallelism multiplies GPUs, unless DP attention puts it inside the tensor-parallel group."""
        ep = flags.number("ep") or 1
        if flags.on("enable-ep-moe") or flags.on("enable-deepep-moe"):
            ep = tp  # up to 0.4: expert parallelism over all of the group
        inside = flags.on("enable-dp-attention") or flags.number("attn-dp-size") is not None
        sent = flags.text("moe-a2a-backend") not in (None, "none") or flags.on("enable-deepep-moe")
        return Layout(
            self.name, tp, pp, tp if sent else ep, dp, inside, flags.number("moe-dense-tp-size"), cp, sent,
            flags.on("enable-dp-lm-head"), flags.number("ep-num-redundant-experts") or 0,
        )  # fmt: skip

    def refusals(self, layout: Layout, model: Model, version: str) -> Iterator[str]:
        if layout.attention_dp and (problem := self.attention_dp_refusal(layout.tp, layout.dp)):
            yield problem
        if model.attention == "mla" and layout.pp > 1 and (order(version) is None or before(version, "0.5")):
            yield "SGLang serves no MLA model with pipeline parallelism (asserted up to 0.4.6)"

    def attention_dp_refusal(self, tp: int, dp: int) -> str | None:
        if dp == 1:
            return "enable-dp-attention is on with a data-parallel size of 1"
        return f"data-parallel size {dp} does not divide tensor-parallel size {tp}" if tp % dp else None

    def reads_expert_size(self, version: str | None) -> bool:
        """Up to 0.4 the size is taken from tensor parallelism, whatever is written."""
        return version is not None and not before(version, "0.5")

    def gpu_refusal(
        self, name: str, value: str, version: str | None, hardware: Hardware, model: Model | None
    ) -> str | None:
        """Source: https://docs.sglang.ai/advanced_features/attention_backend.html"""
        majors = None
        if name in BACKENDS:
            until, fewer = BUILT_FOR_FEWER.get(value, ("", None))
            majors = fewer if before(version, until) else BUILT_FOR.get(value)
        elif name == "moe-runner-backend" and value in EXPERTS:
            majors = BLACKWELL
        return refusal(majors, hardware) if majors else None

    def model_refusal(self, name: str, value: str, version: str | None, model: Model) -> str | None:
        mla = model.attention == "mla"
        if name in BACKENDS:
            chunked = model.attention_pattern is not None and model.attention_pattern.chunked
            if value in MLA_ONLY and not mla:
                return f"is for MLA, but {model.id} has grouped-query attention"
            if value == "trtllm_mha" and mla:
                return f"is for grouped-query attention, but {model.id} has MLA"
            if chunked and value not in CHUNKED and version is not None and not before(version, "0.5"):
                return f"does not run {model.id} (chunked attention): {', '.join(sorted(CHUNKED))} do"
        if name == "pp-size" and mla and (whole(value) or 1) > 1 and before(version, "0.5"):
            return f"does not run {model.id} (MLA) in this version"
        # A checkpoint that is stored in another form is `mismatched-quantization`'s.
        if name == "quantization" and value in STORED and model.native_precision == "bf16":
            return f"needs a checkpoint stored so, but {model.id} is {model.native_precision}"
        return None

    def refused(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        """Relations and what other code checks, as it was read; all else by the table."""
        read = list(sglang_refusals.refused(told))
        yield from ((name, why, True) for name, why in read)
        named = {name for name, _ in read}
        yield from (found for found in super().refused(told) if found[0] not in named)

    def overridden(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        """Relations as they were read; all else by the table."""
        read = [(name, what, True) for name, what in sglang_refusals.overridden(told)]
        yield from read
        named = {name for name, _, _ in read}
        yield from (found for found in super().overridden(told) if found[0] not in named)

    def to_prove(self, version: str) -> tuple[Sequence[Callable[[Told], Any]], Sequence[Callable[[Told], Any]]]:
        return sglang_refusals.to_prove(version)

    def beyond(self, version: str | None) -> Literal["refuses", "cuts", "serves"] | None:
        """Source: configs/model_config.py: the variable stands at true in 0.4.6.post4, 0.4.8 and 0.4.10, at false in
        0.5.2, 0.5.5, 0.5.9, 0.5.14 and 0.5.23."""
        if before(version, "0.4.11"):
            return "serves"
        return None if version is None or before(version, "0.5.2") else "refuses"

    def variants(self, tp: int, pp: int, powers: list[int]) -> Iterator[Layout]:
        for ep in (size for size in powers if size <= tp):
            yield Layout(self.name, tp, pp, ep)
            for dp in (size for size in powers if 1 < size <= tp):
                yield Layout(self.name, tp, pp, ep, dp, attention_dp=True)

    def split(self, layout: Layout, model: Model) -> Split:
        """Source: models/{deepseek_v2,llama,llama4}.py of 0.4.6.post4, deepseek_v2.py of 0.5.14."""
        tp, head = layout.tp, layout.attention_tp if layout.whole_head else layout.tp
        shared = 1 if layout.whole_experts else tp
        return Split(layout.dense_tp or tp, shared, tp, 1 if layout.attention_dp else tp, head)

    def pass_tokens(self, setup: Setup) -> int:
        return sglang_memory.pass_tokens(setup)

    def share(self, setup: Setup, given: float | None) -> float:
        return sglang_memory.share(setup, given)

    def kv_precision(self, setup: Setup) -> str:
        return sglang_memory.kv_precision(setup)

    def kv_layers(self, setup: Setup) -> float:
        return sglang_memory.kv_layers(setup)

    def indexed(self, setup: Setup, precision: str) -> float:
        counted = sglang_memory.since(setup, "0.5.18")
        return super().indexed(setup, precision) + (sglang_memory.latent_scales(setup, precision) if counted else 0.0)

    def modules(self, setup: Setup) -> int:
        return sglang_memory.modules(setup)

    def counts_draft(self, setup: Setup) -> bool:
        return sglang_memory.since(setup, "0.5.14")

    def padding(self, setup: Setup) -> tuple[int, int]:
        """FlashInfer's on Blackwell from 0.5 on, else Triton's. Source: layers/quantization/mxfp4.py of 0.5.14"""
        return 256, 256 if setup.hardware.capability[0] == 10 and sglang_memory.since(setup, "0.5") else 64

    def beside(self, setup: Setup, tokens: int) -> dict[str, float]:
        return sglang_memory.beside(setup, tokens)

    def adapters(self, setup: Setup) -> Adapters | None:
        return sglang_memory.adapters(setup)

    def pool(self, setup: Setup, memory: Memory, share: float) -> float:
        """Source: profile_max_num_token in model_runner.py (0.4.6.post4; 0.5 counts alike)."""
        return (share * (memory.total - memory.overhead) - memory.weights) * sglang_memory.for_keys(setup)


ENGINE = SGLang()
