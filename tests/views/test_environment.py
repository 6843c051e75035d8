"""What a variable holds where a container runs, as far as its manifest shows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servelint.model import Overlay
from servelint.steps import pipeline
from servelint.views.environment import LONGEST, UNKNOWN, expand, settled, shell_words


def variables(script: str, *environment: dict[str, Any]) -> dict[str, str]:
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": "i:v1", "command": ["bash", "-c", script], "env": list(environment)}]},
    }  # fmt: skip
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}
    overlay = Overlay("overlays/x", "leaf", pipeline.parse(f"{json.dumps(pod)}\n---\n{json.dumps(config)}\n"))
    return settled(overlay, overlay.pods[0].containers[0])


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("echo", "given"), ("A=b", "b"), ("export A=b; x", "b"), ("A=b x", "given"), ("A=", ""), ("A=$B-c", "other-c"),
        ("A=b; A=c", UNKNOWN), ("A=b; A=b", "b"), ("A=$(date)", UNKNOWN), ("A=`date`", UNKNOWN), ("A=$NONE", UNKNOWN), ("A=x-$NONE", UNKNOWN), ("A=${B%y}", UNKNOWN), ("select A in 1 2; do x; done", UNKNOWN),
        ("for A in 1 2; do x; done", UNKNOWN), ("for B in 1 2; do x; done", "given"), ("read A", UNKNOWN), ("read B", "given"),
        ("echo read A", "given"), ("reads A", "given"), ("read B A < x", UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_script_leaves_in_a_variable(script: str, value: str) -> None:
    assert variables(script, {"name": "A", "value": "given"}, {"name": "B", "value": "other"})["A"] == value


def test_variables_from_a_configmap() -> None:
    def of(name: str, key: str) -> str:
        return variables("x", {"name": "A", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}})["A"]

    assert (of("c", "k"), of("c", "other"), of("other", "k")) == ("v", UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("$A", "a"), ("${A}", "a"), ("$(A)", "a"), ("x$A-y", "xa-y"), ("${A:-b}", "a"), ("${E:-b}", "b"), ("${N:-b}", "b"),
        ("${N-b}", "b"), ("${A:+b}", "b"), ("${E:+b}", ""), ("${N:+b}", ""), ("${N:-$A}", "a"), ("${A:+$N}", UNKNOWN),
        ("$N", UNKNOWN), ("$E", ""), ("no", "no"), ("${A", "${A"), ("$$", "$$"),
    ],
)  # fmt: skip
def test_references(text: str, made: str) -> None:
    assert expand(text, {"A": "a", "E": ""}) == made


def test_what_is_put_in_has_a_limit() -> None:
    values = {"L": "x" * LONGEST, "A": "a"}
    assert expand("$L", values) == values["L"] and expand("y$L", values) == "y" + values["L"]
    assert expand("$L$A", values) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 'b c' \"d\"", ["a", "b c", "d"]), ("a;b && c|d > e", ["a", ";", "b", "&&", "c", "|", "d", ">", "e"]),
        ("a \\\n b", ["a", "b"]), ("# no\n  # no\na # yes", ["a", "#", "yes"]), ("it's", ["it's"]), ("", []), ("--a=1:2@x,y", ["--a=1:2@x,y"]), ("a " * 40_000, []),
    ],
)  # fmt: skip
def test_words_of_a_shell_text(text: str, words: list[str]) -> None:
    assert shell_words(text) == words


def test_a_word_that_no_person_writes_keeps_its_quotes() -> None:
    text = f"'{'x' * 10000}'"
    assert shell_words(text) == [text] and shell_words("'a'") == ["a"]
