"""What missing-key tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.references.missing_key import _SECRET, _token

_ALL = _SECRET.replace("data: [{secretKey: hf_api_token, remoteRef: ", "dataFrom: [{extract: ")

ALSO_GOOD = [
    _token("a"), together(_token("SITE_KEY"), _SECRET), together(_token("a, optional: true"), _SECRET),
    together(_token("a"), _ALL), (_token("a"), {"external": [["Secret", "hf-secret/a"]]}),
    (_token("a"), {"external": [["Secret", "hf-secret"]]}),
]  # fmt: skip
ALSO_BAD = [
    (_token("b"), {"external": [["Secret", "hf-secret/a"]]}),
    together(server(pod="volumes: [{name: a, secret: {secretName: hf-secret, items: [{key: b, path: b}]}}]"), _SECRET),
]
