"""A volume and the claim that asks for it do not fit each other.

`claimRef` must name the claim whose `volumeName` is this volume, in its namespace. Kustomize renames the claim and
moves it into the cluster's namespace but does not follow into `claimRef`, so the claim stays Pending for ever and the
pod with it. So does a claim that is larger than its volume, or of another class, access mode or volume mode.
"""

from ...model import Overlay, Pointer, Problem, Problems, Resource, is_marker, mapping
from ...views.amounts import gib, size
from ...views.selection import selects, together
from ..examples import lustre, volume_claim
from ..examples import together as manifest

SEVERITY = "error"
HINT = "Let claimRef name the claim and its namespace; in Kustomize, by a nameReference and a namespace field spec."
SOURCE = "https://github.com/kubernetes-sigs/kustomize/issues/2405"
COVERS = ("STO-04",)

GOOD = manifest(
    lustre(spec="claimRef: {namespace: inference, name: model}"),
    volume_claim(spec="volumeName: model").replace("{name: model}", "{name: model, namespace: inference}"),
)
BAD = GOOD.replace("{namespace: inference", "{namespace: default")


def _agree(overlay: Overlay, volume: Resource, claim: Resource) -> Problems:
    """Problems of a volume and the claim that asks for it."""
    reference = mapping(volume.spec.get("claimRef"))
    name, namespace = str(reference.get("name") or ""), str(reference.get("namespace") or "")
    if is_marker(name) or is_marker(namespace) or is_marker(claim.name) or is_marker(claim.namespace):
        return
    if name != claim.name:
        at: Pointer = ("spec", "claimRef", "name") if name else ("spec", "claimRef")
        yield Problem(volume, at, f"is reserved for claim {name}, but claim {claim.name} asks for it")
        return
    # A claim that names no namespace gets one when it is applied, a volume's reference never does. A leaf is not
    # applied as it stands: its cluster writes both namespaces, if neither is written yet.
    leaf = overlay.kind in ("leaf", "sync")
    agrees = (leaf or bool(namespace)) if namespace == claim.namespace else (not leaf and not claim.namespace)
    if not agrees:
        here = f"namespace {namespace}" if namespace else "no namespace"
        asks = f"asks for it from namespace {claim.namespace}" if claim.namespace else "gets its namespace elsewhere"
        at = ("spec", "claimRef", "namespace") if namespace else ("spec", "claimRef")
        yield Problem(volume, at, f"is reserved for claim {name} in {here}, but the claim {asks}")


def _unfit(volume: Resource, claim: Resource, *, named: bool) -> tuple[Pointer, str] | None:
    """The field of a claim that keeps it from a volume, and why; in the order in which the binder looks.

    ``named``: the claim names the volume. A class then has to agree, and one that is left out is the cluster's default.
    A volume that is reserved for the claim is taken whatever its class is.
    """
    reserved = bool(mapping(volume.spec.get("claimRef")))
    have = size(mapping(volume.spec.get("capacity")).get("storage"))
    want = size(mapping(mapping(claim.spec.get("resources")).get("requests")).get("storage"))
    if have is not None and want is not None and want > have:
        shown = f"asks for {gib(want)}, and the volume has {gib(have)}"
        return ("spec", "resources", "requests", "storage"), shown
    modes, offered = claim.spec.get("accessModes"), volume.spec.get("accessModes")
    for i, mode in enumerate(modes if isinstance(modes, list) else ()):
        if isinstance(offered, list) and mode not in offered and not is_marker(str(mode)):
            return ("spec", "accessModes", i), f"asks for {mode}, and the volume offers {', '.join(map(str, offered))}"
    kinds = [str(item.spec.get("volumeMode") or "Filesystem") for item in (claim, volume)]
    if kinds[0] != kinds[1]:
        return ("spec", "volumeMode"), f"asks for volumeMode {kinds[0]}, and the volume has {kinds[1]}"
    given, offers = claim.spec.get("storageClassName"), str(volume.spec.get("storageClassName") or "")
    if not reserved and given is None:
        return ("spec",), f"names no storage class and so gets the default, and the volume has {offers or 'none'}"
    if not reserved and given != offers and not is_marker(str(given)) and not is_marker(offers):
        return ("spec", "storageClassName"), f"asks for class {given or 'none'}, and the volume has {offers or 'none'}"
    selector = claim.spec.get("selector")
    if not reserved and not named and not selects(mapping(selector), volume.labels):
        return ("spec", "selector"), f"selects by labels that volume {volume.name} does not have"
    return None


def _bound(overlay: Overlay, claim: Resource) -> Problems:
    """Problems of a claim and the volumes that it could be bound to."""
    volumes = list(overlay.of("PersistentVolume"))
    wanted = str(claim.spec.get("volumeName") or "")
    kept = [v for v in volumes if _reserved(v, claim)]
    if wanted:
        candidates = [v for v in volumes if v.name == wanted and (not v.spec.get("claimRef") or v in kept)]
    elif kept:
        candidates = kept
    else:
        # Only a claim without a class waits for a volume that somebody writes.
        static = claim.spec.get("storageClassName") == ""
        candidates = [v for v in volumes if static and not v.spec.get("claimRef")]
    reasons = [(v, _unfit(v, claim, named=bool(wanted))) for v in candidates]
    if reasons and all(reason for _, reason in reasons):
        volume, reason = reasons[0]
        if reason:
            at = reason[0] if claim.at(reason[0]) is not None else ("spec",)
            yield Problem(claim, at, f"does not fit volume {volume.name}: it {reason[1]}")
    for other in kept[1:] if not wanted else ():
        message = f"is reserved for claim {claim.name}, and so is volume {kept[0].name}: one of them stays unused"
        yield Problem(other, ("spec", "claimRef", "name"), message)


def _reserved(volume: Resource, claim: Resource) -> bool:
    reference = mapping(volume.spec.get("claimRef"))
    namespace = str(reference.get("namespace") or "")
    return reference.get("name") == claim.name and together(namespace, claim.namespace)


def check(overlay: Overlay) -> Problems:
    claims = list(overlay.of("PersistentVolumeClaim"))
    names = {volume.name for volume in overlay.of("PersistentVolume")}
    for claim in claims:
        yield from _bound(overlay, claim)
    for volume in overlay.of("PersistentVolume"):
        reference = mapping(volume.spec.get("claimRef"))
        asking = [claim for claim in claims if claim.spec.get("volumeName") == volume.name]
        for other in asking[1:]:
            message = f"asks for volume {volume.name}, and so does claim {asking[0].name}: a volume has one claim"
            yield Problem(other, ("spec", "volumeName"), message)
        if not reference:
            continue
        for claim in asking[:1]:
            yield from _agree(overlay, volume, claim)
        # Kustomize moves a claim that names no volume out of reach just as well.
        named = [claim for claim in claims if claim.name == reference.get("name")] if not asking else []
        for claim in named[:1] if not any(_reserved(volume, claim) for claim in named) else ():
            mine, theirs = (str(item.spec.get("storageClassName")) for item in (volume, claim))
            if not claim.spec.get("volumeName") and mine == theirs:
                yield from _agree(overlay, volume, claim)
        for claim in claims if not asking else ():
            wanted = str(claim.spec.get("volumeName"))
            same = (claim.name, claim.namespace) == (reference.get("name"), str(reference.get("namespace") or ""))
            if same and wanted in names:  # a volume that does not exist is another rule's finding
                message = f"asks for volume {wanted}, but volume {volume.name} is reserved for it"
                yield Problem(claim, ("spec", "volumeName"), message)
