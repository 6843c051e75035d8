"""Validates the fleet: ``python scripts/validate.py --help``."""

import sys

from servelint.cli import main

if __name__ == "__main__":
    sys.exit(main())
