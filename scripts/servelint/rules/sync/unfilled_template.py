"""An ApplicationSet's template asks for a parameter in words that its generators do not fill.

With `goTemplate: true` a parameter begins with a dot, {{ .path.basename }}; without it there is no dot, and no function
and no pipe. Written in the other way it stays in the text, or the whole set fails: no Application is made, and those
that are there are not updated. The same goes for a parameter that no generator has.
"""

import re

from ...model import Overlay, Problem, Problems, Resource, mapping, mappings, texts
from ...views.delivery import ARGO
from ..examples import other

SEVERITY = "error"
HINT = "Write {{ .name }} with `goTemplate: true` and {{name}} without, and a parameter that the generators have."
SOURCE = "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/"
COVERS = ("REF-04",)

_GIT = "generators: [{git: {directories: [{path: a}]}}]"
_BODY = "template: {metadata: {name: '{{ .path.basename }}'}, spec: {source: {path: '{{ .path.path }}'}}}"
GOOD = other("ApplicationSet", f"goTemplate: true, {_GIT}, {_BODY}")
BAD = GOOD.replace(".path.basename", "path.basename")
CONTEXT = {"kind": "sync"}

ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|`[^`]*`|'[^']*'")
OF_PATH = ("path", "basename", "basenameNormalized", "filename", "filenameNormalized", "segments")
"""What a Git generator knows of a path."""
OLD = re.compile(r"(?<![\w.$])(?:path|values|metadata)(?:[.\[][\w.\[\]]*)|^[a-z]\w*$")
"""A parameter as the older templates write it; no function of Go's templates has a dot in its name."""
WORDS = frozenset({"end", "else", "break", "continue", "uuidv4", "now", "nil", "true", "false"})
"""What may stand alone in an action of Go's templates."""


def check(overlay: Overlay) -> Problems:
    for resource in overlay.of("ApplicationSet"):
        if resource.group != ARGO:
            continue
        go = resource.spec.get("goTemplate") is True
        known = _parameters(resource) if go else None
        for text, at in texts(resource.spec.get("template"), ("spec", "template")):
            reasons = (reason for action in ACTION.findall(text) if (reason := _wrong(action, go, known)))
            for reason in list(reasons)[:1]:
                yield Problem(resource, at, reason)


def _wrong(action: str, go: bool, known: dict[str, tuple[str, ...]] | None) -> str | None:
    bare = QUOTED.sub('""', action)
    if not go:
        # The plain dialect replaces names alone; what else stands in braces stays as it is.
        dotted = re.match(r"\.\w", bare)
        if dotted or re.search(r"[|$:(\s]", bare):
            return f"without goTemplate {{{{ {action} }}}} stays as it is written"
        return None
    old = OLD.search(bare)
    if old and old.group() not in WORDS:
        return f"with goTemplate {{{{ {action} }}}} calls a function {old.group().split('.')[0]}, which there is not"
    for root, field in re.findall(r"(?<![\w.\])])\.(\w+)(?:\.(\w+))?", bare) if known is not None else ():
        if root not in (known or {}):
            return f"no generator has the parameter {root} of {{{{ {action} }}}}"
        fields = (known or {})[root]
        if field and fields and field not in fields:
            return f"the parameter {root} has no {field}; it has {', '.join(fields)}"
    return None


def _parameters(resource: Resource) -> dict[str, tuple[str, ...]] | None:
    """The parameters that the generators fill, each with its fields (none: not known); None where not all are known."""
    found: dict[str, tuple[str, ...]] = {}
    for _, generator in mappings(resource.spec.get("generators")):
        if set(generator) - {"git", "list", "clusters", "selector"}:
            return None
        git = mapping(generator.get("git"))
        if git.get("files"):
            return None  # each file brings keys of its own
        if git:
            own = git.get("pathParamPrefix")
            found |= {str(own): ("path",)} if own else {"path": OF_PATH}
        for _, element in mappings(mapping(generator.get("list")).get("elements")):
            found |= dict.fromkeys(map(str, element), ())
        if mapping(generator.get("list")).get("elementsYaml"):
            return None
        if "clusters" in generator:
            found |= dict.fromkeys(("name", "nameNormalized", "server", "metadata", "project"), ())
        if any(mapping(kind).get("values") or mapping(kind).get("template") for kind in generator.values()):
            found["values"] = ()
    return found or None
