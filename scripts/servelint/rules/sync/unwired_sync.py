"""Something in the sync layer names what is not there.

A source, a dependency, a health check or a destination that does not resolve stops the delivery of a whole cluster: no
pod fails, nothing is new. Dependencies in a circle wait for each other for ever.
"""

from collections.abc import Iterator
from typing import Any

from ...model import Fleet, Overlay, Pointer, Remark, Remarks, Resource, mapping, mappings
from ...views.delivery import FLUX, applications, delivered, normal
from ...views.objects import noted, objects
from ..examples import other, together

SEVERITY = ("error", "warning")
HINT = ("Name what is there, as it is rendered, or add it.", "Make sure that the cluster has it, or correct the name.")
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/"
COVERS = ("REF-04", "GIT-07")

_SOURCE = other("GitRepository", "url: 'https://example.com/fleet.git'", name="fleet")
_FLUX = other("Kustomization", "path: overlays/example-1, sourceRef: {kind: GitRepository, name: fleet}", name="all")

GOOD = (together(_SOURCE, _FLUX),)
BAD = (GOOD[0].replace("name: fleet}", "name: fleets}"),)
CONTEXT = {"kind": "sync"}


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """said: place, pointer, text and severity of what does not resolve here. checks: of health, with the path whose
    objects they are about. objects: of this overlay, that run pods."""
    if not overlay.resources:
        return None
    flux = [resource for resource in overlay.of("Kustomization") if resource.group == FLUX]
    said = [*_sources(overlay, flux), *_dependencies(overlay, flux), *_destinations(overlay), *_needed(overlay)]
    checks = [
        {"path": normal(one.spec.get("path") or "."), "place": overlay.place(one), "checks": found}
        for one in flux
        if one.spec.get("wait") is not True and (found := _health(one))  # with `wait` all objects are checked instead
    ]
    return {"said": said, "checks": checks, "objects": noted(overlay, running=True)}


def _sources(overlay: Overlay, flux: list[Resource]) -> Iterator[list[Any]]:
    for one in flux:
        reference = mapping(one.spec.get("sourceRef"))
        kind, name = str(reference.get("kind")), str(reference.get("name"))
        space = str(reference.get("namespace") or one.namespace)
        here = {source.namespace for source in overlay.of(kind) if source.name == name}
        # One of another namespace may be somebody else's; alone in a file a Kustomization follows what the cluster has.
        foreign = bool(reference.get("namespace")) and space != one.namespace and not here
        shown = overlay.kind != "manifest" or any(True for _ in overlay.of("GitRepository", "OCIRepository", "Bucket"))
        if reference and space not in here and shown:
            where = f" in {space}" if here or foreign else ""
            text = f"Kustomization {one.name} follows {kind} {name}, which nothing here declares{where}"
            key = "namespace" if reference.get("namespace") else "name"
            yield [overlay.place(one), ["spec", "sourceRef", key], text, "warning" if foreign else "error"]


SECRETS: tuple[Pointer, ...] = (
    ("secretRef",),
    ("verify", "secretRef"),
    ("decryption", "secretRef"),
    ("kubeConfig", "secretRef"),
)
"""Where Flux's objects name a Secret of their namespace."""


def _needed(overlay: Overlay) -> Iterator[list[Any]]:
    """Secrets and accounts of Flux's objects that nothing declares: they are made by hand, or forgotten."""
    for one in overlay.resources if overlay.kind != "manifest" else ():
        if not one.group.endswith("toolkit.fluxcd.io"):
            continue
        wanted = [("Secret", ("spec", *at, "name")) for at in SECRETS]
        wanted.append(("ServiceAccount", ("spec", "serviceAccountName")))
        for kind, at in wanted:
            name = one.at(at)
            if isinstance(name, str) and not overlay.named(kind, name) and not overlay.may_name(kind, name):
                text = f"{one.title} needs {kind} {name}, which nothing here declares"
                yield [overlay.place(one), list(at), text, "warning"]


