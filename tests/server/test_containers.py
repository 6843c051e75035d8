"""Containers field by field: what each may hold, up to the last value that the server takes.

Every part of a container has a table of small objects and the fields, below that part, which the server then names.
"""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import containers
from servelint.server.semantics.containers import Surroundings
from servelint.server.semantics.field import Complaint

VOLUMES: dict[str, dict[str, Any]] = {
    "data": {"name": "data", "emptyDir": {}},
    "bare": {"name": "bare", "secret": None},
    "disk": {"name": "disk", "persistentVolumeClaim": {"claimName": "a"}},
    "other": {"name": "other", "persistentVolumeClaim": {"claimName": "b"}},
    "own": {"name": "own", "ephemeral": {}},
    "engine": {"name": "engine", "image": {"reference": "a"}},
}
GPU = "nvidia.com/gpu"


def around(**changes: Any) -> Surroundings:
    usual: dict[str, Any] = {
        "version": "1.36", "template": True, "restart_policy": "Always", "grace_period": 30, "host_users": True,
        "host_network": False, "volumes": VOLUMES, "claims": frozenset({"gpus", "nics"}),
    }  # fmt: skip
    return Surroundings(**usual | changes)


def judged(fields: dict[str, Any], **changes: Any) -> list[Complaint]:
    container = {"name": "main", "image": "example/x:1", **fields}
    return list(containers.containers({"containers": [container]}, (), around(**changes)))


def found(fields: dict[str, Any], **changes: Any) -> list[str]:
    """The fields of the only container that the server names."""
    return [complaint.path.removeprefix("containers[0]").removeprefix(".") for complaint in judged(fields, **changes)]


# --- resources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "native", "extended", "overcommit", "container", "pod"), [
    ("cpu", True, False, True, True, True),
    ("memory", True, False, True, True, True),
    ("ephemeral-storage", True, False, True, True, False),
    ("storage", True, False, True, False, False),
    ("hugepages-2Mi", True, False, False, True, True),
    ("hugepages-", True, False, False, False, False),
    (GPU, False, True, False, True, False),
    (f"requests.{GPU}", False, False, False, False, False),
    ("a.kubernetes.io/b", True, False, True, True, False),
    ("a b", True, False, True, False, False),
    ("a.b/c d", False, False, False, False, False),
    (f"a.b/{'c' * 63}", False, True, False, True, False),
    (f"{'a.' * 122}b/c", False, False, False, False, False),
])  # fmt: skip
def test_names_of_resources(
    name: str, native: bool, extended: bool, overcommit: bool, container: bool, pod: bool
) -> None:
    assert containers.is_native(name) is native
    assert containers.is_extended(name) is extended
    assert containers.may_overcommit(name) is overcommit
    assert (containers.container_resource(name) is None) is container
    assert (containers.pod_resource(name) is None) is pod


CPU = {"cpu": 1}


@pytest.mark.parametrize(("limits", "requests", "fields"), [
    ({"cpu": 0}, {}, []),
    ({"cpu": "-1n"}, {}, []),  # rounds up to nothing
    ({"cpu": "-1m"}, {}, ["limits[cpu]"]),
    ({GPU: "1500m"}, {}, [f"limits[{GPU}]"]),
    ({"a.kubernetes.io/b": "500m"}, {}, []),
    ({"cpu": 1}, {"cpu": 1}, []),
    ({"cpu": 1}, {"cpu": "1001m"}, ["requests"]),
    ({"cpu": 1}, {"cpu": "999m"}, []),
    ({}, {"cpu": 1}, []),
    ({GPU: 1}, {GPU: 1}, []),
    ({GPU: 2}, {GPU: 1}, ["requests"]),
    ({}, {GPU: 1}, ["limits"]),
    ({GPU: "x"}, {GPU: 1}, []),  # what the schema reports
    ({"hugepages-2Mi": "2Mi", **CPU}, {"hugepages-2Mi": "4Mi"}, ["requests"]),
    ({"hugepages-2Mi": "4Mi", **CPU}, {"hugepages-2Mi": "2Mi"}, ["requests"]),
    ({"hugepages-2Mi": "2Mi"}, {"memory": 1}, []),
    ({"hugepages-2Mi": "2Mi"}, {}, [""]),
    ({"hugepages-2Mi": "2Mi", GPU: 1}, {}, [""]),
    ({"hugepages-1": 1, **CPU}, {}, []),
    ({"hugepages-0": 1, **CPU}, {}, ["limits[hugepages-0]"]),
    ({"hugepages--1": 1, **CPU}, {}, ["limits[hugepages--1]"]),
    ({"hugepages-x": 1, **CPU}, {}, ["limits[hugepages-x]"]),
    ({"hugepages-500m": 1, **CPU}, {}, ["limits[hugepages-500m]"]),
    ({"hugepages-3": 2**63 - 1, **CPU}, {}, ["limits[hugepages-3]"]),
    ({"hugepages-3": 2**63, **CPU}, {}, []),  # more than the server can divide
])  # fmt: skip
def test_resources(limits: dict[str, Any], requests: dict[str, Any], fields: list[str]) -> None:
    names = [f"resources.{name}" if name else "resources" for name in fields]
    assert found({"resources": {"limits": limits, "requests": requests}}) == names


