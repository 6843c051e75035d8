"""What image-without-kernels tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.images.image_without_kernels import BAD

_TRITON = "nvcr.io/nvidia/tritonserver:{}-trtllm-python-py3"

ALSO_GOOD = [
    (BAD, {"hardware": "a3ultra"}),
    (BAD, {"kind": "leaf", "hardware": None}),
    server(image="lmsysorg/sglang:v0.5.14"),
    server(image="vllm/vllm-openai:v0.27.1", engine="vllm"),
    server(image="vllm/vllm-openai:v0.9.2", engine="vllm"),
    server(image=_TRITON.format("25.01")),
    server(image="registry.example.com/team/engine:1.0-cu12"),
    server(image="registry.example.com/team/cu12tool:1.0"),
    # Nothing of it runs on a GPU.
    server(image="registry.example.com/team/client:1.0-cu124", gpus=0),
]
ALSO_BAD = [
    (BAD, {"hardware": "a4x"}),
    server(image="mirror.example.com/cache/vllm/vllm-openai:v0.8.5.post1", engine="vllm"),
    server(image=_TRITON.format("24.12")),
    server(image="registry.example.com/team/engine:2025.1-cuda12.6.3-runtime"),
    (server(image="registry.example.com/team/engine:1.0-cu117"), {"hardware": "a3ultra"}),
    # Made for fewer than its CUDA can, by what people report.
    server(image="vllm/vllm-openai:v0.10.0", engine="vllm"),
    # No engine: it may carry code that is translated.
    server(image="pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime").replace("sglang.launch_server", "my.module"),
]
