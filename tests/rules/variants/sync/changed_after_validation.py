"""What changed-after-validation tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server
from servelint.rules.sync.changed_after_validation import _APP

_FLUX = other("Kustomization", "path: overlays/example-1, targetNamespace: serving")

ALSO_GOOD = [(_FLUX, marked(server(), "namespace: serving")), (_FLUX, server())]
ALSO_BAD = [
    (_APP.replace("source: {", "sources: [{path: other}, {plugin: {name: a}, ").replace("main}", "main}]"),),
    (_FLUX.replace("targetNamespace: serving", "patches: [{patch: a}]"),),
    (_FLUX, marked(server(), "namespace: bench")),
]
