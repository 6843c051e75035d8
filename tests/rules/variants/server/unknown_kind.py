"""What unknown-kind tells apart beyond its own examples."""

from servelint.rules.server.unknown_kind import GOOD

ALSO_BAD = [
    GOOD.replace("Deployment", "Deploymnet"), GOOD.replace("Deployment", "OfNobody"), "metadata: {name: server}\n",
]  # fmt: skip
