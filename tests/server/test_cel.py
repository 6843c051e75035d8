"""CEL rules of the vendored kinds: every one can be read, and those of each project pass and fail as its server does."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servelint.server import schema
from servelint.server.semantics import cel
from support import ROOT

RULED = sorted(
    pair for pair in schema.kinds() if schema.known(*pair, schema.NEWEST) and cel._kind(*pair, schema.NEWEST)
)


def thing(api_version: str, kind: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec}


def route(**rule: Any) -> dict[str, Any]:
    return thing("gateway.networking.k8s.io/v1", "HTTPRoute", rules=[rule])


def gateway(*listeners: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return thing("gateway.networking.k8s.io/v1", "Gateway", gatewayClassName="x", listeners=list(listeners), **spec)


def store(**auth: Any) -> dict[str, Any]:
    vault = {"provider": {"doppler": {"auth": auth}}}
    return thing("external-secrets.io/v1", "SecretStore", **vault)


def kustomization(*sources: dict[str, Any]) -> dict[str, Any]:
    base = {"interval": "5m", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "x"}}
    remote = {"kubeConfig": sources[0]} if sources else {}
    return thing("kustomize.toolkit.fluxcd.io/v1", "Kustomization", **base, **remote)


def repository(**spec: Any) -> dict[str, Any]:
    base = {"interval": "5m", "url": "https://example.com/x"}
    return thing("source.toolkit.fluxcd.io/v1", "GitRepository", **base, **spec)


def bucket(**spec: Any) -> dict[str, Any]:
    base = {"interval": "5m", "endpoint": "storage.googleapis.com", "bucketName": "x"}
    return thing("source.toolkit.fluxcd.io/v1", "Bucket", **base, **spec)


def flavor(**spec: Any) -> dict[str, Any]:
    return thing("kueue.x-k8s.io/v1beta1", "ResourceFlavor", **spec)


def queue(covered: tuple[str, ...] = ("nvidia.com/gpu",), **quota: Any) -> dict[str, Any]:
    named = [{"name": "nvidia.com/gpu", "nominalQuota": 8, **quota}]
    group = {"coveredResources": list(covered), "flavors": [{"name": "a4", "resources": named}]}
    return thing("kueue.x-k8s.io/v1beta1", "ClusterQueue", resourceGroups=[group])


def topology(*labels: str) -> dict[str, Any]:
    return thing("kueue.x-k8s.io/v1beta1", "Topology", levels=[{"nodeLabel": label} for label in labels])


def monitoring(label: str) -> dict[str, Any]:
    endpoint = {"port": "metrics", "interval": "30s", "metricRelabeling": [{"action": "replace", "targetLabel": label}]}
    return thing("monitoring.googleapis.com/v1", "PodMonitoring", endpoints=[endpoint], selector={})


def backend(**more: Any) -> dict[str, Any]:
    return {"name": "model", "port": 8000, **more}


def path(kind: str, value: str) -> dict[str, Any]:
    return {"path": {"type": kind, "value": value}}


HTTP = {"name": "http", "port": 80, "protocol": "HTTP"}
TLS = {"name": "tls", "port": 443, "protocol": "TLS"}
SECRET = {"secretRef": {"dopplerToken": {"name": "x"}}}
OIDC = {"oidcConfig": {"identity": "x", "serviceAccountRef": {"name": "x"}}}
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"hostname": "example.com"}}
PREFIX = {"type": "RequestRedirect", "requestRedirect": {"path": {
    "type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1"}}}  # fmt: skip
MATCH = "spec.rules[0].matches[0].path"
CASES: list[tuple[dict[str, Any], str | None, str]] = [
    # gateway-api
    (route(backendRefs=[backend()]), None, ""),
    (route(backendRefs=[{"name": "model"}]), "spec.rules[0].backendRefs[0]", "Must have port for Service reference"),
    (route(backendRefs=[{"name": "m", "group": "inference.networking.k8s.io", "kind": "InferencePool"}]), None, ""),
    (route(matches=[path("PathPrefix", "/v1")]), None, ""),
    (route(matches=[path("PathPrefix", "v1")]), MATCH, "value must be an absolute path and start with '/' when type one"
     " of ['Exact', 'PathPrefix']"),
    (route(matches=[path("Exact", "/a//b")]), MATCH, "must not contain '//' when type one of ['Exact', 'PathPrefix']"),
    (route(matches=[path("RegularExpression", "a//b")]), None, ""),
    (route(matches=[{"path": {"value": "/a/../b"}}]), MATCH, "must not contain '/../' when type one of ['Exact', "
     "'PathPrefix']"),
    (route(filters=[REDIRECT]), None, ""),
    (route(filters=[REDIRECT], backendRefs=[backend()]), "spec.rules[0]", "RequestRedirect filter must not be used "
     "together with backendRefs"),
    (route(filters=[{**REDIRECT, "type": "URLRewrite"}]), "spec.rules[0].filters[0]", "filter.requestRedirect must be "
     "nil if the filter.type is not RequestRedirect"),
    # The rule has no matches: the schema's default for them is a prefix, and so the rule holds.
    (route(filters=[PREFIX]), None, ""),
    (route(filters=[PREFIX], matches=[path("Exact", "/a")]), "spec.rules[0]", "When using RequestRedirect filter with "
     "path.replacePrefixMatch, exactly one PathPrefix match must be specified"),
    (route(timeouts={"request": "10s", "backendRequest": "2s"}), None, ""),
    (route(timeouts={"request": "1s", "backendRequest": "2s"}), "spec.rules[0].timeouts", "backendRequest timeout "
     "cannot be longer than request timeout"),
    (gateway(HTTP), None, ""),
    (gateway(HTTP, {**HTTP, "port": 81}), "spec.listeners", "Listener name must be unique within the Gateway"),
    (gateway(HTTP, {**HTTP, "name": "b"}), "spec.listeners", "Combination of port, protocol and hostname must be unique"
     " for each listener"),
    (gateway({**HTTP, "tls": {"mode": "Passthrough"}}), "spec.listeners", "tls must not be specified for protocols "
     "['HTTP', 'TCP', 'UDP']"),
    (gateway({**TLS, "tls": {"mode": "Passthrough"}}), None, ""),
    (gateway({**TLS, "tls": {}}), "spec.listeners[0].tls", "certificateRefs or options must be specified when mode is "
     'Terminate (Key not found in map : "certificateRefs")'),
    (gateway(HTTP, infrastructure={"labels": {"example.com/a": "b"}}), None, ""),
    (gateway(HTTP, infrastructure={"labels": {"a b": "c"}}), "spec.infrastructure.labels", "Label keys must be in the "
     "form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters."),
    # External Secrets
    (store(**SECRET), None, ""),
    (store(**OIDC), None, ""),
    (store(), "spec.provider.doppler.auth", "Exactly one of 'secretRef' or 'oidcConfig' must be specified"),
    (store(**SECRET, **OIDC), "spec.provider.doppler.auth", "Exactly one of 'secretRef' or 'oidcConfig' must be "
     "specified"),
    # Flux
    (kustomization(), None, ""),
    (kustomization({"secretRef": {"name": "x"}}), None, ""),
    (kustomization({}), "spec.kubeConfig", "exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef "
     "must be specified"),
    (repository(), None, ""),
    (repository(serviceAccountName="x", provider="azure"), None, ""),
    (repository(serviceAccountName="x"), "spec", ""),
    (bucket(), None, ""),
    (bucket(provider="gcp", secretRef={"name": "x"}), None, ""),
    (bucket(provider="gcp", secretRef={"name": "x"}, serviceAccountName="x"), "spec", "cannot set both .spec.secretRef "
     "and .spec.serviceAccountName"),
    # The rule needs the provider that the schema fills in.
    (bucket(serviceAccountName="x"), "spec", ""),
    # Kueue
    (flavor(), None, ""),
    (flavor(topologyName="x", nodeLabels={"a": "b"}), None, ""),
    (flavor(topologyName="x"), "spec", ""),
    (flavor(tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]), None, ""),
    (flavor(tolerations=[{"key": "a", "operator": "Exists", "value": "b"}]), "spec.tolerations", ""),
    (flavor(tolerations=[{"operator": "Equal"}]), "spec.tolerations", ""),
    (flavor(nodeTaints=[{"key": "a", "effect": "NoSchedule"}]), None, ""),
    (queue(), None, ""),
    (queue(("nvidia.com/gpu", "cpu")), "spec.resourceGroups[0]", ""),
    (queue(borrowingLimit=4), "spec", ""),
    (topology("zone", "kubernetes.io/hostname"), None, ""),
    (topology("kubernetes.io/hostname", "zone"), "spec.levels", ""),
    # Managed Prometheus
    (monitoring("model"), None, ""),
    (monitoring("cluster"), "spec.endpoints[0].metricRelabeling[0].targetLabel", ""),
]  # fmt: skip


def found(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item.path, item.message) for item in cel.rule_complaints(body, "1.36")]


@pytest.mark.parametrize(("body", "place", "message"), CASES)
def test_cases(body: dict[str, Any], place: str | None, message: str) -> None:
    complaints = found(body)
    if place is None:
        assert complaints == []
    else:
        assert place in [path for path, _ in complaints]
        assert not message or (place, message) in complaints


@pytest.mark.parametrize(("body", "place", "message"), CASES)
def test_the_examples_keep_their_schema(body: dict[str, Any], place: str | None, message: str) -> None:
    """Else the server would not come to the rules. Of names that stand twice both have something to say."""
    found = schema.violations(body, "1.36")
    assert [item for item in found if item.keyword != "x-kubernetes-list-map-keys"] == []


def test_there_are_kinds_with_rules() -> None:
    assert {kind for _, kind in RULED} >= {"Gateway", "HTTPRoute", "SecretStore", "Bucket", "ResourceFlavor"}
    assert not cel._kind("apps/v1", "Deployment", "1.36")


@pytest.mark.parametrize(("api_version", "kind"), RULED)
def test_every_vendored_rule_can_be_read(api_version: str, kind: str) -> None:
    found, rules = cel._kind(api_version, kind, schema.NEWEST), set[str]()

    def collect(node: object) -> None:
        if isinstance(node, dict):
            rules.update(str(rule.get("rule", "")) for rule in cel._applicable(node))
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            collect(child)

    collect(found.root if found else None)
    assert rules and [reason for rule in sorted(rules) if isinstance(reason := cel._compiled(rule), str)] == []


# --- a schema of our own --------------------------------------------------------------------------


@pytest.fixture
def custom(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Complaints about the spec of a kind whose spec has this schema."""
    cel._kind.cache_clear()

    def complaints(spec_schema: dict[str, Any], spec: Any) -> list[tuple[str, str]]:
        root = {"type": "object", "properties": {"spec": spec_schema}, "$defs": DEFINITIONS}
        monkeypatch.setattr(schema, "known", lambda *_: True)
        monkeypatch.setattr(schema, "schema", lambda *_: root)
        cel._kind.cache_clear()
        return found({"apiVersion": "example.com/v1", "kind": "Custom", "spec": spec})

    yield complaints
    cel._kind.cache_clear()


