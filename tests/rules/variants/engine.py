"""What rules of engine tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.engine import mismatched_engine, overlong_benchmark, wrong_argument_value
from servelint.rules.examples import launched, llm, server, together

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}


def based(section: str, base: str = "", image: str = "", module: str = "sglang.launch_server") -> str:
    """A server that a launcher of this fleet starts. section: the file of arguments."""
    files = {"launch.py": "import launchlib", "engine.yaml": section}
    return launched(files, f"python3 /etc/engine/launch.py {module} {base}", image)


BENCH = "sglang.bench_serving"
GOOD["repeated-argument"] = [
    server("--a 1 --b 2"), server("--cuda-graph-bs 1 --cuda-graph-bs 2"), server("--tp-size 8"),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{num-prompts: 2}]", module=BENCH),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{random-input-len: 2}]", module=BENCH),
    based("bench_serving: {num-prompts: 1}\nlaunch_server: {num_prompts: 2}", module=BENCH),
    based("launch_server: {a-b: 1, c-d: 2}", image="sglang:mine"), based("launch_server: {tp-size: 8}", "--port 1"),
]  # fmt: skip
BAD["repeated-argument"] = [
    server("--of-nobody 1 --of-nobody 2"), based("launch_server: {tp-size: 4, tensor-parallel-size: 4}"),
    based("launch_server: {a-b: 1, a_b: 2}", image="sglang:mine"), based("launch_server: {tp-size: 8}", "--tp-size 4"),
    based("bench_serving: {num-prompts: 1}\nexperiments: [{num_prompts: 2}]", module=BENCH),
    server("--served-model-name a --served-model-name b"), server("--context-length 1 --context-length 2 --a 1 --b 2"),
]  # fmt: skip

build, serve = mismatched_engine._build, mismatched_engine._serve
WIDE, NEWER = mismatched_engine._WIDE, mismatched_engine._TRITON.replace("25.01", "25.08")


def claimed(made: str, claim: str = "engines") -> str:
    return made.replace("volumes: [", f"volumes: [{{name: c, persistentVolumeClaim: {{claimName: {claim}}}}}, ")


def of_gpus(made: str, count: int) -> str:
    return made.replace('"8"', f'"{count}"')


MANIFEST = {"kind": "manifest"}
FOUR = build("trtllm-build --checkpoint_dir /c --tp_size 4")
GOOD["mismatched-engine"] = [
    ((together(claimed(build()), claimed(serve(NEWER), "other")),), MANIFEST), ((claimed(build()), claimed(serve(NEWER))), MANIFEST),
    ((together(claimed(build()), claimed(serve(NEWER))),), {"kind": "cluster"}), (build(image="registry.example.com/trtllm:1"), serve()),
    (build(), serve(image="registry.example.com/tritonserver-trtllm:1")), ((together(build(), serve(NEWER)),), MANIFEST),
    (build("trtllm-build --max_beam_width some"), serve(engine=WIDE)),
]  # fmt: skip
BAD["mismatched-engine"] = [((together(claimed(build()), claimed(serve(NEWER))),), MANIFEST)]

NEW = "lmsysorg/sglang:v0.5.9"


def experts(ep: object, tp: object = 8, more: str = "") -> str:
    return server(f"--tp_size {tp} --ep_size {ep} {more}", engine="trtllm")


def api(**sizes: int) -> str:
    return llm("\n".join(f"{name}: {size}" for name, size in sizes.items()))


CLUSTER = "--moe_cluster_parallel_size"
GOOD["uneven-experts"] = [
    experts("all"), experts(1), experts(8, "all"), experts(4, 0, f"{CLUSTER} 2"), experts(4, more=f"{CLUSTER} 0"),
    experts(4, more=f"{CLUSTER} many"), server("--tp-size 8 --ep-size 1", image=NEW), server("--tp-size 8 --ep-size 8", image=NEW),
    api(tensor_parallel_size=8, moe_expert_parallel_size=8), (experts(4), {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct"}),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_tensor_parallel_size=2), experts(4, more="--moe_tensor_parallel_size 2"),
    server("--tp-size 8 --ep-size 8").replace("launch_server", "bench_one_batch"),
]  # fmt: skip
BAD["uneven-experts"] = [
    api(tensor_parallel_size=8, moe_expert_parallel_size=3), server("--ep_size 2", engine="trtllm"), experts(4, more=f"{CLUSTER} 1"),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_cluster_parallel_size=4), server("--tp-size 8 --ep-size 2 --moe-dp-size 8", image=NEW),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_tensor_parallel_size=4), experts(4, more="--moe_tensor_parallel_size 4"),
]  # fmt: skip

DROPS = wrong_argument_value._DROPS


def dropping(engine: str, launch: str = DROPS) -> str:
    return launched({"launch.py": launch, "engine.yaml": engine})


GOOD["wrong-argument-value"] = [
    server("--attention-backend flash3", image="lmsysorg/sglang:v0.5.3-cu126"), dropping("trust-remote-code: true"),
    dropping("trust-remote-code: false", DROPS.replace("    if value is False: continue\n", "")), dropping("dtype: auto"),
    dropping("trust-remote-code: false", f"{DROPS}# --no-"), dropping("dtype:\nlaunch_server: {tp-size: 1}"), dropping("launch_server:"),
    dropping(""),
]  # fmt: skip
BAD["wrong-argument-value"] = [dropping("launch_server: {trust-remote-code: false}"), llm("tensor_parallel_size: all")]

benched, SERVER = overlong_benchmark._bench, overlong_benchmark.SERVER
GOOD["overlong-benchmark"] = [[SERVER, benched(6000).replace('"0"', '"8"')], [SERVER, benched(6000, "http://")]]
BAD["overlong-benchmark"] = [[SERVER, benched(6000, "server").replace("base-url", "host")]]
