"""A kustomization runs code: a plugin, a function container or Helm.

A pull request is untrusted, and a build that runs its code runs it where the validator runs. Argo CD and Flux leave
such plugins off by default, so what renders on a laptop does not render in the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import lines
from ..model import Problem, mapping
from ..sources import Kustomization, Tree

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
PLUGINS = ("generators", "transformers", "validators")


def _is_builtin(value: Any) -> bool:
    """Built-in plugins have no code of their own; HelmChartInflationGenerator is built in, but runs helm."""
    annotations = mapping(mapping(mapping(value).get("metadata")).get("annotations"))
    runs = any(key.endswith("config.kubernetes.io/function") for key in map(str, annotations))
    helm = mapping(value).get("kind") == "HelmChartInflationGenerator"
    return mapping(value).get("apiVersion") == "builtin" and not runs and not helm


def _plugins(tree: Tree, kustomization: Kustomization) -> Iterator[tuple[str, int, Any]]:
    """(file, line, document) of every plugin configuration: inline text, files, and folders that hold them."""
    for field in PLUGINS:
        listed = kustomization.body.get(field)
        for i, entry in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(entry, str) and "\n" in entry.strip():
                try:
                    documents = [value for _, value in lines.load(entry)]
                except lines.BadYaml:
                    documents = [None]
                for value in documents:
                    yield kustomization.file, kustomization.line((field, i)), value
    for reference in kustomization.references:
        if reference.field not in PLUGINS:
            continue
        inner = tree.of(reference.path)
        paths = [r.path for r in inner.references if not r.is_folder] if inner else [reference.path]
        for path in paths:
            source = tree.files.get(path)
            for node, value in zip(source.nodes, source.documents, strict=False) if source else ():
                yield path, node.start_mark.line + 1, value


def check_sources(tree: Tree) -> Iterator[Problem]:
    for kustomization in tree.kustomizations:
        for field in HELM:
            if kustomization.body.get(field):
                line = kustomization.line((field,))
                yield Problem(None, (field,), f"{field} has helm render a chart", kustomization.file, line)
        for file, line, value in _plugins(tree, kustomization):
            if not _is_builtin(value):
                name = f"{mapping(value).get('apiVersion')}/{mapping(value).get('kind')}"
                yield Problem(None, (), f"plugin {name} is not built into Kustomize", file, line)
