"""Devices that pods claim, and how many hosts work together."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import overlay, pod, template, thing
from servelint.views import devices


def lws(size: int, **more: Any) -> dict[str, Any]:
    return thing(
        "LeaderWorkerSet", spec={"leaderWorkerTemplate": {"size": size, "workerTemplate": template(8, **more)}}
    )


def service(**predictor: Any) -> dict[str, Any]:
    model = {"runtime": "r", "resources": {"limits": {"nvidia.com/gpu": 8}}}
    return thing("InferenceService", spec={"predictor": {"model": model, **predictor}})


def ray(kind: str, workers: int, head: int | None = 8) -> dict[str, Any]:
    groups = [{"replicas": workers, "template": template(8)}]
    return thing(kind, spec={"headGroupSpec": {"template": template(head)}, "workerGroupSpecs": groups})


TWO = {"pipelineParallelSize": 3}


@pytest.mark.parametrize(
    ("bodies", "hosts"),
    [
        ((pod(),), 1),
        ((pod(gpus=8),), 1),
        ((lws(3),), 3),
        ((lws(1),), 1),
        ((lws(3, command=["torchrun", "--nnodes", "2"]),), 2),
        ((pod(gpus=8, command=["torchrun", "--nnodes", "4", "--nnodes", "2"]),), 4),
        ((pod(gpus=8, command=["torchrun", "--nnodes", "0"]),), 1),
        ((pod(command=["torchrun", "--nnodes", "4"]),), 1),
        ((pod(gpus=8, command=["mpirun", "-np", "4", "x"]),), 1),
        ((thing("Deployment", spec={"replicas": 3, "template": template(8)}),), 1),
        ((thing("StatefulSet", spec={"replicas": 3, "template": template(8)}),), 1),
        ((thing("Job", spec={"completionMode": "Indexed", "parallelism": 3, "template": template(8)}),), 3),
        ((thing("Job", spec={"parallelism": 3, "template": template(8)}),), 1),
        ((service(),), 1),
        ((service(workerSpec={}),), 2),
        ((service(workerSpec=TWO),), 3),
        ((service(workerSpec={"pipelineParallelSize": 0}),), 2),
        ((service(), thing("ServingRuntime", "r", {"containers": [{"name": "m"}], "workerSpec": TWO})), 3),
        ((service(workerSpec={"pipelineParallelSize": 4}), thing("ServingRuntime", "r", {"containers": [{"name": "m"}], "workerSpec": TWO})), 4),
        ((ray("RayCluster", 2),), 3),
        ((ray("RayJob", 2),), 3),
        ((ray("RayService", 0),), 1),
    ],
)  # fmt: skip
def test_pods_with_gpus_that_work_together(bodies: tuple[dict[str, Any], ...], hosts: int) -> None:
    given = overlay(*bodies)
    assert devices.hosts(given, given.pods[0]) == hosts


def claiming(*items: Any, namespace: str = "") -> dict[str, Any]:
    return {**pod(spec={"resourceClaims": list(items)}), "metadata": {"name": "p", "namespace": namespace}}


def by(target: str, **more: Any) -> dict[str, Any]:
    return {"name": "c", "resourceClaimTemplateName": target, **more}


def made(name: str, *classes: Any, kind: str = "ResourceClaimTemplate") -> dict[str, Any]:
    requests = [{"exactly": {"deviceClassName": one}} for one in classes]
    return thing(kind, name, {"spec": {"devices": {"requests": requests}}})


def domain(name: Any = "t", namespace: str = "") -> dict[str, Any]:
    return thing("ComputeDomain", "d", {"channel": {"resourceClaimTemplate": {"name": name}}}, namespace=namespace)


@pytest.mark.parametrize(
    ("bodies", "network", "channel", "of"),
    [
        # Of a template that stands elsewhere its name tells.
        ((claiming(by("t")),), False, True, None),
        ((claiming(by("all-rdma")),), True, False, None),
        ((claiming(by("t")), made("t", "mrdma.google.com")), True, False, None),
        ((claiming(by("t")), made("t", "netdev.google.com", "x")), True, False, None),
        ((claiming(by("rdma")), made("rdma", "x", 7)), False, False, None),
        ((claiming(by("t")), made("t", "compute-domain-default-channel.nvidia.com")), False, True, None),
        ((claiming(by("t")), domain()), False, True, "d"),
        ((claiming(by("rdma")), domain("rdma")), False, True, "d"),
        ((claiming(by("t")), domain("u")), False, True, None),
        ((claiming(by("t"), namespace="a"), domain(namespace="a")), False, True, "d"),
        ((claiming(by("rdma"), namespace="a"), domain("rdma", namespace="b")), True, False, None),
        ((claiming(by("t")), domain(), made("t", "mrdma.google.com")), True, True, "d"),
        ((claiming({"resourceClaimName": "t"}), domain()), False, True, None),
        ((claiming({"resourceClaimName": "t"}), made("t", "mrdma.google.com")), False, True, None),
        (
            (claiming({"resourceClaimName": "t"}), made("t", "mrdma.google.com", kind="ResourceClaim")),
            True,
            False,
            None,
        ),
    ],
)
def test_what_a_claim_asks_for(
    bodies: tuple[dict[str, Any], ...], network: bool, channel: bool, of: str | None
) -> None:
    given = overlay(*bodies)
    (claim,) = devices.claims(given, given.pods[0])
    assert (claim.network, claim.channel, claim.domain and claim.domain.name) == (network, channel, of)
    assert given.resources[0].at(claim.pointer) == claim.target


def test_claims_in_their_order() -> None:
    given = overlay(
        claiming({}, by("t", resourceClaimName="u"), by(""), {"resourceClaimName": 7}, {"resourceClaimName": "v"})
    )
    found = devices.claims(given, given.pods[0])
    assert [(claim.name, claim.target) for claim in found] == [("c", "t"), ("c", "u"), ("", "v")]


@pytest.mark.parametrize(
    ("spec", "name"), [({"channel": {"resourceClaimTemplate": {"name": "t"}}}, "t"), ({"channel": {}}, ""), ({}, "")]
)
def test_the_template_of_a_domain(spec: dict[str, Any], name: str) -> None:
    assert devices.channel_template(overlay(thing("ComputeDomain", spec=spec)).resources[0]) == name