@pytest.mark.parametrize(("claims", "fields"), [
    ([{"name": "gpus"}], []),
    ([{"name": "gpus"}, {"name": "nics"}], []),
    ([{"name": "disks"}], ["[0]"]),
    ([{}], ["[0]"]),
    ([{"request": "A"}], ["[0]"]),
    ([{"name": "gpus", "request": "A"}], ["[0].request"]),
    ([{"name": "gpus"}, {"name": "gpus"}], ["[1]"]),
    ([{"name": "gpus"}, {"name": "gpus", "request": "a"}], ["[1]"]),
    ([{"name": "gpus", "request": "a"}, {"name": "gpus"}], ["[1]"]),
    ([{"name": "gpus", "request": "a"}, {"name": "gpus", "request": "a"}], ["[1]"]),
    ([{"name": "gpus", "request": "a"}, {"name": "gpus", "request": "b"}], []),
    ([{"name": "gpus", "request": "a"}, {"name": "nics"}], []),
    ([{"name": "gpus", "request": "a"}, {"name": "nics", "request": "a"}], []),
])  # fmt: skip
def test_claims_of_a_container(claims: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"resources": {"claims": claims}}) == [f"resources.claims{name}" for name in fields]
    assert found({"resources": {"claims": claims}}, version="1.33") == []


@pytest.mark.parametrize(("policies", "restart", "fields"), [
    ([("cpu", "NotRequired"), ("memory", "RestartContainer")], "Always", []),
    ([("cpu", "NotRequired"), ("cpu", "NotRequired")], "Always", ["resizePolicy[1]"]),
    ([("cpu", "Never")], "Always", ["resizePolicy"]),
    ([("gpu", "Never")], "Always", ["resizePolicy", "resizePolicy"]),
    ([("cpu", "NotRequired")], "Never", []),
    ([("cpu", "RestartContainer")], "Never", ["resizePolicy"]),
    ([("cpu", "RestartContainer")], "OnFailure", []),
])  # fmt: skip
def test_resizing(policies: list[tuple[str, str]], restart: str, fields: list[str]) -> None:
    written = [{"resourceName": name, "restartPolicy": policy} for name, policy in policies]
    assert found({"resizePolicy": written}, restart_policy=restart) == fields
    assert found({"resizePolicy": written}, restart_policy=restart, version="1.32") == []


def test_a_mistake_in_a_resize_policy_is_found_where_it_stands() -> None:
    (wrong,) = judged({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "Never"}]})
    assert wrong.pointer == ("containers", 0, "resizePolicy", 0, "restartPolicy")


# --- ports and environment ------------------------------------------------------------------------


@pytest.mark.parametrize(("ports", "fields"), [
    ([{"containerPort": 1}, {"containerPort": 65535}], []),
    ([{}], ["[0].containerPort"]),
    ([{"containerPort": 65536}], ["[0].containerPort"]),
    ([{"containerPort": 1, "hostPort": 1}], []),
    ([{"containerPort": 1, "hostPort": 65535}], []),
    ([{"containerPort": 1, "hostPort": 65536}], ["[0].hostPort"]),
    ([{"containerPort": 1, "hostPort": -1}], ["[0].hostPort"]),
    ([{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}], ["[1].name"]),
    ([{"containerPort": 1, "name": ""}, {"containerPort": 2, "name": ""}], []),
    ([{"containerPort": 1, "name": "A"}], ["[0].name"]),
    ([{"containerPort": 1, "protocol": ""}], []),
    ([{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9, "protocol": "TCP"}], ["[1].hostPort"]),
    ([{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9, "hostIP": "10.0.0.1"}], []),
    ([{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 8}], []),
])  # fmt: skip
def test_ports(ports: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"ports": ports}) == [f"ports{name}" for name in fields]


