"""A volume names no disk, instance or bucket that could exist.

The CSI driver reads project, place and name out of `volumeHandle`. An empty or unfilled one passes every schema, and
fails at mount time with the pod already on its GPU node.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from ...model import Overlay, Pointer, Problem, Problems, mapping, mappings
from ..examples import lustre
from ..references import placeholder_value

SEVERITY = "error"
HINT = "Write the real name in the driver's form, for Lustre <project>/<zone>/<instance>."
SOURCE = "https://github.com/GoogleCloudPlatform/lustre-csi-driver/blob/main/docs/preprov-guide.md"
COVERS = ("STO-07",)

GOOD = lustre(handle="team/us-central1-a/models")
BAD = lustre(handle="//")

LUSTRE, DISK, BUCKET = "lustre.csi.storage.gke.io", "pd.csi.storage.gke.io", "gcsfuse.csi.storage.gke.io"
FILES = "filestore.csi.storage.gke.io"
PROJECT = r"[a-z0-9][a-z0-9.:-]*[a-z0-9]"
NAME = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
REGION = r"[a-z]+(-[a-z]+)+\d+"
ZONE = rf"{REGION}-[a-z0-9]+"
UNFILLED = (
    "null", "none", "undefined", "todo", "changeme", "placeholder", "project", "project-id", "your-project", "instance",
    "instance-name", "your-instance", "disk", "disk-name", "bucket", "bucket-name", "your-bucket",
)  # fmt: skip
# The in-tree migration writes UNSPECIFIED for project and zone.
DISK_FORM = (
    rf"projects/({PROJECT}|UNSPECIFIED)/(zones/({ZONE}|UNSPECIFIED)|regions/({REGION}|UNSPECIFIED))/disks/{NAME}"
)
# Parts between dots have at most 63 characters, and Google keeps its own name and addresses to itself.
# Source: https://cloud.google.com/storage/docs/buckets#naming
BUCKET_FORM = r"_|(?!goog)(?!.*google)(?!\d+\.\d+\.\d+\.\d+$)(?=.{3,222}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*"
FILE_FORM = rf"mode(Instance|Multishare)/({ZONE}|{REGION})(/[A-Za-z0-9_-]+)+"


def _marked(value: str) -> bool:
    """Whether a cluster fills the value in later; the rule for left-over markers speaks then."""
    return re.search(r"(^|\W)SITE_[A-Z0-9_]+", value) is not None


def _wrong_handle(driver: str, handle: str) -> str | None:
    """What form the driver expects, if the handle does not have it."""
    # Lustre and gcsfuse drop what follows a colon, which keeps two volumes of one instance apart.
    if driver == BUCKET:
        handle = handle if "/" in handle else handle.partition(":")[0]
    form, expected = {
        LUSTRE: (rf"{PROJECT}/{ZONE}/{NAME}(:.*)?", "<project>/<zone>/<instance>"),
        DISK: (DISK_FORM, "projects/<project>/zones/<zone>/disks/<disk>"),
        BUCKET: (rf"(?![-_.].)({BUCKET_FORM})(?<!.[-_.])", "a bucket name, or _ for all buckets"),
        FILES: (FILE_FORM, "modeInstance/<location>/<instance>/<share>"),
    }.get(driver, (r"[^<>{}$\s]*[^<>{}$\s/][^<>{}$\s]*", "a name"))
    unfilled = any(part.lower() in UNFILLED for part in handle.partition(":")[0].split("/"))
    return expected if unfilled or not re.fullmatch(form, handle, re.DOTALL) else None


def _address(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.IPv4Address(value))
    except ValueError:
        return False


def _lustre(attributes: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Attributes that the driver cannot mount with. `mountpoint` overrides the other two."""
    if attributes.get("mountpoint"):
        address, found, name = str(attributes["mountpoint"]).partition("@tcp:/")
        parts: list[tuple[str, Any, Any]] = [("mountpoint", address, name if found else "")]
    else:
        parts = [("", attributes.get("ip"), attributes.get("filesystem"))]
    for key, address, name in parts:
        if not _address(address) and not _marked(str(address)):
            yield (key or "ip",), f"gives no IPv4 address of the Lustre instance, but {address!r}"
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,7}", str(name or "")) and not _marked(str(name)):
            wrong = f"names file system {name!r}, which is not 1 to 8 letters and digits, a letter first"
            yield (key or "filesystem",), wrong


def _found(overlay: Overlay) -> Problems:
    for volume in overlay.of("PersistentVolume"):
        csi = mapping(volume.spec.get("csi"))
        driver, handle = str(csi.get("driver", "")), csi.get("volumeHandle")
        expected = _wrong_handle(driver, handle) if isinstance(handle, str) and not _marked(handle) else None
        if expected:
            at: Pointer = ("spec", "csi", "volumeHandle")
            yield Problem(volume, at, f"volumeHandle {handle!r} is not {expected}, as {driver} reads it")
        if driver == LUSTRE:
            for tail, message in _lustre(mapping(csi.get("volumeAttributes"))):
                yield Problem(volume, volume.nearest(("spec", "csi", "volumeAttributes", *tail)), message)
    for pod in overlay.pods:
        for i, item in mappings(pod.spec.get("volumes")):
            csi = mapping(item.get("csi"))
            bucket = mapping(csi.get("volumeAttributes")).get("bucketName")
            if csi.get("driver") != BUCKET or (isinstance(bucket, str) and _marked(bucket)):
                continue
            if bucket is None or _wrong_handle(BUCKET, str(bucket)):
                at = (*pod.pointer, "volumes", i, "csi", "volumeAttributes", "bucketName")
                text = f"bucketName {bucket!r} of volume {item.get('name')} is no name of a bucket"
                yield Problem(pod.resource, pod.resource.nearest(at), text)


def check(overlay: Overlay) -> Problems:
    found = list(_found(overlay))
    # An empty value or <YOUR_BUCKET> is called by its name already.
    said = {(p.resource, p.pointer) for p in placeholder_value.check(overlay)} if found else set()
    yield from (problem for problem in found if (problem.resource, problem.pointer) not in said)
