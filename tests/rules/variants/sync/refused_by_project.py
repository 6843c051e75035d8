"""What refused-by-project tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.sync.refused_by_project import _APP, _SET, _SYNC, BAD

_WHITE = _SYNC.replace("clusterResource", "namespaceResourceWhitelist: [{group: '*', kind: Pod}], clusterResource")
_BLACK = _SYNC.replace(
    "clusterResourceW", "clusterResourceBlacklist: [{group: '*', kind: Namespace, name: serving}], clusterResourceW"
)

ALSO_GOOD = [
    (_SYNC, server()), (_SYNC.replace("project: fleet", "project: default"), BAD[1]),
    (_SYNC.replace("project: fleet", "project: '{{name}}'"), BAD[1]), (_APP, BAD[1]),
    (_SYNC.replace("server: here, namespace: serving},", "server: '{{server}}', namespace: serving},"), BAD[1]),
    (_WHITE, _SET), (_BLACK.replace("name: serving}]", "name: other}]"), _SET),
    (_SYNC.replace("source: {repoURL", "source: {other"), _SET),
    (_SYNC.replace("argoproj.io/v1alpha1\nkind: AppProject", "example.com/v1\nkind: AppProject"), BAD[1]),
]  # fmt: skip
ALSO_BAD = [
    (_SYNC.replace("project: fleet", "project: other"), _SET), (_SYNC.replace("fleet.git", "other.git", 1), _SET),
    (_SYNC.replace('["https', '["!https://example.com/*", "https'), _SET),
    (_SYNC.replace("here, namespace: serving}]", "there, namespace: serving}]"), _SET),
    (_SYNC.replace("serving}]", "serving}, {server: here, namespace: '!serv*'}]"), _SET),
    (_SYNC.replace("kind: Namespace}", "kind: ClusterRole}"), _SET), (_BLACK, _SET),
    (_WHITE.replace("kind: Pod", "kind: Job"), _SET),
    (_SYNC, together(BAD[1], server(name="other").replace("name: other", "name: other\n  namespace: inference"))),
    (_SYNC.replace("clusterResourceW", "namespaceResourceBlacklist: [{group: '', kind: Pod}], clusterResourceW"), _SET),
]  # fmt: skip
