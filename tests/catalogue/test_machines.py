"""A machine joins the fleet by its folder alone: machines/hardware/ holds two that the fleet does not have."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servelint.catalogue.load import CatalogueError, load_hardware, load_models
from servelint.commands import matrix, plan
from servelint.commands.validate import main
from servelint.engines.layout import Layout, layouts
from servelint.model import Overlay
from servelint.planner import plan as planning
from servelint.rules import all_rules
from servelint.server import schema
from servelint.steps import lint
from servelint.steps.parse import parse
from support import ROOT

MACHINES = Path(__file__).parent / "machines"
NEW = load_hardware(MACHINES, schema.VERSIONS)
GIB = ("wrong-rdma-interfaces", "idle-rdma", "wrong-gib-image")
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: p, annotations: {{networking.gke.io/interfaces: '{interfaces}'}}}}
spec:
  initContainers: [{{name: gib, image: "{image}"}}]
  containers:
  - name: engine
    image: lmsysorg/sglang:v0.5.14-cu129
    resources: {{limits: {{nvidia.com/gpu: "8"}}}}
"""
WRONG_GIB = "us-docker.pkg.dev/gce-ai-infra/gpudirect-gib/nccl-plugin-gib-arm64:v1.1.1"
TCPXO = "us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/nccl-plugin-gpudirecttcpx-dev:v1.0.8-1"


@pytest.fixture
def fleet(copy: Callable[[], Path]) -> Path:
    """A copy of the fleet with both machines and nothing else new."""
    root = copy()
    for folder in (MACHINES / "hardware").iterdir():
        shutil.copytree(folder, root / "hardware" / folder.name)
    return root


def overlay_on(root: Path, machine: str, like: str) -> str:
    """An overlay of a3ultra, copied for another machine as CONTRIBUTING has it."""
    path = f"overlays/{machine}/{like}"
    shutil.copytree(root / "overlays/a3ultra" / like, root / path)
    for file in (root / path).iterdir():
        file.write_text(file.read_text().replace("a3ultra", machine))
    return path


