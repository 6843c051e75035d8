"""A mount option that gcsfuse or Lustre does not know, or cannot read.

gcsfuse ends at once over a flag that it does not have, and over a key that its configuration does not have: an option
with a colon is such a key, so `uid:1001` is none, and `uid=1001` or `file-system:uid:1001` is meant. Lustre refuses the
whole mount. The pod stays in ContainerCreating, or runs beside a sidecar that has died.
"""

import difflib
import re
from collections.abc import Iterable, Iterator

from ...catalogue import gcsfuse
from ...model import Overlay, Problem, Problems, is_marker, mapping
from ...views.mounting import Option, options_in, options_of
from ..examples import bucket_pod

SEVERITY = ("error", "warning")
HINT = (
    "Use a flag as `name=value`, or a key of the configuration as `part:name:value`; for Lustre one of its client.",
    "Leave the option out, or make sure that the version in the cluster has it.",
)
SOURCE = "https://cloud.google.com/storage/docs/cloud-storage-fuse/cli-options"
COVERS = ("STO-02", "CFG-01")

_OPTIONS = "implicit-dirs,uid=1001,file-cache:max-size-mb:-1,ro,only-dir=a/b,metadata-cache:ttl-secs:60"
GOOD = bucket_pod(attributes=f"bucketName: a, mountOptions: '{_OPTIONS}'")
BAD = bucket_pod(attributes="bucketName: a, mountOptions: 'implicit-dir'")

BUCKETS, LUSTRE = "gcsfuse.csi.storage.gke.io", "lustre.csi.storage.gke.io"
KERNEL = frozenset({
    "defaults", "ro", "rw", "atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime",
    "lazytime", "nolazytime", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "_netdev",
    "nofail", "bind", "remount", "context", "fscontext", "defcontext", "rootcontext",
})  # fmt: skip
"""Options of any file system. Source: https://man7.org/linux/man-pages/man8/mount.8.html"""
CLIENT = frozenset({
    "flock", "localflock", "noflock", "user_xattr", "nouser_xattr", "checksum", "nochecksum", "lruresize",
    "nolruresize", "lazystatfs", "nolazystatfs", "32bitapi", "user_fid2path", "nouser_fid2path", "verbose", "noverbose",
    "always_ping", "encrypt", "noencrypt", "test_dummy_encryption", "foreign_symlink", "statfs_project",
    "nostatfs_project", "nolock", "acl", "noacl", "retry", "network", "skpath", "exclude", "recovery_time_soft",
    "recovery_time_hard",
})  # fmt: skip
"""Options of the Lustre client, and of its mount helper. Source:
https://git.whamcloud.com/?p=fs/lustre-release.git;a=blob;f=lustre/llite/llite_lib.c and mount.lustre(8)"""
NUMBERS = {
    "int": r"[+-]?\d+", "float64": r"[+-]?(\d+(\.\d*)?|\.\d+)", "octal": r"[0-7]+", "bool": r"(?i:true|false|t|f|1|0)",
    "duration": r"[+-]?(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)",
}  # fmt: skip
"""How the values of each type are written."""


def check(overlay: Overlay) -> Problems:
    for driver, option in _options(overlay):
        if is_marker(option.text):
            continue
        wrong = _of_bucket(option.text) if driver == BUCKETS else _of_lustre(option.text) if driver == LUSTRE else None
        if wrong is not None:
            severity, text = wrong
            yield Problem(option.resource, option.pointer, text, severity=severity)


def _options(overlay: Overlay) -> Iterator[tuple[str, Option]]:
    """Every mount option, and the driver that gets it."""
    for pod in overlay.pods:
        for pointer, volume in pod.volumes.values():
            csi = mapping(volume.get("csi"))
            for option in options_in(pod.resource, csi, (*pointer, "csi")):
                yield str(csi.get("driver")), option
    for volume_ in overlay.of("PersistentVolume"):
        csi = mapping(volume_.spec.get("csi"))
        for option in (*options_in(volume_, csi, ("spec", "csi")), *options_of(volume_, ("spec",))):
            yield str(csi.get("driver")), option
    for made_by in overlay.of("StorageClass"):
        for option in options_of(made_by, ()):
            yield str(made_by.body.get("provisioner")), option


def _of_bucket(text: str) -> tuple[str, str] | None:
    """What is wrong with an option of gcsfuse, and how sure that is."""
    name, equals, value = text.partition("=")
    if ":" in text and gcsfuse.keys().get(text, "bool") != "bool":
        return "error", f"{text} needs a value, {text}:…: gcsfuse does not start"
    if ":" in text and "https" not in text:
        return _of_key(*text.rpartition(":")[::2])
    if name in gcsfuse.OWN or (name == "o" and equals):
        return None
    if name in gcsfuse.DROPPED:
        return "warning", f"{name} is the driver's own option: it leaves out what is given"
    kind = gcsfuse.flags().get(name)
    if kind is None:
        return _unknown(name, f"gcsfuse {gcsfuse.version()}", (*gcsfuse.flags(), *gcsfuse.OWN), "flag")
    if not equals:
        return None if kind == "bool" else ("error", f"{name} needs a value, {name}=…: gcsfuse does not start")
    return _value(name, kind, value)


def _of_key(key: str, value: str) -> tuple[str, str] | None:
    if key in gcsfuse.DROPPED:
        return "warning", f"{key} is the driver's own option: it leaves out what is given"
    if key in gcsfuse.OWN:
        return None
    kind = gcsfuse.keys().get(key)
    if kind is not None:
        return _value(key, kind, value)
    if key in gcsfuse.flags():
        where = gcsfuse.key_of(key)
        meant = f"{key}={value}" + (f" or {where}:{value}" if where else "")
        return (
            "error",
            f"{key}:{value} is read as a key of gcsfuse's configuration, which has none of that name: use {meant}",
        )
    return _unknown(key, f"gcsfuse {gcsfuse.version()}", gcsfuse.keys(), "key of the configuration")


def _value(name: str, kind: str, value: str) -> tuple[str, str] | None:
    if is_marker(value) or kind not in NUMBERS or re.fullmatch(NUMBERS[kind], value):
        return None
    return "error", f"{name} is {value!r}, which gcsfuse cannot read as {kind}"


def _of_lustre(text: str) -> tuple[str, str] | None:
    name = text.partition("=")[0]
    return None if name in KERNEL | CLIENT else _unknown(name, "the Lustre client", KERNEL | CLIENT, "option")


def _unknown(name: str, owner: str, known: Iterable[str], what: str) -> tuple[str, str]:
    """A name that nobody knows: an error if it is nearly one that is known, else perhaps one of another version."""
    # Of three letters nearly everything is a neighbour.
    near = difflib.get_close_matches(name, sorted(known), 1, 0.75) if len(name) > 3 else []
    if near:
        return "error", f"{owner} has no {what} {name}; did you mean {near[0]}?"
    return "warning", f"{owner} has no {what} {name}"
