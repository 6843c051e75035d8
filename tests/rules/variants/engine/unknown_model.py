"""What unknown-model tells apart beyond its own examples."""

from servelint.rules.engine.unknown_model import _OLD, BAD
from servelint.rules.examples import server

_VARIABLE = "env: [{name: SGLANG_EXTERNAL_MODEL_PACKAGE, value: mine}]"

ALSO_GOOD = [
    (BAD, {"model": "deepseek-r1"}),
    (BAD, {"kind": "leaf"}),
    # Registered from elsewhere, or renamed.
    server("--tp-size 8", image=_OLD, container=_VARIABLE),
    server('--json-model-override-args {\\"architectures\\":[\\"LlamaForCausalLM\\"]}', image=_OLD),
    # One of the versions that were read on either side has it.
    server("--tp-size 8", image="lmsysorg/sglang:v0.5.5-cu129"),
    # No version, no list, no checkpoint.
    server("--tp-size 8", image="registry.example.com/team/sglang:build-1234"),
    server("--tp-size 8", image="lmsysorg/sglang:v0.4.1"),
    BAD.replace("sglang.launch_server", "sglang.bench_serving"),
    server("--tensor-parallel-size 8", engine="vllm"),
]
ALSO_BAD = [
    server("--tp-size 8", image="registry.example.com/mirror/sglang@sha256:" + 64 * "0").replace(
        "sglang@", "sglang:v0.4.6.post4@"
    ),
    server("--tp-size 8", image=_OLD, container="env: [{name: SGLANG_LOGGING_CONFIG_PATH, value: /a}]"),
    server('--json-model-override-args {\\"rope_scaling\\":null}', image=_OLD),
    # What the program puts in may choose another class.
    server("--tp-size 8 $MORE", image=_OLD),
]
