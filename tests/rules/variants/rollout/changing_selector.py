"""What changing-selector tells apart beyond its own examples."""

from servelint.rules.rollout.changing_selector import BAD

ALSO_GOOD = [
    BAD.replace("name: server\n", "name: server-v0.4.6\n", 1),  # a canary: its next version has another name
    BAD.replace("app.kubernetes.io/version", "app.kubernetes.io/component"),
    BAD.replace("app.kubernetes.io/version: v0.4.6}}", "zone: a}}"),
]
ALSO_BAD = [
    BAD.replace("app.kubernetes.io/version: v0.4.6}}", "app.kubernetes.io/version: main}}"),
    BAD.replace("app.kubernetes.io/version: v0.4.6}}", "track: v0.4.6}}"),
]
