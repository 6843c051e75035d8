"""What was judged before: the verdict on an overlay, kept with all that it stands on.

With it is kept what it stands on: the sources that were read and what was looked up in the fleet (facts of hardware and
models, names that a sibling may provide), and what these were. It counts if they are the same again; the code,
Kustomize, Python, its packages and the platform are part of the name under which it is kept. The place of the checkout
is not, for no source may name an absolute path: a second checkout of a commit finds what the first one kept. Only a run
of all rules keeps any.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from ..borders import files, itself, store
from ..catalogue.load import Facts
from ..model import EVERY, Finding, Target, in_each
from ..sources import Reader, Tree
from ..sources.grammar import PLUGIN_FIELDS
from . import platform
from .context import Context
from .crash import Crash
from .hashes import Hashes


@dataclass(frozen=True)
class Verdict:
    """What is said of one overlay by itself.

    objects: that it renders; None if it is not judged. size: bytes of its text; None if the budget had no room for it.
    is_rendered: whether it came as far as Kustomize. facts: what the rules over the fleet have to know of it. asked:
    what of the fleet it stands on, beside its own sources: names whose overlay was looked for, hardware and models
    looked up. files: those that were read, in order; folders: those of kustomizations. lasts: whether the same input
    gives the same again; of what there was no time for nobody can say so. spent: seconds, by step and by ``rule <id>``;
    of one that was kept, none.
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


Ground = tuple[str, str, str]
"""What a verdict stands on: what it is, its name, and how it was. See Kept._now."""


