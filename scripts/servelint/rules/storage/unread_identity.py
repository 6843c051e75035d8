"""An annotation of Google Cloud stands where nobody reads it.

`iam.gke.io/gcp-service-account` is read on a ServiceAccount alone: on a pod, a Deployment or a namespace it does
nothing. The pod goes on as the account that it had, and the bucket or the secret answers 403 while a node is held.
"""

import difflib

from ...model import Overlay, Pointer, Problem, Problems, Resource, mapping
from ..examples import server

SEVERITY = "error"
HINT = "Annotate the ServiceAccount that the pod names in serviceAccountName, and nothing else."
SOURCE = "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity"
COVERS = ("STO-02",)

_IDENTITY = "annotations: {iam.gke.io/gcp-service-account: a@b-12345.iam.gserviceaccount.com}"
_ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: serving\n"
GOOD = _ACCOUNT + f"  {_IDENTITY}\n"
BAD = server(kind="Deployment", metadata=_IDENTITY)

PREFIX = "iam.gke.io/"
ACCOUNT = PREFIX + "gcp-service-account"
OF_ACCOUNTS = (ACCOUNT, PREFIX + "return-principal-id-as-email", PREFIX + "credential-quota-project")
"""What the metadata server of GKE reads on a ServiceAccount."""
SELECTORS = (PREFIX + "gke-metadata-server-enabled",)
"""A label of nodes."""


def check(overlay: Overlay) -> Problems:
    for resource in overlay.resources:
        for at in _places(overlay, resource):
            written = mapping(resource.at(at))
            for key, value in written.items():
                if not str(key).startswith(PREFIX) or key in SELECTORS:
                    continue
                wrong = _wrong(resource, at, str(key), value)
                if wrong:
                    yield Problem(resource, (*at, str(key)), wrong)


def _places(overlay: Overlay, resource: Resource) -> list[Pointer]:
    """Every place for annotations and labels in an object: its own, and those of its pods."""
    metadata: list[Pointer] = [("metadata",), *(pod.meta_pointer for pod in overlay.pods_in(resource))]
    return [(*at, kind) for at in dict.fromkeys(metadata) for kind in ("annotations", "labels")]


def _wrong(resource: Resource, at: Pointer, key: str, value: object) -> str | None:
    if at[-1] == "labels" or resource.kind != "ServiceAccount":
        where = f"a label of {resource.kind}" if at[-1] == "labels" else resource.title
        return f"{key} is read as an annotation of a ServiceAccount only, not on {where}"
    if key not in OF_ACCOUNTS:
        near = difflib.get_close_matches(key, OF_ACCOUNTS, 1, 0.7)
        return f"{key} is nothing that GKE reads" + (f"; did you mean {near[0]}?" if near else "")
    name = str(value)
    if key == ACCOUNT and "SITE_" not in name and not name.endswith(".gserviceaccount.com"):
        return f"{name} is no Google service account: <name>@<project>.iam.gserviceaccount.com"
    return None
