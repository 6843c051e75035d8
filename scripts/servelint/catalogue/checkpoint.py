"""What a checkpoint's own config.json says, as the facts of a model.yaml.

Families are listed by ``model_type``, each read as its class in Transformers reads it. One that is not listed, or that
sets an option which no fact expresses, is Unexpressed with the reason: nothing is guessed.
"""

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import parts
from .facts import Model, model_of

Config = Mapping[str, Any]
Facts = dict[str, Any]

SLACK = 0.005
"""Of the bytes of a checkpoint: what may lie in layers that are stored otherwise than the rest of their part."""


class Unexpressed(ValueError):
    """The file holds what no fact of a model.yaml can say, or lacks what one needs. The text is the reason."""


def facts(config: Config, quantisation: Config | None = None) -> Facts:
    """The facts of a model.yaml that a config.json gives, in the order of the schema.

    quantisation: the hf_quant_config.json beside it, if there is one. ``parameters`` are counted from the shape, with
    norms, biases and sinks; ``disk_bytes``, ``id``, ``gated``, ``licence`` and ``sources`` stand in no such file.
    Raises Unexpressed.
    """
    try:
        return _facts(config, quantisation)
    except KeyError as error:
        raise Unexpressed(f"its config.json has no {error.args[0]}") from None
    except (TypeError, AttributeError):
        raise Unexpressed("a field of its config.json is of another kind than in its class") from None


def _facts(config: Config, quantisation: Config | None) -> Facts:
    text = config.get("text_config") or config
    kind = text.get("model_type") or config.get("model_type")
    if not isinstance(kind, str):
        raise Unexpressed("its config.json has no model_type")
    family = FAMILIES.get(kind)
    if family is None:
        raise Unexpressed(UNREAD.get(kind) or f"model_type {kind} is not read: nobody has said what its layers hold")
    found: Facts = {
        "layers": text["num_hidden_layers"],
        "hidden_size": text["hidden_size"],
        "intermediate_size": text.get("intermediate_size") or text["moe_intermediate_size"],
        "vocabulary": text["vocab_size"],
        "context": text["max_position_embeddings"],
        "attention_heads": text["num_attention_heads"],
    }
    family(text, found)
    if text.get("tie_word_embeddings", config.get("tie_word_embeddings", False)):
        found["tied_embeddings"] = True
    vision = _vision(config)
    if vision:
        found["vision_parameters"] = vision
    found["model_type"] = config["model_type"]
    if config.get("architectures"):
        found["architecture"] = config["architectures"][0]
    found["custom_code"] = _code(config)
    found |= _stored(text, config, quantisation, found)
    model = _built(found)
    rest = _rest(text, found)
    total = sum(piece.parameters for piece in parts.by_shape(model)) + rest
    active = total - parts.idle(model) - _idle_biases(text, found)
    draft = _draft(text, found, model)
    return {
        "parameters": total,
        "active_parameters": active,
        **({"draft_parameters": draft} if draft else {}),
        **found,
    }


def _built(found: Facts, **more: Any) -> Model:
    """The model that the facts so far make, for counting."""
    counted = {"parameters": 0, "active_parameters": 0, "id": "", "gated": False, "licence": "", "disk_bytes": 0}
    return model_of("", {**counted, "sources": [], "native_precision": "bf16", **found, **more})


# Attention


def _gqa(text: Config, found: Facts) -> None:
    heads = text["num_attention_heads"]
    found["attention"] = "gqa"
    found["kv_heads"] = text.get("num_key_value_heads") or heads
    found["head_dim"] = text.get("head_dim") or text["hidden_size"] // heads
    if text.get("use_sliding_window"):
        raise Unexpressed("use_sliding_window is true, in the layers that max_window_layers counts")


def _mla(text: Config, found: Facts) -> None:
    found["attention"] = "mla"
    for name in ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"):
        if text[name] is None:
            raise Unexpressed(f"its {name} is null: queries without a latent of their own")
        found[name] = text[name]
    if text.get("index_topk"):
        own = {"heads": text["index_n_heads"], "head_dim": text["index_head_dim"], "top_k": text["index_topk"]}
        kinds = text.get("indexer_types")
        if kinds and kinds.count("full") != len(kinds):
            own["layers"] = kinds.count("full")
        found["indexer"] = own


