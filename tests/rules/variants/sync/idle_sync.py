"""What idle-sync tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server
from servelint.rules.sync.idle_sync import _FLUX, BAD

SOURCES = "source.toolkit.fluxcd.io"
_APP = other("Application", "source: {path: overlays/a}, syncPolicy: {automated: {prune: true, selfHeal: true}}")
_SET = other(
    "ApplicationSet", "template: {spec: {source: {path: a}, syncPolicy: {automated: {prune: true, selfHeal: true}}}}"
)


def _ignoring(ignored: str, options: str = "") -> str:
    fields = f"ignoreDifferences: [{{{ignored}}}], syncPolicy: {{syncOptions: [{options}], "
    return _APP.replace("syncPolicy: {", fields)


_RESPECT = "RespectIgnoreDifferences=true"

ALSO_GOOD = [
    _SET.replace("template", "generators: [{git: {directories: [{path: a}, {path: b, exclude: true}]}}], template", 1),
    other("AppProject", "syncWindows: [{kind: deny, schedule: '0 22 * * *', duration: 8h}]"),
    other("AppProject", "syncWindows: [{kind: allow, schedule: '* * * * *', duration: 24h}]"),
    marked(server(), "annotations: {argocd.argoproj.io/hook: PreSync, kustomize.toolkit.fluxcd.io/ssa: Merge}"),
    marked(server(kind="Job"), "annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}"),
    _SET.replace("template", "syncPolicy: {applicationsSync: create-update}, template", 1),
    _APP, _SET, _FLUX.replace("prune", "suspend: false, prune"),
    BAD.replace("kustomize.toolkit.fluxcd.io/v1", "example.com/v1"),
    _ignoring("group: batch, kind: Job, jsonPointers: [/spec/suspend]", _RESPECT),
    _ignoring("group: batch, kind: Job, jsonPointers: [/spec/template/spec/nodeSelector, /status]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jqPathExpressions: ['.spec.template.spec.tolerations']", _RESPECT),
    _ignoring("kind: Secret, jsonPointers: [/data]", _RESPECT),
    _ignoring("kind: Service, jsonPointers: [/spec/clusterIP]"),
    _ignoring("group: apps, kind: Deployment, managedFieldsManagers: [kueue]", _RESPECT),
    (_FLUX.replace("prune: true, ", ""), {"kind": "manifest"}),
    (_APP.replace(", syncPolicy: {automated: {prune: true, selfHeal: true}}", ""), {"kind": "manifest"}),
]  # fmt: skip
ALSO_BAD = [
    other("GitRepository", "url: 'https://example.com/fleet.git', suspend: true"),
    _FLUX.replace("prune: true", "prune: false"), _FLUX.replace("prune: true, ", ""),
    _APP.replace("selfHeal: true", "selfHeal: false"), _APP.replace(", selfHeal: true", ""),
    _SET.replace("template", "syncPolicy: {applicationsSync: create-only}, template", 1),
    _SET.replace("template", "generators: [{git: {directories: [{path: a, exclude: true}]}}], template", 1),
    other("AppProject", "syncWindows: [{kind: deny, schedule: '* * * * *', duration: 24h}]"),
    marked(server(), "annotations: {argocd.argoproj.io/hook: Skip}"),
    marked(server(), "annotations: {kustomize.toolkit.fluxcd.io/reconcile: Disabled}"),
    marked(server(kind="Deployment"), "annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}"),
    _SET.replace("spec: {s", "metadata: {annotations: {argocd.argoproj.io/skip-reconcile: 'true'}}, spec: {s"),
    _APP.replace("prune: true", "prune: false"), _APP.replace("prune: true, ", ""),
    _APP.replace("automated: {prune: true, selfHeal: true}", "automated: {enabled: false, prune: true}"),
    _APP.replace(", syncPolicy: {automated: {prune: true, selfHeal: true}}", ""),
    _SET.replace("automated: {prune: true, selfHeal: true}", "syncOptions: []"),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/template/spec/containers/0/image]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/template]"),
    _ignoring("group: apps, kind: Deployment, jqPathExpressions: ['.spec.template.spec.containers[].image']", _RESPECT),
    _ignoring("kind: ConfigMap, jsonPointers: [/data]", _RESPECT),
    _ignoring("group: '*', kind: '*', jsonPointers: [/spec]", _RESPECT),
    _ignoring("group: apps, kind: Deployment, jsonPointers: [/spec/replicas]", _RESPECT),
]  # fmt: skip
