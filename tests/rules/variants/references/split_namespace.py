"""What split-namespace tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.references.split_namespace import _CONFIG, _SERVER, _in

_SERVICE = "apiVersion: v1\nkind: Service\nmetadata:\n  name: server\nspec: {selector: {app: server}}\n"
_PLAIN = server(kind="Deployment")

TWO = server(
    kind="Deployment", pod="volumes: [{name: engine, configMap: {name: engine}}, {name: a, configMap: {name: a}}]"
)
SECOND = _CONFIG.replace("name: engine", "name: a", 1)
CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: a\nvalue: 1\n"

ALSO_GOOD = [
    together(_SERVER, _in("inference", _CONFIG)), together(_PLAIN, _in("inference", _SERVICE)),
    together(_in("a", _SERVER).replace("{name: engine}", "{name: engine, optional: true}"), _in("b", _CONFIG)),
    (together(_in("a", _SERVER), _in("b", _CONFIG)), {"external": [["ConfigMap", "engine"]]}),
    together(_in("a", _SERVER), _in("a", _CONFIG), _in("b", _CONFIG)), together(_in("a", _PLAIN), _in("a", _SERVICE)),
    together(_in("a", _PLAIN), _in("b", _SERVICE.replace("{selector: {app: server}}", "{}"))),
    together(_in("a", _PLAIN), _in("b", _PLAIN), _in("b", _SERVICE)),
    _in("a", _SERVER), together(_in("a", server(kind="Deployment", pod="priorityClassName: a")), CLASS), _in("a", _SERVICE),
    (together(_in("a", server(kind="Deployment", pod="priorityClassName: a")), CLASS), {"kind": "cluster"}),
    together(_in("a", _SERVER), _CONFIG), together(_in("a", _PLAIN), _in("b", _PLAIN), _in("a", _SERVICE)),
]  # fmt: skip
ALSO_BAD = [
    together(_in("a", _PLAIN), _in("b", _SERVICE)), (together(_SERVER, _in("b", _CONFIG)), {"kind": "cluster"}),
    together(_in("a", _SERVER), _in("b", _CONFIG), _in("b", _SERVICE)),
    together(_in("a", TWO), _in("b", _CONFIG), _in("a", SECOND)), together(_in("a", TWO), _in("b", _CONFIG), _in("b", SECOND)),
    together(_in("a", server(kind="Deployment", pod="priorityClassName: a\nvolumes: [{name: engine, configMap: {name: engine}}]")), _in("b", _CONFIG), CLASS),
    together(_in("a", server(kind="Deployment", pod="volumes: [{name: engine, configMap: {name: engine}}, {name: a, configMap: {name: of-nobody}}]")), _in("b", _CONFIG)),
    (together(_SERVER, _in("b", _CONFIG)), {"kind": "manifest"}),
]  # fmt: skip
