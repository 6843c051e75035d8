"""What idle-gpus tells apart beyond its own examples."""

from servelint.rules.examples import server

ALSO_GOOD = [
    server("--tp-size 4", container="env: [{name: CUDA_VISIBLE_DEVICES, value: '0,1,2,3'}]"),
    server("--tp-size 4 --base-gpu-id 4"),
    server("--tp-size 4").replace('"python3"', '"env", "CUDA_VISIBLE_DEVICES=0,1", "python3"'),
    server("--tp-size 4", gpus=0), server("--tp-size $SIZE"),
    (server("--tp-size 4", gpus=16), {"hardware": "a3ultra"}),  # `foreign-hardware` says it
    (server("--tp-size 3"), {"model": "deepseek-r1"}),  # `uneven-heads` says it
    (server("--tp-size 12 --nnodes 2", kind="LeaderWorkerSet"), {"hardware": "a3ultra"}),  # `ragged-nodes` says it
    server("--workers 8", engine="trtllm").replace('"trtllm-serve", "m"', '"trtllm-build"'),
]  # fmt: skip
ALSO_BAD = [server("--workers 8", engine="trtllm")]
