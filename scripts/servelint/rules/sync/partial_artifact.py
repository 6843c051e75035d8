"""Flux is told to leave out of Git's content what the delivered folder builds on.

`ignore` and `sparseCheckout` make the artifact smaller. An overlay builds on bases, models and hardware outside its own
folder, so a build of the part fails in the cluster with "no such file", though it passes here and on every laptop.
"""

from fnmatch import fnmatchcase
from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks
from ...views.delivery import deliveries
from ..examples import other, together

SEVERITY = "error"
HINT = "Take the whole repository, or list every folder that the overlays build on."
SOURCE = "https://fluxcd.io/flux/components/source/gitrepositories/#sparse-checkout"
COVERS = ("KZ-14",)

_GIT = other("GitRepository", "url: 'https://example.com/fleet.git', ignore: '/docs'", name="fleet")
_FLUX = other("Kustomization", "path: overlays/clusters/able, sourceRef: {kind: GitRepository, name: fleet}")
_KNOWN = {"kind": "sync", "folders": ["base/serve", "hardware/a4x", "overlays/clusters/able"]}

GOOD = (together(_GIT, _FLUX),)
BAD = (GOOD[0].replace("'/docs'", "'/base'"),)
CONTEXT = _KNOWN

ROOTS = ("base", "hardware", "models")
"""Top folders that overlays build on."""


def facts(overlay: Overlay) -> list[dict[str, Any]] | None:
    """Of each folder that Flux delivers: where the source says what of Git it takes, and what."""
    found = []
    for delivery in deliveries(overlay) if overlay.kind != "manifest" else ():
        source = delivery.revision_resource
        for field in ("sparseCheckout", "ignore"):
            given = source.spec.get(field) if source.kind == "GitRepository" else None
            listed = given.splitlines() if isinstance(given, str) else given if isinstance(given, list) else []
            if listed:
                words = [word for word in listed if isinstance(word, str)]
                found.append({"path": delivery.path, "place": overlay.place(source), "field": field, "words": words})
    return found or None


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        told = set()
        for source in fact.value:
            path, field, words = source["path"], source["field"], source["words"]
            lost = _lost(path, sorted(fleet.folders), field, words)
            if lost and (source["place"], field) not in told:
                told.add((source["place"], field))
                text = f"leaves {lost} out of what Flux takes from Git, and {path} cannot be built without it"
                yield Remark(fact.path, source["place"], ("spec", field), text)


def _lost(path: str, folders: list[str], field: str, words: list[str]) -> str | None:
    """A folder that the artifact lacks: the delivered one, or a whole top folder of what overlays build on."""

    def out(folder: str) -> bool:
        return _ignored(folder, words) if field == "ignore" else not _checked_out(folder, words)

    if path in folders and out(path):
        return path
    for root in ROOTS if path.startswith("overlays/") else ():
        below = [folder for folder in folders if folder.startswith(f"{root}/")]
        if below and all(map(out, below)):
            return root
    return None


def _checked_out(folder: str, words: list[str]) -> bool:
    wanted = [word.removeprefix("./").strip("/") for word in words]
    return any(folder == word or folder.startswith(f"{word}/") or not word for word in wanted)


def _ignored(folder: str, words: list[str]) -> bool:
    """Whether patterns as .gitignore has them leave a folder out: of each part of its path the last match counts, and
    nothing below what is left out comes back."""
    steps = folder.split("/")
    for depth in range(1, len(steps) + 1):
        part, left_out = "/".join(steps[:depth]), False
        for word in words:
            pattern = word.strip()
            if pattern and not pattern.startswith("#") and _matches(pattern.lstrip("!"), part):
                left_out = not pattern.startswith("!")
        if left_out:
            return True
    return False


def _matches(pattern: str, part: str) -> bool:
    bare = pattern.rstrip("/")
    if bare.startswith("**/"):
        return fnmatchcase(part, bare[3:]) or fnmatchcase(part, f"*/{bare[3:]}")
    if "/" not in bare:  # at any depth
        return fnmatchcase(part.rpartition("/")[2], bare)
    bare = bare.lstrip("/").removesuffix("/**")
    return bare.count("/") == part.count("/") and fnmatchcase(part, bare)
