"""What must hold between the fields of a catalogue file. ``shapes`` has the shape of each field."""

import difflib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from . import counting, parts, shapes

Pointer = tuple[str | int, ...]
"""Path into the file: keys and list positions, outermost first."""
Problem = tuple[Pointer, str, str]
"""Where in the file, the cause, the cure."""


class Check(NamedTuple):
    """Runs when what it ``needs`` is there, and all that it needs or ``reads`` is sound in shape."""

    run: Callable[[Mapping[str, Any]], Iterator[Problem]]
    needs: tuple[str, ...]
    reads: tuple[str, ...] = ()


def sources_cover(schema: Mapping[str, Any]) -> Check:
    """Every fact has a source, and no source names what is no fact of the file.

    A key that the shape check already called unknown or missing is passed over: one slip, one message.
    """

    def run(data: Mapping[str, Any]) -> Iterator[Problem]:
        facts = [key for key in schema if key != "sources"]
        covered: set[str] = set()
        for i, source in enumerate(data["sources"]):
            for j, name in enumerate(source["facts"]):
                covered.add(name)
                optional = not schema.get(name, {}).get("required", True)
                if name not in facts or (optional and name not in data):
                    near = difflib.get_close_matches(name, [key for key in facts if key in data], n=1)
                    cure = f"did you mean {near[0]!r}?" if near else "name a key of this file"
                    yield ("sources", i, "facts", j), f"{name!r} is no fact of this file", cure
        for name in facts:
            if name in data and name not in covered:
                yield (name,), f"{name!r} has no source", "name it in the facts of a source"

    return Check(run, ("sources",))


def has_schemas(versions: Sequence[str]) -> Check:
    """The oldest Kubernetes that runs on the machine is one of those that can be judged."""

    def run(data: Mapping[str, Any]) -> Iterator[Problem]:
        minimum = data["kubernetes_minimum"]
        if minimum not in versions:
            cause = f"nothing can be judged for Kubernetes {minimum}: there are schemas of {', '.join(versions)}"
            yield ("kubernetes_minimum",), cause, "vendor its schemas, or write a gke_minimum that is one of them"

    return Check(run, ("kubernetes_minimum",))


def _cabled(data: Mapping[str, Any]) -> Iterator[Problem]:
    interfaces = data["interfaces"]
    order = [int(item["interface"].removeprefix("eth")) for item in interfaces]
    for i, (before, after) in enumerate(itertools.pairwise(order), start=1):
        if after <= before:
            cure = "list each interface once, in rising order"
            yield ("interfaces", i, "interface"), f"eth{after} stands after eth{before}", cure
    networks = [item["network"] for item in interfaces]
    for i, network in enumerate(networks):
        if network in networks[:i]:
            yield (
                ("interfaces", i, "network"),
                f"network {network!r} stands a second time",
                "use each network once",
            )
    first = interfaces[0]
    if (first["interface"], first["network"], first["rdma"], first["optional"]) != (
        "eth0",
        "default",
        False,
        False,
    ):
        yield (
            ("interfaces", 0),
            "the first interface is not the pod network",
            "start with eth0 on network default",
        )
    rdma = [(i, item) for i, item in enumerate(interfaces) if item["rdma"]]
    for number, (i, item) in enumerate(rdma):
        if item["network"] != f"rdma-{number}":
            cure = f"write rdma-{number}: NCCL expects the NICs in order"
            yield ("interfaces", i, "network"), f"RDMA network {number} is {item['network']!r}", cure
        if item["optional"]:
            yield (
                ("interfaces", i, "optional"),
                f"{item['network']!r} is optional",
                "RDMA is taken whole: write false",
            )


