"""What each kind asks for beyond its schema: every rule with something that keeps it and something that breaks it.

A case is a change to a good object and the field that kube-apiserver 1.36 then names, None where it takes the object.
"""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servelint.server.schema import VERSIONS, scope, violations
from servelint.server.semantics import kinds, service, workloads
from servelint.server.semantics.field import Complaint

GONE = object()
"""The new value of a field that is taken out."""
PART = {"labels": {"app": "x"}}
POD = {"containers": [{"name": "main", "image": "example/x:v1"}]}
ONCE = {**POD, "restartPolicy": "Never"}
SELECTOR = {"matchLabels": {"app": "x"}}
TEMPLATE = {"metadata": PART, "spec": POD}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
AFFINITY = {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]}}
RESOURCE = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
VALUE = {"type": "Value", "value": "5"}
RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
NONE_SPECIAL = "metadata.annotations[kubernetes.io/service-account.name]"


def thing(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **fields}


DEVICES = {
    "requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu.nvidia.com", "count": 8}}],
    "constraints": [{"requests": ["gpu"], "matchAttribute": "gpu.nvidia.com/productName"}],
    "config": [{"requests": ["gpu"], "opaque": {"driver": "gpu.nvidia.com", "parameters": {}}}],
}
REQUEST = "spec/spec/devices/requests"
RBAC = "rbac.authorization.k8s.io/v1"
ROLE_REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
GOOD: dict[str, dict[str, Any]] = {
    body["kind"]: body
    for body in (
        thing("apps/v1", "Deployment", spec={"selector": SELECTOR, "template": TEMPLATE}),
        thing("apps/v1", "ReplicaSet", spec={"selector": SELECTOR, "template": TEMPLATE}),
        thing("apps/v1", "DaemonSet", spec={"selector": SELECTOR, "template": TEMPLATE}),
        thing("apps/v1", "StatefulSet", spec={"selector": SELECTOR, "template": TEMPLATE, "serviceName": "x"}),
        thing("batch/v1", "Job", spec={"template": {"spec": ONCE}}),
        thing(
            "batch/v1", "CronJob",
            spec={"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": ONCE}}}},
        ),
        thing("v1", "Pod", spec=POD),
        thing("v1", "PodTemplate", template=TEMPLATE),
        thing("v1", "Service", spec={"ports": [{"port": 80}]}),
        thing("v1", "ConfigMap", data={"a": "b"}),
        thing("v1", "Secret", data={"a": "Yg=="}),
        thing("v1", "Namespace"),
        thing("resource.k8s.io/v1", "ResourceClaimTemplate", spec={"spec": {"devices": DEVICES}}),
        thing("resource.k8s.io/v1", "DeviceClass", spec={"selectors": [{"cel": {"expression": "true"}}]}),
        thing("v1", "ServiceAccount"),
        thing(
            "v1", "PersistentVolume",
            spec={
                "capacity": {"storage": "1Ti"}, "accessModes": ["ReadOnlyMany"],
                "csi": {"driver": "lustre.csi.storage.gke.io", "volumeHandle": "project/zone/name"},
            },
        ),
        thing("v1", "PersistentVolumeClaim", spec=CLAIM),
        thing("storage.k8s.io/v1", "StorageClass", provisioner="pd.csi.storage.gke.io"),
        thing("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}}),
        thing("policy/v1", "PodDisruptionBudget", spec={"selector": SELECTOR, "maxUnavailable": 0}),
        thing("scheduling.k8s.io/v1", "PriorityClass", value=1000),
        thing(
            "autoscaling/v2", "HorizontalPodAutoscaler",
            spec={
                "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
                "metrics": [{"type": "Resource", "resource": RESOURCE}],
            },
        ),
        thing("v1", "ResourceQuota", spec={"hard": {"requests.nvidia.com/gpu": "8", "pods": 10}}),
        thing("v1", "LimitRange", spec={"limits": [{"type": "Container", "max": {"cpu": 4}}]}),
        thing(RBAC, "Role", rules=[RULE]),
        thing(RBAC, "ClusterRole", rules=[RULE]),
        thing(RBAC, "RoleBinding", roleRef=ROLE_REF, subjects=[{"kind": "ServiceAccount", "name": "x"}]),
        thing(
            RBAC, "ClusterRoleBinding", roleRef=ROLE_REF,
            subjects=[{"kind": "ServiceAccount", "name": "x", "namespace": "default"}],
        ),
    )
}  # fmt: skip

Changes = dict[str | tuple[Any, ...], Any]


def changed(kind: str, changes: Changes) -> dict[str, Any]:
    """The good object of a kind with other values; steps are parted by "/", numbers are places in lists."""
    body = copy.deepcopy(GOOD[kind])
    for path, value in changes.items():
        value = value if value is GONE else copy.deepcopy(value)
        steps = path if isinstance(path, tuple) else path.split("/")
        *way, last = [int(step) if isinstance(step, str) and step.isdigit() else step for step in steps]
        node: Any = body
        for step in way:
            node = node[step] if isinstance(step, int) else node.setdefault(step, {})
        if value is GONE:
            del node[last]
        elif isinstance(last, int) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    return body


Case = tuple[str, Changes, str | None]
METADATA: list[Case] = [
    ("Deployment", {"metadata/name": "a.b-c"}, None),
    ("Deployment", {"metadata/name": "Model_Server"}, "metadata.name"),
    ("Deployment", {"metadata/name": "x" * 253}, None),
    ("Deployment", {"metadata/name": "x" * 254}, "metadata.name"),
    ("Deployment", {"metadata": {}}, "metadata.name"),
    ("Deployment", {"metadata": {"generateName": "x-"}}, None),
    ("Deployment", {"metadata/labels": {"a": "b c"}}, "metadata.labels"),
    ("Deployment", {"metadata/annotations": {"a b": "c"}}, "metadata.annotations"),
    ("Deployment", {"metadata/finalizers": ["example.com/x"]}, None),
    ("Deployment", {"metadata/finalizers": ["x"]}, "metadata.finalizers[0]"),
    ("StatefulSet", {"metadata/name": "a.b"}, "metadata.name"),
    ("Namespace", {"metadata/name": "a.b"}, "metadata.name"),
    ("Namespace", {"metadata/labels": {"pod-security.kubernetes.io/enforce": "baseline"}}, None),
    (
        "Namespace", {"metadata/labels": {"pod-security.kubernetes.io/enforce": "basic"}},
        "metadata.labels[pod-security.kubernetes.io/enforce]",
    ),
    (
        "Namespace", {"metadata/labels": {"pod-security.kubernetes.io/warn-version": "1.36"}},
        "metadata.labels[pod-security.kubernetes.io/warn-version]",
    ),
    ("Namespace", {"metadata/generation": -1}, "metadata.generation"),
    ("Deployment", {"metadata/generation": -1}, None),
    (
        "ResourceClaimTemplate", {REQUEST: []},
        "spec.spec.devices.constraints[0].requests[0] + spec.spec.devices.config[0].requests[0]",
    ),
    ("ResourceClaimTemplate", {REQUEST: [DEVICES["requests"][0]] * 2}, "spec.spec.devices.requests[1]"),
    ("ResourceClaimTemplate", {f"{REQUEST}/0/exactly": GONE}, "spec.spec.devices.requests[0]"),
    ("ResourceClaimTemplate", {f"{REQUEST}/0/exactly/count": -1}, "spec.spec.devices.requests[0].exactly.count"),
    ("ResourceClaimTemplate", {f"{REQUEST}/0/exactly/allocationMode": "All"}, "spec.spec.devices.requests[0].exactly.count"),
    (
        "ResourceClaimTemplate", {"spec/spec/devices/constraints/0/matchAttribute": "productName"},
        "spec.spec.devices.constraints[0].matchAttribute",
    ),
    (
        "ResourceClaimTemplate", {"spec/spec/devices/config/0/opaque/parameters": GONE},
        "spec.spec.devices.config[0].opaque.parameters",
    ),
    ("DeviceClass", {"spec/selectors/0/cel/expression": "device.driver =="}, "spec.selectors[0].cel.expression"),
    ("Namespace", {"spec": {"finalizers": ["kubernetes"]}}, None),
    ("Namespace", {"spec": {"finalizers": ["x"]}}, "spec.finalizers"),
    ("Service", {"metadata/name": "4x"}, None),
    ("Service", {"metadata/name": "a.b"}, "metadata.name"),
    ("Role", {"metadata/name": "system:x"}, None),
    ("Role", {"metadata/name": "a/b"}, "metadata.name"),
    ("PodDisruptionBudget", {"metadata/name": "A_b"}, None),
    ("PodDisruptionBudget", {"metadata/name": ".."}, "metadata.name"),
    ("PodDisruptionBudget", {"metadata/finalizers": ["x"]}, None),
    ("ClusterRole", {"metadata/namespace": "default"}, None),
    ("ServiceAccount", {"metadata/name": "X"}, "metadata.name"),
    ("Pod", {"metadata/name": "X"}, "metadata.name"),
]  # fmt: skip

