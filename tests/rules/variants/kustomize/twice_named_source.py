"""What twice-named-source tells apart beyond its own examples."""

from servelint.rules.examples import POD, tree

_PART = "resources: [pod.yaml]\n"
_WHOLE = "resources: [part]\n"


def _built(top: str, whole: str = _WHOLE) -> dict[str, str]:
    files = {"whole/kustomization.yaml": whole, "whole/part/kustomization.yaml": _PART, "whole/part/pod.yaml": POD}
    return tree(top, files)


_ITSELF = {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}
ALSO_GOOD = [
    tree("resources: [a]\n", _ITSELF),
    _built("resources: [whole]\n"), _built("resources: [whole, whole/part]\n", f"namePrefix: a-\n{_WHOLE}"),
]  # fmt: skip
ALSO_BAD = [
    _built("resources: [whole, whole/part]\n"), _built("resources: [whole/part, whole]\n"),
    tree("components: [c, c]\n", {"c/kustomization.yaml": "kind: Component\nnamePrefix: a-\n"}),
]  # fmt: skip
