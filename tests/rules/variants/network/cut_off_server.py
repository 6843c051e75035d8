"""What cut-off-server tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bucket_pod, client, marked, server, together
from servelint.rules.network.cut_off_server import _SERVER, _SERVICE, GOOD, _set

PAIR = (_SERVICE, _SERVER)
CALLER = client("http://server:8000", metadata="namespace: serving")
RANKS = marked(
    server("--tp-size 16 --nnodes 2", kind="LeaderWorkerSet", metadata="labels: {app: server}"), "namespace: serving"
)
LOCAL = _SERVER.replace('"team/m"', '"/models/m"')
BUCKET = marked(bucket_pod(), "namespace: serving")
DNS = "{ports: [{port: 53, protocol: UDP}]}"
OPEN = f"{DNS}, {{ports: [{{port: 443}}]}}"


def inward(peer: str, *more: str) -> str:
    """A policy that lets a peer to port 8000."""
    return _set(f"ingress: [{{from: [{peer}], ports: [{{port: 8000}}]}}]", *(more or (*PAIR, CALLER)))


def outward(rules: str, *more: str) -> str:
    """A policy over all pods that lets out what rules say."""
    return _set(f"policyTypes: [Egress], egress: [{rules}]", *(more or (_SERVER,)), selector="")


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
INSTANCE = _set(
    f"ingress: [{{from: [{pods(f'app: bench, {OWN}')}]}}]", _SERVER.replace("app: server}", f"app: server, {OWN}}}"),
    selector=f"matchLabels: {{{OWN}}}",
)  # fmt: skip

ALSO_GOOD = [_set("ingress: [{}]"), _set("policyTypes: [Egress], egress: [{}]"),
    _set("ingress: []", selector="matchLabels: {app: a}"), _set("policyTypes: [Ingress]", CALLER, selector=""),
    _set("ingress: [{ports: [{port: 7000, endPort: 9000}]}]"), inward(pods("job-name: bench")),
    together(_set("policyTypes: [Ingress]", _SERVICE, selector=""), GOOD.partition("---")[0], _SERVER),
    inward(pods("app: gateway"), *PAIR), inward("{ipBlock: {cidr: 10.0.0.0/8}}"), inward(space("serving")),
    _set("ingress: [{from: [{podSelector: {}}]}]", RANKS), outward(OPEN), outward("{}"), outward(DNS, LOCAL),
    outward(block("10.0.0.0/8", 80), LOCAL.replace("containers:", "hostNetwork: true\n      containers:")),
    outward("{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}", LOCAL),
    outward(f"{OPEN}, {block('169.254.169.252/32', 988)}", BUCKET),
    outward(f"{OPEN}, {block('169.254.169.254/32', 80)}", BUCKET),
    outward(f"{OPEN}, {block('169.254.169.254/32', 8080)}", BUCKET),
    outward(f"{OPEN}, {{to: [{{podSelector: {{}}}}]}}", *PAIR, CALLER),
    outward(f"{OPEN}, {{ports: [{{port: 8000}}]}}", *PAIR, CALLER),
    INSTANCE.replace(f"app: bench, {OWN}", "app: bench"),
]  # fmt: skip
ALSO_BAD = [_set("policyTypes: [Ingress]", selector=""), _set("ingress: []"),
    _set("ingress: [{ports: [{port: 8000, protocol: UDP}]}]"), inward(pods("app: server")),
    inward("{ipBlock: {cidr: 203.0.113.0/24}}"), inward(space("other")), INSTANCE,
    _set("ingress: [{ports: [{port: 30000}]}]", RANKS), inward(pods("app: a"), RANKS), outward(DNS),
    outward("{ports: [{port: 443}]}"), outward("{ports: [{port: 53}, {port: 443}]}"),
    outward(f"{{to: [{{podSelector: {{}}}}]}}, {block('0.0.0.0/0', 443)}"), outward(f"{{to: [{space('other')}]}}", LOCAL),
    outward(OPEN.replace("{port: 443}", "{port: 8443}")), outward(f"{DNS}, {block('10.0.0.0/8', 443)}"),
    outward(f"{DNS}, {block('142.250.0.0/15', 443)}", BUCKET),
    outward(f"{OPEN.replace('{ports: [{port: 443', '{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443')}", BUCKET),
    outward(OPEN, *PAIR, CALLER), inward(pods("app: serber"), *PAIR),
]  # fmt: skip
