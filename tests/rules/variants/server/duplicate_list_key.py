"""What duplicate-list-key tells apart beyond its own examples."""

from servelint.rules.examples import server

_SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 1, name: a}, {port: 2, name: b}]}"

ALSO_GOOD = [
    server(container="ports: [{containerPort: 53, protocol: TCP}, {containerPort: 53, protocol: UDP}]"), _SERVICE,
    server(container="ports: [{containerPort: 53}, {containerPort: 54}]"),
    server(
        pod="topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b}, {topologyKey: a, whenUnsatisfiable: c}]"
    ),
    _SERVICE.replace("kind: Service", "kind: Bag").replace("2", "1").replace("v1", "a.b/v1"),
]  # fmt: skip
ALSO_BAD = [
    server(container='ports: [{containerPort: 53}, {containerPort: 53, protocol: TCP}]'), _SERVICE.replace("2", "1"),
    server(pod="volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]"), _SERVICE.replace("name: b", "name: a"),
    server(pod="initContainers: [{name: engine, image: a}]"),
    server(container="resources: {claims: [{name: a}, {name: a}]}", gpus=0),
    server(
        container="ports: [{containerPort: 53, name: a}, {containerPort: 53, name: b}, {containerPort: 54, name: c}]"
    ),
    server(container="ports: [{containerPort: 53, name: a}, {containerPort: 53, name: a}]"),
    server(container="volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]"),
]  # fmt: skip
