"""Rewrites the documents that are made from code and data. ``python scripts/docs.py``"""

import sys

from servelint.docs import main

if __name__ == "__main__":
    sys.exit(main())
