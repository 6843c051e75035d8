"""What holds for a pod as a whole: each field up to the last value that the server takes, and fields beside fields."""

from __future__ import annotations

from typing import Any

import pytest

from servelint.server.semantics import pod
from servelint.server.semantics.containers import RESTART_POLICIES

CONTAINER = {"name": "main", "image": "example/x:1"}


def found(spec: dict[str, Any], version: str = "1.36") -> list[str]:
    """The fields of a template's spec that the server names."""
    body = {"containers": [CONTAINER], **spec}
    judged = pod.pod_spec(body, (), restart_policies=frozenset(RESTART_POLICIES), version=version)
    return [complaint.path for complaint in judged]


# --- network --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("address", "good", "was_good"), [
    ("10.0.0.1", True, True), ("fe80::1", True, True), ("10.0.0.256", False, False), ("10.0.0", False, False),
    ("010.0.0.01", False, True), ("10.0.0.01.", False, False), ("0256.0.0.1", False, False), ("", False, False),
    ("::ffff:10.0.0.1", False, True), ("fe80::1%eth0", False, False), ("10.0.0.1%1", False, False),
])  # fmt: skip
def test_addresses(address: str, good: bool, was_good: bool) -> None:
    assert (pod.ip_address(address, "1.36") is None) is good
    assert (pod.ip_address(address, "1.35") is None) is was_good


@pytest.mark.parametrize(("spec", "paths"), [
    ({"dnsPolicy": "None"}, ["dnsConfig"]),
    ({"dnsPolicy": "None", "dnsConfig": {}}, ["dnsConfig.nameservers"]),
    ({"dnsPolicy": "None", "dnsConfig": {"options": [{}]}}, ["dnsConfig.nameservers"]),
    ({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"]}}, []),
    ({"dnsConfig": {"nameservers": ["10.0.0.1", "x"]}}, ["dnsConfig.nameservers[1]"]),
    ({"dnsConfig": {"searches": ["a.", "a_b.c", "_a"]}}, []),
    ({"dnsConfig": {"searches": ["a", ".."]}}, ["dnsConfig.searches[1]"]),
    ({"dnsConfig": {"searches": [*["a" * 253] * 8, "a" * 16]}}, []),  # 2048 with the spaces between them
    ({"dnsConfig": {"searches": [*["a" * 253] * 8, "a" * 17]}}, ["dnsConfig.searches"]),
    ({"dnsConfig": {"options": [{"name": "a"}, {"value": "b"}]}}, ["dnsConfig.options[1]"]),
    ({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "A"]}, {}]},
     ["hostAliases[0].hostnames[1]", "hostAliases[1].ip"]),
])  # fmt: skip
def test_names_and_addresses(spec: dict[str, Any], paths: list[str]) -> None:
    assert found(spec) == paths


def port(own: int, host: int) -> dict[str, Any]:
    return {"containers": [{**CONTAINER, "ports": [{"containerPort": own, "hostPort": host}]}]}


@pytest.mark.parametrize(("spec", "version", "paths"), [
    ({"hostNetwork": True, **port(80, 80)}, "1.36", []),
    ({"hostNetwork": True, **port(80, 0)}, "1.36", []),
    ({"hostNetwork": True, **port(80, 81)}, "1.36", ["containers[0].ports[0].hostPort"]),
    ({"hostNetwork": False, **port(80, 81)}, "1.36", []),
    ({"shareProcessNamespace": True}, "1.36", []),
    ({"hostPID": True}, "1.36", []),
    ({"hostPID": True, "shareProcessNamespace": True}, "1.36", ["securityContext.shareProcessNamespace"]),
    ({"hostPID": True, "shareProcessNamespace": True}, "1.37", ["shareProcessNamespace"]),
    ({"hostPID": True, "shareProcessNamespace": False}, "1.37", []),
    ({"hostUsers": False, "hostIPC": True}, "1.33", ["HostIPC"]),
    ({"hostUsers": False, "hostIPC": True}, "1.32", []),
    ({"hostUsers": True, "hostIPC": True}, "1.36", []),
    ({"hostUsers": False, "hostIPC": False}, "1.36", []),
    ({"hostnameOverride": "a" * 64}, "1.36", []),
    ({"hostnameOverride": "a" * 65}, "1.36", ["hostnameOverride"]),
    ({"hostnameOverride": "a" * 65}, "1.34", []),
    ({"hostnameOverride": ""}, "1.36", ["hostnameOverride"]),
    ({"hostnameOverride": "a", "hostNetwork": True}, "1.36", ["hostnameOverride"]),
    ({"hostnameOverride": "a", "setHostnameAsFQDN": False}, "1.36", []),
])  # fmt: skip
def test_what_a_pod_shares_with_its_host(spec: dict[str, Any], version: str, paths: list[str]) -> None:
    assert found(spec, version) == paths


