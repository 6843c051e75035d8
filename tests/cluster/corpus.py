"""Mutants: manifests of the fleet, each with one thing done to it that may or may not be a mistake.

Drawn from a fixed seed, so that a run can be repeated and a verdict discussed. What the fleet does not render (a
StatefulSet, a Role, …) is built here around the fleet's own pod template, so that every kind that the validator knows is judged.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fleet

Path_ = tuple[str | int, ...]

TEXTS = (
    "",
    " ",
    "a b",
    "A",
    "-a",
    "a-",
    "a_b",
    "a.b",
    "a/b",
    "a" * 64,
    "a" * 254,
    "é",
    "1",
    "0",
    "true",
    "x=y",
    "..",
    "/",
    "~",
)
NUMBERS = (-1, 0, 1, 2, 15, 100, 1001, 65535, 65536, 2**31 - 1, 2**31, 2**63, 0.5)
QUANTITIES = ("1", "-1", "0", "1.5", "1Gi", "1 Gi", "1gb", "1e3", "100m", "1.0000000001", "Gi", "9" * 30)
OTHER_TYPES: tuple[Any, ...] = ("text", "", 7, -7, 0.5, True, None, [], ["a"], {}, {"a": "b"}, [None])
KEYS = ("", "a b", "A", "-a", "a/b/c", "a" * 64, "UPPER/x", "x_y", "spec")


@dataclass(frozen=True)
class Mutant:
    """``what`` was done at ``at``."""

    body: dict[str, Any]
    what: str
    at: Path_

    @property
    def kind(self) -> str:
        return str(self.body.get("kind") or "?")

    @property
    def field(self) -> str:
        """The field's name without positions and free-form keys: the class of the confusion table."""
        names = [str(step) for step in self.at if isinstance(step, str)]
        return ".".join(names[:1] + names[-1:]) if len(names) > 1 else "".join(names)


