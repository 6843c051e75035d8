"""What cuda-beyond-driver tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.images.cuda_beyond_driver import BAD

_PATH = "env: [{name: LD_LIBRARY_PATH, value: '%s'}]"

ALSO_GOOD = [
    # A newer one of the same major number runs with what is new in it switched off.
    server(image="registry.example.com/team/engine:1.0-cu139"),
    server(image="vllm/vllm-openai:v0.27.1", engine="vllm"),
    (BAD, {"hardware": None}),
    server(image="registry.example.com/team/engine:1.0-cu140", gpus=0),
    server(image="registry.example.com/team/engine:1.0-cu140", container=_PATH % "/usr/local/cuda/compat:/a"),
    server(
        image="registry.example.com/team/engine:1.0-cu140",
        container="env: [{name: VLLM_ENABLE_CUDA_COMPATIBILITY, value: '1'}]",
    ),
]
ALSO_BAD = [
    server(image="registry.example.com/team/engine:cuda14.1-1.0", container=_PATH % "/usr/local/nvidia/lib64"),
    server(image="nvcr.io/nvidia/cuda:14.0.1-runtime-ubuntu26.04"),
    (BAD, {"hardware": "a4x"}),
]
