"""What wrong-model tells apart beyond its own examples."""

from servelint.rules.engine.wrong_model import BAD
from servelint.rules.examples import server

_FITS = ("deepseek-ai/deepseek-r1", "hf://deepseek-ai/DeepSeek-R1:main", "$MODEL", "/models/of-nobody", "Llama-3.1")

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}),
    *(server(f"--model-path {path}") for path in (*_FITS, "/models/DeepSeek-R1/Llama-3.1-8B-Instruct")),
]
ALSO_BAD = [server("--model-path /models/Llama-3.1-8B-Instruct"), server("--model-path hf://deepseek-ai/DeepSeek-V3")]