def seeds(root: Path) -> list[dict[str, Any]]:
    """One object of each (apiVersion, kind): the largest that a cluster or sync folder renders, and those built here."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path, resources in fleet.renders(root).items():
        for resource in resources:
            body = resource.body
            if path.startswith("overlays/") and len(str(body)) < 40_000:
                key = (resource.api_version, resource.kind)
                if key not in found or len(str(body)) > len(str(found[key])):
                    found[key] = body
    return [*found.values(), *_built(found[("apps/v1", "Deployment")], found[("batch/v1", "Job")])]


def _built(deployment: dict[str, Any], job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    template = deployment["spec"]["template"]
    selector = deployment["spec"]["selector"]
    pod = copy.deepcopy(template["spec"])

    def made(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
        namespaced = kind not in ("ClusterRole", "ClusterRoleBinding", "PriorityClass", "StorageClass")
        metadata = {"name": "corpus", "labels": {"app": "corpus"}, **({"namespace": "serving"} if namespaced else {})}
        return copy.deepcopy({"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields})

    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    yield made("v1", "Pod", spec={**pod, "serviceAccountName": "default"})
    yield made("apps/v1", "StatefulSet", spec={
        "serviceName": "corpus", "replicas": 2, "selector": selector, "template": template,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
    })  # fmt: skip
    yield made("apps/v1", "DaemonSet", spec={"selector": selector, "template": template})
    yield made("batch/v1", "CronJob", spec={
        "schedule": "5 4 * * *", "timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job["spec"]},
    })  # fmt: skip
    yield made("batch/v1", "Job", spec={
        "completions": 3, "parallelism": 3, "completionMode": "Indexed", "backoffLimitPerIndex": 1, "maxFailedIndexes": 2,
        "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [3]}}]},
        "template": job["spec"]["template"],
    })  # fmt: skip
    yield made("v1", "Service", spec={
        "type": "NodePort", "selector": {"app": "corpus"}, "sessionAffinity": "ClientIP", "externalTrafficPolicy": "Local",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}},
        "ports": [{"name": "http", "port": 80, "targetPort": 8000}, {"name": "grpc", "port": 81, "protocol": "TCP"}],
    })  # fmt: skip
    yield made("v1", "ConfigMap", data={"a.yaml": "b: c\n", "d": "e"}, binaryData={"f": "aGVsbG8="}, immutable=True)
    yield made("v1", "Secret", type="Opaque", stringData={"a": "b"}, data={"c": "aGVsbG8="})
    yield made("v1", "Secret", type="kubernetes.io/basic-auth", stringData={"username": "a", "password": "b"})
    yield made("networking.k8s.io/v1", "NetworkPolicy", spec={
        "podSelector": {"matchLabels": {"app": "corpus"}}, "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                     "ports": [{"port": 8000, "endPort": 8010, "protocol": "TCP"}, {"port": "http"}]}],
        "egress": [{"to": [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]}],
    })  # fmt: skip
    rules = [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"], "resourceNames": ["a"]}]
    yield made("rbac.authorization.k8s.io/v1", "Role", rules=rules)
    yield made(
        "rbac.authorization.k8s.io/v1",
        "ClusterRole",
        rules=[*rules, {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}],
    )
    for kind, role in (("RoleBinding", "Role"), ("ClusterRoleBinding", "ClusterRole")):
        yield made("rbac.authorization.k8s.io/v1", kind,
                   roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": "corpus"},
                   subjects=[{"kind": "ServiceAccount", "name": "serving", "namespace": "serving"},
                             {"kind": "Group", "name": "g", "apiGroup": "rbac.authorization.k8s.io"}])  # fmt: skip
    yield made(
        "policy/v1",
        "PodDisruptionBudget",
        spec={"selector": {"matchLabels": {"app": "corpus"}}, "maxUnavailable": "50%"},
    )
    yield made("scheduling.k8s.io/v1", "PriorityClass", value=1000, preemptionPolicy="Never", description="corpus")
    yield made("storage.k8s.io/v1", "StorageClass", provisioner="pd.csi.storage.gke.io", reclaimPolicy="Retain",
               volumeBindingMode="WaitForFirstConsumer", parameters={"type": "hyperdisk-balanced"})  # fmt: skip
    yield made("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet",
               spec={"replicas": 1, "leaderWorkerTemplate": {"size": 2, "workerTemplate": template}})  # fmt: skip
    yield made("jobset.x-k8s.io/v1alpha2", "JobSet",
               spec={"replicatedJobs": [{"name": "a", "replicas": 2, "template": {"spec": job["spec"]}}]})  # fmt: skip


def _places(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place below an object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from _places(inner, (*at, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield (*at, i)
            yield from _places(inner, (*at, i))


def _mutate(body: dict[str, Any], draw: random.Random) -> Mutant:
    at = draw.choice([place for place in _places(body) if place not in (("apiVersion",), ("kind",))])
    changed = copy.deepcopy(body)
    holder: Any = changed
    for step in at[:-1]:
        holder = holder[step]
    last, value = at[-1], holder[at[-1]]
    choices = ["drop", "retype", "unknown"]
    if isinstance(value, str):
        choices += ["text", "text", "text", "quantity"]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        choices += ["number", "number", "number"]
    if isinstance(last, str):
        choices += ["rename", "key"]
    if isinstance(holder, list):
        choices += ["duplicate", "duplicate"]
    what = draw.choice(choices)
    if what == "drop":
        del holder[last]
    elif what == "retype":
        holder[last] = draw.choice([v for v in OTHER_TYPES if type(v) is not type(value)])
    elif what == "unknown":
        target = value if isinstance(value, dict) else changed
        target[draw.choice(("extra", "unknownField", "a"))] = draw.choice(("x", 1, {}))
    elif what == "text":
        holder[last] = draw.choice(TEXTS)
    elif what == "quantity":
        holder[last] = draw.choice(QUANTITIES)
    elif what == "number":
        holder[last] = draw.choice(NUMBERS)
    elif what == "rename":
        holder[f"{last}s" if draw.random() < 0.5 else str(last)[:-1]] = holder.pop(last)
    elif what == "key":
        holder[draw.choice(KEYS)] = holder.pop(last)
    elif what == "duplicate":
        holder.append(copy.deepcopy(value))
    return Mutant(changed, what, at)


def mutants(root: Path, count: int, seed: int) -> list[Mutant]:
    """``count`` mutants, spread evenly over the kinds."""
    draw = random.Random(seed)
    bodies = sorted(seeds(root), key=lambda body: (body["apiVersion"], body["kind"], str(body)))
    return [_mutate(bodies[i % len(bodies)], draw) for i in range(count)]