def _window(kinds: list[str], window: int, whole: str = "full_attention") -> dict[str, int]:
    """The pattern of layers that see a window, where every n-th sees all. Raises Unexpressed."""
    every = kinds.index(whole) + 1 if whole in kinds else 0
    if not every or any((kind == whole) != (i % every == 0) for i, kind in enumerate(kinds, 1)):
        raise Unexpressed("its windows follow no pattern of one whole layer in every few")
    return {"window_tokens": window, "global_every": every}


# Families


def _dense(text: Config, found: Facts) -> None:
    _gqa(text, found)
    found["mtp_layers"] = text.get("num_nextn_predict_layers", 0)


def _mixtral(text: Config, found: Facts) -> None:
    _gqa(text, found)
    found["mtp_layers"] = 0
    if text.get("sliding_window"):
        raise Unexpressed("it has a sliding window in every layer, and none that sees the whole context")
    found["experts"] = _experts(
        text["num_local_experts"], 0, text["num_experts_per_tok"], text["num_hidden_layers"], text["intermediate_size"]
    )


def _minimax(text: Config, found: Facts) -> None:
    _mixtral(text, found)
    del found["mtp_layers"]  # it names modules that the published files do not hold in every release
    if text.get("shared_intermediate_size"):
        raise Unexpressed("its shared expert has a size of its own")


def _qwen_moe(text: Config, found: Facts) -> None:
    _gqa(text, found)
    width, layers = text["moe_intermediate_size"], text["num_hidden_layers"]
    shared, odd = divmod(text.get("shared_expert_intermediate_size") or 0, width)
    if odd:
        raise Unexpressed("its shared expert is no multiple of a routed one")
    every, plain = text.get("decoder_sparse_step", 1), text.get("mlp_only_layers") or []
    sparse = [i for i in range(layers) if i not in plain and (i + 1) % every == 0]
    found["experts"] = _experts(text["num_experts"], shared, text["num_experts_per_tok"], len(sparse), width)
    found["mtp_layers"] = 0


def _hybrid(text: Config, found: Facts) -> None:
    """Qwen3-Next and Qwen3.5: most layers of linear attention, the others with an output gate."""
    if "num_experts" in text:
        _qwen_moe(text, found)
    else:
        _gqa(text, found)
    layers = text["num_hidden_layers"]
    kinds = text.get("layer_types") or []
    whole = kinds.count("full_attention") if kinds else layers // text["full_attention_interval"]
    if text.get("attn_output_gate", True):
        found["output_gate"] = True
    found["linear_attention"] = {
        "layers": layers - whole,
        "key_heads": text["linear_num_key_heads"],
        "value_heads": text["linear_num_value_heads"],
        "key_head_dim": text["linear_key_head_dim"],
        "value_head_dim": text["linear_value_head_dim"],
        "kernel": text["linear_conv_kernel_dim"],
    }
    if "mtp_num_hidden_layers" in text:
        found["mtp_layers"] = text["mtp_num_hidden_layers"]


def _deepseek(text: Config, found: Facts) -> None:
    _mla(text, found)
    _deepseek_experts(text, found)


def _glm(text: Config, found: Facts) -> None:
    _gqa(text, found)
    _deepseek_experts(text, found)


def _deepseek_experts(text: Config, found: Facts) -> None:
    layers, every = text["num_hidden_layers"], text.get("moe_layer_freq", 1)
    if every != 1:
        raise Unexpressed(f"its moe_layer_freq is {every}")
    found["experts"] = _experts(
        text["n_routed_experts"],
        text.get("n_shared_experts") or 0,
        text["num_experts_per_tok"],
        layers - text["first_k_dense_replace"],
        text["moe_intermediate_size"],
    )
    found["mtp_layers"] = text.get("num_nextn_predict_layers", 0)


def _gpt_oss(text: Config, found: Facts) -> None:
    _gqa(text, found)
    found["attention_pattern"] = _window(text["layer_types"], text["sliding_window"])
    found["attention_sinks"] = True
    found["experts"] = _experts(
        text["num_local_experts"], 0, text["num_experts_per_tok"], text["num_hidden_layers"], text["intermediate_size"]
    )
    found["mtp_layers"] = 0


