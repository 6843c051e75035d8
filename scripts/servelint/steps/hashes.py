"""What the sources of an overlay are, as a hash: what was rendered of the same before need not be rendered again."""

import hashlib
import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ..borders import files, store
from ..kustomize import process as kustomize
from ..kustomize import warden
from ..sources import Tree
from . import render


def _binary(root: Path) -> str:
    """A hash of Kustomize itself: the same on every machine that has the same one."""
    path = Path(kustomize.kustomize_command()[0]).resolve()
    info = path.stat()
    return _hashed(root, path, (info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino, info.st_dev))


@lru_cache(maxsize=4)
def _hashed(root: Path, path: Path, stamp: tuple[int, ...]) -> str:
    """To read its 60 MB takes a tenth of a second, so it is remembered of a file that has long been as it is."""
    key = hashlib.sha256(repr((str(path), stamp)).encode("utf-8", "surrogatepass")).hexdigest()
    known = store.recall(key, root, store.FACTS)
    if known is not None and re.fullmatch("[0-9a-f]{64}", known):
        return known
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if max(stamp[1:3]) + files.SETTLED < time.time_ns():
        store.remember(key, digest, root, store.FACTS)
    return digest


class Hashes:
    """Fingerprints of overlays as their files are now; a file is read once, however many overlays share it.

    seen: hashes of files that were read already.
    """

    def __init__(self, root: Path, seen: Mapping[str, bytes] | None = None) -> None:
        self.root = root
        self._files = dict(seen or {})
        self.start = hashlib.sha256("|".join((*kustomize.kustomize_command(), _binary(root))).encode())
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
