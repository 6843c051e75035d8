"""Facts about images: architectures by name and by table, and the TensorRT-LLM inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from servelint.catalogue import images
from servelint.catalogue.load import load_hardware, load_models
from servelint.model import Overlay
from servelint.rules import all_rules
from servelint.rules.examples import workload
from servelint.steps import lint, pipeline

ROOT = Path(__file__).parents[2]
HARDWARE, MODELS = load_hardware(ROOT), load_models(ROOT)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("lmsysorg/sglang:v0.4.6.post4-cu124", {"amd64"}),
        ("docker.io/lmsysorg/sglang:v0.5.2-cu129", {"amd64"}),
        ("lmsysorg/sglang:v0.5.0rc2-cu129-gb200", {"arm64"}),
        ("lmsysorg/sglang:v0.5.6-cu129-arm64", {"arm64"}),
        ("lmsysorg/sglang:v0.5.6-cu129-amd64", {"amd64"}),
        ("lmsysorg/sglang:v0.5.14-cu130", {"amd64", "arm64"}),
        ("lmsysorg/sglang:latest", None),
        ("lmsysorg/sglang@sha256:" + "0" * 64, None),
        ("someone/sglang:v0.4.6", None),
        ("vllm/vllm-openai:v0.8.5", {"amd64"}),
        ("vllm/vllm-openai:v0.21.0-ubuntu2404", {"amd64", "arm64"}),
        ("vllm/vllm-openai:v0.27.1", {"amd64", "arm64"}),
        ("mirror.example.com:5000/cache/vllm/vllm-openai:v0.8.5", {"amd64"}),
        ("public.ecr.aws/q9t5s3a7/vllm-arm64-cpu-release-repo:v0.12.0", {"arm64"}),
        ("example.com/tool:1.0-x86_64", {"amd64"}),
        ("example.com/tool:1.0-aarch64", {"arm64"}),
        ("arm64v8/redis:7", {"arm64"}),
        ("example.com/tool-amd64-arm64:1.0", None),
        ("example.com/charm64:1.0", None),
        ("pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime", {"amd64"}),
        ("", None),
        (":", None),
    ],
)
def test_architectures(image: str, expected: set[str] | None) -> None:
    found = images.built(image)
    assert (found and set(found.architectures)) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3", "0.17.0"),
        ("nvcr.io/nvidia/tritonserver:25.02-trtllm-python-py3", "0.17.0.post1"),
        ("nvcr.io/nvidia/tritonserver:25.02-vllm-python-py3", None),
        ("nvcr.io/nvidia/tritonserver:29.12-trtllm-python-py3", None),
        ("nvcr.io/nvidia/tensorrt-llm/release:1.2.0rc2", "1.2.0rc2"),
        ("registry.example.com/team/trtllm:v0.17.0", "0.17.0"),
        ("registry.example.com/team/trtllm:latest", None),
        ("lmsysorg/sglang:v0.4.6", None),
    ],
)
def test_tensorrt_llm(image: str, expected: str | None) -> None:
    assert images.tensorrt_llm(image) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v0.4.6.post4-cu124", (0, 4, 6)), ("25.01-py3", (25, 1)), ("cu12", None), ("a1.2", (1, 2)), ("", None),
        (f"1.{'2' * 37}", (1, int("2" * 37))), (f"1.{'2' * 38}", None),
    ],
)  # fmt: skip
def test_numbers_of_a_version(text: str, expected: tuple[int, ...] | None) -> None:
    assert images.numbers(text) == expected


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        ("a/b:1@sha256:0", "a/b", "1"), (" b:1 ", "b", "1"), ("host:5000/b", "host:5000/b", ""), ("b", "b", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_parts_of_an_image(image: str, repository: str, tag: str) -> None:
    assert images.parts(image) == (repository, tag)


@pytest.mark.parametrize(
    ("entry", "tag", "known"),
    [
        ({}, "v1.5", True), ({}, "latest", True), ({"tags": "v1.*"}, "v2.0", False),
        ({"since": "1.5"}, "v1.5", True), ({"since": "1.5"}, "v1.4.9", False), ({"since": "1.5"}, "latest", False),
        ({"before": "1.5"}, "v1.4.9", True), ({"before": "1.5"}, "v1.5", False), ({"before": "1.5"}, "latest", False),
        ({"since": "1.5", "before": "2.0"}, "v1.9", True), ({"since": "1.5", "before": "2.0"}, "v2.0", False),
    ],
)  # fmt: skip
def test_tags_from_a_version_to_another(
    entry: dict[str, str], tag: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {"image": "b", "tags": ".*", "architectures": ["arm64"], "certain": False, "url": "there", **entry}
    monkeypatch.setattr(images, "facts", lambda: {"architectures": [whole]})
    for image, found in ((f"b:{tag}", known), (f"a/b:{tag}", known), (f"ab:{tag}", False)):
        expected = images.Built(frozenset({"arm64"}), False, "there") if found else None
        assert images.built.__wrapped__(image) == expected


def test_facts_are_sound() -> None:
    for entry in (*images.facts()["architectures"], *images.facts()["kernels"]):
        re.compile(entry["tags"])
    for engine in ("trtllm", "vllm"):
        months = list(images.facts()["triton"][engine])
        assert months == sorted(months) and len(months) >= 28


@pytest.mark.parametrize(
    ("image", "cuda", "certain", "listed"),
    [
        ("lmsysorg/sglang:v0.4.6.post4-cu124", (12, 4), True, False), ("a/b:1.0-CUDA12.4.1", (12, 4), True, False),
        ("a/b:cu130", (13, 0), True, False), ("a/b:1-cuda-11.8", (11, 8), True, False), ("a/b:1-cuda_12.8", (12, 8), True, False),
        ("a/b:1-cu12", None, True, False), ("a/b:1-cu1241", None, True, False), ("a/b:1-accu124", None, True, False),
        ("a/cu124:1", None, True, False), ("nvidia/cuda:12.6.3-base", (12, 6), True, False), ("nvidia/cuda:latest", None, True, False),
        ("r.example.com/nvidia/cuda:13.0.1-base", (13, 0), True, False), ("some-nvidia/cuda:13.0.1-base", None, True, False),
        ("lmsysorg/sglang:v0.5.10.post1", (12, 9), True, True), ("lmsysorg/sglang:v0.5.11", (13, 0), True, True),
        ("lmsysorg/sglang:v0.5.14-runtime", (13, 0), True, True), ("lmsysorg/sglang:v0.5.14-rocm700", None, True, False),
        ("lmsysorg/sglang:latest", None, True, False), ("someone/sglang:v0.5.11", None, True, False),
        ("vllm/vllm-openai:v0.4.3", (12, 1), True, True), ("vllm/vllm-openai:v0.8.5", (12, 4), True, True),
        ("vllm/vllm-openai:v0.10.0", (12, 8), False, True), ("vllm/vllm-openai:v0.21.0-cu129", (12, 9), True, False),
        ("nvcr.io/nvidia/tritonserver:25.08-vllm-python-py3", (13, 0), True, True), ("nvcr.io/nvidia/tritonserver:25.08-trtllm-python-py3", (12, 9), True, True),
        ("nvcr.io/nvidia/tritonserver:25.08-py3", None, True, False), ("", None, True, False),
    ],
)  # fmt: skip
def test_cuda_of_an_image(image: str, cuda: tuple[int, int] | None, certain: bool, listed: bool) -> None:
    found = images.kernels(image)
    assert (found and (found.cuda, found.certain, found.listed)) == (cuda and (cuda, certain, listed))


@pytest.mark.parametrize(
    ("cuda", "capabilities", "lacking", "having"),
    [
        ((12, 4), (), [(10, 0), (10, 3), (12, 0)], [(9, 0), (8, 9), (8, 0), (7, 5), (13, 0)]),
        ((12, 8), (), [], [(10, 0), (12, 0), (9, 0)]),
        ((11, 7), (), [(9, 0), (10, 0)], [(8, 0), (8, 9)]),
        # Code runs on GPUs of its own generation that came later, and on no older ones.
        ((12, 8), ((8, 0), (9, 0)), [(10, 0), (7, 5)], [(8, 0), (8, 9), (9, 0)]),
        ((12, 8), ((8, 6),), [(8, 0)], [(8, 9)]),
    ],
)  # fmt: skip
def test_gpus_without_code(
    cuda: tuple[int, int],
    capabilities: tuple[tuple[int, int], ...],
    lacking: list[tuple[int, int]],
    having: list[tuple[int, int]],
) -> None:
    made = images.Kernels(cuda, capabilities, True, True, "")
    assert all(made.misses(capability) for capability in lacking)
    assert not any(made.misses(capability) for capability in having)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nvcr.io/nvidia/tritonserver:25.05-vllm-python-py3", "0.8.4"),
        ("nvcr.io/nvidia/tritonserver:25.06-vllm-python-py3", "0.9.0rc1"),
        ("nvcr.io/nvidia/tritonserver:25.05-trtllm-python-py3", None),
        ("vllm/vllm-openai:v0.9.0", None),
    ],
)
def test_vllm_of_a_triton_image(image: str, expected: str | None) -> None:
    assert images.vllm(image) == expected


def test_a_wrong_fact_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = yaml.safe_load(images.FILE.read_text())
    content["architectures"][0]["architectures"] = ["s390x"]
    (tmp_path / "images.yaml").write_text(yaml.safe_dump(content))
    assert not images.mistakes()
    monkeypatch.setattr(images, "FILE", tmp_path / "images.yaml")
    monkeypatch.setattr(images, "facts", images.facts.__wrapped__)
    assert "unallowed value s390x" in str(images.mistakes())


def _pod(image: str, hardware: str, where: str = "containers", gpus: str = "4", **spec: object) -> list[str]:
    body = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "server"},
        "spec": {"containers": [{"name": "engine", "image": "example.com/engine:1.0",
                 "resources": {"limits": {"nvidia.com/gpu": gpus}}}], **spec},
    }  # fmt: skip
    body["spec"].setdefault(where, []).append({"name": "other", "image": image})  # type: ignore[attr-defined]
    overlay = Overlay(
        "overlays/images", "leaf", pipeline.parse(yaml.safe_dump(body)), HARDWARE[hardware], kubernetes=("1.33",)
    )
    return [hit.severity for hit in lint.lint(overlay, [all_rules()["image-of-another-processor"]])]


@pytest.mark.parametrize("where", ["containers", "initContainers"])
def test_every_container_must_fit_the_node(where: str) -> None:
    assert _pod("example.com/tool:1.0-amd64", "a4x", where) == ["error"]
    assert _pod("example.com/tool:1.0-arm64", "a4x", where) == []
    assert _pod("example.com/tool:1.0-arm64", "a3ultra", where) == ["error"]
    assert _pod("vllm/vllm-openai:v0.21.0", "a4x", where) == ["warning"]
    assert _pod("vllm/vllm-openai:v0.21.0", "a4high", where) == []
    assert _pod("example.com/tool:1.0", "a4x", where) == []


def test_a_pod_without_gpus_may_run_elsewhere() -> None:
    assert _pod("example.com/tool:1.0-amd64", "a4x", gpus="0") == []
    arm = {"nodeSelector": {"kubernetes.io/arch": "arm64"}}
    assert _pod("example.com/tool:1.0-amd64", "a3ultra", gpus="0", **arm) == ["error"]


def _engines(build: str, serve: str, gpus: int = 1, flags: str = "") -> list[str]:
    rule = all_rules()["mismatched-engine"]
    command = f"[trtllm-build, --checkpoint_dir, /checkpoint, --output_dir, /models/engines{flags}]"
    container = "containers: [{{name: engine, image: {}, command: {}, resources: {{limits: {{nvidia.com/gpu: {}}}}}}}]"
    texts = [
        workload(container.format(build, command, 1), "Job", "build"),
        workload(container.format(serve, "[tritonserver, --model-repository=/models/repository]", gpus), "Deployment"),
    ]
    overlays = [
        Overlay(
            f"overlays/{i}",
            "leaf",
            pipeline.parse(text),
            HARDWARE["a3ultra"],
            MODELS["llama-3-1-8b-instruct"],
            kubernetes=("1.33",),
        )
        for i, text in enumerate(texts)
    ]
    return [hit.problem.message for _, hit in lint.lint_fleet(overlays, [rule])]


def test_engine_and_server_have_one_version() -> None:
    triton = "nvcr.io/nvidia/tritonserver:{}-trtllm-python-py3"
    assert _engines(triton.format("25.01"), triton.format("25.01")) == []
    assert _engines(triton.format("25.01"), triton.format("25.02")) == []
    (message,) = _engines("example.com/trtllm:v0.10.0", triton.format("24.05"))
    assert message.startswith("has TensorRT-LLM 0.9.0, but Job build of overlays/0 builds its engine with 0.10.0")
    assert _engines("example.com/builder:1", triton.format("24.05")) == []
    assert _engines(triton.format("25.01"), "nvcr.io/nvidia/tritonserver:25.01-vllm-python-py3") == []
    (message,) = _engines(triton.format("25.01"), triton.format("25.01"), flags=', --tp_size, "2"')
    assert message == "has 1 GPU, but Job build of overlays/0 builds its engine for 2"
    assert _engines(triton.format("25.01"), triton.format("25.01"), 2, ', --tp_size, "2"') == []