def _llama4(text: Config, found: Facts) -> None:
    _gqa(text, found)
    layers, every = text["num_hidden_layers"], text["interleave_moe_layer_step"]
    found["intermediate_size"] = text["intermediate_size_mlp"]
    # no_rope_layers is left out where every fourth layer has no rotary positions, as the class sets it.
    if text.get("no_rope_layers") not in (None, [], [int(bool((i + 1) % 4)) for i in range(layers)]):
        raise Unexpressed("its layers without rotary positions follow another pattern than every fourth")
    found["attention_pattern"] = {"window_tokens": text["attention_chunk_size"], "global_every": 4, "chunked": True}
    found["experts"] = _experts(
        text["num_local_experts"], 1, text["num_experts_per_tok"], layers // every, text["intermediate_size"]
    )
    found["mtp_layers"] = 0


def _experts(routed: int, shared: int, active: int, layers: int, width: int) -> dict[str, int]:
    return {"routed": routed, "shared": shared, "active": active, "layers": layers, "intermediate_size": width}


FAMILIES: Mapping[str, Callable[[Config, Facts], None]] = {
    "llama": _dense,
    "qwen2": _dense,
    "qwen3": _dense,
    "qwen3_vl_text": _dense,
    "mimo": _dense,
    "mixtral": _mixtral,
    "minimax_m2": _minimax,
    "qwen3_moe": _qwen_moe,
    "qwen3_vl_moe_text": _qwen_moe,
    "qwen3_next": _hybrid,
    "qwen3_5_text": _hybrid,
    "qwen3_5_moe_text": _hybrid,
    "deepseek_v3": _deepseek,
    "deepseek_v32": _deepseek,
    "kimi_k2": _deepseek,
    "glm_moe_dsa": _deepseek,
    "glm4_moe": _glm,
    "gpt_oss": _gpt_oss,
    "llama4_text": _llama4,
}
"""Readers by the ``model_type`` of the language model."""

UNREAD: Mapping[str, str] = {
    "deepseek_v4": "its layers compress keys and values, each at a ratio of its own (compress_ratios)",
    "deepseek_ref": "its layers compress keys and values, each at a ratio of its own (compress_ratios)",
    "gemma4_text": "its whole layers have other heads and another width than its windows, and share keys with values",
    "kimi_linear": "its linear layers are of Kimi's delta attention, its experts work in a latent space",
    "nemotron_h": "its layers are of Mamba 2, attention or experts, one of them each",
    "nemotron-nas": "its layers differ in heads and widths, and some have no attention",
    "minimax_m3": "its layers choose blocks of keys by an index beside grouped-query attention",
    "minimax_m3_vl": "its layers choose blocks of keys by an index beside grouped-query attention",
    "mimo_v2_flash": "its windows have other heads than its whole layers, and keys another width than values",
    "step3p7": "its config.json does not say which experts' and windows' sizes its class takes",
}
"""Families that were looked at, and what of them no fact expresses."""


# What the shape does not give


def _rest(text: Config, found: Facts) -> int:
    """Norms, biases, sinks and the router's corrections, as each family has them."""
    layers, linear = found["layers"], found.get("linear_attention", {})
    experts, index = found.get("experts"), found.get("indexer")
    total = (2 * layers + 1) * found["hidden_size"]
    total += (layers - linear.get("layers", 0)) * _beside_attention(text, found)
    if index:
        total += index.get("layers", layers) * 2 * index["head_dim"]
    if linear:
        total += linear["layers"] * (2 * linear["value_heads"] + linear["value_head_dim"])
    if experts:
        total += experts["layers"] * _beside_experts(text, found)
    return int(total)


