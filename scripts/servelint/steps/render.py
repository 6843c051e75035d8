"""Renders overlays: many a process, each one's text exactly what Kustomize gives for it alone.

Starting Kustomize costs 70 to 80 ms and its first strategic merge another 100, so one process renders a whole batch: a
throwaway kustomization lists one wrapper an overlay, the wrapper adds one annotation that names the overlay, and the
output is split by that annotation and freed of it. Overlays that would render one name twice cannot share a process
(Kustomize refuses), nor can those whose top level says something that counts for the whole build.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from ..kustomize import weight
from ..kustomize.process import (
    TIMEOUT,
    KustomizeMissing,
    Rendered,
    Session,
    kustomize_command,
    run_kustomize,
    run_renderer,
    takes_many,
)
from ..model import Target
from ..sources import Tree

__all__ = (
    "KustomizeMissing",
    "Rendered",
    "Session",
    "batches",
    "kustomize_command",
    "render",
    "render_batch",
    "render_provenance",
    "render_provenances",
    "run_kustomize",
    "split",
    "takes_many",
)

MARK = "servelint.internal/overlay"
MOST_SHARING = 40
"""Overlays that share one process. Kustomize holds each resource against each other: from about 64 overlays on, what
one costs grows with the batch. When one of them breaks a bound no more than this many are rendered again."""
SHARED_SECONDS = weight.MOST / 4
"""Seconds that the overlays of one process may take together. One that alone takes more has a process of its own, so
that it takes no other with it when it breaks a bound."""
MOST_FOR_PROVENANCE = 5
"""Seconds of processor time for asking where the resources of one overlay come from, and as many for a batch: Kustomize
then notes each transformer at each object. What takes longer is found all the same, and told of the overlay's file."""
BUDGET = 384 * 1024 * 1024
"""Bytes that one run may render; ``--budget`` sets others. A leaf renders to 36 KB, so 1,000 to 36 MB."""

WHOLE_BUILD = ("sortOptions", "buildMetadata", "openapi", "crds")
"""Top-level fields that act on a whole build, so that sharing one would change the text.
OpenAPI even stays in the process. Source: kustomize api/types/kustomization.go"""


def _wrapper(resources: list[str], mark: str | None, provenance: bool) -> str:
    """A kustomization in JSON, which is YAML: paths need no quoting rules of their own."""
    body: dict[str, object] = {"resources": resources}
    if mark is not None:
        transformer = {
            "apiVersion": "builtin",
            "kind": "AnnotationsTransformer",
            "metadata": {"name": "mark"},
            "annotations": {MARK: mark},
            "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
        }
        body["transformers"] = [f"{json.dumps(transformer)}\n"]
    if provenance:
        body["buildMetadata"] = ["originAnnotations", "transformerAnnotations"]
    return json.dumps(body)


def _build(root: Path, paths: list[str], mark: bool, provenance: bool, session: Session | None) -> tuple[Rendered, str]:
    """One Kustomize process for all ``paths``, through wrappers in a temporary folder, and the root as seen from it."""
    if session is None:
        with Session() as session:
            return _build(root, paths, mark, provenance, session)
    folder = session.workshop()
    for i, path in enumerate(paths):
        wrapper = folder / f"{i:06d}"
        wrapper.mkdir()
        # Kustomize takes no absolute path; a relative one out of the temporary folder is a root of its own.
        inner = os.path.relpath(root / path, wrapper)
        (wrapper / "kustomization.yaml").write_text(_wrapper([inner], f"{i:06d}" if mark else None, False))
    top = _wrapper([f"{i:06d}" for i in range(len(paths))], None, provenance)
    (folder / "kustomization.yaml").write_text(top)
    most = MOST_FOR_PROVENANCE if provenance else None
    return run_kustomize(str(folder), root, TIMEOUT, session, most), os.path.relpath(root, folder)


def render_batch(root: Path, paths: list[str], session: Session | None = None) -> Rendered:
    """All ``paths`` in one text; every resource carries MARK with its overlay's position in ``paths``."""
    return _build(root, paths, True, False, session)[0]


