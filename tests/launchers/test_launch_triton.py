"""Triton: templates filled as the recipe does, and what must not start half filled."""

from __future__ import annotations

from pathlib import Path

import pytest

# Shaped as the templates of the image: unquoted placeholders, optional ones as string_value, one in a comment.
TEMPLATES = {
    "preprocessing": """\
max_batch_size: ${triton_max_batch_size}
parameters { key: "tokenizer_dir"
  value: {
    string_value: "${tokenizer_dir}"
  }
}
parameters { key: "add_special_tokens"
  value: {
    string_value: "${add_special_tokens}"
  }
}
instance_group [ { count: ${preprocessing_instance_count} } ]
""",
    "postprocessing": """\
max_batch_size: ${triton_max_batch_size}
    string_value: "${tokenizer_dir}"
    string_value: "${skip_special_tokens}"
instance_group [ { count: ${postprocessing_instance_count} } ]
""",
    "tensorrt_llm_bls": """\
max_batch_size: ${triton_max_batch_size}
  decoupled: ${decoupled_mode}
    data_type: ${logits_datatype}
    string_value: "${accumulate_tokens}"
instance_group [ { count: ${bls_instance_count} } ]
""",
    "ensemble": """\
max_batch_size: ${triton_max_batch_size}
    data_type: ${logits_datatype}
""",
    "tensorrt_llm": """\
backend: "${triton_backend}"
max_batch_size: ${triton_max_batch_size}
  decoupled: ${decoupled_mode}
    preferred_batch_size: [ ${triton_max_batch_size} ]
    max_queue_delay_microseconds: ${max_queue_delay_microseconds}
    default_queue_policy: { max_queue_size: ${max_queue_size} }
    data_type: ${encoder_input_features_data_type}
    data_type: ${logits_datatype}
    string_value: "${max_beam_width}"
    string_value: "${batching_strategy}"
    string_value: "${engine_dir}"
    string_value: "${max_tokens_in_paged_kv_cache}"
    string_value: "${max_attention_window_size}"
    string_value: "${kv_cache_free_gpu_mem_fraction}"
#     string_value: "${enable_trt_overlap}"
    string_value: "${exclude_input_in_output}"
    string_value: "${enable_kv_cache_reuse}"
    string_value: "${lora_cache_host_memory_bytes}"
""",
}
TOKENIZER = "/mnt/models/Llama-3.1-8B-Instruct/"
RECIPE = {
    "preprocessing": {"tokenizer_dir": TOKENIZER, "triton_max_batch_size": 64, "preprocessing_instance_count": 1},
    "postprocessing": {"tokenizer_dir": TOKENIZER, "triton_max_batch_size": 64, "postprocessing_instance_count": 1},
    "tensorrt_llm_bls": {
        "triton_max_batch_size": 64,
        "decoupled_mode": False,
        "bls_instance_count": 1,
        "accumulate_tokens": False,
        "logits_datatype": "TYPE_FP32",
    },
    "ensemble": {"triton_max_batch_size": 64, "logits_datatype": "TYPE_FP32"},
    "tensorrt_llm": {
        "triton_backend": "tensorrtllm",
        "triton_max_batch_size": 64,
        "decoupled_mode": False,
        "max_beam_width": 1,
        "engine_dir": "/mnt/models/engines/",
        "max_tokens_in_paged_kv_cache": 2560,
        "max_attention_window_size": 2560,
        "kv_cache_free_gpu_mem_fraction": 0.5,
        "exclude_input_in_output": True,
        "enable_kv_cache_reuse": False,
        "batching_strategy": "inflight_fused_batching",
        "max_queue_delay_microseconds": 0,
        "max_queue_size": 0,
        "encoder_input_features_data_type": "TYPE_FP16",
        "logits_datatype": "TYPE_FP32",
    },
}
BASE = ("--http-port=8080", "--grpc-port=9000", "--metrics-port=8002", "--disable-auto-complete-config")


@pytest.fixture
def triton(use):
    container = use("triton-kserve")
    container.env["MODEL_REPOSITORY"] = str(container.root / "repository")
    for name, text in TEMPLATES.items():
        folder = container.root / "all_models" / name
        (folder / "1").mkdir(parents=True)
        (folder / "config.pbtxt").write_text(text)
        (folder / "1" / "model.py").write_text("# not a template: ${tokenizer_dir}\n")
    container.configure(engine(container))
    return container


def engine(container, **changes: dict[str, object]) -> dict[str, object]:
    fill = {name: {**values, **changes.get(name, {})} for name, values in RECIPE.items()}
    return {"repository": {"source": str(container.root / "all_models")}, "fill_template": fill}


def filled(container, model: str) -> str:
    return (Path(container.env["MODEL_REPOSITORY"]) / model / "config.pbtxt").read_text()


