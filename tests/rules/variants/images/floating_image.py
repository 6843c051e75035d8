"""What floating-image tells apart beyond its own examples."""

from servelint.rules.examples import server

_FIXED = f":latest@sha256:{64 * 'a'} :SITE_TAG :24.05-a :nightly-20250601 :main-1a2b3c4 :3 :b1234"
_MOVING = ":nightly :v0.4.6-dev :LATEST :cu124 :kimi-k3 :main-abcdefg :stable :production"

ALSO_GOOD = [server(image=f"team/engine{end}") for end in (*_FIXED.split(), ":A b")] + [server(image="SITE_A")]
ALSO_BAD = [server(image=f"team:5000/engine{end}") for end in ("", *_MOVING.split())]
