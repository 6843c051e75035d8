"""What is to be said of an engine. What most engines share is the default here; a module says where its own differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from ..model import whole
from . import tables
from .versions import version_in_tag

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware, Model
    from .layout import Layout
    from .lists import Pinned, Reading

Role = Literal["serve", "bench", "build", "tool"]


@dataclass(frozen=True)
class Command:
    """A program of an engine, or one subcommand of it.

    name: its section in engine.yaml, and its list. words: the ways to start it, each the last part of a program's path
    or a Python module, and the subcommands behind it. gap: options may stand before the subcommand. abbreviates: takes
    the beginning of a flag for the flag, as argparse does and click does not. own: keys of an entry of ``experiments``
    that its launcher reads itself. main: gets what its launcher is called with. positional: takes the model first.
    wraps: runs the command behind it, and takes no arguments itself.
    """

    name: str
    role: Role
    words: tuple[tuple[str, ...], ...]
    gap: bool = False
    abbreviates: bool = False
    own: frozenset[str] = frozenset()
    main: bool = False
    positional: bool = False
    wraps: bool = False


class Flags(Protocol):
    """The arguments of one run, by any of their names."""

    def number(self, name: str) -> int | None:
        """An argument as a whole number; None if it is absent or no number that the manifest shows."""

    def on(self, name: str) -> bool:
        """Whether a switch is on: given without a value, or with a true one."""

    def text(self, name: str) -> str | None:
        """An argument as text; None if it is absent."""


@dataclass(frozen=True)
class Given:
    """Arguments by name with dashes, as a log or a command line states them: the simplest ``Flags``."""

    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def number(self, name: str) -> int | None:
        return whole(self.values.get(name))

    def on(self, name: str) -> bool:
        return str(self.values.get(name)).lower() in ("true", "1")

    def text(self, name: str) -> str | None:
        return None if name not in self.values else str(self.values[name])


@dataclass(frozen=True)
class Setup:
    """One start of an engine, as far as its memory depends on it. tokens: of the largest pass; context: of the longest
    request; None is the engine's choice and the model's own. version: "" is one that nobody knows."""

    model: Model
    hardware: Hardware
    layout: Layout
    version: str = ""
    quantization: str | None = None
    tokens: int | None = None
    context: int | None = None
    flags: Flags = field(default_factory=Given, compare=False)


SIZES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tp": ("tp", "tp-size", "tensor-parallel-size", "tensor-parallel"),
        "pp": ("pp", "pp-size", "pipeline-parallel-size", "pipeline-parallel"),
        "dp": ("dp", "dp-size", "data-parallel-size", "attn-dp-size"),
        "ep": ("ep", "ep-size", "expert-parallel-size"),
        "cp": ("cp", "cp-size", "context-parallel-size"),
    }
)
"""Spellings of one size across engines and versions, dashes for underscores."""


CONFIGURATIONS = frozenset({"deepseek_v3"})
"""Classes of configurations that checkpoints bring as code, and that Transformers has by now (deepseek_v3 from 4.51
on, which SGLang has since 0.4.6). Source: https://github.com/huggingface/transformers/releases/tag/v4.51.0"""


@dataclass(frozen=True)
class Drafting:
    """How speculative decoding is asked for: the argument with its method, those that name a draft model, and the
    methods, in capitals, that draft with modules of the checkpoint where no other model is named. A path with dots is a
    key inside an argument."""

    method: str
    drafts: tuple[str, ...]
    own: frozenset[str]


@dataclass(frozen=True)
class Told:
    """What is known of one start of an engine.

    value: what an argument says, by its first name; "" if it is not given, None if only the running program knows.
    hosts: over how many it spreads, None if nobody knows. majors: of the compute capability of its GPUs. variables:
    names of those that its container sets.
    """

    value: Callable[[str], str | None]
    version: str | None
    model: Model | None
    majors: frozenset[int]
    hosts: int | None
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Split:
    """By how many GPUs each kind of weights is divided in a stage: 1 is whole on every GPU."""

    dense: int
    shared: int
    routed: int
    embedding: int
    head: int


@dataclass(frozen=True)
class Memory:
    """Bytes of one GPU: of all of it, what CUDA hides, what is gone before loading, weights, and a pass at its peak."""

    total: float
    hidden: float
    overhead: float
    weights: float
    activations: float