def test_the_recipe(triton):
    done = triton.run(*BASE)
    assert done.returncode == 0, done.stderr
    assert triton.argvs() == [[f"--model-repository={triton.root / 'repository'}", *BASE]]
    assert filled(triton, "preprocessing") == TEMPLATES["preprocessing"].replace("${tokenizer_dir}", TOKENIZER).replace(
        "${triton_max_batch_size}", "64"
    ).replace("${preprocessing_instance_count}", "1")
    assert filled(triton, "ensemble") == "max_batch_size: 64\n    data_type: TYPE_FP32\n"
    text = filled(triton, "tensorrt_llm")
    assert 'backend: "tensorrtllm"\nmax_batch_size: 64\n  decoupled: false\n' in text
    assert "preferred_batch_size: [ 64 ]" in text
    assert 'string_value: "/mnt/models/engines/"' in text
    assert 'string_value: "0.5"' in text
    assert 'string_value: "${lora_cache_host_memory_bytes}"' in text  # optional: the backend takes its default
    model = triton.root / "repository" / "tensorrt_llm_bls" / "1" / "model.py"
    assert model.read_text() == "# not a template: ${tokenizer_dir}\n"
    assert (triton.root / "all_models" / "ensemble" / "config.pbtxt").read_text() == TEMPLATES["ensemble"]


@pytest.mark.parametrize(
    ("model", "lost"),
    [
        ("tensorrt_llm", "max_queue_size"),
        ("tensorrt_llm", "triton_backend"),
        ("tensorrt_llm", "engine_dir"),
        ("tensorrt_llm", "batching_strategy"),
        ("preprocessing", "tokenizer_dir"),
        ("postprocessing", "postprocessing_instance_count"),
        ("ensemble", "logits_datatype"),
    ],
)
def test_a_mandatory_parameter_that_is_missing_stops(triton, model, lost):
    content = engine(triton)
    del content["fill_template"][model][lost]
    triton.configure(content)
    triton.stops(f"fill_template.{model}", lost, base=BASE)
    assert not (triton.root / "repository").exists()


def test_a_model_that_nobody_fills_stops(triton):
    content = engine(triton)
    del content["fill_template"]["tensorrt_llm_bls"]
    triton.configure(content)
    triton.stops("tensorrt_llm_bls", "bls_instance_count", base=BASE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tensorrt_llm": {"max_beam_widht": 3}}, ["tensorrt_llm.max_beam_widht", "did you mean max_beam_width?"]),
        ({"ensemble": {"bls_instance_count": 1}}, ["ensemble.bls_instance_count"]),
        ({"tensorrt_llm": {"enable_trt_overlap": True}}, ["enable_trt_overlap"]),
        ({"tensorrt_llm": {"max_beam_width": None}}, ["tensorrt_llm.max_beam_width"]),
        ({"tensorrt_llm": {"max_beam_width": [1]}}, ["tensorrt_llm.max_beam_width"]),
        ({"tensorrt_llm": {"engine_dir": '/a"b'}}, ["tensorrt_llm.engine_dir"]),
    ],
)
def test_a_wrong_parameter_stops(triton, changes, said):
    triton.configure(engine(triton, **changes))
    triton.stops(*said, base=BASE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"repository": {"source": "/nowhere"}}, ["repository.source", "/nowhere"]),
        ({"repository": {}}, ["repository", "source is missing"]),
        ({"fill_template": {"tensorrt_lm": {}}}, ["tensorrt_lm", "did you mean tensorrt_llm?"]),
        ({"fill_template": {"ensemble": 64}}, ["fill_template.ensemble", "mapping"]),
        ({"tritonserver": {"http-port": 8000}}, ["tritonserver.http-port", "one writer"]),
        ({"tritonserver": {"grpc_port": 8000}}, ["tritonserver.grpc_port", "did you mean grpc-port?"]),
        ({"tritonserver": {"disable-auto-complete-config": False}}, ["disable-auto-complete-config"]),
    ],
)
def test_a_wrong_section_stops(triton, change, said):
    triton.configure({**engine(triton), **change})
    triton.stops(*said, base=BASE)


def test_an_unknown_key_of_the_repository_stops(triton):
    content = engine(triton)
    content["repository"]["models"] = "ensemble"
    triton.configure(content)
    triton.stops("repository.models", base=BASE)


def test_a_restarted_container_starts_afresh(triton):
    assert triton.run(*BASE).returncode == 0
    (triton.root / "repository" / "leftover").mkdir()
    triton.configure(engine(triton, ensemble={"triton_max_batch_size": 8}))
    assert triton.run(*BASE).returncode == 0
    assert "max_batch_size: 8" in filled(triton, "ensemble")
    assert not (triton.root / "repository" / "leftover").exists()


def test_extra_flags(triton):
    triton.configure({**engine(triton), "tritonserver": {"log-verbose": 1, "backend-config": ["python,x=1"]}})
    assert triton.run(*BASE).returncode == 0
    assert triton.argvs()[0][5:] == ["--log-verbose", "1", "--backend-config", "python,x=1"]
