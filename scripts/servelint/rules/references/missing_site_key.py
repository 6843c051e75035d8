"""A cluster's site ConfigMap lacks a key that one of its components spreads, or its value.

Kustomize then builds nothing at all of the cluster, and names the folder of the component alone. The cluster keeps what
it has, and every later change waits behind this one.
"""

from ... import lines
from ...engines.lists import nearest
from ...model import Pointer, Problem, Problems, mapping, mappings
from ...sources import Tree
from ...sources.layers import site_key
from ...sources.site import FACTS, LocalMap, local_maps
from ..examples import SITE, SPREAD, tree

SEVERITY = "error"
HINT = "Add the key with its value, or take the component that wants it out; overlays/clusters/README.md has every key."
SOURCE = "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/"
COVERS = ("CFG-08",)

GOOD = tree(SPREAD, {"site.yaml": SITE})
BAD = tree(SPREAD, {"site.yaml": SITE.replace("image: a", "imgae: a")})


def check_sources(tree: Tree) -> Problems:
    wanted: dict[tuple[str, str], list[str]] = {}
    for kustomization in tree.kustomizations:
        for _, entry in mappings(kustomization.body.get("replacements")):
            source = mapping(entry.get("source"))
            if (key := site_key(entry)) is not None:
                folders = wanted.setdefault((str(source.get("name")), key), [])
                folders.append(f"{kustomization.folder} puts into {_targets(entry)}")
    for site in local_maps(tree):
        own = {key: folders for (name, key), folders in wanted.items() if name == site.name}
        for key, folders in own.items():
            if site.data.get(key) in (None, ""):
                yield _lacking(site, key, folders, [other for other in site.data if other not in (*own, *FACTS)])


def _lacking(site: LocalMap, key: str, folders: list[str], unread: list[str]) -> Problem:
    """A key that is not there, or has no value. unread: keys that nothing spreads, of which one may be meant for it."""
    use = f"which {' and '.join(dict.fromkeys(folders))}"
    near = nearest(key, unread) if key not in site.data else None
    at: Pointer = ("data", near or key) if near or key in site.data else ("data",)
    text = f"has no {'value for' if key in site.data else 'key'} {key}, {use}"
    more = f", but {near}, which nothing spreads" if near else ""
    explains: tuple[tuple[str, Pointer], ...] = (("unread-site-key", at),) if near else ()
    return Problem(None, at, f"{text}{more}", site.file, lines.descend(site.node, at)[1], explains=explains)


def _targets(entry: dict[str, object]) -> str:
    """What a replacement writes into, by kind."""
    kinds = [
        str(select.get("kind") or select.get("labelSelector") or "others")
        for _, target in mappings(entry.get("targets"))
        if (select := mapping(target.get("select"))) is not None
    ]
    return ", ".join(dict.fromkeys(kinds)) or "others"
