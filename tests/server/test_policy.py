"""Policies, budgets, autoscalers and quotas, each as small as can be, and the fields that the server then names.

Every limit stands here with the last value that the server takes and the first that it refuses.
"""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import policy

LARGEST = 2**31 - 1
BAD_LABELS = {"matchLabels": {"a b": "c"}}


def named(check: Any, body: dict[str, Any], version: str = "1.36") -> list[str]:
    return [complaint.path for complaint in check(body, version)]


# --- NetworkPolicy --------------------------------------------------------------------------------


@pytest.mark.parametrize(("port", "fields"), [
    ({}, []),
    ({"protocol": "SCTP"}, []),
    ({"protocol": ""}, ["protocol"]),
    ({"port": 1}, []),
    ({"port": 65535}, []),
    ({"port": 65536}, ["port"]),
    ({"port": "http"}, []),
    ({"port": "a--b"}, ["port"]),
    ({"port": 80, "endPort": 80}, []),
    ({"port": 80, "endPort": 79}, ["endPort"]),
    ({"port": 80, "endPort": 65535}, []),
    ({"port": 80, "endPort": 65536}, ["endPort"]),
    ({"port": 0, "endPort": 80}, ["port"]),
    ({"port": "http", "endPort": 80}, ["endPort"]),
    ({"endPort": 80}, ["endPort"]),
])  # fmt: skip
@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_ports_of_a_network_policy(way: str, port: dict[str, Any], fields: list[str]) -> None:
    body = {"spec": {"podSelector": {}, way: [{"ports": [{}, port]}]}}
    assert named(policy.network_policy, body) == [f"spec.{way}[0].ports[1].{name}" for name in fields]


@pytest.mark.parametrize(("peer", "fields"), [
    ({}, [""]),
    ({"podSelector": {}}, []),
    ({"namespaceSelector": {}}, []),
    ({"podSelector": {}, "namespaceSelector": {}}, []),
    ({"podSelector": BAD_LABELS}, [".podSelector.matchLabels"]),
    ({"namespaceSelector": BAD_LABELS}, [".namespaceSelector.matchLabels"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8"}}, []),
    ({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}, [""]),
    ({"ipBlock": {"cidr": "10.0.0.0/8"}, "namespaceSelector": {}}, [""]),
    ({"ipBlock": {}}, [".ipBlock.cidr"]),
    ({"ipBlock": {"cidr": "10.0.0.0"}}, [".ipBlock.cidr"]),
    ({"ipBlock": {"cidr": "10.0.0.0", "except": ["11.0.0.0/16"]}}, [".ipBlock.cidr"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/9"]}}, [".ipBlock.except[0]"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9"]}}, []),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}, [".ipBlock.except[0]"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/7"]}}, [".ipBlock.except[0]"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/9", "11.0.0.0/9"]}}, [".ipBlock.except[1]"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["fd00::/16"]}}, [".ipBlock.except[0]"]),
    ({"ipBlock": {"cidr": "::/0", "except": ["10.0.0.0/8"]}}, [".ipBlock.except[0]"]),
    ({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["x"]}}, [".ipBlock.except[0]"]),
])  # fmt: skip
@pytest.mark.parametrize(("way", "peers"), [("ingress", "from"), ("egress", "to")])
def test_peers_of_a_network_policy(way: str, peers: str, peer: dict[str, Any], fields: list[str]) -> None:
    body = {"spec": {"podSelector": {}, way: [{peers: [peer]}]}}
    assert named(policy.network_policy, body) == [f"spec.{way}[0].{peers}[0]{name}" for name in fields]


@pytest.mark.parametrize(("types", "paths"), [
    (["Egress"], []),
    (["Ingress", "Egress"], []),
    (["Egress", "Egress"], []),
    (["Ingress", "egress"], ["spec.policyTypes[1]"]),
    (["Ingress", "Egress", "egress"], ["spec.policyTypes"]),
])  # fmt: skip
def test_types_of_a_network_policy(types: list[str], paths: list[str]) -> None:
    assert named(policy.network_policy, {"spec": {"podSelector": {}, "policyTypes": types}}) == paths


# --- PodDisruptionBudget and PriorityClass --------------------------------------------------------


