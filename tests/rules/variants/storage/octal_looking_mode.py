"""What octal-looking-mode tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.storage.octal_looking_mode import _VOLUME, MEANT

_EACH = [server(pod=_VOLUME.replace("SOURCE", f"configMap: {{name: a, defaultMode: {mode}}}")) for mode in MEANT]

ALSO_BAD = [
    *_EACH,
    server(pod=_VOLUME.replace("SOURCE", "secret: {secretName: a, defaultMode: 444}")),
    server(pod=_VOLUME.replace("SOURCE", "configMap: {name: a, items: [{key: a, path: a, mode: 644}]}")),
    server(pod=_VOLUME.replace("SOURCE", "projected: {sources: [{secret: {items: [{key: a, path: a, mode: 644}]}}]}")),
    server(pod=_VOLUME.replace("SOURCE", "configMap: {name: a, defaultMode: 512}")),
]
ALSO_GOOD = [
    server(pod=_VOLUME.replace("SOURCE", "projected: {sources: [{serviceAccountToken: {expirationSeconds: 3600}}]}")),
    server(pod=_VOLUME.replace("SOURCE", "configMap: {name: launcher, defaultMode: 493}")),
    server(pod=_VOLUME.replace("SOURCE", "configMap: {name: launcher, defaultMode: 511}")),
    server(pod=_VOLUME.replace("SOURCE", "csi: {driver: a, volumeAttributes: {mode: 755}}")),
]
ALSO_GOOD += [
    one.replace(f": {mode}}}", f": {mode + 1}}}")
    for one, mode in zip(_EACH, (400, 404, 440, 444, 500, 505), strict=True)
]
