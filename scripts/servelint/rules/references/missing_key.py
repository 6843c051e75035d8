"""A reference asks for a key that the ConfigMap or Secret does not have.

The object exists, so every check by name passes; the container then stops in CreateContainerConfigError, or a volume
never mounts, after the pod has taken its node.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Overlay, Problem, is_marker
from ...views.references import Reference, declared, references
from ..examples import server, together

SEVERITY = "error"
HINT = "Use a key that the object has, or add the key to the object."
SOURCE = "https://kubernetes.io/docs/concepts/configuration/configmap/"
COVERS = ("REF-04", "REF-05")

_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: hf-secret}
spec:
  secretStoreRef: {name: store, kind: ClusterSecretStore}
  data: [{secretKey: hf_api_token, remoteRef: {key: token}}]
"""
_FROM = "env: [{name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hf-secret, key: hf_api_token}}}]"
GOOD = together(server(container=_FROM), _SECRET)
BAD = GOOD.replace("key: hf_api_token", "key: token")


def _known(overlay: Overlay, reference: Reference) -> set[str] | None:
    """The keys of the target; None if it is not declared (another rule's matter) or does not show them."""
    found = declared(overlay, reference.kind, reference.name)
    if not found:
        # Externals may name keys as ("Secret", "name/key").
        pairs = [known.partition("/") for kind, known in overlay.external if kind == reference.kind]
        return {key for name, _, key in pairs if name == reference.name and key} or None
    if any(item.keys is None for item in found):
        return None
    return {key for item in found for key in item.keys or ()}


def check(overlay: Overlay) -> Iterator[Problem]:
    for reference in references(overlay):
        if reference.optional or not reference.keys:
            continue
        known = _known(overlay, reference)
        for key, pointer in reference.keys:
            # A subPath may go on below the key's file only for directories, which keys are not.
            if known is not None and key not in known and not is_marker(key):
                have = ", ".join(sorted(known)) or "no keys"
                message = f"asks {reference.kind} {reference.name} for key {key}, but it has {have}"
                yield Problem(reference.resource, pointer, message)
