"""What schema-violation tells apart beyond its own examples."""

from servelint.rules.examples import server

ALSO_GOOD = [
    server(spec="replicas: SITE_REPLICAS", kind="Deployment"),
    (server(spec="replicas: SITE_REPLICAS", kind="Deployment"), {"kind": "cluster"}),
    server(container="ports: [{containerPort: 53}, {containerPort: 53}]"),
]
ALSO_BAD = [
    server(container="enviroment: []"), server(spec="replicas: many", kind="Deployment"),
]  # fmt: skip
