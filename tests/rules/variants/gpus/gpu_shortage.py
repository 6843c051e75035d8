"""What gpu-shortage tells apart beyond its own examples."""

from servelint.rules.examples import marked, server
from servelint.views.placement import ACCELERATOR

_PINNED = f"nodeSelector: {{{ACCELERATOR}: nvidia-h200-141gb}}"
_NONE = 'resources: {limits: {nvidia.com/gpu: "0"}}'

ALSO_GOOD = [
    server("--tp-size 8", gpus=0),  # no GPU workload
    server("--tp-size 8", gpus=0, pod=_PINNED, container="resources: {claims: [{name: gpus}]}"),
    server("--tp-size 8", gpus=0, pod=_PINNED, container="resources: {requests: {example.com/gpu: 8}}"),
    server("--tensor-parallel-size 16 --distributed-executor-backend ray", engine="vllm"),
    server("--tp-size 16", kind="Deployment", spec="replicas: 2"),  # `scattered-engine` says it
    server("--tp-size $SIZE"), server("--tp_size 16", engine="trtllm").replace('"trtllm-serve", "m"', '"trtllm-build"'),
    (server("--tp-size 8 --device cpu", gpus=0), {"hardware": "a3ultra"}),
    (server("--tp-size 8", gpus=0).replace("v1\nkind: Pod", "example.com/v1\nkind: Graph"), {"hardware": "a3ultra"}),
]  # fmt: skip
ALSO_BAD = [
    server("--tp-size 8", gpus=0, pod=_PINNED), server("--tp-size 8 --device cuda", gpus=0, container=_NONE),
    server("--tp-size 8", gpus=0, container=_NONE), server(gpus=0, pod=_PINNED),
    (server("--tp-size 8", gpus=0), {"hardware": "a3ultra", "kind": "manifest"}),
    marked(server("--tp-size 8", gpus=0, kind="Deployment"), "labels: {serving-fleet/gpus: host}"),
    (
        server("--tp_size 16", gpus=0, engine="trtllm").replace('"trtllm-serve", "m"', '"trtllm-build"'),
        {"hardware": "a3ultra"},
    ),
]  # fmt: skip
