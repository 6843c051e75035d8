"""What value-not-arrived tells apart beyond its own examples."""

from servelint.rules.references.value_not_arrived import _copied

ALSO_GOOD = [
    _copied("metadata.name", ""), _copied("metadata.name", kind="Deployment"),
    _copied("metadata.name", target="targets: [{select: {kind: Pod}, fieldPaths: [spec.containers.0.image]}]"),
]  # fmt: skip
ALSO_BAD = [_copied("metadata.name", "nameSuffix: -m\n")]
