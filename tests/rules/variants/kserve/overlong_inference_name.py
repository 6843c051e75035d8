"""What overlong-inference-name tells apart beyond its own examples."""

from servelint.rules.examples import marked
from servelint.rules.kserve.overlong_inference_name import GOOD

ALSO_GOOD = [marked(GOOD, "namespace: SITE_NAMESPACE"), marked(GOOD, "namespace: four")]
ALSO_BAD = [marked(GOOD, "namespace: serving")]
