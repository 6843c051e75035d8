"""The facts that rules and plans stand on: hardware.yaml for each machine type, model.yaml for each model.

``load_hardware`` and ``load_models`` read and check every file and hand out frozen dataclasses by folder
name. All mistakes of all files go into one ``CatalogueError``: a wrong fact makes rules wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

import cerberus  # type: ignore[import-untyped]
import yaml
from cerberus import errors as codes

from .. import lines
from . import checks, shapes
from .checks import Check, Pointer, Problem

MAX_FILE_BYTES = 2**20
"""A catalogue file has about 5 KiB; anything near this limit is not one."""

@dataclass(frozen=True, order=True)
class Mistake:
    """One thing to correct. ``path`` is relative to the root and ``line`` 1-based."""

    path: str
    line: int
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.cause}; {self.cure}"


class CatalogueError(ValueError):
    """Every mistake found, one to a line of text."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))

    def __reduce__(self) -> tuple[type[CatalogueError], tuple[tuple[Mistake, ...]]]:
        return CatalogueError, (self.mistakes,)  # so that a worker process can raise it


# What is loaded


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
    """One machine type. ``name`` is its folder; sizes are of one host unless the name says otherwise."""

    name: str
    machine_type: str
    accelerator: str
    gpus: int
    gpu_memory_mib: int
    architecture: Literal["hopper", "blackwell"]
    compute_capability: str
    precisions: tuple[str, ...]
    nvlink_domain_gpus: int
    cpu_architecture: Literal["amd64", "arm64"]
    cpu: int
    memory_gib: int
    local_ssd_gib: int
    allocatable: Allocatable
    nics: int
    interfaces: tuple[Interface, ...]
    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[Taint, ...]
    flex_start: bool
    gke_minimum: str
    kubernetes_minimum: str
    gib: Gib
    sources: Mapping[str, tuple[Source, ...]] = field(hash=False, repr=False)

    @property
    def gpu_memory_bytes(self) -> int:
        """Memory of one GPU in bytes: ``gpu_memory_mib * 2**20``, the total that nvidia-smi shows.

        Google's tables call 186 GB what is 185.03 GiB (198.7e9 bytes); checkpoints are counted in 1e9 bytes.
        Source: https://docs.nvidia.com/deploy/nvml-api/structnvmlMemory__t.html
        """
        return self.gpu_memory_mib * 2**20

    @property
    def node_gpu_memory_bytes(self) -> int:
        """Memory of all GPUs of one host in bytes: ``gpus * gpu_memory_bytes``."""
        return self.gpus * self.gpu_memory_bytes

    @property
    def host_interfaces(self) -> tuple[Interface, ...]:
        """The interfaces that are not RDMA: the pod network and, where used, the second gVNIC."""
        return tuple(item for item in self.interfaces if not item.rdma)

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
    """Layers see ``window_tokens`` tokens, save every ``global_every``-th, which sees the whole context."""

    window_tokens: int
    global_every: int


@dataclass(frozen=True, kw_only=True)
class Model:
    """One checkpoint. ``name`` is its folder, ``id`` what is downloaded.

    ``parameters`` counts everything that is served, ``vision_parameters`` (part of it) what every tensor-
    parallel rank holds whole, ``draft_parameters`` (not part of it) what only speculative decoding loads.
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
    experts: Experts | None = None
    native_precision: Literal["bf16", "fp8", "nvfp4"]
    weight_block: tuple[int, int] | None = None
    disk_bytes: int
    sources: Mapping[str, tuple[Source, ...]] = field(hash=False, repr=False)

    @property
    def global_layers(self) -> int:
        """Layers whose attention sees the whole context: ``layers // global_every``, or all of them."""
        return self.layers // self.attention_pattern.global_every if self.attention_pattern else self.layers

    @property
    def kv_elements_per_token(self) -> int:
        """Numbers that the KV cache keeps for one token of one request, all layers in full, one copy.

        GQA: ``2 * layers * kv_heads * head_dim`` (keys and values).
        MLA: ``layers * (kv_lora_rank + qk_rope_head_dim)``.
        Source: profile_max_num_token in python/sglang/srt/model_executor/model_runner.py of
        https://github.com/sgl-project/sglang/tree/v0.4.6.post4
        """
        if self.attention == "mla":
            return self.layers * ((self.kv_lora_rank or 0) + (self.qk_rope_head_dim or 0))
        return 2 * self.layers * (self.kv_heads or 0) * (self.head_dim or 0)

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


# Reading


def load_hardware(root: Path) -> dict[str, Hardware]:
    """Every ``hardware/<name>/hardware.yaml`` below ``root``, by folder name. Raises CatalogueError."""
    return _load(
        root, "hardware", "hardware.yaml", shapes.HARDWARE, checks.HARDWARE, _hardware
    )


