"""What unused-image-entry tells apart beyond its own examples."""

from servelint.rules.examples import tree

ALSO_BAD = [tree("resources: [pod.yaml]\nimages: [{newTag: '1'}]\n"), tree("images: [{name: engine, newTag: '1'}]\n")]
