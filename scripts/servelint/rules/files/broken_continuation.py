"""A command over several lines ends too early, or too late.

Without the backslash at its end, or with a blank behind it, a line ends the command: the server starts without the
arguments below, and the shell looks for a program named `--mem-fraction-static`. A backslash too many takes the next
line in: a pipe, a `done`. In a text whose lines YAML folds into one, a backslash escapes the blank before an argument.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from ...model import Overlay, Problem, Problems
from ...views.shell import Script, commands, scripts, started, words
from ..examples import in_shell

SEVERITY = "error"
HINT = "End every line of the command but its last with a backslash and nothing behind it; write the text with `|`."
SOURCE = "https://www.gnu.org/software/bash/manual/bash.html#Escape-Character"
COVERS = ("ROL-13",)

_START = "python3 -m sglang.launch_server --model-path m \\\n  --tp-size 8 \\\n  --mem-fraction-static 0.9"
GOOD = in_shell(_START)
BAD = in_shell(_START.replace("8 \\", "8"))

QUOTED = ("string", "raw_string", "heredoc_body", "comment", "ansi_c_string")
SIGNS = (
    (r"(?<!\\)\\[ \t]+(?=\n|\Z)", "a blank behind the backslash ends the command there"),
    (
        r"(?<![\\;&|{\s])[ \t]*(?<!\\)\\\n\s*(done|fi|esac|else|elif|then|\}|;;)(?=\s|;|\Z)",
        "the backslash makes {} an argument of the command",
    ),
    (r"(?<!\\)\\\n(?:[ \t]*\n)+[ \t]*(?=\d?[<>|&])", "the empty line below the backslash ends the command there"),
    (r"(?<!\\)\\[ \t]+(--?[A-Za-z][\w-]*)", "the backslash makes the blank before {} a part of the argument"),
)
"""What a backslash at the wrong place looks like, and what it does."""


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        row, message = next(_problems(script), (0, ""))
        if message:
            line = f"line {script.first + row + 1}: " if "\n" in script.text.strip() or script.first else ""
            yield Problem(script.resource, script.at(row), line + message)
    for container in overlay.containers:
        for text, pointer in container.words if started(container) is None else ():
            if re.search(r"(?<!\\)\\\s*\Z|(?<!\\)\\\n", text):
                message = "holds a backslash of a shell, but no shell reads it: the engine gets it as it is"
                yield Problem(container.resource, pointer, message)


def _problems(script: Script) -> Iterator[tuple[int, str]]:
    """Row and message, the surest first."""
    for command in commands(script) if script.sound else ():
        name = words(command)[:1] or [""]
        if re.match(r"--?[A-Za-z]", name[0]) and not command.has_error:
            message = f"{name[0]} stands where a command begins: the line above lost its backslash"
            yield command.row, message
    text, outside = script.text, _outside_quotes(script)
    for pattern, message in SIGNS:
        for match in re.finditer(pattern, text):
            if outside(match.start()):
                yield text.count("\n", 0, match.start()), message.format(*match.groups())
    if re.search(r"(?<!\\)(?:\\\\)*\\\s*\Z", text) and script.first == 0:
        yield text.rstrip().count("\n"), "the last line ends in a backslash: what followed is gone"


def _outside_quotes(script: Script) -> Callable[[int], bool]:
    """Whether a position of the text stands in code, neither quoted nor in a comment or a here-document."""
    quoted: list[tuple[int, int]] = []
    for node in script.root.tree.of(*QUOTED):  # in the order of the text; what stands in another one is left out
        if not quoted or node.start_byte >= quoted[-1][1]:
            quoted.append((node.start_byte, node.end_byte))
    starts = [start for start, _ in quoted]
    text = script.text
    ascii_only = text.isascii()
    before = () if ascii_only else (0, *accumulate(len(sign.encode("utf-8", "replace")) for sign in text))

    def outside(position: int) -> bool:
        at = position if ascii_only else before[position]
        nearest = bisect_right(starts, at) - 1
        return nearest < 0 or at >= quoted[nearest][1]

    return outside
