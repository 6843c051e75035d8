"""Regenerate the vendored schemas, or add those of a cluster. Only regenerating needs Go and a network.

python scripts/vendor_schemas.py                 from the pinned modules, wheels and transcriptions
python scripts/vendor_schemas.py --check         exit 1 if that would change anything
kubectl get crd -o yaml | python scripts/vendor_schemas.py --stdin
"""

import sys

from servelint.vendoring import run

if __name__ == "__main__":
    sys.exit(run(None, sys.stdin.buffer))
