"""What impossible-lustre-size tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server, together, volume_claim
from servelint.rules.storage.impossible_lustre_size import _CLASS

_OWN = "spec: {storageClassName: lustre-rwx, resources: {requests: {storage: 1Gi}}}"


def lustre_claim(speed: int, size: int) -> str:
    return volume_claim(of=f"lustre-rwx-{speed}mbps-per-tib", size=f"{size}Gi")


STEPS = {1000: 9_000, 500: 18_000, 250: 36_000, 125: 72_000}

ALSO_GOOD = [
    volume_claim(of="standard", size="1Gi"),
    together(_CLASS, volume_claim(of="lustre", size="1Gi", spec="volumeName: a")),
    together(_CLASS.replace("perUnit", "perunit"), volume_claim(of="lustre")), _CLASS.replace('"500"', "SITE_SPEED"),
    _CLASS.replace("lustre.csi", "pd.csi").replace("500", "7"),
    volume_claim(of="lustre-rwx-1000mbps-per-tib", size="9000Gi"), volume_claim(of="lustre-rwx", size="9000Gi"),
    volume_claim(of="lustre-rwx-500mbps-per-tib", size="3168000Gi"),
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (1, 170)),
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (176, 1112) if speed > 125),
    volume_claim(of="lustre-rwx", size="lots"), volume_claim(of="lustre-rwx-7mbps-per-tib", size="9000Gi"),
    volume_claim(size="1Gi"),
]  # fmt: skip
ALSO_BAD = [
    _CLASS.replace("500", "7"), _CLASS.replace("perUnitStorageThroughput", "other"),
    volume_claim(of="lustre-rwx-500mbps-per-tib", size="9000Gi"), volume_claim(of="lustre-rwx", size="9001Gi"),
    volume_claim(of="lustre-rwx-500mbps-per-tib", size="20160000Gi"),
    together(_CLASS.replace("500", "7"), volume_claim(of="lustre", size="1Gi")),
    volume_claim(of="lustre-rwx-500mbps-per-tib", size="3078000Gi"),
    server(kind="StatefulSet", spec=f"serviceName: a\nvolumeClaimTemplates: [{{{_OWN}}}]"),
    server(pod=f"volumes: [{{name: a, ephemeral: {{volumeClaimTemplate: {{{_OWN}}}}}}}]"),
    *(lustre_claim(speed, step * n) for speed, step in STEPS.items() for n in (171, 1120)),
    *(lustre_claim(speed, step + 1) for speed, step in STEPS.items()), lustre_claim(125, 72_000 * 176),
    together(_CLASS.replace("500", "7"), volume_claim(of="lustre", size="lots")),
]  # fmt: skip
