"""What mismatched-claim tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import lustre, together, volume_claim
from servelint.rules.examples import together as manifest
from servelint.rules.storage.mismatched_claim import GOOD

_REF, _NAMED = "claimRef: {namespace: inference, name: model}", "volumeName: model"


def _pair(volume: str = _REF, claim: str = _NAMED, namespace: str = "inference", **of: str) -> str:
    asked = volume_claim(spec=claim, **of).replace("{name: model}", f"{{name: model, namespace: {namespace}}}")
    return manifest(lustre(spec=volume), asked.replace(", namespace: }", "}"))


_SELECTS = "selector: {matchLabels: {a: b}}"


def classless(text: str, of: str = "PersistentVolume") -> str:
    """Without the class of a volume, or of a claim."""
    head, kind, rest = text.partition(f"kind: {of}\n")
    return head + kind + rest.replace('  storageClassName: ""\n', "", 1)


SMALL = lustre("small").replace("18000Gi", "9Gi")
LARGE = _pair("", "", size="9Ti")

ALSO_GOOD = [
    _pair(claim=""), _pair("", claim=_NAMED), _pair("", claim=""), _pair("claimRef: {name: model}", namespace=""),
    _pair("claimRef: {namespace: SITE_A, name: model}"), _pair(of="other"), _pair(mode="SITE_MODE"),
    _pair("", size="9000Gi"), (_pair(namespace=""), {"kind": "manifest"}), _pair("", "", of="other"),
    _pair("", "volumeName: other"),
    _pair("", _SELECTS).replace("name: model\nspec", "name: model\n  labels: {a: b}\nspec", 1),
    _pair(of="SITE_CLASS"), _pair("", of="SITE_CLASS"), _pair("claimRef: {namespace: inference, name: SITE_A}"),
    _pair("", of="a").replace('Name: ""', "Name: a"), _pair("", of="a").replace('Name: ""', "Name: SITE_A"),
    _pair("", f"{_NAMED}\n{_SELECTS}"), _pair(claim=_SELECTS), _pair(size="lots"), _pair(namespace="SITE_A"),
    _pair(claim=f"{_NAMED}\nvolumeMode: Filesystem"), classless(_pair(), "PersistentVolumeClaim"),
    classless(_pair("", ""), "PersistentVolumeClaim"), classless(_pair("")), together(SMALL, LARGE),
    _pair().replace("capacity: {storage: 18000Gi}", "capacity: {}"), together(_pair(), lustre("other")),
    together(lustre("other", spec="claimRef: {name: a}"), LARGE), _pair(claim="volumeName: of-nobody"),
    _pair("claimRef: {namespace: default, name: model}", "", of="other"), _pair(namespace="default", claim="volumeName: a"),
    together(_pair("", "volumeName: other", size="18001Gi"), lustre("other").replace("18000Gi", "19000Gi")),
    _pair("claimRef: {name: a}", "", size="18001Gi"), (_pair(), {"kind": "manifest"}),
    _pair().replace("  accessModes: [ReadWriteMany]\n", "", 1), _pair().replace("model, namespace", "SITE_A, namespace"),
    together(_pair("claimRef: {name: x}", "volumeName: other"), lustre("other")),
]  # fmt: skip
ALSO_BAD = [
    _pair("claimRef: {namespace: inference, name: other}"), _pair("claimRef: {name: model}"), _pair(namespace=""),
    (_pair("claimRef: {name: model}", namespace=""), {"kind": "manifest"}), _pair(size="18001Gi"),
    _pair(mode="ReadWriteOnce"), _pair(claim=f"{_NAMED}\nvolumeMode: Block"), _pair("", of="other"),
    _pair("", _SELECTS), together(lustre(), volume_claim(spec=_NAMED).replace('  storageClassName: ""\n', "")),
    together(GOOD, volume_claim("other", spec=_NAMED)), together(_pair(claim=""), lustre("other", spec=_REF)),
    together(_pair(claim="volumeName: other"), lustre("other")),
    _pair("claimRef: {namespace: default, name: model}", ""),
    _pair(claim=f"{_NAMED}\nvolumeMode: Block"), _pair(size="18001Gi", claim=""), _pair("", "", size="18001Gi"),
    (_pair("claimRef: {name: model}"), {"kind": "leaf"}), _pair("", "volumeName: model", size="18001Gi"),
    together(_pair(claim=""), lustre("other", spec=_REF)), classless(_pair("claimRef: {name: model, namespace: default}")),
    together(_pair("", "", size="9000Gi").replace("18000Gi", "8000Gi"), SMALL),
    together(_pair("", "volumeName: other"), lustre("other").replace("18000Gi", "9Gi")),
    _pair("claimRef: {namespace: inference, name: other}", size="18001Gi"),
    (_pair("claimRef: {namespace: default, name: model}"), {"kind": "manifest"}),
    together(_pair("claimRef: {name: model}", "", namespace=""), lustre("other", spec="claimRef: {name: model}")),
    together(_pair("claimRef: {name: model}", "volumeName: other", namespace=""), lustre("other")),
]  # fmt: skip