def _transported(data: Mapping[str, Any]) -> Iterator[Problem]:
    """What a transport needs is there, and what only another one has a use for is not."""
    transport = data["transport"]
    rdma = [i for i, item in enumerate(data["interfaces"]) if item["rdma"]]
    if transport == "gib":
        if "gib" not in data:
            yield ("gib",), "key 'gib' is missing", "transport gib needs the plug-in's image and tag, with their source"
        if not rdma:
            yield ("interfaces",), "no interface is RDMA", "transport gib goes over RDMA networks: list them"
        return
    if "gib" in data:
        yield ("gib",), f"'gib' has no meaning with transport {transport}", "remove it, or write transport: gib"
    for i in rdma:
        cause = f"{data['interfaces'][i]['network']!r} is RDMA, which transport {transport} does not use"
        yield ("interfaces", i, "rdma"), cause, "write false, or transport: gib"
    if transport == "tcpxo" and len(data["interfaces"]) == 1:
        cure = "transport tcpxo goes over networks beside the pod's: list them"
        yield ("interfaces",), "the pod network is the only interface", cure


def _nics_counted(data: Mapping[str, Any]) -> Iterator[Problem]:
    if len(data["interfaces"]) != data["nics"]:
        yield (
            ("nics",),
            f"'nics' is {data['nics']} and {len(data['interfaces'])} interfaces are listed",
            "correct one",
        )


def _within_capacity(data: Mapping[str, Any]) -> Iterator[Problem]:
    allocatable = data["allocatable"]
    for key, capacity in (
        ("cpu_millicores", data["cpu"] * 1000),
        ("memory_gib", data["memory_gib"]),
        # Without a local SSD it is the boot disk's, which is as large as the pool asks for.
        ("ephemeral_storage_gib", data["local_ssd_gib"] or math.inf),
    ):
        if allocatable[key] > capacity:
            cause = f"'allocatable.{key}' is {allocatable[key]}, more than the host's {capacity}"
            yield ("allocatable", key), cause, "a node keeps some for itself: write less"


def _labelled(data: Mapping[str, Any]) -> Iterator[Problem]:
    for label, key in (
        ("cloud.google.com/gke-accelerator", "accelerator"),
        ("kubernetes.io/arch", "cpu_architecture"),
        ("node.kubernetes.io/instance-type", "machine_type"),
    ):
        if data["labels"].get(label) != data[key]:
            yield (
                ("labels", label),
                f"label {label} is {data['labels'].get(label)!r}",
                f"write {key}, {data[key]!r}",
            )


def _arm_kept_apart(data: Mapping[str, Any]) -> Iterator[Problem]:
    arm = data["cpu_architecture"] == "arm64"
    if arm != any(taint["key"] == "kubernetes.io/arch" for taint in data["taints"]):
        cause = "taint kubernetes.io/arch " + ("is missing on arm64" if arm else "stands on amd64")
        yield ("taints",), cause, "GKE taints arm64 nodes, and only those"


def _gib_built_for(data: Mapping[str, Any]) -> Iterator[Problem]:
    if (data["cpu_architecture"] == "arm64") != data["gib"]["image"].endswith("-arm64"):
        cause = f"'gib.image' is not built for {data['cpu_architecture']}"
        yield ("gib", "image"), cause, "take the image with -arm64 at its end on arm64, and only there"


def _versions_agree(data: Mapping[str, Any]) -> Iterator[Problem]:
    minor = ".".join(data["gke_minimum"].split(".")[:2])
    if minor != data["kubernetes_minimum"]:
        cause = f"'kubernetes_minimum' is {data['kubernetes_minimum']!r}, gke_minimum {data['gke_minimum']!r}"
        yield ("kubernetes_minimum",), cause, f'write "{minor}"'


