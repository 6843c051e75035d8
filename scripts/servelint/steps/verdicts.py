"""What was judged before: the verdict on an overlay, kept with all that it stands on.

An entry holds the names of the sources that were read and of what was looked up in the fleet (facts of hardware and
models, names that a sibling may provide), and one hash over what these were. It counts if they are the same again; the
code, Kustomize, Python, its packages and the platform are part of the entry's name. The place of the checkout is not,
for no source may name an absolute path: a second checkout of a commit finds what the first one kept. Only a run of all
rules keeps any.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

from ..borders import files, itself, store
from ..catalogue.load import Facts
from ..model import EVERY, Finding, Target
from ..sources import Reader, Tree
from ..sources.grammar import PLUGIN_FIELDS
from .context import Context
from .crash import Crash
from .hashes import Hashes

_FIELDS = tuple(field.name for field in fields(Finding))


@dataclass(frozen=True)
class Verdict:
    """What is said of one overlay by itself.

    objects: that it renders; None if it is not judged. size: bytes of its text; None if the budget had no room for it.
    is_rendered: whether it came as far as Kustomize. facts: what the rules over the fleet
    have to know of it. asked: what of the fleet it stands on, beside its own sources: names looked for among siblings,
    hardware and models looked up. files: those that were read, in order; folders: those of kustomizations. lasts:
    whether the same input gives the same again; of what there was no time for nobody can say so. spent: seconds, by
    step and by ``rule <id>``; of one that was kept, none.
    """

    findings: tuple[Finding, ...] = ()
    objects: int | None = None
    size: int | None = 0
    is_rendered: bool = True
    facts: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    crashes: tuple[Crash, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    lasts: bool = True
    spent: dict[str, float] = field(default_factory=dict)


def in_sight(tree: Tree) -> bool:
    """Whether a listing sees all that an overlay depends on beside the contents of its files: links and kustomizations
    on the way to them, which it looks for in folders of the fleet without a dot in front. And whether no text of it
    would become a path once there is a file of that name."""
    if not all(files.is_of_fleet(name) and "/." not in name for name in tree.files):
        return False
    return not any(field in one.body for one in tree.kustomizations for field in (*PLUGIN_FIELDS, MERGED))


MERGED = "patchesStrategicMerge"
"""Its values are texts or paths, as those of plugins are."""


class Kept:
    """The verdicts that are kept for a run, if it may use any."""

    def __init__(self, context: Context, outside: Iterable[tuple[str, str]]) -> None:
        self.context = context
        # Behind a link stands another file tomorrow, though none of those that were read has changed.
        self.is_used = context.cache and context.all_rules_run and not context.listing.has_links
        # Facts that do not say what was read of them may be of another state than their files are now.
        self.is_used &= isinstance(context.hardware, Facts) and isinstance(context.models, Facts)
        if self.is_used:
            self.hashes = Hashes(context.root)
            engine = self.hashes.start.hexdigest()
            fixed = (itself.code(), engine, context.kubernetes, sorted(outside))
            self._start = hashlib.sha256(repr(fixed).encode("utf-8", "surrogatepass"))
            self._facts: dict[tuple[str, str], bytes] = {}

    def _key(self, target: Target) -> str:
        digest = self._start.copy()
        digest.update(f"{target.kind}\0{target.path}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _sources(self, names: Iterable[str], folders: Iterable[str], hashes: Hashes) -> str | None:
        """A hash over the sources of an overlay as they are now. None if a file cannot be read."""
        listing = self.context.listing.kustomizations
        digest = hashlib.sha256(repr([listing.get(folder) for folder in folders]).encode())
        try:
            for name in names:
                digest.update(hashes.file(name))
        except files.Refused:
            return None
        return digest.hexdigest()

    def _stamp(self, target: Target, sources: str, asked: dict[str, list[str]]) -> str:
        """A hash over all that a verdict stands on, as it is now."""
        digest = hashlib.sha256(sources.encode())
        for name in asked["names"] if target.kind == "leaf" else ():
            theirs = any(path != target.path for path in self.context.owners(name))
            digest.update(b"\1" if theirs else b"\0")
        for what in ("hardware", "models"):
            for name in asked[what]:
                digest.update(self._fact(what, name))
        return digest.hexdigest()

    def _fact(self, what: str, name: str) -> bytes:
        """A hash of the facts of a machine or model, or of all, as they were read; of one that is not there, none."""
        if (what, name) not in self._facts:
            known: dict[str, str] = getattr(self.context, what).digests
            chosen = sorted(known) if name == EVERY else [name] if name in known else []
            parts = (f"{each}\0{known[each]}" for each in chosen)
            self._facts[what, name] = hashlib.sha256("\0".join(parts).encode()).digest()
        return self._facts[what, name]

    def recall(self, wanted: list[Target]) -> dict[Target, Verdict]:
        """Those of which nothing that they stand on has changed."""
        found = {}
        for target in wanted if self.is_used else ():
            text = store.recall(self._key(target), self.context.root, store.VERDICTS)
            with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):  # not as we write them
                verdict = self._verdict(target, json.loads(text)) if text is not None else None
                if verdict is not None:
                    found[target] = verdict
        return found

    def _verdict(self, target: Target, entry: dict[str, Any]) -> Verdict | None:
        sources = self._sources(entry["files"], entry["folders"], self.hashes)
        if sources is None or self._stamp(target, sources, entry["asked"]) != entry["stamp"]:
            return None
        findings = tuple(
            Finding(**{**dict(zip(_FIELDS, one, strict=True)), "covers": tuple(one[_FIELDS.index("covers")])})
            for one in entry["findings"]
        )
        return Verdict(
            findings,
            objects=entry["objects"],
            size=entry["size"],
            facts=entry["facts"],
            asked=entry["asked"],
            files=tuple(entry["files"]),
            folders=tuple(entry["folders"]),
        )

    def before(self, reader: Reader, tree: Tree) -> str | None:
        """What the sources of an overlay are before anything is made of them; None if no verdict on it is kept, or if
        they are other ones already than those that were read."""
        if not self.is_used or tree.faults or not in_sight(tree):
            return None
        sources = self._sources(sorted(tree.files), (k.folder for k in tree.kustomizations), self.hashes)
        read = ((reader.digests[name], name) for name in tree.files if name in reader.digests)
        return sources if sources is not None and all(self.hashes.file(name) == was for was, name in read) else None

    def remember(self, target: Target, verdict: Verdict, before: str | None, now: Hashes) -> None:
        """Keeps the verdict on an overlay that was judged without a crash, if its sources are what they were before."""
        if before is None or verdict.objects is None or verdict.crashes or not verdict.lasts:
            return
        if before == self._sources(verdict.files, verdict.folders, now):
            entry = {
                "files": verdict.files,
                "folders": verdict.folders,
                "asked": verdict.asked,
                "stamp": self._stamp(target, before, verdict.asked),
                "findings": [[getattr(one, name) for name in _FIELDS] for one in verdict.findings],
                "objects": verdict.objects,
                "size": verdict.size,
                "facts": verdict.facts,
            }
            text = json.dumps(entry, separators=(",", ":"))
            store.remember(self._key(target), text, self.context.root, store.VERDICTS)
