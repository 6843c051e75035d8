"""What code-in-build tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import tree
from servelint.rules.kustomize.code_in_build import BAD

PREFIX = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: a-\n"
OWN = "apiVersion: example.com/v1\nkind: Anything\nmetadata: {name: a}\n"


def inline(text: str, field: str = "transformers") -> dict[str, str]:
    block = text.replace("\n", "\n  ")
    return tree(f"resources: [pod.yaml]\n{field}:\n- |\n  {block}\n")


FOLDER = {"plugins/kustomization.yaml": "resources: [own.yaml]\n"}

ALSO_GOOD = [
    inline(PREFIX), tree("resources: [pod.yaml]\ntransformers: [plugins]\n", {**FOLDER, "plugins/own.yaml": PREFIX}),
    tree("resources: [pod.yaml]\npatches: [{target: {kind: Pod}, patch: '[]'}]\n"),
]  # fmt: skip
ALSO_BAD = [
    inline(OWN), tree("resources: [pod.yaml]\ntransformers: [plugins]\n", {**FOLDER, "plugins/own.yaml": OWN}),
    tree("resources: [pod.yaml]\nhelmCharts: [{name: a}]\n"), inline("apiVersion: {a: b}\nkind: [c]"), BAD,
]  # fmt: skip
