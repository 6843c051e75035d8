"""How volumes are mounted: what backs a volume of a pod, with which options, and whether it can be written at all."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..model import Overlay, Pod, Pointer, Resource, mapping
from .selection import together


class Option(NamedTuple):
    """One mount option as it was written, and where."""

    text: str
    resource: Resource
    pointer: Pointer


def options_in(resource: Resource, csi: dict[str, Any], at: Pointer) -> Iterator[Option]:
    """The options of a csi block: a text with commas between them, among the attributes."""
    text = mapping(csi.get("volumeAttributes")).get("mountOptions")
    for part in text.split(",") if isinstance(text, str) else ():
        if part.strip():
            yield Option(part.strip(), resource, (*at, "volumeAttributes", "mountOptions"))


def options_of(resource: Resource, path: Pointer) -> Iterator[Option]:
    """The options that a volume or a class lists; one entry may hold several."""
    listed = resource.at((*path, "mountOptions"))
    for i, item in enumerate(listed if isinstance(listed, list) else ()):
        for part in item.split(",") if isinstance(item, str) else ():
            if part.strip():
                yield Option(part.strip(), resource, (*path, "mountOptions", i))


class Backing(NamedTuple):
    """What stands behind a volume of a pod: its driver, its options, and why nothing can be written there.

    locked: where it is said that nobody writes there, if it is.
    """

    driver: str
    options: tuple[Option, ...]
    locked: tuple[Resource, Pointer] | None


def backing(overlay: Overlay, pod: Pod, name: str) -> Backing | None:
    """The backing of one of the pod's volumes; None if the pod has no such volume."""
    if name not in pod.volumes:
        return None
    at, volume = pod.volumes[name]
    locked: tuple[Resource, Pointer] | None = None
    for kind in ("configMap", "secret", "projected", "downwardAPI", "image"):
        if kind in volume:
            locked = (pod.resource, (*at, kind))
    csi = mapping(volume.get("csi"))
    if csi.get("readOnly") is True:
        locked = (pod.resource, (*at, "csi", "readOnly"))
    options = tuple(options_in(pod.resource, csi, (*at, "csi")))
    claimed = mapping(volume.get("persistentVolumeClaim"))
    if claimed.get("readOnly") is True:
        locked = (pod.resource, (*at, "persistentVolumeClaim", "readOnly"))
    driver = str(csi.get("driver") or "")
    if not claimed:
        return Backing(driver, options, locked or _read_only(options))
    claim = claim_of(overlay, pod, claimed.get("claimName"))
    if claim is None:
        return Backing(driver, options, locked)
    if claim.spec.get("accessModes") == ["ReadOnlyMany"]:
        locked = locked or (claim, ("spec", "accessModes"))
    persistent = bound(overlay, claim)
    if persistent is not None:
        of_volume = mapping(persistent.spec.get("csi"))
        driver = str(of_volume.get("driver") or "")
        options = (*options_in(persistent, of_volume, ("spec", "csi")), *options_of(persistent, ("spec",)))
        if of_volume.get("readOnly") is True:
            locked = locked or (persistent, ("spec", "csi", "readOnly"))
    else:
        made_by = overlay.named("StorageClass", str(claim.spec.get("storageClassName") or ""))
        options = tuple(options_of(made_by, ())) if made_by else ()
        driver = str(made_by.body.get("provisioner") or "") if made_by else ""
    return Backing(driver, options, locked or _read_only(options))


def _read_only(options: tuple[Option, ...]) -> tuple[Resource, Pointer] | None:
    """Where an option says that a volume is read only, the last word counting."""
    said = [option for option in options if option.text in ("ro", "rw")]
    return (said[-1].resource, said[-1].pointer) if said and said[-1].text == "ro" else None


def claim_of(overlay: Overlay, pod: Pod, name: object) -> Resource | None:
    """The claim of that name which a pod has."""
    found = _claims(overlay).get(str(name), ()) if name else ()
    return next((claim for claim in found if together(claim.namespace, pod.resource.namespace)), None)


def bound(overlay: Overlay, claim: Resource) -> Resource | None:
    """The volume that a claim names, or that is reserved for it."""
    name = str(claim.spec.get("volumeName") or "")
    if name:
        return overlay.named("PersistentVolume", name)
    for volume in _reserved(overlay).get(claim.name, ()):
        if together(str(mapping(volume.spec.get("claimRef")).get("namespace") or ""), claim.namespace):
            return volume
    return None


@lru_cache(maxsize=64)
def _claims(overlay: Overlay) -> dict[str, list[Resource]]:
    """The claims of each name."""
    found: dict[str, list[Resource]] = {}
    for claim in overlay.of("PersistentVolumeClaim"):
        found.setdefault(claim.name, []).append(claim)
    return found


@lru_cache(maxsize=64)
def _reserved(overlay: Overlay) -> dict[str, list[Resource]]:
    """The volumes that are reserved for a claim, by the claim's name."""
    found: dict[str, list[Resource]] = {}
    for volume in overlay.of("PersistentVolume"):
        name = mapping(volume.spec.get("claimRef")).get("name")
        if isinstance(name, str):
            found.setdefault(name, []).append(volume)
    return found
