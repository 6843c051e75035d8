"""A kustomization runs code: a plugin, a function container or Helm.

A pull request is untrusted, and a build that runs its code runs it where the validator runs. Argo CD and Flux leave
such plugins off by default, so what renders on a laptop does not render in the cluster.
"""

from collections.abc import Iterator
from contextlib import suppress

import yaml

from ... import lines
from ...model import Problem, Problems
from ...sources import Kustomization, Tree, inline_texts
from ...sources.checks import plugin, shown
from ...sources.grammar import PLUGIN_FIELDS

SEVERITY = "error"
HINT = "Write the rendered manifests into base/, or use one of Kustomize's built-in transformers."
SOURCE = "https://kubectl.docs.kubernetes.io/guides/extending_kustomize/"
COVERS = ("KZ-14",)

GOOD = {
    "overlays/h/m/w/kustomization.yaml": "resources: [pod.yaml]\ntransformers: [prefix.yaml]\n",
    "overlays/h/m/w/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n",
    "overlays/h/m/w/prefix.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: a-\n",
}
BAD = {
    **GOOD,
    "overlays/h/m/w/prefix.yaml": (
        "apiVersion: example.com/v1\nkind: Anything\n"
        "metadata: {name: a, annotations: {config.kubernetes.io/function: 'exec: {path: ./run.sh}'}}\n"
    ),
}

HELM = ("helmCharts", "helmGlobals", "helmChartInflationGenerator")


def _plugins(tree: Tree, kustomization: Kustomization) -> Iterator[tuple[str, int, yaml.Node | None]]:
    """(file, line, document) of every plugin configuration: inline text, files, and folders that hold them."""
    for text in inline_texts(kustomization):
        if text.at[0] in PLUGIN_FIELDS:
            nodes: list[yaml.Node | None] = [None]
            with suppress(lines.BadYaml):
                nodes = list(lines.compose(text.text))
            for node in nodes:
                yield kustomization.file, kustomization.line(text.at), node
    waiting = [reference for reference in kustomization.references if reference.field in PLUGIN_FIELDS]
    folders: set[str] = set()
    while waiting:
        reference = waiting.pop(0)
        inner = tree.of(reference.path) if reference.is_folder else None
        if inner is not None and inner.folder not in folders:
            folders.add(inner.folder)
            waiting += inner.references
        source = tree.files.get(reference.path)
        for node in source.nodes if source else ():
            yield reference.path, node.start_mark.line + 1, node


def _shown(node: yaml.Node | None, field: str) -> str:
    """What a document states in a field, as far as that is text."""
    value = lines.follow(node, (field,))[2] if node is not None else None
    return shown(str(value.value)) if value is not node and isinstance(value, yaml.ScalarNode) else "None"


def check_sources(tree: Tree) -> Problems:
    for kustomization in tree.kustomizations:
        for field in HELM:
            if kustomization.body.get(field):
                line = kustomization.line((field,))
                yield Problem(None, (field,), f"{field} has helm render a chart", kustomization.file, line)
        for file, line, node in _plugins(tree, kustomization):
            if node is None or plugin(node) is None:
                name = "/".join(_shown(node, field) for field in ("apiVersion", "kind"))
                yield Problem(None, (), f"plugin {name} is not built into Kustomize", file, line)
