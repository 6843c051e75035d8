"""What hardware.yaml and model.yaml say, as frozen dataclasses. ``catalogue`` reads and checks the files.

Standard library only: what computes with facts also runs where nothing is installed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Precision = Literal["bf16", "fp8", "nvfp4", "mxfp4", "int4"]
TENSOR_CORES: Mapping[Precision, tuple[int, int]] = {
    "bf16": (8, 0),
    "fp8": (8, 9),
    "nvfp4": (10, 0),
    "mxfp4": (10, 0),
    "int4": (8, 0),
}
"""The compute capability from which on tensor cores multiply in a precision; INT4 is of weights alone, beside BF16.

Source: https://docs.nvidia.com/deeplearning/tensorrt/latest/getting-started/support-matrix.html
"""


@dataclass(frozen=True)
class Source:
    """Where a fact was read, and what to know about that reading."""

    url: str
    note: str


@dataclass(frozen=True)
class Interface:
    """A network that a pod can take, and the name of its interface inside the pod."""

    interface: str
    network: str
    rdma: bool
    optional: bool


@dataclass(frozen=True)
class Taint:
    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class Gib:
    """Google's NCCL plug-in, as the image that installs it."""

    image: str
    tag: str

    @property
    def reference(self) -> str:
        return f"{self.image}:{self.tag}"


@dataclass(frozen=True)
class Allocatable:
    """What pods can request on an empty node, before DaemonSets take their share."""

    cpu_millicores: int
    memory_gib: int
    ephemeral_storage_gib: int


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """One machine type. ``name`` is its folder; sizes are of one host unless the name says otherwise.

    ``disks`` are the disks that the machine attaches, by their types or the beginnings of these; none where nobody
    knows. ``transport`` is what NCCL goes over between hosts: RDMA with Google's plug-in ``gib``, GPUDirect-TCPXO, or
    plain TCP. ``nvlink_domain_gpus`` is 1 where no NVLink joins GPUs. ``driver`` is the branch of NVIDIA's driver that
    GKE installs on its nodes, None where nobody read it. ``memory_bandwidth_gb`` (1e9 bytes a second) and
    ``tensor_teraflops`` (1e12 a second by precision, dense) are of one GPU, by which a benchmark is held to its limit.
    """

    name: str
    machine_type: str
    accelerator: str
    gpus: int
    gpu_memory_mib: int
    compute_capability: str
    nvlink_domain_gpus: int
    cpu_architecture: Literal["amd64", "arm64"]
    cpu: int
    memory_gib: int
    local_ssd_gib: int
    allocatable: Allocatable
    transport: Literal["gib", "tcpxo", "none"]
    nics: int
    interfaces: tuple[Interface, ...]
    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[Taint, ...]
    flex_start: bool
    gke_minimum: str
    kubernetes_minimum: str
    gib: Gib | None = None
    disks: tuple[str, ...] = ()
    driver: str | None = None
    memory_bandwidth_gb: int | None = None
    tensor_teraflops: Mapping[str, int] | None = field(default=None, hash=False)
    sources: Mapping[str, tuple[Source, ...]] = field(hash=False, repr=False)

    @property
    def capability(self) -> tuple[int, int]:
        """Major and minor compute capability, which compare as numbers: 10.0 is more than 9.0."""
        major, _, minor = self.compute_capability.partition(".")
        return int(major), int(minor)

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """What the GPUs' tensor cores compute in, by TENSOR_CORES."""
        return tuple(name for name, since in TENSOR_CORES.items() if self.capability >= since)

    @property
    def peer_gpus(self) -> int:
        """GPUs that reach each other without the network: the NVLink domain's, or over PCIe the host's."""
        return max(self.nvlink_domain_gpus, self.gpus)

    @property
    def domain_hosts(self) -> int:
        """Hosts whose GPUs NVLink joins: one, or those of a domain that is wider."""
        return self.peer_gpus // self.gpus

    @property
    def gpu_memory_bytes(self) -> int:
        """Memory of one GPU in bytes: ``gpu_memory_mib * 2**20``, the total that nvidia-smi shows.

        Google's tables call 186 GB what is 185.03 GiB (198.7e9 bytes); checkpoints are counted in 1e9 bytes.
        Source: https://docs.nvidia.com/deploy/nvml-api/structnvmlMemory__t.html
        """
        return self.gpu_memory_mib * 2**20

    @property
    def rdma_interfaces(self) -> tuple[Interface, ...]:
        """One interface for each RDMA NIC, in the order in which a pod must name them."""
        return tuple(item for item in self.interfaces if item.rdma)

    @property
    def required_interfaces(self) -> tuple[Interface, ...]:
        """What a pod that takes the whole host must name, in order."""
        return tuple(item for item in self.interfaces if not item.optional)


