"""What stale-retry tells apart beyond its own examples."""

from servelint.rules.sync.stale_retry import BAD

ALSO_GOOD = [
    BAD.replace("automated: {}", "syncOptions: []"), BAD.replace("limit: 10,", ""),
    BAD.replace("limit: 10", "limit: 5"), BAD.replace("factor: 2", "factor: 1"),
]  # fmt: skip
ALSO_BAD = [BAD.replace("limit: 10", "limit: -1"), BAD.replace("limit: 10", "limit: 6")]