@dataclass(frozen=True)
class Adapters:
    """Room for LoRA adapters: so many at once of so high a rank, on the ``parts`` of each layer that have them."""

    slots: int
    rank: int
    parts: frozenset[str]


class Kind:
    """An engine: its attributes are data, its methods pure functions of what they are given."""

    name: ClassVar[str]
    title: ClassVar[str]
    commands: ClassVar[tuple[Command, ...]]
    entry_points: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    """What an image runs when the pod gives it arguments only, by the last part of the image's name."""
    sections: ClassVar[tuple[str, ...]] = ()
    """Sections of engine.yaml that its launchers read besides those named for ``commands``."""
    closed: ClassVar[frozenset[str]] = frozenset()
    """Those of them in which nothing stands but what its launcher reads itself."""
    option_files: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})
    """Flags that name a file of arguments: the list of those, and their style (see ``views.arguments.Use``)."""
    mapped: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Sections that become such a file of the engine's own format, and the list of their keys."""
    nested: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})
    """Sections that hold a mapping of parameters for each model: the family of its lists, and the engine that those are
    versions of."""
    family: ClassVar[str]
    """How the files of ``arguments/`` with its lists begin."""
    pinned: ClassVar[tuple[Pinned, ...]] = ()
    """The lists that it has, where each comes from, and how it is read out of its source."""
    readings: ClassVar[Mapping[str, tuple[Reading, ...]]] = MappingProxyType({})
    """How the lists of a version are read that was transcribed, once somebody gives its source."""
    models: ClassVar[Reading | None] = None
    """How the architectures are read that such a version serves."""

    ports: ClassVar[Mapping[str, int]] = MappingProxyType({"port": 8000})
    """Ports that a server listens on when no flag says otherwise, by flag."""
    hosts: ClassVar[Mapping[str, str]] = MappingProxyType({"port": "host"})
    """The argument that says on which address each of ``ports`` is opened; its default stands in the list."""
    paths: ClassVar[tuple[str, ...]] = ()
    """Paths, as regular expressions, by which a server tells over HTTP how it is."""
    speaks_grpc: ClassVar[bool] = False
    port_names: ClassVar[tuple[str, ...]] = ()
    """Names of ports that, in its container, can only be its own."""
    ready: ClassVar[str] = ""
    """What the log of a server says once it answers."""

    sizes: ClassVar[Mapping[str, tuple[str, ...]]] = SIZES
    sized: ClassVar[bool] = True
    """Whether its arguments say over how many GPUs it spreads. What it loads says so where they do not, and several
    models may share the GPUs."""
    splits_groups: ClassVar[bool] = False
    """Whether attention DP splits the tensor-parallel group into as many groups as an argument says."""
    separator: ClassVar[str] = "-"
    """Between the words of a flag."""
    folds: ClassVar[bool] = False
    """Whether a flag on a command line may have either between its words."""
    certain: ClassVar[frozenset[str]] = frozenset()
    """Names that every version spells in this way alone, and that no helper beside the engine is likely to take."""
    fraction: ClassVar[tuple[str, ...]] = ()
    """Names of the argument that shares out GPU memory; none of an engine whose memory is not planned."""
    context: ClassVar[tuple[str, ...]] = ()
    batch: ClassVar[str] = ""
    """Name of the argument for the tokens of the largest pass."""

    graphs: ClassVar[str] = ""
    """Name of the argument for the largest batch that is captured, if its memory is planned by that."""
    mtp: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The arguments with which the checkpoint's own modules draft."""
    oldest: ClassVar[str] = ""
    """The first version that its memory is planned for; the last is the newest that it has a list of."""

    planned_as: ClassVar[str] = ""
    """The engine by whose rules its memory is planned, where that is another one."""
    default_share: ClassVar[float] = 0.9
    """The memory fraction if none is given."""
    share_means: ClassVar[str] = ""
    pool_formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    """Where the two above are to be read."""
    expert_tokens: ClassVar[int] = 0
    """Tokens that its experts work on at once, however many a pass has; 0 is all."""
    refuses_own_context: ClassVar[bool] = False
    """Whether it does not start where the model's own context is too long for the cache, though nobody asked for it."""
    unpacks_fp4: ClassVar[str | None] = ""
    """The first version with weight-only kernels for NVFP4 on GPUs that do not compute in it: "" is every one, None
    none."""
    unpacks_by: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({})
    """Arguments that choose such kernels, and their values that do: an overlay that names one knows its GPUs."""
    unpacks_mxfp4: ClassVar[str | None] = None
    """The first version that takes such a kernel by itself for the models that exist in MXFP4 alone, likewise."""
    handed: ClassVar[tuple[str, ...]] = ()
    """What two servers must have alike where one hands KV caches to the other, by the words of `mismatched-halves`."""
    host_caches: ClassVar[tuple[tuple[str, float, bool, str], ...]] = ()
    """Arguments that size a cache in host memory: the bytes of the unit, whether it is the size of each rank, and the
    switch without which it counts for nothing. A key of the file of LLM arguments by its path, with dots."""
    unchunked: ClassVar[Literal["", "refuses", "stops"]] = ""
    """What a server does without chunked prefill whose context is longer than a pass: it refuses longer prompts, or it
    does not start."""
    particular: ClassVar[tuple[str, ...]] = ()
    """Arguments of which not every GPU or model can have every value; a key of the file of LLM arguments by its path,
    with dots."""
    drafting: ClassVar[Drafting | None] = None
    loading: ClassVar[frozenset[str]] = frozenset()
    """Commands that load a checkpoint, and take trust in its code as an argument."""
    other_tokenizer: ClassVar[tuple[str, ...]] = ()
    """Arguments by which another tokenizer than the checkpoint's is taken, or none."""
    reshaping: ClassVar[tuple[str, ...]] = ()
    """Arguments that change a checkpoint's configuration, its positions too."""
    registering: ClassVar[tuple[str, ...]] = ()
    """Arguments and variables that bring classes of models from elsewhere, or choose one."""
    longer: ClassVar[str] = ""
    """The variable of the environment that lets a context be longer than the model's own."""
    compares_method: ClassVar[bool] = False
    """Whether it holds a quantisation that is asked for against the method by which the checkpoint was quantised."""
    pads_widths: ClassVar[bool] = False
    """Whether some of its kernels pad what tensor parallelism cuts between the blocks of a quantisation."""
    compatibility: ClassVar[str] = ""
    """The variable that makes its images use the libraries with which a newer CUDA runs on an older driver."""
    renamed: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What its interface in Python calls today what it, or one of its commands, has called otherwise."""
    pass_within_share: ClassVar[bool] = True
    """Whether the memory fraction leaves room for a pass by itself."""

    def main(self, role: Role) -> Command | None:
        """The command that gets what a launcher in this role is called with."""
        return next((command for command in self.commands if command.main and command.role == role), None)

    def version(self, image: str) -> str | None:
        """The engine's version by the image's tag; None if the tag tells none."""
        return version_in_tag(image)

    def loads_compiled(self, image: str, flags: Flags) -> bool:
        """Whether a server loads engines that TensorRT-LLM compiled before."""
        return False

    def answers(self, path: str) -> bool:
        """Whether a server has a path for probes."""
        return any(re.fullmatch(regex, path) for regex in self.paths)

    # --- parallel sizes ---

    def layout(self, tp: int, pp: int, dp: int, cp: int, flags: Flags) -> Layout:
        """How a run with these sizes spreads over GPUs."""
        raise NotImplementedError

    def attention_tp(self, layout: Layout) -> int:
        """GPUs that share the heads of one attention layer."""
        return max(1, layout.tp // layout.dp) if layout.attention_dp else layout.tp

    def groups(self, layout: Layout) -> int:
        """KV caches with requests of their own."""
        return layout.dp

    def expert_ranks(self, layout: Layout) -> int:
        """GPUs that share the routed experts."""
        return layout.tp

    def refusals(self, layout: Layout, model: Model, version: str) -> Iterator[str]:
        """Why the engine refuses sizes that are sound in themselves."""
        return iter(())

    def expert_refusal(self, layout: Layout) -> str | None:
        """Why it refuses an expert-parallel size that divides the GPUs."""
        return None

    def attention_dp_refusal(self, tp: int, dp: int) -> str | None:
        """Why attention DP cannot split a tensor-parallel group into so many groups."""
        return None

    def reads_expert_size(self, version: str | None) -> bool:
        """Whether it reads the expert-parallel size, which divides the tensor-parallel one."""
        return True

    def variants(self, tp: int, pp: int, powers: list[int]) -> Iterator[Layout]:
        """Its layouts for a tensor- and a pipeline-parallel size, with the other sizes out of ``powers``."""
        raise NotImplementedError

    def split(self, layout: Layout, model: Model) -> Split:
        """How it divides weights."""
        raise NotImplementedError

    # --- what a GPU and a model can ---

    def gpu_refusal(
        self, name: str, value: str, version: str | None, hardware: Hardware, model: Model | None
    ) -> str | None:
        """Why GPUs cannot do what one of the ``particular`` arguments says, to be read on behind name and value."""
        return None

    def model_refusal(self, name: str, value: str, version: str | None, model: Model) -> str | None:
        """Why a model cannot be run so, likewise."""
        return None

    def refused(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        """What it refuses to start with: the argument to edit, why, to be read on behind its name and value, and
        whether that was found in this very version. Nothing of what is not known."""
        return tables.refused(self.family, told)

    def overridden(self, told: Told) -> Iterator[tuple[str, str, bool]]:
        """What it gives another value than the stated one without a word but in its log: the argument, and what becomes
        of it, likewise."""
        return tables.overridden(self.family, told)

    def to_prove(self, version: str) -> tuple[Sequence[Callable[[Told], Any]], Sequence[Callable[[Told], Any]]]:
        """The relations that were read out of a version's source, which the oracle proves: those that refuse, and those
        that give an argument a number, as its name, the number and why."""
        return (), ()

    # --- what a checkpoint brings ---

    def code_of_its_own(self, model: Model) -> frozenset[str]:
        """The parts of a checkpoint with code of its own for which the engine has a class itself: it never runs the
        checkpoint's model, and Transformers knows some configurations."""
        return frozenset({"model", *(("config",) if model.model_type in CONFIGURATIONS else ())})

    def tokens(self, value: object) -> int | None:
        """A context length as a number; None if it is none."""
        return whole(value)

    def beyond(self, version: str | None) -> Literal["refuses", "cuts", "serves"] | None:
        """What it does with a context beyond the model's own where no variable says otherwise; None if nobody read it
        for that version."""
        return None

    # --- memory ---

    def pass_tokens(self, setup: Setup) -> int:
        """Tokens of the largest pass."""
        return setup.tokens or 8192

    def share(self, setup: Setup, given: float | None) -> float:
        """The memory fraction: the one given, as the engine reads it, or its default."""
        return self.default_share if given is None else given

    def kv_precision(self, setup: Setup) -> str:
        """What it takes for a KV cache of type ``auto``."""
        return "bf16"

    def kv_layers(self, setup: Setup) -> float:
        """Layers' worth of cache that a token of a long request takes."""
        return setup.model.layers

    def indexed(self, setup: Setup, precision: str) -> float:
        """Bytes that sparse attention adds to a token of cache: the indexer's key in FP8, with an FP32 scale for each
        128 numbers, in each layer that has one."""
        indexer = setup.model.indexer
        layers = 0 if indexer is None else indexer.layers or setup.model.cached_layers
        return layers * indexer.head_dim * (1 + 4 / 128) if indexer else 0.0

    def modules(self, setup: Setup) -> int:
        """The checkpoint's modules for multi-token prediction that it loads."""
        return 0

    def adapters(self, setup: Setup) -> Adapters | None:
        """The LoRA adapters that it makes room for before it sizes the cache; None where none, or nobody knows how
        large they may be."""
        return None

    def counts_draft(self, setup: Setup) -> bool:
        """Whether it loads the draft before it sizes the cache, so that weights and cache of the draft are in the
        fraction; else they come beside it."""
        return True

    def padding(self, setup: Setup) -> tuple[int, int]:
        """Multiples to which its MXFP4 kernels round up an expert's hidden size and one GPU's part of its width."""
        return 1, 1

    def peak(self, setup: Setup, one_pass: float) -> float:
        """Bytes at the peak of what it reckons with: a pass of that many bytes, or what follows it if that is more."""
        return one_pass

    def beside(self, setup: Setup, tokens: int) -> dict[str, float]:
        """Bytes that it allocates for certain beside what its fraction covers, by what they are for. tokens: that one
        cache holds."""
        return {}

    def pool(self, setup: Setup, memory: Memory, share: float) -> float:
        """Bytes that the memory fraction leaves for the KV cache on one GPU."""
        raise NotImplementedError