def said(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    status = main([*arguments, "--format", "json"], root)
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return status, found


def network_rules(machine: str, image: str, *interfaces: tuple[str, str]) -> list[tuple[str, str]]:
    """What the rules about RDMA and gIB say of a pod that takes a whole host."""
    hardware = load_hardware(ROOT) | NEW
    listed = json.dumps([{"interfaceName": name, "network": network} for name, network in interfaces])
    subject = Overlay(
        "overlays/x", "manifest", parse(POD.format(interfaces=listed, image=image)), hardware[machine],
        kubernetes=("1.34",), all_hardware=hardware,
    )  # fmt: skip
    return [(hit.rule.id, hit.problem.message) for hit in lint.lint(subject, [all_rules()[name] for name in GIB])]


ALL_EIGHT = (("eth0", "default"), *((f"eth{n}", f"vpc{n}") for n in range(1, 9)))


def test_what_the_new_machines_are() -> None:
    g4, a3mega, a3ultra = NEW["g4"], NEW["a3mega"], load_hardware(ROOT)["a3ultra"]
    assert (g4.gib, g4.rdma_interfaces, g4.peer_gpus, g4.domain_hosts) == (None, (), 8, 1)
    assert g4.precisions == (
        "bf16",
        "fp8",
        "nvfp4",
        "mxfp4",
        "int4",
    )  # 12.0 is more than 10.0, although "12.0" < "9.0" as text
    assert a3mega.precisions == a3ultra.precisions == ("bf16", "fp8", "int4")
    assert len(a3mega.required_interfaces) == 9


@pytest.mark.parametrize("machine", ["g4", "a3mega"])
@pytest.mark.parametrize("workload", ["vllm-serve", "sglang-serve"])
def test_an_overlay_on_it_is_valid(
    machine: str, workload: str, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = overlay_on(fleet, machine, f"llama-3-3-70b-instruct/{workload}")
    assert said(fleet, capsys, path) == (0, [])


def test_its_facts_are_held_against_an_overlay(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = overlay_on(fleet, "g4", "llama-3-3-70b-instruct/vllm-serve")
    host = fleet / "hardware/g4/host.yaml"
    host.write_text(host.read_text().replace("1024Gi", "1500Gi"))
    engine = fleet / path / "engine.yaml"
    engine.write_text(engine.read_text().replace("tensor-parallel-size: 8", "tensor-parallel-size: 1"))
    status, found = said(fleet, capsys, path)
    # 1,500 GiB are more than the 1,404 of the node, and 141 GB of weights more than the 97,887 MiB of one card.
    assert status == 1 and {"overfull-node", "overfull-gpus"} <= {f["rule"] for f in found}


def test_rules_about_rdma_and_gib_are_silent_without_a_transport() -> None:
    rdma = (("eth0", "default"), ("eth2", "rdma-1"), ("eth3", "rdma-0"))
    assert network_rules("g4", WRONG_GIB, *rdma) == []
    assert network_rules("g4", TCPXO) == []
    assert {rule for rule, _ in network_rules("a4high", WRONG_GIB, *rdma)} == {GIB[0], GIB[2]}
    assert {rule for rule, _ in network_rules("a4high", TCPXO, *rdma)} == {GIB[0], GIB[2]}


def test_networks_of_tcpxo_are_counted_and_its_images_are_right() -> None:
    assert network_rules("a3mega", TCPXO, *ALL_EIGHT) == []
    text = "8 interfaces are listed, but a3mega has 9"
    assert network_rules("a3mega", TCPXO, *ALL_EIGHT[:-1]) == [("wrong-rdma-interfaces", text)]


@pytest.mark.parametrize(
    ("machine", "backend", "wrong"),
    [
        ("a3ultra", "fa3", False), ("a3mega", "fa3", False), ("a4high", "fa3", True), ("g4", "fa3", True),
        ("a3ultra", "trtllm_mla", True), ("a4high", "trtllm_mla", False), ("g4", "trtllm_mla", False),
    ],
)  # fmt: skip
def test_kernels_are_judged_by_compute_capability(machine: str, backend: str, wrong: bool) -> None:
    text = POD.format(interfaces="[]", image="sidecar").replace(
        "v0.5.14-cu129\n",
        f"v0.5.14-cu129\n    command: [sglang, serve, --model-path, m, --attention-backend, {backend}]\n",
    )
    hardware = (load_hardware(ROOT) | NEW)[machine]
    subject = Overlay("overlays/x", "manifest", parse(text), hardware, kubernetes=("1.34",))
    found = [hit.problem.message for hit in lint.lint(subject, [all_rules()["unsupported-argument"]])]
    assert len(found) == wrong and all(f"(compute capability {hardware.compute_capability})" in text for text in found)


def test_tensor_parallelism_spans_a_host_without_nvlink_and_no_more() -> None:
    g4, model = NEW["g4"], load_models(ROOT)["llama-3-3-70b-instruct"]
    assert max(layout.tp for layout in layouts("vllm", g4, 16)) == 8
    inside = planning.make(planning.Request(model, g4, Layout("vllm", 8)))
    assert inside.verdict == "feasible" and not any(breach.constraint == "gpus" for breach in inside.breaches)
    across = planning.make(planning.Request(model, g4, Layout("vllm", 16), hosts=2))
    assert "tensor parallelism 16 leaves the host of 8 GPUs" in [breach.message for breach in across.breaches]


def without_schemas(fleet: Path, version: str, machine: str = "g4") -> str:
    """The text of a machine's facts with a minimum version that has none."""
    file = fleet / f"hardware/{machine}/hardware.yaml"
    text = re.sub(r"(?m)^((?:gke|kubernetes)_minimum: \"?)1\.\d\d", rf"\g<1>{version}", file.read_text())
    assert f'kubernetes_minimum: "{version}"' in text
    file.write_text(text)
    return text


@pytest.mark.parametrize("version", ["1.30", "1.99"])
def test_a_version_without_schemas_is_one_message_at_its_line(
    version: str, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = without_schemas(fleet, version)
    line = next(i for i, row in enumerate(text.splitlines(), 1) if row.startswith("kubernetes_minimum"))
    assert main([], fleet) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(
        f"hardware/g4/hardware.yaml:{line}: nothing can be judged for Kubernetes {version}"
    )
    assert err.count("\n") == 1


@pytest.mark.parametrize("version", ["1.30", "1.99"])
def test_a_version_that_is_asked_for_stands_in_for_one_without_schemas(
    version: str, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for machine in ("g4", "a3ultra"):
        without_schemas(fleet, version, machine)
    leaf = "overlays/a3ultra/deepseek-r1/sglang-serve"
    service = fleet / "base/sglang-serve/service.yaml"
    service.write_text(service.read_text().replace("targetPort:", "targetPrt: 1\n    targetPort:"))
    status, found = said(fleet, capsys, "--kubernetes-version", "1.34", leaf)
    # The machine asks for a newer one: that is another finding, and none in the place of the schemas'.
    also = ["outdated-kubernetes"] if version == "1.99" else []
    assert (status, sorted(finding["rule"] for finding in found)) == (1, [*also, "schema-violation"])
    assert main(["--kubernetes-version", version, leaf], fleet) == 2
    assert f"no schemas for Kubernetes {version}" in capsys.readouterr().err


def test_a_plan_needs_no_schemas(fleet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--model", "llama-3-3-70b-instruct", "--hardware", "g4", "--engine", "vllm"]
    assert plan.main(asked, fleet) == 0
    expected = capsys.readouterr()
    without_schemas(fleet, "1.99")
    assert plan.main(asked, fleet) == 0 and capsys.readouterr() == expected
    planned = {entry.hardware for entry in matrix.entries(fleet, validate=False)}
    assert "g4" in planned
    with pytest.raises(CatalogueError, match=r"nothing can be judged for Kubernetes 1\.99"):
        matrix.entries(fleet)
