"""What misspelt-node-label tells apart beyond its own examples."""

from servelint.rules.examples import lustre, other, server

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_KUEUE = "kueue.x-k8s.io/v1beta2"


def _affinity(text: str) -> str:
    return server(pod=f"affinity: {{{text}}}")


def _node(label: str, operator: str = "Exists") -> str:
    return f"matchExpressions: [{{key: {label}, operator: {operator}}}]"


def _spread(label: str, how: str = "DoNotSchedule") -> str:
    entry = f"{{maxSkew: 1, topologyKey: {label}, whenUnsatisfiable: {how}}}"
    return server(pod=f"topologySpreadConstraints: [{entry}]")


def _volume(label: str) -> str:
    return lustre(spec=f"nodeAffinity: {{required: {{nodeSelectorTerms: [{{{_node(label)}}}]}}}}")


def _flavor(label: str) -> str:
    return other("ResourceFlavor", f"nodeLabels: {{{label}: a}}", api=_KUEUE)


def _topology(label: str) -> str:
    return other("Topology", f"levels: [{{nodeLabel: {label}}}]", api=_KUEUE)


def _required(label: str, operator: str = "Exists") -> str:
    return _affinity(f"nodeAffinity: {{{_REQUIRED}: {{nodeSelectorTerms: [{{{_node(label, operator)}}}]}}}}")


def _preferred(label: str) -> str:
    return _affinity(f"nodeAffinity: {{{_PREFERRED}: [{{weight: 1, preference: {{{_node(label)}}}}}]}}")


ALSO_GOOD = [
    server(pod="nodeSelector: {cloud.google.com/gke-local-ssd: 'true', cloud.google.com/gke-nodepool-group: a}"),
    server(pod="nodeSelector: {cloud.google.com/gke-accelerator-type: a}"),
    server(pod="nodeSelector: {example.com/zones: a, cloud.google.com/team: a, kubernetes.io/role: a}"),
    _spread("kubernetes.io/hostname"), _volume("topology.gke.io/zone"), _flavor("cloud.google.com/gke-accelerator"),
    _topology("cloud.google.com/gce-topology-block"), _spread("rack"), _required("cloud.google.com/gke-spot"),
    _required("cloud.google.com/gke-spots", "DoesNotExist"), _required("cloud.google.com/gke-spots", "NotIn"),
    _preferred("cloud.google.com/gke-spot"),
]  # fmt: skip
ALSO_BAD = [
    server(pod="nodeSelector: {cloud.google.com/gke-nodepools: gpu}"), _spread("kubernetes.io/hostnames"),
    _spread("topology.kubernetes.io/Zone", "ScheduleAnyway"), _volume("topology.gke.io/zones"),
    _flavor("cloud.google.com/gke-accelerators"), _topology("cloud.google.com/gce-topology-blocks"),
    _required("cloud.google.com/gke-spots"), _required("topology.kubernetes.io/zones", "In"),
    _preferred("cloud.google.com/gke-spots"),
    _affinity(f"podAntiAffinity: {{{_REQUIRED}: [{{topologyKey: kubernetes.io/hostnames}}]}}"),
    _affinity(
        f"podAffinity: {{{_PREFERRED}: [{{weight: 1, podAffinityTerm: {{topologyKey: kubernetes.io/hostnam}}}}]}}"
    ),
]  # fmt: skip
