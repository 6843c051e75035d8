"""What a program is to write lies where it cannot write, or where nobody finds it again.

A benchmark runs for hours and writes its results last. A read-only mount, a bucket that is mounted as root while the
program runs as somebody else, or a folder of the container's own layer, which is gone with the pod: the hours are lost.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, once_a_place, whole
from ...views import admission, kserve, shell
from ...views.buckets import DRIVER
from ...views.engines import engine_of
from ...views.environment import UNKNOWN, expand, settled, variables
from ...views.mounting import Backing, backing
from ...views.selection import RUNTIMES
from ...views.volumes import WRITERS, mounted
from ..examples import workload

SEVERITY = ("error", "warning")
HINT = (
    "Mount it for writing, with uid and gid options or an fsGroup for a bucket, or write somewhere else.",
    "Write to a volume that outlives the pod.",
)
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/cloud-storage-fuse-csi-driver-setup"
COVERS = ("STO-02",)

GOOD = workload(
    "containers: [{name: bench, image: a, env: [{name: RESULTS_DIR, value: /gcs/results}],"
    " volumeMounts: [{name: out, mountPath: /gcs}]}]\n"
    "volumes: [{name: out, csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: a}}}]",
    "Job",
)
BAD = GOOD.replace("volumeAttributes", "readOnly: true, volumeAttributes")

NAMES = re.compile(r"(?:[A-Z0-9]+_)*(?:RESULTS?|OUTPUTS?|REPORTS?|ARTIFACTS?|SAVE)_(?:DIR|DIRECTORY|FOLDER|PATH|FILE)")
"""Variables that say where results go."""
SCRATCH = re.compile(r"/(dev|tmp|var/tmp|proc)(/|$)")
"""Folders of every container that nobody takes for a place to keep things."""
FLAGS = (
    "output-file", "result-dir", "result-filename", "output-dir", "report-json", "output-json", "iteration-log",
    "request-json", "save-path",
)  # fmt: skip
"""Flags of benchmarks and builds that say where their results go."""


class Output(NamedTuple):
    """A path that a program writes, where that was said, and whether it is what a run is for."""

    path: str
    resource: Resource
    pointer: Pointer
    result: bool


def _outputs(overlay: Overlay, container: Container) -> Iterator[Output]:
    """Paths that a container is told to write, as far as they are known, from the root on."""
    known = settled(overlay, container)
    for name, (value, at) in variables(overlay, container).items():
        if NAMES.fullmatch(name):
            yield Output(value, *kserve.origin(container, at), True)
    engine = engine_of(overlay, container)
    for name in FLAGS if engine is not None and engine.role != "serve" else ():
        for flag in engine.flags.get(name, ()) if engine else ():
            yield Output(expand(str(flag.value), known), flag.resource, flag.pointer, name != "output-dir")
    for script in shell.scripts_in_line(overlay, container.resource, container.pointer):
        for node in shell.walk(script.root):
            if node.type == "file_redirect" and shell.source(node).lstrip("0123456789&").startswith(">"):
                yield Output(expand(shell.plain(node.children[-1]), known), script.resource, script.at(node.row), False)
            elif node.type == "command" and shell.head(node) in ("tee", "mkdir"):
                for word in shell.bare(shell.words(node))[1:]:
                    yield Output(expand(word, known), script.resource, script.at(node.row), False)


@once_a_place
def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        for container in admission.containers(overlay, pod) if pod.resource.kind not in RUNTIMES else ():
            for output in _outputs(overlay, container):
                path = output.path
                if path.startswith("/") and UNKNOWN not in path and "$" not in path and not SCRATCH.match(path):
                    yield from _of_path(overlay, container, output)


def _of_path(overlay: Overlay, container: Container, output: Output) -> Problems:
    place, pod = mounted(container, output.path), container.pod
    if place is None:
        yield from _of_layer(overlay, container, output)
        return
    name = str(place.mount.get("name", ""))
    behind = backing(overlay, pod, name)
    if place.mount.get("readOnly") is True:
        text = f"{output.path} is written, and volume {name} is mounted here for reading only"
        yield Problem(*kserve.origin(container, (*place.pointer, "readOnly")), text)
    elif behind is not None and behind.locked is not None:
        resource, at = behind.locked
        yield Problem(
            resource, at, f"{output.path} of container {container.name} is written, and nobody can write here"
        )
    elif behind is not None and behind.driver == DRIVER and (wrong := _of_other(pod, container, behind)):
        user, at = wrong
        text = f"user {user} cannot write {output.path}: bucket volume {name} belongs to another"
        yield Problem(pod.resource, at, text)
    elif output.result and "emptyDir" in place.volume and not pod.serves and not _kept(overlay, container, name):
        text = f"results go to {output.path}, an empty volume that is gone with the pod"
        yield Problem(output.resource, output.pointer, text, severity="warning")


def _of_layer(overlay: Overlay, container: Container, output: Output) -> Problems:
    """A path on no volume: the container's own layer, which may be closed and never lasts."""
    if mapping(container.body.get("securityContext")).get("readOnlyRootFilesystem") is True:
        text = f"{output.path} is written, and the container's own layer is read only"
        yield Problem(output.resource, output.pointer, text)
    elif output.result and not container.pod.serves and not container.init and not _kept(overlay, container, ""):
        text = f"results go to {output.path}, which is on no volume and gone with the pod"
        yield Problem(output.resource, output.pointer, text, severity="warning")


def _kept(overlay: Overlay, container: Container, volume: str) -> bool:
    """Whether something may carry files away: the container's own script, or another container of the pod."""
    script = "\n".join(text for text, _ in container.words)
    beside = (one for one in container.pod.containers if one.body is not container.body)
    return WRITERS.search(script) is not None or any(
        mount.get("name") == volume for one in beside for _, mount in one.mounts
    )


def _of_other(pod: Pod, container: Container, behind: Backing) -> tuple[int, Pointer] | None:
    """The user who may not write to a bucket, if the manifest says who that is, and where.

    Without options gcsfuse gives everything to root, folders with mode 755; a group of the file system opens them.
    """
    own, of_pod = mapping(container.body.get("securityContext")), admission.security(pod.spec)
    user = whole(own["runAsUser"] if own.get("runAsUser") is not None else of_pod.get("runAsUser"))
    if not user or of_pod.get("fsGroup") is not None:
        return None
    given = {}
    for option in behind.options:
        name, _, value = option.text.replace("file-system:", "").replace(":", "=").partition("=")
        given[name] = value
    if given.get("uid") == str(user) or {"file-mode", "dir-mode"} & given.keys():
        return None
    held = own.get("runAsUser") is not None
    return user, (*(container.pointer if held else pod.pointer), "securityContext", "runAsUser")
