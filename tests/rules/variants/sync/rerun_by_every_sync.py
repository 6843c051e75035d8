"""What rerun-by-every-sync tells apart beyond its own examples."""

from servelint.rules.examples import other
from servelint.rules.sync.rerun_by_every_sync import _APP, _JOB, _WITHOUT

_APPS = other("ApplicationSet", "generators: [{git: {directories: [{path: overlays/example-1}]}}]")

ALSO_GOOD = [
    (_WITHOUT.replace("argoproj.io/v1alpha1", "example.com/v1"), _JOB),
    (_WITHOUT.replace("example-1", "elsewhere"), _JOB), (_WITHOUT, _JOB.replace("Force=true,", "")),
]  # fmt: skip
ALSO_BAD = [(_APPS, _JOB), (_APP.split(", syncPolicy")[0] + "}\n", _JOB)]
