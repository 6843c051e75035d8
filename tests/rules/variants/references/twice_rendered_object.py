"""What twice-rendered-object tells apart beyond its own examples."""

from servelint.rules.examples import config_map, server, together

ALSO_GOOD = [
    (server(), server(kind="Deployment")),
    (server(), server().replace("name: server", "name: server\n  namespace: a", 1)),
    ((server(), server()), {"kind": "cluster"}),
    ("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "apiVersion: v1\nkind: Pod\nmetadata: {}\n"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {}\n---\napiVersion: v1\nkind: Pod\nmetadata: {}\n",),
    (server(), server(name="b"), server(name="c")), (server(), server(kind="Deployment"), config_map({})),
]  # fmt: skip
ALSO_BAD = [
    (together(server(), server()),),
    (together(server(), config_map({})), together(config_map({}), server())),
    (server(), server(name="b"), server(name="b")),
]
