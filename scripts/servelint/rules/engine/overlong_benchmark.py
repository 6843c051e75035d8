"""A benchmark sends requests that are longer than the server's context.

The server answers each of them with an error, or cuts it off, and the figures that come out measure something else than
their name says. Counted are the tokens of a request and of its answer, against the context that the server is
configured for, or else the model's own, and against its KV cache. A client is held against the server whose Service
it names, in whichever overlay that stands; trtllm-bench against itself.
"""

from typing import Any
from urllib.parse import urlsplit

from ...model import Fleet, Overlay, Remark, Remarks
from ...planner.overlay import Asked, experiments, plans
from ...planner.plan import Plan
from ...views.engines import Engine, engines
from ..examples import launched, server, together

SEVERITY = "error"
HINT = "Shorten the benchmark's input or output, or raise the server's context length."
SOURCE = "https://docs.sglang.ai/developer_guide/bench_serving.html"
COVERS = ("MEM-02",)
CONTEXT = {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct", "workload": "sglang-serve", "kind": "leaf"}

_NAME = "apiVersion: v1\nkind: Service\nmetadata: {name: server}\nspec: {selector: {app: server}, ports: [{port: 1}]}"
_PINNED = "nodeSelector: {cloud.google.com/gke-accelerator: nvidia-h200-141gb}"
_POD = server("--context-length 8192", gpus=1, pod=_PINNED, metadata="labels: {app: server}")


def _bench(tokens: int, address: str = "http://server:8000") -> str:
    asked = f"experiments: [{{random-input-len: 4000, random-output-len: {tokens}}}]"
    text = f"bench_serving: {{base-url: '{address}'}}\n{asked}"
    return launched({"engine.yaml": text}, "python3 -m sglang.bench_serving").replace('"8"', '"0"')


SERVER = together(_NAME, _POD)
GOOD = [SERVER, _bench(4000)]
BAD = [SERVER, _bench(6000)]


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """services: names under which something in this overlay is called, with the least limit of all that serves in it.
    benchmarks: the requests of each, and its own limit or else the host that it calls."""
    planned = plans(overlay) if overlay.pods else ()
    limit = min((_limit(item, plan) for item, plan in planned if item.engine.role == "serve"), default=None)
    services = sorted({service.name for service in overlay.of("Service")}) if limit else []
    asked: list[tuple[Engine, list[Any] | None, str]] = [
        (item.engine, _limit(item, plan), "") for item, plan in planned if item.engine.role == "bench"
    ]
    for engine in engines(overlay) if overlay.pods else ():
        if engine.role == "bench" and not engine.container.gpus:
            asked.append((engine, None, _host(engine)))
    benchmarks = [
        {"limit": own, "host": host, "requests": [[n, overlay.place(on), list(at)] for n, on, at in requests]}
        for engine, own, host in asked
        if (requests := experiments(engine))
    ]
    return {"limit": limit, "services": services, "benchmarks": benchmarks} if services or benchmarks else None


def judge(fleet: Fleet) -> Remarks:
    beside: dict[tuple[str, str], list[Any]] = {}
    anywhere: dict[str, list[Any]] = {}
    for fact in fleet.facts:
        for name in fact.value["services"]:
            limit = beside[fact.path, name] = fact.value["limit"]
            anywhere[name] = min(limit, anywhere.get(name, limit))
    for fact in fleet.facts:
        for benchmark in fact.value["benchmarks"]:
            host = benchmark["host"]
            # A cluster renders the server beside its client; else it stands in another overlay.
            limit, what = benchmark["limit"] or beside.get((fact.path, host)) or anywhere.get(host) or [0, ""]
            for tokens, place, pointer in benchmark["requests"] if limit else ():
                if tokens > limit:
                    text = f"a request and its answer have {tokens:,} tokens, more than {what} of {limit:,}"
                    yield Remark(fact.path, place, tuple(pointer), text)


def _host(engine: Engine) -> str:
    """The Service that a client calls, without its namespace."""
    address = engine.get("base-url") or engine.get("host")
    text = str(address.value) if address else ""
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return ""
    return (host or "").partition(".")[0]


def _limit(item: Asked, plan: Plan) -> list[Any]:
    """Tokens of the longest request that is answered whole, and what sets that limit."""
    model = item.request.model
    limit = (item.request.context, "the server's context") if item.context else (model.context, "the model's context")
    if 0 < plan.group_tokens < (limit[0] or 0):
        limit = (plan.group_tokens, "the server's KV cache")
    return [limit[0] or model.context, limit[1]]
