"""Which folders Argo CD and Flux bring into a cluster, and how: what the objects of a sync folder say."""

import fnmatch
import posixpath
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar

from ..model import Fact, Fleet, Overlay, Pointer, Resource, mapping, mappings

T = TypeVar("T")

FLUX = "kustomize.toolkit.fluxcd.io"
ARGO = "argoproj.io"
KEYS = {"Argo CD": "argocd.argoproj.io/", "Flux": f"{FLUX}/"}
"""How the annotations begin that a tool reads on any object."""


@dataclass(frozen=True, eq=False)
class Delivery:
    """One folder that an object of a sync delivers.

    tool: ``Flux`` or ``Argo CD``. spec: of the Kustomization or of the (templated) Application; ``at`` leads to it.
    path: the folder, from the repository's root; ``path_at`` leads to where it is written. repository, revision: as
    written, None where nothing says it. ``revision_at`` leads to the revision, or to where it should stand.
    """

    overlay: Overlay
    resource: Resource
    tool: str
    at: Pointer
    spec: dict[str, Any]
    path: str
    path_at: Pointer
    repository: str | None
    revision: str | None
    revision_resource: Resource
    revision_at: Pointer

    @property
    def place(self) -> int:
        """Where the object stands in its overlay."""
        return self.overlay.place(self.resource)


def normal(path: object) -> str:
    """A folder as the validator writes it: ``./overlays/a/`` is overlays/a."""
    return posixpath.normpath(str(path).strip().lstrip("/") or ".")


def normal_repository(url: object) -> str:
    """A repository's address without what makes no difference."""
    return str(url).strip().lower().removesuffix("/").removesuffix(".git")


def applications(overlay: Overlay) -> Iterator[tuple[Resource, Pointer, dict[str, Any]]]:
    """Every Application, declared or made by an ApplicationSet's template: the object, and where its spec stands."""
    for resource in overlay.of("Application", "ApplicationSet"):
        if resource.group == ARGO:
            at: Pointer = ("spec",) if resource.kind == "Application" else ("spec", "template", "spec")
            yield resource, at, mapping(resource.at(at))


def sync_options(spec: dict[str, Any]) -> dict[str, int]:
    """The options of an Application's sync policy, each with its place in their list."""
    listed = mapping(spec.get("syncPolicy")).get("syncOptions")
    options = enumerate(listed if isinstance(listed, list) else ())
    return {option.strip(): place for place, option in options if isinstance(option, str)}


def own_options(annotations: Mapping[str, Any]) -> set[str]:
    """The sync options in an object's own annotations."""
    written = str(annotations.get(KEYS["Argo CD"] + "sync-options", ""))
    return {option.strip() for option in written.split(",")}


def unreplaced(annotations: Mapping[str, Any]) -> list[str]:
    """The tools, as KEYS has them, that do not replace an object of these annotations when it may not be changed."""
    replaces = {"Argo CD": _argo_replaces(annotations), "Flux": _flux_replaces(annotations)}
    return [tool for tool in KEYS if not replaces[tool]]


def _argo_replaces(annotations: Mapping[str, Any]) -> bool:
    if {"Force=true", "Replace=true"} <= own_options(annotations):
        return True
    if not {KEYS["Argo CD"] + "hook", "helm.sh/hook"} & annotations.keys():
        return False
    # Without a policy Argo CD deletes a hook before it creates the next one.
    policies = str(annotations.get(KEYS["Argo CD"] + "hook-delete-policy") or "BeforeHookCreation")
    return "BeforeHookCreation" in policies or ("HookSucceeded" in policies and "HookFailed" in policies)


def _flux_replaces(annotations: Mapping[str, Any]) -> bool:
    force, policy = (str(annotations.get(KEYS["Flux"] + key, "")).lower() for key in ("force", "ssa"))
    # Compared without case, and with this one word: "true" does nothing (kustomize-controller, EnabledValue).
    return force == "enabled" or policy in ("ifnotpresent", "ignore")


