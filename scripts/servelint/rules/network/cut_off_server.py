"""A NetworkPolicy cuts a pod off from what it cannot do without.

A server whose port no rule opens is Ready and answers nobody; a benchmark that may not reach its server waits until its
patience ends; the ranks of a group never meet. Towards the outside a pod needs DNS, the Hub for a model that it
downloads, and the metadata server for the identity with which it mounts a bucket. Nothing says "policy": each is a
time-out, on nodes that are paid for.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, Resource, mapping, mappings, whole
from ...views import admission, kserve
from ...views.addresses import addresses
from ...views.admission import Refused, others, owner
from ...views.buckets import buckets
from ...views.engines import engine_of
from ...views.environment import variables
from ...views.groups import group_of
from ...views.naming import named
from ...views.policies import Rule, covers, is_outside, is_peer, isolating, opens, rules, selects_namespace
from ...views.selection import declared_ports, hidden_pods, labels_of, listening, selects, service_pods, together
from ..examples import marked, other, server
from ..examples import together as manifest

SEVERITY = "error"
HINT = "Open in the policy what is missing, for the peers that need it."
SOURCE = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
COVERS = ("REF-07",)


def _policy(body: str, selector: str = "matchLabels: {app: server}") -> str:
    spec = f"podSelector: {{{selector}}}, {body}"
    return marked(other("NetworkPolicy", spec, name="policy", api="networking.k8s.io/v1"), "namespace: serving")


_SERVICE = marked(other("Service", "selector: {app: server}, ports: [{port: 8000}]"), "namespace: serving")
_SERVER = marked(server("--port 8000", kind="Deployment"), "namespace: serving").replace('"m"', '"team/m"')


def _set(body: str, *more: str, selector: str = "matchLabels: {app: server}") -> str:
    return manifest(_policy(body, selector), *(more or (_SERVICE, _SERVER)))


GOOD = _set("ingress: [{ports: [{port: 8000}]}]")
BAD = _set("ingress: [{ports: [{port: 8080}]}]")
CONTEXT = {"kind": "cluster"}

METADATA = (
    ("169.254.169.252/32", 988), ("169.254.169.252/32", 987), ("169.254.169.254/32", 80), ("169.254.169.254/32", 8080),
)  # fmt: skip
"""The GKE metadata server as pods reach it: with Dataplane V2 the last two, without it the first two.
Source: https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy"""
RESOLVERS = ("169.254.20.10/32", "169.254.169.254/32")
"""NodeLocal DNSCache and Cloud DNS, beside kube-dns in the cluster's own addresses."""
HUB = re.compile(r"[\w.-]+/[\w.-]+")
INSTANCE = "app.kubernetes.io/instance"

Found = tuple[Resource, Pointer, Refused]


def check(overlay: Overlay) -> Problems:
    if not any(True for _ in overlay.of("NetworkPolicy")):
        return
    pods = admission.made(overlay, "")
    found: dict[tuple[int, Pointer, str], list[Found]] = {}
    for pod in pods:
        for what, place in (*_inward(overlay, pod), *_outward(overlay, pod)):
            policy, at = place
            found.setdefault((id(policy), at, what.partition(" of ")[0]), []).append(
                (policy, at, Refused(pod, what, at))
            )
    for group in found.values():
        policy, at, first = group[0]
        concerned = f"{owner(first.pod)}{others(one for _, _, one in group)}"
        yield Problem(policy, at, first.why.replace("{}", concerned))
    yield from _rewritten(overlay)


Place = tuple[Resource, Pointer]


def _place(policies: list[Resource], direction: str) -> Place:
    """Where a rule is missing: in the policy that has most to say of a direction."""
    policy = max(policies, key=lambda one: len(list(rules(one, direction))))
    key = direction.lower()
    return policy, ("spec", key) if policy.spec.get(key) is not None else ("spec", "podSelector")


def _rules(policies: list[Resource], direction: str) -> list[Rule]:
    return [rule for policy in policies for rule in rules(policy, direction)]


