"""What leftover-site-marker tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.references.leftover_site_marker import BAD

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), server(container="env: [{name: SITE_A, value: '$SITE_NAME ${SITE_NAME}'}]"),
    server("MY_SITE_A SITE_A=1"),
]  # fmt: skip
ALSO_BAD = [
    server("SITE_A", container="env: [{name: A, value: SITE_A}]"),
    server(container="env: [{name: A, value: a-SITE_A}]"),
    server(pod="volumes: [{name: SITE_A, emptyDir: {}}]"),
]  # fmt: skip
