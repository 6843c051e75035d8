"""What client-without-server tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.engine.client_without_server import BAD
from servelint.rules.examples import client, marked, other, together

_SERVICE = marked(other("Service", "selector: {app: server}, ports: [{port: 8000}]"), "namespace: serving")


def _set(address: str, service: str = _SERVICE) -> str:
    return together(client(address, metadata="namespace: serving"), service)


_HEADLESS = _SERVICE.replace("selector", "clusterIP: None, selector")

_TOP = ("overlays/clusters/c/kustomization.yaml", 4)
_RUNS = {
    "kind": "cluster", "path": "overlays/clusters/c", "folders": ["overlays/a3ultra/m/serve", "overlays/a3ultra/m/bench"],
    "built": {"overlays/clusters/c": _TOP, "overlays/a3ultra/m/bench": _TOP},
}  # fmt: skip
_AWAY = _set("http://m-serve-a3ultra-server:8000").replace("name: client", "name: m-bench-a3ultra-job", 1)

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), (BAD, {"kind": "cluster", "external": [["Service", "serving"]]}),
    _set("http://localhost:8000"), _set("serving:8000"), _set("http://10.0.0.7:8000"), _set("http://1234:8000"),
    _set("http://server.serving.svc.cluster.local.:8000"), _set("http://server:9000", _HEADLESS),
    _set("http://server:8000", _SERVICE.replace(", ports: [{port: 8000}]", "")), _set("http://example.com"),
    _set("http://server.serving.svc.example.com"), _set("http://server:port"),
    _set("http://far.other.svc:80").replace("sglang.bench_serving", "probe"),
    (_set("http://far.other.svc:80"), {"kind": "cluster", "external": [["Service", "far"]]}),
]  # fmt: skip
ALSO_BAD = [
    _set("http://server:9000"), _set("http://server"), _set("https://server"), _set("http://server.other.svc:8000"),
    _set("http://far.other.svc:80"), _set("http://serving.serving:8000"), _set("http://other:8000,http://other:8000"),
    _set("$URL").replace("args:", "env: [{name: URL, value: 'http://serving:8000'}], args:"),
    _set("x").replace('--base-url, "x"', '--host, serving, --port, "8000"'), (_AWAY, _RUNS),
]  # fmt: skip
