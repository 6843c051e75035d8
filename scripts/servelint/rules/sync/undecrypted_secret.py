"""An object that SOPS encrypted is delivered by what does not decrypt it.

Argo CD decrypts nothing, and Flux only where its Kustomization has a `decryption`. Either sends the API server the
cipher text with a field `sops` that no kind has: the sync is refused, or a pod gets ENC[…] for its token.
"""

from typing import Any

from ...model import Fleet, Overlay, Remark, Remarks, mapping
from ...views.ciphers import FIELD, encrypted
from ...views.delivery import Delivery, delivered, deliveries
from ..examples import other

SEVERITY = "error"
HINT = (
    "Deliver it with Flux and spec.decryption {provider: sops, secretRef: …}, or let External Secrets bring the value"
    " from outside Git."
)
SOURCE = "https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption"
COVERS = ("REF-06",)

_SYNC = other(
    "Kustomization",
    "path: ./overlays/example-1, decryption: {provider: sops}",
    name="fleet",
)
_SECRET = """apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {token: 'ENC[AES256_GCM,data:YQ==,iv:Yg==,tag:Yw==,type:str]'}
sops: {mac: 'ENC[AES256_GCM,data:ZA==,iv:ZQ==,tag:Zg==,type:str]', version: 3.10.2}
"""
GOOD = (_SYNC, _SECRET)
BAD = (_SYNC.replace("provider: sops", "provider: none"), _SECRET)


def _decrypts(delivery: Delivery) -> bool:
    return delivery.tool == "Flux" and mapping(delivery.spec.get("decryption")).get("provider") == "sops"


def facts(overlay: Overlay) -> dict[str, Any] | None:
    """plain: what delivers without decrypting, and which path. encrypted: the places of such objects."""
    plain = [[one.path, f"{one.tool} ({one.resource.title})"] for one in deliveries(overlay) if not _decrypts(one)]
    places = [place for place, resource in enumerate(overlay.resources) if encrypted(resource)]
    return {"plain": plain, "encrypted": places} if plain or places else None


def judge(fleet: Fleet) -> Remarks:
    for fact in fleet.facts:
        for path, how in fact.value["plain"]:
            for target in delivered(path, fleet):
                for place in target.value["encrypted"]:
                    text = f"is encrypted by SOPS, and {how} in {fact.path} delivers it as it is"
                    yield Remark(target.path, place, (FIELD,), text)
