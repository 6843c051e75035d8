"""Which variables a script reads though nothing has set them by then, and whether a branch may have."""

from __future__ import annotations

import pytest

from servelint.model import Overlay, Resource
from servelint.views.shell import scripts
from servelint.views.unset import unset

A_BRANCH = "if a; then x=1; fi"


def read(text: str, *known: str, shown: bool = True) -> list[str]:
    """Names in the order in which the script comes to them, with a question mark if a branch may have set them."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a.sh": f"set -u\n{text}"}}
    (script,) = scripts(Overlay("overlays/a", "leaf", (Resource(body),), ("1.33",)))
    return [f"{one.name}{'?' * one.branched}" for one in unset(script, frozenset(known), shown)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("echo $x $y", ["x", "y"]),
        ("echo ${x} $1 $@ $? $HOME $PWD $http_proxy", ["x"]),
        ("echo ${x:-} $x", []),
        ("echo ${!x} ${x[0]}", []),
        ("[[ -v x ]]; echo $x", []),
        ("echo $CAPITALS", []),
        (f"{A_BRANCH}\necho $x $x", ["x?", "x?"]),
        ("if a; then X=1; fi\necho $X", ["X?"]),
        (". other\nif a; then X=1; fi\necho $X", []),
        (f". other\n{A_BRANCH}\necho $x", ["x?"]),
        (". other\necho $x", []),
        ("$1 a\necho $x", []),
        ("if a; then x=1; else x=2; fi\necho $x", []),
        ("if a; then x=1; elif b; then c; fi\necho $x", ["x?"]),
        ("if a; then x=1; elif b; then x=2; fi\necho $x", []),
        ("if a; then x=1; else exit 1; fi\necho $x", []),
        ("if a; then x=1; else { b; die c; }; fi\necho $x", []),
        ("if a; then x=1; else b; fi\necho $x", ["x?"]),
        ("if a; then exit 1; else return; fi\necho $x", ["x"]),
        ("case $1 in a) x=1;; esac\necho $x", ["x?"]),
        ("case $1 in a) x=1;; *) x=2;; esac\necho $x", []),
        ("case $x in a) b;; esac", ["x"]),
        ("a && x=1\necho $x", []),
        ("[ a ] && x=1\necho $x", ["x?"]),
        ("[[ a ]] && x=1 && b\necho $x", ["x?"]),
        ("a | b && x=1\necho $x", ["x?"]),
        ("a || x=1\necho $x", ["x?"]),
        ("x=1 || exit 1\necho $x", []),
        ("a || { x=1; exit; }\nx=2\necho $x", []),
        ("a && echo $x", []),
        ("while a; do x=1; done\necho $x", []),
        ("while a; do echo $x; x=1; done", []),
        ("for x in a; do b; done\necho $x", []),
        ("for a in $x; do b; done", ["x"]),
        ("for ((x = 0; x < 3; x++)); do a; done\necho $x", []),
        ("(x=1)\necho $x", ["x?"]),
        ("(echo $x)", ["x"]),
        ("y=$(x=1)\necho $x", ["x?"]),
        ("y=$(echo $x)", ["x"]),
        ("cat <(echo $x)", []),
        ("f() { x=1; }\nf\necho $x", []),
        ("f() { x=1; }\necho $x", ["x?"]),
        ("f() { echo $x; }", []),
        ("f() { echo $x; }\nf", ["x"]),
        ("f() { echo $x; }\nx=1\nf", []),
        ("f() { f; echo $x; }\nf", ["x"]),
        ("f() { if a; then x=1; fi; }\nf\necho $x", []),
        ("f() { exit 1; }\nif a; then x=1; else f; fi\necho $x", []),
        ("f() { b; }\nif a; then x=1; else f; fi\necho $x", ["x?"]),
        ("read -r x\necho $x", []),
        ("printf -v x a\necho $x", []),
        ("local y=1\necho $y", []),
        ("declare x\necho $x", []),
        ("let x=1\necho $x", []),
        ("(( x = 1 ))\necho $x", []),
        ("(( x == 1 ))\necho $x", ["x"]),
        ("(( x++ ))\necho $x", []),
        ("[[ x = 1 ]]\necho $x", ["x"]),
        ("x[0]=1\necho $x", []),
        ("echo ${x:=1} $x", []),
        ("set +u\necho $x", []),
        ("cat <<< $x", ["x"]),
        ("cat <<'E'\n$x\nE", []),
        ("echo '$x' \"$y\"", ["y"]),
        ("x=$x", []),
        ("# $x", []),
    ],
)
def test_what_is_read_unset(text: str, names: list[str]) -> None:
    assert read(text) == names


def test_what_the_manifest_gives() -> None:
    assert read("echo $x $y", "x") == ["y"]
    assert read("echo $x", shown=False) == []
    assert read(f"{A_BRANCH}\necho $x", shown=False) == ["x?"]


def test_more_variables_than_are_judged() -> None:
    many = "\n".join(f"a{i}=1" for i in range(500))
    assert read(f"{many}\necho $x") == ["x"]
    assert read(f"{many}\nb=1\necho $x") == []


def test_calls_deeper_than_are_followed() -> None:
    """Of a chain of functions the first five are followed where they are called; what any of them sets is set."""
    for length, names in ((5, ["x"]), (6, [])):
        chain = "\n".join(f"f{i}() {{ f{i + 1}; }}" for i in range(1, length))
        assert read(f"{chain}\nf{length}() {{ echo $x; }}\nf1") == names
