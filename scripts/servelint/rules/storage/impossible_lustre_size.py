"""A Lustre instance is asked for in a size or at a throughput that Google does not make.

Managed Lustre has performance tiers, in MB/s for each TiB, and each tier has its smallest size and its step. The driver
refuses anything else when the claim is made, and the claim stays Pending with the pods that wait for it. The classes
that GKE brings along say their throughput in their names.
"""

import re
from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping, mappings, whole
from ...views.amounts import size
from ..examples import together, volume_claim

SEVERITY = "error"
HINT = "Ask for a multiple of the step: 9000Gi at 1000 MB/s per TiB, 18000Gi at 500, 36000Gi at 250, 72000Gi at 125."
SOURCE = "https://docs.cloud.google.com/managed-lustre/docs/performance-tiers"
COVERS = ("STO-06",)

_CLASS = """\
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: lustre}
provisioner: lustre.csi.storage.gke.io
parameters: {perUnitStorageThroughput: "500"}
"""
GOOD = together(_CLASS, volume_claim(of="lustre", size="18000Gi"))
BAD = together(_CLASS, volume_claim(of="lustre", size="9000Gi"))
CONTEXT = {"kind": "manifest"}

DRIVER, THROUGHPUT = "lustre.csi.storage.gke.io", "perUnitStorageThroughput"
GIB = 2**30
STEP = 9_000_000
"""GiB of a step, which is the smallest size too, times the throughput."""
TIERS = {1000: 1112, 500: 1112, 250: 1112, 125: 170}
"""Steps of the largest size by throughput."""
BEND, COARSE = 170, 8
"""Steps above which a size grows by several of them, and by how many."""


def _parameter(storage: Resource, name: str) -> tuple[Any, Pointer]:
    """A parameter of a class; the driver reads names in lower case."""
    parameters = mapping(storage.body.get("parameters"))
    key = next((key for key in parameters if str(key).lower() == name.lower()), None)
    return (parameters[key], ("parameters", key)) if key is not None else (None, ("parameters",))


def check(overlay: Overlay) -> Problems:
    classes = {c.name: c for c in overlay.of("StorageClass") if c.body.get("provisioner") == DRIVER}
    tiers: dict[str, int | None] = {}
    for name, storage in classes.items():
        given, at = _parameter(storage, THROUGHPUT)
        tiers[name] = tier = whole(given)
        if given is None:
            where: Pointer = at if storage.at(at) is not None else ("provisioner",)
            yield Problem(storage, where, f"sets no {THROUGHPUT}, which the Lustre driver needs")
        elif tier not in TIERS and not is_marker(str(given)):
            known = ", ".join(map(str, TIERS))
            yield Problem(storage, at, f"{THROUGHPUT} is {given}, but Lustre comes with {known} MB/s per TiB")
    for resource, claim, pointer in _claims(overlay):
        name = str(claim.get("storageClassName"))
        if claim.get("volumeName") or not (name in classes or name.startswith("lustre-rwx")):
            continue
        wanted = size(mapping(mapping(claim.get("resources")).get("requests")).get("storage"))
        named = re.fullmatch(r"lustre-rwx-(\d+)mbps-per-tib", name)
        tier = tiers[name] if name in tiers else whole(named[1]) if named else None
        if wanted is None or (name in classes and tier not in TIERS):
            continue
        known_tier = tier if tier in TIERS else 1000
        least = STEP // known_tier
        most, step = TIERS[known_tier] * least, COARSE * least if wanted > BEND * least * GIB else least
        if wanted > most * GIB or wanted % (step * GIB):
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