class Kept:
    """The verdicts that are kept for a run, if it may use any.

    They lie in bundles, one for all that was judged at a time: a fleet of a thousand is read in a few files. Many small
    ones are made one at the end of a run. What a bundle's verdicts stand on is written in it once: one list of grounds,
    each looked at once.
    """

    def __init__(self, context: Context, outside: platform.Below) -> None:
        self.context = context
        # Behind a link stands another file tomorrow, though none of those that were read has changed.
        self.is_used = context.cache and context.all_rules_run and not context.listing.has_links
        # Facts that do not say what was read of them may be of another state than their files are now.
        self.is_used &= isinstance(context.hardware, Facts) and isinstance(context.models, Facts)
        if self.is_used:
            self.hashes = Hashes(context.root, context.seen)
            engine = self.hashes.start.hexdigest()
            fixed = (itself.code(), engine, context.kubernetes, outside)
            self._start = hashlib.sha256(repr(fixed).encode("utf-8", "surrogatepass")).hexdigest()

    def _now(self, what: str, name: str, hashes: Hashes) -> str:
        """How a ground is now. Raises files.Refused for a file that cannot be read.

        file: its hash. folder: its kustomizations. name: whose it is by its prefix, of the fleet's overlays, and if
        there is anything to build. hardware, models: a hash of the facts of one, or of all, as they were read; of one
        that is not there, none. A field of these: a hash of what it holds in each.
        """
        if what == "file":
            return hashes.file(name).hex()
        if what == "folder":
            return " ".join(self.context.listing.kustomizations.get(name, ()))
        if what == "name":
            there = self.context.listing.kustomizations
            return " ".join(f"{path} {path in there}" for path in sorted(set(self.context.owners(name))))
        if what in FIELDS:
            held = sorted(in_each(getattr(self.context, FIELDS[what]), name))
            return hashlib.sha256(repr(held).encode("utf-8", "surrogatepass")).hexdigest()
        known: dict[str, str] = getattr(self.context, what).digests
        chosen = sorted(known) if name == EVERY else [name] if name in known else []
        return hashlib.sha256("\0".join(f"{each}\0{known[each]}" for each in chosen).encode()).hexdigest()

    def _holds(self, ground: Ground, hashes: Hashes) -> bool:
        what, name, was = ground
        with suppress(files.Refused):
            return self._now(what, name, hashes) == was
        return False

    def _bundles(self) -> Iterator[tuple[str, str]]:
        """Names and texts of what is kept by this validator, the last first."""
        for name in store.names(self._start, self.context.root, store.VERDICTS):
            text = store.recall(name, self.context.root, store.VERDICTS)
            if text is not None:
                yield name, text

    def recall(self, wanted: list[Target]) -> dict[Target, Verdict]:
        """Those of which nothing that they stand on has changed."""
        found = self.context.recalled
        new = [target for target in wanted if target not in found] if self.is_used else []
        found.update(dict.fromkeys(new))
        missing = {(target.kind, target.path): target for target in new}
        for _, text in self._bundles() if missing else ():
            with suppress(*MISSHAPEN):
                for target, verdict in self._of(json.loads(text), missing):
                    found[target] = verdict
                    del missing[target.kind, target.path]
            if not missing:
                break
        return {target: known for target in wanted if (known := found.get(target)) is not None}

    def _of(
        self, bundle: dict[str, Any], missing: Mapping[tuple[str, str], Target]
    ) -> Iterator[tuple[Target, Verdict]]:
        """The verdicts of a bundle that are missing and hold."""
        grounds = bundle["grounds"]
        holding = _Memo(lambda i: self._holds(grounds[i], self.hashes))
        for kind, path, stands_on, asked, findings, objects, size, facts in bundle["verdicts"]:
            target = missing.get((kind, path))
            if target is not None and all(map(holding.__getitem__, stands_on)):
                own = [grounds[i] for i in stands_on]
                yield (
                    target,
                    Verdict(
                        tuple(Finding(**{**one, "covers": tuple(one["covers"])}) for one in findings),
                        objects=objects,
                        size=size,
                        facts=facts,
                        asked=asked,
                        files=tuple(name for what, name, _ in own if what == "file"),
                        folders=tuple(name for what, name, _ in own if what == "folder"),
                    ),
                )

    def before(self, reader: Reader, tree: Tree) -> list[Ground] | None:
        """What the sources of an overlay are before anything is made of them; None if no verdict on it is kept, or if
        they are other ones already than those that were read."""
        if not self.is_used or tree.faults or not in_sight(tree):
            return None
        asked = [("file", name) for name in sorted(tree.files)] + [
            ("folder", one.folder) for one in tree.kustomizations
        ]
        try:
            grounds = [(what, name, self._now(what, name, self.hashes)) for what, name in dict.fromkeys(asked)]
        except files.Refused:
            return None
        read = ((reader.digests[name], name) for name in tree.files if name in reader.digests)
        return grounds if all(self.hashes.file(name) == was for was, name in read) else None

    def remember(self, judged: Mapping[Target, Verdict], before: Mapping[str, list[Ground] | None]) -> None:
        """Keeps those of some verdicts that say all there is to say, on sources that are what they were before."""
        kept, now = list[_Entry](), Hashes(self.context.root) if self.is_used else None
        for target, verdict in judged.items():
            grounds = before[target.path]
            if grounds is None or verdict.objects is None or verdict.crashes or not verdict.lasts or now is None:
                continue
            if all(self._holds(ground, now) for ground in grounds):
                asked = [("name", name) for name in verdict.asked["names"]]
                asked += [(what, name) for what in ("hardware", "models", *FIELDS) for name in verdict.asked[what]]
                grounds = [*grounds, *((what, name, self._now(what, name, now)) for what, name in asked)]
                findings = [asdict(one) for one in verdict.findings]
                said = (verdict.asked, findings, verdict.objects, verdict.size, verdict.facts)
                kept.append((target.kind, target.path, grounds, *said))
        self._write(kept)

    def _write(self, kept: Iterable[_Entry]) -> None:
        places: dict[Ground, int] = {}
        rows = [
            (kind, path, [places.setdefault(ground, len(places)) for ground in grounds], *said)
            for kind, path, grounds, *said in kept
        ]
        if rows:
            text = json.dumps({"grounds": list(places), "verdicts": rows}, separators=(",", ":"))
            store.remember(store.fresh(self._start), text, self.context.root, store.VERDICTS)

    def gather(self) -> None:
        """Makes few bundles of many, of each overlay the last verdict."""
        if not self.is_used or len(store.names(self._start, self.context.root, store.VERDICTS)) <= MOST_BUNDLES:
            return
        last: dict[tuple[str, str], _Entry] = {}
        names = []
        for name, text in self._bundles():
            names.append(name)
            with suppress(*MISSHAPEN):
                bundle = json.loads(text)
                grounds = [(what, named, was) for what, named, was in bundle["grounds"]]
                for kind, path, stands_on, *said in bundle["verdicts"]:
                    last.setdefault((kind, path), (kind, path, [grounds[i] for i in stands_on], *said))
        entries = list(last.values())[: max(store.MOST_CACHED, 4 * len(self.context.targets))]
        for i in range(0, len(entries), BUNDLED):
            self._write(entries[i : i + BUNDLED])
        for name in names:
            store.forget(name, self.context.root, store.VERDICTS)


_Entry = tuple[Any, ...]
"""A verdict as it is written: kind and path of its target, its grounds, and what is said."""
MISSHAPEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What comes of reading a text that is not as we write them."""
FIELDS = {"fields of hardware": "hardware", "fields of models": "models"}
MOST_BUNDLES, BUNDLED = 16, 500
"""How many are left as they are; and verdicts of one of those that they become."""


class _Memo(dict[int, bool]):
    """Answers by number, each found once, when it is asked for."""

    def __init__(self, find: Callable[[int], bool]) -> None:
        self._find = find

    def __missing__(self, key: int) -> bool:
        self[key] = found = self._find(key)
        return found
