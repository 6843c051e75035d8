"""A cluster's site ConfigMap holds a key that nothing spreads.

The value was meant for a bucket, a queue or a volume. Misspelt, or without its base/site component, it reaches none,
and whoever edits it later wonders why nothing happens.
"""

from ... import lines
from ...model import Problem, Problems, mapping, mappings
from ...sources import Tree
from ...sources.site import FACTS, local_maps
from ..examples import SITE, SPREAD, tree

SEVERITY = "error"
HINT = "Correct the key, add the component that spreads it, or delete it."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"
COVERS = ("CFG-08",)

_TWO = SITE.replace("image: a", "image: a, imgae: b")
GOOD = tree(SPREAD, {"site.yaml": SITE})
BAD = tree(SPREAD, {"site.yaml": _TWO})


def check_sources(tree: Tree) -> Problems:
    entries = [e for k in tree.kustomizations for _, e in mappings(k.body.get("replacements"))]
    sources = [mapping(entry.get("source")) for entry in entries]
    for site in local_maps(tree):
        read = {str(s.get("fieldPath")) for s in sources if s.get("name") == site.name}
        for key in site.data if read else ():
            if read.isdisjoint((f"data.{key}", f"data.[{key}]")) and key not in FACTS:
                line = lines.descend(site.node, ("data", key))[1]
                yield Problem(None, ("data", str(key)), f"nothing spreads {key}", site.file, line)
