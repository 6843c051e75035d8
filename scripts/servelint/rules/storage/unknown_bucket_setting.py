"""A setting of the gcsfuse driver that the driver does not know, or whose value it cannot read.

Unknown annotations and volume attributes are passed over in silence: the cache that was asked for is not there, and a
load takes minutes more on every start. Nothing is called gke-gcsfuse/file-cache-capacity or cache-path: a cache has its
size in fileCacheCapacity and its place in a volume named gke-gcsfuse-cache.
"""

import difflib
import re
from collections.abc import Iterator

from ...catalogue import gcsfuse
from ...model import Overlay, Pointer, Problem, Problems, is_marker, mapping
from ...server.semantics.names import quantity
from ...views.buckets import DRIVER, PREFIX
from ..examples import bucket_pod

SEVERITY = ("warning", "error")
HINT = (
    "Use a setting of the driver's documentation, with a text as value.",
    "Write a value that the driver reads; a limit of 0 is none.",
)
SOURCE = "https://github.com/GoogleCloudPlatform/gcs-fuse-csi-driver/blob/main/pkg/csi_driver/utils.go"
COVERS = ("STO-02", "CFG-01")

GOOD = bucket_pod(annotations='gke-gcsfuse/volumes: "true", gke-gcsfuse/memory-limit: "0"')
BAD = bucket_pod(annotations='gke-gcsfuse/volumes: "true", gke-gcsfuse/file-cache-capacity: "0"')


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for name, value in pod.annotations.items():
            if wanted := _wanted(name, value, pod.annotations.get(f"{PREFIX}volumes")):
                text = f"{name} is {value!r}, and must be {wanted}: the driver's webhook refuses the pod"
                yield Problem(pod.resource, (*pod.meta_pointer, "annotations", name), text, severity="error")
            # The driver writes what it learns of a bucket under names of its own.
            if str(name).startswith(PREFIX) and name not in gcsfuse.ANNOTATIONS and "/bucket-scan-" not in str(name):
                text = f"{name} is no annotation that the gcsfuse driver reads{_near(str(name), gcsfuse.ANNOTATIONS)}"
                yield Problem(pod.resource, (*pod.meta_pointer, "annotations", name), text)
        for pointer, volume in pod.volumes.values():
            for at, text in _attributes(mapping(volume.get("csi")), (*pointer, "csi")):
                yield Problem(pod.resource, at, text)
    for persistent in overlay.of("PersistentVolume"):
        for at, text in _attributes(mapping(persistent.spec.get("csi")), ("spec", "csi")):
            yield Problem(persistent, at, text)


def _wanted(name: str, value: object, switched: object) -> str:
    """What an annotation has to be, where it is not. Of the words that Go reads as a boolean the webhook takes four."""
    if not isinstance(value, str) or is_marker(value):
        return ""
    if switched not in ("true", "True") and name != f"{PREFIX}volumes":
        return ""  # without that the webhook reads no further
    if name in gcsfuse.SWITCHES:
        return "" if value in ("true", "True", "false", "False") else "true or false"
    return "" if name not in gcsfuse.AMOUNTS or quantity(value) is not None else "a quantity such as 500Mi"


def _attributes(csi: dict[str, object], at: Pointer) -> Iterator[tuple[Pointer, str]]:
    attributes = mapping(csi.get("volumeAttributes")) if csi.get("driver") == DRIVER else {}
    for name, value in attributes.items():
        here = (*at, "volumeAttributes", name)
        if "/" in str(name):
            continue  # names of Kubernetes and of the driver's own bookkeeping
        if name not in gcsfuse.ATTRIBUTES:
            yield here, f"{name} is no attribute that the gcsfuse driver reads{_near(str(name), gcsfuse.ATTRIBUTES)}"
        elif isinstance(value, str) and not _readable(name, value):
            size = "a quantity such as 500Gi" if name in gcsfuse.SIZES else "a number"
            wanted = "true or false" if name in gcsfuse.BOOLEANS else size
            yield here, f"{name} is {value!r}, which the gcsfuse driver cannot read as {wanted}"


def _readable(name: str, value: str) -> bool:
    if is_marker(value):
        return True
    if name in gcsfuse.BOOLEANS:
        return value in ("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False")
    if name in gcsfuse.SIZES:
        return quantity(value) is not None
    return name not in gcsfuse.NUMBERS or re.fullmatch(r"[+-]?\d+", value) is not None


def _near(name: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""
