"""What refused-by-limit-range tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import marked, server, together, volume_claim


def _range(item: str, pod: str = "") -> str:
    bounds = f"apiVersion: v1\nkind: LimitRange\nmetadata: {{name: bounds}}\nspec: {{limits: [{{{item}}}]}}\n"
    return together(bounds, pod or _POD)


_POD = server(gpus=0, container="resources: {requests: {cpu: '96', memory: 1Ti}, limits: {cpu: '96'}}")

_OPEN = server(gpus=0)

ALSO_GOOD = [
    _range("type: Container, min: {cpu: '1'}"), _range("type: Pod, max: {cpu: '96'}"),
    _range("type: Container, default: {cpu: '64'}"), _range("type: Container, defaultRequest: {cpu: '1'}", _OPEN),
    _range("type: Container, maxLimitRequestRatio: {cpu: '1'}"), _range("type: Container, max: {cpu: '64'}", _OPEN),
    _range("type: PersistentVolumeClaim, max: {storage: 20Ti}", volume_claim()),
    _range("type: Container, max: {cpu: '64'}", marked(_POD, "namespace: a")).replace("s}\n", "s, namespace: b}\n", 1),
]  # fmt: skip
ALSO_BAD = [
    _range("type: Container, default: {memory: 64Gi}"), _range("type: Container, min: {cpu: '128'}"),
    _range("type: Pod, max: {cpu: '95'}"), _range("type: Pod, min: {memory: 2Ti}"),
    _range("type: Container, maxLimitRequestRatio: {memory: '2'}"), _range("type: Pod, max: {memory: 2Ti}"),
    _range("type: Container, maxLimitRequestRatio: {cpu: '1'}", _POD.replace("{cpu: '96', m", "{cpu: '9', m")),
    _range("type: PersistentVolumeClaim, max: {storage: 1Ti}", volume_claim()),
    _range("type: PersistentVolumeClaim, min: {storage: 20Ti}", volume_claim()),
]  # fmt: skip
