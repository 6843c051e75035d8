"""Regenerate the vendored schemas, or add those of a cluster. Only regenerating needs Go and a network.

python scripts/vendor_schemas.py                 from the pinned modules, wheels and transcriptions
python scripts/vendor_schemas.py --check         exit 1 if that would change anything
kubectl get crd -o yaml | python scripts/vendor_schemas.py --stdin
"""

import os

# By its path: an import would look beside this file first, where a pull request can put what it likes.
START = os.path.join(os.path.dirname(os.path.realpath(__file__)), "servelint", "commands", "start.py")

if __name__ == "__main__":
    with open(START, encoding="utf-8") as file:
        source = file.read()
    names = {"__name__": "start", "__file__": START}
    exec(compile(source, START, "exec"), names)
    names["start"]("servelint.commands.vendor_schemas")
