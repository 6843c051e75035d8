"""What overfull-disk tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bucket_pod, marked, server, together, volume_claim
from servelint.rules.storage.overfull_disk import BAD

_HOME = "HF_HOME, value: /cache/hub"

_CACHE = "volumeMounts: [{name: cache, mountPath: /cache}]"


def _caches(limit: str = "1Ti", more: str = _CACHE, env: str = _HOME, gpus: int = 8, pod: str = "") -> str:
    volume = f"volumes: [{{name: cache, emptyDir: {{{limit and f'sizeLimit: {limit}'}}}}}]"
    return server(container=f"env: [{{name: {env}}}]\n{more}", pod=pod or volume, gpus=gpus)


def _limited(amount: str, gpus: int = 8) -> str:
    return f"{_CACHE}\nresources: {{limits: {{nvidia.com/gpu: {gpus}, ephemeral-storage: {amount}}}}}"


_ROOM = "gke-gcsfuse/ephemeral-storage-limit: 50Gi"
NO_LIMIT = "gke-gcsfuse/ephemeral-storage-limit: '0'"


def cached(volume: str, capacity: str = "40Gi", annotations: str = 'gke-gcsfuse/volumes: "true"') -> str:
    """A bucket with a file cache in a volume of its own."""
    made = bucket_pod(annotations=annotations, attributes=f"fileCacheCapacity: '{capacity}'")
    return made.replace("volumes:\n", f"volumes:\n      - {{name: gke-gcsfuse-cache, {volume}}}\n")


def bucket(
    driver: str = "gcsfuse", claim: str = "volumeName: b", more: str = "", capacity: str = "fileCacheCapacity: 40Gi"
) -> str:
    """A bucket that a pod mounts by a claim. more: further fields of the volume."""
    csi = f"csi: {{driver: {driver}.csi.storage.gke.io, volumeAttributes: {{{capacity}}}}}"
    volume = f"apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: b}}\nspec:\n  {csi}\n  {more}\n"
    pod = server(pod="volumes: [{name: a, persistentVolumeClaim: {claimName: model}}]", gpus=0)
    return together(volume, volume_claim(spec=claim), volume_claim("other", spec="volumeName: c"), pod)


HELD = "volumes: [{name: model, persistentVolumeClaim: {claimName: a}}]"

ALSO_GOOD = [
    _caches(""), _caches("1Gi", gpus=0), _caches("1Gi", env="MODEL_PATH, value: /m"), (BAD, {"hardware": "a3ultra"}),
    _caches("1Gi", env="HF_HOME, value: $HUB"), _caches("1Gi", env="HF_HOME, value: /cached"),
    _caches("", _limited("1Ti")),
    _caches(pod="volumes: [{name: cache, persistentVolumeClaim: {claimName: a}}]", more=_limited("1Gi")),
    _caches(pod="volumes: [{name: cache, emptyDir: {medium: Memory}}]", more=_limited("1Gi")),
    bucket_pod(attributes="fileCacheCapacity: 4Gi"), bucket_pod(attributes="fileCacheCapacity: lots"),
    bucket_pod(annotations=_ROOM, attributes="fileCacheCapacity: 40Gi"),
    (bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: '-1'"), {"hardware": "a3ultra"}),
    (_caches("90Ti"), {"model": "deepseek-r1"}), cached("emptyDir: {sizeLimit: 50Gi}"), cached("emptyDir: {sizeLimit: 2Ti}", "-1"),
    cached("persistentVolumeClaim: {claimName: a}", "90Ti", NO_LIMIT), cached("emptyDir: {medium: Memory}", "90Ti", NO_LIMIT),
    (cached("emptyDir: {sizeLimit: 100Gi}", "-1"), {"hardware": "a3ultra"}), cached("emptyDir: {sizeLimit: 2Ti}", "1Ti", NO_LIMIT),
    _caches(pod="volumes: [{name: cache, emptyDir: {medium: Memory, sizeLimit: 90Ti}}]"), _caches("1Ti", _limited("2Ti")),
    marked(_caches("2Ti", _limited("1Ti")), "annotations: {gke-gcsfuse/volumes: 'true'}"), bucket("other"),
    bucket(claim="volumeName: of-nobody"), bucket(claim="", more="claimRef: {name: of-nobody}"),
    _caches("", _limited("1Gi").replace("/cache", "/models").replace("name: cache", "name: model"), pod=HELD),
    _caches("1Gi", env="HF_HOME, value: /cache}, {name: MODEL_PATH, value: /m"), _caches("1Gi", env="HF_HOME, value: /cache/$(OF_NOBODY)"),
    _caches("", _limited("1Gi"), pod="volumes: [{name: cache, hostPath: {path: /a}}]"),
    (bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: '-1'"), {"model": "deepseek-r1"}),
    bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: 1Ti"),
    (bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: '-1'"), {"hardware": "a3ultra", "model": "llama-3-1-8b-instruct"}),
]  # fmt: skip
ALSO_BAD = [
    _caches("", _limited("500Gi")), _caches("", _limited("500Gi").replace("/cache", "/other")), _caches("90Ti"),
    _caches("2Ti", _limited("1Ti")), bucket_pod(attributes="fileCacheCapacity: 40Gi"),
    bucket_pod(attributes="fileCacheCapacity: '-1'"),
    bucket_pod(attributes="mountOptions: 'file-cache:max-size-mb:9000'"),
    bucket_pod(annotations=_ROOM, attributes="fileCacheCapacity: 60Gi"),
    bucket_pod(attributes="mountOptions: 'file-cache:max-size-mb:-1'"),
    bucket_pod(annotations="gke-gcsfuse/file-cache-capacity: 40Gi"),
    bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: 90Ti"), cached("emptyDir: {sizeLimit: 10Gi}"),
    cached("emptyDir: {sizeLimit: 100Gi}", "-1"), cached("emptyDir: {sizeLimit: 90Ti}"), bucket(),
    bucket(claim="", more="claimRef: {name: model}"), bucket(capacity="", more="mountOptions: [a, 'file-cache:max-size-mb:9000']"),
    (bucket_pod(attributes="fileCacheCapacity: '-1'"), {}),
]  # fmt: skip
