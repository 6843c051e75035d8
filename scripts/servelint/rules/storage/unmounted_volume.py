"""A volume is declared and nothing mounts it.

A list of mounts that is shorter than the list of volumes passes every schema. The engine then finds an empty folder
where its model should be and downloads 700 GB into the container, or a claim waits for a first consumer that never
comes. Volumes that the gcsfuse sidecar looks for by their names need no mount.
"""

from ...model import Overlay, Pod, Problem, Problems, mapping, mappings
from ...views.buckets import ANNOTATION, PREFIX
from ...views.placement import partners
from ...views.selection import hidden_pods, together
from ..examples import server

SEVERITY = "warning"
HINT = "Mount the volume in a container, or remove it."
SOURCE = "https://github.com/AI-Hypercomputer/gpu-recipes/blob/main/src/helm-charts/a4x/inference-templates-gcs/deployment/templates/serving-launcher.yaml"
COVERS = ("STO-08",)

GOOD = server(
    container="volumeMounts: [{name: model, mountPath: /model}, {name: logs, mountPath: /logs}]",
    pod="volumes: [{name: model, persistentVolumeClaim: {claimName: model}}, {name: logs, emptyDir: {}}]",
)
BAD = GOOD.replace(", {name: logs, mountPath: /logs}", "")
CONTEXT = {"external": [["PersistentVolumeClaim", "model"]], "kind": "leaf"}

# What the sidecar takes for its cache and its buffer. Its annotation may name more.
SIDECAR = ("gke-gcsfuse-cache", "gke-gcsfuse-buffer", "gke-gcsfuse-tmp")
OWN = "gke-gcsfuse-"
ADDITIONAL = PREFIX + "additional-volume-mounts"


def check(overlay: Overlay) -> Problems:
    claimed: list[tuple[str, object]] = []
    for pod in overlay.pods:
        used = _used(overlay, pod)
        for name, (pointer, volume) in pod.volumes.items():
            claimed.append((pod.resource.namespace, mapping(volume.get("persistentVolumeClaim")).get("claimName")))
            if name not in used:
                meant = f"; the sidecar looks for {' and '.join(SIDECAR)}" if name.startswith(OWN) else ""
                yield Problem(pod.resource, pointer, f"volume {name} is declared, but no container mounts it{meant}")
        templates = pod.resource.spec.get("volumeClaimTemplates") if pod.resource.kind == "StatefulSet" else None
        for i, template in mappings(templates):
            name = str(mapping(template.get("metadata")).get("name", ""))
            if name not in used:
                at = ("spec", "volumeClaimTemplates", i)
                yield Problem(pod.resource, at, f"claim {name} is made for each pod, but no container mounts it")
        for container in pod.main:
            uri = container.body.get("storageUri")
            if isinstance(uri, str) and uri.startswith("pvc://"):
                claimed.append((pod.resource.namespace, uri[6:].partition("/")[0]))
    # A claim beside claims that are used was to be used too; a set without any is storage for others.
    wanted = [name for _, name in claimed if name]
    if not wanted or hidden_pods(overlay):
        return
    for claim in overlay.of("PersistentVolumeClaim"):
        if not any(claim.name == name and together(claim.namespace, namespace) for namespace, name in claimed):
            yield Problem(claim, ("metadata", "name"), f"claim {claim.name} is made, but no pod has it as a volume")


def _used(overlay: Overlay, pod: Pod) -> set[str]:
    """Names of the volumes that something mounts; a predictor and its runtime share theirs."""
    found: set[str] = set()
    for part in partners(overlay, pod):
        for container in part.containers:
            found |= {str(mount.get("name")) for _, mount in container.mounts}
            devices = container.body.get("volumeDevices")
            found |= {str(mapping(item).get("name")) for item in (devices if isinstance(devices, list) else ())}
        if ANNOTATION in part.annotations or any(ANNOTATION in p.resource.annotations for p in (part, pod)):
            found |= set(SIDECAR)
        listed = str(part.annotations.get(ADDITIONAL, ""))
        found |= {item.partition(":")[0].strip() for item in listed.split(",")}
        # Sidecars that a webhook adds by an annotation bring mounts of their own.
        if any(str(key).endswith("/userVolumeMount") for key in part.annotations):
            found |= set(pod.volumes)
    return found
