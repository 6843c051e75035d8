"""What rules of storage tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import bucket_pod, lustre, marked, other, server, together, volume_claim
from servelint.rules.storage import (
    impossible_lustre_size,
    mismatched_claim,
    octal_looking_mode,
    overfull_disk,
    replicas_on_one_disk,
    unmounted_volume,
)

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

# --- two Lustre instances of one name --------------------------------------------------------------------------------

MOUNTS = [f"{{name: {name}, persistentVolumeClaim: {{claimName: {name}}}}}" for name in ("models", "data")]
BOTH = server(pod=f"volumes: [{', '.join(MOUNTS)}]")
ALONE = [server(name=name, pod=f"volumes: [{mount}]") for name, mount in zip("ab", MOUNTS, strict=True)]


def instances(
    one: str = "m", other: str = "m", address: str = "10.90.2.4", *, pod: str = BOTH, handle: str = "a/b-c1-a/IP",
    attributes: str = "ip: IP, filesystem: NAME", bound: str = "volumeName: NAME", spec: str = "",
) -> str:  # fmt: skip
    """Two volumes and their claims. IP, NAME: what an instance has of its own."""
    made = []
    for name, filesystem, ip in (("models", one, "10.90.1.4"), ("data", other, address)):
        driver = attributes.replace("IP", ip).replace("NAME", filesystem)
        made.append(lustre(name, handle=handle.replace("IP", ip), attributes=driver, spec=spec.replace("NAME", name)))
        made.append(volume_claim(name, spec=bound.replace("NAME", name)))
    return together(*made, pod)


def provisioned(parameters: str = "{fileSystem: m}", bound: str = "", of: str = "fast", driver: str = "lustre") -> str:
    """Two claims of a class that gives every instance one name."""
    head = f"apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: fast}}\nparameters: {parameters}\n"
    claims = (volume_claim(name, of=of, spec=bound) for name in ("models", "data"))
    return together(f"{head}provisioner: {driver}.csi.storage.gke.io", *claims, BOTH)


def pinned(one: str, other: str) -> str:
    return together(*(f"{made}  nodeSelector: {{{pin}}}\n" for made, pin in zip(ALONE, (one, other), strict=True)))


GOOD["twice-named-filesystem"] = [
    instances(address="10.90.1.4", handle="a/b/IP:NAME"), instances("", ""), instances(attributes="ip: IP"),
    instances(handle="''", attributes="mountpoint: 'host@tcp:/m'"), instances(bound=""),
    instances(handle="''", attributes="ip: host, filesystem: m"), instances(handle="a/b/same:IP"),
    instances(bound="", spec="claimRef: {name: of-nobody}"), instances(pod=pinned("pool: a", "pool: b")),
    instances(bound="volumeName: other", spec="claimRef: {name: NAME}"), provisioned(of="slow"),
    provisioned("{network: m}"), provisioned(bound="volumeName: of-nobody"), provisioned(driver="other"),
    instances(bound="volumeName: NAME").replace("{name: data}", "{name: data, namespace: a}").replace(BOTH, marked(BOTH, "namespace: b")),
]  # fmt: skip
BAD["twice-named-filesystem"] = [
    instances(attributes="mountpoint: 'IP@tcp:/NAME'"), instances(handle="''", attributes="mountpoint: 'IP@tcp:/m'"),
    instances(handle="''"), instances(handle="a/b/IP:NAME"), instances(bound="", spec="claimRef: {name: NAME}"),
    instances(pod=pinned("pool: a", "pool: a")), instances(pod=pinned("pool: a", "zone: b")), provisioned(),
    instances(pod=together(*ALONE)), instances(handle="a/b/IP", attributes="ip: host, filesystem: m"),
    (instances(), {"hardware": "a3ultra"}),
]  # fmt: skip

# --- volumes and claims ----------------------------------------------------------------------------------------------

pair = mismatched_claim._pair
NAMED, RESERVED, SELECTS = (
    "volumeName: model",
    "claimRef: {namespace: inference, name: model}",
    "selector: {matchLabels: {a: b}}",
)


def classless(text: str, of: str = "PersistentVolume") -> str:
    """Without the class of a volume, or of a claim."""
    head, kind, rest = text.partition(f"kind: {of}\n")
    return head + kind + rest.replace('  storageClassName: ""\n', "", 1)


SMALL = lustre("small").replace("18000Gi", "9Gi")
LARGE = pair("", "", size="9Ti")
GOOD["mismatched-claim"] = [
    pair(of="SITE_CLASS"), pair("", of="SITE_CLASS"), pair("claimRef: {namespace: inference, name: SITE_A}"),
    pair("", of="a").replace('Name: ""', "Name: a"), pair("", of="a").replace('Name: ""', "Name: SITE_A"),
    pair("", f"{NAMED}\n{SELECTS}"), pair(claim=SELECTS), pair(size="lots"), pair(namespace="SITE_A"),
    pair(claim=f"{NAMED}\nvolumeMode: Filesystem"), classless(pair(), "PersistentVolumeClaim"),
    classless(pair("", ""), "PersistentVolumeClaim"), classless(pair("")), together(SMALL, LARGE),
    pair().replace("capacity: {storage: 18000Gi}", "capacity: {}"), together(pair(), lustre("other")),
    together(lustre("other", spec="claimRef: {name: a}"), LARGE), pair(claim="volumeName: of-nobody"),
    pair("claimRef: {namespace: default, name: model}", "", of="other"), pair(namespace="default", claim="volumeName: a"),
    together(pair("", "volumeName: other", size="18001Gi"), lustre("other").replace("18000Gi", "19000Gi")),
    pair("claimRef: {name: a}", "", size="18001Gi"), (pair(), {"kind": "manifest"}),
    pair().replace("  accessModes: [ReadWriteMany]\n", "", 1), pair().replace("model, namespace", "SITE_A, namespace"),
    together(pair("claimRef: {name: x}", "volumeName: other"), lustre("other")),
]  # fmt: skip
BAD["mismatched-claim"] = [
    pair(claim=f"{NAMED}\nvolumeMode: Block"), pair(size="18001Gi", claim=""), pair("", "", size="18001Gi"),
    (pair("claimRef: {name: model}"), {"kind": "leaf"}), pair("", "volumeName: model", size="18001Gi"),
    together(pair(claim=""), lustre("other", spec=RESERVED)), classless(pair("claimRef: {name: model, namespace: default}")),
    together(pair("", "", size="9000Gi").replace("18000Gi", "8000Gi"), SMALL),
    together(pair("", "volumeName: other"), lustre("other").replace("18000Gi", "9Gi")),
    pair("claimRef: {namespace: inference, name: other}", size="18001Gi"),
    (pair("claimRef: {namespace: default, name: model}"), {"kind": "manifest"}),
    together(pair("claimRef: {name: model}", "", namespace=""), lustre("other", spec="claimRef: {name: model}")),
    together(pair("claimRef: {name: model}", "volumeName: other", namespace=""), lustre("other")),
]  # fmt: skip

# --- disks -----------------------------------------------------------------------------------------------------------

caches, limited = overfull_disk._caches, overfull_disk._limited
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
GOOD["overfull-disk"] = [
    (caches("90Ti"), {"model": "deepseek-r1"}), cached("emptyDir: {sizeLimit: 50Gi}"), cached("emptyDir: {sizeLimit: 2Ti}", "-1"),
    cached("persistentVolumeClaim: {claimName: a}", "90Ti", NO_LIMIT), cached("emptyDir: {medium: Memory}", "90Ti", NO_LIMIT),
    (cached("emptyDir: {sizeLimit: 100Gi}", "-1"), {"hardware": "a3ultra"}), cached("emptyDir: {sizeLimit: 2Ti}", "1Ti", NO_LIMIT),
    caches(pod="volumes: [{name: cache, emptyDir: {medium: Memory, sizeLimit: 90Ti}}]"), caches("1Ti", limited("2Ti")),
    marked(caches("2Ti", limited("1Ti")), "annotations: {gke-gcsfuse/volumes: 'true'}"), bucket("other"),
    bucket(claim="volumeName: of-nobody"), bucket(claim="", more="claimRef: {name: of-nobody}"),
    caches("", limited("1Gi").replace("/cache", "/models").replace("name: cache", "name: model"), pod=HELD),
    caches("1Gi", env="HF_HOME, value: /cache}, {name: MODEL_PATH, value: /m"), caches("1Gi", env="HF_HOME, value: /cache/$(OF_NOBODY)"),
    caches("", limited("1Gi"), pod="volumes: [{name: cache, hostPath: {path: /a}}]"),
    (bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: '-1'"), {"model": "deepseek-r1"}),
    bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: 1Ti"),
]  # fmt: skip
BAD["overfull-disk"] = [
    bucket_pod(annotations=NO_LIMIT, attributes="fileCacheCapacity: 90Ti"), cached("emptyDir: {sizeLimit: 10Gi}"),
    cached("emptyDir: {sizeLimit: 100Gi}", "-1"), cached("emptyDir: {sizeLimit: 90Ti}"), bucket(),
    bucket(claim="", more="claimRef: {name: model}"), bucket(capacity="", more="mountOptions: [a, 'file-cache:max-size-mb:9000']"),
    (bucket_pod(attributes="fileCacheCapacity: '-1'"), {}),
]  # fmt: skip

many = replicas_on_one_disk._set
SCALER = replicas_on_one_disk._SCALER
ONE = many("ReadWriteOnce", "replicas: 1")


def predictor(fields: str) -> str:
    """An InferenceService that loads from a claim with eight GPUs."""
    volume = "volumes: [{name: model, persistentVolumeClaim: {claimName: model}}]"
    container = "containers: [{name: a, image: b, resources: {limits: {nvidia.com/gpu: 8}}}]"
    return together(
        other("InferenceService", f"predictor: {{{fields}, {volume}, {container}}}"), volume_claim(mode="ReadWriteOnce")
    )


GOOD["replicas-on-one-disk"] = [
    many("ReadWriteOncePod", "replicas: 1"), many("ReadWriteOncePod", gpus=0), many(""), predictor("maxReplicas: 1"),
    many("ReadWriteOnce").replace("metadata: {name: model}", "metadata: {name: model, namespace: a}").replace("name: server\n", "name: server\n  namespace: b\n", 1),
    together(ONE, SCALER.replace(", maxReplicas: 3", "")),
]  # fmt: skip
BAD["replicas-on-one-disk"] = [
    predictor("maxReplicas: 2"), predictor("minReplicas: 2"),
    together(ONE, SCALER.replace("HorizontalPodAutoscaler", "ScaledObject").replace("maxReplicas", "maxReplicaCount")),
]  # fmt: skip

mounts, TWO, CACHE = unmounted_volume._mounts, unmounted_volume._TWO, unmounted_volume._CACHE
SIDECAR = "annotations: {gke-gcsfuse/volumes: 'true'}"


def loads(uri: str, claim: str = "model") -> str:
    model = f"predictor: {{model: {{modelFormat: {{name: a}}, storageUri: '{uri}'}}}}"
    return together(other("InferenceService", model), volume_claim(claim))


GOOD["unmounted-volume"] = [
    mounts("", "volumes: []", spec="serviceName: a\nvolumeClaimTemplates: [{spec: {}}]", kind="StatefulSet"),
    loads("pvc://model/a"), loads("s3://model/a"), mounts("", CACHE, SIDECAR, kind="Deployment"),
    marked(mounts("", CACHE, kind="Deployment"), SIDECAR), mounts("own", "volumes: []", spec="volumeClaimTemplates: [{metadata: {name: own}}]", kind="Deployment"),
]  # fmt: skip
BAD["unmounted-volume"] = [
    loads("pvc://model/a", "other"), marked(mounts("", "volumes: [{name: a, emptyDir: {}}]", kind="Deployment"), SIDECAR),
    together(marked(mounts("model logs"), "namespace: b"), volume_claim().replace("{name: model}", "{name: model, namespace: a}")),
]  # fmt: skip

BAD["octal-looking-mode"] = [
    server(pod=octal_looking_mode._VOLUME.replace("SOURCE", f"configMap: {{name: a, defaultMode: {mode}}}"))
    for mode in octal_looking_mode.MEANT
]
GOOD["octal-looking-mode"] = [
    one.replace(f": {mode}}}", f": {mode + 1}}}")
    for one, mode in zip(BAD["octal-looking-mode"], (400, 404, 440, 444, 500, 505), strict=True)
]


def lustre_claim(speed: int, size: int) -> str:
    return volume_claim(of=f"lustre-rwx-{speed}mbps-per-tib", size=f"{size}Gi")


STEPS = {1000: 9_000, 500: 18_000, 250: 36_000, 125: 72_000}
GOOD["impossible-lustre-size"] = [
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (1, 170)),
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (176, 1112) if speed > 125),
    volume_claim(of="lustre-rwx", size="lots"), volume_claim(of="lustre-rwx-7mbps-per-tib", size="9000Gi"),
    volume_claim(size="1Gi"),
]  # fmt: skip
BAD["impossible-lustre-size"] = [
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (171, 1120)),
    *(lustre_claim(speed, step + 1) for speed, step in STEPS.items()), lustre_claim(125, 72_000 * 176),
    together(impossible_lustre_size._CLASS.replace("500", "7"), volume_claim(of="lustre", size="lots")),
]  # fmt: skip
