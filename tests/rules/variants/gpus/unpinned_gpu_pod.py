"""What unpinned-gpu-pod tells apart beyond its own examples."""

from servelint.rules.examples import UNKNOWN, marked, other, server, together
from servelint.rules.gpus.unpinned_gpu_pod import BAD
from servelint.views.placement import ACCELERATOR

_TERM = f"key: {ACCELERATOR}, operator: In, values: [nvidia-h200-141gb, nvidia-b200]"
_TERMS = f"nodeSelectorTerms: [{{matchExpressions: [{{{_TERM}}}]}}]"
_BOTH = f"affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{{_TERMS}}}}}}}"
_FLAVOR = other("ResourceFlavor", "nodeLabels: {cloud.google.com/gke-nodepool: blue}")
_QUEUED = marked(BAD, "labels: {kueue.x-k8s.io/queue-name: gpus}")

ALSO_GOOD = [
    server(pod="nodeSelector: {cloud.google.com/machine-family: a4}"), server(pod="nodeName: blue-1"),
    BAD.replace("v1\nkind: Pod", "serving.kserve.io/v1alpha1\nkind: ServingRuntime", 1), together(_QUEUED, _FLAVOR),
    server(pod=_BOTH.replace("nvidia-b200", "SITE_ACCELERATOR")),
    server(pod=_BOTH.replace("h200-141gb", "gb200")),  # `foreign-hardware` says it
    server(pod=f"{_BOTH}\nnodeSelector: {{cloud.google.com/gke-nodepool: blue}}"), (server(pod=_BOTH), UNKNOWN),
]  # fmt: skip
ALSO_BAD = [
    server(pod="nodeSelector: {kubernetes.io/arch: amd64}"), together(BAD, _FLAVOR), _QUEUED,
    together(_QUEUED, _FLAVOR, _FLAVOR.replace("gke-nodepool", "gke-spot")), server(pod=_BOTH),
    server(pod=f"{_BOTH}\nnodeSelector: {{cloud.google.com/machine-family: a3}}"),
]  # fmt: skip
