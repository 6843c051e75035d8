"""Which overlays there are: the folder says what an overlay is, so no list needs keeping.

    overlays/<hardware>/<model>/<workload>/   a leaf
    overlays/clusters/<cluster>/              a cluster, and below it sync/, what it bootstraps from
    base/sync/<tool>/                         the sync bases, which no leaf uses
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class NothingFound(ValueError):
    """No overlay is where one was looked for. The message says where."""


@dataclass(frozen=True, order=True)
class Target:
    """One folder to validate. ``path`` is relative to the root, POSIX. hardware, model, workload: of leaves only."""

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
    return sorted(found)


def discover(root: Path, wanted: list[str], here: Path) -> list[Target]:
    """The overlays that ``wanted`` names, all of them if it is empty.

    A wanted path is an overlay or a folder above some, taken from ``here`` or, if nothing is there, from the root.
    Raises NothingFound.
    """
    known = targets(root)
    if not known:
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
