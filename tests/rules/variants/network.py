"""What rules of network tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import config_map, interfaces, marked, other, server, together, workload
from servelint.rules.network import (
    gib_off_library_path,
    nccl_script_never_sourced,
    service_across_workloads,
    traffic_before_load,
    unheard_port,
    wrong_rdma_interfaces,
)

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

# --- gIB -------------------------------------------------------------------------------------------------------------

LOST = gib_off_library_path.BAD
HOLDS = 'export LD_LIBRARY_PATH="$NCCL_LIBRARY_PATH:$LD_LIBRARY_PATH" && exec python3 serve.py'


def launcher(program: str, path: str = "/etc/engine/serve.py") -> str:
    """A container whose program is a file that a ConfigMap holds, beside gIB."""
    made = LOST.replace(HOLDS, f"exec python3 {path}").replace(
        "volumeMounts: [", "volumeMounts: [{name: engine, mountPath: /etc/engine}, "
    )
    return together(
        config_map({"serve.py": program}), f"{made}  volumes: [{{name: engine, configMap: {{name: engine}}}}]\n"
    )


SETS_PATH = 'import os\nos.environ["LD_LIBRARY_PATH"] = "PATH"\n'
GOOD["gib-off-library-path"] = [
    launcher(SETS_PATH.replace('"PATH"', '"/a:/usr/local/gib/lib64"')),
    launcher('import os\nos.environ["LD_LIBRARY_PATH"] = folder\n'), LOST.replace("export LD_LIB", ". /opt/env.sh; export OTHER_LIB"),
    LOST.replace("export LD_LIB", ". $FILE; export OTHER_LIB"),
]  # fmt: skip
BAD["gib-off-library-path"] = [
    launcher("print(1)\n"), launcher(SETS_PATH.replace('"PATH"', '"/opt/lib"')),
    LOST.replace("export LD_LIB", "source /usr/local/gib/scripts/set_nccl_env.sh; export OTHER_LIB"),
]  # fmt: skip

SHELL, DIRECT = nccl_script_never_sourced.BAD, nccl_script_never_sourced._DIRECT
SETS = nccl_script_never_sourced.SETS


def sourced(line: str) -> str:
    return SHELL.replace('exec "$@"', f'{line} && exec "$@"')


def python(program: str) -> str:
    """The variable is set, and a launcher in Python starts the engine."""
    made = DIRECT.replace(
        '["python3", "-m", "sglang.launch_server", "--model-path", "m"]', "[python3, /etc/engine/serve.py]"
    )
    made = f"{made}    volumeMounts: [{{name: engine, mountPath: /etc/engine}}]\n  volumes: [{{name: engine, configMap: {{name: engine}}}}]\n"
    return together(config_map({"serve.py": program}), made)


GOOD["nccl-script-never-sourced"] = [
    sourced("source /usr/local/gib/scripts/set_nccl_env.sh"), sourced('source "$NCCL_INIT_SCRIPT"'),
    python('run(f"source {os.environ[\'NCCL_INIT_SCRIPT\']}")\n'), python('run("source /usr/local/gib/scripts/set_nccl_env.sh")\n'),
    sourced("export " + " ".join(f"{name}=1" for name in SETS)), server(container="env: [{name: NCCL_INIT_SCRIPT, value: a}]", gpus=0),
]  # fmt: skip
BAD["nccl-script-never-sourced"] = [python("run(1)\n"), sourced(f"export {SETS[0]}=1")]

# --- ports -----------------------------------------------------------------------------------------------------------

HEARD, TRITON = unheard_port.GOOD, unheard_port._TRITON
LWS = "leaderTemplate: {spec: {containers: [{name: leader}]}}"


def served(fields: str, port: int = 8000) -> str:
    """An InferenceService with a container of its own."""
    command = f'[python3, -m, sglang.launch_server, --model-path, m, --port, "{port}"]'
    container = f"{{name: kserve-container, image: lmsysorg/sglang:v0.4.6.post4-cu124, command: {command}{fields}}}"
    return other("InferenceService", f"predictor: {{containers: [{container}]}}")


def probed(command: str, port: int = 8000) -> str:
    return server(f"--port {port}", container=f"readinessProbe: {{exec: {{command: {command}}}}}")


def two_programs(port: int) -> str:
    """A container that starts an engine and something else beside it."""
    script = "exporter --port 9000 & exec python3 -m sglang.launch_server --model-path m --port 8000"
    fields = f"ports: [{{containerPort: 8000}}, {{containerPort: 9000}}]\n  readinessProbe: {{httpGet: {{path: /, port: {port}}}}}"
    return workload(
        f"containers:\n- name: engine\n  image: lmsysorg/sglang:v0.4.6.post4-cu124\n  command: [bash, -c, '{script}']\n  {fields}"
    )


GOOD["unheard-port"] = [
    probed("[curl, 'localhost:8000/health']"), served(", ports: [{containerPort: 8000}]"), served("", 8080), two_programs(9000),
    server("--port 8000", container="readinessProbe: {httpGet: {path: /, port: 8000}}"), served(", ports: [{containerPort: 9000}, {containerPort: 8000}]"),
    workload("containers:\n- {name: a, image: b, ports: [{containerPort: 1}], readinessProbe: {httpGet: {port: 2}}}"),
    server("--port 8000", container="ports: [{containerPort: 8000}, {containerPort: 9000, name: metrics}]"),
]  # fmt: skip
BAD["unheard-port"] = [
    probed("[curl, 'localhost:9000/health']"), served(""), served(", ports: [{containerPort: 9000}]"), two_programs(9001),
    server("--port 8000", container="readinessProbe: {httpGet: {path: /, port: 9000}}"),
    server("--port 8000", container="ports: [{containerPort: 8000}]\nreadinessProbe: {httpGet: {path: /, port: 9000}}"),
    workload(TRITON.replace("grpc, containerPort: 8001", "grpc, containerPort: 8009")),
    server("", container="ports: [{containerPort: 9000}]\nreadinessProbe: {httpGet: {path: /, port: 9000}}"),
]  # fmt: skip

# --- interfaces ------------------------------------------------------------------------------------------------------

CARDS = wrong_rdma_interfaces.GOOD
A4X = wrong_rdma_interfaces._A4X


def cards(**networks: str) -> str:
    return server(gpus=4, metadata=interfaces(**networks))


FIRST = {"eth0": "default"}
GOOD["wrong-rdma-interfaces"] = [
    server(gpus=4, kind="LeaderWorkerSet", metadata=interfaces(**A4X)),
    CARDS.replace("    networking.gke.io/default-interface: eth0\n", ""),
    marked(server(gpus=4, kind="Deployment", metadata=interfaces(**A4X)), interfaces(eth0="default")),
]  # fmt: skip
BAD["wrong-rdma-interfaces"] = [
    cards(eth1="default", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}), cards(**FIRST, eth1="rdma-0", eth2="rdma-1", eth3="rdma-2", eth4="rdma-3"),
    cards(**FIRST, ethx="gvnic-1", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}), cards(**FIRST, eth1="rdma-4", **{f"eth{i + 2}": f"rdma-{i}" for i in range(4)}),
]  # fmt: skip

# --- Services --------------------------------------------------------------------------------------------------------

SERVICE, POD, EARLY = traffic_before_load._SERVICE, traffic_before_load._POD, traffic_before_load._EARLY
BARE = POD.replace("readinessProbe", "startupProbe")
GOOD["traffic-before-load"] = [
    together(SERVICE.replace("http}", "9000}"), BARE.replace("{name: http, containerPort: 8000}", "{name: a}") + "      - {name: b, image: b, ports: [{containerPort: 9000}]}\n"),
    POD, SERVICE, together(SERVICE, marked(server(kind="LeaderWorkerSet", spec=LWS, metadata="labels: {app: server}"), "")),
    traffic_before_load.GOOD.replace("httpGet: {path: /health, port: http}", "exec: {command: [sh, -c]}"),
    together(SERVICE.replace(", targetPort: http", ""), BARE.replace("ports: [{name: http, containerPort: 8000}]", "ports: [{containerPort: 1}]") + "      - {name: b, image: b, ports: [{containerPort: 8000}]}\n"),
]  # fmt: skip
BAD["traffic-before-load"] = [
    together(SERVICE.replace("{selector", "{clusterIP: None, selector"), BARE), together(EARLY, EARLY.partition("---")[0]), together(SERVICE.replace("server\n", "a\n", 1), SERVICE, BARE),
    together(SERVICE, server(kind="LeaderWorkerSet")),
]  # fmt: skip

ONE, JOB, FLEET = service_across_workloads._ONE, service_across_workloads._JOB, service_across_workloads._SERVICE
GOOD["service-across-workloads"] = [
    FLEET, together(service_across_workloads._WORKERS, server(kind="LeaderWorkerSet").replace("    size: 2\n", "")),
    together(FLEET, ONE, ONE.replace("name: server", "name: canary").replace("v0.4.6.post4-cu124", "v0.4.6@sha256:1")),
]  # fmt: skip
BAD["service-across-workloads"] = [
    together(FLEET, ONE, ONE.replace("name: server", "name: canary").replace("lmsysorg/sglang", "other/sglang")),
    together(FLEET, ONE.replace("containers:", "containers:\n      - {name: b, image: c}", 1), ONE.replace("name: server", "name: canary")),
    together(FLEET, JOB, JOB.replace("name: server", "name: other")),
]  # fmt: skip
