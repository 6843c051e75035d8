"""What rules of network tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import (
    bucket_pod,
    client,
    config_map,
    interfaces,
    marked,
    other,
    server,
    together,
    workload,
)
from servelint.rules.network import (
    cut_off_server,
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

# --- NetworkPolicy ---------------------------------------------------------------------------------------------------

SERVICE, SERVER = cut_off_server._SERVICE, cut_off_server._SERVER
PAIR = (SERVICE, SERVER)
CALLER = client("http://server:8000", metadata="namespace: serving")
RANKS = marked(
    server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet", metadata="labels: {app: server}"), "namespace: serving"
)
LOCAL = SERVER.replace('"team/m"', '"/models/m"')
BUCKET = marked(bucket_pod(), "namespace: serving")
DNS = "{ports: [{port: 53, protocol: UDP}]}"
OPEN = f"{DNS}, {{ports: [{{port: 443}}]}}"
POLICY = cut_off_server._set


def inward(peer: str, *more: str) -> str:
    """A policy that lets a peer to port 8000."""
    return POLICY(f"ingress: [{{from: [{peer}], ports: [{{port: 8000}}]}}]", *(more or (*PAIR, CALLER)))


def outward(rules: str, *more: str) -> str:
    """A policy over all pods that lets out what rules say."""
    return POLICY(f"policyTypes: [Egress], egress: [{rules}]", *(more or (SERVER,)), selector="")


def block(cidr: str, port: int) -> str:
    """A rule for one port of a block of addresses."""
    return f"{{to: [{{ipBlock: {{cidr: {cidr}}}}}], ports: [{{port: {port}}}]}}"


def space(name: str) -> str:
    """A namespace as a peer."""
    return f"{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}}}"


def pods(label: str) -> str:
    """Pods as a peer."""
    return f"{{podSelector: {{matchLabels: {{{label}}}}}}}"


OWN = "app.kubernetes.io/instance: mine"
INSTANCE = POLICY(
    f"ingress: [{{from: [{pods(f'app: bench, {OWN}')}]}}]", SERVER.replace("app: server}", f"app: server, {OWN}}}"),
    selector=f"matchLabels: {{{OWN}}}",
)  # fmt: skip
GOOD["cut-off-server"] = [
    POLICY("ingress: []", selector="matchLabels: {app: a}"), POLICY("policyTypes: [Ingress]", CALLER, selector=""),
    POLICY("ingress: [{ports: [{port: 7000, endPort: 9000}]}]"), inward(pods("job-name: bench")),
    together(POLICY("policyTypes: [Ingress]", SERVICE, selector=""), cut_off_server.GOOD.partition("---")[0], SERVER),
    inward(pods("app: gateway"), *PAIR), inward("{ipBlock: {cidr: 10.0.0.0/8}}"), inward(space("serving")),
    POLICY("ingress: [{from: [{podSelector: {}}]}]", RANKS), outward(OPEN), outward("{}"), outward(DNS, LOCAL),
    outward(block("10.0.0.0/8", 80), LOCAL.replace("containers:", "hostNetwork: true\n      containers:")),
    outward("{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}", LOCAL),
    outward(f"{OPEN}, {block('169.254.169.252/32', 988)}", BUCKET),
    outward(f"{OPEN}, {block('169.254.169.254/32', 80)}", BUCKET),
    outward(f"{OPEN}, {{to: [{{podSelector: {{}}}}]}}", *PAIR, CALLER),
    outward(f"{OPEN}, {{ports: [{{port: 8000}}]}}", *PAIR, CALLER),
    INSTANCE.replace(f"app: bench, {OWN}", "app: bench"),
]  # fmt: skip
BAD["cut-off-server"] = [
    POLICY("ingress: [{ports: [{port: 8000, protocol: UDP}]}]"), inward(pods("app: server")),
    inward("{ipBlock: {cidr: 203.0.113.0/24}}"), inward(space("other")), INSTANCE,
    POLICY("ingress: [{ports: [{port: 30000}]}]", RANKS), inward(pods("app: a"), RANKS), outward(DNS),
    outward("{ports: [{port: 443}]}"), outward("{ports: [{port: 53}, {port: 443}]}"),
    outward(f"{{to: [{{podSelector: {{}}}}]}}, {block('0.0.0.0/0', 443)}"), outward(f"{{to: [{space('other')}]}}", LOCAL),
    outward(OPEN.replace("{port: 443}", "{port: 8443}")), outward(f"{DNS}, {block('10.0.0.0/8', 443)}"),
    outward(f"{DNS}, {block('142.250.0.0/15', 443)}", BUCKET),
    outward(f"{OPEN.replace('{ports: [{port: 443', '{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443')}", BUCKET),
    outward(OPEN, *PAIR, CALLER), inward(pods("app: serber"), *PAIR),
]  # fmt: skip
