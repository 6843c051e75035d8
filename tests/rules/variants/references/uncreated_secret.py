"""What uncreated-secret tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other, server, together

_POD = server(container="env: [{name: A, valueFrom: {secretKeyRef: {name: token, key: a}}}]")

_API = "external-secrets.io/v1"

_DATA = "data: [{secretKey: a, remoteRef: {key: a}}]"


def _secret(name: str, policies: str = "creationPolicy: Owner", target: str = "token") -> str:
    return other("ExternalSecret", f"target: {{name: {target}, {policies}}}, {_DATA}", name=name, api=_API)


_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: token}\nstringData: {b: b}\n"
_MERGE = "creationPolicy: Merge"


def _store(project: str, kind: str = "SecretStore", api: str = _API) -> str:
    return other(kind, f"provider: {{gcpsm: {{projectID: {project}}}}}", name="store", api=api)


_CLUSTER = "provider: {gcpsm: {projectID: serving, auth: {workloadIdentity: {clusterProjectID: %s}}}}"


def _of(
    key: str, store: str = "", ref: str = "name: store", how: str = "data: [{secretKey: a, remoteRef: {key: K}}]"
) -> str:
    spec = f"secretStoreRef: {{{ref}}}, {how}".replace("K", key)
    return together(other("ExternalSecret", spec, name="a", api=_API), store or _store("serving"))


_FAKE = other("SecretStore", "provider: {fake: {data: []}}", name="store", api=_API)
_EXTRACT = "dataFrom: [{extract: {key: K}}]"

_ELSEWHERE = "data: [{secretKey: a, remoteRef: {key: a/b}, sourceRef: {storeRef: {name: vault}}}]"

ALSO_GOOD = [
    _of("", how=_ELSEWHERE), _of("a/b").replace("name: store\n", "name: store\n  namespace: other\n", 1),
    _of("hf-api_token9"), _of("a/b", _FAKE), _of("a/b", ref="name: other"), _of("SITE_KEY"), _of("a" * 255),
    _of("hf-token", how=_EXTRACT), _of("a/b", ref="name: store, kind: ClusterSecretStore"), _of("3"),
    together(_POD, _secret("token", _MERGE), _SECRET), together(_POD, _secret("token"), _secret("b", target="b")),
    _secret("token", _MERGE), together(_secret("token", _MERGE), _secret("b", _MERGE), _SECRET),
    together(_POD, _secret("token", "creationPolicy: Owner, deletionPolicy: Delete")),
    together(_secret("token"), _secret("b", _MERGE).replace("name: b\n", "name: b\n  namespace: x\n")).replace(
        "name: token\n", "name: token\n  namespace: y\n"
    ),
    _store("serving"), _store("'123456789012'"), _store("example.com:serving"), _store("SITE_PROJECT"),
    _store("abcdef"), _store("a" * 30), _store("Serving", api="example.com/v1"), _store("<YOUR_PROJECT>"),
    other("SecretStore", "provider: {fake: {data: []}}", name="store", api=_API),
]  # fmt: skip
ALSO_BAD = [
    _of("projects/p/secrets/a/versions/latest"), _of("a/b", how=_EXTRACT), _of("a.b"), _of("a" * 256), _of("''"),
    _of("a b", _store("serving", "ClusterSecretStore"), "name: store, kind: ClusterSecretStore"),
    together(_POD, _secret("token", _MERGE)), together(_POD, _secret("token"), _secret("b")),
    together(_POD, _secret("token"), _secret("b", _MERGE)), _secret("token", "creationPolicy: None"),
    together(_secret("token", "creationPolicy: Orphan"), _secret("b", _MERGE)),
    together(_POD, _secret("token", "creationPolicy: Orphan, deletionPolicy: Delete")),
    together(_POD, other("ExternalSecret", _DATA, name="token", api=_API), _secret("b")),
    _store("Serving"), _store("abcde"), _store("a" * 31), _store("serving-"), _store("9serving"), _store("a_serving"),
    _store("projects/serving"), _store("Serving", "ClusterSecretStore"),
    other("SecretStore", _CLUSTER % "Serving", name="store", api=_API),
]  # fmt: skip
