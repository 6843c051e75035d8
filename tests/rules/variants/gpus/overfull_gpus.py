"""What overfull-gpus tells apart beyond its own examples."""

from servelint.rules.examples import server

R1 = {"hardware": "a3ultra", "model": "deepseek-r1"}
SCOUT = {"hardware": "a3ultra", "model": "llama-4-scout-instruct"}
OWN = {"hardware": "a3ultra", "model": "llama-3-1-405b"}
NEW = "lmsysorg/sglang:v0.5.14-cu129"

ALSO_GOOD = [
    server("--tp-size 8 --mem-fraction-static 0.85"),
    (server("--tp 8 --context-length 100000"), SCOUT),
    (server("--tp 8 --mem-fraction-static 0.7"), OWN),
    (
        server(
            "--tp 8 --context-length 1000000 --mem-fraction-static 0.7 --cuda-graph-max-bs 16 --max-running-requests 99"
        ),
        SCOUT,
    ),
    server("--tp 4 --pp 2 --mem-fraction-static 0.85", image=NEW),
    server("--tp 8 --enable-lora --max-lora-rank 16 --context-length 8192", image=NEW),
    server("--tp 8 --enable-lora --max-loras-per-batch 64 --context-length 8192", image=NEW),
    (server("--tp 4 --pp 2 --mem-fraction-static 0.85", image=NEW), {**R1, "hardware": "a4high"}),
    (server("--tensor-parallel-size 8 --max-model-len 1000000", engine="vllm"), SCOUT),
]
ALSO_BAD = [
    server("--tp-size 8 --mem-fraction-static 0.995"),
    server("--tp-size 4", gpus=4),
    (server("--tp 8 --mem-fraction-static 0.5"), R1),
    (server("--tp 4 --pp 2 --mem-fraction-static 0.5", image=NEW), R1),
    (server("--tp 8"), SCOUT),
    (server("--tp 8 --context-length 1000000 --mem-fraction-static 0.8"), SCOUT),
    (
        server("--tp 8 --mem-fraction-static 0.75 --moe-a2a-backend deepep --ep-num-redundant-experts 512", image=NEW),
        R1,
    ),
    server("--tp 7 --mem-fraction-static 0.3"),
    server("--tp 8 --enable-lora --max-lora-rank 256 --max-loras-per-batch 64 --lora-target-modules all", image=NEW),
    (server("--tensor-parallel-size 8", engine="vllm"), SCOUT),
]