def _whole_hosts(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data["nvlink_domain_gpus"] != 1 and data["nvlink_domain_gpus"] % data["gpus"]:
        cause = f"'nvlink_domain_gpus' is {data['nvlink_domain_gpus']}, no multiple of gpus ({data['gpus']})"
        yield ("nvlink_domain_gpus",), cause, "a domain is made of whole hosts; without NVLink write 1"


def _attention_complete(data: Mapping[str, Any]) -> Iterator[Problem]:
    kind = data["attention"]
    for name in parts.ATTENTION[kind]:
        if name not in data:
            yield (name,), f"key {name!r} is missing", f"{kind} attention needs it"
    for other in parts.ATTENTION.keys() - {kind}:
        for name in parts.ATTENTION[other]:
            if name in data:
                yield (
                    (name,),
                    f"{name!r} has no meaning with {kind} attention",
                    f"remove it, or write {other}",
                )


def _heads_shared(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data["attention_heads"] % data["kv_heads"]:
        cause = f"'attention_heads' ({data['attention_heads']}) is no multiple of kv_heads ({data['kv_heads']})"
        yield ("kv_heads",), cause, "every KV head serves as many attention heads: correct one"


def _experts_counted(data: Mapping[str, Any]) -> Iterator[Problem]:
    experts = data["experts"]
    if experts["active"] > experts["routed"]:
        cause = f"'experts.active' is {experts['active']}, more than the {experts['routed']} routed ones"
        yield ("experts", "active"), cause, "a token goes to some of them: correct one"
    if experts["layers"] > data["layers"]:
        cause = f"'experts.layers' is {experts['layers']}, more than the model's {data['layers']}"
        yield ("experts", "layers"), cause, "correct one"


def _parameters_counted(data: Mapping[str, Any]) -> Iterator[Problem]:
    total, active = data["parameters"], data["active_parameters"]
    if active > total:
        yield (
            ("active_parameters",),
            f"'active_parameters' is {active}, more than parameters ({total})",
            "correct one",
        )
    elif "experts" not in data and active != total:
        cause = f"'active_parameters' is {active} and not parameters ({total}), yet no experts are given"
        yield ("active_parameters",), cause, "a dense model uses all: write the same number, or add experts"
    if data.get("vision_parameters", 0) >= total:
        yield (
            ("vision_parameters",),
            "'vision_parameters' is not less than parameters",
            "it is a part of them",
        )


def _pattern_narrows(data: Mapping[str, Any]) -> Iterator[Problem]:
    pattern = data["attention_pattern"]
    if pattern["window_tokens"] >= data["context"]:
        cause = f"a window of {pattern['window_tokens']} tokens is not less than the context ({data['context']})"
        yield ("attention_pattern", "window_tokens"), cause, "remove the pattern, or correct one"
    if data["layers"] % pattern["global_every"]:
        cause = f"{data['layers']} layers are no multiple of {pattern['global_every']}"
        yield ("attention_pattern", "global_every"), cause, "correct one"


def _blocks_quantised(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data["native_precision"] == "bf16":
        yield (
            ("weight_block",),
            "'weight_block' has no meaning for bf16",
            "remove it: BF16 weights carry no scales",
        )


def _method_of_quantised(data: Mapping[str, Any]) -> Iterator[Problem]:
    if data["native_precision"] == "bf16":
        yield ("quant_method",), "'quant_method' has no meaning for bf16", "remove it, or correct native_precision"


def _quantised_parts(data: Mapping[str, Any]) -> Iterator[Problem]:
    quantised = data.get("quantised", [])
    if (data["native_precision"] == "bf16") != (not quantised):
        if quantised:
            yield ("quantised",), "'quantised' has no meaning for bf16", "remove it, or correct native_precision"
        else:
            cause = f"key 'quantised' is missing: which parts are {data['native_precision']}?"
            yield ("native_precision",), cause, "list them; every other part is taken as BF16"
    for i, part in enumerate(quantised):
        if part in quantised[:i]:
            yield ("quantised", i), f"{part!r} stands a second time", "name each part once"
        elif part in ("indexer", "linear_attention") and part not in data:
            yield ("quantised", i), f"{part!r} stands in a model without one", f"remove it, or add {part}"
        elif part.endswith("_experts") and "experts" not in data:
            yield ("quantised", i), f"{part!r} stands in a model without experts", "remove it, or add experts"
    if data.get("unquantised_layers", 0) and (not quantised or data["unquantised_layers"] >= data["layers"]):
        cause = f"'unquantised_layers' is {data['unquantised_layers']} of {data['layers']} layers"
        yield ("unquantised_layers",), cause, "it counts the few layers that a quantised checkpoint leaves in BF16"


def _drafts_counted(data: Mapping[str, Any]) -> Iterator[Problem]:
    modules, parameters = data["mtp_layers"], data.get("draft_parameters", 0)
    if modules and not parameters:
        cause = f"'mtp_layers' is {modules}, but nobody counted their weights"
        yield ("mtp_layers",), cause, "add draft_parameters, which the planner adds for speculative decoding"
    if parameters and not modules:
        cause = f"'draft_parameters' is {parameters}, but 'mtp_layers' says that there is no module"
        yield ("draft_parameters",), cause, "correct one"


def _kinds_of_layers(data: Mapping[str, Any]) -> Iterator[Problem]:
    layers = data["layers"]
    linear = data.get("linear_attention", {}).get("layers", 0)
    if linear >= layers:
        cause = f"'linear_attention.layers' is {linear} of {layers} layers"
        yield ("linear_attention", "layers"), cause, "some layers see the whole context: correct one"
    indexed = data.get("indexer", {}).get("layers", 1)
    if indexed > layers:
        cause = f"'indexer.layers' is {indexed}, more than the model's {layers}"
        yield ("indexer", "layers"), cause, "correct one"


def _code_once(data: Mapping[str, Any]) -> Iterator[Problem]:
    code = data["custom_code"]
    for i, part in enumerate(code):
        if part in code[:i]:
            yield ("custom_code", i), f"{part!r} stands a second time", "name each part once"


HARDWARE: tuple[Check, ...] = (
    Check(_cabled, ("interfaces",)),
    Check(_nics_counted, ("interfaces", "nics")),
    Check(_within_capacity, ("allocatable", "cpu", "memory_gib", "local_ssd_gib")),
    Check(_labelled, ("labels", "accelerator", "cpu_architecture", "machine_type")),
    Check(_transported, ("transport", "interfaces"), reads=("gib",)),
    Check(_arm_kept_apart, ("cpu_architecture", "taints")),
    Check(_gib_built_for, ("cpu_architecture", "gib")),
    Check(_versions_agree, ("gke_minimum", "kubernetes_minimum")),
    Check(_whole_hosts, ("nvlink_domain_gpus", "gpus")),
)
_COUNTED = tuple(name for name in counting.SHAPE if shapes.MODEL[name].get("required", True))
_READ = tuple(name for name in counting.SHAPE if name not in _COUNTED)
MODEL: tuple[Check, ...] = (
    Check(_attention_complete, ("attention",)),
    Check(_heads_shared, ("attention_heads", "kv_heads")),
    Check(_experts_counted, ("experts", "layers")),
    Check(_parameters_counted, ("parameters", "active_parameters"), reads=("experts", "vision_parameters")),
    Check(counting.disagreements, _COUNTED, reads=_READ),
    Check(counting.weighed, (*_COUNTED, "disk_bytes", "native_precision"), reads=(*_READ, "quantised")),
    Check(_drafts_counted, ("mtp_layers",), reads=("draft_parameters",)),
    Check(_code_once, ("custom_code",)),
    Check(_kinds_of_layers, ("layers",), reads=("linear_attention", "indexer")),
    Check(_pattern_narrows, ("attention_pattern", "layers", "context")),
    Check(_method_of_quantised, ("quant_method", "native_precision")),
    Check(_blocks_quantised, ("weight_block", "native_precision")),
    Check(
        _quantised_parts,
        ("native_precision", "layers"),
        reads=("quantised", "unquantised_layers", "experts", "indexer", "linear_attention"),
    ),
)