@dataclass(frozen=True)
class Experts:
    """Experts in ``layers`` layers: ``active`` of the ``routed`` and all ``shared`` ones work on a token."""

    routed: int
    shared: int
    active: int
    layers: int
    intermediate_size: int


@dataclass(frozen=True)
class AttentionPattern:
    """Layers see ``window_tokens`` tokens, save every ``global_every``-th, which sees the whole context.

    chunked: they see those of their own chunk, not the last ones. kv_heads: theirs, where they have others.
    """

    window_tokens: int
    global_every: int
    chunked: bool = False
    kv_heads: int | None = None


@dataclass(frozen=True)
class Indexer:
    """Sparse attention: ``heads`` of ``head_dim`` choose the ``top_k`` tokens that a token attends to.

    layers: those with an indexer of their own; the others take the choice of one before them. None is all.
    """

    heads: int
    head_dim: int
    top_k: int
    layers: int | None = None


@dataclass(frozen=True)
class LinearAttention:
    """``layers`` of the model keep a state of fixed size (gated delta rule) in the place of keys and values."""

    layers: int
    key_heads: int
    value_heads: int
    key_head_dim: int
    value_head_dim: int
    kernel: int

    @property
    def channels(self) -> int:
        """What the short convolution runs over: queries, keys and values."""
        return 2 * self.key_heads * self.key_head_dim + self.value_heads * self.value_head_dim