# --- security -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "host", "good"), [
    ("net.core.somaxconn", "", True),
    ("net/core/somaxconn", "", True),
    ("net/ipv4.conf", "", True),
    ("a" * 253, "", True),
    ("a" * 254, "", False),
    ("", "", False),
    ("a..b", "", False),
    ("a-", "", False),
    ("A.b", "", False),
    ("net.core.somaxconn", "hostNetwork", False),
    ("net/core/somaxconn", "hostNetwork", False),
    ("net", "hostNetwork", True),
    ("net.core.somaxconn", "hostIPC", True),
    ("kernel.sem", "hostIPC", False),
    ("kernel/msgmax", "hostIPC", False),
    ("kernel.sem", "hostNetwork", True),
    ("fs.mqueue.msg_max", "hostIPC", False),
    ("fs/mqueue/msg_max", "hostIPC", False),
    ("fs.file-max", "hostIPC", True),
    ("kernel.shm_next_id", "hostIPC", True),
])  # fmt: skip
def test_sysctls(name: str, host: str, good: bool) -> None:
    spec = {"securityContext": {"sysctls": [{"name": name, "value": "1"}]}, **({host: True} if host else {})}
    assert found(spec) == ([] if good else ["securityContext.sysctls[0].name"])


@pytest.mark.parametrize(("context", "version", "paths"), [
    ({"fsGroup": 2**31 - 1, "supplementalGroups": [0, 2**31 - 1]}, "1.36", []),
    ({"fsGroup": 2**31, "supplementalGroups": [2**31, -1]}, "1.36",
     ["fsGroup", "supplementalGroups[0]", "supplementalGroups[1]"]),
    ({"runAsUser": -1}, "1.36", ["runAsUser"]),
    ({"supplementalGroupsPolicy": "Strict"}, "1.36", []),
    ({"supplementalGroupsPolicy": "strict"}, "1.33", ["supplementalGroupsPolicy"]),
    ({"supplementalGroupsPolicy": "strict"}, "1.32", []),
    ({"fsGroupChangePolicy": "Never"}, "1.31", ["fsGroupChangePolicy"]),
    ({"seLinuxChangePolicy": ""}, "1.36", ["seLinuxChangePolicy"]),
    ({"seLinuxChangePolicy": "MountOption"}, "1.37", []),
])  # fmt: skip
def test_security_of_a_pod(context: dict[str, Any], version: str, paths: list[str]) -> None:
    assert found({"securityContext": context}, version) == [f"securityContext.{path}" for path in paths]


WINDOWS, LINUX = {"os": {"name": "windows"}}, {"os": {"name": "linux"}}


@pytest.mark.parametrize("field", pod.NO_WINDOWS_SECURITY)
def test_security_of_a_pod_that_windows_does_not_know(field: str) -> None:
    context = {"securityContext": {field: {"x": "y"}}}
    path = f"securityContext.{field}"
    assert path in found({**WINDOWS, **context})
    assert found({**WINDOWS, **context}).count(path) == found({**LINUX, **context}).count(path) + 1


@pytest.mark.parametrize("field", pod.NO_WINDOWS_CONTAINER)
@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_security_of_a_container_that_windows_does_not_know(kind: str, field: str) -> None:
    spec = {kind: [{**CONTAINER, "name": "x", "securityContext": {field: {"x": "y"}}}]}
    path = f"{kind}[0].securityContext.{field}"
    assert found({**WINDOWS, **spec}).count(path) == found({**LINUX, **spec}).count(path) + 1


@pytest.mark.parametrize(("spec", "version", "paths"), [
    ({**WINDOWS, "hostPID": False, "hostIPC": False, "securityContext": {"sysctls": []}}, "1.36", []),
    ({**WINDOWS, "hostPID": True}, "1.36", ["hostPID"]),
    ({**WINDOWS, "hostUsers": True}, "1.36", ["hostUsers"]),
    ({**WINDOWS, "hostUsers": True}, "1.32", []),
    ({**WINDOWS, "shareProcessNamespace": False}, "1.36", ["shareProcessNamespace"]),
    ({**LINUX, "securityContext": {"windowsOptions": {}}}, "1.36", ["securityContext.windowsOptions"]),
    ({**LINUX, "containers": [{**CONTAINER, "securityContext": {"windowsOptions": {}}}]}, "1.36",
     ["containers[0].securityContext.windowsOptions"]),
    ({**LINUX, "hostPID": True}, "1.36", []),
    ({"os": {"name": "beos"}, "securityContext": {"windowsOptions": {}}}, "1.36", ["os"]),
])  # fmt: skip
def test_systems(spec: dict[str, Any], version: str, paths: list[str]) -> None:
    assert found(spec, version) == paths


