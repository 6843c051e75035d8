"""What deprecated-field tells apart beyond its own examples."""

from servelint.rules.examples import tree

ALSO_GOOD = [tree("resources: [pod.yaml]\nconfigMapGenerator: [{name: a, envs: [a.env]}]\n", {"a.env": "a=b\n"})]
ALSO_BAD = [
    tree("resources: [pod.yaml]\ncommonLabels: {a: b}\n"), tree("resources: [pod.yaml]\nvars: []\n"),
    tree("resources: [pod.yaml]\nsecretGenerator: [{name: a, env: a.env}]\n", {"a.env": "a=b\n"}),
]  # fmt: skip
