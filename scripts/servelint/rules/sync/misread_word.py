"""A word that Argo CD, Flux, Kueue, KServe or LeaderWorkerSet would have read is written so that it does not.

These tools pass over in silence what they do not know: a hook that is none, an option with a letter too few, a queue's
label with another key. The object is then an ordinary one: the Job is not replaced, the benchmark runs beside the
queue, the volume is pruned.
"""

from collections.abc import Collection
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, whole
from ...views.delivery import KEYS, applications, unreplaced
from ...views.words import nearest, words
from ..examples import marked, server

SEVERITY = ("error", "warning")
HINT = (
    "Write the word as the tool has it.",
    "Look the word up in the tool's documentation; where a newer release than the one that was read has it, except it.",
)
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"
COVERS = ("GIT-04",)

ARGO, FLUX, KUEUE = *KEYS.values(), "kueue.x-k8s.io/"
KSERVE, LWS, GKE = "serving.kserve.io/", "leaderworkerset.sigs.k8s.io/", "networking.gke.io/"

GOOD = marked(server(kind="Job"), "annotations: {argocd.argoproj.io/sync-options: 'Force=true,Replace=true'}")
BAD = GOOD.replace("sync-options", "sync-option")

OF_FLUX = {
    "prune": ("disabled",), "reconcile": ("disabled",), "decrypt": ("disabled",), "force": ("enabled", "disabled"),
    "ssa": ("Merge", "IfNotPresent", "Ignore", "Override"),
}  # fmt: skip
"""What each of Flux's annotations may say. Flux passes over upper and lower case, and over all else.
Source: https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources"""
OWN = ("name", "namespace", "revision", "checksum")
"""What Flux writes itself."""


def check(overlay: Overlay) -> Problems:
    for resource, at, spec in applications(overlay):
        policy = mapping(spec.get("syncPolicy"))
        listed = policy.get("syncOptions")
        if resource.kind == "ApplicationSet":
            metadata: Pointer = (*at[:-1], "metadata")
            yield from _metadata(resource, metadata, mapping(resource.at(metadata)))
        for i, option in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(option, str) and not is_marker(option):
                wrong = _of_pair(option, words("argocd-option"), "sync option of Argo CD")
                yield from _said(resource, (*at, "syncPolicy", "syncOptions", i), wrong)
    for resource in overlay.resources:
        yield from _metadata(resource, ("metadata",), resource.metadata)
        for pod in overlay.pods_in(resource):
            if pod.meta_pointer != ("metadata",) and pod.metadata is not pod.spec:
                yield from _metadata(resource, pod.meta_pointer, pod.metadata)


Wrong = tuple[str, str | None]
"""What is wrong with a word, and the one that was meant, if one is near."""


def _said(resource: Resource, at: Pointer, wrong: Wrong | None, follows: bool = False) -> Problems:
    """follows: whether with the word that was meant a Job would be replaced, which a rule of its own asks."""
    if wrong is not None:
        text, near = wrong
        more = f"; did you mean {near}?" if near else ""
        severity = "error" if near else "warning"
        explains = (("unreplaceable-job", ("metadata", "annotations")),) if follows else ()
        yield Problem(resource, at, f"{text}{more}", severity=severity, explains=explains)


def _metadata(resource: Resource, at: Pointer, metadata: dict[str, Any]) -> Problems:
    for part in ("annotations", "labels"):
        written = {key: value for key, value in mapping(metadata.get(part)).items() if isinstance(key, str)}
        found = {key: _wrong(key, value) for key, value in written.items() if not is_marker(value)}
        wrong = {key: why for key, why in found.items() if why is not None}
        follows = bool(wrong) and part == "annotations" and not unreplaced(_meant(written, wrong))
        for key, why in wrong.items():
            yield from _said(resource, (*at, part, key), why, follows)