def _beside_attention(text: Config, found: Facts) -> int:
    """Of one layer: norms within attention, biases and sinks."""
    kind = text["model_type"]
    if found["attention"] == "mla":
        return int(found["q_lora_rank"] + found["kv_lora_rank"])
    heads, kv_heads, size = found["attention_heads"], found["kv_heads"], found["head_dim"]
    total = 0
    if text.get("qk_norm_type") == "per_layer":
        total += (heads + kv_heads) * size
    elif kind.startswith("qwen3") or (kind == "glm4_moe" and text.get("use_qk_norm")):
        total += 2 * size
    if text.get("attention_bias") or kind == "qwen2":
        total += (heads + 2 * kv_heads) * size
    return int(total + (found["hidden_size"] + heads if kind == "gpt_oss" else 0))


def _beside_experts(text: Config, found: Facts) -> int:
    """Of one layer: the router's correction of each expert, biases, and the gate of the shared expert."""
    experts, kind = found["experts"], text["model_type"]
    routed, total = experts["routed"], 0
    if found["attention"] == "mla" or kind == "glm4_moe" or text.get("use_routing_bias"):
        total += routed
    if kind == "gpt_oss":
        total += routed * (2 * experts["intermediate_size"] + found["hidden_size"]) + routed
    if "linear_attention" in found and experts["shared"]:
        total += found["hidden_size"]
    return int(total)


def _idle_biases(text: Config, found: Facts) -> int:
    """Biases of the routed experts that a token skips."""
    if text["model_type"] != "gpt_oss":
        return 0
    experts = found["experts"]
    one = 2 * experts["intermediate_size"] + found["hidden_size"]
    return int(experts["layers"] * (experts["routed"] - experts["active"]) * one)


def _draft(text: Config, found: Facts, model: Model) -> int:
    """Parameters of the modules for multi-token prediction: a layer like the last, a projection, norms, the ends."""
    modules, hidden = model.mtp_layers or 0, model.hidden_size
    if not modules:
        return 0
    sums: dict[str, int] = {}
    for piece in parts.by_shape(model):
        sums[piece.part] = sums.get(piece.part, 0) + piece.parameters
    one = (sums["attention_inputs"] + sums["attention_output"]) // model.cached_layers + _beside_attention(text, found)
    if model.indexer:
        one += sums["indexer"] // (model.indexer.layers or model.layers) + 2 * model.indexer.head_dim
    if model.experts:
        of_experts = ("shared_experts", "routed_experts", "router")
        one += sum(sums[part] for part in of_experts) // model.experts.layers + _beside_experts(text, found)
    else:
        one += 3 * hidden * model.intermediate_size
    one += 2 * hidden * hidden + 5 * hidden
    if text["model_type"] in ("deepseek_v3", "deepseek_v32", "glm4_moe"):
        one += 2 * model.vocabulary * hidden  # its own copy of embedding and head
    return modules * one


# Vision


def _vision(config: Config) -> int:
    """Parameters of the vision tower and its projector. Raises Unexpressed where they cannot be counted."""
    tower, architecture = config.get("vision_config"), (config.get("architectures") or [""])[0]
    if not tower:
        if "ForConditionalGeneration" in architecture:
            raise Unexpressed(f"its config.json says nothing of the vision tower that {architecture} has")
        return 0
    kind = config["model_type"]
    if kind.startswith(("qwen3_vl", "qwen3_5")):
        return _qwen_vision(tower)
    if kind == "kimi_k25":
        return _moonvit(tower)
    raise Unexpressed(f"nobody has said what the vision tower of {kind} holds")


def _block(hidden: int, width: int) -> int:
    """A layer of a vision transformer, with biases: two norms, attention and an MLP of two matrices."""
    return 4 * hidden + 4 * hidden * hidden + 4 * hidden + 2 * hidden * width + width + hidden


def _qwen_vision(tower: Config) -> int:
    """Patches, positions, layers, and a merger for the end and for each layer that is tapped (deepstack).

    Source: https://github.com/huggingface/transformers/blob/main/src/transformers/models/qwen3_vl/modeling_qwen3_vl.py
    """
    hidden, out = tower["hidden_size"], tower["out_hidden_size"]
    merged = hidden * tower["spatial_merge_size"] ** 2
    patch = tower["in_channels"] * tower["temporal_patch_size"] * tower["patch_size"] ** 2
    merger = merged * merged + merged + merged * out + out
    taps = len(tower.get("deepstack_visual_indexes") or [])
    return int(
        (patch + 1 + tower["num_position_embeddings"]) * hidden
        + tower["depth"] * _block(hidden, tower["intermediate_size"])
        + merger + 2 * hidden
        + taps * (merger + 2 * merged)
    )  # fmt: skip


