"""What leftover-site-marker tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.references.leftover_site_marker import BAD

_TOP = ("overlays/clusters/c/kustomization.yaml", 4)
_CLUSTER = {
    "kind": "cluster", "path": "overlays/clusters/c", "built": {"overlays/clusters/c": _TOP},
    "site": (("base/site/a", ("registry", "disk-zone")),),
}  # fmt: skip

ALSO_GOOD = [
    (BAD, {"kind": "leaf"}), server(container="env: [{name: SITE_A, value: '$SITE_NAME ${SITE_NAME}'}]"),
    server("MY_SITE_A SITE_A=1"),
]  # fmt: skip
ALSO_BAD = [
    server("SITE_A", container="env: [{name: A, value: SITE_A}]"),
    server(container="env: [{name: A, value: a-SITE_A}]"),
    server(pod="volumes: [{name: SITE_A, emptyDir: {}}]"),
    (together(BAD, BAD.replace("name: server", "name: b", 1)), _CLUSTER),
    (server("SITE_DISK_ZONE", image="SITE_REGISTRY/trtllm:v0.17.0"), _CLUSTER),
    (BAD, {**_CLUSTER, "built": {"overlays/clusters/c": _TOP, "base/site/a": _TOP}}),
]  # fmt: skip