def _inward(overlay: Overlay, pod: Pod) -> Iterator[tuple[str, Place]]:
    policies = isolating(overlay, pod, "Ingress")
    given = _rules(policies, "Ingress")
    for port in sorted(_ports(overlay, pod)) if policies else ():
        opened = [rule for rule in given if opens(overlay, rule, port, target=pod)]
        place = _place(policies, "Ingress")
        if not opened:
            yield f"lets nobody reach port {port} of {{}}, where it listens", _port(policies, place)
            continue
        callers = [caller for caller, one, number in _calls(overlay) if one is pod and number == port]
        shut = next((one for one in callers if not any(is_peer(overlay, rule, one) for rule in opened)), None)
        if shut is not None:
            yield f"lets {owner(shut)} not reach port {port} of {{}}, which it calls", place
    if (
        policies
        and _joined(overlay, pod)
        and not any(rule.ports is None and is_peer(overlay, rule, pod) for rule in given)
    ):
        yield (
            "lets the pods of {} not reach each other on every port, as the ranks of one engine must",
            _place(policies, "Ingress"),
        )


def _port(policies: list[Resource], place: Place) -> Place:
    """The one port that a policy opens instead, if there is no other."""
    ports = [(rule, i) for rule in _rules(policies, "Ingress") for i, _ in rule.ports or ()]
    if len(ports) == 1:
        rule, i = ports[0]
        return rule.policy, (*rule.pointer, "ports", i)
    return place


def _ports(overlay: Overlay, pod: Pod) -> set[int]:
    """Ports of a pod that others are to reach: those of the Services in front of it, or, without any, its server's."""
    found = _offered(overlay).get(id(pod))
    # Workers of a group answer nobody but each other.
    if found or "workerTemplate" in pod.pointer:
        return found or set()
    engines = (engine_of(overlay, container) for container in kserve.main(overlay, pod))
    heard = [listening(overlay, engine) for engine in engines if engine is not None and engine.role == "serve"]
    return {port for ports in heard for port in ports or ()}


@lru_cache(maxsize=8)
def _offered(overlay: Overlay) -> dict[int, set[int]]:
    """The ports on which Services reach each pod, by the pod's identity."""
    found: dict[int, set[int]] = {}
    for service in overlay.of("Service"):
        for pod in service_pods(overlay, service) or ():
            for _, item in mappings(service.spec.get("ports")):
                number = _target(overlay, pod, item)
                if number is not None and item.get("protocol") in (None, "TCP"):
                    found.setdefault(id(pod), set()).add(number)
    return found


def _target(overlay: Overlay, pod: Pod, port: dict[str, Any]) -> int | None:
    """The port of a pod that a Service's port leads to."""
    target = port.get("targetPort") or port.get("port")
    if not isinstance(target, str):
        return whole(target)
    return next((one.number for one in declared_ports(overlay, pod) if one.name == target), None)


@lru_cache(maxsize=8)
def _calls(overlay: Overlay) -> tuple[tuple[Pod, Pod, int], ...]:
    """Who calls whom on which port of this set, by the name of a Service."""
    return tuple(call for container in overlay.containers for call in _of_container(overlay, container))


def _of_container(overlay: Overlay, container: Container) -> Iterator[tuple[Pod, Pod, int]]:
    for host, port, _, _ in addresses(overlay, container):
        name, _, rest = host.partition(".")
        service = overlay.named("Service", name, rest.partition(".")[0] or container.resource.namespace)
        for one in (service_pods(overlay, service) or ()) if service is not None else ():
            for _, item in mappings(service.spec.get("ports")) if service is not None else ():
                number = _target(overlay, one, item) if port is None or whole(item.get("port")) == port else None
                if number is not None:
                    yield container.pod, one, number


def _joined(overlay: Overlay, pod: Pod) -> bool:
    """Whether a pod is one of several that run one engine."""
    for container in pod.main:
        group = group_of(overlay, container) if container.gpus else None
        if group is not None and group.pods > 1 and pod.resource.kind != "StatefulSet":
            return True
    return False


def _outward(overlay: Overlay, pod: Pod) -> Iterator[tuple[str, Place]]:
    policies = isolating(overlay, pod, "Egress")
    if not policies:
        return
    given, place = _rules(policies, "Egress"), _place(policies, "Egress")

    def some(test: Callable[[Rule], bool]) -> bool:
        return any(test(rule) for rule in given)

    if pod.spec.get("dnsPolicy") != "None" and not some(partial(_resolves, overlay)):
        yield "lets {} resolve no name: no rule opens port 53 of UDP towards the cluster's DNS", place
    beyond = some(lambda rule: is_outside(rule) and opens(overlay, rule, 443)) or _by_name(overlay)
    if not beyond and _downloads(overlay, pod):
        yield "lets {} download no model: no rule opens port 443 towards the outside", place
    mounted = [bucket for bucket in buckets(overlay, pod) if not bucket.shared]
    if mounted and not some(partial(_identifies, overlay)):
        yield (
            "lets {} mount no bucket: no rule opens the metadata server, 169.254.169.252:988 or 169.254.169.254:80",
            place,
        )
    for callee, port in ((one, number) for caller, one, number in _calls(overlay) if caller is pod):
        if not any(opens(overlay, rule, port, target=callee) and is_peer(overlay, rule, callee) for rule in given):
            yield f"lets {{}} not call port {port} of {owner(callee)}", place
            break
    if _joined(overlay, pod) and not some(lambda rule: rule.ports is None and is_peer(overlay, rule, pod)):
        yield "lets the pods of {} not call each other on every port, as the ranks of one engine must", place


