"""No schema is known for a kind, or no supported version serves it.

A validator that skips what it does not know is green with nothing checked. Here an unknown kind is an error until its
CRD is vendored.
"""

from difflib import get_close_matches

from ...model import Overlay, Problem, Problems
from ...server import conformance, schema

SEVERITY = "error"
HINT = (
    "Correct apiVersion and kind, or vendor the CRD: kubectl get crd NAME -o yaml | scripts/vendor_schemas.py --stdin."
)
SOURCE = "https://github.com/yannh/kubeconform/issues/32"
COVERS = ("GIT-10",)
RAW = True

GOOD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: server}\n"
BAD = GOOD.replace("apps/v1", "apps/v1beta1")


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        missing = conformance.unserved(resource, overlay.kubernetes)
        if not missing:
            continue
        known = [f"{api} {kind}" for api, kind in sorted(schema.kinds())]
        wanted = f"{resource.api_version} {resource.kind}"
        near = get_close_matches(wanted, known, n=1)
        guess = f"; did you mean {near[0]}?" if near and near[0] != wanted else ""
        which = "" if missing == overlay.kubernetes else f" for Kubernetes {', '.join(missing)}"
        pointer = ("kind",) if "kind" in resource.body else ()
        yield Problem(resource, pointer, f"no schema for {wanted}{which}{guess}")
