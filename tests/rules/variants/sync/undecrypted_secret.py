"""What undecrypted-secret tells apart beyond its own examples."""

from servelint.rules.examples import other
from servelint.rules.sync.undecrypted_secret import _SECRET, _SYNC, BAD

_APP = other("Application", 'source: {repoURL: "https://example.com/a", path: overlays/example-1}')

ALSO_GOOD = [
    (BAD[0].replace("example-1", "elsewhere"), _SECRET), (BAD[0], _SECRET.replace("sops: {mac", "metadata2: {mac")),
    (BAD[0], _SECRET.replace("{mac:", "{sum:")),
]  # fmt: skip
ALSO_BAD = [
    (_APP, _SECRET), (_SYNC.replace("decryption:", "decryptions:"), _SECRET),
    (BAD[0], _SECRET.replace("Secret", "ConfigMap").replace("stringData", "data")),
]  # fmt: skip
