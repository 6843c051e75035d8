"""What unknown-argument tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import launched, server

_NEW = "lmsysorg/sglang:v0.5.14"


def _hidden(launch: str) -> str:
    files = {"launch.py": launch, "engine.yaml": "launch_server: {forward-pass-metrics-worker-id: a}"}
    return launched(files, "python3 /etc/engine/launch.py sglang.launch_server", _NEW)


ALSO_GOOD = [
    server("--cuda-graph-max-batch 16", image="sglang:mine"), server("--cuda_graph_max_bs 16"), _hidden("import yaml"),
    server("--forward-pass-metrics-worker-id a", image=_NEW),
]  # fmt: skip
ALSO_BAD = [
    _hidden("import launchlib"),
    server("--of-no-known-name"), server("--max_batch_siz 16", engine="trtllm"), server("--of-nobody 1", engine="vllm"),
]  # fmt: skip
