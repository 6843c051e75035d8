"""What missing-template-parameter tells apart beyond its own examples."""

from servelint.rules.kserve.missing_template_parameter import BAD, GOOD

ALSO_GOOD = [
    BAD.replace("25.01-trtllm", "99.01-trtllm"),  # whose template is not known
]
ALSO_BAD = [GOOD.replace("TYPE_FP32", "null")]
