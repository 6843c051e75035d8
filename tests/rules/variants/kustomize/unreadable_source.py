"""What unreadable-source tells apart beyond its own examples."""

from servelint.rules.examples import tree

ALSO_GOOD = [tree(files={"pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: &a p, labels: {a: *a}}\n"})]
ALSO_BAD = [tree("resource: [pod.yaml]\n"), tree("resources: [pods.yaml]\n")]
