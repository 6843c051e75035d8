"""What the sources of an overlay are, as a hash: what was rendered of the same before need not be rendered again."""

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ..borders import files
from ..kustomize import process as kustomize
from ..kustomize import warden
from ..sources import Tree
from . import render


def _binary() -> str:
    """A hash of Kustomize itself: the same on every machine that has the same one."""
    path = Path(kustomize.kustomize_command()[0])
    info = path.stat()
    return _hashed(path, (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino))


@lru_cache(maxsize=4)
def _hashed(path: Path, _: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Hashes:
    """Fingerprints of overlays as their files are now; a file is read once, however many overlays share it.

    seen: hashes of files that were read already.
    """

    def __init__(self, root: Path, seen: Mapping[str, bytes] | None = None) -> None:
        self.root = root
        self._files = dict(seen or {})
        self.start = hashlib.sha256("|".join((*kustomize.kustomize_command(), _binary())).encode())
        for module in (__file__, kustomize.__file__, render.__file__, warden.__file__):
            self.start.update(Path(module).read_bytes())

    def file(self, name: str) -> bytes:
        """The hash of one file. Raises files.Refused."""
        if name not in self._files:
            self._files[name] = hashlib.sha256(files.content(self.root, name)).digest()
        return self._files[name]

    def of(self, tree: Tree) -> str | None:
        """A hash of all that an overlay's text depends on: the binary, our own code, and every file that is read.

        None if a file cannot be read any more. Raises KustomizeMissing.
        """
        digest = self.start.copy()
        try:
            # The guard has followed every path that a kustomization names; what merely lies beside them is not read.
            for name in sorted(tree.files):
                digest.update(os.fsencode(f"{name}\0"))
                digest.update(self.file(name))
        except files.Refused:
            return None
        return digest.hexdigest()