@pytest.mark.parametrize(("spec", "paths"), [
    ({"minAvailable": 0}, []),
    ({"minAvailable": -1}, ["spec.minAvailable"]),
    ({"minAvailable": "100%"}, []),
    ({"minAvailable": "101%"}, ["spec.minAvailable"]),
    ({"minAvailable": LARGEST}, []),
    ({"minAvailable": LARGEST + 1}, ["spec.minAvailable"]),
    ({"minAvailable": "half"}, ["spec.minAvailable"]),
    ({"maxUnavailable": "half"}, ["spec.maxUnavailable"]),
    ({"minAvailable": 1, "maxUnavailable": 1}, ["spec"]),
    ({"selector": BAD_LABELS}, ["spec.selector.matchLabels"]),
    ({"unhealthyPodEvictionPolicy": "IfHealthyBudget"}, []),
    ({"unhealthyPodEvictionPolicy": ""}, ["spec.unhealthyPodEvictionPolicy"]),
])  # fmt: skip
def test_disruption_budgets(spec: dict[str, Any], paths: list[str]) -> None:
    assert named(policy.disruption_budget, {"spec": spec}) == paths


@pytest.mark.parametrize(("name", "fields", "paths"), [
    ("a", {"value": 10**9}, []),
    ("a", {"value": 10**9 + 1}, ["value"]),
    ("a", {"globalDefault": True}, []),
    ("a", {"preemptionPolicy": "PreemptLowerPriority"}, []),
    ("a", {"preemptionPolicy": ""}, ["preemptionPolicy"]),
    ("system-cluster-critical", {"value": 2_000_000_000}, []),
    ("system-node-critical", {"value": 2_000_001_000}, []),
    ("system-node-critical", {"value": 2_000_000_000}, ["metadata.name"]),
    ("system-node-critical", {"value": 2_000_001_000, "globalDefault": True}, ["metadata.name"]),
    ("system-mine", {"value": 1}, ["metadata.name"]),
    ("systems", {"value": 1}, []),
])  # fmt: skip
def test_priority_classes(name: str, fields: dict[str, Any], paths: list[str]) -> None:
    assert named(policy.priority_class, {"metadata": {"name": name}, **fields}) == paths


# --- HorizontalPodAutoscaler ----------------------------------------------------------------------

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}
SOURCE = {
    "metric": {"name": "queue"}, "describedObject": {"kind": "Service", "name": "x"}, "name": "cpu",
    "container": "main", "target": {"type": "AverageValue", "averageValue": 1},
}  # fmt: skip
"""What each type of metric takes; the server does not read the fields of the other types."""


def autoscaler(**spec: Any) -> dict[str, Any]:
    body = {"maxReplicas": 3, "scaleTargetRef": DEPLOYMENT, **spec}
    return {"apiVersion": "autoscaling/v2", "spec": body}


@pytest.mark.parametrize(("spec", "paths"), [
    ({}, []),
    ({"maxReplicas": None}, ["spec.maxReplicas"]),
    ({"maxReplicas": 1}, []),
    ({"minReplicas": 1}, []),
    ({"minReplicas": 3}, []),
    ({"minReplicas": 4}, ["spec.maxReplicas"]),
    ({"minReplicas": -1}, ["spec.minReplicas"]),
    ({"minReplicas": LARGEST, "maxReplicas": LARGEST}, []),
    ({"minReplicas": LARGEST + 1, "maxReplicas": LARGEST + 1}, ["spec.minReplicas"]),
])  # fmt: skip
def test_bounds_of_an_autoscaler(spec: dict[str, Any], paths: list[str]) -> None:
    assert named(policy.autoscaler, autoscaler(**spec)) == paths


@pytest.mark.parametrize(("fields", "wrong"), [
    ({}, []),
    ({"name": ""}, ["name"]),
    ({"kind": "a/b"}, ["kind"]),
    ({"apiVersion": "/v1"}, ["apiVersion"]),
    ({"apiVersion": "v1"}, ["apiVersion"]),
    ({"apiVersion": "apps/v1/"}, ["apiVersion"]),
    ({"apiVersion": "v1", "kind": "ReplicationController"}, []),
    ({"apiVersion": "a/b/c", "kind": "ReplicationController"}, ["apiVersion"]),
])  # fmt: skip
def test_what_an_autoscaler_scales(fields: dict[str, Any], wrong: list[str]) -> None:
    body = autoscaler(scaleTargetRef=DEPLOYMENT | fields)
    assert named(policy.autoscaler, body) == [f"spec.scaleTargetRef.{name}" for name in wrong]
    older = [name for name in wrong if name != "apiVersion"]  # of which 1.33 and before say nothing
    assert named(policy.autoscaler, body, "1.33") == [f"spec.scaleTargetRef.{name}" for name in older]


