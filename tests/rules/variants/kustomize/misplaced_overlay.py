"""What misplaced-overlay tells apart beyond its own examples."""

from servelint.rules.examples import tree

ALSO_BAD = [tree(files={"/overlays/h/m/kustomization.yaml": "resources: [w]\n"})]
