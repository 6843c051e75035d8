"""What outlasting-job tells apart beyond its own examples."""

from servelint.rules.examples import other, server
from servelint.rules.sync.outlasting_job import _JOB, _LONG, _SYNC

_CHECKED = _SYNC.replace("wait: true", "healthChecks: [{kind: Job, name: server}]")
_OWN = _SYNC.replace("wait: true", "wait: true, healthCheckExprs: [{kind: Job}]")

ALSO_GOOD = [
    (_SYNC.replace("wait: true", "wait: false"), _LONG), (_SYNC.replace("2h", "soon"), _LONG), (_OWN, _LONG),
    (_SYNC, server(kind="Job", gpus=0)),  # a short one
    (other("Application", "source: {path: overlays/example-1}, interval: 10m, wait: true"), _LONG),
]  # fmt: skip
ALSO_BAD = [(_SYNC, server(kind="Job")), (_CHECKED, _LONG), (_SYNC.replace("timeout: 2h, ", ""), _JOB)]
