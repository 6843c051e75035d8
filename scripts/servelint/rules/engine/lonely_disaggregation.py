"""A server runs one half of disaggregated serving, and the other half is not there.

A server in decode mode waits for the key-value caches of a prefill server, and a prefill server has nobody to hand its
caches to: each answers its health probe and no request. Both modes and the router that sends a request to both belong
into one set. Silent where an operator makes the peers (llm-d, Dynamo), for its servers are not in the manifest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...model import Overlay, Pod, Problem
from ...views.engines import Argument, Engine, engines
from ...views.environment import expand, texts, variables
from ..examples import launched, server, together

SEVERITY = "error"
HINT = "Render a server of the other mode and the router with it, or take the disaggregation arguments out."
SOURCE = "https://docs.sglang.ai/advanced_features/pd_disaggregation.html"
COVERS = ("PAR-10",)

_DECODE = server("--disaggregation-mode decode", name="decode")
_PREFILL = server("--disaggregation-mode prefill", name="prefill")
_ROUTER = "sglang_router.launch_router --pd-disaggregation"
_ROUTED = launched({"a": ""}, f"python3 -m {_ROUTER} --prefill http://prefill --decode http://decode")
GOOD = together(_DECODE, _PREFILL, _ROUTED)
BAD = together(_DECODE, _ROUTED)
_PRODUCER = server("--kv-transfer-config {'kv_role':'kv_producer'}", engine="vllm")
_CONSUMER = server("--kv-transfer-config {'kv_role':'kv_consumer'}", engine="vllm", name="other")
ALSO_GOOD = [
    server(), server("--disaggregation-mode null"), server("--kv-transfer-config kv_both", engine="vllm"),
    together(_DECODE, "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LLMInferenceService\nmetadata: {name: a}\n"),
    together(_DECODE, _PREFILL, launched({"start.sh": "python3 -m mini_lb"}, "bash /etc/engine/start.sh")),
    together(_PRODUCER, _CONSUMER, _ROUTED),
]  # fmt: skip
ALSO_BAD = [
    _DECODE, together(_PREFILL, _ROUTED), together(_PRODUCER, _ROUTED),
    together(server("--server_role context", engine="trtllm"), _ROUTED),
]  # fmt: skip

OTHER = {"prefill": "decode", "decode": "prefill"}
# Names by which the halves are known: SGLang's modes, vLLM's kv_role, TensorRT-LLM's server_role.
MODES = {
    "prefill": "prefill", "decode": "decode", "kv_producer": "prefill", "kv_consumer": "decode",
    "context": "prefill", "ctx": "prefill", "generation": "decode", "gen": "decode",
}  # fmt: skip
ROUTER = re.compile(
    r"pd[-_]disaggregation|mini_lb|launch_router|router|proxy|trtllm-serve\s+disaggregated|\bdisaggregated\s+-c|dynamo|"
    r"llm-d|endpoint-picker|inference-scheduler|\bepp\b|gateway|load[-_]?balancer"
)
"""Signs of a program that sends requests on. Wide on purpose: people write their own."""
OPERATORS = re.compile(
    r"LLMInferenceService|Dynamo\w*|InferencePool|ModelService|RoleBasedGroup\w*|Ray(Service|Cluster)"
)


def check(overlay: Overlay) -> Iterator[Problem]:
    if any(OPERATORS.fullmatch(resource.kind) for resource in overlay.resources):
        return
    servers = [engine for engine in engines(overlay) if engine.role == "serve"]
    halves = [(engine, *found) for engine in servers if (found := _mode(overlay, engine))]
    present = {mode for _, mode, _ in halves}
    routed = not halves or any(_routes(overlay, pod) for pod in overlay.pods)
    for engine, mode, flag in halves:
        lacks = [f"server in {OTHER[mode]} mode"] if OTHER[mode] not in present else []
        lacks += [] if routed else ["router"]
        if lacks:
            message = f"{engine.name} runs in {mode} mode, but nothing rendered with it is a {' or a '.join(lacks)}"
            yield Problem(flag.resource, flag.pointer, message)


def _routes(overlay: Overlay, pod: Pod) -> bool:
    for container in pod.containers:
        scripts = (text.text for text in texts(overlay, container) if text.path)
        if ROUTER.search(" ".join([container.image, *(word for word, _ in container.words), *scripts])):
            return True
    return False


def _mode(overlay: Overlay, engine: Engine) -> tuple[str, Argument] | None:
    """The half that a server runs, and the argument that says so; None for a whole server or where it is not shown."""
    known = {name: value for name, (value, _) in variables(overlay, engine.container).items()}
    flag = engine.get("disaggregation-mode") or engine.get("server-role")
    other = engine.get("kv-transfer-config")
    given = flag or other
    role = expand(str(flag.value), known).lower() if flag else _role(other.value, known) if other else ""
    return (MODES[role], given) if given and role in MODES else None


def _role(value: object, known: dict[str, str]) -> str:
    """vLLM's role: written as JSON text or, in a configuration file, as a mapping."""
    if isinstance(value, str):
        text = expand(value, known)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            match = re.search(r"kv_role\W+(\w+)", text)
            return match[1] if match else ""
    return str(value.get("kv_role", "")) if isinstance(value, dict) else ""
