"""A server runs one half of disaggregated serving, and the other half is not there.

A server in decode mode waits for the key-value caches of a prefill server, and a prefill server has nobody to hand its
caches to: each answers its health probe and no request. Both modes and the router that sends a request to both belong
into one set. Silent where an operator makes the peers (llm-d, Dynamo), for its servers are not in the manifest.
"""

import re

from ...model import Overlay, Pod, Problem, Problems
from ...views.disaggregation import OTHER, halves
from ...views.environment import texts
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

ROUTER = re.compile(
    r"pd[-_]disaggregation|mini_lb|launch_router|router|proxy|trtllm-serve\s+disaggregated|\bdisaggregated\s+-c|dynamo|"
    r"llm-d|endpoint-picker|inference-scheduler|\bepp\b|gateway|load[-_]?balancer"
)
"""Signs of a program that sends requests on. Wide on purpose: people write their own."""
OPERATORS = re.compile(
    r"LLMInferenceService|Dynamo\w*|InferencePool|ModelService|RoleBasedGroup\w*|Ray(Service|Cluster)"
)


def check(overlay: Overlay) -> Problems:
    if any(OPERATORS.fullmatch(resource.kind) for resource in overlay.resources):
        return
    servers = halves(overlay)
    present = {mode for _, mode, _ in servers}
    routed = not servers or any(_routes(overlay, pod) for pod in overlay.pods)
    for engine, mode, flag in servers:
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
