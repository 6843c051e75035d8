"""What follows from the facts of a machine and of a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from servelint.catalogue.facts import AttentionPattern, Interface, LinearAttention
from servelint.catalogue.load import load_hardware, load_models

ROOT = Path(__file__).parents[2]
MACHINE = load_hardware(ROOT)["a3ultra"]
MODELS = load_models(ROOT)
LLAMA, DEEPSEEK = MODELS["llama-3-1-8b-instruct"], MODELS["deepseek-r1"]


@pytest.mark.parametrize(("capability", "numbers", "precisions"), [
    ("7.5", (7, 5), ()), ("8.0", (8, 0), ("bf16", "int4")), ("8.9", (8, 9), ("bf16", "fp8", "int4")),
    ("9.0", (9, 0), ("bf16", "fp8", "int4")), ("10.0", (10, 0), ("bf16", "fp8", "nvfp4", "mxfp4", "int4")),
    ("12.1", (12, 1), ("bf16", "fp8", "nvfp4", "mxfp4", "int4")),
])  # fmt: skip
def test_precisions(capability: str, numbers: tuple[int, int], precisions: tuple[str, ...]) -> None:
    machine = replace(MACHINE, compute_capability=capability)
    assert machine.capability == numbers
    assert machine.precisions == precisions


@pytest.mark.parametrize(
    ("gpus", "domain", "peers", "hosts"), [(8, 8, 8, 1), (8, 1, 8, 1), (4, 72, 72, 18), (1, 1, 1, 1)]
)
def test_domains(gpus: int, domain: int, peers: int, hosts: int) -> None:
    machine = replace(MACHINE, gpus=gpus, nvlink_domain_gpus=domain)
    assert (machine.peer_gpus, machine.domain_hosts) == (peers, hosts)


def test_interfaces() -> None:
    listed = tuple(
        Interface(f"eth{i}", "n", rdma, optional)
        for i, (rdma, optional) in enumerate([(False, False), (False, True), (True, False), (True, True)])
    )
    machine = replace(MACHINE, interfaces=listed)
    assert [item.interface for item in machine.rdma_interfaces] == ["eth2", "eth3"]
    assert [item.interface for item in machine.required_interfaces] == ["eth0", "eth2"]


def test_memory_is_binary() -> None:
    assert replace(MACHINE, gpu_memory_mib=3).gpu_memory_bytes == 3 * 1024 * 1024


def test_layers_that_see_the_whole_context() -> None:
    assert replace(LLAMA, layers=12).global_layers == 12
    assert replace(LLAMA, layers=12, attention_pattern=AttentionPattern(8, 4)).global_layers == 3


@pytest.mark.parametrize(("tensor_parallel", "heads"), [(1, 8), (2, 4), (8, 1), (16, 1)])
def test_cache_of_grouped_heads(tensor_parallel: int, heads: int) -> None:
    model = replace(LLAMA, layers=3, kv_heads=8, head_dim=5)
    assert model.kv_elements_per_token == 2 * 3 * 8 * 5
    assert model.kv_cache_bytes_per_token(tensor_parallel, 0.5) == 2 * 3 * heads * 5 * 0.5


def test_keys_and_values_of_another_size() -> None:
    model = replace(LLAMA, layers=3, kv_heads=8, head_dim=5, v_head_dim=2)
    assert model.kv_elements_per_token == 3 * 8 * (5 + 2)


def test_layers_of_linear_attention_keep_no_keys_and_values() -> None:
    hybrid = replace(LLAMA, layers=12, kv_heads=8, head_dim=5, linear_attention=LinearAttention(9, 16, 32, 128, 128, 4))
    assert hybrid.cached_layers == 3
    assert hybrid.kv_elements_per_token == 2 * 3 * 8 * 5


@pytest.mark.parametrize("tensor_parallel", [1, 8])
def test_a_latent_cache_is_on_every_gpu(tensor_parallel: int) -> None:
    model = replace(DEEPSEEK, layers=3, kv_lora_rank=5, qk_rope_head_dim=2)
    assert model.kv_elements_per_token == 3 * (5 + 2)
    assert model.kv_cache_bytes_per_token(tensor_parallel, 2) == 3 * (5 + 2) * 2
