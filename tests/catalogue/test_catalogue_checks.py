"""What must hold between fields: each check over the few fields that it reads, up to the last good value."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.catalogue import checks
from servelint.catalogue.checks import Pointer

CHECKS = {check.run.__name__.strip("_"): check.run for check in (*checks.HARDWARE, *checks.MODEL)}


def found(check: str, data: dict[str, Any]) -> list[Pointer]:
    """The places at which a check finds fault."""
    return [pointer for pointer, _, _ in CHECKS[check](data)]


def nets(*items: tuple[int, str, bool, bool]) -> dict[str, Any]:
    names = ("interface", "network", "rdma", "optional")
    return {"interfaces": [dict(zip(names, (f"eth{i}", *rest), strict=True)) for i, *rest in items]}


POD, NIC = (0, "default", False, False), (1, "gvnic-1", False, True)
FIRST, SECOND = (2, "rdma-0", True, False), (3, "rdma-1", True, False)


@pytest.mark.parametrize(("data", "pointers"), [
    (nets(POD), []),
    (nets(POD, NIC, FIRST, SECOND), []),
    (nets(POD, FIRST, NIC), [("interfaces", 2, "interface")]),
    (nets(POD, NIC, NIC), [("interfaces", 2, "interface"), ("interfaces", 2, "network")]),
    (nets((1, "default", False, False)), [("interfaces", 0)]),
    (nets((0, "other", False, False)), [("interfaces", 0)]),
    (nets((0, "default", False, True)), [("interfaces", 0)]),
    (nets((0, "rdma-0", True, False)), [("interfaces", 0)]),
    (nets(POD, (2, "rdma-1", True, False)), [("interfaces", 1, "network")]),
    (nets(POD, FIRST, (3, "rdma-2", True, False)), [("interfaces", 2, "network")]),
    (nets(POD, (2, "rdma-0", True, True)), [("interfaces", 1, "optional")]),
])  # fmt: skip
def test_interfaces(data: dict[str, Any], pointers: list[Pointer]) -> None:
    assert found("cabled", data) == pointers


@pytest.mark.parametrize(("transport", "data", "pointers"), [
    ("gib", {**nets(POD, FIRST), "gib": {}}, []),
    ("gib", nets(POD, FIRST), [("gib",)]),
    ("gib", {**nets(POD, NIC), "gib": {}}, [("interfaces",)]),
    ("tcpxo", nets(POD, NIC), []),
    ("tcpxo", nets(POD), [("interfaces",)]),
    ("tcpxo", nets(POD, FIRST), [("interfaces", 1, "rdma")]),
    ("tcpxo", {**nets(POD, NIC), "gib": {}}, [("gib",)]),
    ("none", nets(POD), []),
    ("none", nets(POD, NIC), []),
    ("none", {**nets(POD), "gib": {}}, [("gib",)]),
    ("none", nets(POD, FIRST), [("interfaces", 1, "rdma")]),
])  # fmt: skip
def test_transports(transport: str, data: dict[str, Any], pointers: list[Pointer]) -> None:
    assert found("transported", {"transport": transport, **data}) == pointers


HOST = {"cpu": 2, "memory_gib": 8, "local_ssd_gib": 100}
LABELS = {
    "cloud.google.com/gke-accelerator": "a", "kubernetes.io/arch": "b", "node.kubernetes.io/instance-type": "c",
}  # fmt: skip
LABELLED = {"accelerator": "a", "cpu_architecture": "b", "machine_type": "c"}


def node(cpu: int = 0, memory: int = 0, disk: int = 0, **host: int) -> dict[str, Any]:
    used = {"cpu_millicores": cpu, "memory_gib": memory, "ephemeral_storage_gib": disk}
    return {"allocatable": used, **HOST, **host}


@pytest.mark.parametrize(("check", "data", "pointers"), [
    ("nics_counted", {**nets(POD, NIC), "nics": 2}, []),
    ("nics_counted", {**nets(POD, NIC), "nics": 3}, [("nics",)]),
    ("within_capacity", node(2000, 8, 100), []),
    ("within_capacity", node(cpu=2001), [("allocatable", "cpu_millicores")]),
    ("within_capacity", node(memory=9), [("allocatable", "memory_gib")]),
    ("within_capacity", node(disk=101), [("allocatable", "ephemeral_storage_gib")]),
    ("within_capacity", node(disk=10**6, local_ssd_gib=0), []),
    ("labelled", {"labels": LABELS, **LABELLED}, []),
    *[("labelled", {"labels": {**LABELS, label: "x"}, **LABELLED}, [("labels", label)]) for label in LABELS],
    ("labelled", {"labels": {}, **LABELLED}, [("labels", label) for label in LABELS]),
    ("arm_kept_apart", {"cpu_architecture": "arm64", "taints": [{"key": "a"}, {"key": "kubernetes.io/arch"}]}, []),
    ("arm_kept_apart", {"cpu_architecture": "arm64", "taints": [{"key": "a"}]}, [("taints",)]),
    ("arm_kept_apart", {"cpu_architecture": "amd64", "taints": [{"key": "a"}]}, []),
    ("arm_kept_apart", {"cpu_architecture": "amd64", "taints": [{"key": "kubernetes.io/arch"}]}, [("taints",)]),
    ("gib_built_for", {"cpu_architecture": "arm64", "gib": {"image": "a-arm64"}}, []),
    ("gib_built_for", {"cpu_architecture": "arm64", "gib": {"image": "a"}}, [("gib", "image")]),
    ("gib_built_for", {"cpu_architecture": "amd64", "gib": {"image": "a-arm64"}}, [("gib", "image")]),
    ("versions_agree", {"gke_minimum": "1.31.5-gke.1", "kubernetes_minimum": "1.31"}, []),
    ("versions_agree", {"gke_minimum": "1.31.5-gke.1", "kubernetes_minimum": "1.32"}, [("kubernetes_minimum",)]),
    ("whole_hosts", {"nvlink_domain_gpus": 1, "gpus": 8}, []),
    ("whole_hosts", {"nvlink_domain_gpus": 8, "gpus": 8}, []),
    ("whole_hosts", {"nvlink_domain_gpus": 72, "gpus": 4}, []),
    ("whole_hosts", {"nvlink_domain_gpus": 2, "gpus": 8}, [("nvlink_domain_gpus",)]),
])  # fmt: skip
def test_machines(check: str, data: dict[str, Any], pointers: list[Pointer]) -> None:
    assert found(check, data) == pointers


GQA, MLA = dict.fromkeys(("kv_heads", "head_dim"), 1), dict.fromkeys(
    ("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"), 1
)  # fmt: skip
DENSE = {"parameters": 100, "active_parameters": 100}
SPARSE = {"parameters": 100, "active_parameters": 10, "experts": {}}


def parts(precision: str, *quantised: str, layers: int = 10, **more: Any) -> dict[str, Any]:
    return {"native_precision": precision, "layers": layers, "quantised": list(quantised), **more}


@pytest.mark.parametrize(("check", "data", "pointers"), [
    ("attention_complete", {"attention": "gqa", **GQA}, []),
    ("attention_complete", {"attention": "gqa", "kv_heads": 1}, [("head_dim",)]),
    ("attention_complete", {"attention": "gqa", **GQA, "v_head_dim": 1}, [("v_head_dim",)]),
    ("attention_complete", {"attention": "mla", **MLA}, []),
    ("attention_complete", {"attention": "mla", **MLA, "head_dim": 1}, [("head_dim",)]),
    ("attention_complete", {"attention": "mla"}, [(name,) for name in MLA]),
    ("heads_shared", {"attention_heads": 8, "kv_heads": 4}, []),
    ("heads_shared", {"attention_heads": 8, "kv_heads": 3}, [("kv_heads",)]),
    ("experts_counted", {"experts": {"active": 8, "routed": 8, "layers": 5}, "layers": 5}, []),
    ("experts_counted", {"experts": {"active": 9, "routed": 8, "layers": 6}, "layers": 5},
     [("experts", "active"), ("experts", "layers")]),
    ("parameters_counted", DENSE, []),
    ("parameters_counted", SPARSE, []),
    ("parameters_counted", {**DENSE, "active_parameters": 99}, [("active_parameters",)]),
    ("parameters_counted", {**SPARSE, "active_parameters": 101}, [("active_parameters",)]),
    ("parameters_counted", {**SPARSE, "active_parameters": 100}, []),
    ("parameters_counted", {**DENSE, "vision_parameters": 99}, []),
    ("parameters_counted", {**DENSE, "vision_parameters": 100}, [("vision_parameters",)]),
    ("drafts_counted", {"mtp_layers": 1, "draft_parameters": 9}, []),
    ("drafts_counted", {"mtp_layers": 0}, []),
    ("drafts_counted", {"mtp_layers": 1}, [("mtp_layers",)]),
    ("drafts_counted", {"mtp_layers": 0, "draft_parameters": 9}, [("draft_parameters",)]),
    ("code_once", {"custom_code": []}, []),
    ("code_once", {"custom_code": ["config", "model"]}, []),
    ("code_once", {"custom_code": ["config", "model", "config"]}, [("custom_code", 2)]),
    ("pattern_narrows", {"attention_pattern": {"window_tokens": 99, "global_every": 2}, "context": 100, "layers": 4}, []),
    ("pattern_narrows", {"attention_pattern": {"window_tokens": 100, "global_every": 3}, "context": 100, "layers": 4},
     [("attention_pattern", "window_tokens"), ("attention_pattern", "global_every")]),
    ("blocks_quantised", {"native_precision": "bf16", "weight_block": [1, 1]}, [("weight_block",)]),
    ("blocks_quantised", {"native_precision": "fp8", "weight_block": [1, 1]}, []),
    ("method_of_quantised", {"native_precision": "bf16", "quant_method": "fp8"}, [("quant_method",)]),
    ("method_of_quantised", {"native_precision": "int4", "quant_method": "compressed-tensors"}, []),
    ("kinds_of_layers", {"layers": 4, "linear_attention": {"layers": 3}, "indexer": {"layers": 4}}, []),
    ("kinds_of_layers", {"layers": 4, "linear_attention": {"layers": 4}, "indexer": {"layers": 5}},
     [("linear_attention", "layers"), ("indexer", "layers")]),
    ("quantised_parts", parts("fp8", "indexer"), [("quantised", 0)]),
    ("quantised_parts", parts("fp8", "indexer", indexer={}), []),
    ("quantised_parts", parts("bf16"), []),
    ("quantised_parts", parts("bf16", "attention"), [("quantised",)]),
    ("quantised_parts", parts("fp8"), [("native_precision",)]),
    ("quantised_parts", parts("fp8", "attention", "mlp"), []),
    ("quantised_parts", parts("fp8", "attention", "mlp", "attention"), [("quantised", 2)]),
    ("quantised_parts", parts("fp8", "routed_experts"), [("quantised", 0)]),
    ("quantised_parts", parts("fp8", "routed_experts", experts={}), []),
    ("quantised_parts", parts("fp8", "attention", unquantised_layers=9), []),
    ("quantised_parts", parts("fp8", "attention", unquantised_layers=10), [("unquantised_layers",)]),
    ("quantised_parts", parts("bf16", unquantised_layers=1), [("unquantised_layers",)]),
    ("quantised_parts", parts("bf16", unquantised_layers=0), []),
])  # fmt: skip
def test_models(check: str, data: dict[str, Any], pointers: list[Pointer]) -> None:
    assert found(check, data) == pointers


FACTS = {"gpus": {}, "cpu": {}, "gib": {"required": False}, "sources": {}}


@pytest.mark.parametrize(("data", "facts", "pointers"), [
    ({"gpus": 1, "cpu": 1}, [["gpus", "cpu"]], []),
    ({"gpus": 1, "cpu": 1}, [["gpus"], ["cpu"]], []),
    ({"gpus": 1, "cpu": 1}, [["gpus"]], [("cpu",)]),
    ({"gpus": 1}, [["gpus"]], []),
    ({"gpus": 1, "gib": 1}, [["gpus", "gib"]], []),
    ({"gpus": 1}, [["gpus", "gib"]], [("sources", 0, "facts", 1)]),
    ({"gpus": 1}, [["gpus", "cpu"]], []),  # that it is missing is said already
    ({"gpus": 1}, [["gpus"], ["gpu", "sources"]], [("sources", 1, "facts", 0), ("sources", 1, "facts", 1)]),
])  # fmt: skip
def test_sources(data: dict[str, Any], facts: list[list[str]], pointers: list[Pointer]) -> None:
    check = checks.sources_cover(FACTS)
    written = {**data, "sources": [{"facts": names} for names in facts]}
    assert [pointer for pointer, _, _ in check.run(written)] == pointers


def test_a_slip_in_a_source_gets_the_nearest_fact() -> None:
    (problem,) = checks.sources_cover(FACTS).run({"gpus": 1, "sources": [{"facts": ["gpu", "gpus"]}]})
    assert problem[2] == "did you mean 'gpus'?"
    (problem,) = checks.sources_cover(FACTS).run({"gpus": 1, "sources": [{"facts": ["zzz", "gpus"]}]})
    assert "did you mean" not in problem[2]


def test_a_machine_can_be_judged() -> None:
    check = checks.has_schemas(["1.31", "1.32"])
    assert list(check.run({"kubernetes_minimum": "1.32"})) == []
    ((pointer, _, _),) = check.run({"kubernetes_minimum": "1.30"})
    assert pointer == ("kubernetes_minimum",)
