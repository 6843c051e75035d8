"""Shapes of hardware.yaml and model.yaml, as cerberus schemas. ``catalogue`` checks meaning across fields."""

from typing import Any

from .parts import LINEAR

HTTPS = r"https://[^\s]+"
GKE_VERSION = r"1\.\d+\.\d+-gke\.\d+"
KUBERNETES_VERSION = r"1\.\d+"
COMPUTE_CAPABILITY = r"\d+\.\d"
INTERFACE = r"eth\d+"
DNS_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
MODEL_ID = r"[\w.-]+/[\w.-]+"
MODEL_TYPE = r"[a-z0-9_.-]+"
ARCHITECTURE = r"[A-Z][A-Za-z0-9_]*"
DRIVER = r"[1-9]\d\d(\.\d+)*"
IMAGE = r"[a-z0-9.-]+(/[a-z0-9._-]+)+"
TAG = r"[\w][\w.-]*"
DISKS = r"(pd|hyperdisk)(-[a-z]+)*"

FORMS = {
    HTTPS: "an address that starts with https://",
    GKE_VERSION: "a GKE version such as 1.31.7-gke.1265000",
    KUBERNETES_VERSION: 'a minor version in quotes such as "1.31"',
    COMPUTE_CAPABILITY: 'a compute capability in quotes such as "9.0"',
    INTERFACE: "an interface name such as eth2",
    DNS_NAME: "lower-case letters, digits and dashes",
    MODEL_ID: "a Hugging Face id, owner/name",
    MODEL_TYPE: "the model_type of its config.json",
    ARCHITECTURE: "the first of the architectures in its config.json, such as LlamaForCausalLM",
    DRIVER: 'a driver branch in quotes such as "580"',
    IMAGE: "an image name without tag or digest",
    TAG: "an image tag such as v1.1.1",
    DISKS: "pd, hyperdisk, or a type of them such as hyperdisk-ml",
}
"""What each pattern asks for, in words."""

_COUNT: dict[str, Any] = {"type": "integer", "min": 1, "max": 10**15}
_COUNT_OR_ZERO: dict[str, Any] = {**_COUNT, "min": 0}
_TEXT: dict[str, Any] = {"type": "string", "empty": False}
_YES_NO: dict[str, Any] = {"type": "boolean"}
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
PRECISIONS = ("bf16", "fp8", "nvfp4", "mxfp4", "int4")
METHODS = ("fp8", "mxfp4", "compressed-tensors", "modelopt", "awq", "gptq", "quark")
"""Who quantised a checkpoint, as the quant_method of its configuration says; hf_quant_config.json is ModelOpt's."""
QUANTISABLE = (*LINEAR, "head")
"""Parts of a model that a checkpoint may store in another precision than BF16; ``parts`` counts them."""

CODE = ("config", "model", "tokenizer")
"""Parts whose class a checkpoint may bring as code of its own: AutoConfig, AutoModel..., AutoTokenizer in auto_map."""


def _form(pattern: str) -> dict[str, Any]:
    return {"type": "string", "regex": pattern}


def _one_of(*values: str) -> dict[str, Any]:
    return {"type": "string", "allowed": list(values)}


def _optional(rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "required": False}


def _list_of(rule: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "minlength": 1, "schema": rule}


def _group(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "dict", "schema": fields}


_SOURCES = _list_of(_group(facts=_list_of(_TEXT), url=_form(HTTPS), note=_TEXT))

HARDWARE: dict[str, Any] = {
    "machine_type": _form(DNS_NAME),
    "accelerator": _form(DNS_NAME),
    "gpus": _COUNT,
    "gpu_memory_mib": _COUNT,
    "compute_capability": _form(COMPUTE_CAPABILITY),
    "memory_bandwidth_gb": _optional(_COUNT),
    "tensor_teraflops": _optional(_group(bf16=_COUNT, fp8=_optional(_COUNT), nvfp4=_optional(_COUNT))),
    "nvlink_domain_gpus": _COUNT,
    "cpu_architecture": _one_of("amd64", "arm64"),
    "cpu": _COUNT,
    "memory_gib": _COUNT,
    "local_ssd_gib": _COUNT_OR_ZERO,
    "allocatable": _group(cpu_millicores=_COUNT, memory_gib=_COUNT, ephemeral_storage_gib=_COUNT),
    "transport": _one_of("gib", "tcpxo", "none"),
    "nics": _COUNT,
    "interfaces": _list_of(_group(interface=_form(INTERFACE), network=_form(DNS_NAME), rdma=_YES_NO, optional=_YES_NO)),
    "labels": {"type": "dict", "minlength": 1, "keysrules": _TEXT, "valuesrules": {"type": "string"}},
    "taints": _list_of(_group(key=_TEXT, value={"type": "string"}, effect=_one_of(*_EFFECTS))),
    "flex_start": _YES_NO,
    "gke_minimum": _form(GKE_VERSION),
    "kubernetes_minimum": _form(KUBERNETES_VERSION),
    "gib": _optional(_group(image=_form(IMAGE), tag=_form(TAG))),
    "disks": _optional(_list_of(_form(DISKS))),
    "driver": _optional(_form(DRIVER)),
    "sources": _SOURCES,
}