DEFINITIONS = {
    "named": {"type": "object", "properties": {"name": {"type": "string"}},
              "x-kubernetes-validations": [{"rule": "self.name != 'bad'", "message": " no "}]},
}  # fmt: skip


def rule(text: str, **more: Any) -> dict[str, Any]:
    return {"x-kubernetes-validations": [{"rule": text, **more}]}


STRING, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("own", "spec", "wanted"),
    [
        ({"type": "object", **rule("self.x")}, {"x": False}, [("spec", "breaks the rule self.x")]),
        ({"type": "object", **rule("self.x", message=" as said ")}, {"x": False}, [("spec", "as said")]),
        (
            {"type": "object", **rule("self.x", messageExpression="'x is ' + string(self.x)", message="m")},
            {"x": False}, [("spec", "x is false")],
        ),
        (
            {"type": "object", **rule("self.x", messageExpression="self.y", message="m")},
            {"x": False}, [("spec", "m")],
        ),
        ({"type": "object", **rule("self.x", fieldPath=".a['b/c'][0]", message="m")}, {"x": False},
         [("spec.a[b/c][0]", "m")]),
        # An old object is not there; a rule that nobody can read is not a mistake of the object.
        ({"type": "object", **rule("self.x == oldSelf.x")}, {"x": 1}, []),
        ({"type": "object", **rule("self.x.unknownFunction()")}, {"x": 1}, []),
        ({"type": "object", **rule("self.x.")}, {"x": 1}, []),
        ({"type": "object", **rule("self.x.y.z == 1", message="m")}, {"x": {}},
         [("spec", 'm (Key not found in map : "y")')]),
        # Names that CEL keeps for itself, and null.
        (
            {"type": "object", "properties": {"namespace": STRING, "a-b": STRING, "c__d": STRING},
             **rule("self.__namespace__ == self.a__dash__b && has(self.c__underscores__d)")},
            {"namespace": "x", "a-b": "x", "c__d": ""}, [],
        ),
        ({"type": "object", "additionalProperties": STRING, **rule("'a-b' in self")}, {"a-b": "x"}, []),
        ({"type": "object", "properties": {"x": {"type": ["string", "null"]}}, **rule("!has(self.x)")}, {"x": None}, []),
        # Numbers have the schema's type.
        ({"type": "object", "properties": {"x": NUMBER}, **rule("self.x / 2.0 == 0.5")}, {"x": 1}, []),
        ({"type": "object", "properties": {"x": INTEGER}, **rule("self.x / 2 == 0")}, {"x": 1.0}, []),
        # Defaults, one within another.
        (
            {"type": "object", "properties": {"x": {
                "type": "object", "default": {}, "properties": {"y": {"type": "integer", "default": 3}}}},
             **rule("self.x.y == 3")},
            {}, [],
        ),
        ({"type": "object", "properties": {"x": {"$ref": "#/$defs/named"}}}, {"x": {"name": "bad"}}, [("spec.x", "no")]),
        # Lists, maps, and scalars by themselves.
        ({"type": "array", "items": {"$ref": "#/$defs/named"}}, [{"name": "a"}, {"name": "bad"}], [("spec[1]", "no")]),
        ({"type": "object", "additionalProperties": {"$ref": "#/$defs/named"}}, {"a/b": {"name": "bad"}},
         [("spec[a/b]", "no")]),
        ({"type": "string", **rule("self.size() < 3", message="long")}, "abc", [("spec", "long")]),
        ({"type": "string", **rule("isIP(self) || isCIDR(self)")}, "10.0.0.0/8", []),
        ({"type": "string", **rule("isIP(self) || isCIDR(self)", message="m")}, "10.0.0.0/33", [("spec", "m")]),
        ({"type": "string", **rule("isIP(self)", message="m")}, "::ffff:10.0.0.1", [("spec", "m")]),
        ({"type": "object", "properties": {"x": STRING}, **rule("self.?x.orValue('a') == 'a'")}, {}, []),
    ],
)  # fmt: skip
def test_small_schemas(custom: Any, own: dict[str, Any], spec: Any, wanted: list[tuple[str, str]]) -> None:
    assert custom(own, spec) == wanted