ROLLING = "spec/strategy/rollingUpdate"
DEPLOYMENT: list[Case] = [
    ("Deployment", {"spec/replicas": 0}, None),
    ("Deployment", {"spec/replicas": -1}, "spec.replicas"),
    ("Deployment", {"spec/minReadySeconds": -1}, "spec.minReadySeconds"),
    ("Deployment", {"spec/revisionHistoryLimit": -1}, "spec.revisionHistoryLimit"),
    ("Deployment", {"spec/selector": {}}, "spec.selector"),
    ("Deployment", {"spec/selector": {"matchLabels": {"app": "y"}}}, "spec.template.metadata.labels"),
    ("Deployment", {"spec/template/metadata": GONE}, "spec.template.metadata.labels"),
    ("Deployment", {"spec/selector/matchLabels": {"a b": "c"}}, "spec.selector.matchLabels"),
    ("Deployment", {"spec/selector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x"]}]}}, None),
    (
        "Deployment", {"spec/selector": {"matchExpressions": [{"key": "app", "operator": "In"}]}},
        "spec.selector.matchExpressions[0].values",
    ),
    ("Deployment", {"spec/template/spec/restartPolicy": "Never"}, "spec.template.spec.restartPolicy"),
    ("Deployment", {"spec/template/spec/activeDeadlineSeconds": 5}, "spec.template.spec.activeDeadlineSeconds"),
    ("Deployment", {"spec/strategy": {"type": "Recreate"}}, None),
    ("Deployment", {"spec/strategy": {"type": ""}}, None),
    ("Deployment", {"spec/strategy": {"type": "recreate"}}, "spec.strategy"),
    ("Deployment", {"spec/strategy": {"type": "Recreate", "rollingUpdate": {}}}, "spec.strategy.rollingUpdate"),
    ("Deployment", {ROLLING: {"maxSurge": 0}}, None),
    ("Deployment", {ROLLING: {"maxSurge": "200%", "maxUnavailable": 0}}, None),
    ("Deployment", {ROLLING: {"maxSurge": 0, "maxUnavailable": "0%"}}, "spec.strategy.rollingUpdate.maxUnavailable"),
    ("Deployment", {ROLLING: {"maxUnavailable": "101%"}}, "spec.strategy.rollingUpdate.maxUnavailable"),
    ("Deployment", {ROLLING: {"maxUnavailable": -1}}, "spec.strategy.rollingUpdate.maxUnavailable"),
    ("Deployment", {ROLLING: {"maxSurge": "1"}}, "spec.strategy.rollingUpdate.maxSurge"),
    ("Deployment", {ROLLING: {"maxSurge": "1.5%"}}, "spec.strategy.rollingUpdate.maxSurge"),
    ("Deployment", {"spec/progressDeadlineSeconds": 1}, None),
    ("Deployment", {"spec/progressDeadlineSeconds": 0}, "spec.progressDeadlineSeconds"),
    ("Deployment", {"spec/minReadySeconds": 600}, "spec.progressDeadlineSeconds"),
    ("Deployment", {"spec/minReadySeconds": 600, "spec/progressDeadlineSeconds": 601}, None),
    ("ReplicaSet", {"spec/replicas": -1}, "spec.replicas"),
    ("ReplicaSet", {"spec/selector/matchLabels": {"app": "y"}}, "spec.template.metadata.labels"),
    ("ReplicaSet", {"spec/template/spec/activeDeadlineSeconds": 5}, "spec.template.spec.activeDeadlineSeconds"),
]  # fmt: skip