@pytest.mark.parametrize(("ports", "host_network", "template", "taken"), [
    ([(80, 0), (80, 0)], True, False, True),
    ([(80, 0), (80, 0)], True, True, False),
    ([(80, 0), (80, 0)], False, False, False),
    ([(80, 81), (80, 0)], True, False, False),
    ([(80, 81), (81, 0)], True, False, True),
    ([(0, 0), (0, 0)], True, False, False),
])  # fmt: skip
def test_on_the_network_of_the_host_every_port_is_the_hosts(
    ports: list[tuple[int, int]], host_network: bool, template: bool, taken: bool
) -> None:
    written = [{"containerPort": own, "hostPort": host} for own, host in ports]
    names = found({"ports": written}, host_network=host_network, template=template)
    assert ("ports[1].hostPort" in names) is taken


FILE = {"volumeName": "data", "path": "a", "key": "b"}


@pytest.mark.parametrize(("origin", "version", "fields"), [
    ({}, "1.36", [""]),
    ({"fieldRef": {"fieldPath": "metadata.name"}}, "1.36", []),
    ({"fieldRef": {"fieldPath": "metadata.name"}, "secretKeyRef": {"name": "a", "key": "b"}}, "1.36", [""]),
    ({"secretKeyRef": {"key": "b"}}, "1.36", [".secretKeyRef.name"]),
    ({"configMapKeyRef": {"name": "a"}}, "1.36", [".configMapKeyRef.key"]),
    ({"resourceFieldRef": {"resource": "limits.cpu"}}, "1.36", []),
    ({"fileKeyRef": FILE}, "1.35", []),
    ({"fileKeyRef": FILE}, "1.34", [""]),
    ({"fileKeyRef": FILE, "fieldRef": {"fieldPath": "metadata.name"}}, "1.34", []),
    ({"fileKeyRef": FILE, "fieldRef": {"fieldPath": "metadata.name"}}, "1.35", [""]),
    ({"fileKeyRef": FILE | {"key": "="}}, "1.35", [".fileKeyRef.key"]),
    ({"fileKeyRef": FILE | {"key": "1 a"}}, "1.35", []),
    ({"fileKeyRef": FILE | {"path": "../a"}}, "1.35", [".fileKeyRef.path"]),
    ({"fileKeyRef": FILE | {"path": ""}}, "1.35", [".fileKeyRef.path"]),
    ({"fileKeyRef": FILE | {"volumeName": "bare"}}, "1.35", []),
    ({"fileKeyRef": FILE | {"volumeName": "disk"}}, "1.35", [".fileKeyRef.volumeName"]),
    ({"fileKeyRef": FILE | {"volumeName": "none"}}, "1.35", [".fileKeyRef.volumeName"]),
    ({"fileKeyRef": FILE | {"volumeName": "A"}}, "1.35", [".fileKeyRef.volumeName"] * 2),
])  # fmt: skip
def test_where_a_variable_comes_from(origin: dict[str, Any], version: str, fields: list[str]) -> None:
    names = [f"env[0].valueFrom{name}" for name in fields]
    assert found({"env": [{"name": "A", "valueFrom": origin}]}, version=version) == names


@pytest.mark.parametrize(("origin", "fields"), [
    ({"secretRef": {"name": "a"}}, []),
    ({"secretRef": {}}, ["[0].secretRef.name"]),
    ({"configMapRef": {"name": "A"}}, ["[0].configMapRef.name"]),
    ({"secretRef": {"name": "a"}, "configMapRef": {"name": "a"}}, [""]),
    ({}, [""]),
    ({"secretRef": {"name": "a"}, "prefix": "a="}, ["[0].prefix"]),
])  # fmt: skip
def test_variables_that_come_together(origin: dict[str, Any], fields: list[str]) -> None:
    assert found({"envFrom": [origin]}) == [f"envFrom{name}" for name in fields]


# --- mounts and devices ---------------------------------------------------------------------------


