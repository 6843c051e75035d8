"""What lonely-disaggregation tells apart beyond its own examples."""

from servelint.rules.engine.lonely_disaggregation import _DECODE, _PREFILL, _ROUTED
from servelint.rules.examples import launched, server, together

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
