"""What duplicate-source-key tells apart beyond its own examples."""

from servelint.rules.examples import POD, tree

_PATCHED = "resources: [pod.yaml]\npatches:\n- patch: |\n    a: {b: c, d: e}\n"

ALSO_GOOD = [tree(_PATCHED), tree("resources: [pod.yaml]\n", {"pod.yaml": f"{POD}---\n{POD}"})]
ALSO_BAD = [
    tree("resources: [pod.yaml]\n", {"pod.yaml": POD.replace("name: a,", "name: a, name: b,")}),
    tree("resources: [pod.yaml]\n", {"pod.yaml": POD + POD}), tree(_PATCHED.replace("d: e", "b: e")),
    tree("resources: [pod.yaml]\n", {"pod.yaml": POD.replace("v1\n", "v1\napiVersion: v1\n")}),
]  # fmt: skip
