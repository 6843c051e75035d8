"""A variable of a container names another in the shell's words, which nobody expands there.

Kubernetes puts in $(NAME) and passes ${NAME} and $NAME on as they are. A path that is to go on from the image's own
becomes that text, and the image's path is lost: libraries are not found, on a node that is held for the pod.
"""

import re

from ...model import Overlay, Problem, Problems
from ..examples import server

SEVERITY = ("error", "warning")
HINT = (
    "Set the variable in the container's command, where a shell expands it, or write the image's path out.",
    "Write $(NAME), which Kubernetes puts in, or take the value from a Secret or ConfigMap.",
)
SOURCE = "https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/"
COVERS = ("CFG-01",)

GOOD = server(container='env: [{name: LD_LIBRARY_PATH, value: "/usr/local/nvidia/lib64:$(OTHER)"}]')
BAD = GOOD.replace("/usr/local/nvidia/lib64:$(OTHER)", "${LD_LIBRARY_PATH}:/usr/local/nvidia/lib64")

NAME = re.compile(r"(?<!\$)\$(?:\{(\w+)\}|([A-Za-z_]\w*))")


def check(overlay: Overlay) -> Problems:
    for container in overlay.containers:
        for name, (value, at) in container.env.items():
            named = NAME.search(value) if isinstance(value, str) else None
            if named is None:
                continue
            if any(name in found.groups() for found in NAME.finditer(str(value))):
                text = f"{name} is set to the text {value}: its own name is not put in, and what it was is lost"
                yield Problem(container.resource, at, text)
            elif named.group() == value and named[2]:  # ${NAME} alone is `placeholder-value`'s
                text = f"{name} is set to the text {value}, which nobody expands"
                yield Problem(container.resource, at, text, severity="warning")