UPDATE = "spec/updateStrategy"
UNAVAILABLE = "spec.updateStrategy.rollingUpdate.maxUnavailable"
SETS: list[Case] = [
    ("DaemonSet", {UPDATE: {"type": "OnDelete"}}, None),
    ("DaemonSet", {UPDATE: {"type": "Recreate"}}, "spec.updateStrategy"),
    ("DaemonSet", {f"{UPDATE}/rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, None),
    ("DaemonSet", {f"{UPDATE}/rollingUpdate": {"maxSurge": 1}}, "spec.updateStrategy.rollingUpdate.maxSurge"),
    ("DaemonSet", {f"{UPDATE}/rollingUpdate": {"maxUnavailable": 0}}, UNAVAILABLE),
    ("DaemonSet", {f"{UPDATE}/rollingUpdate": {"maxUnavailable": "x"}}, UNAVAILABLE),
    ("DaemonSet", {"spec/minReadySeconds": -1}, "spec.minReadySeconds"),
    ("DaemonSet", {"spec/revisionHistoryLimit": -1}, "spec.revisionHistoryLimit"),
    ("DaemonSet", {"spec/selector": {}}, "spec.selector"),
    ("DaemonSet", {"spec/template/spec/restartPolicy": "OnFailure"}, "spec.template.spec.restartPolicy"),
    ("StatefulSet", {"spec/podManagementPolicy": "Parallel"}, None),
    ("StatefulSet", {"spec/podManagementPolicy": "parallel"}, "spec.podManagementPolicy"),
    ("StatefulSet", {UPDATE: {"type": "OnDelete"}}, None),
    ("StatefulSet", {UPDATE: {"type": "OnDelete", "rollingUpdate": {}}}, "spec.updateStrategy.rollingUpdate"),
    ("StatefulSet", {UPDATE: {"type": "Recreate"}}, "spec.updateStrategy"),
    ("StatefulSet", {f"{UPDATE}/rollingUpdate": {"partition": -1}}, "spec.updateStrategy.rollingUpdate.partition"),
    ("StatefulSet", {f"{UPDATE}/rollingUpdate": {"maxUnavailable": 0}}, None),
    ("StatefulSet", {"spec/replicas": -1}, "spec.replicas"),
    ("StatefulSet", {"spec/ordinals": {"start": -1}}, "spec.ordinals.start"),
    ("StatefulSet", {"spec/serviceName": "a.b"}, "spec.serviceName"),
    ("StatefulSet", {"spec/serviceName": ""}, None),
    ("StatefulSet", {"spec/selector": {}}, "spec.selector"),
    ("StatefulSet", {"spec/selector/matchLabels": {"app": "y"}}, "spec.template.metadata.labels"),
    (
        "StatefulSet", {"spec/persistentVolumeClaimRetentionPolicy": {"whenScaled": "delete"}},
        "spec.persistentVolumeClaimRetentionPolicy.whenScaled",
    ),
    ("StatefulSet", {"spec/template/spec/restartPolicy": "Never"}, "spec.template.spec.restartPolicy"),
    ("StatefulSet", {"spec/template/spec/activeDeadlineSeconds": 5}, "spec.template.spec.activeDeadlineSeconds"),
    ("StatefulSet", {"spec/template/spec/hostname": "a_b", "spec/template/spec/subdomain": "A"}, None),
    (
        "StatefulSet",
        {
            "spec/volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": CLAIM}],
            "spec/template/spec/containers/0/volumeMounts": [{"name": "d", "mountPath": "/d"}],
        },
        None,
    ),
    (
        "StatefulSet", {"spec/template/spec/containers/0/volumeMounts": [{"name": "d", "mountPath": "/d"}]},
        "spec.template.spec.containers[0].volumeMounts[0].name",
    ),
    (
        "StatefulSet",
        {"spec/volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {**CLAIM, "accessModes": []}}]},
        "spec.volumeClaimTemplates[0].spec.accessModes",
    ),
]  # fmt: skip

INDEXED: Changes = {"spec/completionMode": "Indexed", "spec/completions": 4}
PER_INDEX: Changes = {**INDEXED, "spec/backoffLimitPerIndex": 1}
MANY: Changes = {**PER_INDEX, "spec/completions": 200_000, "spec/maxFailedIndexes": 10}
FAILURE = "spec.podFailurePolicy.rules[0]"


def failure(**rule: Any) -> Changes:
    return {"spec/podFailurePolicy": {"rules": [{"action": "FailJob", **rule}]}}


def codes(*values: int, operator: str = "In", **more: Any) -> Changes:
    return failure(onExitCodes={"operator": operator, "values": list(values), **more})


def success(**rule: Any) -> Changes:
    return {**INDEXED, "spec/successPolicy": {"rules": [rule]}}


READY = {"type": "Ready", "status": "True"}
JOB: list[Case] = [
    *[
        ("Job", {**PER_INDEX, f"spec/{name}": -1}, f"spec.{name}")
        for name in (
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
            "backoffLimitPerIndex", "maxFailedIndexes",
        )
    ],
    ("Job", {"spec/parallelism": 0}, None),
    ("Job", {"spec/template/spec/restartPolicy": "OnFailure"}, None),
    ("Job", {"spec/template/spec/restartPolicy": "Always"}, "spec.template.spec.restartPolicy"),
    ("Job", {"spec/template/spec/restartPolicy": GONE}, "spec.template.spec.restartPolicy"),
    ("Job", {"spec/template/spec/activeDeadlineSeconds": 5}, None),
    ("Job", {"spec/completionMode": "indexed"}, "spec.completionMode"),
    ("Job", {"spec/completionMode": "Indexed"}, None),
    ("Job", {"spec/completionMode": "Indexed", "spec/parallelism": 2}, "spec.completions"),
    ("Job", {**INDEXED, "spec/parallelism": 100_001}, "spec.parallelism"),
    ("Job", {"spec/parallelism": 100_001}, None),
    ("Job", {"metadata/name": "x" * 63}, None),
    ("Job", {"metadata/name": "x" * 64}, "spec.template.labels"),
    ("Job", {**INDEXED, "metadata/name": "x" * 61}, None),
    ("Job", {**INDEXED, "metadata/name": "x" * 62}, "metadata.name"),
    ("Job", {**INDEXED, "metadata/name": "a.b"}, "metadata.name"),
    ("Job", {**INDEXED, "metadata/name": "a.b", "spec/completions": 0}, None),
    ("Job", PER_INDEX, None),
    ("Job", {**PER_INDEX, "spec/maxFailedIndexes": 4}, None),
    ("Job", {**PER_INDEX, "spec/maxFailedIndexes": 5}, "spec.maxFailedIndexes"),
    ("Job", {**INDEXED, "spec/maxFailedIndexes": 4}, "spec.backoffLimitPerIndex"),
    ("Job", {"spec/backoffLimitPerIndex": 1}, "spec.backoffLimitPerIndex"),
    ("Job", MANY, None),
    ("Job", {**MANY, "spec/maxFailedIndexes": 10_001}, "spec.maxFailedIndexes"),
    ("Job", {**PER_INDEX, "spec/completions": 200_000}, "spec.maxFailedIndexes"),
    ("Job", {**MANY, "spec/parallelism": 10_001}, "spec.parallelism"),
    ("Job", {"spec/managedBy": "kueue.x-k8s.io/multikueue"}, None),
    ("Job", {"spec/managedBy": "kueue"}, "spec.managedBy"),
    ("Job", {"spec/managedBy": "a.b/" + "c" * 60}, "spec.managedBy"),
    ("Job", {"spec/podReplacementPolicy": "Failed"}, None),
    ("Job", {"spec/podReplacementPolicy": "Never"}, "spec.podReplacementPolicy"),
    ("Job", codes(1, 2), None),
    ("Job", {**codes(1), "spec/template/spec/restartPolicy": "OnFailure"}, "spec.template.spec.restartPolicy"),
    ("Job", {**codes(1), "spec/podReplacementPolicy": "TerminatingOrFailed"}, "spec.podReplacementPolicy"),
    ("Job", codes(0, operator="NotIn"), None),
    ("Job", codes(0), f"{FAILURE}.onExitCodes.values[0]"),
    ("Job", codes(1, 1), f"{FAILURE}.onExitCodes.values[1]"),
    ("Job", codes(2, 1), f"{FAILURE}.onExitCodes.values"),
    ("Job", codes(), f"{FAILURE}.onExitCodes.values"),
    ("Job", codes(1, operator="Is"), f"{FAILURE}.onExitCodes.operator"),
    ("Job", codes(1, containerName="main"), None),
    ("Job", codes(1, containerName="other"), f"{FAILURE}.onExitCodes.containerName"),
    ("Job", failure(onPodConditions=[READY]), None),
    ("Job", failure(onPodConditions=[{"type": "Ready"}]), None),
    ("Job", failure(onPodConditions=[{**READY, "status": "true"}]), f"{FAILURE}.onPodConditions[0].status"),
    ("Job", failure(onPodConditions=[{**READY, "type": "a b"}]), f"{FAILURE}.onPodConditions[0].type"),
    ("Job", failure(onPodConditions=[READY] * 21), f"{FAILURE}.onPodConditions"),
    ("Job", failure(onPodConditions=[READY], action="Retry"), f"{FAILURE}.action"),
    ("Job", failure(onPodConditions=[READY], action="FailIndex"), f"{FAILURE}.action"),
    ("Job", {**failure(onPodConditions=[READY], action="FailIndex"), **PER_INDEX}, None),
    ("Job", failure(), FAILURE),
    ("Job", failure(onPodConditions=[READY], onExitCodes={"operator": "In", "values": [1]}), FAILURE),
    (
        "Job", {"spec/podFailurePolicy": {"rules": [{"action": "Count", "onPodConditions": [READY]}] * 21}},
        "spec.podFailurePolicy.rules",
    ),
    ("Job", success(succeededCount=2), None),
    ("Job", success(succeededIndexes="0,2-3"), None),
    ("Job", success(succeededIndexes="0,4"), "spec.successPolicy.rules[0].succeededIndexes"),
    ("Job", success(succeededIndexes="2,1"), "spec.successPolicy.rules[0].succeededIndexes"),
    ("Job", success(succeededIndexes="2-2"), "spec.successPolicy.rules[0].succeededIndexes"),
    ("Job", success(succeededCount=5), "spec.successPolicy.rules[0].succeededCount"),
    ("Job", success(succeededCount=-1), "spec.successPolicy.rules[0].succeededCount"),
    ("Job", success(succeededCount=2, succeededIndexes="1"), "spec.successPolicy.rules[0].succeededCount"),
    ("Job", success(), "spec.successPolicy.rules[0]"),
    ("Job", {**INDEXED, "spec/successPolicy": {"rules": []}}, "spec.successPolicy.rules"),
    ("Job", {"spec/successPolicy": {"rules": [{"succeededCount": 1}]}}, "spec.successPolicy"),
    ("Job", {"spec/selector": SELECTOR}, "spec.selector + spec.template.metadata.labels"),
    ("Job", {"spec/manualSelector": True}, "spec.selector"),
    ("Job", {"spec/manualSelector": True, "spec/selector": SELECTOR}, "spec.template.metadata.labels"),
    ("Job", {"spec/manualSelector": True, "spec/selector": SELECTOR, "spec/template/metadata": PART}, None),
    ("Job", {"spec/template/metadata": {"labels": {"job-name": "x"}}}, None),
    ("Job", {"spec/template/metadata": {"labels": {"job-name": "y"}}}, "spec.template.metadata.labels[job-name]"),
    (
        "Job", {"spec/template/metadata": {"labels": {"controller-uid": "y"}}},
        "spec.template.metadata.labels[controller-uid]",
    ),
]  # fmt: skip

SCHEDULES = {
    "*/5 * * * *": True, "0 9-17/2 * jan-mar mon,fri": True, "@daily": True, "@every 1h30m": True, "0 0 ? * *": True,
    "@every 1 hour": False, "* * * *": False, "0 3 * * * *": False, "60 * * * *": False, "0 24 * * *": False,
    "0 0 0 * *": False, "0 0 * 13 *": False, "0 0 * * 7": False, "0 0 * * fri-mon": False, "*/0 * * * *": False,
    "5-1 * * * *": False, "1-2-3 * * * *": False, "a * * * *": False, "CRON_TZ=UTC 0 3 * * *": False,
    "@weekday": False, "1/2/3 * * * *": False, "": False, "50/100 * * * *": True, "*-5 * * * *": True,
}  # fmt: skip
INNER = "spec/jobTemplate/spec"
CRON_JOB: list[Case] = [
    *[("CronJob", {"spec/schedule": text}, None if good else "spec.schedule") for text, good in SCHEDULES.items()],
    ("CronJob", {"spec/timeZone": "Europe/Berlin"}, None),
    ("CronJob", {"spec/timeZone": "Europe/Bielefeld"}, "spec.timeZone"),
    ("CronJob", {"spec/timeZone": "Local"}, "spec.timeZone"),
    ("CronJob", {"spec/timeZone": ""}, "spec.timeZone"),
    ("CronJob", {"spec/timeZone": "../etc"}, "spec.timeZone"),
    ("CronJob", {"spec/concurrencyPolicy": "Forbid"}, None),
    ("CronJob", {"spec/concurrencyPolicy": "forbid"}, "spec.concurrencyPolicy"),
    ("CronJob", {"spec/startingDeadlineSeconds": -1}, "spec.startingDeadlineSeconds"),
    ("CronJob", {"spec/successfulJobsHistoryLimit": -1}, "spec.successfulJobsHistoryLimit"),
    ("CronJob", {"spec/failedJobsHistoryLimit": -1}, "spec.failedJobsHistoryLimit"),
    ("CronJob", {"metadata/name": "x" * 52}, None),
    ("CronJob", {"metadata/name": "x" * 53}, "metadata.name"),
    ("CronJob", {f"{INNER}/selector": SELECTOR}, "spec.jobTemplate.spec.selector"),
    ("CronJob", {f"{INNER}/manualSelector": True}, "spec.jobTemplate.spec.manualSelector"),
    ("CronJob", {f"{INNER}/backoffLimit": -1}, "spec.jobTemplate.spec.backoffLimit"),
    (
        "CronJob", {f"{INNER}/template/spec/restartPolicy": "Always"},
        "spec.jobTemplate.spec.template.spec.restartPolicy",
    ),
    ("Pod", {"spec/restartPolicy": "Sometimes"}, "spec.restartPolicy"),
    ("PodTemplate", {"template/spec/containers/0/name": "a_b"}, "template.spec.containers[0].name"),
]  # fmt: skip


def ports(*items: dict[str, Any], **spec: Any) -> Changes:
    return {"spec": {"ports": list(items), **spec}}


HTTP, GRPC = {"name": "http", "port": 80}, {"name": "grpc", "port": 81}
NODE = {**HTTP, "nodePort": 30080}
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
BALANCED: Changes = {"spec/type": "LoadBalancer"}
AFFINE = "spec/sessionAffinityConfig"
SERVICE: list[Case] = [
    ("Service", ports(), "spec.ports"),
    ("Service", ports(clusterIP="None"), None),
    ("Service", ports(type="ExternalName", externalName="example.com."), None),
    ("Service", ports(type="ExternalName"), "spec.externalName"),
    ("Service", ports(type="ExternalName", externalName="a_b"), "spec.externalName"),
    ("Service", ports(type="ExternalName", externalName="a.b", clusterIP="None"), "spec.clusterIPs"),
    ("Service", ports(type="ExternalName", externalName="a.b", ipFamilies=["IPv4"]), "spec.ipFamilies"),
    ("Service", ports(type="ExternalName", externalName="a.b", ipFamilyPolicy="SingleStack"), "spec.ipFamilyPolicy"),
    ("Service", {"spec/type": "External"}, "spec.type"),
    ("Service", ports(HTTP, GRPC), None),
    ("Service", ports(HTTP, {"port": 81}), "spec.ports[1].name"),
    ("Service", ports(HTTP, {**GRPC, "name": "http"}), "spec.ports[1].name"),
    ("Service", ports({**HTTP, "name": "Http"}), "spec.ports[0].name"),
    ("Service", ports(HTTP, {**GRPC, "port": 80}), "spec.ports[1]"),
    ("Service", ports(HTTP, {**GRPC, "port": 80, "protocol": "UDP"}), None),
    ("Service", ports({"port": 0}), "spec.ports[0].port"),
    ("Service", ports({"port": 65536}), "spec.ports[0].port"),
    ("Service", ports({**HTTP, "protocol": "tcp"}), "spec.ports[0].protocol"),
    ("Service", ports({**HTTP, "targetPort": "http-metrics"}), None),
    ("Service", ports({**HTTP, "targetPort": 0}), None),
    ("Service", ports({**HTTP, "targetPort": "8080"}), "spec.ports[0].targetPort"),
    ("Service", ports({**HTTP, "targetPort": 70000}), "spec.ports[0].targetPort"),
    ("Service", ports({**HTTP, "targetPort": "a-name-that-is-too-long"}), "spec.ports[0].targetPort"),
    ("Service", ports({**HTTP, "appProtocol": "kubernetes.io/h2c"}), None),
    ("Service", ports({**HTTP, "appProtocol": "a b"}), "spec.ports[0].appProtocol"),
    ("Service", ports({**HTTP, "nodePort": 30080}), "spec.ports[0].nodePort"),
    ("Service", ports({**HTTP, "nodePort": 30080}, type="NodePort"), None),
    (
        "Service", ports({**HTTP, "nodePort": 30080}, {**GRPC, "nodePort": 30080}, type="NodePort"),
        "spec.ports[1].nodePort + spec.ports[1].nodePort",
    ),
    (
        "Service", ports({**HTTP, "nodePort": 30080}, {**GRPC, "nodePort": 30080, "protocol": "UDP"}, type="NodePort"),
        "spec.ports[1].nodePort",
    ),
    (
        "Service",
        ports({**NODE, "name": "h2"}, {**NODE, "name": "h3", "protocol": "UDP"}, type="NodePort"),
        None,
    ),
    ("Service", {"spec/selector": {"a b": "c"}}, "spec.selector"),
    ("Service", {"spec/clusterIP": "None", **BALANCED}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "None", "spec/type": "NodePort"}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "10.0.0.300"}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "none"}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "10.0.5.5"}, None),
    ("Service", {"spec/clusterIPs": ["10.0.5.5"]}, "spec.clusterIPs"),
    ("Service", {"spec/clusterIP": "10.0.5.5", "spec/clusterIPs": ["10.0.5.6"]}, "spec.clusterIPs"),
    ("Service", {"spec/clusterIP": "10.0.005.5"}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "10.0.5.5", "spec/ipFamilies": ["IPv6"]}, "spec.clusterIPs[0]"),
    ("Service", {"spec/clusterIP": "10.0.5.5", "spec/clusterIPs": ["10.0.5.5", "10.0.5.6"]}, "spec.clusterIPs"),
    ("Service", {"spec/clusterIP": "10.0.5.5", "spec/clusterIPs": ["10.0.5.5", "fd00::1"]}, "spec.ipFamilyPolicy"),
    ("Service", {"spec/ipFamilies": ["IPv4"]}, None),
    ("Service", {"spec/ipFamilies": ["ipv4"]}, "spec.ipFamilies[0]"),
    ("Service", {"spec/ipFamilies": ["IPv4", "IPv4"]}, "spec.ipFamilies[1]"),
    ("Service", {"spec/ipFamilies": ["IPv4", "IPv6"]}, "spec.ipFamilyPolicy"),
    ("Service", {"spec/ipFamilyPolicy": "PreferDualStack"}, None),
    ("Service", {"spec/ipFamilyPolicy": "DualStack"}, "spec.ipFamilyPolicy"),
    ("Service", {"spec/sessionAffinity": "ClientIP"}, None),
    ("Service", {"spec/sessionAffinity": "Cookie"}, "spec.sessionAffinity"),
    ("Service", {"spec/sessionAffinity": "ClientIP", AFFINE: {"clientIP": {"timeoutSeconds": 86400}}}, None),
    (
        "Service", {"spec/sessionAffinity": "ClientIP", AFFINE: {"clientIP": {"timeoutSeconds": 86401}}},
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
    ),
    ("Service", {AFFINE: {"clientIP": {"timeoutSeconds": 0}}}, None),
    ("Service", {"spec/externalIPs": ["192.0.2.1"]}, None),
    ("Service", {"spec/externalIPs": ["127.0.0.1"]}, "spec.externalIPs[0]"),
    ("Service", {"spec/externalIPs": ["example.com"]}, "spec.externalIPs[0]"),
    ("Service", {"spec/externalIPs": ["::ffff:192.0.2.1"]}, "spec.externalIPs[0]"),
    ("Service", {**BALANCED, "spec/loadBalancerSourceRanges": [" 10.0.0.0/8 "]}, None),
    ("Service", {**BALANCED, "spec/loadBalancerSourceRanges": ["10.0.0.1/8"]}, "spec.LoadBalancerSourceRanges[0]"),
    ("Service", {**BALANCED, "spec/loadBalancerSourceRanges": ["10.0.0.0"]}, "spec.LoadBalancerSourceRanges[0]"),
    ("Service", {"spec/loadBalancerSourceRanges": ["10.0.0.0/8"]}, "spec.LoadBalancerSourceRanges"),
    ("Service", {**BALANCED, "metadata/annotations": {RANGES: "10.0.0.0/8, 192.0.2.0/24"}}, None),
    ("Service", {**BALANCED, "metadata/annotations": {RANGES: "10.0.0.0/33"}}, f"metadata.annotations[{RANGES}]"),
    ("Service", {"metadata/annotations": {RANGES: ""}}, f"metadata.annotations[{RANGES}]"),
    ("Service", {**BALANCED, "spec/allocateLoadBalancerNodePorts": False}, None),
    ("Service", {"spec/allocateLoadBalancerNodePorts": False}, "spec.allocateLoadBalancerNodePorts"),
    ("Service", {**BALANCED, "spec/loadBalancerClass": "example.com/x"}, None),
    ("Service", {**BALANCED, "spec/loadBalancerClass": "a b"}, "spec.loadBalancerClass"),
    ("Service", {"spec/loadBalancerClass": "example.com/x"}, "spec.loadBalancerClass"),
    ("Service", {**BALANCED, "spec/externalTrafficPolicy": "Local"}, None),
    ("Service", {**BALANCED, "spec/externalTrafficPolicy": "local"}, "spec.externalTrafficPolicy"),
    ("Service", {"spec/externalTrafficPolicy": "Local"}, "spec.externalTrafficPolicy"),
    ("Service", {"spec/externalTrafficPolicy": "Local", "spec/externalIPs": ["192.0.2.1"]}, None),
    ("Service", {"spec/internalTrafficPolicy": "Local"}, None),
    ("Service", {"spec/internalTrafficPolicy": "None"}, "spec.internalTrafficPolicy"),
    ("Service", {"spec/healthCheckNodePort": 30000}, "spec.healthCheckNodePort"),
    (
        "Service", {**BALANCED, "spec/externalTrafficPolicy": "Local", "spec/healthCheckNodePort": 30001}, None,
    ),
    ("Service", {"spec/trafficDistribution": "PreferSameZone"}, None),
    ("Service", {"spec/trafficDistribution": "Near"}, "spec.trafficDistribution"),
]  # fmt: skip

