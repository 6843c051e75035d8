"""Which texts a shell runs, with which options, and what their trees say of commands, words and statuses."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import config, main, overlay, pod, thing
from servelint.views import shell
from servelint.views.syntax import Node


def tree(text: str) -> Node:
    return shell.parsed(text)[0]


def command(text: str, name: str = "cmd") -> Node:
    """The first command of a script with that name."""
    return next(node for node in tree(text).tree.of("command") if shell.words(node)[:1] == [name])


@pytest.mark.parametrize(
    ("words", "text", "options"),
    [
        (["bash", "-c", "a"], "a", "c"), (["/bin/sh", "-ec", "a", "b"], "a", "ec"), (["bash", "-e", "-c", "a"], "a", "ec"),
        (["bash", "-c"], None, ""), (["bash", "a"], None, ""), (["bash", "-x", "a"], None, ""), (["bash"], None, ""), (["python3", "-c", "a"], None, ""),
        (["bash", "+c", "a"], None, ""), (["bash", "--c", "a"], None, ""), (["bash", "--norc", "-c", "a"], "a", "c"),
        (["bash", "-o", "errexit", "-c", "a"], "a", "oec"), (["bash", "-o", "nounset", "-c", "a"], "a", "ouc"), (["bash", "-eo", "pipefail", "-c", "a"], "a", "eoc"),
        (["bash", "+o", "errexit", "-c", "a"], "a", "ec"), (["bash", "-o"], None, ""), (["bash", "-co"], None, ""), (["bash", "-c", "-e"], None, ""), (["bash", "-c", "-o", "x"], None, ""),
        (["tini", "--", "bash", "-c", "a"], "a", "c"), (["bash", "x", "sh", "-c", "a"], "a", "c"), (["env", "bash", "-uc", "$$(x)"], "$(x)", "uc"), ([], None, ""),
    ],
)  # fmt: skip
def test_the_script_of_a_command_line(words: list[str], text: str | None, options: str) -> None:
    container = overlay(pod(command=words)).pods[0].main[0]
    found = shell.started(container)
    assert (found and (found.text, found.options, found.container)) == (text and (text, frozenset(options), container))
    if found is not None:
        assert container.resource.at(found.pointer).replace("$$(", "$(") == text


def hook(*words: Any) -> dict[str, Any]:
    return {"exec": {"command": list(words)}}


RUN = ("sh", "-c", "a")


@pytest.mark.parametrize(
    ("bodies", "texts"),
    [
        ((pod(),), []),
        ((pod(command=list(RUN)),), ["a"]),
        ((pod(spec={"initContainers": [main(command=list(RUN))]}),), ["a"]),
        ((pod(lifecycle={"postStart": hook(*RUN), "preStop": hook("sh", "-c", "b")}),), ["a", "b"]),
        ((pod(startupProbe=hook(*RUN), readinessProbe=hook("sh", "-c", "b"), livenessProbe=hook("sh", "-c", "c")),), ["a", "b", "c"]),
        ((pod(livenessProbe=hook("sh", 7, "-c", "a")),), ["a"]),
        ((pod(livenessProbe={"exec": {"command": "sh -c a"}}),), []),
        ((pod(livenessProbe=hook("cat", "x")),), []),
        ((config(**{"a.sh": "a", "b.bash": "b", "c.py": "c", "d": "d", "e.sh": 7}),), ["a", "b"]),
        ((thing("Secret", data={"a.sh": "a"}),), []),
        # scripts within scripts
        ((config(**{"a.sh": "bash -c 'b'"}),), ["bash -c 'b'", "b"]),
        ((config(**{"a.sh": 'bash -c "b"'}),), ['bash -c "b"', "b"]),
        ((config(**{"a.sh": 'bash -c "b $X"'}),), ['bash -c "b $X"']),
        ((config(**{"a.sh": 'bash -c "$(x)"'}),), ['bash -c "$(x)"']),
        ((config(**{"a.sh": "bash -c $X"}),), ["bash -c $X"]),
        ((config(**{"a.sh": "bash -c word"}),), ["bash -c word"]),
        ((config(**{"a.sh": "bash <<'E'\nb $X\nE\n"}),), ["bash <<'E'\nb $X\nE\n", "b $X\n"]),
        ((config(**{"a.sh": 'bash <<"E"\nb $(x)\nE\n'}),), ['bash <<"E"\nb $(x)\nE\n', "b $(x)\n"]),
        ((config(**{"a.sh": "bash <<\\E\nb ${X}\nE\n"}),), ["bash <<\\E\nb ${X}\nE\n", "b ${X}\n"]),
        ((config(**{"a.sh": "bash <<-'E'\nb `x`\nE\n"}),), ["bash <<-'E'\nb `x`\nE\n", "b `x`\n"]),
        ((config(**{"a.sh": "bash <<E\nb\nE\n"}),), ["bash <<E\nb\nE\n", "b\n"]),
        ((config(**{"a.sh": "a <<E\nb\nE\nbash x\n"}),), ["a <<E\nb\nE\nbash x\n"]),
        ((config(**{"a.sh": "bash <<E\nb $X\nE\n"}),), ["bash <<E\nb $X\nE\n"]),
        ((config(**{"a.sh": "cat <<E\nb\nE\n"}),), ["cat <<E\nb\nE\n"]),
        ((config(**{"a.sh": "cat > x.sh <<E\nb\nE\n"}),), ["cat > x.sh <<E\nb\nE\n", "b\n"]),
        ((config(**{"a.sh": "cat > 'x.bash' <<E\nb\nE\n"}),), ["cat > 'x.bash' <<E\nb\nE\n", "b\n"]),
        ((config(**{"a.sh": "cat > x.txt <<E\nb\nE\n"}),), ["cat > x.txt <<E\nb\nE\n"]),
    ],
)  # fmt: skip
def test_every_script_of_a_set(bodies: tuple[dict[str, Any], ...], texts: list[str]) -> None:
    assert [script.text for script in shell.scripts(overlay(*bodies))] == texts


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("a.sh", "x", True), ("a.bash", "x", True), ("a", "x", False), ("a.py", "x", False), ("sh", "", False),
        ("a", "#!/bin/bash\n", True), ("a", "#!/usr/bin/env sh\nx", True), ("a.sh", "#!/usr/bin/python3\n", False), ("a", "#!/bin/zsh", True),
        ("a", "#!/usr/bin/fish\nbash", False), ("a", "x\n#!/bin/sh", False),
    ],
)  # fmt: skip
def test_what_is_a_script(name: str, text: str, is_one: bool) -> None:
    assert shell.is_script(name, text) is is_one


@pytest.mark.parametrize(
    ("text", "options"),
    [("#!/bin/bash -eu\n", "eu"), ("#!/bin/bash -e -u\nset -x", "eu"), ("#!/bin/bash\nx -e", ""), ("# bash -e\n", "")],
)  # fmt: skip
def test_options_of_a_first_line(text: str, options: str) -> None:
    (script,) = shell.scripts(overlay(config(**{"a.sh": text})))
    assert script.options == frozenset(options)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("cmd", False), ("set -e; cmd", True), ("cmd; set -e", False), ("set -e; set +e; cmd", False), ("set +e; set -e; cmd", True),
        ("set -ue; cmd", True), ("set -u; cmd", False), ("set -o errexit; cmd", True), ("set -uo errexit; cmd", True), ("set +o errexit; cmd", False),
        ("set -u errexit; cmd", False), ("set -o pipefail; cmd", False), ("set -- -e; cmd", True), ("x -e; cmd", False), ("set e; cmd", False),
        ("set -o; cmd", False), ("set -x -e; cmd", True),
    ],
)  # fmt: skip
def test_options_that_are_in_force(text: str, on: bool) -> None:
    container = overlay(pod(command=["bash", "-c", text])).pods[0].main[0]
    script = shell.started(container)
    assert script is not None and script.on("e", command(text)) is on


def test_options_of_the_command_line_are_in_force_until_a_set() -> None:
    script = shell.started(overlay(pod(command=["bash", "-uc", "cmd; set +u; other"])).pods[0].main[0])
    assert script is not None
    assert [script.on("u", node) for node in shell.commands(script)] == [True, True, False]
    (named,) = shell.scripts(overlay(config(**{"a.sh": "set -o nounset -o allexport; cmd"})))
    assert (
        named.on("u", command(named.text))
        and named.on("a", command(named.text))
        and not named.on("e", command(named.text))
    )


def test_places() -> None:
    outer, inner = shell.scripts(overlay(config(**{"a.sh": "a\nbash -c '\nb'\n"})))
    last = next(node for node in shell.commands(inner))
    assert (outer.place(next(shell.commands(outer))), inner.place(last)) == ("line 1: ", "line 3: ")
    assert (outer.at(1), inner.at(1)) == (("data", "a.sh", 1), ("data", "a.sh", 2))
    (single,) = shell.scripts(overlay(config(**{"a.sh": "\na\n"})))
    assert single.place(next(shell.commands(single))) == ""
    below, second = shell.scripts(overlay(config(**{"a.sh": "\nbash -c 'b'"})))
    assert (below.has_lines, second.has_lines) == (False, True)
    lined = shell.scripts(overlay(pod(command=["sh", "-c", "a\nb"])))[0]
    assert lined.at(1) == ("spec", "containers", 0, "command", 2)


def test_scripts_by_their_places() -> None:
    probes = {"livenessProbe": hook("sh", "-c", "probe")}
    given = overlay(pod(command=["sh", "-c", "sh -c 'inner'"], **probes), config(**{"a.sh": "file", "b.sh": "other"}))
    resource, held = given.resources
    at = ("spec", "containers", 0)
    assert [script.text for script in shell.scripts_in_line(given, resource, at)] == ["sh -c 'inner'", "inner"]
    assert shell.scripts_in_line(given, resource, ("spec", "containers", 1)) == []
    assert [script.text for script in shell.scripts_in_file(given, held, "a.sh")] == ["file"]
    assert shell.scripts_in_file(given, held, "c.sh") == shell.scripts_in_file(given, resource, "a.sh") == []


@pytest.mark.parametrize(
    ("words", "bare"),
    [
        ("", []), ("a b", ["a", "b"]), ("/usr/bin/a b", ["a", "b"]), ("A=1 B=2 a C=3", ["a", "C=3"]), ("sudo -u x a", ["x", "a"]),
        ("env A=1 -i a b", ["a", "b"]), ("timeout 10 a", ["a"]), ("timeout -k 5 10s a", ["a"]), ("nice -n 5 a", ["a"]), ("timeout 5s a", ["a"]), ("A=1 a", ["a"]), ("env 5 a", ["5", "a"]),
        ("nohup exec a", ["a"]), ("sudo", []), ("timeout a 10", ["a", "10"]), ("/usr/bin/env a", ["a"]), ("retry a", ["a"]), ("nohup A=1 a", ["a"]), ("timeout x", ["x"]),
    ],
)  # fmt: skip
def test_what_only_starts_a_command(words: str, bare: list[str]) -> None:
    assert shell.bare(words.split()) == bare


@pytest.mark.parametrize(
    ("text", "words", "head"),
    [
        ("cmd 'a b' \"c\" d\\ e", ["cmd", "a b", "c", "d e"], "cmd"), ("A=1 cmd a > x < y 2>&1", ["cmd", "a"], "cmd"), ("cmd <<< x # no", ["cmd"], "cmd"),
        ("cmd <<E\nx\nE\n", ["cmd"], "cmd"), ("cmd && other", ["cmd"], "cmd"),
    ],
)  # fmt: skip
def test_words_of_a_command(text: str, words: list[str], head: str) -> None:
    assert (shell.words(command(text)), shell.head(command(text))) == (words, head)


def test_heads_of_commands() -> None:
    heads = [shell.head(node) for node in tree("sudo -E /bin/a x; env; A=1; nohup b").tree.of("command")]
    assert heads == ["a", "", "b"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a && b || c", [("", "a"), ("&&", "b"), ("||", "c")]), ("a || b # c", [("", "a"), ("||", "b")]),
        ("a && (b; c) || d", [("", "a"), ("&&", "(b; c)"), ("||", "d")]), ("a &&\n# why\nb", [("", "a"), ("&&", "b")]),
    ],
)  # fmt: skip
def test_parts_of_a_list(text: str, parts: list[tuple[str, str]]) -> None:
    (listed,) = tree(text).tree.of("list")
    assert [(sign, shell.source(node)) for sign, node in shell.parts(listed)] == parts


@pytest.mark.parametrize(
    ("text", "excused"),
    [
        ("cmd", False), ("cmd; x", False), ("! cmd", True), ("x=$(cmd)", True), ("x <(cmd)", True),
        ("cmd || x", True), ("cmd && x", True), ("x && cmd", False), ("x || cmd", False), ("x && cmd || y", True),
        ("cmd | x", True), ("x | cmd", False), ("x | cmd || y", True), ("x && (cmd)", False), ("(cmd) && x", True),
        ("if cmd; then x; fi", True), ("if x; then cmd; fi", False), ("if x; then y; elif cmd; then z; fi", True), ("if x; then y; else cmd; fi", False),
        ("while cmd; do x; done", True), ("while x; do cmd; done", False), ("until cmd; do x; done", True), ("for a in b; do cmd; done", False),
        ("{ cmd; }", False), ("{ cmd; } || x", True), ("cmd > y", False), ("cmd > y || x", True),
        ("cmd <<E || x\nE\n", True), ("cmd <<E\nE\n", False), ("cmd <<E && x\nE\n", True),
        # functions: where their calls are
        ("f() { cmd; }\nf", False), ("f() { cmd; }\nf || x", True), ("f() { cmd; }\nf\nif f; then x; fi", True), ("f() { cmd; }", True),
        ("f() { cmd || x; }\nf", True), ("f() { cmd; }\ng() { f; }\ng", False), ("f() { cmd; }\ng() { f; }\ng || x", True), ("f() { cmd; }\ng() { f || x; }\ng", True),
        ("f() { cmd; }\ng() { f; }", True), ("f() { cmd; }\ng() { x; }\nf\ng || x", False), ("f() { f; cmd; }\nf", False),
    ],
)  # fmt: skip
def test_statuses_that_are_looked_at(text: str, excused: bool) -> None:
    assert shell.excused(command(text)) is excused


@pytest.mark.parametrize(
    ("text", "is_so"), [("cmd &", True), ("cmd & x", True), ("cmd; x &", False), ("cmd", False), ("cmd && x &", False)]
)
def test_what_is_sent_to_the_background(text: str, is_so: bool) -> None:
    assert shell.background(command(text)) is is_so


def test_statements_and_what_stands_above() -> None:
    root = tree("# no\na\n{ b; # no\nc; }\n")
    assert [shell.source(node) for node in shell.statements(root)] == ["a", "{ b; # no\nc; }"]
    assert [shell.source(node) for node in shell.statements(tree("a; b & c"))] == ["a", "b", "c"]
    inner = command("{ (cmd); }")
    assert [(parent.type, child.type) for parent, child in shell.above(inner)] == [
        ("subshell", "command"), ("compound_statement", "subshell"), ("program", "compound_statement"),
    ]  # fmt: skip
    assert [node.type for node in shell.walk(inner)] == ["command", "command_name", "word"]


def test_an_answer_is_computed_once() -> None:
    asked: list[int] = []

    def answer(node: Node) -> int:
        asked.append(node.id)
        return node.id

    first, second = command("first", "first"), command("first; second", "second")
    assert [shell.once(node, answer) for node in (first, first, second, second)] == [
        first.id,
        first.id,
        second.id,
        second.id,
    ]
    assert asked == [first.id, second.id]