@dataclass(frozen=True)
class Parsers:
    """The names by which an engine reads what a model writes: its tool calls, its reasoning.

    Empty is of a model that writes none; None is what nobody has read.
    """

    tool_call: tuple[str, ...] | None = None
    reasoning: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Model:
    """One checkpoint. ``name`` is its folder, ``id`` what is downloaded.

    ``parameters`` counts everything that is served, ``vision_parameters`` (part of it) what every tensor-
    parallel rank holds whole, ``draft_parameters`` (not part of it) what only speculative decoding loads.
    ``quantised`` names the parts that are stored in ``native_precision`` (see catalogue.parts.PARTS); all else is
    BF16, and so is everything in ``unquantised_layers`` of the layers. ``quant_method`` is what its configuration calls
    that, by which an engine chooses its loader. ``kv_precision``: the precision of the KV cache
    that the checkpoint declares, which TensorRT-LLM takes where nothing else is said. ``chat`` is false of a base
    checkpoint, which continues a text and was not trained on turns.

    What an engine needs to load it: ``model_type`` is the class of its configuration, and ``architecture`` that of the
    model, by which an engine looks for its own; ``custom_code`` names the parts whose class the checkpoint brings as
    code of its own (``auto_map``); ``mtp_layers`` counts the modules for multi-token prediction that it holds, which
    draft for speculative decoding; ``attention_sinks``: its attention has learned sinks, which not every kernel knows.
    None is what nobody has read.

    What its shape depends on: ``tied_embeddings``, one matrix is embedding and head; ``output_gate``, queries come with
    a gate of their own size; ``indexer`` and ``linear_attention`` are the kinds of attention beside the usual one.

    ``parsers``, by engine, are the names of what reads its tool calls and its reasoning.
    """

    name: str
    id: str
    gated: bool
    licence: str
    parameters: int
    active_parameters: int
    draft_parameters: int = 0
    vision_parameters: int = 0
    layers: int
    hidden_size: int
    intermediate_size: int
    vocabulary: int
    context: int
    attention_heads: int
    attention: Literal["gqa", "mla"]
    kv_heads: int | None = None
    head_dim: int | None = None
    q_lora_rank: int | None = None
    kv_lora_rank: int | None = None
    qk_nope_head_dim: int | None = None
    qk_rope_head_dim: int | None = None
    v_head_dim: int | None = None
    attention_pattern: AttentionPattern | None = None
    attention_sinks: bool = False
    output_gate: bool = False
    indexer: Indexer | None = None
    linear_attention: LinearAttention | None = None
    tied_embeddings: bool = False
    mtp_layers: int | None = None
    model_type: str | None = None
    architecture: str | None = None
    custom_code: tuple[str, ...] | None = None
    experts: Experts | None = None
    native_precision: Precision
    quant_method: str | None = None
    weight_block: tuple[int, int] | None = None
    quantised: tuple[str, ...] = ()
    unquantised_layers: int = 0
    kv_precision: Precision | None = None
    chat: bool = True
    parsers: Mapping[str, Parsers] = field(default_factory=dict, hash=False)
    disk_bytes: int
    sources: Mapping[str, tuple[Source, ...]] = field(hash=False, repr=False)

    @property
    def global_layers(self) -> int:
        """Layers whose attention sees the whole context: ``layers // global_every``, or all of them."""
        return self.layers // self.attention_pattern.global_every if self.attention_pattern else self.layers

    @property
    def cached_layers(self) -> int:
        """Layers that keep keys and values, or a latent of them: all but those of linear attention."""
        return self.layers - (self.linear_attention.layers if self.linear_attention else 0)

    @property
    def kv_elements_per_token(self) -> int:
        """Numbers that the KV cache keeps for one token of one request, all layers in full, one copy.

        GQA: ``2 * cached_layers * kv_heads * head_dim`` (keys and values, which may be of another size, v_head_dim).
        MLA: ``cached_layers * (kv_lora_rank + qk_rope_head_dim)``.
        Source: profile_max_num_token in python/sglang/srt/model_executor/model_runner.py of
        https://github.com/sgl-project/sglang/tree/v0.4.6.post4
        """
        if self.attention == "mla":
            return self.cached_layers * ((self.kv_lora_rank or 0) + (self.qk_rope_head_dim or 0))
        key = self.head_dim or 0
        return self.cached_layers * (self.kv_heads or 0) * (key + (self.v_head_dim or key))

    @property
    def window_weight(self) -> float:
        """How much cache a token takes in a windowed layer, beside what it takes in another."""
        heads = self.attention_pattern.kv_heads if self.attention_pattern else None
        return heads / self.kv_heads if heads and self.kv_heads else 1.0

    def kv_cache_bytes_per_token(self, tensor_parallel: int, bytes_per_element: float) -> float:
        """Bytes of KV cache for one token on each GPU of a tensor-parallel group, all layers in full.

        GQA shares the KV heads out, at least one to each GPU:
        ``kv_elements_per_token * max(1, kv_heads / tensor_parallel) / kv_heads * bytes_per_element``
        MLA keeps the whole of it on every GPU: ``kv_elements_per_token * bytes_per_element``.
        Source: as kv_elements_per_token
        """
        if self.attention == "mla" or not self.kv_heads:
            return self.kv_elements_per_token * bytes_per_element
        share = max(1.0, self.kv_heads / tensor_parallel) / self.kv_heads
        return self.kv_elements_per_token * share * bytes_per_element


def model_of(name: str, data: Mapping[str, Any]) -> Model:
    """A Model from the fields of a model.yaml that are sound in shape."""
    built = {**data, "name": name, "sources": sources_by_fact(data["sources"])}
    groups: dict[str, Callable[..., Any]] = {
        "experts": Experts,
        "attention_pattern": AttentionPattern,
        "indexer": Indexer,
        "linear_attention": LinearAttention,
    }
    for group, build in groups.items():
        if group in data:
            built[group] = build(**data[group])
    if "parsers" in data:
        built["parsers"] = {
            engine: Parsers(**{what: tuple(names) for what, names in given.items()})
            for engine, given in data["parsers"].items()
        }
    for name in ("weight_block", "quantised", "custom_code"):
        if name in data:
            built[name] = tuple(data[name])
    return Model(**built)


def sources_by_fact(groups: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Source, ...]]:
    """The sources of each fact; the file groups facts by source, readers ask by fact."""
    found: dict[str, tuple[Source, ...]] = {}
    for group in groups:
        for name in group["facts"]:
            found[name] = (*found.get(name, ()), Source(group["url"], group["note"]))
    return found
