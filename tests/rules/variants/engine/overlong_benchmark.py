"""What overlong-benchmark tells apart beyond its own examples."""

from servelint.rules.engine.overlong_benchmark import _POD, SERVER, _bench
from servelint.rules.examples import together

ALSO_GOOD = [
    [SERVER, _bench(4192)], [_POD, _bench(6000)], [SERVER, _bench(6000, "http://other:8000")],
    [SERVER, _bench(6000, "http://[a")], [together(SERVER, _bench(4000)), SERVER.replace("8192", "4096")],
    [SERVER.replace("Service\n", "Servic\n"), _bench(6000)],
    [SERVER, _bench(6000).replace('"0"', '"8"')], [SERVER, _bench(6000, "http://")],
]  # fmt: skip
ALSO_BAD = [
    [SERVER, _bench(4193)], [together(SERVER, _bench(6000)), SERVER.replace("8192", "131072")],
    [SERVER.replace('"--context-length", "8192"', '"--dtype", "auto"'), _bench(200_000)],
    [SERVER, _bench(6000, "server:8000")], [SERVER, _bench(6000, "http://server.default.svc:8000")],
    [SERVER, _bench(6000, "server").replace("base-url", "host")],
]  # fmt: skip
