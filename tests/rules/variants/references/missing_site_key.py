"""What missing-site-key tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_ONLY, SITE, SPREAD, tree

ALSO_GOOD = [
    tree(SPREAD.replace("data.image", "'data.[image]'"), {"site.yaml": SITE}),
    tree(SPREAD.replace("name: site", "name: other"), {"site.yaml": SITE.replace("image: a", "imgae: a")}),
    tree(SPREAD.replace("data.image", "metadata.name"), {"site.yaml": SITE.replace("image: a", "imgae: a")}),
    tree(SPREAD, {"site.yaml": SITE.replace(LOCAL_ONLY, "").replace("image: a", "imgae: a")}),
    tree(SPREAD.replace("kind: ConfigMap", "kind: Secret"), {"site.yaml": SITE.replace("image: a", "imgae: a")}),
]  # fmt: skip
ALSO_BAD = [
    tree(SPREAD, {"site.yaml": SITE.replace("data: {image: a}\n", "")}),
    tree(SPREAD.replace("data.image", "'data.[image]'"), {"site.yaml": SITE.replace("image: a", "x: a")}),
    tree(SPREAD, {"site.yaml": SITE.replace("image: a", "image: ''")}),
]
