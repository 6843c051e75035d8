"""Lists every machine, model and workload with its verdict: ``python scripts/matrix.py --help``."""

import sys

from servelint.planner.matrix import main

if __name__ == "__main__":
    sys.exit(main())
