"""What bucket-before-sidecar tells apart beyond its own examples."""

from servelint.rules.examples import bucket_pod
from servelint.rules.storage.bucket_before_sidecar import _FETCH, _SWITCHED

ALSO_GOOD = [
    bucket_pod(_FETCH), bucket_pod("", annotations=_SWITCHED + '"false"'),
    bucket_pod(_FETCH.replace("model", "other"), annotations=_SWITCHED + '"false"'),
]  # fmt: skip
ALSO_BAD = [bucket_pod(_FETCH, annotations=_SWITCHED + '"False"')]
