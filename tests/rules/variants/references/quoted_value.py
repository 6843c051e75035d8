"""What quoted-value tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import config_map, server, together

_POD = server(container="envFrom: [{configMapRef: {name: tuning}}]")


def _tuning(value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tuning}}\ndata: {{LEVEL: {value}}}\n"


_KEY = server(container="env: [{name: A, valueFrom: {configMapKeyRef: {name: tuning, key: LEVEL}}}]")
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: tuning}\ndata: {TOKEN: TEXT}\n"
_TOKEN = server(container="env: [{name: A, valueFrom: {secretKeyRef: {name: tuning, key: TOKEN}}}]")

ALSO_GOOD = [
    _tuning("'\"INFO\"'"), together(_POD, _tuning("'[\"a\", \"b\"]'")), together(_POD, _tuning("'\"a\" \"b\"'")),
    together(_POD, _tuning("'#5'")), together(_POD, _tuning("'a#b'")),
    together(_KEY, _tuning("INFO").replace("LEVEL", "X")),
    together(_TOKEN, _SECRET.replace("TEXT", "aGZfYQ==")), together(_TOKEN, _SECRET.replace("TEXT", "'?'")),
    together(_POD, config_map({"a.json": '"text"'}, "tuning")),
]  # fmt: skip
ALSO_BAD = [
    together(_POD, _tuning("\"'a b'\"")), together(_KEY, _tuning("'\"INFO\"'")), together(_POD, _tuning("'5 # five'")),
    together(_POD, _tuning("'\"a b\" # both'")), together(_TOKEN, _SECRET.replace("TEXT", "ImhmX2Ei")),
    server(container="env: [{name: NCCL_DEBUG, value: '\"INFO\"'}]"),
]  # fmt: skip