def _meant(written: dict[str, Any], wrong: dict[str, Wrong]) -> dict[str, Any]:
    """Annotations with the words that are near to what is wrong in them."""
    meant = dict(written)
    for key, (_, near) in wrong.items():
        if near and near.startswith((ARGO, FLUX, KUEUE, LWS, KSERVE)):
            meant[near] = meant.pop(key)
        elif near and key.startswith(FLUX):
            meant[key] = near.partition(" or ")[0]
        elif near:
            meant[key] = f"{meant[key]},{near}"
    return meant


def _wrong(key: str, value: object) -> Wrong | None:
    if key.startswith(ARGO):
        return _of_argo(key, value)
    if key.startswith(FLUX):
        return _of_flux(key.removeprefix(FLUX), str(value))
    for prefix, tool, known in (
        (KUEUE, "Kueue", words("kueue-key")),
        (LWS, "LeaderWorkerSet", words("lws-key")),
    ):
        if key.startswith(prefix) and key not in known:
            return _of_nobody(key, prefix, tool, known)
    # Of these prefixes other parts read keys that are not in these sources, so only what is near to one is told.
    of_kserve = [KSERVE + word for word in words("kserve-key")]
    if key.startswith(KSERVE) and key not in of_kserve:
        wrong = _of_nobody(key, KSERVE, "KServe", of_kserve)
        return wrong if wrong[1] else None
    if key.startswith(GKE) and key not in words("gke-network-key"):
        text, near = _of_nobody(key, GKE, "GKE's networks", words("gke-network-key"))
        return (f"{text}; did you mean {near}?", None) if near else None
    return None


def _of_nobody(key: str, prefix: str, tool: str, known: Collection[str]) -> Wrong:
    near = nearest(key.removeprefix(prefix), [word.removeprefix(prefix) for word in known if word.startswith(prefix)])
    return f"{key} is nothing that {tool} reads", prefix + near if near else None


def _of_argo(key: str, value: object) -> Wrong | None:
    if key not in words("argocd-key"):
        return _of_nobody(key, ARGO, "Argo CD", words("argocd-key"))
    name = key.removeprefix(ARGO)
    if name == "sync-wave" and whole(value) is None:
        return f"the wave {value} is no whole number, so it counts as 0", 'a number such as "1"'
    parts = [part.strip() for part in str(value).split(",")]
    if name in ("hook", "hook-delete-policy"):
        known = words(f"argocd-{name}")
        return next((_unknown(part, known, f"{name} of Argo CD") for part in parts if part not in known), None)
    if name == "sync-options":
        found = (_of_pair(part, words("argocd-option"), "sync option of Argo CD") for part in parts)
    elif name == "compare-options":
        found = (_of_pair(part, words("argocd-compare-option"), "compare option of Argo CD") for part in parts)
    else:
        return None
    return next((wrong for wrong in found if wrong), None)


def _unknown(word: str, known: Collection[str], what: str) -> Wrong:
    return f"{word} is no {what}, which has {', '.join(sorted(known))}", nearest(word, known)


def _of_pair(option: str, known: Collection[str], what: str) -> Wrong | None:
    """What is wrong with an option as Argo CD compares it: letter by letter, key and value together."""
    if option in known:
        return None
    key, sign, value = option.partition("=")
    values = {word.partition("=")[2] for word in known if word.partition("=")[0] == key}
    if not values:
        return f"{option} is no {what}", nearest(option, known)
    if sign and value in {"true", "false"} and values & {"true", "false"}:
        return None  # the value that it has anyway
    shown = sorted(values | ({"true", "false"} if values & {"true", "false"} else set()))
    begun = [one for one in shown if value.casefold().startswith(one)]
    meant = begun[0] if begun else nearest(value, shown) or shown[0]
    return f"{option} is read by nobody: {key} may be {' or '.join(shown)}", f"{key}={meant}"


def _of_flux(name: str, value: str) -> Wrong | None:
    if name in OWN:
        return None
    if name not in OF_FLUX:
        return _of_nobody(FLUX + name, FLUX, "Flux", [FLUX + word for word in OF_FLUX])
    allowed = OF_FLUX[name]
    if value.casefold() in (word.casefold() for word in allowed):
        return None
    return f"{FLUX}{name} is {value}, which Flux passes over", " or ".join(allowed)
