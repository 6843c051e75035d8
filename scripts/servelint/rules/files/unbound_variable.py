"""Under `set -u` a script reads a variable that is not set on every way there.

The script ends at that line. Where it stands behind the work, as the line that cleans up often does, a benchmark of
hours is over, its Job counts as failed, and it may run again. Reported is a variable that only one branch sets and that
is read outside every branch, and one in small letters that nothing sets at all; what another script sets is not known.
"""

import re
from collections.abc import Iterable

from ...model import Container, Overlay, Problem, Problems, mapping, mappings
from ...views.environment import variables
from ...views.shell import scripts
from ...views.unset import unset
from ..examples import bash

SEVERITY = "error"
HINT = "Set the variable before the branch, or read it as ${name:-}."
SOURCE = "https://www.shellcheck.net/wiki/SC2154"
COVERS = ("ROL-10",)


def _clean(before: str, after: str = 'rm -rf "$engine_dir"', start: str = "set -euo pipefail\n") -> str:
    return bash(f"{start}{before}\ntrtllm-bench --model m throughput\n{after}")


_BRANCH = 'if [[ "$1" == tensorrt ]]; then\n  engine_dir=/tmp/engine\nfi'
GOOD = _clean(f'engine_dir=""\n{_BRANCH}')
BAD = _clean(_BRANCH)


def check(overlay: Overlay) -> Problems:
    everywhere = _environment(overlay, overlay.containers)
    for script in scripts(overlay):
        if not script.sound or not ("u" in script.options or _turns_on(script.text)):
            continue
        known, shown = _environment(overlay, [script.container]) if script.container else everywhere
        # Of each variable the first place.
        first = {read.name: read for read in reversed(unset(script, known, shown))}
        for read in reversed(first.values()):
            why = "is set {}, and set -u ends the script here{}"
            said = why.format(*(("in one branch alone", " without it") if read.branched else ("nowhere", "")))
            yield Problem(script.resource, script.at(read.node.row), f"{script.place(read.node)}${read.name} {said}")


def _turns_on(text: str) -> bool:
    """Whether a line of a script has the words of a `set -u`."""
    return any(re.search(r"-\w*u|nounset", rest) for rest in re.findall(r"\bset\s([^\n]*)", text))


def _environment(overlay: Overlay, containers: Iterable[Container]) -> tuple[frozenset[str], bool]:
    """The variables that the manifest gives any of some containers, and whether these are all that it gives."""
    names: set[str] = set()
    shown = True
    for container in containers:
        names |= variables(overlay, container).keys()
        for _, item in mappings(container.body.get("envFrom")):
            config = str(mapping(item.get("configMapRef")).get("name", ""))
            shown = shown and overlay.named("ConfigMap", config) is not None
    return frozenset(names), shown
