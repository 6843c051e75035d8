"""A cluster's site ConfigMap lacks a key that one of its components spreads.

Kustomize then builds nothing at all of the cluster, and names the folder of the component alone. The cluster keeps what
it has, and every later change waits behind this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import lines
from ...model import Problem, mapping, mappings
from ...sources import Tree
from ...sources.site import local_maps
from ..examples import SITE, SPREAD, tree

SEVERITY = "error"
HINT = "Add the key with its value, or take the component that wants it out; overlays/clusters/README.md has every key."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"
COVERS = ("CFG-08",)

GOOD = tree(SPREAD, {"site.yaml": SITE})
BAD = tree(SPREAD, {"site.yaml": SITE.replace("image: a", "imgae: a")})

KEY = re.compile(r"data\.(?:\[([^\]]+)\]|([^.\[\]]+))")


def check_sources(tree: Tree) -> Iterator[Problem]:
    wanted: dict[tuple[str, str], list[str]] = {}
    for kustomization in tree.kustomizations:
        for _, entry in mappings(kustomization.body.get("replacements")):
            source = mapping(entry.get("source"))
            match = KEY.fullmatch(str(source.get("fieldPath")))
            if source.get("kind") == "ConfigMap" and match:
                folders = wanted.setdefault((str(source.get("name")), match[1] or match[2]), [])
                folders.append(f"{kustomization.folder} puts into {_targets(entry)}")
    for site in local_maps(tree):
        for (name, key), folders in wanted.items():
            if name == site.name and key not in site.data:
                line = lines.descend(site.node, ("data",))[1]
                text = f"has no key {key}, which {' and '.join(dict.fromkeys(folders))}"
                yield Problem(None, ("data",), text, site.file, line)


def _targets(entry: dict[str, object]) -> str:
    """What a replacement writes into, by kind."""
    kinds = [
        str(select.get("kind") or select.get("labelSelector") or "others")
        for _, target in mappings(entry.get("targets"))
        if (select := mapping(target.get("select"))) is not None
    ]
    return ", ".join(dict.fromkeys(kinds)) or "others"
