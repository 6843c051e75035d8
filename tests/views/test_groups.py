"""Engines over several hosts: the kinds that make groups of pods, and the numbers that must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from servelint.catalogue.load import load_hardware
from servelint.model import Overlay
from servelint.rules import all_rules
from servelint.steps import lint, pipeline

HARDWARE = load_hardware(Path(__file__).parents[2])
RULES = ["disagreeing-nodes", "gpu-shortage", "idle-gpus", "ragged-nodes", "scattered-engine"]


def said(text: str, hardware: str = "a3ultra") -> list[str]:
    overlay = Overlay(
        path="overlays/groups",
        kind="leaf",
        resources=pipeline.parse(text),
        hardware=HARDWARE[hardware],
        kubernetes=("1.33",),
        all_hardware=HARDWARE,
    )
    return sorted(hit.rule.id for hit in lint.lint(overlay, [all_rules()[name] for name in RULES]))


def engine(command: str, gpus: int = 8, **more: Any) -> dict[str, Any]:
    container = {
        "name": "engine", "image": "lmsysorg/sglang:v0.4.6.post4-cu124", "command": ["bash", "-c", command],
        "resources": {"limits": {"nvidia.com/gpu": str(gpus)}}, **more,
    }  # fmt: skip
    return {"spec": {"containers": [container]}}


def lws(command: str, size: int = 2, gpus: int = 8, replicas: int = 1, **more: Any) -> str:
    group = {"size": size, "workerTemplate": engine(command, gpus, **more)}
    return yaml.safe_dump({
        "apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "metadata": {"name": "server"},
        "spec": {"replicas": replicas, "leaderWorkerTemplate": group},
    })  # fmt: skip


def workload(kind: str, command: str, gpus: int = 8, name: str = "server", **spec: Any) -> str:
    body = {"template": engine(command, gpus), **spec}
    version = "batch/v1" if kind == "Job" else "apps/v1"
    return yaml.safe_dump({"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": body})


SGLANG = "python3 -m sglang.launch_server --model-path m --tp-size "
CLAIM = "$(LWS_GROUP_SIZE)"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (lws(SGLANG + "16 --nnodes 2"), []),
        (lws(SGLANG + f"16 --nnodes {CLAIM} --node-rank $LWS_WORKER_INDEX"), []),
        (lws(SGLANG + "16 --nnodes=4"), ["disagreeing-nodes"]),
        (lws(SGLANG + "16", env=[{"name": "NNODES", "value": "3"}]), ["disagreeing-nodes"]),
        (lws(SGLANG + "16 --nnodes $NNODES", env=[{"name": "NNODES", "value": "2"}]), []),
        (lws(SGLANG + "24 --nnodes 2"), ["gpu-shortage"]),
        (lws(SGLANG + "8"), ["idle-gpus"]),
        (lws("mpirun -np 16 -H a:8,b:8 trtllm-llmapi-launch trtllm-serve m --tp_size 16"), []),
        (lws("mpirun -np 32 -H a:8,b:8 trtllm-llmapi-launch trtllm-serve m --tp_size 16"), ["disagreeing-nodes"]),
        (lws("mpirun -np 16 -H a:8,b:8,c:8 trtllm-llmapi-launch trtllm-serve m --tp_size 16"), ["disagreeing-nodes"]),
        (lws("mpirun -np 2 -x A=1 --map-by ppr:1:node trtllm-serve m --tp_size 8 --pp_size 2"), []),
        (lws("torchrun --nnodes 2 --nproc-per-node 8 train.py"), []),
        (lws("torchrun --nnodes 1 --nproc-per-node 8 train.py"), ["disagreeing-nodes"]),
        (lws("torchrun --nnodes 1:4 train.py"), []),
        (lws(SGLANG + "12 --nnodes 2", gpus=6), ["ragged-nodes"]),
        (lws(SGLANG + "12 --nnodes 2"), ["ragged-nodes"]),
        (lws(SGLANG + "16 --nnodes 4", size=4, gpus=4), []),
        (workload("Deployment", SGLANG + "8", replicas=2), []),
        (workload("Deployment", SGLANG + "16", replicas=1), ["gpu-shortage"]),
        (workload("Deployment", SGLANG + "16", replicas=2), ["scattered-engine"]),
        (workload("StatefulSet", SGLANG + "16", replicas=2), ["scattered-engine"]),
        (workload("Deployment", SGLANG + "8 --pp-size 2", replicas=2), ["scattered-engine"]),
        (workload("StatefulSet", SGLANG + "16 --nnodes 2 --node-rank ${HOSTNAME##*-}", replicas=2), []),
        (
            workload("StatefulSet", SGLANG + "16 --nnodes 2 --node-rank ${HOSTNAME##*-}", replicas=3),
            ["disagreeing-nodes"],
        ),
        (workload("Deployment", SGLANG + "16 --nnodes 2 --node-rank 0", replicas=1), ["disagreeing-nodes"]),
        (
            workload("Deployment", SGLANG + "16 --nnodes 2 --node-rank 0", replicas=1)
            + "---\n"
            + workload("Deployment", SGLANG + "16 --nnodes 2 --node-rank 1", name="other", replicas=1),
            [],
        ),
        (workload("Deployment", "vllm serve m -tp 16 --distributed-executor-backend ray", replicas=2), []),
        (workload("Job", "torchrun --nnodes 2 x.py", completionMode="Indexed", parallelism=2, completions=2), []),
        (
            workload("Job", "torchrun --nnodes 2 x.py", completionMode="Indexed", parallelism=4, completions=4),
            ["disagreeing-nodes"],
        ),
    ],
)
def test_numbers_of_hosts(text: str, expected: list[str]) -> None:
    assert said(text) == expected


def _domain(nodes: int, size: int, replicas: int = 1) -> str:
    group = yaml.safe_load(lws(SGLANG + str(4 * size), size=size, gpus=4, replicas=replicas))
    pod = group["spec"]["leaderWorkerTemplate"]["workerTemplate"]["spec"]
    pod["resourceClaims"] = [{"name": "channel", "resourceClaimTemplateName": "channel"}]
    domain = {
        "apiVersion": "resource.nvidia.com/v1beta1", "kind": "ComputeDomain", "metadata": {"name": "domain"},
        "spec": {"numNodes": nodes, "channel": {"resourceClaimTemplate": {"name": "channel"}}},
    }  # fmt: skip
    return yaml.safe_dump_all([group, domain])


@pytest.mark.parametrize(
    ("nodes", "size", "replicas", "expected"),
    [(2, 2, 1, []), (4, 2, 1, ["disagreeing-nodes"]), (4, 2, 2, []), (1, 2, 1, ["disagreeing-nodes"]), (0, 2, 1, [])],
)
def test_hosts_of_a_compute_domain(nodes: int, size: int, replicas: int, expected: list[str]) -> None:
    assert said(_domain(nodes, size, replicas), "a4x") == expected


def test_workers_of_an_mpi_job() -> None:
    def job(processes: int) -> str:
        launcher = {
            "spec": {"containers": [{"name": "l", "image": "i", "command": ["mpirun", "-np", str(processes), "x"]}]}
        }
        replicas = {
            "Launcher": {"replicas": 1, "template": launcher},
            "Worker": {"replicas": 2, "template": engine("sleep 1")},
        }
        body = {"apiVersion": "kubeflow.org/v2beta1", "kind": "MPIJob", "metadata": {"name": "j"}}
        return yaml.safe_dump({**body, "spec": {"slotsPerWorker": 8, "mpiReplicaSpecs": replicas}})

    assert said(job(16)) == []
    assert said(job(8)) == ["disagreeing-nodes"]
