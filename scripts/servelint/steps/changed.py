"""Which overlays a change can have touched, by Git: the file that differs, or a file that one of theirs builds on.

When it is not sure, an overlay is kept: one too many costs milliseconds, one too few a morning.
"""

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from ..model import NotValidated, Target
from ..sources import Reader
from .discover import MOST_FILES, targets
from .verdicts import Verdict

EVERYTHING = ("scripts/", "exceptions.yaml", "requirements.txt", "base/platform/")
"""What counts for all: the validator and its pins (Kustomize is one), what is excused, and what all may name."""


class NoSuchState(NotValidated, ValueError):
    """Git cannot compare with what was asked for. The message says why."""


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except (OSError, ValueError) as error:
        raise NoSuchState(f"git does not start: {error}") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoSuchState(said[-1].removeprefix("fatal: ") if said else f"git {arguments[0]} failed")
    return done.stdout.decode("utf-8", "surrogateescape")


def paths(root: Path, ref: str) -> frozenset[str]:
    """Files below ``root`` that differ from ``ref``: committed since, only in the working tree, new, or deleted.

    A renamed file is two, the one that is gone and the one that is new. Raises NoSuchState.
    """
    try:
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    except NoSuchState as error:
        _git(root, "rev-parse", "--git-dir")  # says so if this is no repository
        raise NoSuchState(f"there is no commit {ref!r}") from error
    diff = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z", commit, "--")
    new = ("ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(path for command in (diff, new) for path in _git(root, *command).split("\0") if path)


FLEET = ("base", "hardware", "models", "overlays")
MOST_BYTES = 128 * 1024 * 1024
"""Of a state that is laid out beside the one that is judged. A fleet of 1,000 overlays has 12 MB."""


def check_out(root: Path, ref: str, folder: Path, most_files: int = MOST_FILES) -> None:
    """Writes the fleet as it was at a commit below ``folder``, links aside. Raises NoSuchState.

    Blob by blob: `git archive` would leave out and replace what attributes say.
    """
    listed = _git(root, "ls-tree", "-r", "-z", "-l", "--end-of-options", ref, "--", *FLEET)
    blobs = [(entry.split("\t", 1)[1], entry.split("\t", 1)[0].split()) for entry in listed.split("\0") if entry]
    files = [(path, words[2], int(words[3])) for path, words in blobs if words[0] in ("100644", "100755")]
    if len(files) > most_files:
        raise NoSuchState(f"{ref!r} holds {len(files):,} files of the fleet, more than {most_files:,} (--most-files)")
    if sum(size for _, _, size in files) > MOST_BYTES:
        raise NoSuchState(f"{ref!r} holds more than {MOST_BYTES:,} bytes of the fleet")
    command = ["git", "-C", str(root), "cat-file", "--batch"]
    asked = "".join(f"{name}\n" for _, name, _ in files).encode()
    done = subprocess.run(command, input=asked, capture_output=True, check=False)
    if done.returncode != 0:
        raise NoSuchState(f"git cannot read the files of {ref!r}")
    at = 0
    for path, _, size in files:
        at = done.stdout.index(b"\n", at) + 1
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(done.stdout[at : at + size])
        at += size + 1


def since(
    root: Path, ref: str, wanted: list[Target], known: Mapping[Target, Verdict], hurry: Callable[[], None]
) -> list[Target]:
    """Those of ``wanted`` whose verdict may differ from what it was at ``ref``. Raises NoSuchState.

    known: verdicts that still hold, which say what each overlay is made of without reading it again. hurry: is called
    before each that has to be read, and raises when it is too late.
    """
    changed = paths(root, ref)
    if any(path.startswith(EVERYTHING) for path in changed) or _lost_a_leaf(root, changed):
        return wanted
    reader = Reader(root)
    real = {*changed, *(reader.real(path) for path in changed)}
    facts = {_top(path) for path in changed if path.startswith(("hardware/", "models/"))}
    kept = set()
    # What a cluster leaves out of these is named at its own line, so they count for those not built on them, too.
    if any(path.startswith("base/site/") for path in changed):
        kept |= {target.path for target in wanted if target.kind == "cluster"}

    @cache
    def differs(path: str) -> bool:  # many overlays share a file
        return not real.isdisjoint(_ways(path, reader))

    for target in wanted:
        if target in known:
            files, folders = known[target].files, known[target].folders
        else:
            hurry()
            reader = reader.renewed()
            tree = reader.tree(target.path)
            files, folders = tuple(tree.files), tuple(kustomization.folder for kustomization in tree.kustomizations)
            if target.kind == "stray" or tree.faults:  # what it builds on is not known
                kept.add(target.path)
        if _touches(target, files, folders, differs, facts):
            kept.add(target.path)
    # A cluster and what it bootstraps from are judged together.
    pairs = [(t.path, t.path.rpartition("/")[0]) for t in wanted if t.kind == "sync"]
    kept |= {path for pair in pairs if kept.intersection(pair) for path in pair}
    return [target for target in wanted if target.path in kept]


def _top(path: str) -> tuple[str, ...]:
    """hardware/<hw> or models/<model>, of anything below it."""
    return tuple(path.split("/")[:2])


def _lost_a_leaf(root: Path, changed: frozenset[str]) -> bool:
    """Whether an overlay is gone: what it rendered, any other may have named."""
    known = {target.path for target in targets(root)}
    leaves = ["/".join(path.split("/")[:4]) for path in changed if path.startswith("overlays/") and path.count("/") > 3]
    return any(leaf not in known and not leaf.startswith("overlays/clusters/") for leaf in leaves)


def _touches(
    target: Target,
    files: Iterable[str],
    folders: Iterable[str],
    differs: Callable[[str], bool],
    facts: set[tuple[str, ...]],
) -> bool:
    own: set[tuple[str, ...]] = {("hardware", str(target.hardware)), ("models", str(target.model))}
    own |= {_top(folder) for folder in folders}
    return bool(own & facts) or any(map(differs, files))


def _ways(path: str, reader: Reader) -> Iterator[str]:
    """A file, and the folders on the way to it: one that differs is a link, or a repository within this one."""
    for name in {path, reader.real(path)}:
        yield name
        yield from (parent.as_posix() for parent in PurePosixPath(name).parents)
