"""What objects-without-namespace tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync.objects_without_namespace import BAD, GOOD

_SYNC, _BARE = BAD
_APP = other("Application", "project: a, source: {repoURL: a, path: overlays/example-1}, destination: {server: b}")
_WIDE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: serving}\n"

ALSO_GOOD = [
    (_SYNC.replace("prune: true", "prune: true, targetNamespace: serving"), _BARE), (_SYNC, _WIDE),
    (_APP.replace("server: b", "server: b, namespace: serving"), _BARE), (_SYNC.replace("example-1", "example-7"), _BARE),
    (_SYNC, together(_WIDE, GOOD[1])), (_APP, GOOD[1]),
]  # fmt: skip
ALSO_BAD = [
    (_APP, _BARE), (_SYNC, together(GOOD[1], _BARE)), (together(_SYNC, _APP), _BARE),
    (_SYNC, together(_BARE, marked(server(kind="Job"), "labels: {a: b}"))),
]  # fmt: skip
