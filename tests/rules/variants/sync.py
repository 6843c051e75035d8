"""What rules of sync tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync import blocking_wave

WAITS, SERVICE, CLAIM, USER = blocking_wave.BAD, blocking_wave._SERVICE, blocking_wave._CLAIM, blocking_wave._USER
WAVE = "argocd.argoproj.io/sync-wave"


def hooked(phases: str, name: str = "argocd.argoproj.io/hook") -> str:
    """A suspended Job that is a hook, beside a Service."""
    return WAITS.replace(f"{WAVE}: '-1'", f"{name}: '{phases}'")


def paused(kind: str, field: str = "paused: true") -> str:
    return together(marked(server(kind=kind, spec=field), f"annotations: {{{WAVE}: '-1'}}"), SERVICE)


GOOD: dict[str, list[Any]] = {
    "blocking-wave": [
        hooked("PostSync"),
        hooked("post-install", "helm.sh/hook"),
        hooked("Sync"),
        hooked("PreSync, Skip"),
        paused("StatefulSet"),
        paused("Deployment", "replicas: 1"),
        together(CLAIM, marked(USER, f"annotations: {{{WAVE}: '-1'}}")),
        together(CLAIM, marked(USER, "annotations: {argocd.argoproj.io/hook: Skip}")),
        together(
            marked(
                other("Service", "selector: {a: b}"),
                f"labels: {{kueue.x-k8s.io/queue-name: a}}\nannotations: {{{WAVE}: '-1'}}",
            ),
            SERVICE,
        ),
        together(
            marked(other("Bag", "storageClassName: premium-rwo", api="a.b/v1"), f"annotations: {{{WAVE}: '-1'}}"), USER
        ),
    ],
}
BAD: dict[str, list[Any]] = {
    "blocking-wave": [
        hooked("PreSync"),
        hooked("pre-install,post-install", "helm.sh/hook"),
        hooked("PreSync,PostSync"),
        together(WAITS.replace("'-1'", "'1'"), marked(SERVICE, f"annotations: {{{WAVE}: '2'}}")),
        together(hooked("Sync"), marked(server(name="b"), "annotations: {argocd.argoproj.io/hook: PostSync}")),
    ],
}
