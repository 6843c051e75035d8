"""A ConfigMap that a server reads keeps its name when its content changes.

The sync updates the ConfigMap and restarts nothing. The engine read its file when it started, so the new serving
configuration is in Git and in the cluster, and the numbers are still those of the old one.
"""

import re

from ...model import Overlay, Pod, Problem, Problems, Resource
from ...views.references import declared, hash_end, references
from ..examples import server, together

SEVERITY = "warning"
HINT = (
    "Let configMapGenerator make it, with its hash suffix, or annotate the pod template with a checksum of the content."
)
SOURCE = "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/#configmapgenerator"
COVERS = ("KZ-04",)

_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: engine-4h2mf7b9ck}\ndata: {engine.yaml: a}\n"
_VOLUME = "volumes: [{name: engine, configMap: {name: engine-4h2mf7b9ck}}]"
GOOD = together(server(kind="Deployment", pod=_VOLUME), _CONFIG)
BAD = GOOD.replace("engine-4h2mf7b9ck", "engine")

NOTES = re.compile(r".*(?:checksum|hash|sha\d|digest|config-?version).*", re.IGNORECASE)
RELOADERS = ("reloader.stakater.com/", "configmap.reloader.stakater.com/", "wave.pusher.com/", "keel.sh/")


def _restarts(pod: Pod) -> bool:
    """Whether something restarts the pods when their configuration changes, or nothing runs to be restarted."""
    notes = [*map(str, pod.annotations), *map(str, pod.resource.annotations)]
    by_itself = any(map(NOTES.fullmatch, map(str, pod.annotations))) or any(n.startswith(RELOADERS) for n in notes)
    return by_itself or not pod.serves or pod.resource.kind == "Pod"


def check(overlay: Overlay) -> Problems:
    stale = {id(pod.resource) for pod in overlay.pods if not _restarts(pod)}
    readers: dict[str, Resource] = {}
    for reference in references(overlay):
        if reference.kind == "ConfigMap" and id(reference.resource) in stale and not hash_end(reference.name):
            readers.setdefault(reference.name, reference.resource)
    for name, reader in readers.items():
        for config in (item.resource for item in declared(overlay, "ConfigMap", name)):
            # A name with a version changes with the content, and what is immutable cannot change under its name.
            if not re.search(r"-v?\d+$", name) and config.body.get("immutable") is not True:
                text = f"{reader.title} reads ConfigMap {name}, and keeps the old content when it changes"
                yield Problem(config, ("data",) if "data" in config.body else (), text)