def load_models(root: Path) -> dict[str, Model]:
    """Every ``models/<name>/model.yaml`` below ``root``, by folder name. Raises CatalogueError."""
    return _load(root, "models", "model.yaml", shapes.MODEL, checks.MODEL, _model)


_Entry = TypeVar("_Entry", Hardware, Model)


def _load(
    root: Path,
    kind: str,
    file_name: str,
    schema: dict[str, Any],
    checks: tuple[Check, ...],
    build: Callable[[str, dict[str, Any]], _Entry],
) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    mistakes: list[Mistake] = []
    for name in _folders(root, kind, file_name):
        path = f"{kind}/{name}/{file_name}"
        try:
            data = _read(root, path, schema, checks)
        except CatalogueError as error:
            mistakes.extend(error.mistakes)
        else:
            found[name] = build(name, data)
    if mistakes:
        raise CatalogueError(mistakes)
    return found


def _folders(root: Path, kind: str, file_name: str) -> list[str]:
    """Names of the folders in ``root/kind``, sorted. Without any, every rule would pass in silence."""
    cure = f"add {kind}/<name>/{file_name}, or run from the root of the repository"
    try:
        names = sorted(p.name for p in (root / kind).iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError as error:
        raise CatalogueError([Mistake(kind, 1, f"cannot be listed ({error.strerror})", cure)]) from None
    if not names:
        raise CatalogueError([Mistake(kind, 1, "holds no folder", cure)])
    return names


def _read(root: Path, path: str, schema: dict[str, Any], own: tuple[Check, ...]) -> dict[str, Any]:
    """The file's mapping, sound in shape and meaning. Raises CatalogueError with all that is wrong in it."""
    node, data = _parse(path, _text(root, path))
    repeated = lines.duplicates(node)
    problems = list(_shape(data, schema))
    unsound = {pointer[0] for pointer, *_ in (*repeated, *problems)}
    for check in (*own, checks.sources_cover(schema)):
        if not unsound.intersection(check.needs + check.reads) and all(name in data for name in check.needs):
            problems += check.run(data)
    mistakes = [
        Mistake(path, line, f"key {key!r} stands a second time", "keep one") for _, line, key in repeated
    ]
    for pointer, cause, cure in problems:
        mistakes.append(Mistake(path, lines.descend(node, pointer)[1], cause, cure))
    if mistakes:
        raise CatalogueError(mistakes)
    return data


def _text(root: Path, path: str) -> str:
    def refuse(cause: str, cure: str, line: int = 1) -> CatalogueError:
        return CatalogueError([Mistake(path, line, cause, cure)])

    file = root / path
    if not file.is_file():
        raise refuse(
            "file is missing", "every folder here describes itself: add the file or remove the folder"
        )
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise refuse(f"cannot be read ({error.strerror})", "make it readable") from None
    if len(raw) > MAX_FILE_BYTES:
        raise refuse(f"is larger than {MAX_FILE_BYTES} bytes", "keep facts only")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(f"byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None


def _parse(path: str, text: str) -> tuple[yaml.Node, dict[str, Any]]:
    """Node graph and value of the one mapping in ``text``."""
    try:
        nodes = lines.compose(text)
        if len(nodes) > 1:
            raise lines.BadYaml(nodes[1].start_mark.line + 1, "second document in the file")
        loaded = lines.load(text) if nodes else []
    except lines.BadYaml as error:
        raise CatalogueError([Mistake(path, error.line, error.cause, "correct the YAML")]) from None
    if not loaded:
        raise CatalogueError([Mistake(path, 1, "file is empty", "write the facts as key: value")])
    line, data = loaded[0]
    if not isinstance(data, dict):
        raise CatalogueError([Mistake(path, line, f"is {_kind_of(data)}, not a mapping", "write key: value")])
    return nodes[0], data


# Shape


def _shape(data: dict[str, Any], schema: dict[str, Any]) -> Iterator[Problem]:
    """What cerberus finds, in our words."""
    validator = _Validator(schema, require_all=True, error_handler=_Leaves)
    validator.validate(data, normalize=False)
    for error in validator.errors:
        yield error.document_path, *_explain(error, _siblings(schema, error.document_path))


class _Validator(cerberus.Validator):  # type: ignore[misc]
    """Cerberus takes ``true`` for the integer 1; here it is no number."""

    types_mapping: ClassVar[dict[str, cerberus.TypeDefinition]] = {
        **cerberus.Validator.types_mapping,
        "integer": cerberus.TypeDefinition("integer", (int,), (bool,)),
    }


class _Leaves(codes.BaseErrorHandler):  # type: ignore[misc]
    """Hands out cerberus' errors themselves, not its sentences; groups are taken apart."""

    def __call__(self, errors: Iterable[codes.ValidationError]) -> list[codes.ValidationError]:
        found = []
        for error in errors:
            found += self(error.child_errors) if error.is_group_error else [error]
        return found


def _siblings(schema: Mapping[str, Any], path: Pointer) -> list[str]:
    """Keys that the schema knows beside the last step of ``path``."""
    rules: Any = schema
    for step in path[:-1]:
        rule = rules if isinstance(step, int) else rules.get(step, {})
        rules = rule.get("schema", {}) if isinstance(rule, Mapping) else {}
    return [str(key) for key in rules]


_TYPES = {
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "list": "a list",
    "dict": "a mapping",
}


def _explain(error: codes.ValidationError, siblings: list[str]) -> tuple[str, str]:
    """Cause and cure of one cerberus error."""
    name = ".".join(map(str, error.document_path))
    shown = _shown(error.value)
    match error.code:
        case codes.UNKNOWN_FIELD.code:
            near = difflib.get_close_matches(str(error.document_path[-1]), siblings, n=1)
            return f"key {name!r} is unknown", f"did you mean {near[0]!r}?" if near else "remove it"
        case codes.REQUIRED_FIELD.code:
            return f"key {name!r} is missing", "add it, with its source"
        case codes.NOT_NULLABLE.code:
            return f"{name!r} has no value", "give it one or remove the key"
        case codes.BAD_TYPE.code:
            wanted = error.constraint
            cause = f"{name!r} is {_kind_of(error.value)} ({shown}), not {_TYPES[wanted]}"
            return cause, _retype(wanted, error.value)
        case codes.UNALLOWED_VALUE.code:
            return f"{name!r} is {shown}", "use one of " + ", ".join(map(str, error.constraint))
        case codes.REGEX_MISMATCH.code:
            return f"{name!r} is {shown}", f"write {shapes.FORMS[error.constraint]}"
        case codes.MIN_VALUE.code | codes.MAX_VALUE.code:
            bound = "more" if error.code == codes.MIN_VALUE.code else "less"
            return f"{name!r} is {shown}", f"write {error.constraint} or {bound}"
        case codes.EMPTY_NOT_ALLOWED.code:
            return f"{name!r} is empty text", "write it out"
        case codes.MIN_LENGTH.code | codes.MAX_LENGTH.code:
            bound = "at least" if error.code == codes.MIN_LENGTH.code else "at most"
            return f"{name!r} has {len(error.value)} entries", f"give {bound} {error.constraint}"
    return (
        f"{name!r} breaks the rule {error.rule!r}",
        f"see {error.rule} {error.constraint!r} in shapes.py",
    )


def _retype(wanted: str, value: object) -> str:
    if wanted == "string" and isinstance(value, int | float):
        return "put quotes round it, as text keeps every digit"
    if wanted in ("integer", "boolean") and isinstance(value, str):
        return (
            "write it without quotes" if re.fullmatch(r"\d+|true|false", value) else f"write {_TYPES[wanted]}"
        )
    return f"write {_TYPES[wanted]}"


def _kind_of(value: object) -> str:
    words = (
        (bool, "true or false"),
        (int | float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "a mapping"),
    )
    for kind, word in words:
        if isinstance(value, kind):
            return word
    return f"a {type(value).__name__}"


def _shown(value: object) -> str:
    """``value`` in at most 60 characters."""
    if isinstance(value, list | dict):
        return f"{len(value)} entries"
    try:
        text = repr(value)
    except ValueError:  # an integer with more digits than Python prints
        return "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."


# Building


def _hardware(name: str, data: dict[str, Any]) -> Hardware:
    return Hardware(
        **{
            **data,
            "name": name,
            "precisions": tuple(data["precisions"]),
            "allocatable": Allocatable(**data["allocatable"]),
            "interfaces": tuple(Interface(**item) for item in data["interfaces"]),
            "taints": tuple(Taint(**item) for item in data["taints"]),
            "gib": Gib(**data["gib"]),
            "sources": _sources(data["sources"]),
        }
    )


def _model(name: str, data: dict[str, Any]) -> Model:
    built = {**data, "name": name, "sources": _sources(data["sources"])}
    if "experts" in data:
        built["experts"] = Experts(**data["experts"])
    if "attention_pattern" in data:
        built["attention_pattern"] = AttentionPattern(**data["attention_pattern"])
    if "weight_block" in data:
        built["weight_block"] = tuple(data["weight_block"])
    return Model(**built)


def _sources(groups: list[dict[str, Any]]) -> dict[str, tuple[Source, ...]]:
    """The sources of each fact; the file groups facts by source, readers ask by fact."""
    found: dict[str, tuple[Source, ...]] = {}
    for group in groups:
        for name in group["facts"]:
            found[name] = (*found.get(name, ()), Source(group["url"], group["note"]))
    return found
