"""What rules of server tell apart, beyond the examples in their modules."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import server
from servelint.rules.server import duplicate_list_key

SERVICE = duplicate_list_key._SERVICE
GOOD: dict[str, list[Any]] = {
    "duplicate-list-key": [
        server(
            pod="topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b}, {topologyKey: a, whenUnsatisfiable: c}]"
        ),
        SERVICE.replace("kind: Service", "kind: Bag").replace("2", "1").replace("v1", "a.b/v1"),
    ],
}
BAD: dict[str, list[Any]] = {
    "duplicate-list-key": [
        server(
            container="ports: [{containerPort: 53, name: a}, {containerPort: 53, name: b}, {containerPort: 54, name: c}]"
        ),
        server(container="ports: [{containerPort: 53, name: a}, {containerPort: 53, name: a}]"),
        server(container="volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]"),
    ],
}
