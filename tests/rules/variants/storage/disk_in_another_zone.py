"""What disk-in-another-zone tells apart beyond its own examples."""

from servelint.rules.examples import lustre
from servelint.rules.storage.disk_in_another_zone import _AFFINITY, _IN, _disk

ALSO_GOOD = [
    _disk(""), _disk("us-central1-b, us-central1-a"), _disk("SITE_ZONE"), _disk("us-central1-b", "regions/us-central1"),
    _disk("us-central1-a", "zones/UNSPECIFIED"), _disk("", pod=_IN % "SITE_ZONE"),
    lustre(spec=_AFFINITY % "us-central1-a"),
]  # fmt: skip
ALSO_BAD = [
    _disk("", pod=_IN % "us-central1-b"), lustre(spec=_AFFINITY % "us-east1-b"),
    _disk("us-east1-b", "regions/us-central1"),
    _disk("us-central1-b").replace("topology.gke.io", "topology.kubernetes.io"),
]  # fmt: skip
