"""Two Lustre instances with one file system name meet on a node.

The node knows a Lustre mount by the name of the file system. The second instance of that name cannot be mounted beside
the first, and its pod stays in ContainerCreating for as long as the first pod lives. Instances made from one class with
a fixed name all have that name.
"""

from collections.abc import Iterator

from ...model import Overlay, Pod, Pointer, Problem, Problems, Resource, is_marker, mapping
from ...views import kserve
from ...views.placement import machines, pins
from ...views.selection import together
from ..examples import lustre, server, volume_claim
from ..examples import together as manifest

SEVERITY = "error"
HINT = "Give each Lustre instance a file system name of its own."
SOURCE = "https://github.com/GoogleCloudPlatform/lustre-csi-driver/blob/main/docs/troubleshooting.md"
COVERS = ("STO-06",)


def _pair(one: str, other: str, address: str = "10.90.2.4", pod: str = "") -> str:
    made = []
    for name, filesystem, ip in (("models", one, "10.90.1.4"), ("data", other, address)):
        made.append(lustre(name, handle=f"a/b-c1-a/{ip}", attributes=f"ip: {ip}, filesystem: {filesystem}"))
        made.append(volume_claim(name, spec=f"volumeName: {name}"))
    names = "volumes: [NAMED]".replace("NAMED", ", ".join(_MOUNTS))
    return manifest(*made, pod or server(pod=names))


_MOUNTS = [f"{{name: {name}, persistentVolumeClaim: {{claimName: {name}}}}}" for name in ("models", "data")]
GOOD = _pair("models", "data")
BAD = _pair("models", "models")
CONTEXT = {"kind": "manifest"}

DRIVER = "lustre.csi.storage.gke.io"


def check(overlay: Overlay) -> Problems:
    found = [item for item in _instances(overlay) if item[0]]
    for i, (name, instance, source, at) in enumerate(found):
        for other, second, first, _ in found[:i]:
            if name != other or instance == second:
                continue
            pair = _meeting(overlay, source, first)
            if pair:
                who = " and ".join(dict.fromkeys(pod.resource.title for pod in pair))
                message = f"file system {name} is also the name of {first.title}, and {who} can meet on a node"
                yield Problem(source, at, message)
                break


def _instances(overlay: Overlay) -> Iterator[tuple[str, str, Resource, Pointer]]:
    """File system name, instance, object and place of every Lustre instance that a claim can reach."""
    for volume in overlay.of("PersistentVolume"):
        csi = mapping(volume.spec.get("csi"))
        if csi.get("driver") != DRIVER:
            continue
        attributes, at = mapping(csi.get("volumeAttributes")), ("spec", "csi", "volumeAttributes")
        address, found, name = str(attributes.get("mountpoint") or "").partition("@tcp:/")
        key = "mountpoint" if found else "filesystem"
        name = name if found else str(attributes.get("filesystem") or "")
        # One instance may stand in several volumes, told apart behind a colon.
        handle = str(csi.get("volumeHandle") or "").partition(":")[0] or (address or str(attributes.get("ip")))
        if not is_marker(name + handle):
            yield name, handle, volume, (*at, key)
    for storage in overlay.of("StorageClass"):
        parameters = mapping(storage.body.get("parameters"))
        named = next((key for key in parameters if str(key).lower() == "filesystem"), None)
        if storage.body.get("provisioner") != DRIVER or named is None:
            continue
        for claim in overlay.of("PersistentVolumeClaim"):
            if claim.spec.get("storageClassName") == storage.name and not claim.spec.get("volumeName"):
                yield str(parameters[named]), f"{claim.namespace}/{claim.name}", claim, ("spec", "storageClassName")


def _users(overlay: Overlay, source: Resource) -> list[Pod]:
    """Pods that mount a volume or a claim."""
    claims = [source] if source.kind == "PersistentVolumeClaim" else []
    reserved = mapping(source.spec.get("claimRef"))
    for claim in overlay.of("PersistentVolumeClaim"):
        bound = claim.spec.get("volumeName") == source.name or (
            not claim.spec.get("volumeName") and claim.name == reserved.get("name")
        )
        if source.kind == "PersistentVolume" and bound:
            claims.append(claim)
    return [
        pod
        for pod in overlay.pods
        for _, volume in pod.volumes.values()
        for claim in claims
        if mapping(volume.get("persistentVolumeClaim")).get("claimName") == claim.name
        and together(claim.namespace, pod.resource.namespace)
    ]


def _meeting(overlay: Overlay, one: Resource, other: Resource) -> tuple[Pod, Pod] | None:
    """A pod of each that a node can hold at the same time."""
    pairs = [(pod, neighbour) for pod in _users(overlay, one) for neighbour in _users(overlay, other)]
    same = (pair for pair in pairs if pair[0] is pair[1])
    return next(same, None) or next((pair for pair in pairs if _share(overlay, *pair)), None)


def _share(overlay: Overlay, pod: Pod, neighbour: Pod) -> bool:
    for pin, other in ((p, o) for p in pins(overlay, pod) for o in pins(overlay, neighbour)):
        if pin.label == other.label and not set(pin.values) & set(other.values):
            return False
    gpus = kserve.gpus(overlay, pod) + kserve.gpus(overlay, neighbour)
    known = machines(overlay, pod)
    return not known or any(gpus <= hardware.gpus for hardware in known)
