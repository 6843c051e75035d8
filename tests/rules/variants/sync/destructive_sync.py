"""What destructive-sync tells apart beyond its own examples."""

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync.destructive_sync import _APP

_SET = other("ApplicationSet", "syncPolicy: {preserveResourcesOnDeletion: true}, template: {spec: {project: a}}")
_FLUX = other("Kustomization", "path: overlays/a, prune: true, deletionPolicy: Orphan")
_HOOK = "argocd.argoproj.io/hook"
_FINALIZER = "finalizers: [resources-finalizer.argocd.argoproj.io%s]"
_MARKED = f"template: {{metadata: {{{_FINALIZER}}}, spec" % ""

ALSO_GOOD = [
    marked(server(kind="Job"), f"annotations: {{{_HOOK}: PostSync}}"),
    marked(server(kind="Deployment"), f"annotations: {{{_HOOK}: Skip}}"),
    _APP.replace("syncOptions", "automated: {allowEmpty: false}, syncOptions"),
    _SET, _FLUX, _APP.replace("ServerSideApply", "Replace").replace("=true", "=false"),
    marked(_APP, "finalizers: [example.com/other]"),
    _FLUX.replace("deletionPolicy: Orphan", "deletionPolicy: MirrorPrune").replace("true", "false"),
    _FLUX.replace("Orphan", "Orphan, force: false"),
    _FLUX.replace("kustomize.toolkit.fluxcd.io/v1", "example.com/v1").replace(", deletionPolicy: Orphan", ""),
    (marked(_APP, _FINALIZER % ""), {"kind": "manifest"}), (_FLUX.replace("Orphan", "Delete"), {"kind": "manifest"}),
    (_SET.replace("true", "false"), {"kind": "manifest"}),
    _SET.replace("project: a}", "project: a, syncPolicy: {syncOptions: [PruneLast=true]}}"),
    _SET.replace("preserveResourcesOnDeletion: true", "applicationsSync: create-only"),
]  # fmt: skip
ALSO_BAD = [
    _APP.replace("ServerSideApply", "Replace"), _APP.replace("ServerSideApply", "Force"),
    _SET.replace("project: a}", "project: a, syncPolicy: {syncOptions: [Force=true, Replace=true]}}"),
    marked(_APP, _FINALIZER % ""), marked(_APP, _FINALIZER % "/background"),
    _APP.replace("syncOptions", "automated: {allowEmpty: true}, syncOptions"),
    marked(server(kind="Deployment"), f"annotations: {{{_HOOK}: Sync}}"),
    marked("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: a\n", f"annotations: {{{_HOOK}: PreSync}}"),
    together(
        marked("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n", f"annotations: {{{_HOOK}: PreSync}}"),
        server(pod="volumes: [{name: a, configMap: {name: a}}]"),
    ),
    marked(server(kind="LeaderWorkerSet"), f"annotations: {{{_HOOK}: PostSync, {_HOOK}-delete-policy: HookSucceeded}}"),
    _SET.replace("template: {spec", _MARKED), _SET.replace("true", "false"), _SET.replace("syncPolicy", "strategy"),
    _FLUX.replace("Orphan", "Orphan, force: true"), _FLUX.replace(", deletionPolicy: Orphan", ""),
    _FLUX.replace("Orphan", "MirrorPrune"), _FLUX.replace("Orphan", "WaitForTermination").replace("true", "false"),
]  # fmt: skip
