"""A benchmark sends requests that are longer than the server's context.

The server answers each of them with an error, or cuts it off, and the figures that come out measure something else than
their name says. Counted are the tokens of a request and of its answer, against the context that the server is
configured for, or else the model's own, and against its KV cache. A client is held against the server whose Service
it names, in whichever overlay that stands; trtllm-bench against itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ..model import Overlay, Problem
from ..planner.overlay import Asked, experiments, plans
from ..planner.plan import Plan
from ..views.engines import Engine, engines

SEVERITY = "error"
HINT = "Shorten the benchmark's input or output, or raise the server's context length."
SOURCE = "https://docs.sglang.ai/developer_guide/bench_serving.html"
COVERS = ("MEM-02",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct", "workload": "sglang-serve", "kind": "leaf"}

SERVER = """\
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 8000}]}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.launch_server, --model-path, m, --context-length, "8192"]
    resources: {limits: {nvidia.com/gpu: "1"}}
"""
CLIENT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: engine}
data:
  engine.yaml: |
    bench_serving: {base-url: "http://server:8000"}
    experiments:
    - {random-input-len: 4000, random-output-len: 4000}
---
apiVersion: v1
kind: Pod
metadata: {name: bench}
spec:
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.4.6.post4-cu124
    command: [python3, -m, sglang.bench_serving]
    volumeMounts: [{name: config, mountPath: /config}]
  volumes: [{name: config, configMap: {name: engine}}]
"""
GOOD = [SERVER, CLIENT]
BAD = [SERVER, CLIENT.replace("random-output-len: 4000", "random-output-len: 6000")]


def check_fleet(overlays: Sequence[Overlay]) -> Iterator[tuple[Overlay, Problem]]:
    served = dict[str, list[tuple[Overlay, Asked, Plan]]]()
    for overlay in overlays:
        own = [(overlay, item, plan) for item, plan in plans(overlay) if item.engine.role == "serve"]
        for service in overlay.of("Service") if own else ():
            served.setdefault(service.name, []).extend(own)
    for overlay in overlays:
        for item, plan in plans(overlay):
            if item.engine.role == "bench":
                yield from _too_long(overlay, item.engine, [_limit(item, plan)])
        for engine in engines(overlay):
            if engine.role == "bench" and not engine.container.gpus:
                # A cluster renders the server beside its client; else it stands in another overlay.
                found = served.get(_host(engine), [])
                beside = [(a, p) for where, a, p in found if where is overlay] or [(a, p) for _, a, p in found]
                yield from _too_long(overlay, engine, [_limit(asked, plan) for asked, plan in beside])


def _host(engine: Engine) -> str:
    """The Service that a client calls, without its namespace."""
    address = engine.get("base-url") or engine.get("host")
    text = str(address.value) if address else ""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return ""
    return (host or "").partition(".")[0]


def _limit(item: Asked, plan: Plan) -> tuple[int, str]:
    """Tokens of the longest request that is answered whole, and what sets that limit."""
    model = item.request.model
    limit = (item.request.context, "the server's context") if item.context else (model.context, "the model's context")
    if 0 < plan.group_tokens < (limit[0] or 0):
        limit = (plan.group_tokens, "the server's KV cache")
    return limit[0] or model.context, limit[1]


def _too_long(overlay: Overlay, engine: Engine, limits: list[tuple[int, str]]) -> Iterator[tuple[Overlay, Problem]]:
    limit, what = min(limits, default=(0, ""))
    for tokens, resource, pointer in experiments(engine) if limit else ():
        if tokens > limit:
            text = f"a request and its answer have {tokens:,} tokens, more than {what} of {limit:,}"
            yield overlay, Problem(resource, pointer, text)
