"""What unrolled-config tells apart beyond its own examples."""

from servelint.rules.examples import marked, server, together
from servelint.rules.rollout.unrolled_config import _CONFIG, _VOLUME, BAD

ALSO_GOOD = [
    BAD.replace("name: engine}", "name: engine-v2}"),
    BAD.replace("labels: {app: server}", "annotations: {checksum/config: abc}"),
    marked(BAD, "annotations: {reloader.stakater.com/auto: 'true'}"),
    together(server(pod=_VOLUME), _CONFIG).replace("engine-4h2mf7b9ck", "engine"),
    together(server(kind="Job", pod=_VOLUME), _CONFIG).replace("engine-4h2mf7b9ck", "engine"),
    BAD.replace("configMap: {name: engine}", "secret: {secretName: engine}"),
]
