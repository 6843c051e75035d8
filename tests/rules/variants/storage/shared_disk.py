"""What shared-disk tells apart beyond its own examples."""

from servelint.rules.examples import lustre, together
from servelint.rules.storage.shared_disk import _disk

ALSO_GOOD = [
    (_disk(mode="ReadOnlyMany"), _disk(mode="ReadOnlyMany")), (lustre(), lustre()), (_disk("SITE_D"), _disk("SITE_D")),
    (_disk(), _disk().replace("pd.csi", "other.csi")),
]  # fmt: skip
ALSO_BAD = [(together(_disk(), _disk(volume="other")),), (_disk(mode="ReadWriteOncePod"), _disk(mode="ReadOnlyMany"))]
