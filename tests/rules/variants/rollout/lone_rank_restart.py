"""What lone-rank-restart tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server
from servelint.rules.rollout.lone_rank_restart import BAD


def _group(arguments: str, policy: str = "None", spec: str = "", engine: str = "sglang") -> str:
    more = f"restartPolicy: {policy}\n{spec}"
    return server(arguments, engine=engine, kind="LeaderWorkerSet", spec=more)


ALSO_GOOD = [
    _group("--tp-size 8"), BAD.replace("size: 2\n", "size: 1\n"), BAD.replace("    restartPolicy: None\n", ""),
    BAD.replace('gpu: "8"', 'gpu: "0"'), _group("--tp-size 16", "RecreateGroupAfterStart"),
]  # fmt: skip
ALSO_BAD = [
    _group("--tp-size 16"), _group("--nnodes 2 --tp-size $TP"),
    _group("--tensor-parallel-size 8 --distributed-executor-backend ray --pipeline-parallel-size 2", engine="vllm"),
]  # fmt: skip
