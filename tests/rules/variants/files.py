"""What rules of files tell apart, beyond the examples in their modules: scripts, nearly all of them."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import bash, config_map, together, workload
from servelint.rules.files import exec_before_more, failing_success, overwritten_config, unbound_variable, unused_option

GOOD: dict[str, list[Any]] = {}
BAD: dict[str, list[Any]] = {}

clean, BRANCH = unbound_variable._clean, unbound_variable._BRANCH


def started(script: str, more: str = "") -> str:
    """A pod that runs a script itself. more: further fields of its container."""
    block = script.replace("\n", "\n    ")
    return workload(
        f"containers:\n- name: engine\n  image: a\n  command: [bash, -c]\n  args:\n  - |\n    {block}\n  {more}"
    )


GIVEN = "envFrom: [{configMapRef: {name: engine}}]"
UNSET = "set -u\nrm $engine_dir"
MANY = "\n".join(f"a{i}=1" for i in range(501))
GOOD["unbound-variable"] = [clean(before) for before in (
    "if [[ a ]]; then (", "read engine_dir", "declare -a engine_dir", "set +u", "$1 a", "if engine_dir=a; then b; fi",
    "while a; do echo $engine_dir; engine_dir=b; done", "if a; then engine_dir=b; else exit 1 > log; fi",
    "if a; then engine_dir=b; else { b; exit 1; }; fi", "mkdir grep && engine_dir=a", "while getopts a: engine_dir; do b; done",
    "if a; then engine_dir=b; else engine_dir=c; fi > log", "engine_dir[0]=a", "for ((engine_dir = 0; a; )); do b; done", MANY,
)]  # fmt: skip
GOOD["unbound-variable"] += [
    started(UNSET, GIVEN), started(UNSET, "env: [{name: engine_dir, value: a}]"), clean("", "a && b && rm $engine_dir"),
    clean("", "cat <(rm $engine_dir)"), clean("echo $ENGINE\nif a; then ENGINE=b; fi", "rm $ENGINE"),
    clean(". other\nif a; then ENGINE=b; fi", "rm $ENGINE"), clean("while getopts a: o; do b; done", "echo $OPTARG $OPTIND"),
    together(started(UNSET, "envFrom: [{configMapRef: {name: of-nobody}}, {configMapRef: {name: engine}}]"), config_map({})),
]  # fmt: skip
BAD["unbound-variable"] = [clean(before) for before in (
    "echo $1", "f() { f; }\nf", "cd a || engine_dir=b", "[[ a ]] && cd b && engine_dir=c", "cd a || true && engine_dir=b",
    "command b && engine_dir=c", "[ a ] && engine_dir=c", "test a && engine_dir=b", "which b && engine_dir=c",
    f". other\n{BRANCH}", "if a; then b; else engine_dir=c; fi", "if a; then engine_dir=b; else { b; }; fi", "! a && engine_dir=c",
    "if a; then engine_dir=b; else b > log; fi", "[[ engine_dir == a ]]", "(( engine_dir == 1 ))", "a | b && engine_dir=c",
    "[[ engine_dir = a ]]", "echo ${other_dir:-}", "if a; then engine_dir=b; else f() { exit 1; }; fi",
    "\n".join(MANY.splitlines()[:499]), "if a; then engine_dir=b; fi > log", "f() { if a; then b; fi; }\nif a; then engine_dir=b; else f; fi",
)]  # fmt: skip
BAD["unbound-variable"] += [
    together(started(UNSET, GIVEN), config_map({})), clean(BRANCH, "echo ${engine_dir}"), clean("", "x=$(rm $engine_dir)"),
    clean("", "(rm $engine_dir)"), clean("if a; then ENGINE=b; fi", "rm $ENGINE"), clean("", "echo ${engine_dir}\nrm ${engine_dir}"),
    started(UNSET), config_map({"launch.sh": "#!/bin/bash -u\nrm $engine_dir"}), clean("", "rm $engine_dir | a"),
]  # fmt: skip

SORT, BARE, PARSE = unused_option._SORT, unused_option._BARE, unused_option._PARSE
TAKEN = 'num_requests="$2"'


def parsed(option: str = "help='x'", use: str = "print(options.b)", before: str = "") -> str:
    return config_map({"a.py": before + PARSE.replace("OPTION", option).replace("USE", use)})


GOOD["unused-option"] = [
    bash("while a; do num_requests=$1; done"), bash("case $1 in a) num_requests=$2;; esac"), bash("tp=$(cat a.yaml)"),
    BARE.replace(TAKEN, 'num_requests[0]="$2"'), BARE.replace(TAKEN, "num_requests="), BARE.replace("exec b", "[[ -v num_requests ]]; exec b"),
    BARE.replace("exec b", "trap 'echo $num_requests' EXIT; exec b"), BARE.replace("exec b", ". a; exec b"), BARE.replace("exec b", "if (; exec b"),
    BARE.replace("exec b", "set -a; exec b"), BARE.replace("exec b", "for i in $num_requests; do a; done; exec b"),
    config_map({"a.txt": PARSE}), parsed("**more"), parsed(use="print(options.__dict__)"), parsed().replace("--a", "a"),
    config_map({"a.py": "parser.add_argument('--a')\nprint(1)"}), parsed().replace("add_argument", "add_other"),
    parsed().replace("parser", "p").replace("parse_args", "read_args"), parsed("action='help'"), BARE.replace(TAKEN, 'NUM="$2" run'),
    config_map({"a.py": "parser.add_argument('--a')\ndef f():\n    return parser.parse_args()\noptions = parser.parse_args()\n"}),
    parsed(use="print(options.long_name)").replace("--a", "-a', '--long-name"), parsed("dest='b'"), parsed().replace("'--a'", "name"),
]  # fmt: skip
BAD["unused-option"] = [
    BARE.replace("--model)", f"--other) {TAKEN};;\n    --model)"), parsed("action='store_true'"), parsed(before="x = compute()\nstart(x)\n"),
    parsed(use="print(name)"), parsed(before="def g():\n    return a.b\n"), parsed().replace("'--a'", "'-x', '--a', 3"),
    BARE.replace("num_requests=1000\n", ""), BARE.replace(TAKEN, "num_requests=$(cat $2)"), bash("tp=$(jq .tp a.json)"),
    BARE.replace("while [[ $# -gt 0 ]]; do", "for i in $@; do"), parsed(before="x.y = compute()\n"), parsed(use="a.f(b)"),
]  # fmt: skip

runs = exec_before_more._runs
GOOD["exec-before-more"] = [runs(script) for script in (
    "exec a | tee log\nb", "f() { a; }\nf\nb", "cd a || exec b\nc", "exec a\nif (", "exec a\ntrue", "(( a ))\nb",
    "if a; then exec b; elif c; then exec d; fi\ne", "test a && exec b\nc", "exec\na", "$(exec a)\nb", "{ exec a; } &\nb", "exec a <<EOF\nEOF",
)]  # fmt: skip
BAD["exec-before-more"] = [runs(script) for script in (
    "while a; do exec b; done", "(exec a\nb)", "A=1 && exec b\nc", "declare A=1\nexec b\nc", "case $1 in a) exec b; c;; esac",
    "f() { exec a; }\ncd b && f\nc", "exec a\nif b; then c; fi", "exec a\necho b\nc > log", "until a; do exec b; done",
    "if a; then exec b; else { exec c; }; fi\nd", "exec a\n[[ b ]]",
)]  # fmt: skip

strict = failing_success._set
GOOD["failing-success"] = [strict(body) for body in (
    "let", "mapfile -d '' a", "i=0\n{ i=1; }\n((i++))", "i=0\nif a; then i=1; fi\n((i++))", "i=0\nlet i=1\nlet i++", "i=0\nwhile ((i++)); do a; done",
    "i=0\neval a\n((i++))", "i=5\nlet i--", "((10))", "((i=10))", "i=0\nfor i in 1; do a; done\n((i++))", "i=0\nprintf -v i 1\n((i++))",
    "i=0\nread -r i\n((i++))", "i=0\n((++i))\n((i++))", "i=$j\n((i++))", "{ let; }", "! ((i++))", "((i++)) && a",
)] + [started("set -e\n((i++))\na", "env: [{name: i, value: '1'}]")]  # fmt: skip
BAD["failing-success"] = [strict(body) for body in (
    "i=0\n((i++)) # a", "i=''\n((i++))", "i=00\nlet i++", "j=1\n((i++))", "let a=1 0", ". a\ni=0\n((i++))", "i=1\ni=0\n((i++))",
    "for j in 1; do a; done\n((i++))", "read -d \"\" a", "i=0\nif a; then ((i++)) || b; fi\n((i--))", "((j++)) || :\n((i++))",
)] + [started("set -e\n((i++))\na", "env: [{name: j, value: '1'}]")]  # fmt: skip

write, FILE, OUT = overwritten_config._write, overwritten_config._FILE, overwritten_config._OUT
GOOD["overwritten-config"] = [write(then) for then in (
    f"if a; then b; else echo b > {FILE}; fi", f"if a; then b; elif c; then echo b > {FILE}; fi", f"> {FILE}\necho b > {FILE}",
    f"x={FILE}\necho b > {FILE}", f"use 3< {FILE}\necho b > {FILE}", f"cp {FILE}\necho b > {FILE}", f"if (\necho b > {FILE}",
    f"until a; do echo b > {FILE}; done", f"truncate {FILE}\necho b > {FILE}", f"echo b 2>> {FILE}", f"echo b 2> {FILE}\n", f"x={FILE} a\necho b > {FILE}",
    f"a && b > {FILE}", f"echo $(cat {FILE})\necho b > {FILE}", f"cp a {FILE}.d b", f"use ${{x}}{FILE}\necho b > {FILE}",
)]  # fmt: skip
GOOD["overwritten-config"] += [write(then, ":") for then in (
    f"case $a in b) echo c > {FILE};; d) echo e > {FILE};; esac", f"if a; then echo b > {FILE}; else echo c > {FILE}; fi",
    f"f() {{ echo b > {FILE}; }}\nf\nf", f"echo a > {FILE}", f"echo a >> {FILE}\necho b >> {FILE}", "echo a > /dev/a.json\necho b > /dev/a.json",
    f"if a; then echo b > {FILE}; elif c; then echo d > {FILE}; fi", "cp a /tmp/b\ncp c /tmp/b\nuse /tmp/b",
)]  # fmt: skip
GOOD["overwritten-config"] += [
    write(f"{then}\necho b > $out\nuse $out", OUT) for then in ("eval a", "for out in a b; do c; done", ". a")
]
BAD["overwritten-config"] = [write(then) for then in (
    f"{{ echo b > {FILE}; }} > /tmp/log", f"cat <<EOF | tee {FILE}\nb\nEOF", f"f() {{ f; echo b > {FILE}; }}\nf", f"echo b 1> {FILE}",
    f"(echo b > {FILE})", f"sudo tee {FILE} < a", f"mv a.yaml {FILE}", f"install a.yaml {FILE}", f"echo b &>> a\necho c > {FILE}",
    f"true a\necho b > {FILE}", f"if a; then b; fi\necho c > {FILE}",
)]  # fmt: skip
BAD["overwritten-config"] += [write(then, ":") for then in (
    f"case $a in b) echo c > {FILE}; echo d > {FILE};; esac", f"if a; then b; else echo b > {FILE}; echo c > {FILE}; fi",
    f"for i in 1; do echo b > {FILE}; echo c > {FILE}; done", f"a && echo b > {FILE}\na; echo c > {FILE}",
)]  # fmt: skip
