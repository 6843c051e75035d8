"""What kube-apiserver checks in a pod template beyond its schema: each rule with a good and a bad value.

Paths are the server's own, oddities included (``volumeMounts.subPath`` without a position, ``HostPID``). Every case
was judged by the validation code of Kubernetes 1.36.3 in the same way.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from servelint.server.semantics import names
from servelint.server.semantics.field import Complaint, Key, Pointer, path_of
from servelint.server.semantics.pod import pod, pod_spec, pod_template
from servelint.server.semantics.volumes import claim_spec

ALWAYS = frozenset({"Always"})
ANY = frozenset({"Always", "OnFailure", "Never"})
LONG = "x" * 64


def spec() -> dict[str, Any]:
    """A pod with a little of everything that other fields refer to."""
    return {
        "containers": [{"name": "server", "image": "example/server:1"}],
        "initContainers": [{"name": "load", "image": "example/load:1"}],
        "volumes": [
            {"name": "data", "emptyDir": {}},
            {"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}},
        ],
        "resourceClaims": [{"name": "gpus", "resourceClaimTemplateName": "gpus"}],
    }


def put(root: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    """A copy with one field set: ``containers[0].ports``. Missing objects on the way are made."""
    whole = copy.deepcopy(root)
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", where)]
    node: Any = whole
    for step in steps[:-1]:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    node[steps[-1]] = value
    return whole


def complaints(body: Any, version: str = "1.36", **options: Any) -> list[Complaint]:
    return list(pod_spec(body, ("spec",), **{"restart_policies": ANY, "version": version, **options}))


def paths(body: Any, version: str = "1.36", **options: Any) -> list[str]:
    return [complaint.path.removeprefix("spec").removeprefix(".") for complaint in complaints(body, version, **options)]


C, I, V = "containers[0]", "initContainers[0]", "volumes[0]"  # noqa: E741
EXPRESSIONS = "nodeSelectorTerms[0].matchExpressions[0]"
REQUIRED, PREFERRED = (f"{how}DuringSchedulingIgnoredDuringExecution" for how in ("required", "preferred"))
NODE = f"affinity.nodeAffinity.{REQUIRED}"
PODS = f"affinity.podAntiAffinity.{REQUIRED}"
GPU, CPU = "nvidia.com/gpu", "limits.cpu"
SELECTOR = {"matchLabels": {"app": "x"}}


def term(**expression: Any) -> dict[str, Any]:
    return {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}


def node(**expression: Any) -> dict[str, Any]:
    return {"nodeSelectorTerms": [{"matchFields": [expression]}]}


def spread(**fields: Any) -> list[dict[str, Any]]:
    base = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": SELECTOR}
    return [{**base, **fields}]


def probe(**fields: Any) -> dict[str, Any]:
    return {"tcpSocket": {"port": 80}, **fields}


def env(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "A", **fields}]


def ref(**source: Any) -> list[dict[str, Any]]:
    return env(valueFrom=source)


def mount(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "data", "mountPath": "/data", **fields}]


def volume(**source: Any) -> list[dict[str, Any]]:
    return [{"name": "data", **source}, {"name": "disk", "emptyDir": {}}]


def projected(*sources: Any) -> list[dict[str, Any]]:
    return volume(projected={"sources": list(sources)})


def claim(**fields: Any) -> list[dict[str, Any]]:
    base = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return volume(ephemeral={"volumeClaimTemplate": {"spec": {**base, **fields}}})


def rule(**fields: Any) -> list[dict[str, Any]]:
    return [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}, **fields}]


# Where to put a value, one that the server accepts, one that it refuses, and the path that it then prints.
CASES: list[tuple[str, Any, Any, str]] = [
    # containers
    ("containers", [{"name": "a", "image": "b"}], [], "containers"),
    (f"{C}.name", "a-1", "A", f"{C}.name"),
    (f"{C}.name", "a" * 63, "a" * 64, f"{C}.name"),
    (f"{C}.name", "a", "a.b", f"{C}.name"),
    (f"{C}.name", "other", "load", f"{I}.name"),
    (f"{C}.name", "a", "", f"{C}.name"),
    (f"{C}.image", "any image, even this", "", f"{C}.image"),
    (f"{C}.image", " x", None, f"{C}.image"),
    (f"{C}.imagePullPolicy", "IfNotPresent", "ifNotPresent", f"{C}.imagePullPolicy"),
    (f"{C}.imagePullPolicy", "", "x", f"{C}.imagePullPolicy"),
    (f"{C}.terminationMessagePolicy", "FallbackToLogsOnError", "Log", f"{C}.terminationMessagePolicy"),
    (f"{C}.restartPolicy", "Never", "x", f"{C}.restartPolicy"),
    (f"{I}.restartPolicy", "Always", "", f"{I}.restartPolicy"),
    (f"{I}.restartPolicyRules", [], rule(), f"{I}.restartPolicy"),
    (f"{I}.livenessProbe", None, probe(), f"{I}.livenessProbe"),
    (f"{C}.securityContext", {"windowsOptions": {"gmsaCredentialSpec": "x" * 65536}},
     {"windowsOptions": {"gmsaCredentialSpec": "x" * 65537}}, f"{C}.securityContext.windowsOptions.gmsaCredentialSpec"),
    (f"{C}.securityContext", {"windowsOptions": {"gmsaCredentialSpecName": "a.b"}},
     {"windowsOptions": {"gmsaCredentialSpecName": "A"}}, f"{C}.securityContext.windowsOptions.gmsaCredentialSpecName"),
    (f"{I}.lifecycle", None, {"preStop": {"sleep": {"seconds": 1}}}, f"{I}.lifecycle"),
    (f"{C}.volumeDevices", [{"name": "disk", "devicePath": "/a"}], [{"name": "none", "devicePath": "/a"}], f"{C}.volumeDevices[0].name"),
    # ports
    (f"{C}.ports", [{"containerPort": 1}, {"containerPort": 1}], [{"containerPort": 0}], f"{C}.ports[0].containerPort"),
    (f"{C}.ports", [{"containerPort": 65535}], [{"containerPort": 65536}], f"{C}.ports[0].containerPort"),
    (f"{C}.ports", [{"containerPort": 1, "hostPort": 0}], [{"containerPort": 1, "hostPort": 65536}],
     f"{C}.ports[0].hostPort"),
    (f"{C}.ports", [{"containerPort": 1, "protocol": "SCTP"}], [{"containerPort": 1, "protocol": "tcp"}],
     f"{C}.ports[0].protocol"),
    (f"{C}.ports", [{"containerPort": 1, "name": "a-b"}], [{"containerPort": 1, "name": "a--b"}], f"{C}.ports[0].name"),
    (f"{C}.ports", [{"containerPort": 1, "name": "a" * 15}], [{"containerPort": 1, "name": "a" * 16}],
     f"{C}.ports[0].name"),
    (f"{C}.ports", [{"containerPort": 1, "name": "8a"}], [{"containerPort": 1, "name": "80"}], f"{C}.ports[0].name"),
    (f"{C}.ports", [{"containerPort": 1, "name": "a"}, {"containerPort": 1, "name": "b"}],
     [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}], f"{C}.ports[1].name"),
    (f"{C}.ports", [{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9, "protocol": "UDP"}],
     [{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9}], f"{C}.ports[1].hostPort"),
    # environment
    (f"{C}.env", [{"name": "A"}, {"name": "A"}], env(name=""), f"{C}.env[0].name"),
    (f"{C}.env", env(name="1 A!"), env(name="A=B"), f"{C}.env[0].name"),
    (f"{C}.env", ref(fieldRef={"fieldPath": "status.podIP"}), ref(), f"{C}.env[0].valueFrom"),
    (f"{C}.env", env(value="", valueFrom={"fieldRef": {"fieldPath": "metadata.name"}}),
     env(value="x", valueFrom={"fieldRef": {"fieldPath": "metadata.name"}}), f"{C}.env[0].valueFrom"),
    (f"{C}.env", ref(secretKeyRef={"name": "a", "key": "b"}),
     ref(secretKeyRef={"name": "a", "key": "b"}, configMapKeyRef={"name": "a", "key": "b"}), f"{C}.env[0].valueFrom"),
    (f"{C}.env", ref(fieldRef={"fieldPath": "spec.host"}), ref(fieldRef={"fieldPath": "spec.schedulerName"}),
     f"{C}.env[0].valueFrom.fieldRef.fieldPath"),
    (f"{C}.env", ref(fieldRef={"fieldPath": "metadata.labels['a/b']"}), ref(fieldRef={"fieldPath": "metadata.labels"}),
     f"{C}.env[0].valueFrom.fieldRef.fieldPath"),
    (f"{C}.env", ref(fieldRef={"fieldPath": "metadata.annotations['A']"}),
     ref(fieldRef={"fieldPath": "metadata.labels['a b']"}), f"{C}.env[0].valueFrom.fieldRef"),
    (f"{C}.env", ref(fieldRef={"fieldPath": "metadata.name", "apiVersion": "v1"}),
     ref(fieldRef={"fieldPath": "metadata.name", "apiVersion": "v2"}), f"{C}.env[0].valueFrom.fieldRef.fieldPath"),
    (f"{C}.env", ref(resourceFieldRef={"resource": "limits.cpu", "divisor": "1m"}),
     ref(resourceFieldRef={"resource": "limits.cpu", "divisor": "2m"}),
     f"{C}.env[0].valueFrom.resourceFieldRef.divisor"),
    (f"{C}.env", ref(resourceFieldRef={"resource": "limits.memory", "divisor": "1Mi"}),
     ref(resourceFieldRef={"resource": "limits.memory", "divisor": "1024"}),
     f"{C}.env[0].valueFrom.resourceFieldRef.divisor"),
    (f"{C}.env", ref(resourceFieldRef={"resource": "requests.hugepages-2Mi"}),
     ref(resourceFieldRef={"resource": f"limits.{GPU}"}), f"{C}.env[0].valueFrom.resourceFieldRef.resource"),
    (f"{C}.env", ref(secretKeyRef={"name": "a.b", "key": "A_.b"}), ref(secretKeyRef={"name": "a.b", "key": "a/b"}),
     f"{C}.env[0].valueFrom.secretKeyRef.key"),
    (f"{C}.env", ref(configMapKeyRef={"name": "a", "key": "b"}), ref(configMapKeyRef={"name": "A", "key": "b"}),
     f"{C}.env[0].valueFrom.configMapKeyRef.name"),
    (f"{C}.env", ref(configMapKeyRef={"name": "a", "key": ".b"}), ref(configMapKeyRef={"name": "a", "key": "..b"}),
     f"{C}.env[0].valueFrom.configMapKeyRef.key"),
    (f"{C}.env", ref(fileKeyRef={"volumeName": "data", "path": "a", "key": "b"}),
     ref(fileKeyRef={"volumeName": "disk", "path": "a", "key": "b"}), f"{C}.env[0].valueFrom.fileKeyRef.volumeName"),
    (f"{C}.envFrom", [{"secretRef": {"name": "a-"}}], [{"secretRef": {"name": "A"}}], f"{C}.envFrom[0].secretRef.name"),
    (f"{C}.envFrom", [{"configMapRef": {"name": "a"}}], [{}], f"{C}.envFrom"),
    (f"{C}.envFrom", [{"prefix": "A_", "secretRef": {"name": "a"}}], [{"prefix": "=", "secretRef": {"name": "a"}}],
     f"{C}.envFrom[0].prefix"),
    # resources
    (f"{C}.resources", {"limits": {"cpu": 0.5}}, {"limits": {"cpu": -1}}, f"{C}.resources.limits[cpu]"),
    (f"{C}.resources", {"limits": {"kubernetes.io/x": 1}}, {"limits": {"gpu": 1}}, f"{C}.resources.limits[gpu]"),
    (f"{C}.resources", {"limits": {GPU: "1e0"}}, {"limits": {"a b": 1}}, f"{C}.resources.limits[a b]"),
    (f"{C}.resources", {"limits": {GPU: 8}}, {"limits": {GPU: "500m"}}, f"{C}.resources.limits[{GPU}]"),
    (f"{C}.resources", {"limits": {GPU: 8}, "requests": {GPU: "8"}}, {"limits": {GPU: 8}, "requests": {GPU: 7}},
     f"{C}.resources.requests"),
    (f"{C}.resources", {"limits": {GPU: 8}}, {"requests": {GPU: 8}}, f"{C}.resources.limits"),
    (f"{C}.resources", {"limits": {GPU: 8}}, {"limits": {f"requests.{GPU}": 8}},
     f"{C}.resources.limits[requests.{GPU}]"),
    (f"{C}.resources", {"limits": {"memory": "1Gi"}, "requests": {"memory": "1024Mi"}},
     {"limits": {"memory": "1G"}, "requests": {"memory": "1Gi"}}, f"{C}.resources.requests"),
    (f"{C}.resources", {"limits": {"hugepages-2Mi": "4Mi", "cpu": 1}}, {"limits": {"hugepages-2Mi": "3Mi", "cpu": 1}},
     f"{C}.resources.limits[hugepages-2Mi]"),
    (f"{C}.resources", {"limits": {"hugepages-2Mi": "4Mi", "cpu": 1}}, {"limits": {"hugepages-2Mi": "4Mi"}},
     f"{C}.resources"),
    (f"{C}.resources", {"claims": [{"name": "gpus"}]}, {"claims": [{"name": "other"}]}, f"{C}.resources.claims[0]"),
    (f"{C}.resources", {"claims": [{"name": "gpus", "request": "a"}, {"name": "gpus", "request": "b"}]},
     {"claims": [{"name": "gpus", "request": "a"}, {"name": "gpus"}]}, f"{C}.resources.claims[1]"),
    (f"{C}.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
     [{"resourceName": "gpu", "restartPolicy": "NotRequired"}], f"{C}.resizePolicy"),
    ("resources", {"limits": {"cpu": 1}}, {"limits": {GPU: 1}}, f"resources.limits[{GPU}]"),
    ("overhead", {"cpu": "1m"}, {"cpu": "-1m"}, "overhead.limits[cpu]"),
    # mounts
    (f"{C}.volumeMounts", mount(), mount(name="other"), f"{C}.volumeMounts[0].name"),
    (f"{C}.volumeMounts", mount(mountPath="a:b"), mount(mountPath=""), f"{C}.volumeMounts[0].mountPath"),
    (f"{C}.volumeMounts", [*mount(), *mount(mountPath="/b")], [*mount(), *mount()], f"{C}.volumeMounts[1].mountPath"),
    (f"{C}.volumeMounts", mount(subPath="a..b/c"), mount(subPath="/a"), f"{C}.volumeMounts.subPath"),
    (f"{C}.volumeMounts", mount(subPathExpr="$(A)"), mount(subPathExpr="a/../b"), f"{C}.volumeMounts.subPathExpr"),
    (f"{C}.volumeMounts", mount(subPath="a"), mount(subPath="a", subPathExpr="b"),
     f"{C}.volumeMounts[0].subPathExpr"),
    (f"{C}.volumeMounts", mount(mountPropagation="HostToContainer"), mount(mountPropagation="Bidirectional"),
     f"{C}.volumeMounts.mountPropagation"),
    (f"{C}.volumeMounts", mount(mountPropagation="None"), mount(mountPropagation=""),
     f"{C}.volumeMounts.mountPropagation"),
    (f"{C}.volumeMounts", mount(recursiveReadOnly="Enabled", readOnly=True), mount(recursiveReadOnly="Enabled"),
     f"{C}.volumeMounts.recursiveReadOnly"),
    (f"{C}.volumeDevices", [{"name": "disk", "devicePath": "/dev/x"}], [{"name": "data", "devicePath": "/dev/x"}],
     f"{C}.volumeDevices[0].name"),
    (f"{C}.volumeDevices", [{"name": "disk", "devicePath": "/dev/x"}], [{"name": "disk", "devicePath": "/dev/../x"}],
     f"{C}.volumeDevices[0].devicePath"),
    # probes and hooks
    (f"{C}.livenessProbe", probe(), {}, f"{C}.livenessProbe"),
    (f"{C}.livenessProbe", {"httpGet": {"port": "http"}}, {"httpGet": {"port": "8080"}},
     f"{C}.livenessProbe.httpGet.port"),
    (f"{C}.livenessProbe", {"httpGet": {"port": 1}}, {"httpGet": {}}, f"{C}.livenessProbe.httpGet.port"),
    (f"{C}.livenessProbe", {"httpGet": {"port": 1, "scheme": ""}}, {"httpGet": {"port": 1, "scheme": "http"}},
     f"{C}.livenessProbe.httpGet.scheme"),
    (f"{C}.livenessProbe", {"httpGet": {"port": 1, "httpHeaders": [{"name": "X-A", "value": ""}]}},
     {"httpGet": {"port": 1, "httpHeaders": [{"name": "X A", "value": ""}]}},
     f"{C}.livenessProbe.httpGet.httpHeaders"),
    (f"{C}.livenessProbe", {"exec": {"command": ["a"]}}, {"exec": {"command": []}},
     f"{C}.livenessProbe.exec.command"),
    (f"{C}.livenessProbe", {"grpc": {"port": 1}}, {"grpc": {"port": 0}}, f"{C}.livenessProbe.grpc.port"),
    (f"{C}.livenessProbe", probe(), probe(grpc={"port": 1}), f"{C}.livenessProbe.grpc"),
    (f"{C}.livenessProbe", probe(successThreshold=0), probe(successThreshold=2),
     f"{C}.livenessProbe.successThreshold"),
    (f"{C}.startupProbe", probe(successThreshold=1), probe(successThreshold=2),
     f"{C}.startupProbe.successThreshold"),
    (f"{C}.readinessProbe", probe(successThreshold=2), probe(failureThreshold=-1),
     f"{C}.readinessProbe.failureThreshold"),
    (f"{C}.readinessProbe", probe(periodSeconds=0), probe(periodSeconds=-1), f"{C}.readinessProbe.periodSeconds"),
    (f"{C}.readinessProbe", probe(), probe(terminationGracePeriodSeconds=1),
     f"{C}.readinessProbe.terminationGracePeriodSeconds"),
    (f"{C}.livenessProbe", probe(terminationGracePeriodSeconds=1), probe(terminationGracePeriodSeconds=0),
     f"{C}.livenessProbe.terminationGracePeriodSeconds"),
    (f"{C}.lifecycle", {"preStop": {"sleep": {"seconds": 30}}}, {"preStop": {"sleep": {"seconds": 31}}},
     f"{C}.lifecycle.preStop.sleep"),
    (f"{C}.lifecycle", {"preStop": None}, {"preStop": {}}, f"{C}.lifecycle.preStop"),
    (f"{C}.lifecycle", {"postStart": {"exec": {"command": ["a"]}}}, {"postStart": {"httpGet": {"port": 0}}},
     f"{C}.lifecycle.postStart.httpGet.port"),
    # security
    (f"{C}.securityContext", {"runAsUser": 0}, {"runAsUser": -1}, f"{C}.securityContext.runAsUser"),
    (f"{C}.securityContext", {"runAsGroup": 2**31 - 1}, {"runAsGroup": 2**31}, f"{C}.securityContext.runAsGroup"),
    (f"{C}.securityContext", {"allowPrivilegeEscalation": True, "privileged": True},
     {"allowPrivilegeEscalation": False, "privileged": True}, f"{C}.securityContext"),
    (f"{C}.securityContext", {"capabilities": {"add": ["CAP_SYS_ADMIN"]}},
     {"allowPrivilegeEscalation": False, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}, f"{C}.securityContext"),
    (f"{C}.securityContext", {"seccompProfile": {"type": "Localhost", "localhostProfile": "a"}},
     {"seccompProfile": {"type": "Localhost"}}, f"{C}.securityContext.seccompProfile.localhostProfile"),
    (f"{C}.securityContext", {"seccompProfile": {"type": "Unconfined"}}, {"seccompProfile": {"type": "None"}},
     f"{C}.securityContext.seccompProfile.type"),
    (f"{C}.securityContext", {"appArmorProfile": {"type": "RuntimeDefault"}},
     {"appArmorProfile": {"type": "RuntimeDefault", "localhostProfile": "a"}},
     f"{C}.securityContext.appArmorProfile.localhostProfile"),
    (f"{C}.securityContext", {"procMount": "Default"}, {"procMount": "Unmasked"}, f"{C}.securityContext.procMount"),
    (f"{C}.securityContext", {"windowsOptions": {"runAsUserName": "NT AUTHORITY\\SYSTEM"}},
     {"windowsOptions": {"runAsUserName": "a\\b\\c"}}, f"{C}.securityContext.windowsOptions.runAsUserName"),
    ("securityContext", {"fsGroup": 1}, {"fsGroup": -1}, "securityContext.fsGroup"),
    ("securityContext", {"supplementalGroups": [1]}, {"supplementalGroups": [-1]},
     "securityContext.supplementalGroups[0]"),
    ("securityContext", {"fsGroupChangePolicy": "Always"}, {"fsGroupChangePolicy": ""},
     "securityContext.fsGroupChangePolicy"),
    ("securityContext", {"seLinuxChangePolicy": "Recursive"}, {"seLinuxChangePolicy": "MountOption"},
     "securityContext.seLinuxChangePolicy"),
    ("securityContext", {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]},
     {"sysctls": [{"name": "net core", "value": "1"}]}, "securityContext.sysctls[0].name"),
    ("securityContext", {"sysctls": [{"name": "a/b", "value": "1"}]},
     {"sysctls": [{"name": "a/b", "value": "1"}, {"name": "a/b", "value": "1"}]}, "securityContext.sysctls[1].name"),
    ("os", {"name": "linux"}, {"name": "Linux"}, "os"),
    ("os", None, {}, "os.name"),
    # the pod as a whole
    ("restartPolicy", "", "Sometimes", "restartPolicy"),
    ("dnsPolicy", "ClusterFirstWithHostNet", "Cluster", "dnsPolicy"),
    ("dnsPolicy", "Default", "None", "dnsConfig"),
    ("dnsConfig", {"nameservers": ["::1"]}, {"nameservers": ["one.one"]}, "dnsConfig.nameservers[0]"),
    ("dnsConfig", {"nameservers": ["1.1.1.1"] * 3}, {"nameservers": ["1.1.1.1"] * 4}, "dnsConfig.nameservers"),
    ("dnsConfig", {"searches": [".", "_a.b."]}, {"searches": ["a b"]}, "dnsConfig.searches[0]"),
    ("dnsConfig", {"searches": ["a"] * 32}, {"searches": ["a"] * 33}, "dnsConfig.searches"),
    ("dnsConfig", {"options": [{"name": "a"}]}, {"options": [{"value": "a"}]}, "dnsConfig.options[0]"),
    ("hostAliases", [{"ip": "1.2.3.4", "hostnames": ["a.b"]}], [{"ip": "1.2.3.4", "hostnames": ["a_b"]}],
     "hostAliases[0].hostnames[0]"),
    ("hostAliases", [{"ip": "FE80::1"}], [{"ip": "1.2.3.04"}], "hostAliases[0].ip"),
    ("hostname", "a", "a.b", "hostname"),
    ("subdomain", "a", "a.b", "subdomain"),
    ("serviceAccountName", "a.b", "A", "serviceAccountName"),
    ("serviceAccount", "a.b", "A", "serviceAccountName"),
    ("priorityClassName", "a", "a_b", "priorityClassName"),
    ("runtimeClassName", "a", "", "runtimeClassName"),
    ("nodeName", "a.b", "A", "nodeName"),
    ("preemptionPolicy", "Never", "", "preemptionPolicy"),
    ("activeDeadlineSeconds", 1, 0, "activeDeadlineSeconds"),
    ("nodeSelector", {"a/b": "C_d"}, {"a": "b c"}, "nodeSelector"),
    ("nodeSelector", {"a": ""}, {"": "a"}, "nodeSelector"),
    ("schedulingGates", [{"name": "a"}], [{"name": "a"}, {"name": "a"}], "schedulingGates[1]"),
    ("readinessGates", [{"conditionType": "a/b"}], [{"conditionType": "a b"}], "readinessGates[0].conditionType"),
    ("resourceClaims", [{"name": "a", "resourceClaimName": "b"}], [{"name": "a"}], "resourceClaims[0]"),
    ("resourceClaims", [{"name": "a", "resourceClaimName": "b"}], [{"name": "a", "resourceClaimName": "B"}],
     "resourceClaims[0].resourceClaimName"),
    ("ephemeralContainers", [], [{"name": "a", "image": "b"}], "ephemeralContainers"),
    ("hostnameOverride", "a.b", "A", "hostnameOverride"),
    # tolerations
    ("tolerations", [{"operator": "Exists"}], [{"operator": "Equal"}], "tolerations[0].operator"),
    ("tolerations", [{"key": GPU, "operator": "Exists"}], [{"key": GPU, "operator": "Exists", "value": "x"}],
     "tolerations[0].operator"),
    ("tolerations", [{"key": "a", "value": "b"}], [{"key": "a", "value": "b c"}], "tolerations[0].operator"),
    ("tolerations", [{"key": "a", "effect": ""}], [{"key": "a", "effect": "NoRun"}], "tolerations[0].effect"),
    ("tolerations", [{"key": "a", "effect": "NoExecute", "tolerationSeconds": -1}],
     [{"key": "a", "tolerationSeconds": 5}], "tolerations[0].effect"),
    ("tolerations", [{"key": "a"}], [{"key": "a", "operator": "Gt", "value": "1"}], "tolerations[0].operator"),
    ("tolerations", [{"key": "a"}], [{"key": "a b"}], "tolerations[0].key"),
    # affinity
    (NODE, term(key="a", operator="In", values=["b"]), {"nodeSelectorTerms": []}, f"{NODE}.nodeSelectorTerms"),
    (NODE, term(key="a", operator="Exists"), term(key="a", operator="exists"), f"{NODE}.{EXPRESSIONS}.operator"),
    (NODE, term(key="a", operator="Exists"), term(key="a", operator="Exists", values=["b"]),
     f"{NODE}.{EXPRESSIONS}.values"),
    (NODE, term(key="a", operator="In", values=[""]), term(key="a", operator="In", values=[]),
     f"{NODE}.{EXPRESSIONS}.values"),
    (NODE, term(key="a", operator="Gt", values=["1"]), term(key="a", operator="Gt", values=["1", "2"]),
     f"{NODE}.{EXPRESSIONS}.values"),
    (NODE, term(key="a", operator="In", values=["b"]), term(key="a", operator="In", values=["b c"]),
     f"{NODE}.{EXPRESSIONS}.values[0]"),
    (NODE, term(key="a", operator="Exists"), term(key="", operator="Exists"), f"{NODE}.{EXPRESSIONS}.key"),
    (NODE, node(key="metadata.name", operator="In", values=["a"]), node(key="name", operator="In", values=["a"]),
     f"{NODE}.nodeSelectorTerms[0].matchFields[0].key"),
    (f"affinity.nodeAffinity.{PREFERRED}",
     [{"weight": 100, "preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b c"]}]}}],
     [{"weight": 101, "preference": {}}], f"affinity.nodeAffinity.{PREFERRED}[0].weight"),
    (PODS, [{"topologyKey": "a/b"}], [{"topologyKey": ""}], f"{PODS}[0].topologyKey"),
    (PODS, [{"topologyKey": "a", "namespaces": ["b"]}], [{"topologyKey": "a", "namespaces": ["B"]}],
     f"{PODS}[0].namespace"),
    (PODS, [{"topologyKey": "a", "labelSelector": SELECTOR}],
     [{"topologyKey": "a", "labelSelector": {"matchLabels": {"a": "-"}}}], f"{PODS}[0].labelSelector.matchLabels"),
    (PODS, [{"topologyKey": "a", "labelSelector": SELECTOR, "matchLabelKeys": ["b"]}],
     [{"topologyKey": "a", "matchLabelKeys": ["b"]}], f"{PODS}[0].matchLabelKeys"),
    (PODS, [{"topologyKey": "a", "labelSelector": SELECTOR, "matchLabelKeys": ["b"], "mismatchLabelKeys": ["c"]}],
     [{"topologyKey": "a", "labelSelector": SELECTOR, "matchLabelKeys": ["b"], "mismatchLabelKeys": ["b"]}],
     f"{PODS}[0].matchLabelKeys[0]"),
    (f"affinity.podAffinity.{PREFERRED}", [{"weight": 1, "podAffinityTerm": {"topologyKey": "a"}}],
     [{"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}], f"affinity.podAffinity.{PREFERRED}[0].weight"),
    # topology spread
    ("topologySpreadConstraints", spread(), spread(maxSkew=0), "topologySpreadConstraints[0].maxSkew"),
    ("topologySpreadConstraints", spread(topologyKey="a b"), spread(topologyKey=""),
     "topologySpreadConstraints[0].topologyKey"),
    ("topologySpreadConstraints", spread(whenUnsatisfiable="ScheduleAnyway"), spread(whenUnsatisfiable=""),
     "topologySpreadConstraints[0].whenUnsatisfiable"),
    ("topologySpreadConstraints", spread() + spread(whenUnsatisfiable="ScheduleAnyway"), spread() + spread(),
     "topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}"),
    ("topologySpreadConstraints", spread(minDomains=1), spread(minDomains=1, whenUnsatisfiable="ScheduleAnyway"),
     "topologySpreadConstraints[0].minDomains"),
    ("topologySpreadConstraints", spread(nodeTaintsPolicy="Honor"), spread(nodeTaintsPolicy="honor"),
     "topologySpreadConstraints[0].nodeTaintsPolicy"),
    ("topologySpreadConstraints", spread(matchLabelKeys=["app"]), spread(matchLabelKeys=["a b"]),
     "topologySpreadConstraints[0].matchLabelKeys[0]"),
    ("topologySpreadConstraints", spread(),
     spread(labelSelector={"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}),
     "topologySpreadConstraints[0].labelSelector.matchExpressions[0].operator"),
    # volumes
    ("volumes", volume(), volume(configMap={}), f"{V}.configMap.name"),
    ("volumes", [{"name": "data"}], [{"name": "data"}, {"name": "data"}], "volumes[1].name"),
    ("volumes", [{"name": "a"}], [{"name": "a.b"}], f"{V}.name"),
    ("volumes", [{"name": "a"}], [{"emptyDir": {}}], f"{V}.name"),
    ("volumes", volume(secret={"secretName": "a"}), volume(secret={"secretName": "a"}, configMap={"name": "b"}),
     f"{V}.configMap"),
    ("volumes", volume(emptyDir={"medium": "anything", "sizeLimit": 0}), volume(emptyDir={"sizeLimit": -1}),
     f"{V}.emptyDir.sizeLimit"),
    ("volumes", volume(configMap={"name": "a", "defaultMode": 0o777}),
     volume(configMap={"name": "a", "defaultMode": 0o1000}), f"{V}.configMap.defaultMode"),
    ("volumes", volume(secret={"secretName": "a", "items": [{"key": "a", "path": "b/c"}]}),
     volume(secret={"secretName": "a", "items": [{"key": "a", "path": "../c"}]}), f"{V}.secret.items[0].path"),
    ("volumes", volume(configMap={"name": "a", "items": [{"key": "a", "path": "b", "mode": 0}]}),
     volume(configMap={"name": "a", "items": [{"key": "a", "path": "b", "mode": -1}]}), f"{V}.configMap.items[0].mode"),
    ("volumes", volume(configMap={"name": "a", "items": [{"key": "a", "path": "b..c"}]}),
     volume(configMap={"name": "a", "items": [{"key": "a", "path": "..c"}]}), f"{V}.configMap.items[0].path"),
    ("volumes", volume(hostPath={"path": "/a", "type": ""}), volume(hostPath={"path": "/a/../b"}),
     f"{V}.hostPath.path"),
    ("volumes", volume(hostPath={"path": "/a", "type": "CharDevice"}), volume(hostPath={"path": "/a", "type": "Dir"}),
     f"{V}.hostPath.type"),
    ("volumes", volume(persistentVolumeClaim={"claimName": "Any name"}), volume(persistentVolumeClaim={}),
     f"{V}.persistentVolumeClaim.claimName"),
    ("volumes", volume(nfs={"server": "a", "path": "/"}), volume(nfs={"server": "a", "path": "b"}), f"{V}.nfs.path"),
    ("volumes", volume(csi={"driver": "Gcs.csi"}), volume(csi={"driver": "a b"}), f"{V}.csi.driver"),
    ("volumes", volume(csi={"driver": "a", "nodePublishSecretRef": {"name": "b"}}),
     volume(csi={"driver": "a", "nodePublishSecretRef": {"name": "B"}}), f"{V}.csi.name"),
    ("volumes", volume(gcePersistentDisk={"pdName": "a"}), volume(gcePersistentDisk={"pdName": ""}),
     f"{V}.persistentDisk.pdName"),
    ("volumes", volume(image={"reference": ""}), volume(image={"pullPolicy": "x"}), f"{V}.image.pullPolicy"),
    ("volumes", volume(downwardAPI={"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.labels"}}]}),
     volume(downwardAPI={"items": [{"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}}]}),
     f"{V}.downwardAPI.fieldRef.fieldPath"),
    ("volumes",
     volume(downwardAPI={"items": [{"path": "a", "resourceFieldRef": {"containerName": "b", "resource": CPU}}]}),
     volume(downwardAPI={"items": [{"path": "a", "resourceFieldRef": {"resource": CPU}}]}),
     f"{V}.downwardAPI.resourceFieldRef.containerName"),
    ("volumes", projected({}), projected({"secret": {"name": "a"}, "configMap": {"name": "a"}}),
     f"{V}.projected.sources[0]"),
    ("volumes", projected({"secret": {"name": "a", "items": [{"key": "k", "path": "p"}]}},
                          {"secret": {"name": "a", "items": [{"key": "k", "path": "q"}]}}),
     projected({"secret": {"name": "a", "items": [{"key": "k", "path": "p"}]}},
               {"configMap": {"name": "a", "items": [{"key": "k", "path": "p"}]}}), f"{V}.projected"),
    ("volumes", projected({"serviceAccountToken": {"path": "a"}}),
     projected({"serviceAccountToken": {"path": "a", "expirationSeconds": 599}}),
     f"{V}.projected.sources[0].serviceAccountToken.expirationSeconds"),
    ("volumes", projected({"serviceAccountToken": {"path": "a"}}), projected({"serviceAccountToken": {"path": "/a"}}),
     f"{V}.projected.path"),
    ("volumes", claim(), claim(accessModes=[]), f"{V}.ephemeral.volumeClaimTemplate.spec.accessModes"),
    ("volumes", claim(), claim(resources={"requests": {"storage": 0}}),
     f"{V}.ephemeral.volumeClaimTemplate.spec.resources[storage]"),
    ("volumes", claim(volumeMode="Block"), claim(volumeMode="block"),
     f"{V}.ephemeral.volumeClaimTemplate.spec.volumeMode"),
    ("volumes", claim(storageClassName=""), claim(storageClassName="A"),
     f"{V}.ephemeral.volumeClaimTemplate.spec.storageClassName"),
    ("volumes", volume(fc={"targetWWNs": ["a"], "lun": 0}), volume(fc={"targetWWNs": ["a"]}), f"{V}.fc.lun"),
    ("volumes", volume(azureDisk={"diskName": "a", "diskURI": "https://a"}),
     volume(azureDisk={"diskName": "a", "diskURI": "https://a", "kind": "Managed"}), f"{V}.azureDisk.diskURI"),
    ("volumes", volume(flexVolume={"driver": "a", "options": {"b": "c"}}),
     volume(flexVolume={"driver": "a", "options": {"x.k8s.io/b": "c"}}), f"{V}.flexVolume.options[x.k8s.io/b]"),
    ("volumes", volume(iscsi={"targetPortal": "a", "iqn": "eui.0123456789abcdef", "lun": 0}),
     volume(iscsi={"targetPortal": "a", "iqn": "x", "lun": 0}), f"{V}.iscsi.iqn"),
    ("volumes", volume(quobyte={"registry": "a:1,b:2", "volume": "v"}),
     volume(quobyte={"registry": "a:1,b", "volume": "v"}), f"{V}.quobyte.registry"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "good", "bad", "path"), CASES, ids=[f"{i}-{path}" for i, (*_, path) in enumerate(CASES)]
)
def test_a_rule_accepts_and_refuses_as_the_server_does(where: str, good: Any, bad: Any, path: str) -> None:
    assert paths(put(spec(), where, good)) == []
    assert paths(put(spec(), where, bad)) == [path]


def test_the_plain_pod_is_fine_in_every_version() -> None:
    for minor in range(31, 38):
        assert paths(spec(), f"1.{minor}") == []


# Where to put a value, the value, the path, and the versions in which the server refuses it.
VERSIONED: list[tuple[str, Any, str, tuple[str, ...]]] = [
    (f"{C}.env", env(name="1A"), f"{C}.env[0].name", ("1.31",)),
    ("dnsConfig", {"searches": ["a_b"]}, "dnsConfig.searches[0]", ("1.31", "1.32")),
    (f"{C}.lifecycle", {"preStop": {"sleep": {"seconds": 0}}}, f"{C}.lifecycle.preStop.sleep", ("1.31", "1.32")),
    (NODE, term(key="a", operator="In", values=["b c"]), f"{NODE}.{EXPRESSIONS}.values[0]",
     ("1.33", "1.34", "1.35", "1.36", "1.37")),
    ("topologySpreadConstraints", spread(matchLabelKeys=["app"]), "topologySpreadConstraints[0].matchLabelKeys[0]",
     ("1.31", "1.32", "1.33")),
    (f"{C}.restartPolicy", "Always", f"{C}.restartPolicy", ("1.31", "1.32", "1.33")),
    (f"{I}.restartPolicy", "OnFailure", f"{I}.restartPolicy", ("1.31", "1.32", "1.33")),
    ("hostAliases", [{"ip": "010.1.1.1"}], "hostAliases[0].ip", ("1.36", "1.37")),
    ("hostAliases", [{"ip": "::ffff:1.2.3.4"}], "hostAliases[0].ip", ("1.36", "1.37")),
    ("resources", {"limits": {"gpu": 1}}, "resources.limits[gpu]", ("1.34", "1.35", "1.36", "1.37")),
    (f"{C}.env", ref(fileKeyRef={"volumeName": "data", "path": "a", "key": "b"}), f"{C}.env[0].valueFrom",
     ("1.31", "1.32", "1.33", "1.34")),
    ("volumes", volume(image={"pullPolicy": "x"}), f"{V}.image.pullPolicy", ("1.35", "1.36", "1.37")),
    ("volumes", volume(image={"reference": ""}), f"{V}.image.reference", ("1.37",)),
    ("securityContext", {"seLinuxChangePolicy": "MountOption"}, "securityContext.seLinuxChangePolicy",
     ("1.33", "1.34", "1.35", "1.36")),
    (f"{I}.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
     f"{I}.resizePolicy[0].restartPolicy", ("1.36", "1.37")),
]  # fmt: skip


CERTIFICATE = {"signerName": "a.b/c", "keyType": "ED25519", "credentialBundlePath": "p"}


@pytest.mark.parametrize(
    ("kind", "source", "path"),
    [
        ("clusterTrustBundle", {"path": "a", "name": "b:c"}, None),
        ("clusterTrustBundle", {"path": "a", "name": "b:C"}, ".name"),
        ("clusterTrustBundle", {"path": "a", "name": "C"}, ".name"),
        ("clusterTrustBundle", {"path": "a", "name": "b", "labelSelector": {}}, ".labelSelector"),
        ("clusterTrustBundle", {"path": "a", "name": "b", "signerName": "a.b/c"}, ""),
        ("clusterTrustBundle", {"path": "a", "signerName": "a.b/c", "labelSelector": {"matchLabels": {"a": "b"}}}, None),
        ("clusterTrustBundle", {"path": "a", "signerName": "a.b/c", "labelSelector": {"matchLabels": {"a b": "c"}}},
         ".labelSelector.matchLabels"),
        ("clusterTrustBundle", {"path": "a", "signerName": "c"}, ".signerName"),
        ("podCertificate", CERTIFICATE, None),
        ("podCertificate", {**CERTIFICATE, "credentialBundlePath": ""}, ""),
        ("podCertificate", {**CERTIFICATE, "credentialBundlePath": "/p"}, ".credentialBundlePath"),
        ("podCertificate", {**CERTIFICATE, "maxExpirationSeconds": 3600}, None),
        ("podCertificate", {**CERTIFICATE, "maxExpirationSeconds": 3599}, ".maxExpirationSeconds"),
        ("podCertificate", {**CERTIFICATE, "maxExpirationSeconds": 91 * 24 * 3600}, None),
        ("podCertificate", {**CERTIFICATE, "maxExpirationSeconds": 91 * 24 * 3600 + 1}, ".maxExpirationSeconds"),
        ("podCertificate", {**CERTIFICATE, "signerName": "kubernetes.io/c", "maxExpirationSeconds": 86401}, ".maxExpirationSeconds"),
    ],
)  # fmt: skip
def test_sources_that_are_read_from_1_37_on(kind: str, source: dict[str, Any], path: str | None) -> None:
    body = put(spec(), "volumes", projected({kind: source}))
    assert paths(body, "1.37") == ([] if path is None else [f"{V}.projected.sources[0].{kind}{path}"])
    assert paths(body, "1.36") == []


def test_a_sidecar_has_rules_from_1_36_on() -> None:
    body = put(put(spec(), f"{I}.restartPolicy", "Always"), f"{I}.restartPolicyRules", rule())
    assert [version for version in ("1.34", "1.35", "1.36", "1.37") if paths(body, version)] == ["1.35"]
    assert paths(body, "1.35") == [f"{I}.restartPolicyRules"]


@pytest.mark.parametrize(("where", "value", "path", "refusing"), VERSIONED, ids=[path for _, _, path, _ in VERSIONED])
def test_versions_differ(where: str, value: Any, path: str, refusing: tuple[str, ...]) -> None:
    every = tuple(f"1.{minor}" for minor in range(31, 38))
    assert tuple(version for version in every if path in paths(put(spec(), where, value), version)) == refusing


# Fields that only together are wrong, and the path of the server's complaint.
TOGETHER: list[tuple[dict[str, Any], str]] = [
    ({"hostNetwork": True, f"{C}.ports": [{"containerPort": 1, "hostPort": 2}]}, f"{C}.ports[0].hostPort"),
    ({"hostPID": True, "shareProcessNamespace": True}, "securityContext.shareProcessNamespace"),
    ({"hostUsers": False, "hostNetwork": True}, "hostNetwork"),
    ({"hostUsers": False, "hostPID": True}, "HostPID"),
    ({"hostUsers": False, f"{C}.volumeDevices": [{"name": "disk", "devicePath": "/a"}]}, f"{C}.volumeDevices"),
    ({"hostNetwork": True, "securityContext.sysctls": [{"name": "net/ipv4/x", "value": "1"}]},
     "securityContext.sysctls[0].name"),
    ({"hostIPC": True, "securityContext.sysctls": [{"name": "kernel.shmmax", "value": "1"}]},
     "securityContext.sysctls[0].name"),
    ({"hostnameOverride": "a", "setHostnameAsFQDN": True}, "hostnameOverride"),
    ({"os": {"name": "windows"}, "securityContext.runAsUser": 1}, "securityContext.runAsUser"),
    ({"os": {"name": "windows"}, f"{C}.securityContext.privileged": False}, f"{C}.securityContext.privileged"),
    ({"os": {"name": "linux"}, "securityContext.windowsOptions": {}}, "securityContext.windowsOptions"),
    ({"os": {"name": "windows"}, "resources": {"limits": {"cpu": 1}}}, "resources"),
    ({"securityContext.windowsOptions": {"hostProcess": True}}, "hostNetwork"),
    ({"resources": {"requests": {"cpu": 1}}, f"{C}.resources.requests": {"cpu": 2}}, "resources.requests[cpu]"),
    ({"resources": {"limits": {"cpu": 1}}, f"{C}.resources.limits": {"cpu": 2}}, "resources.containers[0][cpu].limits"),
    ({f"{I}.restartPolicy": "Always", f"{I}.ports": [{"containerPort": 1, "hostPort": 2}] * 2},
     "initContainers[0].ports[1].hostPort"),
    ({f"{C}.volumeMounts": mount(), f"{C}.volumeDevices": [{"name": "disk", "devicePath": "/data"}]},
     f"{C}.volumeMounts[0].mountPath + {C}.volumeDevices[0].devicePath"),
    ({"restartPolicy": "Never", f"{C}.resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
     f"{C}.resizePolicy"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path"), TOGETHER, ids=[path for _, path in TOGETHER])
def test_fields_that_exclude_each_other(fields: dict[str, Any], path: str) -> None:
    body = spec()
    for where, value in fields.items():
        body = put(body, where, value)
    assert paths(body) == path.split(" + ")


def test_sidecars_count_for_the_whole_pod_and_other_init_containers_alone() -> None:
    body = put(spec(), f"{C}.resources", {"requests": {"cpu": 1}})
    body = put(body, f"{I}.resources", {"requests": {"cpu": 2}})
    assert paths(put(body, "resources", {"requests": {"cpu": 2}})) == []
    sidecar = put(body, f"{I}.restartPolicy", "Always")
    assert paths(put(sidecar, "resources", {"requests": {"cpu": 2}})) == ["resources.requests[cpu]"]


def test_a_restart_policy_is_the_owners_to_allow() -> None:
    assert paths({**spec(), "restartPolicy": "Never"}, restart_policies=ALWAYS) == ["restartPolicy"]
    assert paths(spec(), restart_policies=frozenset({"OnFailure", "Never"})) == ["restartPolicy"]
    assert paths(spec(), restart_policies=ALWAYS) == []


def test_the_server_demands_more_of_a_pod_than_of_a_template() -> None:
    body = put(spec(), f"{C}.image", " example/server:1")
    assert paths(body) == []
    assert paths(body, template=False) == [f"{C}.image"]
    whole = {"metadata": {"name": "a"}, "spec": {**spec(), "nodeName": "n", "schedulingGates": [{"name": "g"}]}}
    assert [complaint.path for complaint in pod(whole, "1.36")] == ["spec.nodeName"]


def test_match_label_keys_become_expressions_in_a_pod() -> None:
    body = {**spec(), "topologySpreadConstraints": spread(matchLabelKeys=["app"])}
    found = paths(body, template=False, labelled={"app": "x"})
    assert found == ["topologySpreadConstraints[0][0]"]  # so the server prints it
    assert paths(body, template=False, labelled={"other": "x"}) == []


# Annotations that the server reads, one that it accepts and one that it refuses, and the path it prints.
ANNOTATIONS = [
    ("controller.kubernetes.io/pod-deletion-cost", "-1", "007",
     "template.annotations[controller.kubernetes.io/pod-deletion-cost]"),
    ("container.apparmor.security.beta.kubernetes.io/server", "runtime/default", "x",
     "template.annotations[container.apparmor.security.beta.kubernetes.io/server]"),
    ("seccomp.security.alpha.kubernetes.io/pod", "localhost/a", "localhost/../a",
     "template.annotations.seccomp.security.alpha.kubernetes.io/pod"),
    ("scheduler.alpha.kubernetes.io/tolerations", "[]", "{", "template.annotations"),
    ("A/b", "x", None, None),
    ("a", "x" * (256 * 1024 - 1), "x" * (256 * 1024), "template.annotations"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "good", "bad", "path"), ANNOTATIONS, ids=[key for key, *_ in ANNOTATIONS])
def test_annotations_that_mean_something(key: str, good: str, bad: str | None, path: str | None) -> None:
    def judge(value: str) -> list[Complaint]:
        body = {"metadata": {"annotations": {key: value}}, "spec": spec()}
        return list(pod_template(body, ("template",), restart_policies=ALWAYS, version="1.36"))

    assert judge(good) == []
    if bad is not None:
        assert [complaint.path for complaint in judge(bad)] == [path]


def test_profiles_in_annotations_and_fields_must_agree() -> None:
    note = {"container.seccomp.security.alpha.kubernetes.io/server": "unconfined"}
    body = {"metadata": {"annotations": note}, "spec": spec()}
    field = f"spec.{C}.securityContext.seccompProfile"
    options: Any = {"restart_policies": ALWAYS, "version": "1.36"}
    assert list(pod_template(put(body, field, {"type": "Unconfined"}), (), **options)) == []
    wrong = list(pod_template(put(body, field, {"type": "RuntimeDefault"}), (), **options))
    assert [complaint.path for complaint in wrong] == [f"{field}.type"]


def test_a_template_prints_its_labels_without_metadata_and_points_at_them() -> None:
    body = {"metadata": {"labels": {"a": "b c"}, "creationTimestamp": None}, "spec": spec()}
    (complaint,) = pod_template(body, ("spec", "template"), restart_policies=ALWAYS, version="1.36")
    assert complaint.path == "spec.template.labels"
    assert complaint.pointer == ("spec", "template", "metadata", "labels", "a")


def resolve(body: Any, pointer: Pointer) -> int:
    """How many steps of a pointer exist."""
    for depth, step in enumerate(pointer):
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return depth
    return len(pointer)


@pytest.mark.parametrize("bad", CASES, ids=[f"{i}-{path}" for i, (*_, path) in enumerate(CASES)])
def test_a_pointer_leads_to_the_culprit_or_to_where_it_is_missing(bad: tuple[str, Any, Any, str]) -> None:
    where, _, value, _ = bad
    body = {"spec": put(spec(), where, value)}
    for complaint in complaints(body["spec"]):
        assert resolve(body, complaint.pointer) >= len(complaint.pointer) - 1, complaint


# --- names and quantities -------------------------------------------------------------------------

NAMES = [
    (names.label, "a-1", "a.b"), (names.label, "1", "-a"), (names.label, "a" * 63, "a" * 64), (names.label, "a", "a\n"),
    (names.subdomain, "a.b-c", "a..b"), (names.subdomain, "a" * 253, "a" * 254), (names.subdomain, "a", "A"),
    (names.label_1035, "a1", "1a"), (names.label_value, "", "-"), (names.label_value, "A_.b", "a b"),
    (names.qualified, "a/B_c", "a/b/c"), (names.qualified, "A", "/a"), (names.qualified, "x/y", "x/"),
    (names.qualified, "a" * 63, "a" * 64), (names.qualified, "a.b/c", "A.b/c"), (names.qualified, "a", ""),
    (names.domain_prefixed, "a/b", "b"), (names.port_name, "http-1", "-http"), (names.port_name, "a", ""),
    (names.config_key, ".a", ".."), (names.config_key, "A_b.c", "a b"), (names.path_segment, "A:b", "a%b"),
    (names.path_segment, "...", ".."),
    (names.http_header, "X-A", "X_A"), (names.percent, "25%", "-25%"), (names.masked(names.label), "a-", "-"),
    (names.timestamp, "2024-02-29T23:59:59.5+02:00", "2023-02-29T00:00:00Z"), (lambda name: names.env_name(name, "1.36"), "1 a", "é"),
    (lambda name: names.env_name(name, "1.31"), "a.b", "..a"), (names.subdomain_with_underscore, "_a.b_c", "a_"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "good", "bad"), NAMES)
def test_names(check: names.Check, good: str, bad: str) -> None:
    assert check(good) is None
    assert check(bad)


N = 10**9


@pytest.mark.parametrize(("text", "value"), [
    ("1", N), ("1.5", 3 * N // 2), (".5", N // 2), ("5.", 5 * N), ("+1", N), ("-1", -N), ("100m", N // 10), ("1n", 1),
    ("0.1n", 1), ("-0.1n", -1), ("1u", 1000), ("1k", 10**3 * N), ("1E", 10**18 * N), ("1E3", 10**3 * N),
    ("1e-3", N // 1000), ("1e+2", 100 * N), ("1Ki", 1024 * N), ("1.5Gi", 3 * 2**29 * N), ("8Ei", (2**63 - 1) * N),
    (" 1 ", N), (0.5, N // 2), (3, 3 * N), (1e21, 10**21 * N), (None, 0), ("0", 0), ("1e-99", 1),
    ("", None), ("1K", None), ("1 Gi", None), ("32 GB", None), ("1e", None), ("e3", None), ("1.2.3", None),
    ("1_000", None), ("Gi", None), ("1Mi5", None), ("1e1.5", None), (True, None), ([], None), ("٣", None),
])  # fmt: skip
def test_quantities(text: object, value: int | None) -> None:
    assert names.quantity(text) == value


def test_counts_and_percentages() -> None:
    assert names.int_or_percent(3) == (3, False)
    assert names.int_or_percent("25%") == (25, True)
    assert [names.int_or_percent(value) for value in ("3", "25", "%", None, True, [], "9" * 20 + "%")] == [None] * 7


def meta(**fields: Any) -> list[str]:
    body = {"name": "a", **fields}
    return [complaint.path for complaint in names.object_meta(body, ("metadata",), namespaced=True)]


@pytest.mark.parametrize(("fields", "path"), [
    ({}, None), ({"name": "a.b"}, None), ({"name": "A"}, "metadata.name"), ({"name": None}, "metadata.name"),
    ({"name": "", "generateName": "a-"}, None), ({"generateName": "AB-"}, "metadata.generateName"),
    ({"name": "", "generateName": "--"}, "metadata.name"),
    ({"namespace": "a.b"}, "metadata.namespace"), ({"labels": {"a": "b c"}}, "metadata.labels"),
    ({"labels": {"a b": "c"}}, "metadata.labels"), ({"annotations": {"a b": "c"}}, "metadata.annotations"),
    ({"annotations": {"A": "any text"}}, None), ({"finalizers": ["orphan", "a/b"]}, None),
    ({"finalizers": ["a"]}, "metadata.finalizers[0]"),
    ({"finalizers": ["orphan", "foregroundDeletion"]}, "metadata.finalizers"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "b"}]}, None),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "a"}]}, "metadata.ownerReferences.uid"),
    ({"ownerReferences": [{"apiVersion": "a/b/c", "kind": "A", "name": "a", "uid": "b"}]},
     "metadata.ownerReferences.apiVersion"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"}]}, "metadata.ownerReferences"),
    ({"creationTimestamp": "2026-01-31T12:00:00Z"}, None),
    ({"creationTimestamp": "today"}, "metadata.creationTimestamp"),
])  # fmt: skip
def test_metadata(fields: dict[str, Any], path: str | None) -> None:
    assert meta(**fields) == ([path] if path else [])


def test_metadata_of_other_kinds() -> None:
    cluster = {"name": "a:b", "namespace": "Ignored", "finalizers": ["own"]}
    assert not list(
        names.object_meta(cluster, (), namespaced=False, name=names.path_segment, custom=True)
    )  # the server clears a namespace that cannot be


def test_selectors_select() -> None:
    labels = {"app": "x", "tier": "a"}
    for selector, selects in (
        ({"matchLabels": {"app": "x"}}, True),
        ({"matchLabels": {"app": "y"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "none", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "DoesNotExist"}]}, True),
        ({}, True),
    ):
        assert names.matches(selector, labels) is selects


def test_paths_are_printed_as_the_server_prints_them() -> None:
    assert path_of(("spec", "containers", 0, "resources", "limits", Key(GPU))) == (
        f"spec.containers[0].resources.limits[{GPU}]"
    )
    assert path_of(()) == ""


# --- a claim of its own ---------------------------------------------------------------------------


def test_a_claim_forgets_sources_of_unusual_kinds_and_a_template_does_not() -> None:
    body = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "dataSource": {"kind": "Other", "name": "a"},
    }
    assert not list(claim_spec(body, (), "1.36"))
    assert [complaint.path for complaint in claim_spec(body, (), "1.36", template=True)] == ["dataSource"]


# --- any shape, and speed -------------------------------------------------------------------------

JUNK = [None, True, 0, -1, 1.5, "", "x", [], {}, [None], [0], ["x"], [[]], [{}], {"x": None}, {"name": 1}]


def positions(value: Any, at: Pointer = ()) -> list[Pointer]:
    found = [at]
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        found += positions(item, (*at, key))
    return found


@pytest.mark.parametrize("case", CASES[::3], ids=[path for *_, path in CASES[::3]])
def test_no_shape_raises(case: tuple[str, Any, Any, str]) -> None:
    """Every value of a pod replaced by every kind of junk."""
    base = put(spec(), case[0], case[1])
    for at in positions(base)[1:]:
        for junk in JUNK:
            whole = copy.deepcopy(base)
            target: Any = whole
            for step in at[:-1]:
                target = target[step]
            target[at[-1]] = junk
            complaints(whole, "1.31")
            complaints(whole, "1.37", template=False, labelled={"app": "x"})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given_that(st.dictionaries(st.sampled_from([case[0].split(".")[0].split("[")[0] for case in CASES]), ANYTHING))
def test_no_value_raises(body: dict[str, Any]) -> None:
    complaints(body)
    list(pod({"metadata": body, "spec": body}, "1.36"))
    list(pod_template(body, (), restart_policies=ANY, version="1.31"))


@settings(max_examples=300, deadline=None)
@given_that(ANYTHING)
def test_quantities_of_anything(value: Any) -> None:
    found = names.quantity(value)
    assert found is None or isinstance(found, int)
    names.int_or_percent(value)
