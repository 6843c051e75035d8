"""What unreliable-install tells apart beyond its own examples."""

from servelint.rules.examples import workload
from servelint.rules.files.unreliable_install import _RUN

ALSO_GOOD = [workload(_RUN % "pip install hf_transfer==0.1.9 || exit 1;"), workload(_RUN % "pip list || true;")]
ALSO_BAD = [
    workload(_RUN % "pip install hf_transfer==0.1.9 || true;"),
    workload(_RUN % "pip install hf_transfer &&"),
    workload("containers: [{name: engine, image: 'example.com/a:1', command: [pip, install, hf_transfer]}]"),
]
