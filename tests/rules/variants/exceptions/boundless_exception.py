"""What boundless-exception tells apart beyond its own examples."""

from servelint.rules.exceptions.boundless_exception import BAD, GOOD

ALSO_GOOD = [BAD.replace("overlays/*", "overlays/a3ultra/*"), GOOD.replace("2026-03-31", "2026-04-01")]
ALSO_BAD = [GOOD.replace("2026-03-31", "2026-04-02"), BAD.replace("2026-03-31", "2026-04-02")]
