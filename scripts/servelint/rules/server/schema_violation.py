"""A field is unknown, missing, or of the wrong type.

The API server refuses such an object (kubectl and Argo CD validate strictly), or, for an unknown field, drops what the
author meant. `value: 1` in an environment variable is the classic: YAML makes it a number, Kubernetes wants text.
"""

from ...model import Overlay, Problem, Problems, is_marker
from ...server import conformance
from ...server.reduction import LIST_KEYS
from ...views.ciphers import unseen
from ..examples import server

SEVERITY = "error"
HINT = "Write the field as the API has it; quote numbers and booleans where text is wanted."
SOURCE = "https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level"
COVERS = ("YML-01",)
RAW = True

GOOD = server(container='env: [{name: NCCL_DEBUG_LEVEL, value: "1"}]')
BAD = server(container="env: [{name: NCCL_DEBUG_LEVEL, value: 1}]")


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        for objecting, violation in conformance.violations(resource, overlay.kubernetes):
            if is_marker(resource.at(violation.pointer)):
                continue  # a cluster's value, or `leftover-site-marker`
            if unseen(resource, violation.pointer):
                continue  # `undecrypted-secret`
            if violation.keyword == LIST_KEYS:
                continue  # `duplicate-list-key`
            everywhere = objecting == ", ".join(overlay.kubernetes)
            where = "" if everywhere else f" (Kubernetes {objecting})"
            yield Problem(resource, violation.pointer, f"{violation.message}{where}")
