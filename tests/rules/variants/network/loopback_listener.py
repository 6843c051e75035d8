"""What loopback-listener tells apart beyond its own examples."""

from servelint.rules.examples import launched, other, server, together, workload
from servelint.rules.network.loopback_listener import _PROBED

_NAMED = "ports: [{name: http, containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /health, port: http}}"
_SERVICE = other("Service", "selector: {app: server}, ports: [{port: 80, targetPort: 30000}]")
_POD = "labels: {app: server}"
_TRITON = workload("""
containers:
- name: engine
  image: nvcr.io/nvidia/tritonserver:25.01-trtllm-python-py3
  command: [tritonserver, --model-repository=/models, --http-address=0.0.0.0]
  readinessProbe: {httpGet: {path: /v2/health/ready, port: 8000}}
  livenessProbe: {grpc: {port: 8001}}
""")

ALSO_GOOD = [
    server(container="readinessProbe: {exec: {command: [curl, localhost:30000/health]}}"),
    server(container=_PROBED.replace("30000", "9000")), server("--host $(HOST)", container=_PROBED),
    server("$ARGUMENTS", container=_PROBED), server(engine="vllm", container=_NAMED), _TRITON,
    server("--host 10.0.0.7", container=_PROBED), server("--host ::", container=_PROBED),
    server(container=_PROBED.replace("port: 30000", "port: 30000, host: 127.0.0.1"), pod="hostNetwork: true"),
    together(_SERVICE.replace("30000", "9000"), server(metadata=_POD)), together(_SERVICE, server("--host ::")),
    server("--config /etc/a/engine.yaml", container=_PROBED),
    launched({"a.py": "import subprocess\nsubprocess.run(['sglang', 'serve', *flags()])"}, "python3 /etc/engine/a.py"),
]  # fmt: skip
ALSO_BAD = [
    server("--host localhost", container=_PROBED), server("--host=::1", container=_PROBED),
    server("--host 127.0.0.1", engine="vllm", container=_NAMED),
    server("--port 8000", engine="trtllm", container=_NAMED),
    server("--host $(HOST)", container=f"env: [{{name: HOST, value: localhost}}]\n{_PROBED}"),
    together(_SERVICE, server(metadata=_POD)), _TRITON.replace("0.0.0.0", "127.0.0.1"),
    _TRITON.replace("0.0.0.0", "0.0.0.0, --grpc-address=127.0.0.1"),
    together(other("PodMonitoring", "selector: {matchLabels: {app: server}}, endpoints: [{port: 30000}]",
                   api="monitoring.googleapis.com/v1"), server(metadata=_POD)),
    server(container="startupProbe: {tcpSocket: {port: 30000}}"),
    server("--served-model-name=gpu-host", container=_PROBED),
]  # fmt: skip