@pytest.mark.parametrize(("mounts", "fields"), [
    ([{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/b"}], []),
    ([{"name": "data", "mountPath": "/a"}, {"name": "disk", "mountPath": "/a"}], ["[1].mountPath"]),
    ([{"name": "data"}], ["[0].mountPath"]),
    ([{"name": "data"}, {"name": "data"}], ["[0].mountPath", "[1].mountPath"]),
    ([{"mountPath": "/a"}], ["[0].name"]),
    ([{"name": "none", "mountPath": "/a"}], ["[0].name"]),
    ([{"name": "data", "mountPath": "/a", "subPath": "a", "subPathExpr": ""}], []),
    ([{"name": "data", "mountPath": "/a", "subPath": "a", "subPathExpr": "$(A)"}], ["[0].subPathExpr"]),
    ([{"name": "data", "mountPath": "/a", "subPath": "../a"}], [".subPath"]),
])  # fmt: skip
def test_mounts(mounts: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"volumeMounts": mounts}) == [f"volumeMounts{name}" for name in fields]


@pytest.mark.parametrize(("options", "privileged", "fields"), [
    ({"mountPropagation": "Bidirectional"}, True, []),
    ({"mountPropagation": "Bidirectional"}, False, ["mountPropagation"]),
    ({"mountPropagation": "HostToContainer"}, False, []),
    ({"mountPropagation": "Both"}, True, ["mountPropagation"]),
    ({"recursiveReadOnly": "Disabled"}, False, []),
    ({"recursiveReadOnly": ""}, False, ["recursiveReadOnly"]),
    ({"recursiveReadOnly": "Always", "readOnly": True}, False, ["recursiveReadOnly"]),
    ({"recursiveReadOnly": "IfPossible", "readOnly": True}, False, []),
    ({"recursiveReadOnly": "IfPossible", "readOnly": False}, False, ["recursiveReadOnly"]),
    ({"recursiveReadOnly": "Enabled", "readOnly": True, "mountPropagation": "None"}, False, []),
    ({"recursiveReadOnly": "Enabled", "readOnly": True, "mountPropagation": "HostToContainer"}, False,
     ["recursiveReadOnly"]),
])  # fmt: skip
def test_options_of_a_mount(options: dict[str, Any], privileged: bool, fields: list[str]) -> None:
    mount = {"name": "data", "mountPath": "/a", **options}
    container = {"volumeMounts": [mount], "securityContext": {"privileged": privileged}}
    assert found(container) == [f"volumeMounts.{name}" for name in fields]
    assert all(wrong.pointer[:4] == ("containers", 0, "volumeMounts", 0) for wrong in judged(container))


def test_a_mount_of_an_image_does_not_exist_before_1_35() -> None:
    container = {"volumeMounts": [{"name": "engine", "mountPath": "/a", "subPath": "/b"}]}
    assert found(container, version="1.34") == []
    assert found(container, version="1.35") == ["volumeMounts.subPath"]


@pytest.mark.parametrize(("devices", "fields"), [
    ([{"name": "disk", "devicePath": "/a"}, {"name": "own", "devicePath": "/b"}], []),
    ([{"name": "data", "devicePath": "/a"}], ["[0].name"]),
    ([{"name": "none", "devicePath": "/a"}], ["[0].name"]),
    ([{"devicePath": "/a"}], ["[0].name"]),
    ([{"devicePath": "/a"}, {"devicePath": "/b"}], ["[0].name", "[1].name"]),
    ([{"name": "disk"}], ["[0].devicePath"]),
    ([{"name": "disk"}, {"name": "other"}], ["[0].devicePath", "[1].devicePath"]),
    ([{"name": "disk", "devicePath": "/a"}, {"name": "disk", "devicePath": "/b"}], ["[1].name"]),
    ([{"name": "disk", "devicePath": "/a"}, {"name": "other", "devicePath": "/a"}], ["[1].devicePath"]),
    ([{"name": "disk", "devicePath": "a/../b"}], ["[0].devicePath"]),
])  # fmt: skip
def test_devices(devices: list[dict[str, Any]], fields: list[str]) -> None:
    assert found({"volumeDevices": devices}) == [f"volumeDevices{name}" for name in fields]


@pytest.mark.parametrize(("mount", "device", "fields"), [
    (("data", "/a"), ("disk", "/b"), []),
    (("disk", "/a"), ("disk", "/b"), ["volumeMounts[0].name", "volumeDevices[0].name"]),
    (("data", "/a"), ("disk", "/a"), ["volumeMounts[0].mountPath", "volumeDevices[0].devicePath"]),
])  # fmt: skip
def test_mounts_beside_devices(mount: tuple[str, str], device: tuple[str, str], fields: list[str]) -> None:
    mounts = [{"name": mount[0], "mountPath": mount[1]}]
    devices = [{"name": device[0], "devicePath": device[1]}]
    assert found({"volumeMounts": mounts, "volumeDevices": devices}) == fields


# --- probes and hooks -----------------------------------------------------------------------------

TCP = {"tcpSocket": {"port": 80}}


@pytest.mark.parametrize(("probe", "fields"), [
    ({"grpc": {"port": 65535}}, []),
    ({"grpc": {"port": 65536}}, [".grpc.port"]),
    ({"grpc": {}}, [".grpc.port"]),
    ({"tcpSocket": {"port": 65535}}, []),
    ({"tcpSocket": {"port": 65536}}, [".tcpSocket.port"]),
    ({"tcpSocket": {"port": "a b"}}, [".tcpSocket.port"]),
    ({"httpGet": {"port": 1, "httpHeaders": [{"name": "A"}, {}]}}, [".httpGet.httpHeaders"]),
    ({"exec": {}}, [".exec.command"]),
    ({"sleep": {"seconds": 1}}, [""]),
    ({**TCP, "exec": {"command": ["a"]}, "grpc": {"port": 1}}, [".tcpSocket", ".grpc"]),
    *[({**TCP, name: 0}, []) for name in containers.PROBE_NUMBERS],
    *[({**TCP, name: -1}, [f".{name}"]) for name in containers.PROBE_NUMBERS],
])  # fmt: skip
@pytest.mark.parametrize("kind", containers.PROBES)
def test_probes(kind: str, probe: dict[str, Any], fields: list[str]) -> None:
    assert found({kind: probe}) == [f"{kind}{name}" for name in fields]


@pytest.mark.parametrize(("kind", "fields", "good"), [
    ("livenessProbe", {"successThreshold": 1}, True),
    ("livenessProbe", {"successThreshold": 2}, False),
    ("startupProbe", {"successThreshold": 2}, False),
    ("readinessProbe", {"successThreshold": 2}, True),
    ("livenessProbe", {"terminationGracePeriodSeconds": 1}, True),
    ("startupProbe", {"terminationGracePeriodSeconds": 0}, False),
    ("readinessProbe", {"terminationGracePeriodSeconds": 1}, False),
])  # fmt: skip
def test_what_only_some_probes_may_have(kind: str, fields: dict[str, Any], good: bool) -> None:
    assert found({kind: {**TCP, **fields}}) == ([] if good else [f"{kind}.{name}" for name in fields])


@pytest.mark.parametrize(("hook", "fields"), [
    ({"grpc": {"port": 1}}, [""]),
    ({"tcpSocket": {"port": 0}}, [".tcpSocket.port"]),
    ({"sleep": {"seconds": 5}, "exec": {"command": ["a"]}}, [".sleep"]),
])  # fmt: skip
@pytest.mark.parametrize("name", ["preStop", "postStart"])
def test_hooks(name: str, hook: dict[str, Any], fields: list[str]) -> None:
    assert found({"lifecycle": {name: hook}}) == [f"lifecycle.{name}{field}" for field in fields]


@pytest.mark.parametrize(("seconds", "grace", "version", "good"), [
    (5, 5, "1.36", True),
    (6, 5, "1.36", False),
    (-1, 5, "1.36", False),
    (0, 5, "1.33", True),
    (0, 5, "1.32", False),
    (1, 5, "1.32", True),
])  # fmt: skip
def test_sleeping_before_the_end(seconds: int, grace: int, version: str, good: bool) -> None:
    hooks = {"lifecycle": {"preStop": {"sleep": {"seconds": seconds}}}}
    assert found(hooks, grace_period=grace, version=version) == ([] if good else ["lifecycle.preStop.sleep"])


@pytest.mark.parametrize(("fields", "names"), [
    ({"lifecycle": {"preStop": TCP}}, ["lifecycle"]),
    ({"lifecycle": {"stopSignal": "SIGTERM", "preStop": None}}, []),
    ({"lifecycle": {"stopSignal": "SIGTERM", "preStop": TCP}}, ["lifecycle"]),
    ({"readinessProbe": TCP}, ["readinessProbe"]),
    ({"readinessProbe": TCP, "restartPolicy": "Always"}, []),
    ({"readinessProbe": {}, "restartPolicy": "Always"}, ["readinessProbe"]),
    ({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]}, []),
    ({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
     ["resizePolicy[0].restartPolicy"]),
    ({"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}], "restartPolicy": "Always"}, []),
    ({"ports": [{"containerPort": 1, "hostPort": 5}]}, []),
])  # fmt: skip
def test_init_containers(fields: dict[str, Any], names: list[str]) -> None:
    regular = {"name": "main", "image": "a", "ports": [{"containerPort": 1, "hostPort": 5}]}
    spec = {"containers": [regular], "initContainers": [{"name": "load", "image": "a", **fields}]}
    paths = [wrong.path for wrong in containers.containers(spec, (), around())]
    assert paths == [f"initContainers[0].{name}" for name in names]


# --- security -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "profile", "fields"), [
    ("seccompProfile", {"type": "Localhost", "localhostProfile": "a/b"}, []),
    ("seccompProfile", {"type": "Localhost", "localhostProfile": "/a"}, [".localhostProfile"]),
    ("seccompProfile", {"type": "Localhost", "localhostProfile": ""}, []),
    ("seccompProfile", {"type": "Localhost"}, [".localhostProfile"]),
    ("seccompProfile", {"type": "Unconfined", "localhostProfile": "a"}, [".localhostProfile"]),
    ("seccompProfile", {"type": "Other"}, [".type"]),
    ("seccompProfile", {"type": "Other", "localhostProfile": "a"}, [".type", ".localhostProfile"]),
    ("appArmorProfile", {"type": "Localhost", "localhostProfile": "/a"}, []),
    ("appArmorProfile", {"type": "Localhost", "localhostProfile": " a"}, [".localhostProfile"]),
    ("appArmorProfile", {"type": "Localhost", "localhostProfile": "a" * 4095}, []),
    ("appArmorProfile", {"type": "Localhost", "localhostProfile": "a" * 4096}, [".localhostProfile"]),
    ("appArmorProfile", {"type": "Localhost", "localhostProfile": ""}, [".localhostProfile"]),
    ("appArmorProfile", {"type": "RuntimeDefault", "localhostProfile": "a"}, [".localhostProfile"]),
    ("appArmorProfile", {"type": "Other", "localhostProfile": "a"}, [".type"]),
])  # fmt: skip
def test_profiles(kind: str, profile: dict[str, Any], fields: list[str]) -> None:
    assert found({"securityContext": {kind: profile}}) == [f"securityContext.{kind}{name}" for name in fields]


@pytest.mark.parametrize(("user", "good"), [
    ("a", True),
    ("a" * 104, True),
    ("a" * 105, False),
    ("", False),
    ("a.b", True),
    (". .", False),
    ("a@b", False),
    ("a\x1f", False),
    ("D\\a", True),
    ("d e\\a", True),
    ("\\a", False),
    (".d\\a", False),
    ("D\\", False),
    ("D\\E\\a", False),
    ("*\\a", False),
    ("a.example.com\\a", True),
    ("a-.a-longer-example.com\\a", False),
    (f"{'a.' * 127}a\\a", True),
    (f"{'a.' * 127}ab\\a", False),
])  # fmt: skip
def test_windows_users(user: str, good: bool) -> None:
    assert (containers.windows_user(user) is None) is good
    path = "securityContext.windowsOptions.runAsUserName"
    assert found({"securityContext": {"windowsOptions": {"runAsUserName": user}}}) == ([] if good else [path])


@pytest.mark.parametrize(("context", "fields"), [
    ({"runAsUser": 2**31 - 1, "runAsGroup": 0}, []),
    ({"runAsUser": 2**31, "runAsGroup": -1}, [".runAsUser", ".runAsGroup"]),
    ({"windowsOptions": {"gmsaCredentialSpec": "x"}}, []),
    ({"windowsOptions": {"gmsaCredentialSpec": ""}}, [".windowsOptions.gmsaCredentialSpec"]),
    ({"windowsOptions": {"gmsaCredentialSpecName": ""}}, [".windowsOptions.gmsaCredentialSpecName"]),
    ({"procMount": ""}, [".procMount"]),
    ({"procMount": "Masked"}, [".procMount"]),
    ({"privileged": True}, []),
    ({"privileged": True, "allowPrivilegeEscalation": False}, [""]),
    ({"privileged": False, "allowPrivilegeEscalation": False}, []),
    ({"allowPrivilegeEscalation": False, "capabilities": {"add": ["CAP_SYS_ADMIN"]}}, [""]),
    ({"allowPrivilegeEscalation": False, "capabilities": {"add": ["NET_ADMIN"]}}, []),
    ({"allowPrivilegeEscalation": False, "capabilities": {"drop": ["CAP_SYS_ADMIN"]}}, []),
])  # fmt: skip
def test_security(context: dict[str, Any], fields: list[str]) -> None:
    assert found({"securityContext": context}) == [f"securityContext{name}" for name in fields]


def test_an_unmasked_proc_needs_users_of_its_own_and_is_read_since_1_33() -> None:
    container = {"securityContext": {"procMount": "Unmasked"}}
    assert found(container, host_users=False) == []
    assert found(container) == ["securityContext.procMount"]
    assert found(container, version="1.32") == []


# --- restart rules --------------------------------------------------------------------------------

CODES = {"operator": "In", "values": [1]}
RULE = {"action": "Restart", "exitCodes": CODES}


@pytest.mark.parametrize(("fields", "names"), [
    ({"restartPolicy": "Never", "restartPolicyRules": [RULE] * 20}, []),
    ({"restartPolicy": "Never", "restartPolicyRules": [RULE] * 21}, ["restartPolicyRules"]),
    ({"restartPolicyRules": [RULE]}, ["restartPolicy"]),
    ({"restartPolicy": ""}, ["restartPolicy"]),
    ({"restartPolicyRules": []}, []),
    ({"restartPolicy": "Never", "restartPolicyRules": [RULE, {**RULE, "action": "Stop"}]},
     ["restartPolicyRules[1].action"]),
    ({"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]}, ["restartPolicyRules[0].exitCodes"]),
    ({"restartPolicy": "Never", "restartPolicyRules": [{**RULE, "exitCodes": {**CODES, "operator": "Is"}}]},
     ["restartPolicyRules[0].exitCodes.operator"]),
    ({"restartPolicy": "Never", "restartPolicyRules": [{**RULE, "exitCodes": {**CODES, "values": [1] * 255}}]}, []),
    ({"restartPolicy": "Never", "restartPolicyRules": [{**RULE, "exitCodes": {**CODES, "values": [1] * 256}}]},
     ["restartPolicyRules[0].exitCodes.values"]),
])  # fmt: skip
def test_restart_rules(fields: dict[str, Any], names: list[str]) -> None:
    assert found(fields) == names


ALL = {"restartPolicy": "Never", "restartPolicyRules": [{**RULE, "action": "RestartAllContainers"}]}


@pytest.mark.parametrize(("kind", "fields", "refusing"), [
    ("containers", {"restartPolicy": "Never"}, [31, 32, 33]),
    ("containers", {"restartPolicy": "never"}, [31, 32, 33, 35, 36, 37]),
    ("containers", ALL, [31, 32, 33, 35]),
    ("initContainers", {"restartPolicy": "Always"}, []),
    ("initContainers", {"restartPolicy": "Never"}, [31, 32, 33]),
    ("initContainers", {"restartPolicy": "never"}, [31, 32, 33, 35, 36, 37]),
    ("initContainers", {"restartPolicyRules": [RULE]}, [35, 36, 37]),
    ("initContainers", {"restartPolicy": "Always", "restartPolicyRules": [RULE]}, [35]),
    ("initContainers", {"restartPolicy": "Always", "restartPolicyRules": [{}]}, [35, 36, 37]),
    ("initContainers", {"restartPolicy": "Never", "restartPolicyRules": [{}]}, [31, 32, 33, 35, 36, 37]),
])  # fmt: skip
def test_restart_policies_by_version(kind: str, fields: dict[str, Any], refusing: list[int]) -> None:
    spec = {"containers": [{"name": "main", "image": "a"}]}
    spec[kind] = [{"name": "x", "image": "a", **fields}]
    judge = {minor: list(containers.containers(spec, (), around(version=f"1.{minor}"))) for minor in range(31, 38)}
    assert [minor for minor, wrong in judge.items() if wrong] == refusing


# --- the whole pod's resources --------------------------------------------------------------------


def pod(whole: dict[str, Any], *each: dict[str, Any], init: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "resources": whole,
        "containers": [{"resources": resources} for resources in each],
        "initContainers": [{"resources": {"requests": {"cpu": one["cpu"]}}, **one} for one in init],
    }


SIDE: dict[str, Any] = {"restartPolicy": "Always"}
HUGE = "hugepages-2Mi"


@pytest.mark.parametrize(("spec", "paths"), [
    (pod({"requests": {"cpu": 2}}, {"requests": {"cpu": 1}}, {"requests": {"cpu": 1}}), []),
    (pod({"requests": {"cpu": 2}}, {"requests": {"cpu": 1}}, {"requests": {"cpu": "1001m"}}), ["requests[cpu]"]),
    (pod({"requests": {"cpu": 2}}, {"requests": {"memory": 9}}), []),
    (pod({"limits": {"cpu": 2}}, {"limits": {"cpu": 2}}, {"limits": {"cpu": 2}}), []),
    (pod({"limits": {"cpu": 2}}, {"limits": {"cpu": 1}}, {"limits": {"cpu": 3}}), ["containers[1][cpu].limits"]),
    (pod({"limits": {"memory": 2}}, {"limits": {"cpu": 3}}), []),
    (pod({"limits": {HUGE: "4Mi", "cpu": 1}}, {"limits": {HUGE: "2Mi"}}, {"limits": {HUGE: "2Mi"}}), []),
    (pod({"limits": {HUGE: "2Mi", "cpu": 1}}, {"limits": {HUGE: "2Mi"}}, {"limits": {HUGE: "2Mi"}}),
     [f"limits[{HUGE}]"]),
    (pod({"claims": [{"name": "a"}]}), ["claims"]),
    (pod({"limits": {GPU: 1}}), [f"limits[{GPU}]"]),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 3}, {"cpu": 3})), []),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 4},)), ["requests[cpu]"]),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 2, **SIDE},)), []),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 2}}, init=({"cpu": 2, **SIDE},)), ["requests[cpu]"]),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 1, **SIDE}, {"cpu": 2})), []),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 1, **SIDE}, {"cpu": 3})),
     ["requests[cpu]"]),
    (pod({"requests": {"cpu": 3}}, {"requests": {"cpu": 1}}, init=({"cpu": 3}, {"cpu": 1, **SIDE})), []),
    (pod({"requests": {"cpu": 1}}, {"requests": {"cpu": 2}}) | {"os": {"name": "windows"}}, [""]),
    (pod({"requests": {"cpu": 1}}, {"requests": {"cpu": 1}}) | {"os": {"name": "linux"}}, []),
])  # fmt: skip
def test_resources_of_the_whole_pod(spec: dict[str, Any], paths: list[str]) -> None:
    found = [wrong.path for wrong in containers.pod_resources(spec, ())]
    assert found == [f"resources.{path}" if path else "resources" for path in paths]


