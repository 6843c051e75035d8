"""A pod or another object names something that nothing declares.

Kubernetes accepts the reference and waits: a missing ConfigMap, Secret or claim leaves the pod in ContainerCreating or
Pending for ever, a missing ServiceAccount keeps the pods from being created at all, and the node waits beside them.
The usual makers are a renamed object, and a generated ConfigMap whose hash Kustomize did not carry into a custom kind.
"""

import posixpath

from ...model import Overlay, Problem, Problems, Provision, prefix
from ...views.provision import TOP, certain, lacking, leaf_of, left_out, line_of, provider, wanted
from ...views.references import Reference, hash_end
from ..examples import config_map, server, together

SEVERITY = "error"
HINT = (
    "Build on what declares the object, or correct the name; for a custom kind add a `nameReference` under "
    "`configurations`; declare as external what the cluster already has."
)
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/4674"
COVERS = ("REF-04", "KZ-03")

GOOD = together(
    server(kind="LeaderWorkerSet", pod="volumes: [{name: engine, configMap: {name: engine-4h2mf7b9ck}}]"),
    config_map({"engine.yaml": "launch_server: {}"}, "engine-4h2mf7b9ck"),
)
BAD = GOOD.replace("configMap: {name: engine-4h2mf7b9ck}", "configMap: {name: engine}")


def _rendered(overlay: Overlay, reference: Reference) -> tuple[str, str] | None:
    """The rendered object whose name is the reference with a hash, or with the overlay's prefix; and with what."""
    leaf = overlay.path if overlay.kind == "leaf" else leaf_of(overlay, reference.resource.name)
    begun = f"{prefix(leaf or '') or ''}{reference.name}"
    for resource in overlay.of(reference.kind):
        bare = resource.name.rpartition("-")[0] if hash_end(resource.name) else resource.name
        if bare in (reference.name, begun) and resource.name != reference.name:
            parts = [*(["prefix"] if bare != reference.name else []), *(["hash"] if bare != resource.name else [])]
            return resource.name, " and ".join(parts)
    return None


def check(overlay: Overlay) -> Problems:
    for folder, of in wanted(overlay).items():
        yield of_platform(overlay, folder, of)
    for reference in certain(overlay):
        if provider(overlay, reference.kind, reference.name) is None:
            yield _of_overlay(overlay, reference) or _of_base(overlay, reference) or _here(overlay, reference)


def _here(overlay: Overlay, reference: Reference) -> Problem:
    found = _rendered(overlay, reference)
    why = f"is rendered as {found[0]}: the {found[1]} did not reach this field" if found else "nothing declares"
    text = f"names {reference.kind} {reference.name}, which {why}"
    return Problem(reference.resource, reference.pointer, text)


def of_platform(overlay: Overlay, folder: Provision, of: list[Reference]) -> Problem:
    """All that names objects of a folder of the platform which a cluster leaves out."""
    objects = " and ".join(dict.fromkeys(f"{one.kind} {one.name}" for one in of))
    users = list(dict.fromkeys(f"{one.resource.kind} {one.resource.name}" for one in of))
    others = f" and {len(users) - 1} more" if len(users) > 1 else ""
    text = f"{users[0]}{others} must have {objects} of {folder.folder}: add {lacking(overlay, folder)}"
    idle = [("patch-without-target", f"{each}/kustomization.yaml") for each, _ in folder.filled_by]
    unread = [("unread-site-key", ("data", key)) for _, keys in folder.filled_by for key in keys]
    return Problem(None, (TOP,), text, overlay.built[overlay.path][0], explains=(*idle, *unread))


def _of_overlay(overlay: Overlay, reference: Reference) -> Problem | None:
    """An object of an overlay that a cluster leaves out."""
    leaf, line = left_out(overlay, reference.name), line_of(overlay, reference.resource)
    if leaf is None or line is None:
        return None
    text = f"names {reference.kind} {reference.name} of {leaf}, which this cluster does not run"
    return Problem(reference.resource, reference.pointer, text, *line)


def _of_base(overlay: Overlay, reference: Reference) -> Problem | None:
    """What a base names and leaves to others: to the component of the model, and to the overlay itself."""
    leaf = overlay.path if overlay.kind == "leaf" else leaf_of(overlay, reference.resource.name)
    if leaf is None or leaf not in overlay.built or reference.kind != "ConfigMap" or _rendered(overlay, reference):
        return None
    file, who = f"{leaf}/kustomization.yaml", f"{reference.resource.kind} {reference.resource.name}"
    if reference.name == "model":
        folder = posixpath.relpath(f"models/{leaf.split('/')[2]}", leaf)
        text = f"{who} names ConfigMap model, which the component of the model makes: {folder} is missing"
        return Problem(None, ("components",), text, file)
    if reference.name == "engine":
        text = f"{who} names ConfigMap engine, which configMapGenerator makes of engine.yaml: the entry is missing"
        return Problem(None, ("configMapGenerator",), text, file)
    return None
