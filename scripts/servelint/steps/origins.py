"""Where the resources of overlays come from: asked of Kustomize for many overlays at a time, and kept.

Rendering with annotations costs as much as rendering, and only what has a finding needs it. What is kept stands under
the hash of the overlay's sources, as its text does, and under that of the code that reads the annotations.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from .. import lines
from ..borders import itself, store
from ..kustomize import weight
from ..kustomize.process import Session
from ..model import Target
from ..sources import Tree
from . import crash, locate, render
from .context import Context
from .hashes import Hashes
from .verdicts import in_sight

Origins = dict[locate.Identity, locate.Provenance]


def of(
    context: Context, session: Session, wanted: list[Target], trees: Mapping[str, Tree], on_crash: crash.OnCrash
) -> dict[str, Origins | None]:
    """Where the resources of each overlay come from, by its path; None where Kustomize cannot say it."""
    if not wanted:
        return {}
    root, keys = context.root, dict[str, str]()
    if context.cache and not context.listing.has_links:
        hashes = Hashes(root)
        for target in wanted:
            sources = hashes.of(trees[target.path]) if in_sight(trees[target.path]) else None
            if sources is not None:
                keys[target.path] = sources
    kept = {path: _recalled(_key(sources), context) for path, sources in keys.items()}
    found: dict[str, Origins | None] = {path: origins for path, origins in kept.items() if origins is not None}
    missing = [target for target in wanted if target.path not in found]
    for path, noted in render.render_provenances(root, missing, dict(trees), session):
        found[path] = _read(trees[path], noted, on_crash)
    after = Hashes(root)
    for target in missing:
        origins, sources = found[target.path], keys.get(target.path)
        if origins is not None and sources is not None and after.of(trees[target.path]) == sources:
            store.remember(_key(sources), _written(origins), root, store.ORIGINS)
    return found


def _key(sources: str) -> str:
    return hashlib.sha256(f"{sources}\0{itself.code()}".encode()).hexdigest()


def _read(tree: Tree, noted: render.Noted | None, on_crash: crash.OnCrash) -> Origins | None:
    if noted is None or weight.rendered(noted[0]) is not None:
        return None
    with crash.caught(on_crash, "locate", partial(crash.On, tree.target)), suppress(lines.BadYaml):
        said = locate.provenance(*noted)
        # What marks an overlay in a batch transforms it too: that is no source.
        return {
            name: locate.Provenance(own.origin, tuple(file for file in own.configured_in if file in tree.files))
            for name, own in said.items()
        }
    return None


def _written(origins: Origins) -> str:
    rows = [[identity, own.origin, own.configured_in] for identity, own in origins.items()]
    return json.dumps(rows, separators=(",", ":"))


def _recalled(key: str, context: Context) -> Origins | None:
    text = store.recall(key, context.root, store.ORIGINS)
    if text is not None:
        with suppress(ValueError, TypeError, RecursionError):  # not as it is written here
            return {
                (api, kind, namespace, name): locate.Provenance(origin, tuple(configured))
                for (api, kind, namespace, name), origin, configured in json.loads(text)
            }
    return None
