"""The control plane that all tests of this folder ask, and the one clear failure where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import binaries
import crds
import pytest
from client import Client
from control_plane import ControlPlane, control_plane

from servelint.kustomize import building
from servelint.vendoring.schemas import Unusable
from support import ROOT

Made = TypeVar("Made")
ENVIRONMENT = dict(os.environ)
"""As the user has it: for each test the cache is elsewhere, and these programs take too long to build for that."""
GROUPS = ("api/v1", "apis/apps/v1", "apis/autoscaling/v2", "apis/batch/v1")
"""Whose types custom kinds embed."""


def _or_fail(make: Callable[[], Made]) -> Made:
    """What make gives; if the machine lacks something for it, the sentence about that is all there is to read."""
    try:
        return make()
    except (binaries.NoControlPlane, building.NotBuilt, Unusable) as error:
        reason = str(error)
    pytest.fail(reason, pytrace=False)


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder with the programs of a control plane."""
    return _or_fail(lambda: binaries.find(ENVIRONMENT))


@pytest.fixture(scope="session")
def reader() -> Path:
    """The program that reads YAML as Kubernetes and Kustomize do."""
    return _or_fail(lambda: binaries.reader(ENVIRONMENT))


@pytest.fixture(scope="session")
def renderer() -> Path:
    """The optional renderer."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "HOME"):
            if name in ENVIRONMENT:
                patch.setenv(name, ENVIRONMENT[name])
            else:
                patch.delenv(name, raising=False)
        return _or_fail(lambda: building.renderer(ROOT, ENVIRONMENT))


@pytest.fixture(scope="session")
def control(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """etcd and kube-apiserver with every custom kind of the fleet. Its logs stay in pytest's folder."""
    published = _or_fail(lambda: crds.published(tmp_path_factory.mktemp("modules")))
    with control_plane(programs, tmp_path_factory.mktemp("control-plane")) as plane:
        types: dict[str, dict[str, Any]] = {}
        for group in GROUPS:
            types |= crds.definitions_of(plane.client.get(f"/openapi/v3/{group}"))
        theirs = crds.given(Path(folder)) if (folder := ENVIRONMENT.get("CORPUS_CRDS")) else []
        others = {(d["spec"]["group"], d["spec"]["names"]["kind"]) for d in theirs}
        refused = plane.install(published + theirs + crds.generated(types, others))
        assert not refused, "\n".join(f"{name}: {answer.message}" for name, answer in refused.items())
        # Admission of a Pod looks its namespace up, even for a dry run.
        plane.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "serving"}}, dry_run=False)
        yield plane


@pytest.fixture
def client(control: ControlPlane) -> Client:
    """Whom to ask."""
    return control.client
