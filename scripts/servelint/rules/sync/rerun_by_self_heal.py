"""A Job that deletes itself after it has finished comes back and runs again.

With `ttlSecondsAfterFinished` the cluster removes the finished Job. Argo CD with self-heal, and Flux at every interval,
see an object of Git missing and create it: the benchmark runs again, on all its GPUs, once per time to live.
"""

from ...model import Overlay, Problem, Problems, mapping
from ..examples import server

SEVERITY = "error"
HINT = "Leave the time to live out: the finished Job holds no GPU, and the next change replaces it."
SOURCE = "https://github.com/airbytehq/airbyte/issues/15202"
COVERS = ("ROL-08",)

GOOD = server(kind="Job", spec="backoffLimit: 0")
BAD = server(kind="Job", spec="ttlSecondsAfterFinished: 86400")
CONTEXT = {"kind": "leaf"}

AT = {"Job": ("spec",), "JobSet": ("spec",), "MPIJob": ("spec", "runPolicy"), "PyTorchJob": ("spec", "runPolicy")}


def check(overlay: Overlay) -> Problems:
    if overlay.kind == "manifest":
        return  # whether GitOps applies it is not known
    for resource in overlay.of(*AT):
        # Argo CD creates a hook once a sync and does not miss it afterwards; Flux has no hooks.
        if {"argocd.argoproj.io/hook", "helm.sh/hook"} & resource.annotations.keys():
            continue
        at = AT[resource.kind]
        seconds = mapping(resource.at(at)).get("ttlSecondsAfterFinished")
        if seconds is not None:
            text = f"{resource.kind} is deleted {seconds} s after its end, so the next sync creates it and runs it"
            yield Problem(resource, (*at, "ttlSecondsAfterFinished"), f"{text} again")
