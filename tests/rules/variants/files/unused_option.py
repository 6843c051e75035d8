"""What unused-option tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bash, config_map
from servelint.rules.files.unused_option import _ALL, _SORT

_PARSE = "parser.add_argument('--a', OPTION)\noptions = parser.parse_args()\nUSE"
_PARSED = _PARSE.replace("OPTION", "help='x'")
_USED = ("print(options.a)", "start(options)", "print(getattr(options, name))", "print(vars(options), **a)")
_ENDS = (f"export A\n{_ALL}", 'exec b "$model" $((num_requests))', f'eval "{_ALL}"', f"declare -x\n{_ALL[:40]}")
_BARE = bash(_SORT.replace("LAST", 'exec b "$model"'))

TAKEN = 'num_requests="$2"'


def parsed(option: str = "help='x'", use: str = "print(options.b)", before: str = "") -> str:
    return config_map({"a.py": before + _PARSE.replace("OPTION", option).replace("USE", use)})


ALSO_GOOD = [
    *(config_map({"a.py": _PARSED.replace("USE", use)}) for use in _USED), config_map({"a.py": "("}),
    config_map({"a.py": _PARSED.replace("help='x'", "dest='b'").replace("USE", "print(options.b)")}),
    config_map({"a.py": _PARSED.replace("help='x'", "action='version'").replace("USE", "print(options.b)")}),
    *(bash(_SORT.replace("LAST", last)) for last in _ENDS), bash("tp=$(date engine.yaml)"), bash("tp=$(yq .tp)"),
    *(_BARE.replace('num_requests="$2"', own) for own in ("quiet=1", 'export quiet="$2"')),
    bash("tp=$(yq .a b.yaml)\na $tp"),
    bash("while a; do num_requests=$1; done"), bash("case $1 in a) num_requests=$2;; esac"), bash("tp=$(cat a.yaml)"),
    _BARE.replace(TAKEN, 'num_requests[0]="$2"'), _BARE.replace(TAKEN, "num_requests="), _BARE.replace("exec b", "[[ -v num_requests ]]; exec b"),
    _BARE.replace("exec b", "trap 'echo $num_requests' EXIT; exec b"), _BARE.replace("exec b", ". a; exec b"), _BARE.replace("exec b", "if (; exec b"),
    _BARE.replace("exec b", "set -a; exec b"), _BARE.replace("exec b", "for i in $num_requests; do a; done; exec b"),
    config_map({"a.txt": _PARSE}), parsed("**more"), parsed(use="print(options.__dict__)"), parsed().replace("--a", "a"),
    config_map({"a.py": "parser.add_argument('--a')\nprint(1)"}), parsed().replace("add_argument", "add_other"),
    parsed().replace("parser", "p").replace("parse_args", "read_args"), parsed("action='help'"), _BARE.replace(TAKEN, 'NUM="$2" run'),
    config_map({"a.py": "parser.add_argument('--a')\ndef f():\n    return parser.parse_args()\noptions = parser.parse_args()\n"}),
    parsed(use="print(options.long_name)").replace("--a", "-a', '--long-name"), parsed("dest='b'"), parsed().replace("'--a'", "name"),
    bash("tp=$(echo yq engine.yaml)"),
    _BARE.replace("exec b", "(( total = num_requests )); exec b"),
    config_map({"a.py": "parser.add_argument("}),
]  # fmt: skip
ALSO_BAD = [
    bash("tp=$(yq .tp engine.yaml)"), config_map({"a.py": _PARSED.replace("USE", "print(options.b)")}), _BARE,
    config_map({"a.py": "def f(o): pass\n" + _PARSED.replace("USE", "f(options)")}),
    _BARE.replace("--model)", f"--other) {TAKEN};;\n    --model)"), parsed("action='store_true'"), parsed(before="x = compute()\nstart(x)\n"),
    parsed(use="print(name)"), parsed(before="def g():\n    return a.b\n"), parsed().replace("'--a'", "'-x', '--a', 3"),
    _BARE.replace("num_requests=1000\n", ""), _BARE.replace(TAKEN, "num_requests=$(cat $2)"), bash("tp=$(jq .tp a.json)"),
    _BARE.replace("while [[ $# -gt 0 ]]; do", "for i in $@; do"), parsed(before="x.y = compute()\n"), parsed(use="a.f(b)"),
    _BARE.replace(TAKEN, f"readonly {TAKEN}"),
]  # fmt: skip
