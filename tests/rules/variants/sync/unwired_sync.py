"""What unwired-sync tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server, together
from servelint.rules.sync.unwired_sync import _FLUX, _SOURCE, BAD

_FIRST = other("Kustomization", "path: overlays, sourceRef: {kind: GitRepository, name: fleet}", name="first")


def _sync(also: str, *others: str) -> str:
    return together(_SOURCE, _FLUX.replace("path:", f"{also}, path:"), *others)


_CHECK = "healthChecks: [{apiVersion: batch/v1, kind: Job, name: m-bench, namespace: serving}]"
_JOB = marked(server(kind="Job", name="m-bench"), "namespace: serving")
_APP = other("Application", "project: default, source: {path: a}, destination: {name: in-cluster, namespace: serving}")
_SET = other("ApplicationSet", "template: {spec: {destination: {server: '{{.server}}', namespace: serving}}}")
_KEYED = together(_SOURCE.replace("url:", "secretRef: {name: git}, url:"), _FLUX)

ALSO_GOOD = [
    (together(_SOURCE.replace("https://example", "ssh://git@example"), _FLUX),),  # a bootstrap adds the key's secretRef
    (_sync("dependsOn: [{name: first}]", _FIRST),), (_sync(_CHECK), _JOB), (_sync(_CHECK),),
    (_sync(_CHECK.replace("batch/v1, kind: Job", "apps/v1, kind: Deployment")), _JOB.replace("Job", "Pod")),
    (_sync(f"{_CHECK}, wait: true".replace("m-bench", "bench")), _JOB),
    ((BAD[0].replace("GitRepository, name: fleets", "GitRepository, namespace: a, name: b").split("---")[1],),
     {"kind": "manifest"}),
    ((_KEYED,), {"kind": "sync", "external": [["Secret", "git"]]}), ((_KEYED,), {"kind": "manifest"}),
    (BAD[0].replace("kustomize.toolkit.fluxcd.io/v1", "example.com/v1"),), (_APP,), (_SET,),
    ((_FLUX,), {"kind": "manifest"}), ((_sync("dependsOn: [{name: first}]"),), {"kind": "manifest"}),
]  # fmt: skip
ALSO_BAD = [
    (_KEYED,), (together(_SOURCE, _FLUX.replace("path:", "serviceAccountName: of-nobody, path:")),),
    (BAD[0].replace("GitRepository, name: fleets", "GitRepository, namespace: flux-system, name: fleets"),),
    (_APP.replace("source: {path: a}", "source: {path: a}, sources: [{path: b}]"),),
    (_FLUX,), (BAD[0].replace("GitRepository, name: fleets", "OCIRepository, name: fleet"),),
    (together(marked(_SOURCE, "namespace: flux"), marked(_FLUX, "namespace: apps")),),
    (_sync("dependsOn: [{name: all}]"),), (_sync("dependsOn: [{name: third}]"),),
    (_sync("dependsOn: [{name: first}]", _FIRST.replace("path", "dependsOn: [{name: all}], path")),),
    (_sync(_CHECK.replace("batch/v1", "v1")), _JOB),
    (_sync(_CHECK.replace("m-bench", "bench")), _JOB), (_sync(_CHECK.replace("serving", "bench")), _JOB),
    (_APP.replace("name: in-cluster", "name: in-cluster, server: 'https://kubernetes.default.svc'"),),
    (_APP.replace("name: in-cluster, ", ""),), (_SET.replace("server: '{{.server}}', ", ""),),
]  # fmt: skip
