"""Google's NCCL plug-in (gIB) inside a pod: which container has it, where, and what stands beside it."""

import ast
import posixpath
from functools import lru_cache
from typing import NamedTuple

from ..model import Container, Pod, Pointer, mapping
from . import python
from .environment import Text, shell_words

SCRIPT = "set_nccl_env.sh"
VARIABLE = "NCCL_INIT_SCRIPT"
"""Names the script for the start command; by itself it does nothing."""
DEFAULT = "/usr/local/gib"


class Mounted(NamedTuple):
    """The mount of the plug-in, and every folder whose presence on LD_LIBRARY_PATH makes NCCL find it."""

    path: str
    pointer: Pointer
    folders: tuple[str, ...]


def installer(pod: Pod) -> Container | None:
    """The init container that copies the plug-in into a volume of the pod."""
    return next((c for c in pod.containers if c.init and "gib" in c.image.rpartition("/")[2].partition(":")[0]), None)


def mounted(container: Container) -> Mounted | None:
    """Where a container has the plug-in: a volume that the installer fills, or the node's own copy."""
    source = installer(container.pod)
    filled = {str(mount.get("name", "")) for _, mount in source.mounts} if source else set()
    found: list[tuple[str, Pointer, bool]] = []
    for pointer, mount in container.mounts:
        path, name = posixpath.normpath(str(mount.get("mountPath", ""))), str(mount.get("name", ""))
        volume = container.pod.volumes.get(name, ((), {}))[1]
        on_node = posixpath.basename(str(mapping(volume.get("hostPath")).get("path", "")).rstrip("/")) == "gib"
        if name in filled or on_node or path == DEFAULT:
            found.append((path, pointer, on_node))
    main = next((item for item in found if item[0] == DEFAULT), found[0] if found else None)
    if main is None:
        return None
    folders = [folder for path, _, _ in found for folder in (path, f"{path}/lib64")]
    # The DaemonSet that puts gIB on the node fills the driver's folder as well.
    folders += ["/usr/local/nvidia/lib64"] if any(on_node for _, _, on_node in found) else []
    return Mounted(main[0], main[1], tuple(folders))


def unseen(container: Container, running: list[Text]) -> bool:
    """Whether what starts is not in the manifest: the image's own entry point, or a script that the image holds."""
    paths = [text.path for text in running if text.path]
    scripts = [word for text, _ in container.words for word in shell_words(text) if word.endswith((".sh", ".bash"))]
    shown = [script for script in scripts if script in paths or SCRIPT in script]
    return not container.body.get("command") or len(shown) < len(scripts)


@lru_cache(maxsize=256)
def spoken(script: str) -> tuple[str, ...]:
    """The texts that a Python program works with, without its comments and docstrings; none if it is no Python."""
    tree = python.tree(script)
    if tree is None:
        return ()
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return tuple(node.value for node in constants if isinstance(node.value, str))


def is_gib(repository: str) -> bool:
    """Whether a repository holds the plug-in's installer, as Google or a mirror names it."""
    name = repository.rpartition("/")[2]
    return "gpudirect-gib" in repository or name.startswith(("nccl-plugin-gib", "nccl-gib"))
