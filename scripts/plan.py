"""Plans GPU memory of a model on a machine: ``python scripts/plan.py --help``."""

import sys

from servelint.planner.cli import main

if __name__ == "__main__":
    sys.exit(main())
