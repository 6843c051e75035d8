"""A checkpoint's ``config.json`` out of the facts of ``models/``: what an engine's argument code reads of a model."""

from __future__ import annotations

from typing import Any

from ...catalogue.facts import Model

TYPES = frozenset({"deepseek_v3", "kimi_k2", "gpt_oss", "llama", "llama4", "qwen3_moe"})
"""Model types whose configuration the facts make."""
GROUPS = {"DeepSeek": (8, 4), "Kimi": (1, 1)}
"""Groups of experts and how many of them a token chooses, which decide whether kernels for groups are taken.
Sources: https://huggingface.co/deepseek-ai/DeepSeek-R1/blob/main/config.json and
https://huggingface.co/moonshotai/Kimi-K2-Instruct/blob/main/config.json"""


def known(model: Model) -> bool:
    """Whether the facts make a configuration."""
    return model.model_type in TYPES and model.architecture is not None


def _experts(model: Model) -> dict[str, Any]:
    if model.experts is None:
        return {}
    given: dict[str, Any] = {
        "num_experts_per_tok": model.experts.active,
        "moe_intermediate_size": model.experts.intermediate_size,
    }
    if model.attention == "mla":
        family = next((groups for name, groups in GROUPS.items() if name in model.id), (1, 1))
        given |= {
            "n_routed_experts": model.experts.routed,
            "n_shared_experts": model.experts.shared,
            "first_k_dense_replace": model.layers - model.experts.layers,
            "moe_layer_freq": 1,
            "n_group": family[0],
            "topk_group": family[1],
        }
    elif model.model_type == "qwen3_moe":
        given |= {"num_experts": model.experts.routed, "norm_topk_prob": True, "decoder_sparse_step": 1}
    else:
        given |= {"num_local_experts": model.experts.routed}
        given |= {"interleave_moe_layer_step": model.layers // model.experts.layers}
    return given


def _quantisation(model: Model) -> dict[str, Any] | None:
    ignored = ["lm_head"]
    if model.native_precision == "fp8" and model.weight_block:
        return {
            "quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
            "weight_block_size": list(model.weight_block),
        }  # fmt: skip
    if model.native_precision == "fp8":
        return {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ignored}
    if model.native_precision == "nvfp4":
        return {"quant_method": "modelopt", "quant_algo": "NVFP4", "group_size": 16, "ignore": ignored}
    if model.native_precision == "mxfp4":
        return {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]}
    return None


def files(model: Model) -> dict[str, dict[str, Any]]:
    """What lies in the checkpoint's folder, by name."""
    shape: dict[str, Any] = {
        "hidden_size": model.hidden_size,
        "intermediate_size": model.intermediate_size,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.attention_heads,
        "num_key_value_heads": model.kv_heads or model.attention_heads,
        "vocab_size": model.vocabulary,
        "max_position_embeddings": model.context,
        "torch_dtype": "bfloat16",
        "rms_norm_eps": 1e-6,
        "hidden_act": "silu",
        "bos_token_id": 0,
        "eos_token_id": 1,
        **_experts(model),
    }
    optional = {
        "head_dim": model.head_dim, "q_lora_rank": model.q_lora_rank, "kv_lora_rank": model.kv_lora_rank,
        "qk_nope_head_dim": model.qk_nope_head_dim, "qk_rope_head_dim": model.qk_rope_head_dim,
        "v_head_dim": model.v_head_dim,
        "num_nextn_predict_layers": model.mtp_layers if model.attention == "mla" else None,
    }  # fmt: skip
    shape |= {name: value for name, value in optional.items() if value is not None}
    if model.model_type == "gpt_oss" and model.attention_pattern:
        shape |= {
            "sliding_window": model.attention_pattern.window_tokens,
            "layer_types": ["sliding_attention", "full_attention"] * (model.layers // 2),
        }
    kind = "deepseek_v3" if model.model_type == "kimi_k2" else str(model.model_type)
    head = {"architectures": [model.architecture], "model_type": kind}
    if model.model_type == "llama4":
        window = model.attention_pattern.window_tokens if model.attention_pattern else 8192
        text = shape | {"model_type": "llama4_text", "attention_chunk_size": window, "intermediate_size_mlp": 16384}
        config = head | {
            "torch_dtype": "bfloat16",
            "text_config": text,
            "vision_config": {"model_type": "llama4_vision_model"},
        }
    else:
        config = head | shape
    if stored := _quantisation(model):
        config["quantization_config"] = stored
    found = {"config.json": config, "generation_config.json": {}}
    if model.native_precision in ("nvfp4", "fp8") and stored and stored["quant_method"] == "modelopt":
        inner = {"quant_algo": stored["quant_algo"], "exclude_modules": ["lm_head"]}
        inner |= {"group_size": 16, "kv_cache_quant_algo": "FP8"} if model.native_precision == "nvfp4" else {}
        found["hf_quant_config.json"] = {"producer": {"name": "modelopt"}, "quantization": inner}
    return found
