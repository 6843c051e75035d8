"""Which overlays there are: the folder says what an overlay is, so no list needs keeping.

Three places hold them:

    overlays/<hardware>/<model>/<workload>/   a leaf
    overlays/clusters/<cluster>/              a cluster, and below it sync/, what it bootstraps from
    base/sync/<tool>/                         the sync bases, which no leaf uses
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .sources import KUSTOMIZATION_NAMES, Reader

MOST = 2_000
"""Overlays of one fleet. A run renders about 25 a second."""


class NothingFound(ValueError):
    """No overlay is where one was looked for. The message says where."""


@dataclass(frozen=True, order=True)
class Target:
    """One folder to validate. ``path`` is relative to the root, POSIX. hardware, model, workload: of leaves only.

    kind: ``leaf``, ``cluster``, ``sync``, or ``stray`` for a kustomization that stands at no overlay's place.
    """

    path: str
    kind: str
    hardware: str | None = None
    model: str | None = None
    workload: str | None = None


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    for p in found:
        # Neither a report nor a kustomization.yaml can hold a line break or bytes that are no text.
        if not p.name.isprintable():
            raise NothingFound(f"{str(p)!a}: the name of an overlay's folder must be printable text")
    return found


def targets(root: Path) -> list[Target]:
    """Every overlay below ``root``, in order of path. A folder at the place of an overlay is one, whatever it holds.

    Raises NothingFound for a folder whose name is no text.
    """
    found = []
    for hardware in _folders(root / "overlays"):
        if hardware.name == "clusters":
            for cluster in _folders(hardware):
                found.append(Target(f"overlays/clusters/{cluster.name}", "cluster"))
                found += [Target(f"overlays/clusters/{cluster.name}/{p.name}", "sync") for p in _folders(cluster)]
            continue
        for model in _folders(hardware):
            for workload in _folders(model):
                names = (hardware.name, model.name, workload.name)
                found.append(Target("/".join(("overlays", *names)), "leaf", *names))
    found += [Target(f"base/sync/{tool.name}", "sync") for tool in _folders(root / "base" / "sync")]
    if len(found) > MOST:
        raise NothingFound(f"{len(found):,} overlays below {root / 'overlays'}: at most {MOST:,} are validated")
    return sorted(found)


def prefix(path: str) -> str | None:
    """The name prefix of the leaf in a folder (relative to the root), which no other leaf has; None of no leaf."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] != "overlays" or parts[1] == "clusters":
        return None
    return f"{parts[2]}-{parts[3]}-{parts[1]}-"


def strays(root: Path, known: list[Target]) -> list[Target]:
    """Folders below overlays/ with a kustomization that is no overlay and that no overlay builds on.

    One folder too deep or too high, it would never be validated, and nobody would miss it.
    """
    paths = {target.path for target in known}
    found = []
    for folder, below, files in os.walk(root / "overlays"):
        below[:] = sorted(name for name in below if not name.startswith((".", "_")))
        path = os.path.relpath(folder, root)
        if path not in paths and not set(KUSTOMIZATION_NAMES).isdisjoint(files):
            found.append(path)
    if not found:
        return []
    reader = Reader(root)
    trees = [reader.tree(target.path) for target in known]
    used = {reader.real(k.folder) for tree in trees for k in tree.kustomizations}
    # What an overlay with a fault builds on is not known; the fault is said there.
    unsure = tuple(f"{tree.target}/" for tree in trees if tree.faults)
    return [Target(path, "stray") for path in found if path not in used and not path.startswith(unsure)]


def discover(root: Path, wanted: list[str], here: Path) -> list[Target]:
    """The overlays that ``wanted`` names, all of them if it is empty.

    A wanted path is an overlay or a folder above some, taken from ``here`` or, if nothing is there, from the root.
    Raises NothingFound.
    """
    known = targets(root)
    known = sorted([*known, *strays(root, known)])
    if all(target.path.startswith("base/") for target in known):  # what clusters are bootstrapped from is no overlay
        raise NothingFound(f"no overlay below {root / 'overlays'}: expected overlays/<hardware>/<model>/<workload>/")
    if not wanted:
        return known
    chosen: set[Target] = set()
    for text in wanted:
        given = Path(text)
        matches: list[Target] = []
        for candidate in (here / given, root / given):
            try:
                relative = candidate.resolve().relative_to(root.resolve()).as_posix()
            except (OSError, RuntimeError, ValueError):  # elsewhere, a link to itself, no path at all
                continue
            if candidate.name in KUSTOMIZATION_NAMES:
                relative = relative.rpartition("/")[0]
            matches = [t for t in known if t.path == relative or f"{t.path}/".startswith(f"{relative}/")]
            if relative == ".":
                matches = known
            if matches:
                break
        if not matches:
            raise NothingFound(f"{text}: no overlay there; --help says where overlays stand")
        chosen.update(matches)
    return sorted(chosen)
