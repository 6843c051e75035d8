"""What dangling-reference tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import config_map, other, server, together, volume_claim


def _mounts(name: str, field: str = "configMap: {name: NAME}", kind: str = "LeaderWorkerSet") -> str:
    return server(kind=kind, pod=f"volumes: [{{name: engine, {field.replace('NAME', name)}}}]")


_PVC = "persistentVolumeClaim: {claimName: NAME}"
_ROUTE = other("HTTPRoute", "rules: [{backendRefs: [{name: of-nobody, port: 80}]}]")
_CLASS = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1\n"

_TOP = ("overlays/clusters/c/kustomization.yaml", 4)
_CLUSTER = {"kind": "cluster", "path": "overlays/clusters/c", "built": {"overlays/clusters/c": _TOP}}
_ACCOUNT = (
    ("base/platform/a", ("base/platform/a",), (("ServiceAccount", "of-nobody"),), (("base/site/a", ("key",)),)),
)
_PLATFORM = {**_CLUSTER, "platform": _ACCOUNT}
_HAS_PART = {**_PLATFORM, "built": {"overlays/clusters/c": _TOP, "base/platform/a": _TOP}}
_SERVES, _BENCH = "overlays/a3ultra/m/serve", "overlays/a3ultra/m/bench"
_RUNS = {**_CLUSTER, "folders": [_SERVES, _BENCH], "built": {"overlays/clusters/c": _TOP, _BENCH: _TOP}}
_LEAF = {"path": _BENCH, "built": {_BENCH: (f"{_BENCH}/kustomization.yaml", 1)}}
_NOBODY = server(pod="serviceAccountName: of-nobody")
_DISK = _mounts("m-serve-a3ultra-model", _PVC).replace("name: server", "name: m-bench-a3ultra-job", 1)


def _store(auth: str, kind: str = "SecretStore") -> str:
    spec = f"provider: {{gcpsm: {{projectID: serving, auth: {{{auth}}}}}}}"
    return other(kind, spec, name="store", api="external-secrets.io/v1")


_KEY = "secretRef: {secretAccessKeySecretRef: {name: NAME, key: key.json}}"
_ACCOUNT_OF = "workloadIdentity: {serviceAccountRef: {name: eso}}"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: gcp}\nstringData: {key.json: '{}'}\n"

ALSO_GOOD = [
    together(_store(_KEY.replace("NAME", "gcp")), _SECRET), _store(_KEY.replace("NAME", "SITE_SECRET")),
    (_store(_ACCOUNT_OF), {"external": [["ServiceAccount", "eso"]]}), _store(_ACCOUNT_OF, "ClusterSecretStore"),
    _store(_KEY.replace("NAME", "gcp")).replace("external-secrets.io", "example.com"),
    _store(_ACCOUNT_OF.replace("name: eso", "name: eso, namespace: vault")),
    _mounts("SITE_CONFIG"), _mounts("engine, optional: true"),
    (_mounts("engine"), {"external": [["ConfigMap", "engine"]]}), _ROUTE, server(pod="priorityClassName: of-nobody"),
    together(_mounts("model", _PVC), volume_claim()),
]  # fmt: skip
ALSO_BAD = [
    _store(_KEY.replace("NAME", "gcp")), _store(_ACCOUNT_OF),
    _store(_ACCOUNT_OF.replace("name: eso", "name: eso, namespace: vault"), "ClusterSecretStore"),
    _mounts("engine"), (_ROUTE, {"kind": "cluster"}), together(server(pod="priorityClassName: of-nobody"), _CLASS),
    together(_mounts("model", _PVC), volume_claim("models")), _NOBODY, (_NOBODY, _PLATFORM),
    (together(_NOBODY, _NOBODY.replace("name: server", "name: other", 1)), _PLATFORM), (_NOBODY, _HAS_PART),
    (_DISK, _RUNS), (_mounts("model"), _LEAF), (_mounts("engine"), _LEAF), (_mounts("engines"), _LEAF),
    (together(_mounts("engine"), config_map({"a": "b"}, "m-bench-a3ultra-engine-4h2mf7b9ck")), _LEAF),
]  # fmt: skip