LONG = "x" * (1024 * 1024)
CONFIG: list[Case] = [
    ("ConfigMap", {"data": {"engine.yaml": "x", "_a-B.1": "", "..a": ""}}, "data[..a]"),
    ("ConfigMap", {"data": {"engine.yaml": "x", "_a-B.1": ""}}, None),
    ("ConfigMap", {"data": {"a b": "c"}}, "data[a b]"),
    ("ConfigMap", {"data": {"x" * 254: "c"}}, f"data[{'x' * 254}]"),
    ("ConfigMap", {"data": {".": "c"}}, "data[.]"),
    ("ConfigMap", {"data": {"a": LONG}}, None),
    ("ConfigMap", {"data": {"a": LONG, "b": "x"}}, "[]"),
    ("ConfigMap", {"data": {"a": "é" * 300_000, "b": "x" * 450_000}}, "[]"),
    ("ConfigMap", {"binaryData": {"b": "Yg=="}}, None),
    ("ConfigMap", {"binaryData": {"a": "Yg=="}}, "data[a]"),
    ("ConfigMap", {"binaryData": {"b c": "Yg=="}}, "binaryData[b c]"),
    ("ConfigMap", {"immutable": True}, None),
    ("Secret", {"data": {"a b": ""}}, "data[a b]"),
    ("Secret", {"stringData": {"a b": ""}}, "data[a b]"),
    ("Secret", {"stringData": {"a": LONG}}, None),
    ("Secret", {"stringData": {"b": LONG}}, "data"),
    ("Secret", {"type": "example.com/x"}, None),
    ("Secret", {"type": "kubernetes.io/tls", "stringData": {"tls.crt": "", "tls.key": ""}}, None),
    ("Secret", {"type": "kubernetes.io/tls", "stringData": {"tls.crt": ""}}, "data[tls.key]"),
    ("Secret", {"type": "kubernetes.io/basic-auth", "stringData": {"password": ""}}, None),
    ("Secret", {"type": "kubernetes.io/basic-auth"}, "data[username]"),
    ("Secret", {"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": "x"}}, None),
    ("Secret", {"type": "kubernetes.io/ssh-auth", "stringData": {"ssh-privatekey": ""}}, "data[ssh-privatekey]"),
    ("Secret", {"type": "kubernetes.io/dockerconfigjson"}, "data[.dockerconfigjson]"),
    ("Secret", {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{}"}}, None),
    *[
        ("Secret", {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": text}},
         "data[.dockerconfigjson]")
        for text in ("", "[]", "{", '{"a": NaN}')
    ],
    ("Secret", {"type": "kubernetes.io/dockercfg"}, "data[.dockercfg]"),
    ("Secret", {"type": "kubernetes.io/service-account-token"}, NONE_SPECIAL),
    (
        "Secret",
        {
            "type": "kubernetes.io/service-account-token",
            "metadata/annotations": {"kubernetes.io/service-account.name": "x"},
        },
        None,
    ),
]  # fmt: skip

SNAPSHOT = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "x"}
TERMS = "spec.nodeAffinity.required.nodeSelectorTerms"


def source(name: str, body: dict[str, Any], /, **more: Any) -> Changes:
    return {"spec/csi": GONE, f"spec/{name}": body, **more}


def expression(**fields: Any) -> Changes:
    return {"spec/nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [fields]}]}}}


def secret_ref(**fields: Any) -> Changes:
    return {"spec/csi/nodePublishSecretRef": fields}


STORAGE: list[Case] = [
    ("PersistentVolumeClaim", {"spec/accessModes": []}, "spec.accessModes"),
    ("PersistentVolumeClaim", {"spec/accessModes": ["ReadWriteOnly"]}, "spec.accessModes"),
    ("PersistentVolumeClaim", {"spec/accessModes": ["ReadWriteOncePod"]}, None),
    ("PersistentVolumeClaim", {"spec/accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}, "spec.accessModes"),
    ("PersistentVolumeClaim", {"spec/resources": {}}, "spec.resources[storage]"),
    ("PersistentVolumeClaim", {"spec/resources/requests/storage": 0}, "spec.resources[storage]"),
    ("PersistentVolumeClaim", {"spec/resources/requests/storage": "-1Gi"}, "spec.resources[storage]"),
    ("PersistentVolumeClaim", {"spec/storageClassName": ""}, None),
    ("PersistentVolumeClaim", {"spec/storageClassName": "A_b"}, "spec.storageClassName"),
    ("PersistentVolumeClaim", {"spec/volumeMode": "Block"}, None),
    ("PersistentVolumeClaim", {"spec/volumeMode": "block"}, "spec.volumeMode"),
    ("PersistentVolumeClaim", {"spec/volumeMode": ""}, "spec.volumeMode"),
    ("PersistentVolumeClaim", {"spec/selector": {"matchLabels": {"a b": "c"}}}, "spec.selector.matchLabels"),
    ("PersistentVolumeClaim", {"spec/dataSource": SNAPSHOT}, None),
    ("PersistentVolumeClaim", {"spec/dataSource": {**SNAPSHOT, "kind": "Other"}}, None),
    ("PersistentVolumeClaim", {"spec/dataSource": {**SNAPSHOT, "name": ""}}, "spec.dataSource.name"),
    ("PersistentVolumeClaim", {"spec/dataSourceRef": {**SNAPSHOT, "kind": "Other"}}, None),
    ("PersistentVolumeClaim", {"spec/dataSourceRef": {"kind": "Other", "name": "x"}}, "spec.dataSourceRef"),
    ("PersistentVolumeClaim", {"spec/dataSourceRef": {**SNAPSHOT, "apiGroup": "A"}}, "spec.dataSourceRef.apiGroup"),
    ("PersistentVolumeClaim", {"spec/dataSource": SNAPSHOT, "spec/dataSourceRef": {**SNAPSHOT, "name": "y"}}, "spec"),
    ("PersistentVolumeClaim", {"spec/volumeAttributesClassName": "A"}, "spec.volumeAttributesClassName"),
    ("PersistentVolume", {"spec/accessModes": []}, "spec.accessModes"),
    ("PersistentVolume", {"spec/accessModes": ["ReadOnly"]}, "spec.accessModes"),
    ("PersistentVolume", {"spec/capacity": {}}, "spec.capacity"),
    ("PersistentVolume", {"spec/capacity/cpu": 1}, "spec.capacity"),
    ("PersistentVolume", {"spec/capacity/storage": "0"}, "spec.capacity[storage]"),
    ("PersistentVolume", {"spec/csi": GONE}, "spec"),
    ("PersistentVolume", {"spec/csi/volumeHandle": ""}, "spec.csi.volumeHandle"),
    ("PersistentVolume", {"spec/csi/driver": "a_b"}, "spec.csi.driver"),
    ("PersistentVolume", {"spec/csi/driver": "Upper.example.com"}, None),
    ("PersistentVolume", {"spec/csi/driver": "x" * 64}, "spec.csi.driver"),
    ("PersistentVolume", secret_ref(name="x", namespace="y"), None),
    ("PersistentVolume", secret_ref(name="x"), "spec.csi.nodePublishSecretRef.namespace"),
    ("PersistentVolume", secret_ref(name="X", namespace="y"), "spec.csi.nodePublishSecretRef.name"),
    ("PersistentVolume", {"spec/nfs": {"server": "a", "path": "/b"}}, "spec.csi"),
    ("PersistentVolume", source("nfs", {"server": "a", "path": "/b"}), None),
    ("PersistentVolume", source("nfs", {"server": "a", "path": "b"}), "spec.nfs.path"),
    ("PersistentVolume", source("nfs", {"server": "", "path": "/b"}), "spec.nfs.server"),
    ("PersistentVolume", source("hostPath", {"path": "/b", "type": "Directory"}), None),
    ("PersistentVolume", source("hostPath", {"path": "/b", "type": "Folder"}), "spec.hostPath.type"),
    ("PersistentVolume", source("hostPath", {"path": "/../b"}), "spec.hostPath.path"),
    (
        "PersistentVolume", source("hostPath", {"path": "//"}, **{"spec/persistentVolumeReclaimPolicy": "Recycle"}),
        "spec.persistentVolumeReclaimPolicy",
    ),
    ("PersistentVolume", source("local", {"path": "/b"}), "spec.nodeAffinity"),
    ("PersistentVolume", source("local", {"path": "/b"}, **{"spec/nodeAffinity": AFFINITY}), None),
    ("PersistentVolume", source("local", {"path": "a/../b"}, **{"spec/nodeAffinity": AFFINITY}), "spec.local.path"),
    ("PersistentVolume", source("fc", {"wwids": ["x"]}), None),
    ("PersistentVolume", source("fc", {"targetWWNs": ["x"]}), "spec.fc.lun"),
    ("PersistentVolume", source("gcePersistentDisk", {"pdName": ""}), "spec.persistentDisk.pdName"),
    ("PersistentVolume", source("azureFile", {"secretName": "a", "shareName": ""}), "spec.azureFile.shareName"),
    ("PersistentVolume", source("azureFile", {"secretName": "a", "shareName": "b", "secretNamespace": "c"}), None),
    (
        "PersistentVolume", source("azureFile", {"secretName": "a", "shareName": "b", "secretNamespace": ""}),
        "spec.azureFile.secretNamespace",
    ),
    ("PersistentVolume", source("rbd", {"monitors": [], "image": "x"}), "spec.rbd.monitors"),
    ("PersistentVolume", source("flexVolume", {"driver": "a/b"}), None),
    ("PersistentVolume", source("storageos", {"volumeName": "X"}), "spec.storageos.volumeName"),
    ("PersistentVolume", {"spec/nodeAffinity": {}}, "spec.nodeAffinity.required"),
    ("PersistentVolume", {"spec/nodeAffinity": {"required": {"nodeSelectorTerms": []}}}, TERMS),
    ("PersistentVolume", expression(key="a", operator="In"), f"{TERMS}[0].matchExpressions[0].values"),
    ("PersistentVolume", expression(key="a", operator="Gt", values=["1"]), None),
    ("PersistentVolume", expression(key="a", operator="Is"), f"{TERMS}[0].matchExpressions[0].operator"),
    ("PersistentVolume", expression(key="a b", operator="Exists"), f"{TERMS}[0].matchExpressions[0].key"),
    ("PersistentVolume", {"spec/persistentVolumeReclaimPolicy": "Keep"}, "spec.persistentVolumeReclaimPolicy"),
    ("PersistentVolume", {"spec/storageClassName": "A"}, "spec.storageClassName"),
    ("PersistentVolume", {"spec/volumeMode": "Disk"}, "spec.volumeMode"),
    ("PersistentVolume", {"spec/volumeAttributesClassName": ""}, "spec.volumeAttributesClassName"),
    ("PersistentVolume", {"spec/volumeAttributesClassName": "x"}, None),
    (
        "PersistentVolume", source("nfs", {"server": "a", "path": "/b"}, **{"spec/volumeAttributesClassName": "x"}),
        "spec.csi",
    ),
    (
        "PersistentVolume", {"metadata/annotations": {"volume.beta.kubernetes.io/mount-options": "ro"}},
        "metadata.annotations.volume.beta.kubernetes.io/mount-options",
    ),
    ("StorageClass", {"provisioner": ""}, "provisioner"),
    ("StorageClass", {"provisioner": "kubernetes.io/no-provisioner"}, None),
    ("StorageClass", {"provisioner": "a b"}, "provisioner"),
    ("StorageClass", {"reclaimPolicy": "Retain"}, None),
    ("StorageClass", {"reclaimPolicy": "Recycle"}, "reclaimPolicy"),
    ("StorageClass", {"volumeBindingMode": "WaitForFirstConsumer"}, None),
    ("StorageClass", {"volumeBindingMode": "Later"}, "volumeBindingMode"),
    ("StorageClass", {"volumeBindingMode": ""}, "volumeBindingMode"),
    ("StorageClass", {"parameters": {"type": "hyperdisk-ml"}}, None),
    ("StorageClass", {"parameters": {"": "x"}}, "parameters"),
    ("StorageClass", {"parameters": {str(i): "x" for i in range(513)}}, "parameters"),
    ("StorageClass", {"parameters": {"a": "x" * 262144}}, "parameters"),
    ("StorageClass", {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a"]}]}]}, None),
    (
        "StorageClass", {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": []}]}]},
        "allowedTopologies[0].matchLabelExpressions[0].values",
    ),
    (
        "StorageClass", {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a"]}] * 2}]},
        "allowedTopologies[0].matchLabelExpressions[1].key",
    ),
    (
        "StorageClass", {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone", "values": ["a"]}]}] * 2},
        "allowedTopologies[1].matchLabelExpressions",
    ),
    ("StorageClass", {"allowedTopologies": [{}]}, "allowedTopologies[0].matchLabelExpressions"),
]  # fmt: skip


def ingress(**rule: Any) -> Changes:
    return {"spec/ingress": [rule]}


def block(cidr: str, *parts: str) -> Changes:
    return ingress(**{"from": [{"ipBlock": {"cidr": cidr, "except": list(parts)}}]})


def metric(kind: str, field: str, /, **source: Any) -> Changes:
    return {"spec/metrics": [{"type": kind, field: source}]}


def scaling(**rules: Any) -> Changes:
    return {"spec/behavior": {"scaleUp": rules}}


def scoped(**requirement: Any) -> Changes:
    return {"spec/hard": {"pods": 1}, "spec/scopeSelector": {"matchExpressions": [requirement]}}


def limit(kind: str = "Container", **bags: Any) -> Changes:
    return {"spec/limits": [{"type": kind, **bags}]}


PEER = "spec.ingress[0].from[0]"
NAMED = {"name": "queue"}
STEP = {"type": "Pods", "value": 1, "periodSeconds": 60}
POLICY: list[Case] = [
    ("NetworkPolicy", {"spec/podSelector": {"matchLabels": {"a b": "c"}}}, "spec.podSelector.matchLabels"),
    ("NetworkPolicy", {"spec/ingress": [{"from": [{"namespaceSelector": {}}, {"podSelector": {}}]}]}, None),
    ("NetworkPolicy", {"spec/ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {}}]}]}, None),
    ("NetworkPolicy", {"spec/egress": [{"to": [{}]}]}, "spec.egress[0].to[0]"),
    ("NetworkPolicy", {"spec/policyTypes": ["Ingress", "Egress"]}, None),
    ("NetworkPolicy", {"spec/policyTypes": ["ingress"]}, "spec.policyTypes[0]"),
    ("NetworkPolicy", {"spec/policyTypes": ["Ingress"] * 3}, "spec.policyTypes"),
    ("NetworkPolicy", ingress(ports=[{"port": 80, "endPort": 90}, {"port": "http"}, {}]), None),
    ("NetworkPolicy", ingress(ports=[{"port": 80, "endPort": 70}]), "spec.ingress[0].ports[0].endPort"),
    ("NetworkPolicy", ingress(ports=[{"port": "http", "endPort": 70}]), "spec.ingress[0].ports[0].endPort"),
    ("NetworkPolicy", ingress(ports=[{"endPort": 70}]), "spec.ingress[0].ports[0].endPort"),
    ("NetworkPolicy", ingress(ports=[{"port": 0}]), "spec.ingress[0].ports[0].port"),
    ("NetworkPolicy", ingress(ports=[{"protocol": "ICMP"}]), "spec.ingress[0].ports[0].protocol"),
    ("NetworkPolicy", ingress(**{"from": [{}]}), PEER),
    ("NetworkPolicy", ingress(**{"from": [{"podSelector": {}, "namespaceSelector": {}}]}), None),
    ("NetworkPolicy", ingress(**{"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]}), PEER),
    ("NetworkPolicy", {"spec/egress": [{"to": [{}]}]}, "spec.egress[0].to[0]"),
    ("NetworkPolicy", block("10.0.0.0/8", "10.1.0.0/16"), None),
    ("NetworkPolicy", block("10.0.0.0/8", "10.0.0.0/8"), f"{PEER}.ipBlock.except[0]"),
    ("NetworkPolicy", block("10.0.0.0/8", "11.0.0.0/16"), f"{PEER}.ipBlock.except[0]"),
    ("NetworkPolicy", block("10.0.0.0/8", "x"), f"{PEER}.ipBlock.except[0]"),
    ("NetworkPolicy", block("fd00::/8", "fd01::/16"), None),
    ("NetworkPolicy", block("10.0.0.0"), f"{PEER}.ipBlock.cidr"),
    ("NetworkPolicy", block("10.1.0.0/8"), f"{PEER}.ipBlock.cidr"),
    ("NetworkPolicy", block("10.0.0.0/08"), f"{PEER}.ipBlock.cidr"),
    ("NetworkPolicy", block(""), f"{PEER}.ipBlock.cidr"),
    ("PodDisruptionBudget", {"spec/maxUnavailable": "50%"}, None),
    ("PodDisruptionBudget", {"spec/maxUnavailable": "50"}, "spec.maxUnavailable"),
    ("PodDisruptionBudget", {"spec/maxUnavailable": "101%"}, "spec.maxUnavailable"),
    ("PodDisruptionBudget", {"spec/maxUnavailable": -1}, "spec.maxUnavailable"),
    ("PodDisruptionBudget", {"spec/maxUnavailable": 2**31 - 1}, None),
    ("PodDisruptionBudget", {"spec/minAvailable": 1}, "spec"),
    ("PodDisruptionBudget", {"spec/selector": {"matchLabels": {"a": "b c"}}}, "spec.selector.matchLabels"),
    ("PodDisruptionBudget", {"spec/unhealthyPodEvictionPolicy": "AlwaysAllow"}, None),
    ("PodDisruptionBudget", {"spec/unhealthyPodEvictionPolicy": "Allow"}, "spec.unhealthyPodEvictionPolicy"),
    ("PriorityClass", {"value": 1_000_000_000}, None),
    ("PriorityClass", {"value": 1_000_000_001}, "value"),
    ("PriorityClass", {"value": -5}, None),
    ("PriorityClass", {"metadata/name": "system-x"}, "metadata.name"),
    ("PriorityClass", {"preemptionPolicy": "Never"}, None),
    ("PriorityClass", {"preemptionPolicy": "never"}, "preemptionPolicy"),
    ("HorizontalPodAutoscaler", {"spec/minReplicas": 3}, None),
    ("HorizontalPodAutoscaler", {"spec/minReplicas": 4}, "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", {"spec/minReplicas": 0}, "spec.minReplicas"),
    ("HorizontalPodAutoscaler", {"spec/maxReplicas": 0}, "spec.maxReplicas"),
    ("HorizontalPodAutoscaler", {"spec/scaleTargetRef/kind": ""}, "spec.scaleTargetRef.kind"),
    ("HorizontalPodAutoscaler", {"spec/scaleTargetRef/name": "a/b"}, "spec.scaleTargetRef.name"),
    ("HorizontalPodAutoscaler", {"spec/scaleTargetRef/apiVersion": "v1"}, "spec.scaleTargetRef.apiVersion"),
    ("HorizontalPodAutoscaler", {"spec/scaleTargetRef/apiVersion": GONE}, "spec.scaleTargetRef.apiVersion"),
    ("HorizontalPodAutoscaler", {"spec/metrics": []}, None),
    ("HorizontalPodAutoscaler", {"spec/metrics/0/type": "Resources"}, "spec.metrics[0].type"),
    ("HorizontalPodAutoscaler", {"spec/metrics/0/type": "Pods"}, "spec.metrics[0].pods"),
    (
        "HorizontalPodAutoscaler", {"spec/metrics/0/external": {"metric": NAMED, "target": VALUE}},
        "spec.metrics[0].external",
    ),
    ("HorizontalPodAutoscaler", metric("External", "external", metric=NAMED, target=VALUE), None),
    (
        "HorizontalPodAutoscaler", metric("External", "external", metric={"name": ""}, target=VALUE),
        "spec.metrics[0].external.metric.name",
    ),
    (
        "HorizontalPodAutoscaler", metric("External", "external", metric=NAMED, target={"type": "Value"}),
        "spec.metrics[0].external.target.averageValue",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("External", "external", metric=NAMED, target={**VALUE, "averageValue": 1}),
        "spec.metrics[0].external.target.value",
    ),
    (
        "HorizontalPodAutoscaler", metric("Pods", "pods", metric=NAMED, target=VALUE),
        "spec.metrics[0].pods.target.averageValue",
    ),
    (
        "HorizontalPodAutoscaler",
        metric(
            "Object", "object", metric=NAMED, target=VALUE, describedObject={"kind": "Service", "name": "x"}
        ),
        None,
    ),
    (
        "HorizontalPodAutoscaler", metric("Object", "object", metric=NAMED, target=VALUE, describedObject={"kind": "Service"}),
        "spec.metrics[0].object.describedObject.name",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("Object", "object", metric={}, target=VALUE, describedObject={"kind": "Service", "name": "x"}),
        "spec.metrics[0].object.metric.name",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("External", "external", metric=NAMED, target={"type": "Value", "value": 0}),
        "spec.metrics[0].external.target.value",
    ),
    (
        "HorizontalPodAutoscaler", metric("Resource", "resource", name="cpu", target={"type": "Utilization"}),
        "spec.metrics[0].resource.target.averageUtilization",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("Resource", "resource", name="cpu", target={"type": "Percent", "averageUtilization": 5}),
        "spec.metrics[0].resource.target.type",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("Resource", "resource", name="cpu", target={"type": "Utilization", "averageUtilization": 0}),
        "spec.metrics[0].resource.target.averageUtilization",
    ),
    (
        "HorizontalPodAutoscaler",
        metric("Resource", "resource", name="cpu", target={"type": "Value", "averageValue": 0}),
        "spec.metrics[0].resource.target.averageValue",
    ),
    ("HorizontalPodAutoscaler", metric("ContainerResource", "containerResource", **RESOURCE, container="x"), None),
    (
        "HorizontalPodAutoscaler", metric("ContainerResource", "containerResource", **RESOURCE, container="X"),
        "spec.metrics[0].containerResource.container",
    ),
    ("HorizontalPodAutoscaler", scaling(policies=[STEP], stabilizationWindowSeconds=3600, selectPolicy="Min"), None),
    ("HorizontalPodAutoscaler", scaling(policies=[]), "spec.behavior.scaleUp.policies"),
    ("HorizontalPodAutoscaler", scaling(selectPolicy="min"), "spec.behavior.scaleUp.selectPolicy"),
    (
        "HorizontalPodAutoscaler", scaling(stabilizationWindowSeconds=3601),
        "spec.behavior.scaleUp.stabilizationWindowSeconds",
    ),
    (
        "HorizontalPodAutoscaler", scaling(policies=[{**STEP, "periodSeconds": 1801}]),
        "spec.behavior.scaleUp.policies[0].periodSeconds",
    ),
    ("HorizontalPodAutoscaler", scaling(policies=[{**STEP, "value": 0}]), "spec.behavior.scaleUp.policies[0].value"),
    ("HorizontalPodAutoscaler", scaling(policies=[{**STEP, "type": "x"}]), "spec.behavior.scaleUp.policies[0].type"),
    ("HorizontalPodAutoscaler", scaling(tolerance="-1"), "spec.behavior.scaleUp.tolerance"),
    ("ResourceQuota", {"spec/hard": {"a b": 1}}, "spec.hard[a b]"),
    ("ResourceQuota", {"spec/hard": {"gpu": 1}}, "spec.hard[gpu]"),
    ("ResourceQuota", {"spec/hard": {"count/jobs.batch": 1, "hugepages-2Mi": "2Mi"}}, None),
    ("ResourceQuota", {"spec/hard": {"pods": "1500m"}}, "spec.hard[pods]"),
    ("ResourceQuota", {"spec/hard": {"cpu": -1}}, "spec.hard[cpu]"),
    ("ResourceQuota", {"spec/hard": {"pods": 1}, "spec/scopes": ["BestEffort"]}, None),
    ("ResourceQuota", {"spec/hard": {"cpu": 1}, "spec/scopes": ["BestEffort"]}, "spec.scopes"),
    ("ResourceQuota", {"spec/scopes": ["Best"]}, "spec.scopes"),
    ("ResourceQuota", {"spec/scopes": ["Terminating", "NotTerminating"]}, "spec.scopes"),
    ("ResourceQuota", scoped(scopeName="PriorityClass", operator="In", values=["a"]), None),
    ("ResourceQuota", scoped(scopeName="PriorityClass", operator="In"), "spec.scopeSelector.matchExpressions.values"),
    (
        "ResourceQuota", scoped(scopeName="PriorityClass", operator="Exists", values=["a"]),
        "spec.scopeSelector.matchExpressions.values",
    ),
    ("ResourceQuota", scoped(scopeName="PriorityClass"), "spec.scopeSelector.matchExpressions.operator"),
    (
        "ResourceQuota", scoped(scopeName="BestEffort", operator="In", values=["a"]),
        "spec.scopeSelector.matchExpressions.operator",
    ),
    ("ResourceQuota", scoped(scopeName="Best", operator="Exists"), "spec.scopeSelector.matchExpressions.scopeName"),
    (
        "ResourceQuota", {**scoped(scopeName="BestEffort", operator="Exists"), "spec/hard": {"cpu": 1}},
        "spec.scopeSelector.matchExpressions",
    ),
    ("LimitRange", limit(kind="Containers"), "spec.limits[0].type"),
    ("LimitRange", {"spec/limits": [{"type": "Pod"}] * 2}, "spec.limits[1].type"),
    ("LimitRange", limit(max={"gpu": 1}), "spec.limits[0].max[gpu]"),
    ("LimitRange", limit(max={"cpu": 1}, min={"cpu": 2}), "spec.limits[0].min[cpu]"),
    ("LimitRange", limit(max={"cpu": 1}, default={"cpu": 2}), "spec.limits[0].default[cpu]"),
    ("LimitRange", limit(default={"cpu": 1}, defaultRequest={"cpu": 2}), "spec.limits[0].defaultRequest[cpu]"),
    ("LimitRange", limit(default={"cpu": 2}, defaultRequest={"cpu": 1}), None),
    (
        "LimitRange", limit(default={"nvidia.com/gpu": 2}, defaultRequest={"nvidia.com/gpu": 1}),
        "spec.limits[0].defaultRequest[nvidia.com/gpu]",
    ),
    ("LimitRange", limit("Pod", default={"cpu": 2}), "spec.limits[0].default"),
    ("LimitRange", limit(maxLimitRequestRatio={"cpu": "0.5"}), "spec.limits[0].maxLimitRequestRatio[cpu]"),
    (
        "LimitRange", limit(maxLimitRequestRatio={"cpu": 3}, min={"cpu": 1}, max={"cpu": 2}),
        "spec.limits[0].maxLimitRequestRatio[cpu]",
    ),
    ("LimitRange", limit("PersistentVolumeClaim", max={"storage": 1}), None),
    ("LimitRange", limit("PersistentVolumeClaim"), "spec.limits[0].limits"),
]  # fmt: skip


def subject(**fields: Any) -> Changes:
    return {"subjects": [fields]}


URLS = {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}
RIGHTS: list[Case] = [
    ("Role", {"rules": []}, None),
    ("Role", {"rules/0/verbs": []}, "rules[0].verbs"),
    ("Role", {"rules/0/apiGroups": []}, "rules[0].apiGroups"),
    ("Role", {"rules/0/resources": GONE}, "rules[0].resources"),
    ("Role", {"rules": [URLS]}, "rules[0].nonResourceURLs"),
    ("ClusterRole", {"rules": [URLS]}, None),
    ("ClusterRole", {"rules": [{**URLS, "resources": ["pods"]}]}, "rules[0].nonResourceURLs"),
    ("ClusterRole", {"aggregationRule": {}}, "aggregationRule.clusterRoleSelectors"),
    ("ClusterRole", {"aggregationRule": {"clusterRoleSelectors": [SELECTOR]}}, None),
    (
        "ClusterRole", {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b c"}}]}},
        "aggregationRule.clusterRoleSelectors[0].matchLabels",
    ),
    ("RoleBinding", {"roleRef/kind": "Role"}, None),
    ("RoleBinding", {"roleRef/kind": "Roles"}, "roleRef.kind"),
    ("RoleBinding", {"roleRef/apiGroup": ""}, None),
    ("RoleBinding", {"roleRef/apiGroup": "rbac"}, "roleRef.apiGroup"),
    ("RoleBinding", {"roleRef/name": "a/b"}, "roleRef.name"),
    ("RoleBinding", {"roleRef/name": ""}, "roleRef.name"),
    ("RoleBinding", subject(kind="User", name="a@b.c"), None),
    ("RoleBinding", subject(kind="User", name="a", apiGroup="x"), "subjects[0].apiGroup"),
    ("RoleBinding", subject(kind="ServiceAccount", name="a", apiGroup="x"), "subjects[0].apiGroup"),
    ("RoleBinding", subject(kind="ServiceAccount", name="A"), "subjects[0].name"),
    ("RoleBinding", subject(kind="Robot", name="a"), "subjects[0].kind"),
    ("RoleBinding", subject(kind="Group", name=""), "subjects[0].name"),
    ("ClusterRoleBinding", {"roleRef/kind": "Role"}, "roleRef.kind"),
    ("ClusterRoleBinding", subject(kind="ServiceAccount", name="a"), "subjects[0].namespace"),
]  # fmt: skip
CLAIM_DEVICES, DEVICES_AT = "spec/spec/devices", "spec.spec.devices"
EXACTLY, EXACTLY_AT = f"{REQUEST}/0/exactly", f"{DEVICES_AT}.requests[0].exactly"
EITHER = {
    "name": "gpu",
    "firstAvailable": [{"name": "big", "deviceClassName": "a"}, {"name": "small", "deviceClassName": "b"}],
}
CHOICE = {f"{REQUEST}/0": EITHER}
TOLERATIONS = f"{EXACTLY}/tolerations"
MATCH, MATCH_AT = f"{CLAIM_DEVICES}/constraints/0", f"{DEVICES_AT}.constraints[0]"
OPAQUE, OPAQUE_AT = f"{CLAIM_DEVICES}/config/0/opaque", f"{DEVICES_AT}.config[0].opaque"
CLAIMS: list[Case] = [
    ("ResourceClaimTemplate", changes, path)
    for changes, path in (
        ({f"{EXACTLY}/count": 0}, None),
        ({f"{EXACTLY}/count": 1}, None),
        ({f"{EXACTLY}/count": -1, f"{EXACTLY}/allocationMode": "ExactCount"}, f"{EXACTLY_AT}.count"),
        ({f"{EXACTLY}/count": GONE, f"{EXACTLY}/allocationMode": "All"}, None),
        ({f"{EXACTLY}/count": -1, f"{EXACTLY}/allocationMode": "Some"}, f"{EXACTLY_AT}.allocationMode"),
        ({f"{EXACTLY}/deviceClassName": "A_b"}, f"{EXACTLY_AT}.deviceClassName"),
        ({f"{EXACTLY}/deviceClassName": GONE}, f"{EXACTLY_AT}.deviceClassName"),
        ({f"{EXACTLY}/selectors": [{}]}, f"{EXACTLY_AT}.selectors[0].cel"),
        ({f"{EXACTLY}/selectors": [{"cel": {"expression": "true"}}] * 32}, None),
        ({f"{EXACTLY}/selectors": [{"cel": {"expression": "true"}}] * 33}, f"{EXACTLY_AT}.selectors"),
        ({f"{EXACTLY}/selectors": [{"cel": {"expression": f"{'true':10240}"}}]}, None),
        (
            {f"{EXACTLY}/selectors": [{"cel": {"expression": f"{'true':10241}"}}]},
            f"{EXACTLY_AT}.selectors[0].cel.expression",
        ),
        ({TOLERATIONS: [{"key": "a", "value": "b"}, {"operator": "Exists", "effect": "NoExecute"}]}, None),
        ({TOLERATIONS: [{"key": "a b"}]}, f"{EXACTLY_AT}.tolerations[0].key"),
        ({TOLERATIONS: [{"key": "a", "operator": "Gt"}]}, f"{EXACTLY_AT}.tolerations[0].operator"),
        ({TOLERATIONS: [{"key": "a", "operator": "Exists", "value": "b"}]}, f"{EXACTLY_AT}.tolerations[0].value"),
        ({TOLERATIONS: [{"key": "a", "operator": "Equal", "value": "b c"}]}, f"{EXACTLY_AT}.tolerations[0].value"),
        ({TOLERATIONS: [{"key": "a", "effect": "PreferNoSchedule"}]}, f"{EXACTLY_AT}.tolerations[0].effect"),
        (
            {f"{REQUEST}/0/name": "A", f"{MATCH}/requests": ["A"], f"{CLAIM_DEVICES}/config/0/requests": []},
            f"{DEVICES_AT}.requests[0].name",
        ),
        (CHOICE, None),
        ({f"{REQUEST}/0": {**EITHER, "exactly": {"deviceClassName": "a"}}}, f"{DEVICES_AT}.requests[0]"),
        ({**CHOICE, f"{REQUEST}/0/firstAvailable/1/name": "big"}, f"{DEVICES_AT}.requests[0].firstAvailable[1]"),
        ({**CHOICE, f"{REQUEST}/0/firstAvailable/1/name": "B"}, f"{DEVICES_AT}.requests[0].firstAvailable[1].name"),
        ({**CHOICE, f"{REQUEST}/0/firstAvailable/1/count": -1}, f"{DEVICES_AT}.requests[0].firstAvailable[1].count"),
        (
            {
                f"{REQUEST}/0/firstAvailable": [{"name": f"a{i}", "deviceClassName": "a"} for i in range(8)],
                EXACTLY: GONE,
            },
            None,
        ),
        (
            {
                f"{REQUEST}/0/firstAvailable": [{"name": f"a{i}", "deviceClassName": "a"} for i in range(9)],
                EXACTLY: GONE,
            },
            f"{DEVICES_AT}.requests[0].firstAvailable",
        ),
        ({**CHOICE, f"{MATCH}/requests": ["gpu/big"]}, None),
        ({**CHOICE, f"{MATCH}/requests": ["gpu/huge"]}, f"{MATCH_AT}.requests[0]"),
        ({**CHOICE, f"{MATCH}/requests": ["cpu/big"]}, f"{MATCH_AT}.requests[0]"),
        ({f"{MATCH}/requests": ["gpu", "gpu"]}, f"{MATCH_AT}.requests[1]"),
        ({f"{MATCH}/matchAttribute": GONE}, MATCH_AT),
        ({f"{MATCH}/matchAttribute": GONE, f"{MATCH}/distinctAttribute": "a.b/c"}, None),
        ({f"{MATCH}/matchAttribute": GONE, f"{MATCH}/distinctAttribute": "c"}, f"{MATCH_AT}.distinctAttribute"),
        ({f"{MATCH}/matchAttribute": "/c"}, f"{MATCH_AT}.matchAttribute"),
        ({f"{MATCH}/matchAttribute": "A.b/c"}, None),
        ({f"{MATCH}/matchAttribute": "a_b/c"}, f"{MATCH_AT}.matchAttribute"),
        ({f"{MATCH}/matchAttribute": "a.b/4c"}, f"{MATCH_AT}.matchAttribute"),
        ({f"{MATCH}/matchAttribute": f"a.b/{'c' * 32}"}, None),
        ({f"{MATCH}/matchAttribute": f"a.b/{'c' * 33}"}, f"{MATCH_AT}.matchAttribute"),
        ({f"{MATCH}/matchAttribute": f"{'a' * 63}/c"}, None),
        ({f"{MATCH}/matchAttribute": f"{'a' * 64}/c"}, f"{MATCH_AT}.matchAttribute"),
        ({f"{CLAIM_DEVICES}/constraints": [DEVICES["constraints"][0]] * 33}, f"{DEVICES_AT}.constraints"),
        ({f"{CLAIM_DEVICES}/config": [DEVICES["config"][0]] * 32}, None),
        ({f"{CLAIM_DEVICES}/config": [DEVICES["config"][0]] * 33}, f"{DEVICES_AT}.config"),
        ({f"{CLAIM_DEVICES}/config/0/requests": ["cpu"]}, f"{DEVICES_AT}.config[0].requests[0]"),
        ({OPAQUE: GONE}, OPAQUE_AT),
        ({f"{OPAQUE}/driver": "a_b"}, f"{OPAQUE_AT}.driver"),
        ({f"{OPAQUE}/driver": "A.b"}, None),
        ({f"{OPAQUE}/parameters": {"a": "x" * (10240 - len('{"a": ""}'))}}, None),
        ({f"{OPAQUE}/parameters": {"a": "x" * (10241 - len('{"a": ""}'))}}, f"{OPAQUE_AT}.parameters"),
        ({"spec/metadata": {"labels": {"a": "b c"}}}, "spec.metadata.labels"),
    )
]
CLAIMS += [
    ("DeviceClass", changes, path)
    for changes, path in (
        ({"spec/selectors": [{"cel": {"expression": "true"}}] * 33}, "spec.selectors"),
        ({"spec/config": [{"opaque": {"driver": "a.b", "parameters": {}}}]}, None),
        ({"spec/config": [{"opaque": {"driver": "a.b"}}]}, "spec.config[0].opaque.parameters"),
        ({"spec/config": [{"opaque": {"driver": "a.b", "parameters": {}}}] * 33}, "spec.config"),
        ({"spec/extendedResourceName": "example.com/gpu"}, None),
        ({"spec/extendedResourceName": "gpu"}, "spec.extendedResourceName"),
    )
]
CASES = METADATA + CLAIMS + DEPLOYMENT + SETS + JOB + CRON_JOB + SERVICE + CONFIG + STORAGE + POLICY + RIGHTS


def found(body: dict[str, Any], version: str = "1.36") -> list[Complaint]:
    return list(kinds.complaints(body, version, scope(body["apiVersion"], body["kind"])))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", sorted(GOOD))
def test_good_objects_pass(kind: str, version: str) -> None:
    assert found(GOOD[kind], version) == []


@pytest.mark.parametrize(("kind", "changes", "path"), CASES)
def test_cases(kind: str, changes: Changes, path: str | None) -> None:
    """And nothing more is said: of the few cases that break two rules, both paths stand, with " + " between them."""
    assert [complaint.path for complaint in found(changed(kind, changes))] == (path.split(" + ") if path else [])


def at(body: Any, pointer: tuple[Any, ...]) -> bool:
    """Whether a pointer leads to something, or to the place where a field is missing."""
    for step in pointer[:-1]:
        body = body[step] if isinstance(body, list) else (body or {}).get(step)
    return body is None or isinstance(body, (dict, list))


@pytest.mark.parametrize(("kind", "changes", "path"), CASES)
def test_pointers_lead_into_the_object(kind: str, changes: Changes, path: str | None) -> None:
    body = changed(kind, changes)
    for complaint in found(body):
        assert at(body, complaint.pointer), complaint
        assert complaint.message[0] not in " :" and not complaint.message.endswith("."), complaint


VERSIONED = [
    ("Service", {"metadata/name": "4x"}, "1.35", "metadata.name"),
    ("Service", {"metadata/name": "4x"}, "1.36", None),
    ("Service", {"spec/clusterIP": "10.0.005.5"}, "1.35", None),
    ("Service", {"spec/trafficDistribution": "PreferSameZone"}, "1.33", "spec.trafficDistribution"),
    ("NetworkPolicy", block("10.1.0.0/8"), "1.35", None),
    ("StatefulSet", {"spec/serviceName": "a.b"}, "1.32", None),
    ("StatefulSet", {"spec/template/spec/containers/0/name": "a_b"}, "1.33", None),
    ("StatefulSet", {"spec/template/spec/containers/0/name": "a_b"}, "1.34", "spec.template.spec.containers[0].name"),
    ("StatefulSet", {"spec/template/spec/restartPolicy": "Never"}, "1.31", "spec.template.spec.restartPolicy"),
    ("StatefulSet", {"spec/updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}}}, "1.37",
     "spec.updateStrategy.rollingUpdate.maxUnavailable"),
    ("Job", {"spec/managedBy": "kueue"}, "1.31", None),
    ("PersistentVolume", {"spec/volumeAttributesClassName": ""}, "1.33", None),
    ("HorizontalPodAutoscaler", {"spec/scaleTargetRef/apiVersion": "v1"}, "1.33", None),
    ("HorizontalPodAutoscaler", {"spec/minReplicas": 0}, "1.37", "spec.metrics"),
    ("HorizontalPodAutoscaler", {"spec/minReplicas": 0, **metric("External", "external", metric=NAMED, target=VALUE)},
     "1.37", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "version", "path"), VERSIONED)
def test_versions_differ(kind: str, changes: Changes, version: str, path: str | None) -> None:
    assert [complaint.path for complaint in found(changed(kind, changes), version)] == (
        path.split(" + ") if path else []
    )


def test_a_secret_that_is_not_base64() -> None:
    """The server cannot read it, so that it names no field."""
    for text in ("Yg", "Yg=", "Y===", "Y g=", "é", "Yg==Yg=="):
        assert [item.path for item in found(changed("Secret", {"data": {"a": text}}))] == ["data[a]"]
    text = base64.encodebytes(b"x" * 100).decode()
    assert not found(changed("Secret", {"data": {"a": text}}))


def test_a_node_port_out_of_range() -> None:
    """The server notices only when it creates the Service, not in a dry run."""
    body = changed("Service", ports({**HTTP, "nodePort": 8080}, type="NodePort"))
    assert [item.path for item in found(body)] == ["spec.ports[0].nodePort"]


def test_autoscaling_v1_names_a_field_of_v2() -> None:
    spec = {"maxReplicas": 2, "scaleTargetRef": GOOD["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]}
    body = thing("autoscaling/v1", "HorizontalPodAutoscaler", spec={**spec, "targetCPUUtilizationPercentage": 0})
    (complaint,) = found(body)
    assert complaint.path == "spec.metrics[0].resource.target.averageUtilization"
    assert complaint.pointer == ("spec", "targetCPUUtilizationPercentage")


def test_custom_resources_have_metadata_only() -> None:
    body = thing("example.com/v1", "Deployment", spec={"replicas": -1})
    body["metadata"] |= {"name": "A", "finalizers": ["x"]}
    assert [item.path for item in found(body)] == ["metadata.name"]


# --- pods inside custom resources -----------------------------------------------------------------

BAD_POD = {"containers": [{"name": "a_b", "image": "x"}]}


def templates(body: dict[str, Any], version: str = "1.36") -> list[str]:
    return [item.path for item in kinds.template_complaints(body, version)]


def worker(spec: dict[str, Any]) -> dict[str, Any]:
    size = {"leaderWorkerTemplate": {"size": 2, "workerTemplate": {"metadata": PART, "spec": spec}}}
    return thing("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", spec=size)


def test_templates_of_a_leader_worker_set() -> None:
    assert templates(worker(POD)) == []
    assert templates(worker(BAD_POD)) == ["spec.leaderWorkerTemplate.workerTemplate.spec.containers[0].name"]
    assert templates(worker(ONCE)) == ["spec.leaderWorkerTemplate.workerTemplate.spec.restartPolicy"]


def test_jobs_of_a_job_set() -> None:
    def job_set(**spec: Any) -> dict[str, Any]:
        job = {"name": "a", "template": {"spec": {"parallelism": 2, "completions": 2, **spec}}}
        return thing("jobset.x-k8s.io/v1alpha2", "JobSet", spec={"replicatedJobs": [job]})

    assert templates(job_set(template={"spec": POD})) == []
    where = "spec.replicatedJobs[0].template.spec"
    assert templates(job_set(template={"spec": BAD_POD})) == [f"{where}.template.spec.containers[0].name"]
    assert templates(job_set(backoffLimit=-1, template={"spec": POD})) == [f"{where}.backoffLimit"]


def test_a_predictor_may_lack_what_its_runtime_adds() -> None:
    def predictor(container: dict[str, Any]) -> dict[str, Any]:
        spec = {"predictor": {"containers": [{"name": "kserve-container", **container}]}}
        return thing("serving.kserve.io/v1beta1", "InferenceService", spec=spec)

    assert templates(predictor({"volumeMounts": [{"name": "weights", "mountPath": "/w"}]})) == []
    port = {"ports": [{"containerPort": 70000}]}
    assert templates(predictor(port)) == ["spec.predictor.containers[0].ports[0].containerPort"]


def test_built_in_kinds_have_no_templates_of_this_sort() -> None:
    assert templates(changed("Deployment", {"spec/template/spec": BAD_POD})) == []


# --- any shape, and time --------------------------------------------------------------------------

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["None", "ExternalName", "Indexed", "10.0.0.0/8", "50%", "In", "1Gi", "\ud800", "²", "0" * 5000])
)  # fmt: skip
SHAPES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [way, *(place for key, child in children for place in places(child, (*way, key)))]


REFUSED = [(kind, changes) for kind, changes, path in CASES if path is not None and LONG not in str(changes)]


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(REFUSED), SHAPES, st.sampled_from(VERSIONS))
def test_no_shape_raises(data: st.DataObject, case: tuple[str, Changes], shape: Any, version: str) -> None:
    body = changed(*case)
    *way, last = data.draw(st.sampled_from(places(body)[1:]))
    node: Any = body
    for step in way:
        node = node[step]
    node[last] = shape
    list(kinds.complaints(body, version, "Namespaced"))
    list(kinds.template_complaints({**body, "apiVersion": "serving.kserve.io/v1"}, version))
    list(kinds.template_complaints({**body, "apiVersion": "jobset.x-k8s.io/v1", "kind": "JobSet"}, version))


@pytest.mark.parametrize("body", [{}, {"apiVersion": 1, "kind": []}, {"apiVersion": "v1", "kind": "Pod", "spec": 1}])
def test_hardly_an_object(body: dict[str, Any]) -> None:
    list(kinds.complaints(body, "1.36", None))
    list(kinds.template_complaints(body, "1.36"))


def test_what_the_schema_reports_is_not_reported_again() -> None:
    body = changed("Deployment", {"spec/replicas": "3", "spec/strategy": "Recreate"})
    assert len(violations(body)) == 2
    assert found(body) == []


def test_addresses() -> None:
    for text in ("10.0.0.0/8", "010.0.0.0/8", "::/0", "::ffff:10.0.0.0/104"):
        assert service.network(text) is not None, text
    for text in ("", "10.0.0.0", "10.0.0.0/33", "fe80::1%eth0/64", "::ffff:10.0.0.0/33", "10.0.0.0/", "x/8", "1.2.3/8"):
        assert service.network(text) is None, text


def test_schedules_say_what_is_wrong() -> None:
    assert workloads.schedule("0 24 * * *") == '"24" is no hour between 0 and 23'
