"""What patch-without-target tells apart beyond its own examples."""

from servelint.rules.examples import POD, tree
from servelint.rules.kustomize.patch_without_target import _PATCH

_COPY = "resources: [pod.yaml]\nreplacements: [{source: {SOURCE}, targets: [{select: {TARGET}, fieldPaths: [a]}]}]\n"
_FROM = _COPY.replace("SOURCE", "kind: Pod, fieldPath: metadata.name")
_PATCHES = _PATCH.replace("{TARGET", "{labelSelector: A").replace("}]\n", "}, {target: {B}, patch: '[]'}]\n")
_LABELLED = {"pod.yaml": POD.replace("{name: p}", "{name: p, labels: {a: b}}")}

ALSO_GOOD = [tree(_FROM.replace("TARGET", "kind: Pod")), tree("resources: [pod.yaml]\npatches: [{path: pod.yaml}]\n")]
ALSO_GOOD += [tree(_PATCHES.replace("A}", "a=b}").replace("{B}", "{labelSelector: a=c}"), _LABELLED)]
ALSO_BAD = [
    tree(_PATCHES.replace("A}", "a=b}").replace("{B}", "{labelSelector: c=d}"), _LABELLED),
    tree(_PATCHES.replace("A}", "a=b}").replace("{B}", "{labelSelector: a=c, kind: Job}"), _LABELLED),
    tree(_PATCH.replace("TARGET", "labelSelector: a=b")), tree(_FROM.replace("TARGET", "kind: Job")),
    tree(_PATCH.replace("patches:", "patchesJson6902:").replace("TARGET", "kind: Job, name: p")),
    tree(_COPY.replace("SOURCE", "kind: Job").replace("TARGET", "kind: Pod")),
    tree(_FROM.replace("TARGET}", "kind: Pod}, reject: [{name: p}]")),
]  # fmt: skip
