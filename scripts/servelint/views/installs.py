"""Software that a container fetches and installs when it starts, and whether the manifest says which version."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ..model import Overlay, Pointer, Resource
from .shell import SHELLS, above, bare, commands, head, once, parts, scripts, source, words
from .syntax import Node

PYTHON = re.compile(r"python(3(\.\d+)?)?")
VALUED = frozenset({
    "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--python",
    "--cache-dir", "--timeout", "--retries", "--proxy", "--trusted-host", "--platform", "--python-version", "--src",
    "--upgrade-strategy", "--only-binary", "--no-binary", "--progress-bar", "--index-strategy", "--default-timeout",
    "--config-settings", "--global-option", "--cert", "--index", "--default-index", "--torch-backend", "-o", "-p",
    "--option", "--target-release", "--repository", "--solver", "-n", "--name", "--channel",
})  # fmt: skip
"""Options of pip, uv, apt and conda that take a value."""
LONGEST = 500
"""Characters of a package's name or address that are looked at."""
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
                at = (script.resource, script.at(node.row), script.place(node), shown)
                yield Install(*at, loose, _masked(node))
    for pod in overlay.pods:
        for container in pod.containers:
            given = [word for word, _ in container.words]
            loose = _loose(bare(given), None)
            if loose is not None:
                yield Install(container.resource, container.words[0][1], "", " ".join(given)[:80], loose, False)


def _loose(given: list[str], node: Node | None) -> tuple[str, ...] | None:
    """What a command installs without saying which version; None if it installs nothing."""
    name, rest = (given[0], given[1:]) if given else ("", [])
    if PYTHON.fullmatch(name) and rest[:2] == ["-m", "pip"]:
        name, rest = "pip", rest[2:]
    if name == "uv":
        name, rest = ("pip", rest[1:]) if rest[:1] == ["pip"] else ("uv", rest)
    if re.fullmatch(r"pip(3(\.\d+)?)?|pipx", name):
        return _packages(rest, ("install",), _pip_pinned)
    if name == "uv" and rest[:2] == ["tool", "install"]:
        return _packages(rest[1:], ("install",), _pip_pinned)
    if name in SYSTEM:
        verbs = ("install", "add", "upgrade", "dist-upgrade")
        return _packages(rest, verbs, lambda package: re.search(r".[=~]|^[/.]", package) is not None)
    if name in ("npm", "yarn", "pnpm"):
        return _packages(rest, ("install", "i", "add"), lambda package: re.search(r".@\^?\d", package) is not None)
    if name == "ubuntu-drivers" and {"install", "autoinstall"} & set(rest):
        return ("the driver",)
    if name in DOWNLOADERS and node is not None and _piped_on(node):
        address = next((word for word in rest if "://" in word), "")
        # A release in the address is as good as a pin; what a variable holds is not judged.
        return () if not address or re.search(r"[/@v_-]\d+\.\d+|\$", address) else (address,)
    return None


def _packages(rest: list[str], verbs: tuple[str, ...], pinned: Callable[[str], bool]) -> tuple[str, ...] | None:
    names, verb, skip = [], "", False
    for word, after in pairwise([*rest, ""]):
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in VALUED or word in ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")
            if word in ("-e", "--editable"):
                names.append(after)
            # To conda -c is a channel, to apt a file of settings.
            if pinned is _pip_pinned and word in ("-c", "--constraint", "--no-index", "--require-hashes"):
                return () if set(verbs) & set(rest) else None
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
    name = name[:LONGEST]
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
            return child.id < once(parent, _last_taking)
        if parent.type in ("process_substitution", "command_substitution"):
            # bash <(curl …) and bash -c "$(curl …)"
            holder = next((p for p, _ in above(parent) if p.type == "command"), None)
            return holder is not None and (head(holder) in SHELLS or head(holder) in ("source", ".", "eval"))
    return False


def _last_taking(pipeline: Node) -> int:
    """Where the last command of a pipeline stands that runs what it reads; -1 if there is none."""
    return max((c.id for c in pipeline.children if c.type == "command" and _takes(bare(words(c)))), default=-1)


def _takes(given: list[str]) -> bool:
    """Whether a program runs what it reads, or trusts it: an interpreter with a program of its own reads data."""
    name, rest = (given[0], given[1:]) if given else ("", [])
    if name in SHELLS:
        letters = "".join(word.lstrip("-") for word in rest if re.fullmatch(r"-[a-z]+", word))
        return "c" not in letters and ("s" in letters or all(word.startswith("-") for word in rest))
    if PYTHON.fullmatch(name):
        return all(word == "-" for word in rest)
    return name in ("gpg", "apt-key")


def _answers(listed: Node) -> list[tuple[int, bool]]:
    """Where each part of a list behind a || stands, and whether it does nothing but pass over the failure before it."""
    found = []
    for sign, part in parts(listed):
        if sign == "||":
            given = words(part) if part.type == "command" else []
            found.append((part.id, given[:1] in ([":"], ["true"], ["echo"], ["printf"])))
    return found


def _masked(node: Node) -> bool:
    """Whether a failure is answered by `|| true` or the like."""
    for parent, child in above(node):
        if parent.type == "list":
            answered = once(parent, _answers)
            following = bisect_right(answered, (child.id, True))
            if following < len(answered):
                return answered[following][1]
        elif parent.type not in ("pipeline", "redirected_statement"):
            break
    return False
