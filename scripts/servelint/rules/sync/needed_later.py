"""An object is applied before what it uses.

Argo CD applies phase by phase and wave by wave, and goes on when all of a wave is healthy. What uses a namespace, a
service account, a configuration, a claim or a queue of a later wave is refused or never gets healthy, so the later wave
is never reached: on an empty cluster nothing is deployed, and on the cluster of its author nobody sees it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ...views.references import declared, references
from ...views.selection import together as near
from ...views.waves import HOOKS, WAVE, turn
from ..examples import marked, server, together

SEVERITY = "error"
HINT = "Put what is used into an earlier wave than what uses it, or both into the same one without annotations."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"
COVERS = ("GIT-07",)

_SPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: serving\n"
_EARLY = f"annotations: {{{WAVE}: '-1'}}"
GOOD = together(marked(_SPACE, _EARLY), marked(server(), "namespace: serving"))
BAD = GOOD.replace("'-1'", "'1'")

AT_ONCE = frozenset({
    "ConfigMap", "Secret", "ServiceAccount", "PersistentVolumeClaim", "PersistentVolume", "StorageClass",
    "PriorityClass", "RuntimeClass", "LocalQueue", "ClusterQueue", "ResourceFlavor", "SecretStore",
    "ClusterSecretStore", "ResourceClaimTemplate", "SecretProviderClass", "Topology",
})  # fmt: skip
"""Kinds without which the object that names one of them is refused or waits; a Service may come later."""

When = tuple[int, int]
Use = tuple[str, str, str]
"""Kind, name and namespace of what is used; of a custom kind its definition, by kind and group."""


def check(overlay: Overlay) -> Problems:
    if not any(key in resource.annotations for resource in overlay.resources for key in (WAVE, *HOOKS)):
        return
    blamed: dict[int, list[Problem]] = {}
    defined: dict[tuple[str, str], list[Resource]] = {}
    for made in overlay.of("CustomResourceDefinition"):
        kind = str(mapping(made.spec.get("names")).get("kind"))
        defined.setdefault((str(made.spec.get("group")), kind), []).append(made)
    first: dict[Use, tuple[When, Resource] | None] = {}
    for user, pointer, use in _needs(overlay, defined):
        if use not in first:
            first[use] = _first(overlay, use, defined)
        when, found = turn(user), first[use]
        if when is None or found is None or found[0] <= when:
            continue
        at, maker = found
        text = f"{user.title} uses {maker.title}, which is applied later, {_shown(at, when)}"
        # Who was put out of the usual order is to blame: what comes late, or else who comes early.
        blame = maker if at > (0, 0) else user
        problem = Problem(blame, _place(blame) or pointer, text)
        blamed.setdefault(id(problem.resource), []).append(problem)
    for problems in blamed.values():
        more = f"; so do {len(problems) - 1} more" if len(problems) > 1 else ""
        yield replace(problems[0], message=f"{problems[0].message}{more}")


def _place(resource: Resource) -> Pointer:
    """The annotation that says when the object comes; nothing if none does."""
    return next((("metadata", "annotations", key) for key in (*HOOKS, WAVE) if key in resource.annotations), ())


def _needs(overlay: Overlay, defined: Collection[tuple[str, str]]) -> Iterator[tuple[Resource, Pointer, Use]]:
    """What uses what: the user, where it says so, and what it uses."""
    spaces = {space.name for space in overlay.of("Namespace")}
    for one in overlay.resources:
        if one.namespace in spaces:
            yield one, ("metadata", "namespace"), ("Namespace", one.namespace, "")
        if (one.group, one.kind) in defined:
            yield one, ("kind",), ("CustomResourceDefinition", one.kind, one.group)
    for reference in references(overlay):
        if reference.kind in AT_ONCE and not reference.optional:
            where = reference.namespace or reference.resource.namespace
            yield reference.resource, reference.pointer, (reference.kind, reference.name, where)


def _first(
    overlay: Overlay, use: Use, defined: Mapping[tuple[str, str], list[Resource]]
) -> tuple[When, Resource] | None:
    """When the first of all that declare what is used is applied, and which; None if one of them is there anyway.

    defined: the definitions of custom kinds, by group and kind.
    """
    kind, name, where = use
    if kind == "CustomResourceDefinition":
        makers = defined[where, name]
    else:
        makers = [one.resource for one in declared(overlay, kind, name) if near(one.resource.namespace, where)]
    turns = [(at, maker) for maker in makers if (at := turn(maker)) is not None]
    return min(turns, key=lambda one: one[0]) if turns and len(turns) == len(makers) else None


def _shown(later: When, earlier: When) -> str:
    phases = ("PreSync", "Sync", "PostSync")
    if later[0] != earlier[0]:
        return f"in the phase {phases[later[0] + 1]} and not in {phases[earlier[0] + 1]}"
    return f"in wave {later[1]} and not in {earlier[1]}"
