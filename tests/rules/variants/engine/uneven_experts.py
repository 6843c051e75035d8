"""What uneven-experts tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.engine.uneven_experts import BAD
from servelint.rules.examples import llm, server

NEW = "lmsysorg/sglang:v0.5.9"


def experts(ep: object, tp: object = 8, more: str = "") -> str:
    return server(f"--tp_size {tp} --ep_size {ep} {more}", engine="trtllm")


def api(**sizes: int) -> str:
    return llm("\n".join(f"{name}: {size}" for name, size in sizes.items()))


CLUSTER = "--moe_cluster_parallel_size"

ALSO_GOOD = [
    server("--tp_size 8 --ep_size 4", engine="trtllm"), server("--tp_size 8", engine="trtllm"),
    server("--tp_size 8 --ep_size -1", engine="trtllm"), server("--tp_size 0 --ep_size 8", engine="trtllm"),
    server("--tp_size 8 --ep_size 4 --moe_cluster_parallel_size 2", engine="trtllm"), server("--tp-size 8 --ep-size 4"),
    server("--tp-size 8 --ep-size 4 --moe-dp-size 2", image=NEW), server("--tp-size 8 --ep-size 2", image=NEW),
    server("--tp-size 8 --ep-size 4 --moe-dp-size 1", image=NEW),
    server("--tp-size 9 --ep-size 9 --ep-num-redundant-experts 5", image=NEW),
    (BAD.replace('"8"', '"6"', 1), {"kind": "leaf"}),
    experts("all"), experts(1), experts(8, "all"), experts(4, 0, f"{CLUSTER} 2"), experts(4, more=f"{CLUSTER} 0"),
    experts(4, more=f"{CLUSTER} many"), server("--tp-size 8 --ep-size 1", image=NEW), server("--tp-size 8 --ep-size 8", image=NEW),
    api(tensor_parallel_size=8, moe_expert_parallel_size=8), (experts(4), {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct"}),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_tensor_parallel_size=2), experts(4, more="--moe_tensor_parallel_size 2"),
    server("--tp-size 8 --ep-size 8").replace("launch_server", "bench_one_batch"),
]  # fmt: skip
ALSO_BAD = [
    server("--tp_size 8 --ep_size 0", engine="trtllm"), server("--tp_size 8 --ep_size 16", engine="trtllm"),
    server("--tp_size 8 --ep_size 4 --moe_cluster_parallel_size 4", engine="trtllm"),
    server("--tp-size 8 --ep-size 2 --moe-dp-size 2", image=NEW), server("--tp-size 8 --ep-size 16", image=NEW),
    server("--tp-size 8 --ep-size 8 --ep-num-redundant-experts 5", image=NEW),
    api(tensor_parallel_size=8, moe_expert_parallel_size=3), server("--ep_size 2", engine="trtllm"), experts(4, more=f"{CLUSTER} 1"),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_cluster_parallel_size=4), server("--tp-size 8 --ep-size 2 --moe-dp-size 8", image=NEW),
    api(tensor_parallel_size=8, moe_expert_parallel_size=4, moe_tensor_parallel_size=4), experts(4, more="--moe_tensor_parallel_size 4"),
]  # fmt: skip
