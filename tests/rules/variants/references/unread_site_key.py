"""What unread-site-key tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_ONLY, SITE, SPREAD, tree
from servelint.rules.references.unread_site_key import _TWO

ALSO_GOOD = [
    tree(SPREAD.replace("data.image", "'data.[image.tag]'"), {"site.yaml": SITE.replace("image: a", "image.tag: a")}),
    tree(SPREAD, {"site.yaml": SITE.replace("image: a", "image: a, kubernetes: '1.33'")}),
    tree(SPREAD, {"site.yaml": _TWO.replace(LOCAL_ONLY, "")}), tree("resources: [site.yaml]\n", {"site.yaml": _TWO}),
    tree(SPREAD.replace("ConfigMap", "Secret"), {"site.yaml": _TWO.replace("ConfigMap", "Secret")}),
]  # fmt: skip
ALSO_BAD = [tree(SPREAD, {"site.yaml": _TWO.replace("'true'", "'True'")})]
