"""Foreign text in a place where only ours may stand.

Names of folders, keys of YAML, what Kustomize, git or a server says: a pull request chooses them. Printed as they are,
they could begin a line of our own making. To a terminal that line may be a control sequence, to a runner of workflows
a command, to a reader the verdict. So each line is made printable where it leaves: what would end it, steer a terminal,
turn its direction or be seen by machines alone is written as the escape that Python has for it.
"""

import json
import re

_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_UNSEEN = (
    r"\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""Separators of lines and paragraphs, marks of direction, what has no width, what XML cannot hold."""
_SURROGATES = r"\ud800-\udfff"
"""Bytes of a file's name that are no UTF-8: Python's stand-ins for them."""
_UNPRINTABLE = re.compile(f"[{_CONTROLS}{_UNSEEN}{_SURROGATES}]")
_COMMAND = re.compile(r"##(?=\w*\[)")
"""``##[error]``, ``##vso[…]``, ``##teamcity[…]``: commands to a runner wherever they stand in a line.
Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""
_START = re.compile(r"\A(\s*):(?=:)")
"""``::error::`` is one only at the start of a line, white space aside. Source: the same."""


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def visible(text: str, kept: str = "") -> str:
    """``text`` with what cannot be seen written out, but for the characters in ``kept``."""
    return _UNPRINTABLE.sub(lambda match: match[0] if match[0] in kept else _escaped(match), text)


def printable(text: str) -> str:
    """``text`` as one line that ends where we end it and commands nobody."""
    return _START.sub(r"\1\\x3a", _COMMAND.sub(r"#\\x23", visible(text)))


def cell(text: str) -> str:
    """``text`` as a cell of a Markdown table."""
    return printable(text).replace("|", "\\|")


def as_json(value: object, indent: int) -> str:
    """JSON that says the same and is as safe to print. A lone surrogate, which JSON can't say, is Python's escape."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    text = re.sub(f"[{_SURROGATES}]", lambda match: f"\\{_escaped(match)}", text)
    # All control characters below the space are escaped already; what is left of them are our line breaks.
    text = re.sub(rf"[\x7f-\x9f{_UNSEEN}]", lambda match: json.dumps(match[0])[1:-1], text)
    return _COMMAND.sub(r"#\\u0023", text) + "\n"