def test_a_rule_at_the_root_has_the_name_that_the_server_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    root = {"type": "object", "properties": {"metadata": {"type": "object"}}, **rule("self.metadata.name != 'x'")}
    monkeypatch.setattr(schema, "known", lambda *_: True)
    monkeypatch.setattr(schema, "schema", lambda *_: root)
    cel._kind.cache_clear()
    (complaint,) = cel.rule_complaints(thing("example.com/v1", "Custom"), "1.36")
    cel._kind.cache_clear()
    assert (complaint.pointer, complaint.path) == ((), "<nil>")


def test_bodies_are_left_as_they_are() -> None:
    for body, _, _ in CASES:
        before = copy.deepcopy(body)
        found(body)
        assert body == before


# --- any shape, and cost --------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800")
SHAPES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way, *(place for key, child in children for place in places(child, (*way, key)))]


@settings(max_examples=500, deadline=None)
@given(st.data(), st.sampled_from([body for body, _, _ in CASES]), SHAPES)
def test_no_shape_raises(data: st.DataObject, body: dict[str, Any], shape: Any) -> None:
    body = copy.deepcopy(body)
    *way, last = data.draw(st.sampled_from(places(body)[1:]))
    node: Any = body
    for step in way:
        node = node[step]
    node[last] = shape
    found(body)


