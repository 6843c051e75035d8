"""Flux replaces the shell variables of what it delivers.

With `postBuild` every ${NAME} in the rendered text is Flux's: in a launcher script, a pod's arguments, an annotation.
What is in none of its lists becomes the empty string, or stops the sync in strict mode. `source "${NCCL_INIT_SCRIPT}"`
is then `source ""`, in a pod that has taken its node.
"""

import re
from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, Resource, mapping, mappings, texts
from ...views.delivery import Delivery, delivered, deliveries
from ..examples import other, server

SEVERITY = "error"
HINT = (
    "Leave postBuild out, write $NAME or $${NAME}, or annotate the object with"
    " kustomize.toolkit.fluxcd.io/substitute: disabled."
)
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"
COVERS = ("GIT-02",)

_SYNC = other("Kustomization", "path: ./overlays/example-1, postBuild: {substitute: {ZONE: a}}", name="fleet")
_SCRIPT = """args: ['source "$${SCRIPT}" && exec "$SERVER" --zone "${ZONE}"']"""
_POD = server(container=_SCRIPT)
GOOD = (_SYNC, _POD)
BAD = (_SYNC, _POD.replace("$${", "${"))

VARIABLE = re.compile(r"(?<!\$)\$\{([^}]*)\}?")
NAME = re.compile(r"[#^,]*([A-Za-z_][A-Za-z0-9_]*)")
DEFAULT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*:?[-=?+]")
SWITCH = "kustomize.toolkit.fluxcd.io/substitute"


def _variables(delivery: Delivery) -> set[str] | None:
    """The names that Flux knows; None if it substitutes nothing, or from something that no manifest shows."""
    build = mapping(delivery.spec.get("postBuild"))
    known = {str(name) for name in mapping(build.get("substitute"))}
    sources = mappings(build.get("substituteFrom"))
    for _, source in sources:
        found = delivery.overlay.named(str(source.get("kind")), str(source.get("name")))
        if found is not None:
            known |= {str(k) for field in ("data", "stringData") for k in mapping(found.body.get(field))}
    return known if known or sources else None


def _hidden(delivery: Delivery) -> bool:
    """Whether some of the names are not in sight."""
    sources = mappings(mapping(delivery.spec.get("postBuild")).get("substituteFrom"))
    return any(delivery.overlay.named(str(s.get("kind")), str(s.get("name"))) is None for _, s in sources)


def _shell(text: str) -> bool:
    """Whether a text is a script or a command line, whose variables are its own for certain."""
    return "\n" in text or " " in text.strip()


def _written(resource: Resource) -> list[list[Any]]:
    """The variables of an object: text, whether a list that is not in sight may have it, and where it stands first."""
    if "disabled" in (mapping(resource.labels).get(SWITCH), resource.annotations.get(SWITCH)):
        return []
    found: dict[tuple[str, bool], list[Any]] = {}
    for text, at in texts(resource.body):
        for match in VARIABLE.finditer(text):
            # A whole value that is one variable was meant for such a list, and one with a default does without.
            spared = not _shell(text) or DEFAULT.match(match[1]) is not None
            found.setdefault((match[0], spared), [match[0], spared, list(at)])
    return list(found.values())


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """substitutes: of each Flux Kustomization the names that it knows. variables: by the place of their object."""
    substitutes = []
    for delivery in deliveries(overlay):
        known = _variables(delivery) if delivery.tool == "Flux" else None
        if known is not None:
            own = {"path": delivery.path, "known": sorted(known), "hidden": _hidden(delivery)}
            substitutes.append({"name": delivery.resource.name, **own})
    every = enumerate(map(_written, overlay.resources))
    variables = [[place, written] for place, written in every if written]
    return {"substitutes": substitutes, "variables": variables} if substitutes or variables else None


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for flux in fact.value["substitutes"]:
            known, by = set(flux["known"]), f"Kustomization {flux['name']} in {fact.path}"
            for target in delivered(flux["path"], fleet):
                for place, written in target.value["variables"]:
                    lost = [
                        (text, at)
                        for text, spared, at in written
                        if not (flux["hidden"] and spared) and _name(text) not in known
                    ]
                    if lost:
                        names = ", ".join(list(dict.fromkeys(text for text, _ in lost))[:4])
                        text = f"{by} substitutes variables, and has none for {names}"
                        yield Remark(target.path, place, tuple(lost[0][1]), text)


def _name(variable: str) -> str | None:
    """What ``${NAME:-x}`` names."""
    name = NAME.match(variable, len("${"))
    return name[1] if name else None
