"""What needed-later tells apart beyond its own examples."""

from servelint.rules.examples import LOCAL_QUEUE, marked, server, together
from servelint.rules.sync.needed_later import _EARLY, _SPACE
from servelint.views.waves import WAVE

_LATE = f"annotations: {{{WAVE}: '1'}}"
_POD = server(pod="serviceAccountName: serving")
_ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: serving\n"
_BEFORE = "annotations: {argocd.argoproj.io/hook: PreSync}"
_QUEUED = marked(server(kind="Job"), "labels: {kueue.x-k8s.io/queue-name: gpus}")
_CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.com\n"
_CRD += "spec: {group: example.com, names: {kind: Widget}}\n"
_WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\n"

ALSO_GOOD = [
    together(_ACCOUNT, marked(_POD, _LATE)), together(_ACCOUNT, _POD), together(marked(_ACCOUNT, _BEFORE), _POD),
    together(marked(_SPACE, _LATE), marked(server(), "namespace: other")), together(_QUEUED, marked(LOCAL_QUEUE, _EARLY)),
    together(marked(_ACCOUNT, _BEFORE), marked(_POD, _BEFORE)), together(marked(_POD, _BEFORE), server()),
    together(marked(_ACCOUNT, _BEFORE.replace("PreSync", "Skip")), _POD), together(marked(_CRD, _EARLY), _WIDGET),
    together(marked(_ACCOUNT, _LATE), _ACCOUNT, _POD),
    together(_ACCOUNT, marked(_POD, _BEFORE.replace("PreSync", "PostSync"))),
    together(marked(_ACCOUNT, f"namespace: a\n{_LATE}"), marked(_POD, "namespace: b")),
]  # fmt: skip
ALSO_BAD = [
    together(marked(_ACCOUNT, _LATE), _POD), together(_ACCOUNT, marked(_POD, _BEFORE)),
    together(_ACCOUNT, marked(_POD, _EARLY)), together(_QUEUED, marked(LOCAL_QUEUE, _LATE)),
    together(marked(_ACCOUNT, _BEFORE.replace("PreSync", "PostSync")), _POD), together(marked(_CRD, _LATE), _WIDGET),
    together(marked(_SPACE, _LATE), *(marked(server(name=n), "namespace: serving") for n in "ab")),
    together(marked(_SPACE, "annotations: {helm.sh/hook: post-install}"), marked(server(), "namespace: serving")),
]  # fmt: skip
