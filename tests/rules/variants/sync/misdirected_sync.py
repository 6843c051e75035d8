"""What misdirected-sync tells apart beyond its own examples."""

from servelint.rules.examples import other, together
from servelint.rules.sync.misdirected_sync import _SYNC, BAD, GOOD, _at

_APP = other("Application", "source: {repoURL: other, path: overlays/none}")
_KNOWN = {"folders": ["overlays/clusters/able", "overlays/clusters/baker", "overlays/a3ultra/m/w"]}

ALSO_GOOD = [
    (GOOD, _KNOWN), (_at("a3ultra/*/*"), _KNOWN),
    _at("none/*"),  # in a repository that is not in sight
    _at("none"),
    (_at("none", together(_SYNC, _APP)), _KNOWN),  # of which of two?
    (BAD, {"kind": "manifest"}),
]  # fmt: skip
ALSO_BAD = [(_at("clusters/*"), _KNOWN), (_at("none/*"), _KNOWN), (_at("none"), _KNOWN)]
