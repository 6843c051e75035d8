"""A real API server takes everything that the fleet renders, field for field.

Each object is applied as Argo CD and Flux apply it, on the server's side, and created as a new one, which
alone has every default filled in and every list checked; both are dry runs. Unknown and doubled fields are errors.
"""

from __future__ import annotations

from typing import Any

import pytest
from client import Client
from fleet import renders

from servelint.model import Resource
from servelint.steps.discover import targets
from support import ROOT


@pytest.fixture(scope="module")
def fleet() -> dict[str, tuple[Resource, ...]]:
    return renders(ROOT)


@pytest.mark.parametrize("path", [target.path for target in targets(ROOT)])
@pytest.mark.parametrize("how", ["apply", "create"])
def test_server_accepts(path: str, how: str, client: Client, fleet: dict[str, tuple[Resource, ...]]) -> None:
    refusals = []
    assert fleet[path]
    for resource in fleet[path]:
        answer = getattr(client, how)(resource.body)
        if not answer.valid:
            refusals.append(f"{resource.kind} {resource.name}: {answer.status} {answer.message}")
    assert not refusals, "\n".join(refusals)


def test_server_refuses_what_is_wrong(client: Client, fleet: dict[str, tuple[Resource, ...]]) -> None:
    """The tests above would pass on a server that looks at nothing."""
    body = next(r for r in fleet["overlays/clusters/a3ultra-able"] if r.kind == "Deployment").body
    container = body["spec"]["template"]["spec"]["containers"][0]
    for change, said in (
        ({"imagePullPolicy": "Often"}, "Unsupported value"),
        ({"image": 7}, "image"),
        ({"imagePullPolcy": "Always"}, "imagePullPolcy"),
    ):
        spec = {**body["spec"]["template"]["spec"], "containers": [{**container, **change}]}
        broken = {**body, "spec": {**body["spec"], "template": {**body["spec"]["template"], "spec": spec}}}
        for answer in (client.create(broken), client.apply(broken)):
            assert not answer.accepted and said in answer.message


def test_server_holds_generated_kinds_to_their_structure(client: Client) -> None:
    """Definitions that we generate take a good object, and refuse what the project's own would."""

    def object_with(container: dict[str, Any], more: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        containers = [{"name": "main", "image": "image", **container}, *([more] if more else [])]
        template = {"workerTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}}
        return {
            "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "metadata": {"name": "test"},
            "spec": {"leaderWorkerTemplate": template, **spec},
        }  # fmt: skip

    good = object_with({"resources": {"limits": {"cpu": 1, "memory": "1Gi"}}, "ports": [{"containerPort": 80}]})
    for ask in (client.create, client.apply):
        assert ask(good).accepted, ask(good).message
        for bad, said in (
            (object_with({}, replicas="2"), "spec.replicas"),
            (object_with({}, replica=2), "replica"),
            (object_with({"imagePullPolcy": "Always"}), "imagePullPolcy"),
            (object_with({}, {"name": "main"}), "uplicate"),
            (object_with({"resources": {"limits": {"cpu": "1 core"}}}), "cpu"),
            (object_with({"name": None}), "name"),
        ):
            answer = ask(bad)
            assert not answer.accepted and said in answer.message, answer