def _moonvit(tower: Config) -> int:
    """Kimi K2.5's: patches, positions of one picture, layers, a norm, and the projector.

    Source: https://huggingface.co/moonshotai/Kimi-K2.5/blob/main/modeling_kimi_k25.py
    """
    hidden, out = tower["vt_hidden_size"], tower["text_hidden_size"]
    merged = hidden * tower["merge_kernel_size"][0] * tower["merge_kernel_size"][1]
    patch = 3 * tower["patch_size"] ** 2
    positions = tower["init_pos_emb_height"] * tower["init_pos_emb_width"]
    return int(
        (patch + 1 + positions) * hidden
        + tower["vt_num_hidden_layers"] * _block(hidden, tower["vt_intermediate_size"])
        + 2 * hidden + 2 * hidden
        + merged * merged + merged + merged * out + out
    )  # fmt: skip


# Code and precision


def _code(config: Config) -> list[str]:
    """The parts that the checkpoint brings as code, as far as config.json says: the tokenizer's stands elsewhere."""
    named = config.get("auto_map") or {}
    found = ["config"] if "AutoConfig" in named else []
    return found + (["model"] if any(key.startswith("AutoModel") for key in named) else [])


def _stored(text: Config, config: Config, quantisation: Config | None, found: Facts) -> Facts:
    """Precision, blocks, which parts are quantised, and the cache's precision."""
    own = text.get("quantization_config") or config.get("quantization_config") or {}
    beside = (quantisation or {}).get("quantization") or {}
    if not own and not beside:
        return {"native_precision": "bf16"}
    precision, block, skipped = _format(own, beside)
    by_modelopt = beside.get("quant_algo") or own.get("quant_algo")
    facts: Facts = {
        "native_precision": precision,
        "quant_method": "modelopt" if by_modelopt else own["quant_method"],
    }
    if block:
        facts["weight_block"] = block
    facts |= _parts(precision, block, skipped, text["model_type"], found)
    scheme = beside.get("kv_cache_quant_algo") or own.get("kv_cache_scheme")
    if scheme == "FP8" or (isinstance(scheme, Mapping) and (scheme["num_bits"], scheme["type"]) == (8, "float")):
        facts["kv_precision"] = "fp8"
    elif scheme:
        raise Unexpressed(f"its cache has a precision that is not known: {scheme}")
    return facts


def _format(own: Config, beside: Config) -> tuple[str, list[int] | None, list[str]]:
    """Precision, block and skipped modules of a quantised checkpoint."""
    algorithm = beside.get("quant_algo") or own.get("quant_algo")
    if algorithm:
        skipped = beside.get("exclude_modules") or own.get("ignore") or []
        if algorithm == "NVFP4":
            return "nvfp4", [1, 16], skipped
        if algorithm == "FP8":
            return "fp8", None, skipped
        raise Unexpressed(f"its quantisation is {algorithm}: parts in different precisions")
    method = own.get("quant_method")
    if method == "fp8":
        return "fp8", own.get("weight_block_size"), own.get("modules_to_not_convert") or []
    if method == "mxfp4":
        return "mxfp4", [1, 32], own.get("modules_to_not_convert") or []
    if method == "compressed-tensors":
        return _compressed(own)
    raise Unexpressed(f"its quantisation is {method}, whose sizes are not known")


def _compressed(own: Config) -> tuple[str, list[int] | None, list[str]]:
    groups = list(own["config_groups"].values())
    if len(groups) != 1 or groups[0]["targets"] != ["Linear"]:
        raise Unexpressed("its quantisation has several groups: parts in different precisions")
    weights = groups[0]["weights"]
    form = (weights["num_bits"], weights["type"], weights["strategy"])
    if form == (4, "int", "group"):
        return "int4", [1, weights["group_size"]], own["ignore"]
    if form[:2] == (8, "float"):
        return "fp8", weights.get("block_structure") if form[2] == "block" else None, own["ignore"]
    raise Unexpressed(f"its weights are stored in {form[0]} bits of type {form[1]} by {form[2]}")