@pytest.mark.parametrize(("spec", "template", "pod_itself"), [
    # Of a Pod the server fills in what is not said, and then finds what does not fit.
    (pod({"limits": {"cpu": 2}}, {"requests": {"cpu": 3}}), [], ["requests"]),
    (pod({"limits": {"cpu": 2}}, {"requests": {"cpu": 2}}), [], []),
    (pod({"limits": {"cpu": 2}}, {"limits": {"cpu": 2}}, {"limits": {"cpu": 1}}), [], ["requests"]),
    (pod({"limits": {"memory": 2}}, {"requests": {"memory": 3}}), [], ["requests"]),
    (pod({"limits": {"cpu": 2}, "requests": {"cpu": 1}}, {"limits": {"cpu": 2}}), [], ["requests[cpu]"]),
    (pod({"requests": {"cpu": 1}}, {"limits": {"cpu": 2}}), [], ["requests[cpu]"]),
    (pod({"requests": {"cpu": 1}}, {"limits": {"cpu": 2}, "requests": {"cpu": 1}}), [], []),
    (pod({"requests": {"cpu": 2}}, {"limits": {HUGE: "2Mi"}}), [], []),
    (pod({"requests": {HUGE: "2Mi", "cpu": 1}}), ["limits"], ["limits"]),
    (pod({"limits": {HUGE: "2Mi", "cpu": 1}}), [], []),
    (pod({}, {"limits": {HUGE: "2Mi"}}), [], []),
])  # fmt: skip
def test_resources_of_a_pod_are_completed_first(
    spec: dict[str, Any], template: list[str], pod_itself: list[str]
) -> None:
    for how, expected in ((True, template), (False, pod_itself)):
        found = [wrong.path for wrong in containers.pod_resources(spec, (), template=how)]
        assert found == [f"resources.{path}" for path in expected]


