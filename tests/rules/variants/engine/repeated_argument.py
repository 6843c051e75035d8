"""What repeated-argument tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import launched, server

_LIB = "import launchlib"


def _based(section: str, base: str = "", launch: str = _LIB) -> str:
    files = {"launch.py": launch, "engine.yaml": f"launch_server: {{{section}}}"}
    return launched(files, f"python3 /etc/engine/launch.py sglang.launch_server {base}")


def based(section: str, base: str = "", image: str = "", module: str = "sglang.launch_server") -> str:
    """A server that a launcher of this fleet starts. section: the file of arguments."""
    files = {"launch.py": "import launchlib", "engine.yaml": section}
    return launched(files, f"python3 /etc/engine/launch.py {module} {base}", image)


BENCH = "sglang.bench_serving"

ALSO_GOOD = [
    _based("tp-size: 4"), _based("tp-size: 4", "--tp-size 8", "import yaml"), _based("port: 1", "--port 2"),
    server("--tensor-parallel-size 8 --tp-size 8"), server("--a 1 --a 2", image="sglang:mine"),
    server("--a 1 --b 2"), server("--cuda-graph-bs 1 --cuda-graph-bs 2"), server("--tp-size 8"),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{num-prompts: 2}]", module=BENCH),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{random-input-len: 2}]", module=BENCH),
    based("bench_serving: {num-prompts: 1}\nlaunch_server: {num_prompts: 2}", module=BENCH),
    based("launch_server: {a-b: 1, c-d: 2}", image="sglang:mine"), based("launch_server: {tp-size: 8}", "--port 1"),
]  # fmt: skip
ALSO_BAD = [
    _based("model-path: a"), _based("tp-size: 8", "--tp-size 8"), _based("port: 1", "--port 1"),
    server("--tp-size 8 --tensor-parallel-size 4", image="sglang:mine"),
    server("--context-length 1 --context-length 2"),
    server("--of-nobody 1 --of-nobody 2"), based("launch_server: {tp-size: 4, tensor-parallel-size: 4}"),
    based("launch_server: {a-b: 1, a_b: 2}", image="sglang:mine"), based("launch_server: {tp-size: 8}", "--tp-size 4"),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{num_prompts: 2}]", module=BENCH),
    server("--served-model-name a --served-model-name b"), server("--context-length 1 --context-length 2 --a 1 --b 2"),
]  # fmt: skip