Noted = tuple[str, str]
"""A text with origin and transformer annotations, and the root as they write it."""


def render_provenance(root: Path, path: str, session: Session | None = None) -> Noted | None:
    """One overlay with such annotations; None if it fails."""
    rendered, relative = _build(root, [path], False, True, session)
    return (rendered.text, relative) if rendered.text is not None else None


def render_provenances(
    root: Path, targets: Iterable[Target], trees: dict[str, Tree], session: Session
) -> Iterator[tuple[str, Noted | None]]:
    """Each overlay as from ``render_provenance``, one batch after the other.

    What does not come in the seconds of one overlay from many together is asked of each alone, so that no overlay lacks
    its annotations for another's sake.
    """
    for paths in batches(targets, trees, 1):
        parts = None
        if len(paths) > 1 and takes_many():
            parts, relative = _noted(root, paths, session)
        elif len(paths) > 1:
            together, relative = _build(root, paths, True, True, session)
            parts = split(together.text, len(paths)) if together.text is not None else None
        for i, path in enumerate(paths):
            yield path, (parts[i], relative) if parts else render_provenance(root, path, session)


def _noted(root: Path, paths: list[str], session: Session) -> tuple[list[str] | None, str]:
    """The annotated texts of some overlays by the renderer, and the root as they write it; None if it has not all."""
    folders = []
    for path in paths:
        folder = session.workshop()
        (folder / "kustomization.yaml").write_text(_wrapper([os.path.relpath(root / path, folder)], None, True))
        folders.append(folder)
    found = run_renderer(list(map(str, folders)), root, session, MOST_FOR_PROVENANCE)
    texts = [one.text for one in found] if isinstance(found, list) else []
    whole = [text for text in texts if text is not None]
    return (whole if len(whole) == len(paths) else None), os.path.relpath(root, folders[0])


def split(text: str, count: int) -> list[str] | None:
    """The text of each overlay of a batch, marks removed: what Kustomize prints for the overlay alone.

    None if a document has no mark, or one that was never given: no Kustomize wrote this.
    """
    parts: list[list[str]] = [[] for _ in range(count)]
    line = f"    {MARK}: "
    owners = {f"{i:06d}": i for i in range(count)}
    for document in text.split("\n---\n") if text else ():
        kept: list[str] = []
        owner: int | None = None
        rows = document.split("\n")
        in_data = False
        for i, row in enumerate(rows):
            # Only the annotation of the object itself: two levels deep, below `metadata:`.
            if not row.startswith(" "):
                in_data = row == "metadata:"
            if in_data and row.startswith(line):
                owner = owners.get(row[len(line) :].strip("\"'"))
                alone = kept and kept[-1] == "  annotations:"
                following = rows[i + 1] if i + 1 < len(rows) else ""
                if alone and not following.startswith("    "):
                    kept.pop()
                continue
            kept.append(row)
        if owner is None:
            return None
        parts[owner].append("\n".join(kept))
    return [f"{text}\n" if text and not text.endswith("\n") else text for text in map("\n---\n".join, parts)]


def shares_process(tree: Tree) -> bool:
    """Whether an overlay's text is the same from a batch as alone."""
    top = tree.of(tree.target)
    if top is None or any(top.body.get(name) for name in WHOLE_BUILD):
        return False
    if any(k.body.get("openapi") or k.body.get("crds") for k in tree.kustomizations):
        return False
    # An empty `annotations:` would be lost with the mark; text that holds the mark could not be told from it.
    sources = [source for source in tree.files.values() if source is not None]
    return not any(MARK in source.text or source.has_bare_annotations for source in sources)


