"""What the validator is: what it said of the same input before counts for as long as it is the same."""

import hashlib
import os
import sys
from functools import cache

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@cache
def code() -> str:
    """A hash of the validator's modules and data, of Python, and of the names and versions of what is installed."""
    digest = hashlib.sha256(f"{sys.version}\0{sys.prefix}\0".encode())
    for folder, below, names in os.walk(PACKAGE):
        below[:] = sorted(name for name in below if name != "__pycache__")
        if any(os.path.islink(os.path.join(folder, name)) for name in below):
            digest.update(os.urandom(16))  # an import enters what this walk does not: no two runs are of the same code
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = hashlib.sha256(file.read()).digest()
            digest.update(f"\0{os.path.relpath(path, PACKAGE)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
    for folder in sys.path:
        if os.path.basename(folder) in ("site-packages", "dist-packages") and os.path.isdir(folder):
            installed = sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))
            digest.update("\0".join(installed).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
