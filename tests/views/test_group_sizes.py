"""How many pods and GPUs run one engine together, what is said of that elsewhere, and what spans no replicas."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, template, thing
from servelint.model import Container, Overlay
from servelint.views import groups
from servelint.views.engines import engine_of


def lws(replicas: Any = None, **of: Any) -> dict[str, Any]:
    inner = {"workerTemplate": template(4), **of}
    return thing(
        "LeaderWorkerSet", spec={"leaderWorkerTemplate": inner, **({} if replicas is None else {"replicas": replicas})}
    )


def job(gpus: int = 4, **spec: Any) -> dict[str, Any]:
    return thing("Job", spec={"template": template(gpus), **spec})


def jobs(*parts: dict[str, Any]) -> dict[str, Any]:
    listed = [
        {"replicas": part.pop("replicas", 1), "template": {"spec": {"template": template(4), **part}}} for part in parts
    ]
    return thing("JobSet", spec={"replicatedJobs": listed})


def mpi(kind: str = "MPIJob", launcher: int | None = None, worker: int | None = 8, workers: int = 3) -> dict[str, Any]:
    parts = {
        "Launcher": {"replicas": 1, "template": template(launcher)},
        "Worker": {"replicas": workers, "template": template(worker)},
    }
    return thing(kind, spec={"replicaSpecs": parts})


@pytest.mark.parametrize(
    ("body", "pods", "gpus", "others"),
    [
        (lws(), 1, 4, {1}),
        (lws(size=2), 2, 8, {2}),
        (lws(size="2"), 2, 8, {2}),
        (lws(2, size=2), 2, 8, {4}),
        (lws(0, size=2), 2, 8, {2}),
        (lws("x", size=2), 2, 8, {2}),
        (lws(size=1), 1, 4, {1}),
        (lws(size=3, leaderTemplate=template(1)), 3, 9, {3}),
        (lws(size=3, leaderTemplate=template()), 3, 8, {3}),
        (
            thing("LeaderWorkerSet", spec={"leaderWorkerTemplate": {"size": 3, "leaderTemplate": template(1)}}),
            3,
            1,
            {3},
        ),
        (job(completionMode="Indexed"), 1, 4, set()),
        (job(completionMode="Indexed", parallelism=3), 3, 12, set()),
        (jobs({}), 1, 4, {1}),
        (jobs({"replicas": 2}), 2, 8, {2}),
        (jobs({"parallelism": 3}), 3, 12, {3}),
        (jobs({"replicas": 2, "parallelism": 3}), 6, 24, {6}),
        (jobs({"parallelism": 3}, {"parallelism": 2}), 3, 20, {5}),
        (mpi(), 3, 24, set()),
        (mpi("PyTorchJob", 8), 4, 32, set()),
        (mpi("TFJob", worker=None), 4, 0, set()),
        (thing("StatefulSet", spec={"template": template(4)}), 1, 4, set()),
        (thing("StatefulSet", spec={"template": template(4), "replicas": 3}), 3, 12, set()),
        (thing("StatefulSet", spec={"template": template(4), "replicas": "x"}), 1, 4, set()),
    ],
)
def test_pods_that_run_together(body: dict[str, Any], pods: int, gpus: int, others: set[int]) -> None:
    given = overlay(body)
    found = groups.group_of(given, given.pods[0].main[0])
    assert found is not None
    assert (found.pods, found.gpus, found.alternatives) == (pods, gpus, others)
    assert [n for n in range(30) if found.agrees(n)] == sorted({pods, *others})
    assert found.resource is given.resources[0]


@pytest.mark.parametrize(
    "body",
    [lws(size=0), lws(size=-1), lws(size="x"), job(parallelism=3), job(completionMode="NonIndexed"), pod(),
     thing("Deployment", spec={"replicas": 2, "template": template(8)}), thing("CronJob", spec={"jobTemplate": job()})],
)  # fmt: skip
def test_pods_that_are_no_group(body: dict[str, Any]) -> None:
    given = overlay(body)
    assert groups.group_of(given, given.pods[0].main[0]) is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (lws(size=2), ("spec", "leaderWorkerTemplate", "size")),
        (job(completionMode="Indexed", parallelism=3), ("spec", "parallelism")),
        (jobs({}), ("spec", "replicatedJobs", 0, "template", "spec", "template", "spec")),
        (mpi(), ("spec",)),
        (thing("StatefulSet", spec={"template": template(4), "replicas": 3}), ("spec", "replicas")),
    ],
)
def test_where_the_number_stands(body: dict[str, Any], pointer: tuple[str | int, ...]) -> None:
    given = overlay(body)
    found = groups.group_of(given, given.pods[0].main[0])
    assert found is not None and found.pointer == pointer and body["kind"] in found.text


SCRIPT = "mpirun -np 3 x\n"
MOUNTED = {
    "volumeMounts": [{"name": "c", "mountPath": "/c"}],
    "spec": {"volumes": [{"name": "c", "configMap": {"name": "c"}}]},
}


def script(text: str) -> dict[str, Any]:
    return pod(command=["bash", "-c", text])


@pytest.mark.parametrize(
    ("body", "claimed"),
    [
        (pod(), []),
        (pod(env=[{"name": "NNODES", "value": "3"}, {"name": "NUM_NODES", "value": 4}]), ["3 hosts", "4 hosts"]),
        (pod(env=[{"name": "NNODES", "value": "x"}, {"name": "NODES", "value": "4"}]), []),
        # an engine's own argument is found by its flags, and again in the line
        (script("python3 -m sglang.launch_server --nnodes 2"), ["2 hosts", "2 hosts"]),
        (script("python3 -m sglang.launch_server --nnodes=2"), ["2 hosts", "2 hosts"]),
        (script("torchrun --nnodes 2 x"), ["2 hosts"]),
        (script("torchrun --nnodes"), []),
        (script("torchrun --num_nodes 2 --num-machines=3"), ["2 hosts", "3 hosts"]),
        (script("torchrun nnodes 2 nnodes=2"), []),
        (script("torchrun --nnodes 1:4"), []),
        (script("torchrun --nnodes $N"), []),
        (script("echo --nnodes 2; torchrun -nnodes 3"), ["2 hosts", "3 hosts"]),
        (pod(command=["torchrun", "--nnodes", "2"]), ["2 hosts"]),
        (pod(command=["torchrun", "--nnodes"]), []),
        (pod(command=["bash", "-c", "torchrun --nnodes $N"], env=[{"name": "N", "value": "5"}]), ["5 hosts"]),
        # what stands between mpirun and its program
        (script("mpirun -np 4 x"), ["4 processes"]),
        (script("/usr/bin/mpiexec -n 4 x"), ["4 processes"]),
        (script("mpirun --np 4 x"), ["4 processes"]),
        (script("mpirun -np=4 x"), ["4 processes"]),
        (script("mpirun -np x"), []),
        (script("head -n 4 x"), []),
        (script("head -n 4; mpirun x"), []),
        (script("mpirun x; head -n 4"), []),
        (script("mpirun x && head -n 4"), []),
        (script("mpirun x | head -n 4"), []),
        (script("mpirun bash x -n 4"), []),
        (script("mpirun -- x -n 4"), []),
        (script("mpirun --mca a b -n 4 x"), ["4 processes"]),
        (script("mpirun -H a:8,b:8,a:4 x"), ["2 hosts"]),
        (script("mpirun --host a, -host b,c x"), ["1 hosts", "2 hosts"]),
        (script("mpirun -H"), []),
        (script("mpirun -H $HOSTS x"), []),
        (script("mpirun --slots 4 x"), []),
        (script("-n 4 mpirun"), []),
        (pod(command=["bash", "-c", "sleep 1"], args=["--nnodes", "2"]), []),
        (script("ssh -H a,b"), []),
        # mounted scripts that a shell reads
        ([pod(command=["/c/run.sh"], **MOUNTED), config(**{"run.sh": SCRIPT})], ["3 processes"]),
        ([pod(command=["/c/run.sh", "--nnodes", "2"], **MOUNTED), config(**{"run.sh": SCRIPT})], ["2 hosts", "3 processes"]),
        ([pod(command=["python3", "/c/run.py"], **MOUNTED), config(**{"run.py": SCRIPT})], []),
    ],
)  # fmt: skip
def test_numbers_that_are_stated(body: Any, claimed: list[str]) -> None:
    given = overlay(*(body if isinstance(body, list) else [body]))
    found = list(groups.claims(given, given.pods[0].main[0]))
    assert [f"{one.number} {one.what}" for one in found] == claimed
    assert all(one.resource.at(one.pointer) is not None for one in found)


def test_a_number_is_shown_where_it_was_written() -> None:
    given = overlay(pod(command=["mpirun", "-np", "4", "x", "--nnodes", "2"]))
    found = list(groups.claims(given, given.pods[0].main[0]))
    assert [one.pointer[-1] for one in found] == [1, 4]
    given = overlay(pod(command=["mpirun"], args=["-np", "-np", "4"]))
    assert [one.pointer[-2:] for one in groups.claims(given, given.pods[0].main[0])] == [("args", 1)]


CHANNEL = {"resourceClaims": [{}, {"name": "x", "resourceClaimTemplateName": "t"}]}


def domain(nodes: Any = 2, name: str | None = "t") -> dict[str, Any]:
    return thing("ComputeDomain", spec={"numNodes": nodes, "channel": {"resourceClaimTemplate": {"name": name}}})


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        ((domain(),), [(2, [])]),
        ((domain(0),), []),
        ((domain("x"),), []),
        ((domain(), pod(spec=CHANNEL)), [(2, ["main"])]),
        ((domain(), pod()), [(2, [])]),
        ((domain(name="u"), pod(spec=CHANNEL)), [(2, [])]),
        ((domain(name=None), pod(spec={"resourceClaims": [{"name": "x"}]})), [(2, [])]),
        ((domain(), thing("Pod", spec={"containers": [], **CHANNEL})), [(2, [])]),
        ((domain(), thing("Pod", spec={"initContainers": [main()], "containers": [main(1), main(4, name="most"), main(2)], **CHANNEL})),
         [(2, ["most"])]),
    ],
)  # fmt: skip
def test_hosts_of_a_domain_and_who_claims_a_channel(
    bodies: tuple[dict[str, Any], ...], found: list[tuple[int, list[str]]]
) -> None:
    assert [(number, [user.name for user in users]) for _, number, users in groups.domains(overlay(*bodies))] == found


def started(body: dict[str, Any]) -> tuple[Overlay, Container]:
    given = overlay(body)
    return given, given.pods[0].main[0]


def served(kind: str, replicas: Any = 2, gpus: int | None = 8, line: str = "vllm serve m") -> dict[str, Any]:
    return thing(kind, spec={"replicas": replicas, "template": template(gpus, command=["bash", "-c", line])})


RAY = "--distributed-executor-backend"


@pytest.mark.parametrize(
    ("body", "world", "spans"),
    [
        (served("Deployment"), 16, True),
        (served("Deployment"), 9, True),
        (served("Deployment"), 8, False),
        (served("Deployment", 1), 16, False),
        (served("Deployment", "x"), 16, False),
        (served("Deployment", gpus=None), 16, False),
        (served("Deployment", gpus=0), 16, False),
        (served("LeaderWorkerSet"), 16, False),
        (served("StatefulSet"), 16, True),
        (served("StatefulSet", line="python3 -m sglang.launch_server --nnodes 2"), 16, False),
        (served("Deployment", line="python3 -m sglang.launch_server --nnodes 2"), 16, True),
        (served("Deployment", line=f"vllm serve m {RAY} ray"), 16, False),
        (served("Deployment", line=f"vllm serve m {RAY} mp"), 16, True),
        (served("Deployment", line="ray start --head; vllm serve m"), 16, False),
        (served("Deployment", line="ray status; vllm serve m"), 16, True),
    ],
)
def test_an_engine_that_was_meant_to_span_replicas(body: dict[str, Any], world: int, spans: bool) -> None:
    given, container = started(body)
    engine = engine_of(given, container)
    assert engine is not None and groups.spans_replicas(given, engine, world) is spans