MODEL: dict[str, Any] = {
    "id": _form(MODEL_ID),
    "gated": _YES_NO,
    "licence": _TEXT,
    "parameters": _COUNT,
    "active_parameters": _COUNT,
    "draft_parameters": _optional(_COUNT),
    "vision_parameters": _optional(_COUNT),
    "layers": _COUNT,
    "hidden_size": _COUNT,
    "intermediate_size": _COUNT,
    "vocabulary": _COUNT,
    "context": _COUNT,
    "attention_heads": _COUNT,
    "attention": _one_of("gqa", "mla"),
    "kv_heads": _optional(_COUNT),
    "head_dim": _optional(_COUNT),
    "q_lora_rank": _optional(_COUNT),
    "kv_lora_rank": _optional(_COUNT),
    "qk_nope_head_dim": _optional(_COUNT),
    "qk_rope_head_dim": _optional(_COUNT),
    "v_head_dim": _optional(_COUNT),
    "attention_sinks": _optional(_YES_NO),
    "output_gate": _optional(_YES_NO),
    "indexer": _optional(_group(heads=_COUNT, head_dim=_COUNT, top_k=_COUNT, layers=_optional(_COUNT))),
    "linear_attention": _optional(
        _group(
            layers=_COUNT,
            key_heads=_COUNT,
            value_heads=_COUNT,
            key_head_dim=_COUNT,
            value_head_dim=_COUNT,
            kernel=_COUNT,
        )
    ),
    "tied_embeddings": _optional(_YES_NO),
    "mtp_layers": _optional(_COUNT_OR_ZERO),
    "model_type": _optional(_form(MODEL_TYPE)),
    "architecture": _optional(_form(ARCHITECTURE)),
    "custom_code": _optional({"type": "list", "schema": _one_of(*CODE)}),
    "attention_pattern": _optional(
        _group(window_tokens=_COUNT, global_every=_COUNT, chunked=_optional(_YES_NO), kv_heads=_optional(_COUNT))
    ),
    "experts": _optional(
        _group(routed=_COUNT, shared=_COUNT_OR_ZERO, active=_COUNT, layers=_COUNT, intermediate_size=_COUNT)
    ),
    "native_precision": _one_of(*PRECISIONS),
    "quant_method": _optional(_one_of(*METHODS)),
    "weight_block": _optional({"type": "list", "minlength": 2, "maxlength": 2, "schema": _COUNT}),
    "quantised": _optional(_list_of(_one_of(*QUANTISABLE))),
    "unquantised_layers": _optional(_COUNT),
    "kv_precision": _optional(_one_of("bf16", "fp8", "nvfp4")),
    "chat": _optional(_YES_NO),
    "disk_bytes": _COUNT,
    "sources": _SOURCES,
}

_NAMES: dict[str, Any] = {"type": "list", "schema": _TEXT}
MODEL["parsers"] = _optional(
    {
        "type": "dict",
        "minlength": 1,
        "keysrules": _one_of("sglang", "vllm", "trtllm"),
        "valuesrules": _group(tool_call=_optional(_NAMES), reasoning=_optional(_NAMES)),
    }
)

_VERSION = _form(r"\d+(\.\d+)+(rc\d+)?(\.post\d+)?")
_CUDA = _form(r"\d+\.\d+")
_MONTHS: dict[str, Any] = {
    "type": "dict",
    "keysrules": _form(r"\d\d\.\d\d"),
    "valuesrules": _group(engine=_VERSION, cuda=_CUDA),
}
IMAGES: dict[str, Any] = {
    "architectures": _list_of(
        _group(
            image=_form(r"[a-z0-9._-]+(/[a-z0-9._-]+)+"),
            tags=_TEXT,
            since=_optional(_VERSION),
            before=_optional(_VERSION),
            architectures=_list_of(_one_of("amd64", "arm64")),
            certain=_YES_NO,
            url=_form(HTTPS),
            note=_TEXT,
        )
    ),
    "root": _list_of(_group(image=_form(r"[a-z0-9._-]+(/[a-z0-9._-]+)+"), url=_form(HTTPS))),
    "kernels": _list_of(
        _group(
            image=_form(r"[a-z0-9._-]+(/[a-z0-9._-]+)+"),
            tags=_TEXT,
            since=_optional(_VERSION),
            before=_optional(_VERSION),
            cuda=_CUDA,
            capabilities=_optional(_list_of(_form(COMPUTE_CAPABILITY))),
            certain=_YES_NO,
            url=_form(HTTPS),
            note=_TEXT,
        )
    ),
    "triton": _group(url=_form(HTTPS), trtllm=_MONTHS, vllm=_MONTHS),
}
"""Shape of images.yaml, which stands beside this file."""

CONTROLLERS: dict[str, Any] = {
    "controllers": _list_of(
        _group(
            name=_TEXT,
            groups=_optional(_list_of(_form(r"[a-z0-9.-]+"))),
            drivers=_optional(_list_of(_form(r"[a-z0-9.-]+"))),
            minimum=_optional(_form(r"\d+\.\d+")),
            needs=_TEXT,
            kubernetes=_optional(_form(KUBERNETES_VERSION)),
            gke=_optional(_group(amd64=_form(GKE_VERSION), arm64=_form(GKE_VERSION))),
            note=_TEXT,
            urls=_list_of(_form(HTTPS)),
        )
    )
}
"""Shape of controllers.yaml, which stands beside this file."""
