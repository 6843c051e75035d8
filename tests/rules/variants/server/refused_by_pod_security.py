"""What refused-by-pod-security tells apart beyond its own examples."""

from servelint.rules.examples import marked, server, together
from servelint.rules.server.refused_by_pod_security import _ASKED, _STRICT, _in, _space

_HOST = "volumes: [{name: ssd, hostPath: {path: /mnt}}]"
_ADDED = "securityContext: {capabilities: {add: [%s]}}"

ALSO_GOOD = [
    _in(server()), _in(server(pod=_HOST), "privileged"), _in(server(container=_ADDED % "CHOWN")),
    _space("restricted"), _in(server()).replace("enforce", "warn").replace("baseline", "restricted"),
    together(_space("restricted"), marked(server(), "namespace: other")),
    _in(server(container=_ASKED, pod=_STRICT.replace("runAsNonRoot: true, runAsUser: 1000", "runAsUser: 0").replace(
        "securityContext", "hostUsers: false\nsecurityContext")), "restricted"),
    _in(server(pod="securityContext: {sysctls: [{name: net.ipv4.tcp_syncookies, value: '1'}]}")),
    _in(server(container="ports: [{containerPort: 80}]"), "SITE_LEVEL"),
]  # fmt: skip
ALSO_BAD = [
    _in(server(pod=_HOST)), _in(server(pod="hostNetwork: true")), _in(server(container=_ADDED % "IPC_LOCK")),
    _in(server(kind="LeaderWorkerSet", pod=_HOST)), _in(server(container="securityContext: {privileged: true}")),
    _in(server(container="ports: [{containerPort: 80, hostPort: 80}]")), _space("restricted-x"),
    _in(server(pod="securityContext: {seccompProfile: {type: Unconfined}}")),
    _in(server(container="securityContext: {procMount: Unmasked}")),
    _in(server(container="securityContext: {appArmorProfile: {type: Unconfined}}")),
    _in(server(pod="securityContext: {seLinuxOptions: {type: spc_t}}")),
    _in(server(pod="securityContext: {seLinuxOptions: {user: a}}")),
    _in(server(pod="securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}")),
    _in(server(metadata="annotations: {container.apparmor.security.beta.kubernetes.io/engine: unconfined}")),
    _in(server(container="readinessProbe: {httpGet: {host: a, port: 80}}")),
    _in(server(container=_ASKED, pod=f"{_STRICT}\nvolumes: [{{name: a, nfs: {{server: a, path: /}}}}]"), "restricted"),
    _in(server(container=_ASKED, pod=_STRICT.replace("true", "false")), "restricted"),
    _in(server(container=_ASKED, pod=_STRICT.replace("1000", "0")), "restricted"),
    _in(server(container=_ASKED.replace("[ALL]", "[ALL], add: [CHOWN]"), pod=_STRICT), "restricted"),
    _in(server(container=_ASKED.replace("{allow", "{runAsNonRoot: false, allow"), pod=_STRICT), "restricted"),
]  # fmt: skip
