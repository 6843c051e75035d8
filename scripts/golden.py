"""Rewrites tests/golden: one file an overlay, as Kustomize renders it. ``python scripts/golden.py``"""

import sys

from servelint.golden import main

if __name__ == "__main__":
    sys.exit(main())