def test_a_resource_without_rules_does_not_load_the_evaluator() -> None:
    script = (
        "import json, sys; sys.path.insert(0, 'scripts'); from servelint.server.semantics import cel; "
        "list(cel.rule_complaints({'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'x'}}, '1.36')); "
        "list(cel.rule_complaints({'apiVersion': 'kueue.x-k8s.io/v1beta1', 'kind': 'LocalQueue', 'spec': {}}, '1.36')); "
        "print(json.dumps([name for name in sys.modules if name.startswith('cel_expr')]))"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize(
    ("name", "text", "holds"),
    [
        ("isURL", "https://a/b", True), ("isURL", "a+b.c-1:x", True), ("isURL", "/a", True), ("isURL", "a/b", False), ("isURL", "", False),
        ("isURL", "1a:b", False), ("isURL", "/a b", False), ("isURL", "/a\x7f", False), ("isURL", "/a\x1f", False), ("isURL", "/a\x20", False),
        ("isIP", "10.0.0.1", True), ("isIP", "::1", True), ("isIP", "10.0.0", False), ("isIP", "10.0.0.256", False), ("isIP", "10.0.0.01", False), ("isIP", "10.0.0.1/8", False),
        ("isCIDR", "10.0.0.0/8", True), ("isCIDR", "10.0.0.0/32", True), ("isCIDR", "10.0.0.0/33", False), ("isCIDR", "10.0.0.0/0", True), ("isCIDR", "::/128", True),
        ("isCIDR", "::/129", False), ("isCIDR", "::/33", True), ("isCIDR", "10.0.0.0", False), ("isCIDR", "10.0.0.0/", False), ("isCIDR", "10.0.0.0/a", False), ("isCIDR", "10.0.0.0/08", False),
    ],
)  # fmt: skip
def test_what_kubernetes_adds_to_the_language(name: str, text: str, holds: bool) -> None:
    assert cel.FUNCTIONS[name](text) is holds