@pytest.mark.parametrize(("least", "metrics", "version", "paths"), [
    (0, ["External"], "1.36", ["spec.minReplicas"]),
    (0, ["External"], "1.37", []),
    (0, ["Object"], "1.37", []),
    (0, ["Pods", "External"], "1.37", []),
    (0, ["Pods"], "1.37", ["spec.metrics"]),
    (1, ["Pods"], "1.37", []),
    (-1, ["External"], "1.37", ["spec.minReplicas"]),
])  # fmt: skip
def test_scaling_to_zero(least: int, metrics: list[str], version: str, paths: list[str]) -> None:
    written = [{"type": kind, kind.lower(): SOURCE} for kind in metrics]
    assert named(policy.autoscaler, autoscaler(minReplicas=least, metrics=written), version) == paths


@pytest.mark.parametrize(("kind", "field", "target", "wrong"), [
    ("Object", "object", {"value": 1}, []),
    ("Object", "object", {"averageValue": 1}, []),
    ("Object", "object", {"averageUtilization": 1}, ["averageValue"]),
    ("Object", "object", {"value": 1, "averageValue": 1}, []),
    ("External", "external", {"value": 1}, []),
    ("External", "external", {"averageValue": 1}, []),
    ("External", "external", {"averageUtilization": 1}, ["averageValue"]),
    ("External", "external", {"value": 1, "averageValue": 1}, ["value"]),
    ("Pods", "pods", {"averageValue": 1}, []),
    ("Pods", "pods", {"value": 1}, ["averageValue"]),
    ("Resource", "resource", {"averageValue": 1}, []),
    ("Resource", "resource", {"averageUtilization": 1}, []),
    ("Resource", "resource", {"averageUtilization": LARGEST}, []),
    ("Resource", "resource", {"averageUtilization": LARGEST + 1}, ["averageUtilization"]),
    ("Resource", "resource", {"averageUtilization": 0}, ["averageUtilization"]),
    ("Resource", "resource", {"averageUtilization": 1, "averageValue": 1}, ["averageValue"]),
    ("Resource", "resource", {"value": 1}, ["averageUtilization"]),
    ("ContainerResource", "containerResource", {"averageUtilization": 1}, []),
    ("ContainerResource", "containerResource", {"averageValue": 1}, []),
    ("ContainerResource", "containerResource", {}, ["averageUtilization"]),
    ("Resource", "resource", {"averageValue": "1n"}, []),
    ("Resource", "resource", {"averageValue": 0}, ["averageValue"]),
    ("Object", "object", {"value": "-1"}, ["value"]),
    ("Pods", "pods", {"averageValue": 1, "type": "value"}, ["type"]),
])  # fmt: skip
def test_targets_of_a_metric(kind: str, field: str, target: dict[str, Any], wrong: list[str]) -> None:
    source = {**SOURCE, "target": {"type": "Value", **target}}
    body = autoscaler(metrics=[{"type": kind, field: source}])
    assert named(policy.autoscaler, body) == [f"spec.metrics[0].{field}.target.{name}" for name in wrong]


@pytest.mark.parametrize(("kind", "source", "wrong"), [
    ("Pods", {"metric": {"name": "a/b"}}, ["pods.metric.name"]),
    ("Pods", {"metric": {}}, ["pods.metric.name"]),
    ("Object", {"describedObject": {"kind": "", "name": "x"}}, ["object.describedObject.kind"]),
    ("Object", {"describedObject": {"kind": "Service", "name": "x", "apiVersion": "v1"}}, []),
    ("Object", {"describedObject": {"kind": "A", "name": "x", "apiVersion": "a/b/c"}},
     ["object.describedObject.apiVersion"]),
    ("Resource", {"name": ""}, ["resource.name"]),
    ("Resource", {"name": "anything"}, []),
    ("ContainerResource", {"name": ""}, ["containerResource.name"]),
    ("ContainerResource", {"name": "ephemeral-storage"}, []),
    ("ContainerResource", {"name": "gpu"}, ["containerResource.name"]),
    ("ContainerResource", {"name": "nvidia.com/gpu"}, []),
    ("ContainerResource", {"name": "a b"}, ["containerResource.name"]),
    ("ContainerResource", {"name": "requests.a.b/x"}, ["containerResource.name"]),
    ("ContainerResource", {"container": ""}, ["containerResource.container"]),
])  # fmt: skip
def test_sources_of_a_metric(kind: str, source: dict[str, Any], wrong: list[str]) -> None:
    body = autoscaler(metrics=[{"type": kind, policy.METRICS[kind]: SOURCE | source}])
    assert named(policy.autoscaler, body) == [f"spec.metrics[0].{name}" for name in wrong]


