"""A Lustre instance is asked for in a size or at a throughput that Google does not make.

Managed Lustre has performance tiers, in MB/s for each TiB, and each tier has its smallest size and its step. The driver
refuses anything else when the claim is made, and the claim stays Pending with the pods that wait for it. The classes
that GKE brings along say their throughput in their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..model import Overlay, Pointer, Problem, Resource, mapping, mappings, whole
from ..views.amounts import size

SEVERITY = "error"
HINT = "Ask for a multiple of the step: 9000Gi at 1000 MB/s per TiB, 18000Gi at 500, 36000Gi at 250, 72000Gi at 125."
SOURCE = "https://docs.cloud.google.com/managed-lustre/docs/performance-tiers"
COVERS = ("STO-06",)

GOOD = """\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: lustre}
provisioner: lustre.csi.storage.gke.io
parameters: {perUnitStorageThroughput: "500"}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: model}
spec:
  storageClassName: lustre
  accessModes: [ReadWriteMany]
  resources: {requests: {storage: 18000Gi}}
"""
BAD = GOOD.replace("18000Gi", "9000Gi")
CONTEXT = {"kind": "manifest"}

DRIVER, THROUGHPUT = "lustre.csi.storage.gke.io", "perUnitStorageThroughput"
GIB = 2**30
# Throughput: sizes in GiB as smallest and step, largest, and the step above a size.
TIERS = {
    1000: (9_000, 10_008_000, (1_530_000, 72_000)),
    500: (18_000, 20_016_000, (3_060_000, 144_000)),
    250: (36_000, 40_032_000, (6_120_000, 288_000)),
    125: (72_000, 12_240_000, (12_240_000, 72_000)),
}


def _parameter(storage: Resource, name: str) -> tuple[Any, Pointer]:
    """A parameter of a class; the driver reads names in lower case."""
    parameters = mapping(storage.body.get("parameters"))
    key = next((key for key in parameters if str(key).lower() == name.lower()), None)
    return (parameters[key], ("parameters", key)) if key is not None else (None, ("parameters",))


def check(overlay: Overlay) -> Iterator[Problem]:
    classes = {c.name: c for c in overlay.of("StorageClass") if c.body.get("provisioner") == DRIVER}
    tiers: dict[str, int | None] = {}
    for name, storage in classes.items():
        given, at = _parameter(storage, THROUGHPUT)
        tiers[name] = tier = whole(given)
        if given is None:
            where: Pointer = at if storage.at(at) is not None else ("provisioner",)
            yield Problem(storage, where, f"sets no {THROUGHPUT}, which the Lustre driver needs")
        elif tier not in TIERS and "SITE_" not in str(given):
            known = ", ".join(map(str, TIERS))
            yield Problem(storage, at, f"{THROUGHPUT} is {given}, but Lustre comes with {known} MB/s per TiB")
    for resource, claim, pointer in _claims(overlay):
        name = str(claim.get("storageClassName") or "")
        if claim.get("volumeName") or not (name in classes or name.startswith("lustre-rwx")):
            continue
        wanted = size(mapping(mapping(claim.get("resources")).get("requests")).get("storage"))
        named = re.fullmatch(r"lustre-rwx-(\d+)mbps-per-tib", name)
        tier = tiers[name] if name in tiers else whole(named[1]) if named else None
        if wanted is None or (name in classes and tier not in TIERS):
            continue
        least, most, (bend, coarse) = TIERS.get(tier or 1000, TIERS[1000])
        step = coarse if wanted > bend * GIB else least
        if wanted < least * GIB or wanted > most * GIB or wanted % (step * GIB):
            speed = f"at {tier} MB/s per TiB " if tier else ""
            message = f"asks for {wanted / GIB:.10g} GiB of Lustre, but {speed}it comes in steps of {step} GiB"
            yield Problem(resource, (*pointer, "resources", "requests", "storage"), f"{message} from {least} to {most}")


def _claims(overlay: Overlay) -> Iterator[tuple[Resource, dict[str, Any], Pointer]]:
    """Every claim, in its own object, in a StatefulSet or in a volume of a pod."""
    for claim in overlay.of("PersistentVolumeClaim"):
        yield claim, claim.spec, ("spec",)
    for owner in overlay.of("StatefulSet"):
        for i, item in mappings(owner.spec.get("volumeClaimTemplates")):
            yield owner, mapping(item.get("spec")), ("spec", "volumeClaimTemplates", i, "spec")
    for pod in overlay.pods:
        for pointer, volume in pod.volumes.values():
            template = mapping(mapping(volume.get("ephemeral")).get("volumeClaimTemplate"))
            if template:
                at = (*pointer, "ephemeral", "volumeClaimTemplate", "spec")
                yield pod.resource, mapping(template.get("spec")), at
