"""What wrong-argument-value tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import launched, llm, server

_DROPS = """\
import subprocess, yaml
words = []
for key, value in yaml.safe_load(open("/etc/engine/engine.yaml")).items():
    if value is False: continue
    words += [f"--{key}", str(value)]
subprocess.run(["python3", "-m", "sglang.launch_server", *words])
"""


def dropping(engine: str, launch: str = _DROPS) -> str:
    return launched({"launch.py": launch, "engine.yaml": engine})


ALSO_GOOD = [
    server("--context-length 4096"), server("--attention-backend flash3", image="sglang:mine"), server("--tp-size all"),
    *(server(f"--{name}", image="lmsysorg/sglang:v0.5.14") for name in (
        "tool-call-parser kimi_k2", "reasoning-parser gpt-oss", "cuda-graph-backend-decode full",
        "enable-breakable-cuda-graph", "lora-target-modules q_proj k_proj", "context-length 128k",
    )),
    server("--mem-fraction-static $SHARE"), server("--mem-fraction-static 1"), server("--mem-fraction-static 0.9"),
    llm("kv_cache_config: {free_gpu_memory_fraction: 0.8}"),
    server("--attention-backend flash3", image="lmsysorg/sglang:v0.5.3-cu126"), dropping("trust-remote-code: true"),
    dropping("trust-remote-code: false", _DROPS.replace("    if value is False: continue\n", "")), dropping("dtype: auto"),
    dropping("trust-remote-code: false", f"{_DROPS}# --no-"), dropping("dtype:\nlaunch_server: {tp-size: 1}"), dropping("launch_server:"),
    dropping(""),
]  # fmt: skip
ALSO_BAD = [
    launched({"launch.py": _DROPS, "engine.yaml": "trust-remote-code: false"}),
    launched({"launch.py": _DROPS, "engine.yaml": "dtype:"}),
    launched({"launch.py": _DROPS, "engine.yaml": "launch_server: {dtype: }"}), server("--mem-fraction-static 90"),
    server("--mem-fraction-static 0"), server("--gpu-memory-utilization 1.5", engine="vllm"),
    server("--context-length long"), llm("enable_attention_dp: 8"),
    server("--mem-fraction-static -0.1", image="sglang:mine"),
    *(server(f"--{name}", image="lmsysorg/sglang:v0.5.14") for name in (
        "tool-call-parser nonsense", "reasoning-parser nonsense", "cuda-graph-backend-decode nonsense",
        "enable-breakable-cuda-graph true", "lora-target-modules nonsense",
    )),
    dropping("launch_server: {trust-remote-code: false}"), llm("tensor_parallel_size: all"),
]  # fmt: skip
