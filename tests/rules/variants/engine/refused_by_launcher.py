"""What refused-by-launcher tells apart beyond its own examples."""

from servelint.rules.engine.refused_by_launcher import _LAUNCH, _bench

ALSO_GOOD = [
    _bench("base-url: https://server"), _bench("base-url: SITE_SERVER"),
    _bench("backend: sglang", "[a]", _LAUNCH.replace("launchlib.load", "launchlib.other")),
    _bench("backend: sglang", "[a]", _LAUNCH.replace("needs=needs", "needs=needs()")),
]  # fmt: skip
ALSO_BAD = [
    _bench("base-url: server:8000"), _bench("base-url: 8000"), _bench("base-url: "), _bench("base-url: [http://a]"),
    _bench(experiments="[{name: a}, {name: a}]"), _bench(experiments="[{rounds: 3}]"), _bench(experiments="[a]"),
    _bench(experiments="[{name: 8}]"), _bench(experiments="[{name: a/b}]"),
    _bench(experiments="[{name: a, rounds: x}]"),
    _bench(experiments="[{name: a, rounds: true}]"), _bench(experiments="[{name: a, rounds: 1.5}]"),
]  # fmt: skip
