"""What emptied-variable tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync.emptied_variable import _POD, _SYNC, BAD

_FROM = other("Kustomization", "path: ./overlays/example-1, postBuild: {substituteFrom: [{kind: ConfigMap, name: c}]}")
_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {ZONE: a}\n"

ALSO_GOOD = [
    (_SYNC.replace("{ZONE: a}", "{}"), BAD[1]),
    (_SYNC, marked(BAD[1], "annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}")),
    (together(_FROM, _CONFIG), _POD),
    (_FROM, server(container="args: ['${SCRIPT}']")),  # which the list may have
    (_FROM, server(container="args: ['exec ${SCRIPT:-a}']")),
]
ALSO_BAD = [(_FROM, server(container="args: ['exec ${SCRIPT}']")), (_SYNC, server(container="args: ['${}']"))]
