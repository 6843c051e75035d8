"""A replacement copies a name that changes afterwards.

A component or a base sees the names of its own layer. It copies `server` into a variable, the overlay on top puts its
prefix before every name and corrects the references that Kustomize knows, and a variable, an argument or an annotation
is none of them: the client asks for a Service that does not exist.
"""

from collections.abc import Iterator

from ...model import Pointer, Problem, Problems, mapping, mappings
from ...sources import Tree
from ...sources.layers import Item, Layer, layers, line_of, replacements, selected
from ...sources.merging import field_steps
from ..examples import COMPONENT, tree

SEVERITY = "error"
HINT = "Move the replacement to the kustomization that sets the namePrefix: it acts after the names are written."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/5172"
COVERS = ("KZ-11",)

_TARGET = "targets: [{select: {kind: Pod}, fieldPaths: ['spec.containers.[name=c].env.[name=HOST].value']}]"
_SET = """\
apiVersion: v1
kind: Service
metadata: {name: server, labels: {host: m-server}}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: a, env: [{name: HOST, value: x}]}]}
"""


def _copied(path: str, top: str = "namePrefix: m-\n", target: str = _TARGET, kind: str = "Service") -> dict[str, str]:
    replacement = f"replacements: [{{source: {{kind: {kind}, name: server, fieldPath: {path}}}, {target}}}]\n"
    files = {"pod.yaml": _SET, "client/kustomization.yaml": COMPONENT + replacement}
    return tree(f"{top}resources: [pod.yaml]\ncomponents: [client]\n", files)


GOOD = _copied("metadata.labels.host")
BAD = _copied("metadata.name")

TEXTS = {"env", "args", "command", "annotations", "data", "labels"}
"""Parts of a path below which Kustomize corrects no name."""


def _source(layer: Layer, source: dict[str, object]) -> Item | None:
    """The item whose name a replacement copies."""
    if str(source.get("fieldPath", "metadata.name")) != "metadata.name":
        return None
    found = selected({key: source.get(key) for key in ("kind", "name", "group", "version")}, list(layer.items))
    return found[0] if len(found) == 1 else None


def _places(entry: dict[str, object]) -> Iterator[tuple[Pointer, str]]:
    """(pointer, path) of the targets' fields in which a name is only text."""
    for j, target in mappings(entry.get("targets")):
        paths = target.get("fieldPaths")
        for k, path in enumerate(paths if isinstance(paths, list) else []):
            steps = field_steps(path)
            if TEXTS.intersection(steps) and "valueFrom" not in steps:
                yield ("targets", j, "fieldPaths", k), str(path)


def check_sources(tree: Tree) -> Problems:
    every = layers(tree)
    last = {id(item.made): item.names[-1] for item in (every[-1].items if every else ())}
    for layer in every:
        written = replacements(tree, layer.kustomization) if "replacements" in layer.kustomization.body else []
        for replacement in written:
            item = _source(layer, mapping(replacement.body.get("source")))
            final = last.get(id(item.made)) if item else None
            if item is None or final is None or final == item.names[-1]:
                continue
            for pointer, path in _places(replacement.body):
                text = f"{path} gets {item.names[-1]}, but {item.kind} {item.names[-1]} is {final} in the end"
                line = line_of(tree, layer.kustomization, replacement, pointer)
                yield Problem(None, (*replacement.at, *pointer), text, replacement.file, line)