def batches(targets: Iterable[Target], trees: dict[str, Tree], jobs: int) -> list[list[str]]:
    """Paths by process. Leaves never share a name, so they may share one; clusters repeat leaves and each other."""
    alone: list[list[str]] = []
    leaves: list[str] = []
    clusters: list[str] = []
    syncs: list[str] = []
    many = takes_many()  # each folder is then a build of its own, whatever names it gives
    for target in targets:
        if not shares_process(trees[target.path]) or weight.of(trees[target.path]).seconds > SHARED_SECONDS:
            alone.append([target.path])
        else:
            kind = "leaf" if many else target.kind
            {"leaf": leaves, "cluster": clusters, "sync": syncs}[kind].append(target.path)
    # Several processes only where each has enough to do: a process costs as much as about eight overlays.
    parts = max(1, min(jobs, len(leaves) // 16), -(-len(leaves) // MOST_SHARING))
    found = [[cluster] for cluster in clusters]
    for i in range(parts):
        found += _packed(leaves[i::parts], trees)
    # A sync folder has no name in common with either: its objects live in the tool's namespace.
    free = [batch for batch in found if len(batch) < MOST_SHARING]
    for i, sync in enumerate(syncs):
        if i < len(free):
            free[i].append(sync)
        else:
            found.append([sync])
    return sorted([*alone, *found], key=len, reverse=True)


def _packed(paths: list[str], trees: dict[str, Tree]) -> list[list[str]]:
    """``paths`` in their order, as many to a process as may share one."""
    found: list[list[str]] = []
    held = 0.0
    for path in paths:
        own = weight.of(trees[path]).seconds
        if not found or held + own > SHARED_SECONDS or len(found[-1]) == MOST_SHARING:
            found.append([])
            held = 0.0
        found[-1].append(path)
        held += own
    return found


def render(
    root: Path,
    targets: list[Target],
    trees: dict[str, Tree],
    jobs: int,
    session: Session | None = None,
    budget: int = BUDGET,
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[str, Rendered]:
    """The text of every target by path. Raises KustomizeMissing and whatever ``meanwhile`` does, which is called once
    Kustomize is at work; everything else that fails is in the result.

    budget: bytes of all texts together; what is not rendered because they are spent has an ``error`` that says so.
    """
    kustomize_command()
    if session is None:
        with Session() as session:
            return render(root, targets, trees, jobs, session, budget, meanwhile)
    result: dict[str, Rendered] = {}
    lock = threading.Lock()
    spent = 0

    def work(paths: list[str]) -> list[list[str]]:
        """Renders a batch; what is to be tried again in smaller ones."""
        nonlocal spent
        if spent > budget:
            outcome = dict.fromkeys(paths, Rendered(None, over_budget(budget)))
        elif len(paths) == 1:
            outcome = {paths[0]: run_kustomize(str(root / paths[0]), root, TIMEOUT, session)}
        else:
            together = _together(root, paths, session)
            if isinstance(together, Rendered):
                # One overlay of the batch fails; halving finds it in a few processes, and the others still share. Where
                # a bound was broken each process more might break it again, so that then each is on its own at once.
                size = 1 if together.exhausted else (len(paths) + 1) // 2
                return [paths[i : i + size] for i in range(0, len(paths), size)]
            outcome = dict(zip(paths, together, strict=True))
        with lock:
            result.update(outcome)
            spent += sum(len(one.text or "") for one in outcome.values())
        return []

    pool = ThreadPoolExecutor(max_workers=max(1, jobs))
    try:
        waiting = {pool.submit(work, paths) for paths in batches(targets, trees, jobs)}
        meanwhile()
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            waiting |= {pool.submit(work, paths) for future in ended for paths in future.result()}
    except BaseException:
        session.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return result


def _together(root: Path, paths: list[str], session: Session) -> list[Rendered] | Rendered:
    """What each of several overlays becomes, from one process; one Rendered where the process as a whole failed."""
    if takes_many():
        return run_renderer([str(root / path) for path in paths], root, session)
    together = render_batch(root, paths, session)
    parts = split(together.text, len(paths)) if together.text is not None else None
    return list(map(Rendered, parts)) if parts is not None else together


def over_budget(budget: int) -> str:
    """Why an overlay has no text although nothing is wrong with it."""
    return f"is not rendered: before it, the run rendered more than {budget:,} bytes (--budget)"
