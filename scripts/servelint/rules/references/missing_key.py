"""A reference asks for a key that the ConfigMap or Secret does not have.

The object exists, so every check by name passes; the container then stops in CreateContainerConfigError, or a volume
never mounts, after the pod has taken its node.
"""

from ...model import Overlay, Pointer, Problem, Problems, is_marker
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


KEYS: tuple[Pointer, ...] = (("spec", "target", "template", "data"), ("spec", "data"), ("data",), ("stringData",))
"""Where an object, or what an operator makes of it, gets its keys."""


def check(overlay: Overlay) -> Problems:
    asked: dict[tuple[str, str], list[tuple[Reference, str, Pointer]]] = {}
    for reference in references(overlay):
        for key, pointer in reference.keys if not reference.optional else ():
            asked.setdefault((reference.kind, reference.name), []).append((reference, key, pointer))
    for (kind, name), uses in asked.items():
        known = _known(overlay, uses[0][0])
        # A subPath may go on below the key's file only for directories, which keys are not.
        lacking = [use for use in uses if known is not None and use[1] not in known and not is_marker(use[1])]
        have = ", ".join(sorted(known or ())) or "no keys"
        wanted, users = {key for _, key, _ in lacking}, {id(reference.resource) for reference, _, _ in uses}
        made = [one.resource for one in declared(overlay, kind, name)]
        if len(lacking) == len(uses) and len(wanted) == 1 and len(users) > 1 and len(made) == 1:
            text = f"{len(users)} objects ask {kind} {name} for key {wanted.pop()}, but it has {have}"
            yield Problem(made[0], next((at for at in KEYS if made[0].at(at)), ()), text)
            continue
        for reference, key, pointer in lacking:
            yield Problem(reference.resource, pointer, f"asks {kind} {name} for key {key}, but it has {have}")
