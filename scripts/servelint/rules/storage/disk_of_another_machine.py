"""A pod asks for a disk that its machine cannot attach.

A3 Ultra, A4 and A4X attach Hyperdisk only. GKE's own classes standard, standard-rwo and premium-rwo make Persistent
Disks: the claim is bound, the disk is made, and the attachment is refused with the pod on its GPU node, for ever.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ...catalogue.facts import Hardware
from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, mappings, once_a_place
from ...views.mounting import bound, claim_of
from ...views.placement import machines
from ..examples import server, volume_claim
from ..examples import together as manifest

SEVERITY = ("error", "warning")
HINT = (
    "Use a class whose disks the machine attaches, of type hyperdisk-balanced or hyperdisk-ml.",
    "Name a class whose disks the machine attaches.",
)
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/persistent-volumes/hyperdisk"
COVERS = ("STO-04",)
CONTEXT = {"hardware": "a3ultra"}

_CLASS = (
    "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast}\nprovisioner: pd.csi.storage.gke.io\n"
)
_MOUNT = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}]"
GOOD = manifest(f"{_CLASS}parameters: {{type: hyperdisk-balanced}}", volume_claim(of="fast"), server(pod=_MOUNT))
BAD = GOOD.replace("hyperdisk-balanced", "pd-balanced")

BUILT_IN = {"standard": "pd-standard", "standard-rwo": "pd-balanced", "premium-rwo": "pd-ssd"}
"""The types of disk of the classes that GKE brings.
Source: https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes#storageclasses"""
DRIVERS = ("pd.csi.storage.gke.io", "kubernetes.io/gce-pd")


class Asked(NamedTuple):
    """A claim of a pod: its name, the class that it asks for (None if it names none), and where."""

    name: str
    of: str | None
    resource: Resource
    pointer: Pointer


@once_a_place
def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        hardware = next((hw for hw in machines(overlay, pod) if hw.disks), None) if pod.gpus else None
        if hardware is not None:
            for asked in _claims(overlay, pod):
                yield from _of_claim(overlay, hardware, asked)


def _of_claim(overlay: Overlay, hardware: Hardware, asked: Asked) -> Problems:
    takes = f"{hardware.machine_type} attaches {' and '.join(hardware.disks)} only"
    if asked.of is None:
        text = f"claim {asked.name} names no class, the cluster's default is standard-rwo as a rule, and {takes}"
        yield Problem(asked.resource, asked.pointer, text, severity="warning")
        return
    made_by = overlay.named("StorageClass", asked.of)
    kind = BUILT_IN.get(asked.of, "")
    if made_by is not None:
        known = made_by.body.get("provisioner") in DRIVERS
        kind = str(mapping(made_by.body.get("parameters")).get("type") or "pd-standard") if known else ""
    if kind and kind.startswith(("pd-", "hyperdisk-")) and not kind.startswith(hardware.disks):
        text = f"class {asked.of} makes disks of type {kind}, and {takes}"
        yield Problem(asked.resource, asked.pointer, text)


def _claims(overlay: Overlay, pod: Pod) -> Iterator[Asked]:
    """What a pod's claims ask for: its own, those that are made for it, and those that it names and no volume backs."""
    for name, (at, volume) in pod.volumes.items():
        spec = mapping(mapping(mapping(volume.get("ephemeral")).get("volumeClaimTemplate")).get("spec"))
        if spec:
            yield _asked(name, spec, pod.resource, (*at, "ephemeral", "volumeClaimTemplate", "spec"))
        claim = claim_of(overlay, pod, mapping(volume.get("persistentVolumeClaim")).get("claimName"))
        if claim is not None and not claim.spec.get("volumeName") and bound(overlay, claim) is None:
            yield _asked(claim.name, claim.spec, claim, ("spec",))
    templates = pod.resource.spec.get("volumeClaimTemplates") if pod.resource.kind == "StatefulSet" else None
    for i, template in mappings(templates):
        name = str(mapping(template.get("metadata")).get("name"))
        yield _asked(name, mapping(template.get("spec")), pod.resource, ("spec", "volumeClaimTemplates", i, "spec"))


def _asked(name: str, spec: dict[str, object], resource: Resource, at: Pointer) -> Asked:
    of = spec.get("storageClassName")
    return Asked(name, None if of is None else str(of), resource, (*at, "storageClassName") if of is not None else at)
