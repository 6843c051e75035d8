"""What unexpanded-variable tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server


def _with(name: str, value: str) -> str:
    return server(container=f'env: [{{name: {name}, value: "{value}"}}]')


ALSO_GOOD = [
    _with("PATH", "/opt/bin:/usr/bin"), _with("PROMPT", "costs $5"), _with("PATTERN", "^a$"), _with("A", "$$HOME"),
    _with("ARGS", "--model $MODEL --tp $TP"), _with("HOOK", "echo ${RANK}; exec x"), _with("A", "SITE_A"),
]  # fmt: skip
ALSO_BAD = [_with("PATH", "/opt/bin:$PATH"), _with("HF_TOKEN", "$HF_TOKEN"), _with("MODEL_PATH", "$MODEL")]
