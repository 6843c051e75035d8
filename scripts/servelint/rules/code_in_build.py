"""A kustomization runs code: a plugin, a function container or Helm.

A pull request is untrusted, and a build that runs its code runs it where the validator runs. Argo CD and Flux leave
such plugins off by default, so what renders on a laptop does not render in the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import lines
from ..model import Problem, mapping
from ..sources import Kustomization, Tree, inline_texts

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
BUILT_IN = {
    "AnnotationsTransformer",
    "ConfigMapGenerator",
    "HashTransformer",
    "IAMPolicyGenerator",
    "ImageTagTransformer",
    "LabelTransformer",
    "NamespaceTransformer",
    "PatchJson6902Transformer",
    "PatchStrategicMergeTransformer",
    "PatchTransformer",
    "PrefixSuffixTransformer",
    "PrefixTransformer",
    "ReplacementTransformer",
    "ReplicaCountTransformer",
    "SecretGenerator",
    "SuffixTransformer",
    "ValueAddTransformer",
}
"""The built-in plugins, without HelmChartInflationGenerator, which runs helm.
Source: kustomize api/internal/plugins/builtinhelpers/builtins.go"""
FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function", "config.kubernetes.io/container")
"""Annotations that make a function of a plugin. Source: kustomize kyaml/fn/runtime/runtimeutil/functiontypes.go"""


def _is_builtin(value: Any) -> bool:
    """Whether a plugin's configuration is one of a built-in plugin, which has no code of its own."""
    metadata = mapping(mapping(value).get("metadata"))
    runs = "configFn" in metadata or any(str(key) in FUNCTIONS for key in mapping(metadata.get("annotations")))
    return mapping(value).get("apiVersion") == "builtin" and str(mapping(value).get("kind")) in BUILT_IN and not runs


def _plugins(tree: Tree, kustomization: Kustomization) -> Iterator[tuple[str, int, Any]]:
    """(file, line, document) of every plugin configuration: inline text, files, and folders that hold them."""
    for text in inline_texts(kustomization):
        if text.at[0] in PLUGINS:
            try:
                documents = [value for _, value in lines.load(text.text)]
            except lines.BadYaml:
                documents = [None]
            for value in documents:
                yield kustomization.file, kustomization.line(text.at), value
    waiting = [reference for reference in kustomization.references if reference.field in PLUGINS]
    folders: set[str] = set()
    while waiting:
        reference = waiting.pop(0)
        inner = tree.of(reference.path) if reference.is_folder else None
        if inner is not None and inner.folder not in folders:
            folders.add(inner.folder)
            waiting += inner.references
        source = tree.files.get(reference.path)
        for node, value in zip(source.nodes, source.documents, strict=True) if source else ():
            yield reference.path, node.start_mark.line + 1, value


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
