"""A change of an object that the API server will not make under its name.

Selectors, claims, volumes and the templates of Jobs are written once. The object in the cluster is of the older kind,
so the apply is refused there, while every check of the new text alone is green; what comes after it in the same sync
waits for somebody who deletes the object by hand.
"""

from collections.abc import Iterator

from ...model import Change, Pointer, Problem, Problems, Resource, is_marker, texts
from ...views.amounts import size
from ..examples import server

SEVERITY = "error"
HINT = (
    "Give the changed object another name, or leave the field as it was; delete the old one by hand where it must be."
)
SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations"
COVERS = ("GIT-04",)

_SERVER = server(kind="Deployment")
GOOD = (_SERVER, _SERVER.replace("containers:", "hostNetwork: true\n      containers:"))
BAD = (_SERVER, _SERVER.replace("app: server", "app: other"))

FIXED: dict[tuple[str, str], tuple[Pointer, ...]] = {
    ("apps", "Deployment"): (("spec", "selector"),),
    ("apps", "DaemonSet"): (("spec", "selector"),),
    ("batch", "Job"): (("spec", "selector"), ("spec", "template"), ("spec", "completionMode")),
    ("", "PersistentVolume"): tuple(
        ("spec", key) for key in ("csi", "nfs", "hostPath", "local", "gcePersistentDisk", "volumeMode", "nodeAffinity")
    ),
    ("storage.k8s.io", "StorageClass"): tuple(
        (key,) for key in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode", "allowedTopologies")
    ),
    ("scheduling.k8s.io", "PriorityClass"): (("value",), ("preemptionPolicy",)),
    ("kueue.x-k8s.io", "LocalQueue"): (("spec", "clusterQueue"),),
    ("jobset.x-k8s.io", "JobSet"): (("spec", "replicatedJobs"),),
}
"""Fields that an update must not change. Source: the validation of updates in Kubernetes' pkg/apis, in Kueue's
definition of a LocalQueue and in JobSet's webhook."""
FREE = {
    ("apps", "StatefulSet"): (
        "replicas", "ordinals", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
        "revisionHistoryLimit",
    ),
    ("", "PersistentVolumeClaim"): ("resources", "volumeAttributesClassName", "volumeName"),
}  # fmt: skip
"""Fields of the spec that alone may change, for kinds where all others must not."""
ARGO, FLUX = "argocd.argoproj.io/", "kustomize.toolkit.fluxcd.io/"


def check_change(change: Change) -> Problems:
    before = {(one.group, one.kind, one.namespace, one.name): one for one in change.before.resources}
    for now in change.after.resources:
        was = before.get((now.group, now.kind, now.namespace, now.name))
        if was is not None and was.body != now.body and not _replaced(now):
            for pointer in _changed(was, now):
                if any(is_marker(text) for text, _ in texts(now.at(pointer))):
                    continue  # `leftover-site-marker`
                place = _where(was, now, pointer)
                text = f"{'.'.join(map(str, pointer))} of {now.title} changes, which no update may"
                yield Problem(now, place, text)


def _where(was: Resource, now: Resource, pointer: Pointer) -> Pointer:
    """Where the one value of a field stands that differs; the field if several do, or what it is missing from."""
    if now.at(pointer) is None:
        return pointer[:-1]
    while True:
        old, new = was.at(pointer), now.at(pointer)
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
            steps: list[str | int] = [key for key in new if old[key] != new[key]]
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            steps = [i for i, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
        else:
            return pointer
        if len(steps) != 1:
            return pointer
        pointer = (*pointer, steps[0])


def _replaced(resource: Resource) -> bool:
    """Whether something tells a tool to delete the object and make it anew."""
    options = str(resource.annotations.get(f"{ARGO}sync-options", ""))
    forced = str(resource.annotations.get(f"{FLUX}force", "")).casefold() == "enabled"
    return forced or ("Force=true" in options and "Replace=true" in options) or f"{ARGO}hook" in resource.annotations


def _changed(was: Resource, now: Resource) -> Iterator[Pointer]:
    key = (now.group, now.kind)
    for pointer in FIXED.get(key, ()):
        # The affinity of a volume that has none may be written once.
        if was.at(pointer) != now.at(pointer) and (pointer[-1] != "nodeAffinity" or was.at(pointer) is not None):
            yield pointer
    free = FREE.get(key)
    for name in sorted(was.spec.keys() | now.spec.keys()) if free else ():
        if name not in (free or ()) and was.spec.get(name) != now.spec.get(name):
            yield ("spec", name)
    if now.kind == "PersistentVolumeClaim" and not now.group:
        asked: Pointer = ("spec", "resources", "requests", "storage")
        old, new = size(was.at(asked)), size(now.at(asked))
        if old is not None and new is not None and new < old:
            yield asked
    if now.kind in ("ConfigMap", "Secret") and not now.group and was.body.get("immutable") is True:
        yield from (
            (part,) for part in ("data", "binaryData", "stringData") if was.body.get(part) != now.body.get(part)
        )