def _dependencies(overlay: Overlay, flux: list[Resource]) -> Iterator[list[Any]]:
    named = {(one.namespace, one.name): one for one in flux}
    arrows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for key, one in named.items():
        for i, item in mappings(one.spec.get("dependsOn")):
            wanted = (str(item.get("namespace") or one.namespace), str(item.get("name")))
            arrows.setdefault(key, []).append(wanted)
            if wanted not in named and overlay.kind != "manifest":
                text = f"Kustomization {one.name} waits for Kustomization {wanted[1]}, which nothing here declares"
                yield [overlay.place(one), ["spec", "dependsOn", i, "name"], text, "warning"]
    for key in _in_circles(arrows):
        text = f"Kustomization {named[key].name} waits for itself, by way of what it depends on: neither ever starts"
        yield [overlay.place(named[key]), ["spec", "dependsOn"], text, "error"]


def _in_circles(arrows: dict[tuple[str, str], list[tuple[str, str]]]) -> Iterator[tuple[str, str]]:
    """One, the first by name, of each circle that a walk along the arrows comes upon."""
    done: set[tuple[str, str]] = set()
    for start in sorted(arrows):
        path: dict[tuple[str, str], Iterator[tuple[str, str]]] = {}
        ahead = start
        while True:
            if ahead in path:
                keys = list(path)
                yield min(keys[keys.index(ahead) :])
            elif ahead not in done:
                path[ahead] = iter(arrows.get(ahead, ()))
            following = None
            while path and (following := next(path[next(reversed(path))], None)) is None:
                done.add(path.popitem()[0])
            if following is None:
                break
            ahead = following


def _health(one: Resource) -> list[list[Any]]:
    """Position, API group, kind, namespace and name of each health check."""
    return [
        [i, str(item.get("apiVersion") or "").rpartition("/")[0], str(item.get("kind")),
         str(item.get("namespace") or one.spec.get("targetNamespace") or one.namespace), str(item.get("name"))]
        for i, item in mappings(one.spec.get("healthChecks"))
    ]  # fmt: skip


def _destinations(overlay: Overlay) -> Iterator[list[Any]]:
    for resource, at, spec in applications(overlay):
        destination = mapping(spec.get("destination"))
        given = [key for key in ("server", "name") if destination.get(key)]
        if spec.get("source") and spec.get("sources"):
            text = f"{resource.title} has a source and sources, of which Argo CD takes the latter alone"
            yield [overlay.place(resource), [*at, "source"], text, "error"]
        if spec and len(given) != 1:
            why = "has both a server and a name, of which Argo CD takes one" if given else "names no cluster"
            where: Pointer = (*at, "destination") if destination else at
            text = f"the destination of {resource.title} {why}, so nothing is delivered"
            yield [overlay.place(resource), [*where, *given[1:]], text, "error"]


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for place, pointer, text, severity in fact.value["said"]:
            yield Remark(fact.path, place, tuple(pointer), text, severity)
        for checked in fact.value["checks"]:
            there = [
                alike for target in delivered(checked["path"], fleet) for alike in objects(target.value["objects"])
            ]
            for i, group, kind, space, name in checked["checks"]:
                same = [alike for alike in there if (alike.group, alike.kind) == (group, kind)]
                names = {one for alike in same if alike.namespace in (space, "") for _, one in alike.named}
                others = [alike for alike in there if alike.kind == kind and name in [one for _, one in alike.named]]
                if not same and others:
                    text = f"waits for {kind} {name} by an apiVersion that has none: it is {others[0].api_version}"
                    yield Remark(fact.path, checked["place"], ("spec", "healthChecks", i, "apiVersion"), text, "error")
                if same and name not in names:
                    more = f"; {sorted(names)[0]} is there" if names else ""
                    text = f"waits for the health of {kind} {name} in {space}, which {checked['path']} does not render"
                    yield Remark(
                        fact.path, checked["place"], ("spec", "healthChecks", i, "name"), f"{text}{more}", "warning"
                    )
