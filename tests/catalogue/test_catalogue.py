"""The catalogue loads, says what it means, and names every mistake with its file, line and cure."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servelint import catalogue
from servelint.catalogue.load import CatalogueError, Mistake, load_hardware, load_models

ROOT = Path(__file__).resolve().parents[2]
A3ULTRA = (ROOT / "hardware/a3ultra/hardware.yaml").read_text("utf-8")
SCOUT = (ROOT / "models/llama-4-scout/model.yaml").read_text("utf-8")
R1 = (ROOT / "models/deepseek-r1/model.yaml").read_text("utf-8")
Loader = Callable[[Path], dict[str, Any]]


def put(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def hardware_mistakes(root: Path, content: str | bytes) -> list[Mistake]:
    put(root, "hardware/one/hardware.yaml", content)
    with pytest.raises(CatalogueError) as caught:
        load_hardware(root)
    return list(caught.value.mistakes)


def model_mistakes(root: Path, content: str | bytes) -> list[Mistake]:
    put(root, "models/one/model.yaml", content)
    with pytest.raises(CatalogueError) as caught:
        load_models(root)
    return list(caught.value.mistakes)


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, start: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if line.startswith(start))


# The repository's own files


def test_own_hardware_loads() -> None:
    hardware = load_hardware(ROOT)
    assert {"a3ultra", "a4high", "a4x"} <= hardware.keys()
    for name, facts in hardware.items():
        assert facts.name == name
        assert facts.labels["cloud.google.com/gke-accelerator"] == facts.accelerator
        assert set(facts.sources) >= {"gpus", "gpu_memory_mib", "interfaces", "gke_minimum"}


def test_a4x_is_the_arm_host_of_four() -> None:
    a4x = load_hardware(ROOT)["a4x"]
    assert (a4x.gpus, a4x.cpu_architecture, a4x.nvlink_domain_gpus, a4x.flex_start) == (4, "arm64", 72, False)
    assert [item.interface for item in a4x.rdma_interfaces] == ["eth2", "eth3", "eth4", "eth5"]
    assert [item.network for item in a4x.interfaces if not item.rdma] == ["default", "gvnic-1"]
    assert [item.interface for item in a4x.required_interfaces] == ["eth0", "eth2", "eth3", "eth4", "eth5"]
    assert a4x.gib.reference == "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib-arm64:v1.1.0"
    assert {taint.key for taint in a4x.taints} == {"nvidia.com/gpu", "kubernetes.io/arch"}


def test_gpu_memory_is_binary() -> None:
    a3ultra = load_hardware(ROOT)["a3ultra"]
    assert a3ultra.gpu_memory_bytes == 143771 * 1024 * 1024


@pytest.mark.parametrize("name", ["a3ultra", "a4high", "a4x"])
def test_allocatable_follows_the_formula_of_gke(name: str) -> None:
    facts = load_hardware(ROOT)[name]
    millicores = facts.cpu * 1000 - (60 + 10 + 2 * 5) - (facts.cpu - 4) * 2.5
    gib = facts.memory_gib - (4 * 0.25 + 4 * 0.20 + 8 * 0.10 + 112 * 0.06 + (facts.memory_gib - 128) * 0.02)
    assert facts.allocatable.cpu_millicores == millicores
    assert facts.allocatable.memory_gib == int(gib - 100 / 1024)
    assert facts.allocatable.ephemeral_storage_gib == facts.local_ssd_gib * 0.9 - 100


def test_own_models_load() -> None:
    models = load_models(ROOT)
    assert len(models) >= 8
    for name, model in models.items():
        assert model.name == name
        assert model.gated == model.id.startswith("meta-llama/")
        if model.gated:
            assert model.chat == ("Instruct" in model.id), "Meta's base checkpoints were not trained on chat"


def biased(model: catalogue.Model) -> bool:
    """gpt-oss has biases and attention sinks; the other families have none."""
    return model.name.startswith("gpt-oss-")


def expert_parameters(model: catalogue.Model) -> int:
    if not model.experts:
        return 0
    width = model.experts.intermediate_size
    return 3 * model.hidden_size * width + biased(model) * (2 * width + model.hidden_size)


def gqa_parameters(model: catalogue.Model) -> int:
    """Text parameters, counted from the shape; embedding and head apart. Qwen3 has norms of queries and keys."""
    hidden, heads, head = model.hidden_size, model.attention_heads, model.head_dim or 0
    query, kv = heads * head, (model.kv_heads or 0) * head
    attention = 2 * hidden * query + 2 * hidden * kv + 2 * hidden
    attention += biased(model) * (query + 2 * kv + hidden + heads) + model.name.startswith("qwen3-") * 2 * head
    dense, moe = model.layers, 0
    if model.experts:
        dense -= model.experts.layers
        router = model.experts.routed * (hidden + biased(model))
        moe = model.experts.layers * ((model.experts.routed + model.experts.shared) * expert_parameters(model) + router)
    mlps = dense * 3 * hidden * model.intermediate_size + moe
    return model.layers * attention + mlps + 2 * model.vocabulary * hidden + hidden


def test_gqa_parameters_follow_from_the_shape() -> None:
    families = ("llama", "llama4", "qwen3", "qwen3_moe", "gpt_oss")  # others: tests/vendoring/test_checkpoints.py
    found = [model for model in load_models(ROOT).values() if model.model_type in families]
    assert len(found) >= 8
    for model in found:
        assert gqa_parameters(model) + model.vision_parameters == model.parameters, model.name
        unused = 0
        if model.experts:
            unused = (model.experts.routed - model.experts.active) * model.experts.layers * expert_parameters(model)
        assert model.active_parameters == model.parameters - model.vision_parameters - unused
        if model.native_precision == "bf16":
            assert model.disk_bytes == 2 * model.parameters


def test_r1_parameters_follow_from_the_shape() -> None:
    model = load_models(ROOT)["deepseek-r1"]
    experts = model.experts
    assert experts
    hidden, heads = model.hidden_size, model.attention_heads
    q_rank, kv_rank = model.q_lora_rank or 0, model.kv_lora_rank or 0
    nope, rope, value = model.qk_nope_head_dim or 0, model.qk_rope_head_dim or 0, model.v_head_dim or 0
    attention = hidden * q_rank + q_rank + q_rank * heads * (nope + rope) + hidden * (kv_rank + rope) + kv_rank
    attention += kv_rank * heads * (nope + value) + heads * value * hidden
    one = 3 * hidden * experts.intermediate_size
    moe = (experts.routed + experts.shared) * one + experts.routed * (hidden + 1)
    dense = (model.layers - experts.layers) * 3 * hidden * model.intermediate_size
    ends = 2 * model.vocabulary * hidden + hidden
    total = model.layers * (attention + 2 * hidden) + dense + experts.layers * moe + ends
    assert model.parameters == total
    assert model.active_parameters == total - experts.layers * (experts.routed - experts.active) * one


@pytest.mark.parametrize(
    ("name", "tensor_parallel", "expected"),
    [
        ("llama-3-1-405b", 1, 516_096),
        ("llama-3-1-405b", 8, 64_512),
        ("llama-3-1-405b", 16, 64_512),  # eight KV heads: sixteen GPUs hold each one twice
        ("llama-3-1-8b-instruct", 1, 131_072),
        ("llama-4-scout", 8, 24_576),
        ("deepseek-r1", 1, 70_272),
        ("deepseek-r1", 8, 70_272),  # every GPU keeps the whole of it
    ],
)
def test_kv_cache_per_gpu(name: str, tensor_parallel: int, expected: int) -> None:
    assert load_models(ROOT)[name].kv_cache_bytes_per_token(tensor_parallel, 2) == expected


def test_llama_4_sees_all_in_every_fourth_layer() -> None:
    models = load_models(ROOT)
    assert models["llama-4-scout"].global_layers == 12
    assert models["llama-3-1-405b"].global_layers == 126
    assert (models["llama-4-scout"].context, models["llama-4-scout-instruct"].context) == (
        262_144,
        10_485_760,
    )


@pytest.mark.parametrize("name", sorted(load_models(ROOT)))
def test_component_says_what_the_facts_say(name: str) -> None:
    model = load_models(ROOT)[name]
    component = yaml.safe_load((ROOT / "models" / name / "kustomization.yaml").read_text("utf-8"))
    literals = component["configMapGenerator"][0]["literals"]
    assert literals == [f"MODEL_ID={model.id}", f"MODEL_GATED={str(model.gated).lower()}"]
    assert ("../../base/platform/hf-token/env" in component.get("components", [])) == model.gated


def test_entries_are_frozen_hashable_and_picklable() -> None:
    for entry in (*load_hardware(ROOT).values(), *load_models(ROOT).values()):
        assert pickle.loads(pickle.dumps(entry)) == entry
        assert hash(entry) == hash(pickle.loads(pickle.dumps(entry)))
        with pytest.raises(AttributeError):
            entry.name = "other"  # type: ignore[misc]


# Files that cannot be read


@pytest.mark.parametrize(
    ("content", "line", "cause"),
    [
        ("", 1, "file is empty"),
        ("# only a comment\n", 1, "file is empty"),
        ("\n- gpus: 8\n", 2, "is a list, not a mapping"),
        ("just text\n", 1, "is text, not a mapping"),
        ("8\n", 1, "is a number, not a mapping"),
        ("gpus: [8\ncpu: 224\n", 2, "did not find expected"),
        ("gpus: 8\n\tcpu: 224\n", 2, "tab"),
        ("gpus: 8\nname: \x07\n", 1, "control characters"),
        ("gpus: 8\nwho: *nobody\n", 2, "undefined alias"),
        ("gpus: 8\nwhat: !unknown 8\n", 2, "has a tag of its own"),
        ("gpus: 8\nwhat: !!python/object/apply:os.getcwd []\n", 2, "has a tag of its own"),
        ("gpus: 8\n---\ncpu: 224\n", 3, "second document"),
        (b"gpus: 8\ncpu: \xff\n", 2, "byte 0xff is not UTF-8"),
        (b"\xff\xfeg\x00p\x00", 1, "not UTF-8"),
        ("a: &a [1]\nb: &b\n- x\n- *b\n", 4, "alias *b stands inside its own anchor"),
        ("deep: " + "[" * 140 + "]" * 140 + "\n", 1, "nested deeper than 100"),
        ("deep: " + "[" * 500_000, 1, "nested deeper than 100"),
        ("#" * (2**20 + 1), 1, "has 1,048,577 bytes; at most 1,048,576 are read"),
    ],
)
def test_unreadable(tmp_path: Path, content: str | bytes, line: int, cause: str) -> None:
    for mistakes in (hardware_mistakes(tmp_path, content), model_mistakes(tmp_path, content)):
        assert len(mistakes) == 1
        assert mistakes[0].line == line
        assert cause in mistakes[0].cause
        assert mistakes[0].cure


def test_alias_bomb_within_the_alias_limit(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for i in range(1, 10):
        bomb += f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]\n"
    (mistake,) = hardware_mistakes(tmp_path, bomb)
    assert "once its aliases are expanded" in mistake.cause


def test_missing_file_folder_and_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"^hardware:1: cannot be listed .*; add hardware/<name>/"):
        load_hardware(tmp_path)
    (tmp_path / "hardware").mkdir()
    with pytest.raises(CatalogueError, match=r"^hardware:1: holds no folder; "):
        load_hardware(tmp_path)
    (tmp_path / "hardware/new").mkdir()
    with pytest.raises(CatalogueError, match=r"^hardware/new/hardware.yaml:1: file is missing; "):
        load_hardware(tmp_path)
    (tmp_path / "hardware/new/hardware.yaml").mkdir()
    with pytest.raises(CatalogueError, match=r"^hardware/new/hardware.yaml:1: file is missing; "):
        load_hardware(tmp_path)


@pytest.mark.parametrize("kind", ["hardware", "models"])
@pytest.mark.parametrize("way", ["file", "folder", "all", "relative", "pipe", "loop", "nothing"])
def test_nothing_outside_is_read_and_nothing_is_waited_for(
    way: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside/secret"
    load, name = (load_hardware, "hardware.yaml") if kind == "hardware" else (load_models, "model.yaml")
    put(tmp_path, f"outside/secret/{name}", "key-of-somebody: else\n")
    folder = root / kind / "evil"
    folder.parent.mkdir(parents=True)
    if way == "all":
        folder.parent.rmdir()
        folder.parent.symlink_to(outside.parent)
    elif way == "folder":
        folder.symlink_to(outside)
    else:
        folder.mkdir()
        link = {"file": outside / name, "relative": f"../../../outside/secret/{name}", "loop": name, "nothing": "x"}
        if way == "pipe":
            os.mkfifo(folder / name)
        else:
            (folder / name).symlink_to(link[way])
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, *a, **k: opened.append(str(path)) or real(path, *a, **k))
    with pytest.raises(CatalogueError) as caught:
        load(root)
    (mistake,) = caught.value.mistakes
    said = {"pipe": "is not a regular file", "loop": "file is missing", "nothing": "file is missing"}
    assert mistake.cause == said.get(way, "leads out of the repository")
    assert mistake.path == (kind if way == "all" else f"{kind}/evil/{name}")
    assert opened == [] and "somebody" not in str(caught.value)


def test_a_link_within_the_repository_is_followed(tmp_path: Path) -> None:
    put(tmp_path, "hardware/a3ultra/facts.yaml", A3ULTRA)
    (tmp_path / "hardware/a3ultra/hardware.yaml").symlink_to("facts.yaml")
    assert list(load_hardware(tmp_path)) == ["a3ultra"]


@pytest.mark.parametrize("name", ["e\n::error::x", "e\x1b[2J", "e\r", "e\u2028x", os.fsdecode(b"e\xff")])
def test_a_folder_whose_name_is_no_text_is_one_line(name: str, tmp_path: Path) -> None:
    put(tmp_path, f"models/{name}/model.yaml", "a: b\n")
    with pytest.raises(CatalogueError) as caught:
        load_models(tmp_path)
    path = ascii(f"models/{name}")[1:-1]
    assert str(caught.value) == f"{path}:1: its name is not printable text; rename it"


def test_a_key_with_a_line_break_is_one_line(tmp_path: Path) -> None:
    put(tmp_path, "models/e/model.yaml", '"x\\n::error::y": 1\n')
    with pytest.raises(CatalogueError) as caught:
        load_models(tmp_path)
    assert all(row.startswith("models/e/model.yaml:") for row in str(caught.value).splitlines())
    assert r"x\n::error::y" in str(caught.value)


def test_hidden_folders_and_files_are_no_entries(tmp_path: Path) -> None:
    put(tmp_path, "hardware/a3ultra/hardware.yaml", A3ULTRA)
    put(tmp_path, "hardware/.cache/x", "")
    put(tmp_path, "hardware/README.md", "")
    assert list(load_hardware(tmp_path)) == ["a3ultra"]


# Wrong shape


@pytest.mark.parametrize(
    ("old", "new", "cause", "cure"),
    [
        ("\ngpus: 8", '\ngpus: "8"', "'gpus' is text ('8'), not a whole number", "write it without quotes"),
        ("\ngpus: 8", "\ngpus: eight", "'gpus' is text ('eight')", "write a whole number"),
        ("\ngpus: 8", "\ngpus: 8.5", "'gpus' is a number (8.5), not a whole number", "write a whole number"),
        ("\ngpus: 8", "\ngpus: true", "'gpus' is true or false (True)", "write a whole number"),
        ("\ngpus: 8", "\ngpus:", "'gpus' has no value", "give it one"),
        ("\ngpus: 8", "\ngpus: [8]", "'gpus' is a list (1 entries)", "write a whole number"),
        ("\ngpus: 8", "\ngpus: 0", "'gpus' is 0", "write 1 or more"),
        ("\ngpus: 8", "\ngpus: 0x" + "f" * 9000, "'gpus' is text ('0xfff", "write a whole number"),
        (
            '\nkubernetes_minimum: "1.31"',
            "\nkubernetes_minimum: 1.31",
            "is a number (1.31), not text",
            "put quotes",
        ),
        ("\nflex_start: true", '\nflex_start: "true"', "not true or false", "write it without quotes"),
        ("\ntransport: gib", "\ntransport: rdma", "'transport' is 'rdma'", "use one of gib, tcpxo, none"),
        ('\ncompute_capability: "9.0"', '\ncompute_capability: "9"', "is '9'", "a compute capability in quotes"),
        ("gke_minimum: 1.31.7-gke.1265000", "gke_minimum: 1.31.7", "is '1.31.7'", "a GKE version such as"),
        ("  tag: v1.1.1", '  tag: ""', "'gib.tag' is ''", "an image tag"),
        ("  memory_gib: 2886", "  memory_gib: x", "'allocatable.memory_gib' is text", "write a whole number"),
        (
            "kubernetes.io/arch: amd64",
            "kubernetes.io/arch: 64",
            "'labels.kubernetes.io/arch' is a number",
            "quotes",
        ),
    ],
)
def test_wrong_value(tmp_path: Path, old: str, new: str, cause: str, cure: str) -> None:
    text = changed(A3ULTRA, old, new)
    (mistake,) = hardware_mistakes(tmp_path, text)
    assert mistake.path == "hardware/one/hardware.yaml"
    assert mistake.line == A3ULTRA[: A3ULTRA.index(old.lstrip("\n"))].count("\n") + 1
    assert cause in mistake.cause
    assert cure in mistake.cure


def test_unknown_key_suggests_the_nearest(tmp_path: Path) -> None:
    mistakes = hardware_mistakes(tmp_path, changed(A3ULTRA, "\ngpu_memory_mib: ", "\ngpu_memory_mb: "))
    at = line_of(A3ULTRA, "gpu_memory_mib")
    first = line_of(A3ULTRA, "machine_type")
    assert [str(item) for item in mistakes] == [
        f"hardware/one/hardware.yaml:{first}: key 'gpu_memory_mib' is missing; add it, with its source",
        f"hardware/one/hardware.yaml:{at}: key 'gpu_memory_mb' is unknown; did you mean 'gpu_memory_mib'?",
    ]


def test_unknown_key_without_a_neighbour(tmp_path: Path) -> None:
    (mistake,) = hardware_mistakes(tmp_path, A3ULTRA + "zzzz: 1\n")
    assert (mistake.cause, mistake.cure) == ("key 'zzzz' is unknown", "remove it")


def test_nested_unknown_and_missing_keys(tmp_path: Path) -> None:
    text = changed(
        A3ULTRA,
        "{interface: eth4, network: rdma-2, rdma: true,",
        "{interface: eth4, netwrk: rdma-2, rdma: true,",
    )
    mistakes = hardware_mistakes(tmp_path, text)
    at = line_of(A3ULTRA, "- {interface: eth4")
    assert [(item.line, item.cause, item.cure) for item in mistakes] == [
        (at, "key 'interfaces.4.network' is missing", "add it, with its source"),
        (at, "key 'interfaces.4.netwrk' is unknown", "did you mean 'network'?"),
    ]


def test_key_that_is_no_text(tmp_path: Path) -> None:
    (mistake,) = hardware_mistakes(tmp_path, A3ULTRA + "8: 1\n")
    assert (mistake.line, mistake.cause) == (A3ULTRA.count("\n") + 1, "key '8' is unknown")


def test_duplicate_keys_on_every_level(tmp_path: Path) -> None:
    text = changed(A3ULTRA, "\ncpu: 224\n", "\ncpu: 224\ncpu: 224\n")
    text = changed(text, "  tag: v1.1.1\n", "  tag: v1.1.1\n  tag: v1.1.1\n")
    mistakes = hardware_mistakes(tmp_path, text)
    assert [(item.line, item.cause, item.cure) for item in mistakes] == [
        (line_of(A3ULTRA, "cpu: ") + 1, "key 'cpu' stands a second time", "keep one"),
        (line_of(A3ULTRA, "  tag: ") + 2, "key 'tag' stands a second time", "keep one"),
    ]


def test_all_mistakes_of_all_files(tmp_path: Path) -> None:
    put(tmp_path, "models/a/model.yaml", changed(SCOUT, "\nlayers: 48", '\nlayers: "48"'))
    put(tmp_path, "models/b/model.yaml", "")
    put(tmp_path, "models/c/model.yaml", SCOUT)
    text = changed(SCOUT, "\ngated: true", "\ngated: yess").replace("shared: 1, active: 1", "shared: 1, active: 17")
    mistakes = model_mistakes(tmp_path, text)
    assert [(item.path, item.line) for item in mistakes] == [
        ("models/a/model.yaml", line_of(SCOUT, "layers")),
        ("models/b/model.yaml", 1),
        ("models/one/model.yaml", line_of(SCOUT, "gated")),
        ("models/one/model.yaml", line_of(SCOUT, "experts")),
    ]
    error = CatalogueError(mistakes)
    assert str(error).splitlines() == [str(item) for item in mistakes]
    assert pickle.loads(pickle.dumps(error)).mistakes == error.mistakes


# Wrong meaning


@pytest.mark.parametrize(
    ("old", "new", "at", "cause"),
    [
        (
            "eth4, network: rdma-2",
            "eth3, network: rdma-2",
            "- {interface: eth3, network: rdma-2",
            "eth3 stands after eth3",
        ),
        ("eth4, network: rdma-2", "eth14, network: rdma-2", "- {interface: eth5", "eth5 stands after eth14"),
        ("network: rdma-2", "network: rdma-3", "- {interface: eth4", "RDMA network 2 is 'rdma-3'"),
        ("network: gvnic-1", "network: default", "- {interface: eth1", "'default' stands a second time"),
        ("eth0, network: default", "eth0, network: other", "- {interface: eth0", "not the pod network"),
        (
            "rdma-7, rdma: true, optional: false",
            "rdma-7, rdma: true, optional: true",
            "- {interface: eth9",
            "optional",
        ),
        ("\nnics: 10", "\nnics: 9", "nics", "'nics' is 9 and 10 interfaces are listed"),
        (
            "cpu_millicores: 223370",
            "cpu_millicores: 224001",
            "  cpu_millicores",
            "more than the host's 224000",
        ),
        ("  memory_gib: 2886", "  memory_gib: 2953", "  memory_gib", "more than the host's 2952"),
        ("kubernetes.io/arch: amd64", "kubernetes.io/arch: arm64", "  kubernetes.io/arch", "is 'arm64'"),
        ("nccl-plugin-gib\n", "nccl-plugin-gib-arm64\n", "  image", "not built for amd64"),
        ('\nkubernetes_minimum: "1.31"', '\nkubernetes_minimum: "1.32"', "kubernetes_minimum", "is '1.32'"),
        (
            "\nnvlink_domain_gpus: 8",
            "\nnvlink_domain_gpus: 12",
            "nvlink_domain_gpus",
            "no multiple of gpus (8)",
        ),
        ("\ntransport: gib", "\ntransport: none", "gib", "'gib' has no meaning with transport none"),
        ("\ntransport: gib", "\ntransport: tcpxo", "- {interface: eth2", "'rdma-0' is RDMA, which transport tcpxo"),
        ("facts: [gib]", "facts: [gbi]", "- facts: [gbi]", "'gbi' is no fact of this file"),
        (
            "url: https://developer.nvidia.com",
            "url: http://developer.nvidia.com",
            "  url: http:",
            "is 'http://",
        ),
    ],
)
def test_hardware_meaning(tmp_path: Path, old: str, new: str, at: str, cause: str) -> None:
    text = changed(A3ULTRA, old, new)
    mistakes = hardware_mistakes(tmp_path, text)
    assert any(item.line == line_of(text, at) and cause in item.cause for item in mistakes), mistakes


def test_a_transport_needs_its_networks(tmp_path: Path) -> None:
    one = yaml.safe_load(A3ULTRA)
    one["interfaces"], one["nics"] = one["interfaces"][:1], 1
    (mistake,) = hardware_mistakes(tmp_path, yaml.dump(one))
    assert (mistake.cause, mistake.cure[:17]) == ("no interface is RDMA", "transport gib goe")
    one["transport"] = "tcpxo"
    del one["gib"], one["sources"][-1]
    (mistake,) = hardware_mistakes(tmp_path, yaml.dump(one))
    assert mistake.cause == "the pod network is the only interface"
    one["transport"] = "none"
    put(tmp_path, "hardware/one/hardware.yaml", yaml.dump(one))
    assert load_hardware(tmp_path)["one"].gib is None


def test_without_a_local_ssd_ephemeral_storage_is_the_boot_disk_s(tmp_path: Path) -> None:
    put(tmp_path, "hardware/one/hardware.yaml", changed(A3ULTRA, "local_ssd_gib: 12000", "local_ssd_gib: 0"))
    assert load_hardware(tmp_path)["one"].allocatable.ephemeral_storage_gib == 10700


def test_without_nvlink_a_domain_is_one_gpu(tmp_path: Path) -> None:
    put(tmp_path, "hardware/one/hardware.yaml", changed(A3ULTRA, "\nnvlink_domain_gpus: 8", "\nnvlink_domain_gpus: 1"))
    assert (load_hardware(tmp_path)["one"].peer_gpus, load_hardware(tmp_path)["one"].domain_hosts) == (8, 1)


def test_arm_host_needs_its_taint(tmp_path: Path) -> None:
    text = (ROOT / "hardware/a4x/hardware.yaml").read_text("utf-8")
    text = changed(text, "- {key: kubernetes.io/arch, value: arm64, effect: NoSchedule}\n", "")
    (mistake,) = hardware_mistakes(tmp_path, text)
    assert mistake.cause == "taint kubernetes.io/arch is missing on arm64"


@pytest.mark.parametrize(
    ("text", "old", "new", "at", "cause"),
    [
        (SCOUT, "\nkv_heads: 8", "\nkv_heads: 7", "kv_heads", "no multiple of kv_heads (7)"),
        (SCOUT, "active: 1, layers", "active: 17, layers", "experts", "more than the 16 routed"),
        (SCOUT, "active: 1, layers: 48", "active: 1, layers: 49", "experts", "more than the model's 48"),
        (
            SCOUT,
            "active_parameters: 17172894720",
            "active_parameters: 171728947200",
            "active_parameters",
            "more than",
        ),
        (
            SCOUT,
            "disk_bytes: 217283587072",
            "disk_bytes: 21728358707",
            "disk_bytes",
            "the parts in their precisions take",
        ),
        (
            SCOUT,
            "disk_bytes: 217283587072",
            "disk_bytes: 2172835870720",
            "disk_bytes",
            "the parts in their precisions take",
        ),
        (
            SCOUT,
            "native_precision: bf16",
            "native_precision: bf16\nweight_block: [1, 16]",
            "weight_block",
            "bf16",
        ),
        (
            SCOUT,
            "window_tokens: 8192",
            "window_tokens: 262144",
            "attention_pattern",
            "not less than the context",
        ),
        (SCOUT, "global_every: 4", "global_every: 5", "attention_pattern", "no multiple of 5"),
        (SCOUT, "\nattention: gqa", "\nattention: mla", "kv_heads", "no meaning with mla"),
        (SCOUT, "\nhead_dim: 128", "", "id", "key 'head_dim' is missing"),
        (
            SCOUT,
            "vision_parameters: 871932416",
            "vision_parameters: 871932416000",
            "vision_parameters",
            "not less",
        ),
        (R1, "\nkv_lora_rank: 512", "\nkv_lora_rank: 512\nkv_heads: 128", "kv_heads", "no meaning with mla"),
        (R1, "\nv_head_dim: 128", "", "id", "key 'v_head_dim' is missing"),
        (R1, "weight_block: [128, 128]", "weight_block: [128]", "weight_block", "has 1 entries"),
        (R1, "architecture: Deep", "architecture: deep", "architecture", "'architecture' is 'deepseekV3ForCausalLM'"),
        (SCOUT, "model_type, architecture", "model_type", "architecture", "'architecture' has no source"),
    ],
)
def test_model_meaning(tmp_path: Path, text: str, old: str, new: str, at: str, cause: str) -> None:
    text = changed(text, old, new)
    mistakes = model_mistakes(tmp_path, text)
    assert any(item.line == line_of(text, at) and cause in item.cause for item in mistakes), mistakes


def test_dense_model_uses_all_parameters(tmp_path: Path) -> None:
    text = (ROOT / "models/llama-3-1-8b-instruct/model.yaml").read_text("utf-8")
    (mistake,) = model_mistakes(
        tmp_path, changed(text, "active_parameters: 8030261248", "active_parameters: 8030261247")
    )
    assert "yet no experts are given" in mistake.cause


def test_check_is_skipped_when_what_it_reads_is_unsound(tmp_path: Path) -> None:
    text = changed(R1, "draft_parameters: 13463426304", "draft_parameters: many")
    (mistake,) = model_mistakes(tmp_path, text)
    assert mistake.cause == "'draft_parameters' is text ('many'), not a whole number"


# Properties

OPTIONAL = {"driver", "disks", "memory_bandwidth_gb", "tensor_teraflops"}
FACTS = sorted(set(yaml.safe_load(A3ULTRA)) - {"sources", *OPTIONAL})
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=8,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(name=st.sampled_from(FACTS))
def test_every_fact_must_be_there_and_have_a_source(tmp_path: Path, name: str) -> None:
    data = yaml.safe_load(A3ULTRA)
    del data[name]
    assert any(item.cause == f"key {name!r} is missing" for item in hardware_mistakes(tmp_path, yaml.dump(data)))
    data = yaml.safe_load(A3ULTRA)
    for source in data["sources"]:
        source["facts"] = [fact for fact in source["facts"] if fact != name] or ["gpus"]
    assert [item.cause for item in hardware_mistakes(tmp_path, yaml.dump(data))] == [f"{name!r} has no source"]


def outcome(load: Loader, root: Path) -> list[Mistake]:
    try:
        load(root)
    except CatalogueError as error:
        return list(error.mistakes)
    return []


@QUICK
@given(kind=st.sampled_from(["hardware", "models"]), where=st.integers(0, 40), junk=JUNK)
def test_any_value_anywhere_loads_or_is_a_mistake(tmp_path: Path, kind: str, where: int, junk: object) -> None:
    data = yaml.safe_load(A3ULTRA if kind == "hardware" else R1)
    keys = list(data)
    data[keys[where % len(keys)]] = junk
    text = yaml.dump(data, allow_unicode=True)
    put(tmp_path, f"{kind}/one/{'hardware' if kind == 'hardware' else 'model'}.yaml", text)
    for mistake in outcome(load_hardware if kind == "hardware" else load_models, tmp_path):
        assert 1 <= mistake.line <= text.count("\n") + 1
        assert "\n" not in str(mistake)


@QUICK
@given(raw=st.binary(max_size=200), cut=st.integers(0, len(A3ULTRA)))
def test_any_bytes_load_or_are_a_mistake(tmp_path: Path, raw: bytes, cut: int) -> None:
    for content in (raw, A3ULTRA.encode()[:cut] + raw):
        put(tmp_path, "hardware/one/hardware.yaml", content)
        for mistake in outcome(load_hardware, tmp_path):
            assert mistake.line >= 1
            assert "\n" not in str(mistake)
