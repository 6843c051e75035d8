"""What the API server checks when an object is created: its metadata, and what its kind asks for.

Built-in kinds, and those of which a webhook's code was read. Any other custom resource has the metadata of any object
and else only what its schema and the CEL rules in it say; but pods are made from the templates inside it, and these the
server would refuse, long after the resource itself was accepted. That is another sort of finding, so
``template_complaints`` gives it apart.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from . import config, devices, groups, inference, policy, queues, rbac, secrets, service, storage, workloads
from .field import Complaint, Pointer, complaint, mapping, number, objects, since, text
from .names import Check, label, label_1035, object_meta, path_segment, subdomain
from .pod import pod, pod_spec, pod_template

Body = dict[str, Any]

BUILT_IN = frozenset({
    "", "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "networking.k8s.io", "node.k8s.io",
    "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
})  # fmt: skip
"""API groups of Kubernetes itself; whatever else there is, comes from a CustomResourceDefinition."""
ANY_RESTART = frozenset({"Always", "OnFailure", "Never"})


def _nothing(body: Body, version: str) -> Iterator[Complaint]:
    """Kinds of which only the metadata can be wrong."""
    return iter(())


def _pod_template(body: Body, version: str) -> Iterator[Complaint]:
    return pod_template(body.get("template"), ("template",), restart_policies=ANY_RESTART, version=version)


class Kind(NamedTuple):
    """What holds for a kind: for the object, and for its name."""

    check: Callable[[Body, str], Iterator[Complaint]]
    name: Check = subdomain


KINDS: dict[tuple[str, str], Kind] = {
    ("", "ConfigMap"): Kind(config.config_map),
    ("", "LimitRange"): Kind(policy.limit_range),
    ("", "Namespace"): Kind(config.namespace, label),
    ("", "PersistentVolume"): Kind(storage.volume),
    ("", "PersistentVolumeClaim"): Kind(storage.claim),
    ("", "PodTemplate"): Kind(_pod_template),
    ("", "ResourceQuota"): Kind(policy.resource_quota),
    ("", "Secret"): Kind(config.secret),
    ("", "Service"): Kind(service.service, label),
    ("apps", "DaemonSet"): Kind(workloads.daemon_set),
    ("apps", "Deployment"): Kind(workloads.deployment),
    ("apps", "ReplicaSet"): Kind(workloads.replica_set),
    ("apps", "StatefulSet"): Kind(workloads.stateful_set, label),
    ("autoscaling", "HorizontalPodAutoscaler"): Kind(policy.autoscaler),
    ("batch", "CronJob"): Kind(workloads.cron_job),
    ("batch", "Job"): Kind(workloads.job),
    ("external-secrets.io", "ExternalSecret"): Kind(secrets.external_secret),
    ("external-secrets.io", "SecretStore"): Kind(secrets.store),
    ("kueue.x-k8s.io", "ClusterQueue"): Kind(queues.cluster_queue),
    ("kueue.x-k8s.io", "Cohort"): Kind(queues.cohort),
    ("kueue.x-k8s.io", "ResourceFlavor"): Kind(queues.flavor),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"): Kind(groups.leader_worker_set, label_1035),
    ("networking.k8s.io", "NetworkPolicy"): Kind(policy.network_policy),
    ("policy", "PodDisruptionBudget"): Kind(policy.disruption_budget, path_segment),
    ("rbac.authorization.k8s.io", "ClusterRole"): Kind(rbac.cluster_role, path_segment),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): Kind(rbac.cluster_role_binding, path_segment),
    ("rbac.authorization.k8s.io", "Role"): Kind(rbac.role, path_segment),
    ("rbac.authorization.k8s.io", "RoleBinding"): Kind(rbac.role_binding, path_segment),
    ("resource.k8s.io", "DeviceClass"): Kind(devices.device_class),
    ("resource.k8s.io", "ResourceClaim"): Kind(devices.claim),
    ("resource.k8s.io", "ResourceClaimTemplate"): Kind(devices.claim_template),
    ("scheduling.k8s.io", "PriorityClass"): Kind(policy.priority_class),
    ("serving.kserve.io", "InferenceService"): Kind(inference.inference_service),
    ("storage.k8s.io", "StorageClass"): Kind(storage.storage_class),
}
OTHER = Kind(_nothing)
COUNTED = frozenset({
    "CronJob", "DaemonSet", "Deployment", "Ingress", "Job", "NetworkPolicy", "Pod", "PodDisruptionBudget",
    "PodTemplate", "PriorityClass", "ReplicaSet", "ReplicationController", "StatefulSet",
})  # fmt: skip
"""Kinds whose generation the server sets itself, whatever a manifest says."""


def _identity(body: Body) -> tuple[str, str]:
    """API group and kind."""
    return text(body.get("apiVersion")).rpartition("/")[0], text(body.get("kind"))


def complaints(body: Body, version: str, scope: str | None) -> Iterator[Complaint]:
    """Everything that the API server would refuse an object for, knowing nothing of the cluster.

    scope: ``Namespaced`` or ``Cluster``, None if unknown. What the schema finds is the schema's to say.
    """
    group, kind = _identity(body)
    if (group, kind) == ("", "Pod"):
        yield from pod(body, version)
        return
    check, name = KINDS.get((group, kind), OTHER)
    if group == "resource.k8s.io" and text(body.get("apiVersion")) != "resource.k8s.io/v1":
        check = _nothing  # older versions have other fields
    if (group, kind) == ("", "Service") and not since(version, "1.36"):
        name = label_1035
    custom = group not in BUILT_IN or kind == "PodDisruptionBudget"  # of these the server checks less
    meta = body.get("metadata")
    yield from object_meta(meta, ("metadata",), namespaced=scope != "Cluster", name=name, custom=custom)
    if group in BUILT_IN and kind not in COUNTED and number(mapping(meta), "generation") < 0:
        yield complaint(("metadata", "generation"), f"must not be negative, got {mapping(meta)['generation']}")
    yield from check(body, version)


# --- pods inside custom resources -----------------------------------------------------------------

COMPLETED_LATER = frozenset({"serving.kserve.io", "sparkoperator.k8s.io"})
"""Groups whose templates lack what a controller adds, such as an image from a runtime, or volumes."""
RESTARTS = {"leaderworkerset.x-k8s.io": frozenset({"Always"})}
DEEPEST = 40


def _completed(spec: Body) -> Body:
    """A pod spec with stand-ins for what its controller adds: images, and the volumes that are mounted."""
    made: Body = dict(spec)
    volumes = spec.get("volumes") if isinstance(spec.get("volumes"), list) else []
    missing: dict[str, Body] = {}
    have = {text(item.get("name")) for _, item in objects(volumes)}
    for name in ("containers", "initContainers"):
        listed = spec.get(name)
        if not isinstance(listed, list):
            continue
        made[name] = [{"image": "later", **item} if isinstance(item, dict) else item for item in listed]
        for _, item in objects(listed):
            for _, mount in objects(item.get("volumeMounts")):
                wanted = text(mount.get("name"))
                if wanted and wanted not in have:
                    missing[wanted] = {"name": wanted, "emptyDir": {}}
    if missing:
        made["volumes"] = [*(volumes or ()), *missing.values()]
    return made


def _pods(node: Any, at: Pointer, depth: int = 0) -> Iterator[tuple[Pointer, Body, Any]]:
    """Place, pod spec and the mapping around it, of whatever has a list of containers."""
    if depth > DEEPEST:
        return
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        if not isinstance(key, (str, int)):
            continue
        listed = objects(child.get("containers")) if isinstance(child, dict) else []
        if any("name" in item or "image" in item for _, item in listed):
            yield (*at, key), child, node
        else:
            yield from _pods(child, (*at, key), depth + 1)


def template_complaints(body: Body, version: str) -> Iterator[Complaint]:
    """What the API server would refuse the pods for that a custom resource has made.

    It takes the resource itself: these come true only when a controller makes pods of it. Nothing for built-in kinds.
    """
    group, kind = _identity(body)
    if group in BUILT_IN or kind == "CustomResourceDefinition":
        return
    if (group, kind) == ("jobset.x-k8s.io", "JobSet"):
        yield from _jobs(body, version)
        return
    restarts = RESTARTS.get(group, ANY_RESTART)
    for at, spec, around in _pods({"spec": body.get("spec")}, ()):
        whole = _completed(spec) if group in COMPLETED_LATER else spec
        if at[-1] == "spec":
            template = {**mapping(around), "spec": whole}
            yield from pod_template(template, at[:-1], restart_policies=restarts, version=version)
        else:
            yield from pod_spec(whole, at, restart_policies=restarts, version=version)


def _jobs(body: Body, version: str) -> Iterator[Complaint]:
    """The jobs of a JobSet, with what its webhook fills in."""
    for i, group in objects(mapping(body.get("spec")).get("replicatedJobs")):
        spec = mapping(mapping(group.get("template")).get("spec"))
        template = mapping(spec.get("template"))
        pod = {"restartPolicy": "OnFailure", **mapping(template.get("spec"))}
        whole = {"completionMode": "Indexed", **spec, "template": {**template, "spec": pod}}
        yield from workloads.job_spec(whole, ("spec", "replicatedJobs", i, "template", "spec"), version)