def deliveries(overlay: Overlay) -> Iterator[Delivery]:
    for resource in overlay.resources:
        if resource.kind == "Kustomization" and resource.group == FLUX:
            yield _flux(overlay, resource)
        elif resource.kind in ("Application", "ApplicationSet") and resource.group == ARGO:
            yield from _argo(overlay, resource)


def _flux(overlay: Overlay, resource: Resource) -> Delivery:
    reference = mapping(resource.spec.get("sourceRef"))
    source = overlay.named(str(reference.get("kind")), str(reference.get("name")))
    git = source is not None and source.kind == "GitRepository"
    revision: Any = None
    revision_at: Pointer = ("spec",)
    if source is not None and git:
        ref = mapping(source.spec.get("ref"))
        # Flux asks for them in this order; without any of them it takes the branch master.
        name = next((name for name in ("commit", "name", "semver", "tag", "branch") if ref.get(name)), None)
        revision = ref[name] if name else "master"
        revision_at = ("spec", "ref", name) if name else ("spec", "ref") if ref else ("spec",)
    return Delivery(
        overlay,
        resource,
        "Flux",
        ("spec",),
        resource.spec,
        normal(resource.spec.get("path") or "."),
        ("spec", "path") if resource.spec.get("path") else ("spec",),
        str(source.spec["url"]) if source is not None and git and source.spec.get("url") else None,
        str(revision) if revision is not None else None,
        source if source is not None and git else resource,
        revision_at,
    )


def _argo(overlay: Overlay, resource: Resource) -> Iterator[Delivery]:
    at: Pointer = ("spec",) if resource.kind == "Application" else ("spec", "template", "spec")
    spec = mapping(resource.at(at))
    sources: list[tuple[Pointer, dict[str, Any]]] = [((*at, "sources", i), s) for i, s in mappings(spec.get("sources"))]
    if isinstance(spec.get("source"), dict):
        sources.append(((*at, "source"), spec["source"]))
    for where, source in sources:
        revision = source.get("targetRevision")
        revision_at = (*where, "targetRevision") if revision else where
        folders = [(source.get("path"), (*where, "path"))] if source.get("path") else []
        if "{{" in str(source.get("path")):
            folders = list(_generated(resource))
        for path, path_at in folders:
            if "{{" not in str(path):
                yield Delivery(
                    overlay,
                    resource,
                    "Argo CD",
                    at,
                    spec,
                    normal(path),
                    path_at,
                    str(source["repoURL"]) if source.get("repoURL") else None,
                    None if revision is None or "{{" in str(revision) else str(revision),
                    resource,
                    revision_at,
                )


def _generated(resource: Resource) -> Iterator[tuple[Any, Pointer]]:
    """The folders that an ApplicationSet's Git generators list."""
    for i, generator in mappings(resource.spec.get("generators")):
        for j, folder in mappings(mapping(generator.get("git")).get("directories")):
            if folder.get("path") and folder.get("exclude") is not True:
                yield folder["path"], ("spec", "generators", i, "git", "directories", j, "path")


def reaches(path: str, folder: str) -> bool:
    """Whether a delivery's path, which may hold wildcards, means a folder. Only ``**`` passes over a slash."""
    deep = "**" in path or path.count("/") == folder.count("/")
    return path == folder or (deep and fnmatch.fnmatchcase(folder, path))


WILD = re.compile(r"[*?[]")


def meant(path: str, known: Sequence[T], folder: Callable[[T], str]) -> list[T]:
    """What of all that is known, in order of its folders, a path means. Only what begins like the path is looked at."""
    stem = WILD.split(path, maxsplit=1)[0]
    start = bisect_left(known, stem, key=folder)
    end = bisect_right(known, stem, lo=start, key=lambda one: folder(one)[: len(stem)])
    return [one for one in known[start:end] if reaches(path, folder(one))]


def delivered(path: str, fleet: Fleet) -> list[Fact]:
    """The overlays, as far as the rule knows something of them, that a delivery's path brings along.

    A set in one file delivers nothing that it shows.
    """
    return meant(path, fleet.facts, attrgetter("path"))
