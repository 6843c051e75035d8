"""What off-main-sync tells apart beyond its own examples."""

from servelint.rules.examples import other
from servelint.rules.sync.off_main_sync import BAD, GOOD

_APPS = other("ApplicationSet", "generators: [{git: {revision: main}}], template: {spec: {source: {path: a}}}")

ALSO_GOOD = [
    (BAD, {"kind": "manifest"}), GOOD.replace("branch: main", "tag: v1.2.3"),
    GOOD.replace("name: fleet}", "name: other}"), _APPS,
]  # fmt: skip
ALSO_BAD = [GOOD.replace("branch: main", "branch: next"), _APPS.replace("revision: main", "revision: next")]
