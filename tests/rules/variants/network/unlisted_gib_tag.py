"""What unlisted-gib-tag tells apart beyond its own examples."""

from servelint.rules.network.unlisted_gib_tag import BAD, GOOD

ALSO_GOOD = [
    GOOD.replace(":v1.1.1", ""), BAD.replace("v1.11", "SITE_TAG"), BAD.replace("v1.11", "v1.11@sha256:" + "0" * 64),
    GOOD.replace("gib:v1.1.1", "gib:v1.0.5"),
]  # fmt: skip
ALSO_BAD = [GOOD.replace("gib:v1.1.1", "gib-arm64:v1.0.5"), GOOD.replace("gib:v1.1.1", "gib-arm64:v1.1.1")]