def process(value: bool | None) -> dict[str, Any]:
    return {"securityContext": {"windowsOptions": {"hostProcess": value}}}


@pytest.mark.parametrize(("whole", "each", "network", "paths"), [
    (None, [None, None], False, []),
    (True, [None, None], True, []),
    (True, [None, True], True, []),
    (True, [None, None], False, ["hostNetwork"]),
    (None, [True, True], True, []),
    (None, [True, None], True, [""]),
    (None, [True, False], True, [""]),
    (None, [False, False], False, []),
    (True, [False, None], True, ["containers[0].securityContext.windowsOptions.hostProcess", ""]),
    (False, [True, True], True,
     [f"containers[{i}].securityContext.windowsOptions.hostProcess" for i in (0, 1)]),
])  # fmt: skip
def test_processes_of_a_windows_host(
    whole: bool | None, each: list[bool | None], network: bool, paths: list[str]
) -> None:
    listed = [{**CONTAINER, "name": f"c{i}", **process(own)} for i, own in enumerate(each)]
    assert found({**process(whole), "containers": listed, "hostNetwork": network}) == paths


# --- small parts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "paths"), [
    ({"resourceClaims": [{"name": "a", "resourceClaimName": "b"}, {"name": "c", "resourceClaimTemplateName": "d"}]}, []),
    ({"resourceClaims": [{"name": "a", "resourceClaimName": "b"}] * 2}, ["resourceClaims[1].name"]),
    ({"resourceClaims": [{"name": "A", "resourceClaimName": "b"}]}, ["resourceClaims[0].name"]),
    ({"resourceClaims": [{"resourceClaimName": "b"}] * 2}, ["resourceClaims[0].name", "resourceClaims[1].name"]),
    ({"resourceClaims": [{"name": "a", "resourceClaimName": "b", "resourceClaimTemplateName": "d"}]},
     ["resourceClaims[0]"]),
    ({"resourceClaims": [{"name": "a", "resourceClaimTemplateName": ""}]},
     ["resourceClaims[0].resourceClaimTemplateName"]),
    ({"readinessGates": [{"conditionType": "a"}, {}]}, ["readinessGates[1].conditionType"]),
    ({"schedulingGates": [{"name": "a"}, {"name": "b"}]}, []),
    ({"schedulingGates": [{"name": "a b"}]}, ["schedulingGates[0]"]),
    ({"overhead": {"cpu": 1, "gpu": 1}}, ["overhead.limits[gpu]"]),
    ({"overhead": {}}, []),
    ({"runtimeClassName": "A"}, ["runtimeClassName"]),
    ({"serviceAccountName": "a", "serviceAccount": "B"}, []),
    ({"serviceAccount": "B"}, ["serviceAccountName"]),
    ({"activeDeadlineSeconds": 2**31 - 1}, []),
    ({"activeDeadlineSeconds": 2**31}, ["activeDeadlineSeconds"]),
    ({"preemptionPolicy": "PreemptLowerPriority"}, []),
    ({"ephemeralContainers": [{}]}, ["ephemeralContainers"]),
    ({"restartPolicy": None}, []),
])  # fmt: skip
def test_small_parts(spec: dict[str, Any], paths: list[str]) -> None:
    assert found(spec) == paths


def test_claims_are_read_since_1_34() -> None:
    assert found({"resourceClaims": [{"name": "A"}]}, "1.33") == []


@pytest.mark.parametrize(("node", "gates", "paths"), [
    ("n", [{"name": "g"}], ["spec.nodeName"]), ("n", [], []), ("", [{"name": "g"}], []),
])  # fmt: skip
def test_a_pod_that_waits_has_no_node(node: str, gates: list[Any], paths: list[str]) -> None:
    spec = {"containers": [CONTAINER], "nodeName": node, "schedulingGates": gates}
    assert [wrong.path for wrong in pod.pod({"metadata": {"name": "a"}, "spec": spec}, "1.36")] == paths


# --- annotations ----------------------------------------------------------------------------------

ARMOUR, SECCOMP = "container.apparmor.security.beta.kubernetes.io", "seccomp.security.alpha.kubernetes.io"
COST, TOLERATIONS = "controller.kubernetes.io/pod-deletion-cost", "scheduler.alpha.kubernetes.io/tolerations"