@pytest.mark.parametrize(("metric", "wrong"), [
    ({"type": "Pods"}, [".pods"]),
    ({"type": "Pod", "pods": SOURCE}, [".type"]),
    ({"type": "Pod", "pods": SOURCE, "object": SOURCE}, [".type", ".object", ".pods"]),
    ({"type": "Pods", "object": SOURCE}, [".pods"]),
    ({"type": "Pods", "object": SOURCE, "external": SOURCE}, [".pods", ".object", ".external"]),
])  # fmt: skip
def test_a_metric_that_is_not_of_its_type(metric: dict[str, Any], wrong: list[str]) -> None:
    assert named(policy.autoscaler, autoscaler(metrics=[metric])) == [f"spec.metrics[0]{name}" for name in wrong]


STEP = {"type": "Percent", "value": 1, "periodSeconds": 1}


@pytest.mark.parametrize(("rules", "wrong"), [
    ({"stabilizationWindowSeconds": 0}, []),
    ({"stabilizationWindowSeconds": -1}, ["stabilizationWindowSeconds"]),
    ({"stabilizationWindowSeconds": 3600}, []),
    ({"stabilizationWindowSeconds": 3601}, ["stabilizationWindowSeconds"]),
    ({"selectPolicy": "Disabled"}, []),
    ({"selectPolicy": ""}, ["selectPolicy"]),
    ({"policies": None}, []),
    ({"policies": []}, ["policies"]),
    ({"policies": [STEP]}, []),
    ({"policies": [{**STEP, "type": "Pods", "value": LARGEST, "periodSeconds": 1800}]}, []),
    ({"policies": [STEP, {**STEP, "type": ""}]}, ["policies[1].type"]),
    ({"policies": [{**STEP, "value": None}]}, ["policies[0].value"]),
    ({"policies": [{**STEP, "value": LARGEST + 1}]}, ["policies[0].value"]),
    ({"policies": [{**STEP, "periodSeconds": None}]}, ["policies[0].periodSeconds"]),
    ({"policies": [{**STEP, "periodSeconds": 0}]}, ["policies[0].periodSeconds"]),
    ({"policies": [{**STEP, "periodSeconds": 1801}]}, ["policies[0].periodSeconds"]),
    ({"tolerance": 0}, []),
    ({"tolerance": "1n"}, []),
    ({"tolerance": "-1n"}, ["tolerance"]),
])  # fmt: skip
@pytest.mark.parametrize("way", ["scaleUp", "scaleDown"])
def test_how_an_autoscaler_scales(way: str, rules: dict[str, Any], wrong: list[str]) -> None:
    body = autoscaler(behavior={way: rules})
    assert named(policy.autoscaler, body) == [f"spec.behavior.{way}.{name}" for name in wrong]


def test_a_tolerance_is_read_since_1_35() -> None:
    body = autoscaler(behavior={"scaleUp": {"tolerance": -1}})
    assert named(policy.autoscaler, body, "1.34") == []
    assert named(policy.autoscaler, body, "1.35") == ["spec.behavior.scaleUp.tolerance"]


@pytest.mark.parametrize(("share", "good"), [(1, True), (0, False), (LARGEST, True), (LARGEST + 1, False)])
def test_an_autoscaler_of_v1_has_a_share_of_the_cpu_only(share: int, good: bool) -> None:
    body = autoscaler(targetCPUUtilizationPercentage=share, metrics=[{}], behavior={"scaleUp": {"policies": []}})
    found = named(policy.autoscaler, body | {"apiVersion": "autoscaling/v1"})
    assert found == ([] if good else ["spec.metrics[0].resource.target.averageUtilization"])


