"""What prunable-volume tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import lustre, server, together, volume_claim
from servelint.rules.storage.prunable_volume import BAD, GOOD


def _kept(argo: str, flux: str = "disabled", made: str = "") -> str:
    keys = f"argocd.argoproj.io/sync-options: {argo}, kustomize.toolkit.fluxcd.io/prune: {flux}"
    return (made or lustre()).replace("name: model", f"name: model\n  annotations: {{{keys}}}".replace("{}", ""), 1)


_FUSED = lustre().replace("lustre.csi", "gcsfuse.csi")
_SPEC = "persistentVolumeClaimRetentionPolicy: {POLICY}\nvolumeClaimTemplates: [{}]"
_SET = server(kind="StatefulSet", spec=f"serviceName: a\n{_SPEC}")

ALSO_GOOD = [
    _kept("'Prune=confirm, Delete=confirm'"), (lustre(), {"kind": "manifest"}), _FUSED,
    together(_FUSED, volume_claim(spec="volumeName: model")), _SET.replace("POLICY", "whenDeleted: Retain"),
    _SET.replace("POLICY", "whenDeleted: Delete").replace("volumeClaimTemplates: [{}]", ""),
]  # fmt: skip
ALSO_BAD = [
    _kept("Delete=false"), _kept("'Prune=false,Delete=false'", "enabled"), lustre(), volume_claim(),
    (BAD, {"kind": "manifest"}), GOOD.replace("Retain", "Delete"), GOOD.replace("Retain", "Recycle"),
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", _SET.replace("POLICY", "whenDeleted: Delete"),
    _SET.replace("POLICY", "whenScaled: Delete"),
]  # fmt: skip
