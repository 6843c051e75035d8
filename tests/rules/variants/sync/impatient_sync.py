"""What impatient-sync tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.sync.impatient_sync import _SERVER, _SYNC, BAD

_CHECKED = _SYNC.replace("wait: true", "healthChecks: [{kind: Deployment, name: server}]")
_LIMIT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {controller.sync.timeout.seconds: '%s'}\n"

ALSO_GOOD = [
    (BAD[0].replace("kustomize.toolkit.fluxcd.io", "example.com"),), (BAD[0].replace("example-0", "elsewhere"),),
    (BAD[0].replace("timeout: 5m", "timeout: soon"),),
    (together(_CHECKED.replace("1h", "5m").replace("name: server", "name: other"), _SERVER),),
    (together(_LIMIT % 3600, _SERVER),), (together(_LIMIT % 0, _SERVER),),
    (together(_SYNC.replace("1h", "5m"), server(kind="Deployment")),),
]  # fmt: skip
ALSO_BAD = [
    (BAD[0].replace("timeout: 5m, ", ""),), (together(_CHECKED.replace("1h", "5m"), _SERVER),),
    (together(_LIMIT % 300, _SERVER),),
]  # fmt: skip