# --- ResourceQuota --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "amount", "good"), [
    ("a b", 1, False),
    ("gpu", 1, False),
    ("storage", 1, False),
    ("requests.storage", "1Gi", True),
    ("requests.ephemeral-storage", "1Gi", True),
    ("limits.memory", 0, True),
    ("limits.memory", "-1n", False),
    ("cpu", "500m", True),
    ("hugepages-2Mi", "2Mi", True),
    ("requests.hugepages-1Gi", "1Gi", True),
    ("limits.hugepages-1Gi", "1Gi", False),
    ("pods", 5, True),
    ("pods", "500m", False),
    ("services.loadbalancers", "1500m", False),
    ("count/jobs.batch", "500m", False),
    ("nvidia.com/gpu", 8, True),
    ("nvidia.com/gpu", "500m", False),
    ("requests.nvidia.com/gpu", "500m", True),
    ("a.kubernetes.io/b", "500m", True),
])  # fmt: skip
def test_what_a_quota_can_limit(name: str, amount: Any, good: bool) -> None:
    body = {"spec": {"hard": {name: amount}}}
    assert named(policy.resource_quota, body) == ([] if good else [f"spec.hard[{name}]"])


@pytest.mark.parametrize(("scopes", "hard", "complaints"), [
    ([], ["cpu"], 0),
    (["BestEffort"], ["pods"], 0),
    (["BestEffort"], ["cpu", "pods", "memory"], 2),
    (["BestEffort"], ["nvidia.com/gpu"], 0),
    (["NotBestEffort", "Terminating", "PriorityClass", "CrossNamespacePodAffinity"], ["limits.memory", "pods"], 0),
    (["NotTerminating"], ["services"], 1),
    (["VolumeAttributesClass"], ["requests.storage", "persistentvolumeclaims"], 0),
    (["VolumeAttributesClass"], ["pods"], 1),
    (["BestEffort", "NotBestEffort"], ["pods"], 1),
    (["NotTerminating", "BestEffort", "Terminating"], ["pods"], 1),
    (["Terminating", "BestEffort"], ["pods"], 0),
    (["best-effort", "BestEffort"], ["cpu"], 2),
])  # fmt: skip
def test_scopes_of_a_quota(scopes: list[str], hard: list[str], complaints: int) -> None:
    limits = {"hard": dict.fromkeys(hard, 1)}
    assert named(policy.resource_quota, {"spec": {**limits, "scopes": scopes}}) == ["spec.scopes"] * complaints
    selected = [{"scopeName": name, "operator": "Exists"} for name in scopes]
    found = named(policy.resource_quota, {"spec": {**limits, "scopeSelector": {"matchExpressions": selected}}})
    assert {path.removesuffix(".scopeName") for path in found} <= {"spec.scopeSelector.matchExpressions"}
    assert len(found) == complaints


def test_a_scope_of_1_34() -> None:
    body = {"spec": {"scopes": ["VolumeAttributesClass"]}}
    assert named(policy.resource_quota, body, "1.33") == ["spec.scopes"]
    assert named(policy.resource_quota, body, "1.34") == []


@pytest.mark.parametrize(("scope", "operator", "values", "fields"), [
    ("PriorityClass", "In", ["a"], []),
    ("PriorityClass", "NotIn", ["a"], []),
    ("PriorityClass", "NotIn", [], ["values"]),
    ("PriorityClass", "Exists", [], []),
    ("PriorityClass", "DoesNotExist", [], []),
    ("PriorityClass", "DoesNotExist", ["a"], ["values"]),
    ("PriorityClass", "exists", [], ["operator"]),
    ("VolumeAttributesClass", "In", ["a"], []),
    ("Terminating", "In", ["a"], ["operator"]),
    ("Terminating", "DoesNotExist", [], ["operator"]),
    ("Terminating", "Exists", [], []),
    ("Unknown", "In", ["a"], ["scopeName"]),
])  # fmt: skip
def test_expressions_of_a_quota(scope: str, operator: str, values: list[str], fields: list[str]) -> None:
    expression = {"scopeName": scope, "operator": operator, "values": values}
    body = {"spec": {"scopeSelector": {"matchExpressions": [expression]}}}
    assert named(policy.resource_quota, body) == [f"spec.scopeSelector.matchExpressions.{name}" for name in fields]


# --- LimitRange -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("limits", "paths"), [
    ([], []),
    (["Pod", "Container", "example.com/Thing"], []),
    (["Pod", "Pod"], ["[1].type"]),
    (["pod"], ["[0].type"]),
    (["a b"], ["[0].type"]),
    ([""], ["[0].type"]),
    (["PersistentVolumeClaim"], ["[0].limits"]),
])  # fmt: skip
def test_types_of_limits(limits: list[str], paths: list[str]) -> None:
    body = {"spec": {"limits": [{"type": kind} for kind in limits]}}
    assert named(policy.limit_range, body) == [f"spec.limits{path}" for path in paths]