def _modules(kind: str, found: Facts) -> Iterator[tuple[str, str, Callable[[int], bool]]]:
    """Part, a module of it below its layer, and in which layers it stands."""
    experts, layers = found.get("experts"), found["layers"]
    dense = layers - experts["layers"] if experts else layers
    linear = found.get("linear_attention")
    every = layers // (layers - linear["layers"]) if linear else 1

    def attends(layer: int) -> bool:
        return (layer + 1) % every == 0

    inputs = ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj")
    for name in inputs if found["attention"] == "mla" else ("q_proj", "k_proj", "v_proj"):
        yield "attention_inputs", f"self_attn.{name}", attends
    yield "attention_output", "self_attn.o_proj", attends
    if linear:
        yield "linear_attention", "linear_attn.in_proj_qkv", lambda layer: not attends(layer)
        yield "linear_attention", "linear_attn.out_proj", lambda layer: not attends(layer)
    if "indexer" in found:
        yield "indexer", "self_attn.indexer.wq_b", lambda layer: True
    block = "block_sparse_moe" if kind in ("mixtral", "minimax_m2") else "mlp"
    if dense:
        yield "dense_mlp", "mlp.gate_proj", lambda layer: layer < dense
    if experts:
        inner = "w1" if block == "block_sparse_moe" else "gate_proj"
        yield "routed_experts", f"{block}.experts.0.{inner}", lambda layer: layer >= dense
        if experts["shared"]:
            name = "shared_expert" if kind.startswith("qwen") else "shared_experts"
            yield "shared_experts", f"mlp.{name}.gate_proj", lambda layer: layer >= dense


def _parts(precision: str, block: list[int] | None, skipped: list[str], kind: str, found: Facts) -> Facts:
    """Which parts are quantised, and how many layers are left out of that as a whole."""
    plain: dict[str, set[int]] = {}
    there: dict[str, set[int]] = {}
    for part, module, stands in _modules(kind, found):
        layers = {layer for layer in range(found["layers"]) if stands(layer)}
        out = {layer for layer in layers if _skips(skipped, f"layers.{layer}.{module}")}
        if part in plain and plain[part] != out:
            raise Unexpressed(f"its {part} are quantised in part")
        plain[part], there[part] = out, layers
    quantised = [part for part in there if len(plain[part]) * 2 < len(there[part])]
    order = parts.PARTS
    result: Facts = {"quantised": sorted(quantised, key=order.index)}
    partly = {part for part in there if 0 < len(plain[part]) < len(there[part])}
    left = {frozenset(plain[part]) for part in quantised}
    if len(left) == 1 and (few := len(next(iter(left)))):
        result["unquantised_layers"] = few
        partly -= set(quantised)
    model = _built(found, native_precision=precision, weight_block=block or [1, 1], **result)
    held = parts.stored(model)
    each = {part: sum(p.parameters for p in parts.by_shape(model) if p.part == part) for part in there}
    total = sum(p.parameters * parts.bytes_per_parameter(p.part, held, model.layers) for p in parts.by_shape(model))
    for part in partly:
        odd = min(len(plain[part]), len(there[part]) - len(plain[part])) / len(there[part])
        if each[part] * odd * 2 > total * SLACK:
            raise Unexpressed(f"its {part} are quantised in some layers only")
    if not quantised:
        raise Unexpressed("its quantisation leaves every part out")
    return result


def _skips(skipped: list[str], path: str) -> bool:
    """Whether a list of modules that are not converted names one, by any of the ways in which lists name them."""
    names = [prefix + path for prefix in ("model.", "model.language_model.", "language_model.model.")]
    steps = set(path.split("."))
    for pattern in skipped:
        if pattern.startswith("re:"):
            if any(re.match(pattern[3:], name) for name in names):
                return True
        elif "." not in pattern and "*" not in pattern:
            if pattern in steps:
                return True
        elif any(fnmatch.fnmatchcase(name, end) for name in names for end in (pattern, f"{pattern}.*")):
            return True
    return False
