"""What unheard-port tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other, server, workload
from servelint.rules.network.unheard_port import BAD, GOOD

_TRITON = """
containers:
- name: engine
  image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
  command: [tritonserver, --model-repository=/models, --http-port=8100]
  ports: [{name: http, containerPort: 8100}, {name: grpc, containerPort: 8001}]
  readinessProbe: {httpGet: {path: /v2/health/ready, port: http}}
"""


def served(fields: str, port: int = 8000) -> str:
    """An InferenceService with a container of its own."""
    command = f'[python3, -m, sglang.launch_server, --model-path, m, --port, "{port}"]'
    container = f"{{name: kserve-container, image: lmsysorg/sglang:v0.4.6.post4-cu124, command: {command}{fields}}}"
    return other("InferenceService", f"predictor: {{containers: [{container}]}}")


def probed(command: str, port: int = 8000) -> str:
    return server(f"--port {port}", container=f"readinessProbe: {{exec: {{command: {command}}}}}")


def two_programs(port: int) -> str:
    """A container that starts an engine and something else beside it."""
    script = "exporter --port 9000 & exec python3 -m sglang.launch_server --model-path m --port 8000"
    fields = f"ports: [{{containerPort: 8000}}, {{containerPort: 9000}}]\n  readinessProbe: {{httpGet: {{path: /, port: {port}}}}}"
    return workload(
        f"containers:\n- name: engine\n  image: lmsysorg/sglang:v0.4.6.post4-cu124\n  command: [bash, -c, '{script}']\n  {fields}"
    )


ALSO_GOOD = [
    GOOD.replace("port: http}", "port: SITE_PORT}"),
    BAD.replace("v1\nkind: Pod", "apps/v1\nkind: Job").replace("sglang.launch_server", "sglang.bench_serving"),
    server("--port 8000", kind="LeaderWorkerSet", container="ports: [{containerPort: 9000}]"), workload(_TRITON),
    probed("[curl, 'localhost:8000/health']"), served(", ports: [{containerPort: 8000}]"), served("", 8080), two_programs(9000),
    server("--port 8000", container="readinessProbe: {httpGet: {path: /, port: 8000}}"), served(", ports: [{containerPort: 9000}, {containerPort: 8000}]"),
    workload("containers:\n- {name: a, image: b, ports: [{containerPort: 1}], readinessProbe: {httpGet: {port: 2}}}"),
    server("--port 8000", container="ports: [{containerPort: 8000}, {containerPort: 9000, name: metrics}]"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("port: http}", "port: web}"), GOOD.replace("port: http}", "port: 9000}"),
    server("--port 8000", container="ports: [{containerPort: 9000}]"),
    workload(_TRITON.replace("http-port=8100", "http-port=8200")),
    probed("[curl, 'localhost:9000/health']"), served(""), served(", ports: [{containerPort: 9000}]"), two_programs(9001),
    server("--port 8000", container="readinessProbe: {httpGet: {path: /, port: 9000}}"),
    server("--port 8000", container="ports: [{containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /, port: 9000}}"),
    workload(_TRITON.replace("grpc, containerPort: 8001", "grpc, containerPort: 8009")),
    server("", container="ports: [{containerPort: 9000}]\nreadinessProbe: {httpGet: {path: /, port: 9000}}"),
]  # fmt: skip