def test_a_pod_that_says_nothing_of_the_whole_is_fine() -> None:
    assert list(containers.pod_resources({"containers": [{"resources": {"requests": {GPU: "1m"}}}]}, ())) == []


def test_visiting_takes_init_containers_first() -> None:
    spec = {name: [{"name": name}] for name in ("containers", "ephemeralContainers", "initContainers")}
    assert [(one["name"], at) for one, at in containers.visit(spec, ("spec",))] == [
        ("initContainers", ("spec", "initContainers", 0)),
        ("containers", ("spec", "containers", 0)),
        ("ephemeralContainers", ("spec", "ephemeralContainers", 0)),
    ]


@pytest.mark.parametrize(("spec", "paths"), [
    ({}, ["containers"]),
    ({"containers": [{"name": "a", "image": "b"}] * 2}, ["containers[1].name"]),
    ({"containers": [{"image": "b"}] * 2}, ["containers[0].name", "containers[1].name"]),
    ({"containers": [{"name": "a"}]}, ["containers[0].image"]),
    ({"containers": [{"name": "a", "image": "b", "terminationMessagePolicy": "file"}]},
     ["containers[0].terminationMessagePolicy"]),
    ({"containers": [{"name": "a", "image": " b"}]}, []),
])  # fmt: skip
def test_lists_of_containers(spec: dict[str, Any], paths: list[str]) -> None:
    assert [wrong.path for wrong in containers.containers(spec, (), around())] == paths
