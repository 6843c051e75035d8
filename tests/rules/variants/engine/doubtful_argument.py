"""What doubtful-argument tells apart beyond its own examples."""

from servelint.rules.engine.doubtful_argument import _IMAGE
from servelint.rules.examples import server

ALSO_GOOD = [server("--contxt-length 4096"), server("--of-no-known-name 4096", image=_IMAGE)]
ALSO_BAD = [server("--context-length long", image=_IMAGE)]