@pytest.mark.parametrize(("key", "value", "paths"), [
    (COST, "0", []),
    (COST, "2147483647", []),
    (COST, "2147483648", [f"[{COST}]"]),
    (COST, "-2147483648", []),
    (COST, "-2147483649", [f"[{COST}]"]),
    (COST, "+1", [f"[{COST}]"]),
    (COST, "1.5", [f"[{COST}]"]),
    (COST, "", [f"[{COST}]"]),
    (TOLERATIONS, "", []),
    (TOLERATIONS, "null", []),
    (TOLERATIONS, "{}", [""]),
    (TOLERATIONS, '[{"operator": "Equal"}]', [f".{TOLERATIONS}[0].operator"]),
    ("kubernetes.io/config.mirror", "x", ["[kubernetes.io/config.mirror]"]),
    (f"{SECCOMP}/pod", "docker/default", []),
    (f"{SECCOMP}/pod", "runtime/default", []),
    (f"{SECCOMP}/pod", "unconfined", []),
    (f"{SECCOMP}/pod", "x", [f".{SECCOMP}/pod"]),
    (f"container.{SECCOMP}/any", "localhost//a", [f".container.{SECCOMP}/any"]),
    (f"container.{SECCOMP}/any", "x", [f".container.{SECCOMP}/any"]),
    (f"{ARMOUR}/main", "", []),
    (f"{ARMOUR}/main", "localhost/x", []),
    (f"{ARMOUR}/main", "unconfined", []),
    (f"{ARMOUR}/main", "docker/default", [f"[{ARMOUR}/main]"]),
    (f"{ARMOUR}/other", "unconfined", [f"[{ARMOUR}/other]"]),
])  # fmt: skip
def test_annotations(key: str, value: str, paths: list[str]) -> None:
    body = {"metadata": {"annotations": {key: value}}, "spec": {"containers": [CONTAINER]}}
    judged = pod.pod_template(body, (), restart_policies=frozenset({"Always"}), version="1.36")
    assert [complaint.path for complaint in judged] == [f"annotations{path}" for path in paths]


@pytest.mark.parametrize(("key", "note", "kind", "profile", "wrong"), [
    (f"{SECCOMP}/pod", "docker/default", "seccompProfile", {"type": "RuntimeDefault"}, None),
    (f"{SECCOMP}/pod", "unconfined", "seccompProfile", {"type": "RuntimeDefault"}, "type"),
    (f"{SECCOMP}/pod", "localhost/a", "seccompProfile", {"type": "Localhost", "localhostProfile": "a"}, None),
    (f"{SECCOMP}/pod", "localhost/a", "seccompProfile", {"type": "Localhost", "localhostProfile": "b"},
     "localhostProfile"),
    (f"{SECCOMP}/pod", "unconfined", "seccompProfile", {"type": "Localhost", "localhostProfile": "b"}, "type"),
    (f"{ARMOUR}/main", "runtime/default", "appArmorProfile", {"type": "RuntimeDefault"}, None),
    (f"{ARMOUR}/main", "unconfined", "appArmorProfile", {"type": "Unconfined"}, None),
    (f"{ARMOUR}/main", "runtime/default", "appArmorProfile", {"type": "Unconfined"}, "type"),
])  # fmt: skip
def test_annotations_and_fields(key: str, note: str, kind: str, profile: dict[str, Any], wrong: str | None) -> None:
    whole, own = {"securityContext": {kind: profile}}, {**CONTAINER, "securityContext": {kind: profile}}
    of_pod = kind == "appArmorProfile"  # of which a container without one has the pod's
    for spec in ({**whole, "containers": [CONTAINER]}, {"containers": [own]}):
        if not of_pod and "securityContext" not in spec:
            key = f"container.{SECCOMP}/main"
        body = {"metadata": {"annotations": {key: note}}, "spec": spec}
        judged = list(pod.pod_template(body, (), restart_policies=frozenset({"Always"}), version="1.36"))
        at = "" if not of_pod and "securityContext" in spec else "containers[0]."
        assert [one.path for one in judged] == ([f"spec.{at}securityContext.{kind}.{wrong}"] if wrong else [])
        spec["os"] = {"name": "windows"}  # where the server asks for seccomp alone
        judged = list(pod.pod_template(body, (), restart_policies=frozenset({"Always"}), version="1.36"))
        assert (f"spec.{at}securityContext.{kind}.{wrong}" in [one.path for one in judged]) is (
            bool(wrong) and not of_pod
        )
