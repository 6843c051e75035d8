"""What unquoted-site-value tells apart beyond its own examples."""

from servelint.rules.examples import tree
from servelint.rules.references.unquoted_site_value import _LOCAL, _RESOURCES, _SITE

ALSO_GOOD = [
    tree(_RESOURCES, {"site.yaml": _SITE.replace("'56'", "a56")}),
    tree(_RESOURCES, {"site.yaml": _SITE.replace("'56'", "56").replace("kind: Conf", "kind: C")}),
    tree(_RESOURCES, {"site.yaml": _SITE.replace("'56'", "56").replace(_LOCAL, "{}")}),
]  # fmt: skip
ALSO_BAD = [
    tree(_RESOURCES, {"site.yaml": _SITE.replace("'56'", text)})
    for text in ("007", "1e3", "on", "null", "", "[a]", "{a: b}", "true")
]
