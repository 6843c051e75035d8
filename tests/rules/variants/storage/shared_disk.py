"""What shared-disk tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import lustre, together


def _disk(name: str = "d", mode: str = "ReadWriteOnce", volume: str = "model") -> str:
    made = lustre(volume, handle=f"projects/team/zones/us-central1-a/disks/{name}", attributes="")
    return made.replace("lustre.csi", "pd.csi").replace("ReadWriteMany", mode)


ALSO_GOOD = [
    (_disk(mode="ReadOnlyMany"), _disk(mode="ReadOnlyMany")), (lustre(), lustre()), (_disk("SITE_D"), _disk("SITE_D")),
    (_disk(), _disk().replace("pd.csi", "other.csi")),
]  # fmt: skip
ALSO_BAD = [(together(_disk(), _disk(volume="other")),), (_disk(mode="ReadWriteOncePod"), _disk(mode="ReadOnlyMany"))]
