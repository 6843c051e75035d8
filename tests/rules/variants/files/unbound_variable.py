"""What unbound-variable tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import config_map, in_shell, together
from servelint.rules.files.unbound_variable import _BRANCH, _clean

_LAST = ("rm $engine_dir $engine_dir", "f() { rm $engine_dir; }\nf", "rm <(a) $engine_dir")


GIVEN = "envFrom: [{configMapRef: {name: engine}}]"
UNSET = "set -u\nrm $engine_dir"
MANY = "\n".join(f"a{i}=1" for i in range(501))

ALSO_GOOD = [
    _clean(_BRANCH, start=""),
    *(_clean(_BRANCH, f'rm "${{engine_dir{end}}}"') for end in (":-", "-a", ":+a", ":=a", ":?a")),
]
ALSO_GOOD += [_clean(before) for before in (
    f"{_BRANCH}\n[[ -v engine_dir ]]", "for engine_dir in a; do b; done", "read -r engine_dir",
    'case $1 in a) engine_dir=a;; *) exit 1;; esac', "if a; then engine_dir=a; else die b; fi",
    "if a; then engine_dir=a; else engine_dir=b; fi", "cd a && engine_dir=b", "engine_dir=a || exit 1",
    "while a; do engine_dir=b; done", "f() { engine_dir=a; }\nf", "source other", "local_dir=a\nengine_dir=$local_dir",
    "a || { engine_dir=b; c; }\nengine_dir=d", "if a; then engine_dir=b; elif c; then engine_dir=d; fi",
    "f() { exit 1; }\nif a; then engine_dir=b; else f; fi", "printf -v engine_dir a",
    "engine_dir=a\nf() { echo $other; }", "(( engine_dir = 1 ))", 'echo "${engine_dir:=a}"', "mapfile engine_dir",
    "[[ a ]] || exit 1\nengine_dir=a", "declare engine_dir=a",
)]  # fmt: skip
ALSO_GOOD += [_clean("", 'echo "$HOME $http_proxy $UNKNOWN ${!engine_dir} $1 $@"'), _clean("", "a && rm $engine_dir")]
ALSO_GOOD += [_clean(before) for before in (
    "if [[ a ]]; then (", "read engine_dir", "declare -a engine_dir", "set +u", "$1 a", "if engine_dir=a; then b; fi",
    "while a; do echo $engine_dir; engine_dir=b; done", "if a; then engine_dir=b; else exit 1 > log; fi",
    "if a; then engine_dir=b; else { b; exit 1; }; fi", "mkdir grep && engine_dir=a", "while getopts a: engine_dir; do b; done",
    "if a; then engine_dir=b; else engine_dir=c; fi > log", "engine_dir[0]=a", "for ((engine_dir = 0; a; )); do b; done", MANY,
)]  # fmt: skip
ALSO_GOOD += [
    in_shell(UNSET, container=GIVEN), in_shell(UNSET, container="env: [{name: engine_dir, value: a}]"), _clean("", "a && b && rm $engine_dir"),
    _clean("", "cat <(rm $engine_dir)"), _clean("echo $ENGINE\nif a; then ENGINE=b; fi", "rm $ENGINE"),
    _clean(". other\nif a; then ENGINE=b; fi", "rm $ENGINE"), _clean("while getopts a: o; do b; done", "echo $OPTARG $OPTIND"),
    together(in_shell(UNSET, container="envFrom: [{configMapRef: {name: of-nobody}}, {configMapRef: {name: engine}}]"), config_map({})),
]  # fmt: skip
ALSO_BAD = [_clean(before) for before in (
    "", "[[ $1 ]] && engine_dir=a", "(engine_dir=a)", "case $1 in a) engine_dir=a;; esac",
    "if a; then engine_dir=b; else c; fi", "a || engine_dir=b", "if a; then engine_dir=b; elif c; then d; fi",
    "case $1 in a) engine_dir=a;; *) b;; esac", "grep a b && engine_dir=c", "x=$(engine_dir=a)",
)]  # fmt: skip
ALSO_BAD += [_clean("", last, "set -o nounset\n") for last in _LAST]
ALSO_BAD += [_clean(before) for before in (
    "echo $1", "f() { f; }\nf", "cd a || engine_dir=b", "[[ a ]] && cd b && engine_dir=c", "cd a || true && engine_dir=b",
    "command b && engine_dir=c", "[ a ] && engine_dir=c", "test a && engine_dir=b", "which b && engine_dir=c",
    f". other\n{_BRANCH}", "if a; then b; else engine_dir=c; fi", "if a; then engine_dir=b; else { b; }; fi", "! a && engine_dir=c",
    "if a; then engine_dir=b; else b > log; fi", "[[ engine_dir == a ]]", "(( engine_dir == 1 ))", "a | b && engine_dir=c",
    "[[ engine_dir = a ]]", "echo ${other_dir:-}", "if a; then engine_dir=b; else f() { exit 1; }; fi",
    "\n".join(MANY.splitlines()[:499]), "if a; then engine_dir=b; fi > log", "f() { if a; then b; fi; }\nif a; then engine_dir=b; else f; fi",
)]  # fmt: skip
ALSO_BAD += [
    together(in_shell(UNSET, container=GIVEN), config_map({})), _clean(_BRANCH, "echo ${engine_dir}"), _clean("", "x=$(rm $engine_dir)"),
    _clean("", "(rm $engine_dir)"), _clean("if a; then ENGINE=b; fi", "rm $ENGINE"), _clean("", "echo ${engine_dir}\nrm ${engine_dir}"),
    in_shell(UNSET), config_map({"launch.sh": "#!/bin/bash -u\nrm $engine_dir"}), _clean("", "rm $engine_dir | a"),
]  # fmt: skip
