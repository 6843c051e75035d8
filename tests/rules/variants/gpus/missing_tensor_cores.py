"""What missing-tensor-cores tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.gpus.missing_tensor_cores import BAD_CONTEXT, HOPPER

UNKNOWN = {"hardware": "a3ultra"}
GPT_OSS = {"hardware": "a3ultra", "model": "gpt-oss-120b"}
NAMED = "--tp-size 8 --model-path nvidia/DeepSeek-R1-FP4-v2"

ALSO_GOOD = [
    server("--tp-size 8"),
    (server("--tp-size 8 --moe-runner-backend marlin", pod=HOPPER), BAD_CONTEXT),
    (server(NAMED.replace("FP4", "FP8")), UNKNOWN),
    (server(NAMED), {"hardware": "a4high"}),
    (server("--tp-size 8", image="lmsysorg/sglang:v0.5.14-cu129"), GPT_OSS),
    (server("--tensor-parallel-size 8", engine="vllm"), GPT_OSS),
]
ALSO_BAD = [
    (server("--tp-size 8 --moe-runner-backend cutlass", pod=HOPPER), BAD_CONTEXT),
    (server("--tensor-parallel-size 8", engine="vllm"), BAD_CONTEXT),
    (server("--tp-size 8"), GPT_OSS),
    (server("--tp-size 8 --moe-runner-backend cutlass", image="lmsysorg/sglang:v0.5.14-cu129"), GPT_OSS),
    (server("--tp-size 8 --kv-cache-dtype nvfp4"), {"hardware": "a3ultra", "model": "deepseek-r1"}),
    (server(NAMED), UNKNOWN),
]