def _resolves(overlay: Overlay, rule: Rule) -> bool:
    if not opens(overlay, rule, 53, "UDP"):
        return False
    return rule.peers is None or any(_is_dns(overlay, rule.policy, peer) for _, peer in rule.peers)


def _is_dns(overlay: Overlay, policy: Resource, peer: dict[str, Any]) -> bool:
    """Whether a peer may be the cluster's DNS."""
    if "ipBlock" in peer:
        return covers(peer, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "34.118.224.0/20", *RESOLVERS)
    if "namespaceSelector" not in peer:
        return policy.namespace == "kube-system"
    labels = mapping(mapping(peer.get("podSelector")).get("matchLabels"))
    app = labels.get("k8s-app")
    known = app is None or app in ("kube-dns", "node-local-dns")
    return known and selects_namespace(overlay, mapping(peer["namespaceSelector"]), "kube-system")


def _identifies(overlay: Overlay, rule: Rule) -> bool:
    for address, port in METADATA:
        if opens(overlay, rule, port) and (rule.peers is None or any(covers(peer, address) for _, peer in rule.peers)):
            return True
    return False


def _by_name(overlay: Overlay) -> bool:
    """Whether another kind of policy may let pods out, by host names."""
    return any(True for _ in overlay.of("FQDNNetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"))


def _downloads(overlay: Overlay, pod: Pod) -> bool:
    """Whether an engine of a pod names its model as the Hub does and may go there."""
    for container in kserve.main(overlay, pod):
        engine = engine_of(overlay, container)
        known = variables(overlay, container)
        offline = any(known.get(name, ("",))[0] in ("1", "true") for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))
        if engine is not None and engine.role != "bench" and not offline:
            texts = [one.text for one in named(overlay, engine)]
            if any(HUB.fullmatch(text.removeprefix("hf://")) for text in texts):
                return True
    return False


def _rewritten(overlay: Overlay) -> Problems:
    """Peers that no pod can be: those that bear the label of the very workload that the policy protects."""
    if hidden_pods(overlay):
        return
    for policy in overlay.of("NetworkPolicy"):
        own = mapping(mapping(policy.spec.get("podSelector")).get("matchLabels"))
        for direction, side in (("Ingress", "from"), ("Egress", "to")):
            for rule in rules(policy, direction):
                for i, peer in rule.peers or ():
                    labels = mapping(mapping(peer.get("podSelector")).get("matchLabels"))
                    if not labels or "namespaceSelector" in peer or _anybody(overlay, policy, labels):
                        continue
                    at = (*rule.pointer, side, i, "podSelector")
                    if INSTANCE in labels and labels.get(INSTANCE) == own.get(INSTANCE):
                        text = (
                            f"this peer bears {INSTANCE} {labels[INSTANCE]} of the protected pods, and no pod is both"
                        )
                        yield Problem(policy, at, f"{text}: labels with includeSelectors rewrite peers too")
                    elif near := _near(overlay, labels):
                        text = f"this peer is no pod of the set: {near[0]} is {near[1]}; did you mean {near[2]}?"
                        yield Problem(policy, at, text)


def _anybody(overlay: Overlay, policy: Resource, labels: dict[str, Any]) -> bool:
    return any(
        selects({"matchLabels": labels}, labels_of(pod)) and together(policy.namespace, pod.resource.namespace)
        for pod in overlay.pods
    )


def _near(overlay: Overlay, labels: dict[str, Any]) -> tuple[str, str, str] | None:
    """A label whose value is nearly one that pods have."""
    for key, value in labels.items():
        have = sorted({str(known) for pod in overlay.pods if isinstance(known := labels_of(pod).get(key), str)})
        if str(value) not in have and (near := difflib.get_close_matches(str(value), have, 1, 0.8)):
            return str(key), str(value), near[0]
    return None
