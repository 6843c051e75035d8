"""What surge-on-full-pool tells apart beyond its own examples."""

from servelint.rules.examples import server
from servelint.rules.rollout.surge_on_full_pool import BAD

ALSO_GOOD = [BAD.replace("nvidia.com/gpu", "cpu"), server(kind="Deployment", spec="replicas: 4")]
ALSO_BAD = [server(kind="Deployment", spec="replicas: 3"), server(kind="Deployment")]
