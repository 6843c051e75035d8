"""What overlong-context tells apart beyond its own examples."""

from servelint.rules.engine.overlong_context import _NEW, BAD
from servelint.rules.examples import llm, server

_SGLANG, _VLLM = "SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN", "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
_ALLOWED = f"env: [{{name: {_SGLANG}, value: '%s'}}]"
_ROPE = '{\\"rope_scaling\\":{\\"factor\\":4.0}}'

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), (BAD, {"model": "llama-4-scout-instruct"}), server("--context-length $LONG", image=_NEW),
    server("--context-length 262144", image=_NEW, container=_ALLOWED % "1"),
    server("--context-length 262144", image=_NEW, container=_ALLOWED.replace("value: '%s'", "valueFrom: {}")),
    server(f"--context-length 131072 --json-model-override-args {_ROPE}", image=_NEW),
    server("--max-model-len 32768", engine="vllm"), server("--max-model-len auto", engine="vllm"),
    server(f"--max-model-len 131072 --hf-overrides {_ROPE}", engine="vllm"), llm("max_seq_len: 40960"),
    llm("max_seq_len: 32768", "--max_seq_len 262144"), server("--max-model-len 40k", engine="vllm"),
    server("--max_seq_len 262144 --backend tensorrt", engine="trtllm"), llm("max_seq_len: null"),
    server("--max-model-len 131072", engine="vllm", container=(_ALLOWED % "1").replace(_SGLANG, _VLLM)),
    BAD.replace('", "', " ").replace('["python3', f'[bash, -c, "{_SGLANG}=1 python3'),
]  # fmt: skip
ALSO_BAD = [
    server("--context-length 262144"), server("--context-length 262144", image="lmsysorg/sglang:latest"),
    server("--context-length 262144", container=_ALLOWED % "false"), server("--context-length 262144 $A", image=_NEW),
    server("--context-length 40961", image=_NEW, container=_ALLOWED % "0"),
    server("--max_seq_len 262144", engine="trtllm"), llm("max_seq_len: 262144"),
    server("--max-model-len 131072", engine="vllm"),
    server("--max-model-len 128K", engine="vllm"),
    server("--max-model-len 131072", engine="vllm", container="envFrom: [{secretRef: {name: a}}]"),
    server("--context-length $LONG", image=_NEW, container="env: [{name: LONG, value: '262144'}]"),
    server('--context-length 262144 --json-model-override-args {\\"num_hidden_layers\\":2}', image=_NEW),
]  # fmt: skip
