"""What uneven-heads tells apart beyond its own examples."""

from servelint.rules.examples import server

ALSO_GOOD = [server("--tp-size 8 --dp-size 2 --enable-dp-attention"), (server("--tp-size 6"), {"kind": "leaf"})]