GPU = "nvidia.com/gpu"


@pytest.mark.parametrize(("kind", "bags", "fields"), [
    ("Container", {"max": {"cpu": 1, "memory": 1, "ephemeral-storage": 1, GPU: 1, "hugepages-2Mi": 1}}, []),
    ("Container", {"max": {"storage": 1}}, ["max[storage]"]),
    ("Pod", {"max": {"pods": 1}}, ["max[pods]"]),
    ("example.com/Thing", {"max": {"pods": 1, "storage": 1}}, []),
    ("PersistentVolumeClaim", {"min": {"storage": 1}}, []),
    ("PersistentVolumeClaim", {"max": {"requests.storage": 1}}, ["limits"]),
    ("PersistentVolumeClaim", {"default": {"storage": 1}}, ["limits"]),
    ("Pod", {"default": {"cpu": 1}, "defaultRequest": {"cpu": 1}}, ["default", "defaultRequest"]),
    ("Pod", {"default": {}, "max": {"cpu": 1}, "min": {"cpu": 1}}, []),
    ("Container", {"min": {"cpu": 1}, "defaultRequest": {"cpu": 1}, "default": {"cpu": 1}, "max": {"cpu": 1}}, []),
    ("Container", {"min": {"cpu": 2}, "max": {"cpu": 1}}, ["min[cpu]"]),
    ("Container", {"min": {"cpu": 2}, "defaultRequest": {"cpu": 1}}, ["defaultRequest[cpu]"]),
    ("Container", {"defaultRequest": {"cpu": 2}, "max": {"cpu": 1}}, ["defaultRequest[cpu]"]),
    ("Container", {"defaultRequest": {"cpu": 2}, "default": {"cpu": 1}}, ["defaultRequest[cpu]"]),
    ("Container", {"min": {"cpu": 2}, "default": {"cpu": 1}}, ["default[cpu]"]),
    ("Container", {"default": {"cpu": 2}, "max": {"cpu": 1}}, ["default[cpu]"]),
    ("Container", {"min": {"cpu": 2}, "max": {"memory": 1}}, []),
    ("Container", {"maxLimitRequestRatio": {"cpu": 1}}, []),
    ("Container", {"maxLimitRequestRatio": {"cpu": "999m"}}, ["maxLimitRequestRatio[cpu]"]),
    ("Container", {"maxLimitRequestRatio": {"cpu": 2}, "min": {"cpu": 1}, "max": {"cpu": 2}}, []),
    ("Container", {"maxLimitRequestRatio": {"cpu": "2001m"}, "min": {"cpu": 1}, "max": {"cpu": 2}},
     ["maxLimitRequestRatio[cpu]"]),
    ("Container", {"maxLimitRequestRatio": {"cpu": 3}, "max": {"cpu": 2}}, []),
    ("Container", {"default": {GPU: 2}}, []),
    ("Container", {"default": {GPU: 2}, "defaultRequest": {GPU: 2}}, []),
    ("Container", {"default": {GPU: 2}, "defaultRequest": {GPU: 1}}, [f"defaultRequest[{GPU}]"]),
    ("Container", {"default": {"hugepages-2Mi": 2}, "defaultRequest": {"hugepages-2Mi": 1}},
     ["defaultRequest[hugepages-2Mi]"]),
    ("Container", {"defaultRequest": {GPU: 1}}, []),
    ("Container", {"default": {"kubernetes.io/x": 2}, "defaultRequest": {"kubernetes.io/x": 1}}, []),
    ("Container", {"max": {"requests.a.b/x": 2}}, ["max[requests.a.b/x]"]),
    ("a.b/C", {"default": {"requests.a.b/x": 2}, "defaultRequest": {"requests.a.b/x": 1}},
     ["defaultRequest[requests.a.b/x]"]),
    ("a.b/C", {"max": {"a b": 2, "gpu": 2}}, ["max[a b]", "max[gpu]"]),
    ("Container", {"max": {"requests.hugepages-2Mi": 2}}, ["max[requests.hugepages-2Mi]"]),
    ("a.b/C", {"max": {"requests.hugepages-2Mi": 2}}, []),
])  # fmt: skip
def test_limits(kind: str, bags: dict[str, Any], fields: list[str]) -> None:
    body = {"spec": {"limits": [{"type": kind, **bags}]}}
    assert named(policy.limit_range, body) == [f"spec.limits[0].{name}" for name in fields]
