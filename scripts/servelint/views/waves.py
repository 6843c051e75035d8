"""In which phase and wave of a sync Argo CD applies an object.

A sync goes through the hooks of PreSync, all that is no hook, and the hooks of PostSync; in each phase wave by wave,
and it goes on when all of a wave is there and healthy.
Source: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
"""

from ..model import Resource, whole

WAVE = "argocd.argoproj.io/sync-wave"
HOOKS = ("argocd.argoproj.io/hook", "helm.sh/hook")
BEFORE = ("PreSync", "pre-install", "pre-upgrade")
AFTER = ("PostSync", "post-install", "post-upgrade")
ASIDE = ("SyncFail", "PostDelete", "PreDelete", "Skip", "post-delete", "pre-delete", "test")
LAST = 1
"""The phase of what is applied when all else is healthy."""


def turn(resource: Resource) -> tuple[int, int] | None:
    """Phase and wave in which Argo CD applies the object; None if it is no part of a sync that succeeds."""
    phases = [p.strip() for name in HOOKS for p in str(resource.annotations.get(name, "")).split(",") if p.strip()]
    wave = whole(resource.annotations.get(WAVE)) or 0
    if any(phase in ASIDE for phase in phases):
        return None
    phase = -1 if any(p in BEFORE for p in phases) else LAST if phases and all(p in AFTER for p in phases) else 0
    return phase, wave
