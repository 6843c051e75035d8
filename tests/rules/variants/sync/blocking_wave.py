"""What blocking-wave tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync.blocking_wave import _SERVICE, BAD, QUEUE
from servelint.views.waves import WAVE

_CLAIM = marked(
    other("PersistentVolumeClaim", "storageClassName: premium-rwo", api="v1"), f"annotations: {{{WAVE}: '-1'}}"
)
_USER = server(pod="volumes: [{name: data, persistentVolumeClaim: {claimName: server}}]")
_CLASS = (
    "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: premium-rwo}\nvolumeBindingMode: Immediate\n"
)
_HOOK_AFTER = "annotations: {argocd.argoproj.io/hook: PostSync}"
_HOOK = "argocd.argoproj.io/hook: %s"


def hooked(phases: str, name: str = "argocd.argoproj.io/hook") -> str:
    """A suspended Job that is a hook, beside a Service."""
    return BAD.replace(f"{WAVE}: '-1'", f"{name}: '{phases}'")


def paused(kind: str, field: str = "paused: true") -> str:
    return together(marked(server(kind=kind, spec=field), f"annotations: {{{WAVE}: '-1'}}"), _SERVICE)


ALSO_GOOD = [
    BAD.replace("suspend: true", "suspend: false"), BAD.replace(f"{WAVE}: '-1'", _HOOK % "SyncFail"),
    BAD.replace("kind: Job", "kind: CronJob"), together(_CLAIM, _SERVICE),
    together(_CLAIM.replace("premium-rwo", "standard"), _USER),
    together(_CLAIM.replace("{storage", "{volumeName: a, storage"), _USER), together(_CLAIM, _USER, _CLASS),
    together(marked(server(kind="Deployment"), f"labels: {{{QUEUE}: gpus}}"), marked(_SERVICE, _HOOK_AFTER)),
    together(marked(server(kind="Deployment"), f"labels: {{{QUEUE}: gpus}}"), BAD.split("---")[0].replace("-1", "1")),
    together(marked(_CLAIM, "namespace: here"), marked(_USER, "namespace: there")),
    hooked("PostSync"),
    hooked("post-install", "helm.sh/hook"),
    hooked("Sync"),
    hooked("PreSync, Skip"),
    paused("StatefulSet"),
    paused("Deployment", "replicas: 1"),
    together(_CLAIM, marked(_USER, f"annotations: {{{WAVE}: '-1'}}")),
    together(_CLAIM, marked(_USER, "annotations: {argocd.argoproj.io/hook: Skip}")),
    together(
        marked(
            other("Service", "selector: {a: b}"),
            f"labels: {{kueue.x-k8s.io/queue-name: a}}\nannotations: {{{WAVE}: '-1'}}",
        ),
        _SERVICE,
    ),
    together(
        marked(other("Bag", "storageClassName: premium-rwo", api="a.b/v1"), f"annotations: {{{WAVE}: '-1'}}"), _USER
    ),
]  # fmt: skip
ALSO_BAD = [
    together(marked(server(kind="Deployment", spec="paused: true"), f"annotations: {{{WAVE}: '-1'}}"), _SERVICE),
    together(marked(server(kind="Job"), f"labels: {{{QUEUE}: gpus}}\nannotations: {{{WAVE}: '-1'}}"), _SERVICE),
    together(_CLAIM, _USER),
    together(marked(server(kind="Deployment", spec="paused: true"), ""), marked(_SERVICE, _HOOK_AFTER)),
    hooked("PreSync"),
    hooked("pre-install,post-install", "helm.sh/hook"),
    hooked("PreSync,PostSync"),
    together(BAD.replace("'-1'", "'1'"), marked(_SERVICE, f"annotations: {{{WAVE}: '2'}}")),
    together(hooked("Sync"), marked(server(name="b"), "annotations: {argocd.argoproj.io/hook: PostSync}")),
]
