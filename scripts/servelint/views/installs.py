"""Software that a container fetches and installs when it starts, and whether the manifest says which version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tree_sitter import Node

from ..model import Overlay, Pointer, Resource
from .shell import SHELLS, above, bare, commands, scripts, source, started, words

PYTHON = re.compile(r"python(3(\.\d+)?)?")
VALUED = frozenset({
    "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--python",
    "--cache-dir", "--timeout", "--retries", "--proxy", "--trusted-host", "--platform", "--python-version", "--src",
    "--upgrade-strategy", "--only-binary", "--no-binary", "--progress-bar", "--index-strategy", "--default-timeout",
    "--config-settings", "--global-option", "--cert", "--index", "--default-index", "--torch-backend", "-o", "-p",
    "--option", "--target-release", "--repository", "--solver", "-n", "--name", "--channel",
})  # fmt: skip
"""Options of pip, uv, apt and conda that take a value."""
DOWNLOADERS = frozenset({"curl", "wget"})
SYSTEM = frozenset(
    {"apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "zypper", "conda", "mamba", "micromamba"}
)


class Install(NamedTuple):
    """One command that installs something. ``loose``: what of it is not pinned; ``masked``: its failure is ignored."""

    resource: Resource
    pointer: Pointer
    place: str
    shown: str
    loose: tuple[str, ...]
    masked: bool


def installs(overlay: Overlay) -> Iterator[Install]:
    """Every installation by a command line or a script of the set."""
    for script in scripts(overlay):
        for node in commands(script):
            loose = _loose(bare(words(node)), node)
            if loose is not None:
                shown = " ".join(source(node).split())[:80]
                at = (script.resource, script.at(node.start_point[0]), script.place(node), shown)
                yield Install(*at, loose, _masked(node))
    for pod in overlay.pods:
        for container in pod.containers:
            if started(container) is None and container.words:
                given = [word for word, _ in container.words]
                loose = _loose(bare(given), None)
                if loose is not None:
                    yield Install(container.resource, container.words[0][1], "", " ".join(given)[:80], loose, False)


def _loose(given: list[str], node: Node | None) -> tuple[str, ...] | None:
    """What a command installs without saying which version; None if it installs nothing."""
    head, rest = (given[0], given[1:]) if given else ("", [])
    if PYTHON.fullmatch(head) and rest[:2] == ["-m", "pip"]:
        head, rest = "pip", rest[2:]
    if head == "uv":
        head, rest = ("pip", rest[1:]) if rest[:1] == ["pip"] else ("uv", rest)
    if re.fullmatch(r"pip(3(\.\d+)?)?|pipx", head):
        return _packages(rest, ("install",), _pip_pinned)
    if head == "uv" and rest[:2] == ["tool", "install"]:
        return _packages(rest[1:], ("install",), _pip_pinned)
    if head in SYSTEM:
        verbs = ("install", "add", "upgrade", "dist-upgrade")
        return _packages(rest, verbs, lambda name: re.search(r".[=~]|^[/.]", name) is not None)
    if head in ("npm", "yarn", "pnpm"):
        return _packages(rest, ("install", "i", "add"), lambda name: re.search(r".@\^?\d", name) is not None)
    if head == "ubuntu-drivers" and {"install", "autoinstall"} & set(rest):
        return ("the driver",)
    if head in DOWNLOADERS and node is not None and _piped_on(node):
        address = next((word for word in rest if "://" in word), "")
        # A release in the address is as good as a pin; what a variable holds is not judged.
        return () if not address or re.search(r"[/@v_-]\d+\.\d+|\$", address) else (address,)
    return None


def _packages(rest: list[str], verbs: tuple[str, ...], pinned: Callable[[str], bool]) -> tuple[str, ...] | None:
    names, verb, skip = [], "", False
    for word, after in zip(rest, [*rest[1:], ""], strict=True):
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in VALUED or word in ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")
            if word in ("-e", "--editable") and not pinned(after):
                names.append(after)
            if word in ("-c", "--constraint", "--no-index", "--require-hashes"):
                return () if verb or set(verbs) & set(rest) else None
        elif not verb:
            verb = word
        else:
            names.append(word)
    if verb not in verbs:
        return None
    if verb.endswith("upgrade") and not names:
        return ("every package",)
    return tuple(name for name in names if name and not pinned(name))


def _pip_pinned(name: str) -> bool:
    """Whether a requirement says which version, or lies in the container itself."""
    if "://" in name:  # an archive is named by its version, a repository by its commit or tag
        address = name.partition("#")[0]
        return re.search(r"@[\w.-]*\d[\w.-]*$|\d+\.\d+.*\.(whl|zip|tar\.gz)", address) is not None
    if name.startswith((".", "/", "~")) or name.endswith((".whl", ".tar.gz")):
        return True
    # A variable may hold a version; what it holds is not judged here.
    return "==" in name or name.startswith("$")


def _piped_on(node: Node) -> bool:
    """Whether the output of a download is run, or taken as a key that packages are trusted by."""
    for parent, child in above(node):
        if parent.type == "pipeline":
            later = [c for c in parent.children if c.start_byte > child.start_byte and c.is_named]
            return any(_takes(bare(words(c))) for c in later if c.type == "command")
        if parent.type in ("process_substitution", "command_substitution"):
            # bash <(curl …) and bash -c "$(curl …)"
            holder = next((p for p, _ in above(parent) if p.type == "command"), None)
            head = bare(words(holder))[:1] if holder is not None else []
            return bool(head) and (head[0] in SHELLS or head[0] in ("source", ".", "eval"))
        if parent.type not in ("redirected_statement", "list"):
            return False
    return False


def _takes(given: list[str]) -> bool:
    """Whether a program runs what it reads, or trusts it: an interpreter with a program of its own reads data."""
    head, rest = (given[0], given[1:]) if given else ("", [])
    if head in SHELLS:
        letters = "".join(word.lstrip("-") for word in rest if re.fullmatch(r"-[a-z]+", word))
        return "c" not in letters and ("s" in letters or all(word.startswith("-") for word in rest))
    if PYTHON.fullmatch(head):
        return all(word == "-" for word in rest)
    return head in ("gpg", "apt-key")


def _masked(node: Node) -> bool:
    """Whether a failure is answered by `|| true` or the like."""
    for parent, child in above(node):
        if parent.type == "list" and parent.children[1].type == "||" and child == parent.children[0]:
            right = parent.children[-1]
            given = words(right) if right.type == "command" else []
            return given[:1] in ([":"], ["true"], ["echo"], ["printf"])
        if parent.type not in ("list", "pipeline", "redirected_statement"):
            return False
    return False
