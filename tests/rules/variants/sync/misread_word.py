"""What misread-word tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, other, server
from servelint.rules.sync.misread_word import ARGO, FLUX, GKE, KSERVE, KUEUE, LWS


def _annotated(text: str, kind: str = "annotations") -> str:
    return marked(server(kind="Job"), f"{kind}: {{{text}}}")


_APP = other("Application", "syncPolicy: {syncOptions: [ServerSideApply=true, PrunePropagationPolicy=orphan]}")

ALSO_GOOD = [
    _annotated(f"{KSERVE}s3-endpoint: a, {KSERVE}s3-usehttps: '1', {KSERVE}storageSecretName: a"),
    _annotated(f"{GKE}load-balancer-type: Internal"), _annotated(f"{GKE}default-interface: eth0"),
    _annotated(f"{LWS}exclusive-topology: rack"), _annotated(f"{KSERVE}deploymentMode: Standard"),
    _annotated(f"{LWS}worker-index: '0'", "labels"), _annotated(f"internal.{KSERVE}logger: 'true'"),
    _APP, _annotated(f"{ARGO}hook: 'PreSync,PostSync', {ARGO}hook-delete-policy: BeforeHookCreation"),
    _annotated(f"{ARGO}sync-wave: '-1'"), _annotated(f"{ARGO}sync-options: 'Prune=false, Delete=false'"),
    _annotated(f"{ARGO}compare-options: IgnoreExtraneous"), _annotated("helm.sh/hook: post-install"),
    _annotated(f"{FLUX}prune: Disabled, {FLUX}ssa: merge"), _annotated(f"{FLUX}force: enabled"),
    _annotated(f"{KUEUE}queue-name: gpus", "labels"), _annotated("example.com/sync-option: a"),
    _annotated("link.argocd.argoproj.io/dashboard: 'https://example.com'"),
    _annotated(f"{ARGO}sync-options: SITE_OPTIONS"), _annotated(f"{ARGO}sync-wave: 2"),
    _annotated("provreq.kueue.x-k8s.io/maxRunDurationSeconds: '60'"), _annotated(f"{FLUX}revision: main"),
    _APP.replace("ServerSideApply=true", "SITE_OPTION"),
    _APP.replace("ServerSideApply=true", "3"),
]  # fmt: skip
ALSO_BAD = [
    _annotated(f"{GKE}default-interfaces: eth0"),
    _annotated(f"{LWS}exclusive-topologies: rack"), _annotated(f"{KSERVE}deploymentmode: Standard"),
    _annotated(f"{KSERVE}autoscaler-class: hpa"), _annotated(f"{LWS}group: '0'", "labels"),
    _APP.replace("ServerSideApply", "ServerSideApplied"), _APP.replace("ServerSideApply=true", "ServerSideApply=True"),
    _APP.replace("=orphan", "=orphaned"), _APP.replace("ServerSideApply=true", "ServerSideApply"),
    _annotated(f"{ARGO}sync-options: 'Force=true;Replace=true'"), _annotated(f"{ARGO}sync-options: prune=false"),
    _annotated(f"{ARGO}hook: Postsync"), _annotated(f"{ARGO}hook-delete-policy: BeforeHookCreated"),
    _annotated(f"{ARGO}sync-wave: last"), _annotated(f"{ARGO}compare-options: ServerSideDiff=no"),
    _annotated(f"{ARGO}purpose: a"), _annotated(f"{FLUX}prune: 'false'"), _annotated(f"{FLUX}prune: enabled"),
    _annotated(f"{FLUX}pruning: disabled"), _annotated(f"{KUEUE}queue: gpus", "labels"),
    _annotated(f"{KUEUE}queue-names: gpus", "labels"), _annotated(f"{FLUX}force: 'true'"),
    server(kind="Deployment", metadata=f"labels: {{{KUEUE}queueName: gpus}}"),
    other("ApplicationSet", f"template: {{metadata: {{annotations: {{{ARGO}compare-options: ServerSideDiffs}}}}}}"),
    other("ApplicationSet", "template: {spec: {syncPolicy: {syncOptions: [ReplaceAll=true]}}}"),
]  # fmt: skip
