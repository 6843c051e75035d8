"""A container that must not run as root starts as root.

`runAsNonRoot` is a promise that the kubelet checks. Without a user in the pod the image's counts, and the images of
SGLang, TensorRT-LLM, vLLM and Triton name none, which is root: the container never starts, with
CreateContainerConfigError, on a node that is held for it.
"""

from ...catalogue.images import runs_as_root
from ...model import Container, Overlay, Pod, Pointer, Problem, Problems, whole
from ...views.admission import containers, security
from ...views.selection import RUNTIMES
from ..examples import server

SEVERITY = "error"
HINT = "Add a runAsUser above 0 that may write where the engine writes, or leave runAsNonRoot out."
SOURCE = "https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/kuberuntime/security_context.go"

GOOD = server(pod="securityContext: {runAsNonRoot: true, runAsUser: 1000}")
BAD = server(pod="securityContext: {runAsNonRoot: true}")


def check(overlay: Overlay) -> Problems:
    for pod in overlay.pods:
        told = set()
        for container in containers(overlay, pod) if pod.resource.kind not in RUNTIMES else ():
            asked, at = _setting(pod, container, "runAsNonRoot")
            user, _ = _setting(pod, container, "runAsUser")
            if asked is not True or (user is not None and whole(user) != 0) or at in told:
                continue
            told.add(at)
            if user is not None:
                text = f"container {container.name} is to run as user 0, and runAsNonRoot forbids it to start"
                yield Problem(pod.resource, at, text)
            elif runs_as_root(container.image):
                text = f"container {container.name} names no user, and its image runs as root: it is not started"
                yield Problem(pod.resource, at, text)


def _setting(pod: Pod, container: Container, name: str) -> tuple[object, Pointer]:
    """A field of the container's security context, or of the pod's where that says nothing, and where it stands."""
    own = security(container.body).get(name)
    if own is not None:
        return own, (*container.pointer, "securityContext", name)
    return security(pod.spec).get(name), (*pod.pointer, "securityContext", name)
