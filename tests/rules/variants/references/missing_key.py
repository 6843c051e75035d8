"""What missing-key tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import server, together
from servelint.rules.references.missing_key import GOOD

_SECRET = GOOD.rpartition("---\n")[2]


def _token(key: str) -> str:
    return server(container=f"env: [{{name: HF_TOKEN, valueFrom: {{secretKeyRef: {{name: hf-secret, key: {key}}}}}}}]")


_ALL = _SECRET.replace("data: [{secretKey: hf_api_token, remoteRef: ", "dataFrom: [{extract: ")

ALSO_GOOD = [
    _token("a"), together(_token("SITE_KEY"), _SECRET), together(_token("a, optional: true"), _SECRET),
    together(_token("a"), _ALL), (_token("a"), {"external": [["Secret", "hf-secret/a"]]}),
    (_token("a"), {"external": [["Secret", "hf-secret"]]}),
]  # fmt: skip
ALSO_BAD = [
    together(_token("b"), _token("b").replace("name: server", "name: other", 1), _SECRET),  # once, where the keys stand
    together(_token("b"), _token("hf_api_token").replace("name: server", "name: other", 1), _SECRET),
    (_token("b"), {"external": [["Secret", "hf-secret/a"]]}),
    together(server(pod="volumes: [{name: a, secret: {secretName: hf-secret, items: [{key: b, path: b}]}}]"), _SECRET),
]
