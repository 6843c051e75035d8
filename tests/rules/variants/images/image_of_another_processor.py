"""What image-of-another-processor tells apart beyond its own examples."""

from servelint.rules.examples import server

ARM = "nodeSelector: {kubernetes.io/arch: arm64}"

ALSO_GOOD = [
    server(image="vllm/vllm-openai:v0.21.0-ubuntu2404", gpus=4),
    server(image="example.com/engine:1.0", gpus=4),
    server(image="example.com/engine:1.0-amd64", gpus=0),  # may run on any node of the cluster
    (server(image="example.com/engine:1.0-amd64"), {"hardware": "a3ultra"}),
]
ALSO_BAD = [
    server(image="vllm/vllm-openai:v0.21.0", gpus=4),
    (server(image="example.com/engine:1.0-arm64"), {"hardware": "a3ultra"}),
    (server(image="example.com/engine:1.0-amd64", gpus=0, pod=ARM), {"hardware": "a3ultra"}),
    server(
        image="lmsysorg/sglang:v0.5.14-cu130", gpus=4, pod="initContainers: [{name: a, image: 'example.com/a:1-amd64'}]"
    ),
]
