"""What unanswered-probe tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.rollout.unanswered_probe import BAD, GOOD

_GRPC = GOOD.replace("httpGet: {path: /health, port: http}", "grpc: {port: 8000}")

ALSO_GOOD = [
    BAD.replace('"8000"', '"$PORT"'), BAD.replace("port: http}", "port: 9000}"),
    BAD.replace("/v2/health/ready", "/new_path"), GOOD.replace("/health", "/health?full=1"),
    _GRPC.replace("port: 8000}", "port: 9000}"), _GRPC.replace('"--port"', '"--grpc-mode", "--port"'),
    GOOD.replace("path: /health, ", ""), _GRPC.replace("port: 8000}", "service: a}"), BAD.replace("name: http", "name: web"),
    GOOD.replace("httpGet: {path: /health, port: http}", "tcpSocket: {port: 8000}"), server("--port 8000"),
    BAD.replace("ports: [", "ports: [{name: web, containerPort: 8000}, ").replace("port: http", "port: 9000"),
    BAD.replace("{name: http, containerPort: 8000}", "{name: other, containerPort: 8000}, {name: http, containerPort: 9000}"),
]  # fmt: skip
ALSO_BAD = [BAD.replace("port: http}", "port: 8000}"), GOOD.replace("/health", "/healthz"), _GRPC,
    BAD.replace("ports: [", "ports: [{name: web, containerPort: 9000}, "), BAD.replace("readinessProbe", "livenessProbe"),
    BAD.replace("ports: [{name: http, containerPort: 8000}]", "ports: [{containerPort: 9000}]").replace("port: http", "port: 8000"),
]  # fmt: skip
