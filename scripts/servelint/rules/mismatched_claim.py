"""A PersistentVolume is reserved for another claim than the one that asks for it.

`claimRef` must name the claim whose `volumeName` is this volume, in its namespace. Kustomize renames the claim and
moves it into the cluster's namespace but does not follow into `claimRef`, so the claim stays Pending for ever and the
pod with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Overlay, Problem, Resource, mapping

SEVERITY = "error"
HINT = "Let claimRef name the claim and its namespace; in Kustomize, by a nameReference and a namespace field spec."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/2405"
COVERS = ("STO-04",)

GOOD = """\
apiVersion: v1
kind: PersistentVolume
metadata: {name: a4x-model}
spec:
  storageClassName: ""
  capacity: {storage: 18000Gi}
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: inference, name: a4x-model}
  csi:
    driver: lustre.csi.storage.gke.io
    volumeHandle: team/us-central1-a/models
    volumeAttributes: {ip: 10.90.1.4, filesystem: models}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {namespace: inference, name: a4x-model}
spec:
  storageClassName: ""
  volumeName: a4x-model
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 18000Gi}}
"""
BAD = GOOD.replace("claimRef: {namespace: inference, name: a4x-model}", "claimRef: {namespace: default, name: model}")


def _marker(value: str) -> bool:
    return value.startswith("SITE_")


def _pair(overlay: Overlay, volume: Resource, claim: Resource) -> Iterator[Problem]:
    """Problems of a volume and the claim that asks for it."""
    reference = mapping(volume.spec.get("claimRef"))
    name, namespace = str(reference.get("name") or ""), str(reference.get("namespace") or "")
    if _marker(name) or _marker(namespace) or _marker(claim.name) or _marker(claim.namespace):
        return
    here = "no namespace" if not namespace else f"namespace {namespace}"
    if name != claim.name:
        yield Problem(
            volume,
            ("spec", "claimRef", "name") if name else ("spec", "claimRef"),
            f"is reserved for claim {name}, but claim {claim.name} asks for it",
        )
        return
    # A claim that names no namespace gets one when it is applied, a volume's reference never does. A leaf is not
    # applied as it stands: its cluster writes both namespaces, if neither is written yet.
    leaf = overlay.kind in ("leaf", "sync")
    agrees = (leaf or bool(namespace)) if namespace == claim.namespace else (not leaf and not claim.namespace)
    if not agrees:
        asks = f"asks for it from namespace {claim.namespace}" if claim.namespace else "gets its namespace elsewhere"
        yield Problem(
            volume,
            ("spec", "claimRef", "namespace") if namespace else ("spec", "claimRef"),
            f"is reserved for claim {name} in {here}, but the claim {asks}",
        )


def check(overlay: Overlay) -> Iterator[Problem]:
    claims = list(overlay.of("PersistentVolumeClaim"))
    names = {volume.name for volume in overlay.of("PersistentVolume")}
    for volume in overlay.of("PersistentVolume"):
        reference = mapping(volume.spec.get("claimRef"))
        asking = [claim for claim in claims if claim.spec.get("volumeName") == volume.name]
        if not reference:
            continue
        for claim in asking[:1]:
            yield from _pair(overlay, volume, claim)
        for claim in claims if not asking else ():
            wanted = str(claim.spec.get("volumeName") or "")
            same = (claim.name, claim.namespace) == (reference.get("name"), str(reference.get("namespace") or ""))
            if same and wanted in names:  # a volume that does not exist is another rule's finding
                yield Problem(
                    claim,
                    ("spec", "volumeName"),
                    f"asks for volume {wanted}, but volume {volume.name} is reserved for it",
                )
