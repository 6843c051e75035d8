"""What unreplaceable-job tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.rollout.unreplaceable_job import _FORCE, BAD, GOOD

_HOOK = GOOD.replace(_FORCE, "argocd.argoproj.io/hook: Sync")
_POLICY = _HOOK.replace("hook: Sync", "hook: Sync\n    argocd.argoproj.io/hook-delete-policy: %s")
_STRANGER = {"kind": "manifest"}

ALSO_GOOD = [
    server(kind="Job").replace("name: server", "generateName: bench-", 1), server(kind="Job", name="bench-4h2mf7b9"),
    GOOD.replace("force: enabled", "ssa: IfNotPresent"), _HOOK, _POLICY % "BeforeHookCreation",
    _POLICY % "HookSucceeded,HookFailed", (server(kind="Job"), _STRANGER),
]  # fmt: skip
ALSO_BAD = [
    server(kind="Job"), server(kind="Job", name="bench-20260131"), server(kind="Job", name="bench-4h2mf7"),
    server(kind="Job", name="bench-throughput1"), GOOD.replace("Force=true,", ""), _POLICY % "HookSucceeded",
    _POLICY % "HookFailed", (BAD, _STRANGER),
]  # fmt: skip
