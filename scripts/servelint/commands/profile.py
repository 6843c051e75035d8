"""Where the time of a run went, in lines for a person."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ..steps import clock

MOST = 10
"""Rules and overlays that are named, the dearest first."""
OWN = ("discover", "recall", "fleet", "change", "waive")
"""Steps of the run as a whole. The others are of overlays, in whichever process they were judged."""


def rows(spent: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """spent: seconds by step and by ``rule <id>``, of each overlay that was judged."""
    sums: Counter[str] = Counter()
    for own in spent.values():
        sums.update(own)
    steps = {name: seconds for name, seconds in sums.items() if not name.startswith("rule ")}
    rules = {name: seconds for name, seconds in sums.items() if name.startswith("rule ")}
    whole = {name: clock.SPENT[name] for name in OWN if name in clock.SPENT}
    overlays = {
        path: sum(seconds for name, seconds in own.items() if not name.startswith("rule "))
        for path, own in spent.items()
    }
    yield f"profile: {len(spent)} overlays judged anew; seconds on the clock, of all processes together"
    for title, table in (("step", {**whole, **steps}), ("rule", rules), ("overlay", overlays)):
        for name, seconds in Counter(table).most_common(None if title == "step" else MOST):
            yield f"profile: {seconds:9.3f} s  {title} {name.removeprefix('rule ')}"
