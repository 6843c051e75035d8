"""What unexpanded-variable tells apart beyond its own examples."""

from servelint.rules.references.unexpanded_variable import _with

ALSO_GOOD = [
    _with("PATH", "/opt/bin:/usr/bin"), _with("PROMPT", "costs $5"), _with("PATTERN", "^a$"), _with("A", "$$HOME"),
    _with("ARGS", "--model $MODEL --tp $TP"), _with("HOOK", "echo ${RANK}; exec x"), _with("A", "SITE_A"),
]  # fmt: skip
ALSO_BAD = [_with("PATH", "/opt/bin:$PATH"), _with("HF_TOKEN", "$HF_TOKEN"), _with("MODEL_PATH", "$MODEL")]
