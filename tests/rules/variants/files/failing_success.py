"""What failing-success tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import in_shell
from servelint.rules.files.failing_success import _set

ALSO_GOOD = [_set(body) for body in (
    "i=0\n((i++)) || true", "i=1\n((i++))", "i=0\n((++i))", "i=0\nread i\n((i++))", "i=$#\n((i++))",
    "i=0\n((i++)) || :\n((i++))", "let 1", "read -r line", "i=0\n. other\n((i++))", "for i in 1; do ((i++)); done",
    "i=0\nif ((i++)); then a; fi", "((i=1))",
)]  # fmt: skip
ALSO_GOOD += [_set("i=0\n((i++))", "")]
ALSO_GOOD += [_set(body) for body in (
    "let", "mapfile -d '' a", "i=0\n{ i=1; }\n((i++))", "i=0\nif a; then i=1; fi\n((i++))", "i=0\nlet i=1\nlet i++", "i=0\nwhile ((i++)); do a; done",
    "i=0\neval a\n((i++))", "i=5\nlet i--", "((10))", "((i=10))", "i=0\nfor i in 1; do a; done\n((i++))", "i=0\nprintf -v i 1\n((i++))",
    "i=0\nread -r i\n((i++))", "i=0\n((++i))\n((i++))", "i=$j\n((i++))", "{ let; }", "! ((i++))", "((i++)) && a",
)] + [in_shell("set -e\n((i++))\na", container="env: [{name: i, value: '1'}]")]  # fmt: skip
ALSO_BAD = [_set(body) for body in (
    "((i++))", "i=0\n((i--))", "i=0\nlet i++", "let 0", "((0))", "((i=0))", "read -r -d '' text <<EOF\na\nEOF",
    "i=\n((a=1, i++))", "i=0\nif a; then ((i++)) || :; fi\n((i++))",
)]  # fmt: skip
ALSO_BAD += [_set(body) for body in (
    "i=0\n((i++)) # a", "i=''\n((i++))", "i=00\nlet i++", "j=1\n((i++))", "let a=1 0", ". a\ni=0\n((i++))", "i=1\ni=0\n((i++))",
    "for j in 1; do a; done\n((i++))", "read -d \"\" a", "i=0\nif a; then ((i++)) || b; fi\n((i--))", "((j++)) || :\n((i++))",
)] + [in_shell("set -e\n((i++))\na", container="env: [{name: j, value: '1'}]")]  # fmt: skip
