"""Relations between TensorRT-LLM's LLM arguments: each with what makes it speak and what silences it.

A start is written as ``path=value`` with blanks between; ``path=?`` is what only the running program knows.
"""

from __future__ import annotations

import pytest

from servelint.engines import trtllm_refusals
from servelint.engines.kind import Told

SPEC = "speculative_config"
KIND, LENGTH, DRAFT = f"{SPEC}.decoding_type", f"{SPEC}.max_draft_len=3", f"{SPEC}.speculative_model_dir=/m"
EAGLE = f"{KIND}=Eagle {LENGTH} {DRAFT}"
TREE = f"{SPEC}.use_dynamic_tree"
WINDOW = "kv_cache_config.max_attention_window"


def refused(start: str, version: str | None = "1.2.0rc2") -> list[tuple[str, str]]:
    given = dict(pair.split("=", 1) for pair in start.split())
    values = {name: None if value == "?" else value for name, value in given.items()}
    return list(trtllm_refusals.refused(Told(lambda name: values.get(name, ""), version, None, frozenset({9}), 1)))


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("", []),
        (EAGLE, []),
        (EAGLE.replace("Eagle", "Eagle3"), [KIND]),
        (f"{KIND}=MTP", []),
        (f"{KIND}=mtp", [KIND]),
        (f"{KIND}=?", []),
        (f"{KIND}=Eagle {DRAFT}", [KIND]),
        (f"{KIND}=Eagle {DRAFT} {SPEC}.max_draft_len=None", [KIND]),
        (f"{KIND}=Eagle {DRAFT} {SPEC}.max_draft_len=?", []),
        (f"{KIND}=Eagle {LENGTH}", [KIND]),
        (f"{KIND}=Eagle {LENGTH} {SPEC}.speculative_model=m", []),
        (f"{KIND}=Eagle {LENGTH} {SPEC}.speculative_model=?", []),
        (f"{EAGLE} {TREE}=true {SPEC}.eagle_choices=[[0]]", [TREE]),
        (f"{EAGLE} {TREE}=false {SPEC}.eagle_choices=[[0]]", []),
        (f"{EAGLE} {TREE}=true", [TREE]),
        (f"{EAGLE} {TREE}=true {SPEC}.dynamic_tree_max_topK=0", [TREE]),
        (f"{EAGLE} {TREE}=true {SPEC}.dynamic_tree_max_topK=1", []),
        (f"{EAGLE} {TREE}=true {SPEC}.dynamic_tree_max_topK=?", []),
        (f"{KIND}=MTP {TREE}=true", []),
        *(
            (f"attention_dp_config.enable_balance={on} attention_dp_config.{name}={number}", names)
            for name in ("batching_wait_iters", "timeout_iters")
            for on, number, names in (
                ("true", "-1", [f"attention_dp_config.{name}"]), ("true", "0", []), ("false", "-1", []), ("true", "a", []),
            )
        ),
        *(
            (f"{path}={number}", [path] if wrong else [])
            for path, least in (
                (f"{SPEC}.acceptance_window", 0), (f"{SPEC}.acceptance_length_threshold", 0),
                ("kv_cache_config.max_gpu_total_bytes", 0), ("stream_interval", 1), ("batch_wait_timeout_ms", 0),
                ("batch_wait_timeout_iters", 0),
            )
            for number, wrong in ((least - 1, True), (least, False), ("?", False))
        ),
        (f"{WINDOW}=[]", [WINDOW]),
        (f"{WINDOW}=[0]", [WINDOW]),
        (f"{WINDOW}=[1,0]", [WINDOW]),
        (f"{WINDOW}=[1,a]", [WINDOW]),
        (f"{WINDOW}=[1,2]", []),
        (f"{WINDOW}=5", []),
        (f"{WINDOW}=?", []),
        ("batch_wait_max_tokens_ratio=1.1", ["batch_wait_max_tokens_ratio"]),
        ("batch_wait_max_tokens_ratio=-0.1", ["batch_wait_max_tokens_ratio"]),
        ("batch_wait_max_tokens_ratio=1", []),
        ("batch_wait_max_tokens_ratio=0", []),
        ("ray_worker_extension_cls=a", ["ray_worker_extension_cls"]),
        ("ray_worker_extension_cls=a orchestrator_type=mpi", ["ray_worker_extension_cls"]),
        ("ray_worker_extension_cls=a orchestrator_type=ray", []),
        ("ray_worker_extension_cls=a orchestrator_type=?", []),
        ("ray_worker_extension_cls=?", []),
        ("orchestrator_type=mpi", []),
        ("load_format=safetensors", ["load_format"]),
        ("load_format=dummy", []),
        ("load_format=?", []),
    ],
)  # fmt: skip
def test_what_is_refused(start: str, names: list[str]) -> None:
    assert [name for name, _ in refused(start)] == names


@pytest.mark.parametrize("start", [f"{KIND}=mtp", "load_format=safetensors"])
def test_what_later_versions_lifted(start: str) -> None:
    assert refused(start, "1.2.0") and not refused(start, "1.2.1")
    assert not refused(start, None) and not refused(start, "latest")


def test_what_no_version_lifted() -> None:
    assert all(refused("stream_interval=0", version) for version in ("1.2.0", "1.3.0", None, "latest"))


@pytest.mark.parametrize(
    ("given", "words"),
    [("mtp", "write MTP"), ("draft_target", "write DraftTarget"), ("eagle5", "write Eagle"), ("other", "none of MTP")],
)
def test_the_kind_of_decoding_that_was_meant(given: str, words: str) -> None:
    ((_, why),) = refused(f"{KIND}={given}")
    assert words in why and why.count("write") == (given != "other")
