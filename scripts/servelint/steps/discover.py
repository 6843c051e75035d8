"""Which overlays there are: the folder says what an overlay is, so no list needs keeping.

Three places hold them:

    overlays/<hardware>/<model>/<workload>/   a leaf
    overlays/clusters/<cluster>/              a cluster, and below it sync/, what it bootstraps from
    base/sync/<tool>/                         the sync bases, which no leaf uses
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ..borders import files
from ..model import NotValidated, Target
from ..sources import KUSTOMIZATION_NAMES, Reader

MOST = 10_000
"""Overlays that a run judges; ``--most-overlays`` sets others. Ten times as many as a large fleet has."""
MOST_FILES = 50_000
"""Files of the state that a fleet is compared with; ``--most-files`` sets others. 1,000 overlays have about 5,000."""
DEEPEST = 64
"""Folders below one another. An overlay is the fourth, and what walks them calls itself for each."""


class NothingFound(NotValidated, ValueError):
    """No overlay is where one was looked for. The message says where."""


class _Folder(NamedTuple):
    """One below another. is_linked: whether it, or one on the way to it, is a link."""

    name: str
    is_linked: bool


def _folders(root: Path, path: str, is_linked: bool = True) -> list[_Folder]:
    """Those in a folder, in order of name. is_linked: whether a link may be on the way to it."""
    if not os.path.isdir(f"{root}/{path}") or (is_linked and _leads_out(root, path)):
        return []
    on_the_way = is_linked and _has_link(root, path)
    with os.scandir(f"{root}/{path}") as entries:
        found = sorted(
            _Folder(entry.name, on_the_way or entry.is_symlink())
            for entry in entries
            if not entry.name.startswith((".", "_")) and entry.is_dir()
        )
    for name, _ in found:
        # Neither a report nor a kustomization.yaml can hold a line break or bytes that are no text.
        if not name.isprintable():
            raise NothingFound(f"{str(root / path / name)!a}: the name of an overlay's folder must be printable text")
    return found


def _has_link(root: Path, path: str) -> bool:
    parts = path.split("/")
    return any(os.path.islink(f"{root}/{'/'.join(parts[: i + 1])}") for i in range(len(parts)))


def _leads_out(root: Path, path: str) -> bool:
    return _has_link(root, path) and not files.is_inside(files.real(root.resolve(), path))


def targets(root: Path) -> list[Target]:
    """Every overlay below ``root``, in order of path. A folder at the place of an overlay is one, whatever it holds.

    A link out of the repository at the place of a folder of them is a stray: what it leads to is not listed.
    Raises NothingFound for a folder whose name is no text.
    """
    for path in ("overlays", "base/sync"):
        if _leads_out(root, path):
            raise NothingFound(f"{path}: leads out of the repository; make it a folder")
    found = []
    for hardware in _folders(root, "overlays"):
        if hardware.name == "clusters":
            for cluster in _folders(root, f"overlays/{hardware.name}"):
                found.append(Target(f"overlays/clusters/{cluster.name}", "cluster"))
                found += [
                    Target(f"overlays/clusters/{cluster.name}/{p.name}", "sync")
                    for p in _folders(root, f"overlays/clusters/{cluster.name}")
                ]
            continue
        if hardware.is_linked and _leads_out(root, f"overlays/{hardware.name}"):
            found.append(Target(f"overlays/{hardware.name}", "stray"))
        for model in _folders(root, f"overlays/{hardware.name}", hardware.is_linked):
            if model.is_linked and _leads_out(root, f"overlays/{hardware.name}/{model.name}"):
                found.append(Target(f"overlays/{hardware.name}/{model.name}", "stray"))
            for workload in _folders(root, f"overlays/{hardware.name}/{model.name}", model.is_linked):
                names = (hardware.name, model.name, workload.name)
                found.append(Target("/".join(("overlays", *names)), "leaf", *names))
    found += [Target(f"base/sync/{tool.name}", "sync") for tool in _folders(root, "base/sync")]
    return sorted(found)


def limited(found: list[Target], most: int) -> list[Target]:
    """What was found, if it is no more than a run may judge. Raises NothingFound."""
    if len(found) > most:
        raise NothingFound(f"there are {len(found):,} overlays: at most {most:,} are validated (--most-overlays)")
    return found


def strays(root: Path, known: list[Target], hurry: Callable[[], None] = lambda: None) -> list[Target]:
    """Folders below overlays/ with a kustomization that is no overlay and that no overlay builds on.

    One folder too deep or too high, it would never be validated, and nobody would miss it. Raises NothingFound.
    """
    paths = {target.path for target in known}
    found = []
    for folder, below, names in os.walk(root / "overlays"):
        below[:] = sorted(name for name in below if not name.startswith((".", "_")))
        path = folder[len(f"{root}/") :]
        if path.count("/") >= DEEPEST:
            raise NothingFound(f"{path}: more than {DEEPEST} folders deep; an overlay is the fourth")
        if path not in paths and not set(KUSTOMIZATION_NAMES).isdisjoint(names):
            found.append(path)
    if not found:
        return []
    reader, used, unsure = Reader(root), set[str](), tuple[str, ...]()
    for target in known:
        hurry()
        reader = reader.renewed()
        tree = reader.tree(target.path)
        used |= {reader.real(kustomization.folder) for kustomization in tree.kustomizations}
        if tree.faults:  # what it builds on is not known; the fault is said there
            unsure += (f"{target.path}/",)
    return [Target(path, "stray") for path in found if path not in used and not path.startswith(unsure)]


def discover(
    root: Path,
    wanted: list[str],
    here: Path,
    known: list[Target] | None = None,
    hurry: Callable[[], None] = lambda: None,
) -> list[Target]:
    """The overlays that ``wanted`` names, all of them if it is empty.

    A wanted path is an overlay or a folder above some, taken from ``here`` or, if nothing is there, from the root.
    known: what ``targets`` found, if that was asked before. hurry: is called before each overlay that has to be read,
    and raises when it is too late. Raises NothingFound.
    """
    known = targets(root) if known is None else known
    known = sorted([*known, *strays(root, known, hurry)])
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
