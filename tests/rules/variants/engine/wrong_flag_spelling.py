"""What wrong-flag-spelling tells apart beyond its own examples."""

from servelint.rules.examples import launched, server

_LAUNCH = 'tp=$(yq .tp_size /etc/engine/engine.yaml)\nexec trtllm-serve model --tp_size "$tp"'

ALSO_GOOD = [
    server("--tp-size 8"), server("--of-nobody 8", engine="trtllm", image="registry.example.com/trtllm:v1"),
    server("--trust-remote-code", engine="trtllm", image="nvcr.io/nvidia/tensorrt-llm/release:1.1.0"),
]  # fmt: skip
ALSO_BAD = [
    server("--tp_size 8"), server("--tp-size 8", engine="trtllm"),
    server("--tp-size=8", engine="trtllm", image="trtllm:v1"),
    launched({"launch.sh": _LAUNCH, "engine.yaml": "tp-size: 8"}, "bash /etc/engine/launch.sh"),
]  # fmt: skip
