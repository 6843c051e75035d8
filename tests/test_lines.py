"""YAML as Go reads it. ``tests/cluster/test_reader.py`` asks Go itself; here is a case of each class, which needs none."""

from __future__ import annotations

import math
from typing import Any

import pytest

from servelint import lines


def value(text: str) -> Any:
    """What the server reads behind ``a:``."""
    ((_, document),) = lines.load(f"a: {text}\n")
    return document["a"]


def refused(text: str, load: Any = lines.load) -> str:
    with pytest.raises(lines.BadYaml) as caught:
        load(text)
    return f"{caught.value.line}: {caught.value.cause}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0X8", 8), ("0x1F", 31), ("0O17", 15), ("0o17", 15), ("0B11", 3), ("017", 15), ("08", 8), ("09.5", 9.5),
        ("-_1", -1), ("+_1", 1), ("1__0", 10), ("0_x1", 1), ("0_", 0), ("9e_2", 900), ("1_0e3_", 10000), ("-0", 0),
        ("0b-1", -1), ("0b+1", 1), (".5_0", 0.5), ("+.5_", 0.5), ("5.", 5), ("1e-400", 0), ("-0x_F", -15), ("1E+2", 100),
        ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1), ("-9223372036854775808", -(2**63)),
        ("18446744073709551617", 2.0**64), ("-9223372036854775809", -(2.0**63)), ("0b-11", -3), ("0b+" + "1" * 63, 2**63 - 1),
        ("0b-1" + "0" * 63, -(2**63)), ("+9223372036854775808", 2.0**63), ("0" * 5000 + "7", 7), ("0x" + "0" * 99 + "f", 15),
        ("!!int '0x10'", 16), ("!!float 3", 3), ("!!float 1_0.5", 10.5),
    ],
)  # fmt: skip
def test_numbers(text: str, number: float) -> None:
    assert value(text) == number and type(value(text)) is type(number)


@pytest.mark.parametrize(
    "text",
    "_1 0x 0b 0b2 0o8 -0b-1 0o-7 1e400 -1e400 .1e999 0xFFFFFFFFFFFFFFFFFF -0xFFFFFFFFFFFFFFFF 0x1p4 1e 1_e .5_ ._5 .e1 + . "
    f"0b+1{'0' * 63} 0b-1{'0' * 62}1 0b-1{'0' * 64} "
    "1.2.3 --1 1:30 190:20:30 2001-01-01 2001-01-01T00:00:00Z 1,000 Infinity nan inf tRue nULL yEs = << \u0661\u0662 1\u0660".split(),
)
def test_what_looks_like_a_number_and_is_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *((word, True) for word in "y Y yes Yes YES true True TRUE on On ON".split()),
        *((word, False) for word in "n N no No NO false False FALSE off Off OFF".split()),
        *((word, None) for word in ("~", "null", "Null", "NULL", "")),
        *((text, text[1:-1]) for text in ("'1'", '"yes"', "'~'", '"0X8"', '"2001-01-01"')),
        ("!!str 12", "12"), ("!!str yes", "yes"), ("!!bool False", False), ("!!null ~", None), ("!!seq [1]", [1]),
    ],
)  # fmt: skip
def test_words(text: str, meaning: object) -> None:
    assert value(text) == meaning and type(value(text)) is type(meaning)


def test_whole_numbers_are_what_json_writes() -> None:
    assert type(value("1e3")) is int and type(value("2.0")) is int
    # Nine octal digits too many make a fraction of it, and JSON writes its shortest digits.
    assert value("+0744720769565343797") == 744720769565343700


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN", "[a, .inf]", "!!float .inf"])
def test_no_number_of_json(text: str) -> None:
    assert "JSON" in refused(f"b: 1\na: {text}\n") and refused(f"b: 1\na: {text}\n").startswith("2: ")


@pytest.mark.parametrize(
    "text",
    ["! 12", '! "12"', "!a 1", "!!binary aGk=", "!!set {a: null}", "!!timestamp 2001-01-01", "! [1]", "!!omap [a: 1]",
     "!!map [1]", "!!seq {b: 1}", "&x ! 12", "! &x 12", "[!!str, b]", "!!str", "!<tag:yaml.org,2002:binary> aGk="],
)  # fmt: skip
def test_tags_that_readers_take_differently(text: str) -> None:
    assert "has a tag of its own" in refused(f"a: {text}\n")
    assert lines.compose(f"a: {text}\n")  # a text for another reader may have any


@pytest.mark.parametrize(
    "text", ["!!int 1.5", "!!int x", "!!int yes", "!!null x", "!!float x", "!!float 18446744073709551615"]
)
def test_tags_that_lie(text: str) -> None:
    assert "is not to Kubernetes" in refused(f"a: {text}\n")


@pytest.mark.parametrize("text", ["!!bool yes", "!!bool 'off'", "!!bool 1", "!!bool .inf", "&x !!bool y"])
def test_truth_that_only_the_server_knows(text: str) -> None:
    assert "is not true or false to Kustomize" in refused(f"a: {text}\n")


@pytest.mark.parametrize(
    ("key", "text"),
    [("1", "1"), ("0x1", "1"), ("-_1", "-1"), ("yes", "true"), ("Off", "false"), ("'1'", "1"), ("2001-01-01", "2001-01-01")],
)  # fmt: skip
def test_keys_are_text(key: str, text: str) -> None:
    ((_, document),) = lines.load(f"a:\n  {key}: x\n")
    (node,) = lines.compose(f"a:\n  {key}: x\n")
    assert document == {"a": {text: "x"}}
    assert lines.descend(node, ("a", text)) == (2, 2)


@pytest.mark.parametrize("key", ["1.5", "1e3", "~", "null", "18446744073709551615", "? [a]\n", ".inf", "!!float 1"])
def test_keys_that_are_no_text(key: str) -> None:
    assert refused(f"b: 1\n{key}: x\n").startswith("2: ")


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "'a'"), ("1", '"1"'), ("0x1", "1"), ("yes", '"true"'), ("on", "True"), ("<<", "<<"), ("a", "!!str a"), ("1", "&x 1")],
)  # fmt: skip
def test_keys_that_are_equal_to_the_server(one: str, other: str) -> None:
    (node,) = lines.compose(f"b:\n- {one}: {{}}\n  {other}: {{}}\n")
    ((pointer, line, key),) = lines.duplicates(node)
    assert line == 3 and pointer == ("b", 0, key)


def test_keys_are_found_as_they_are_written_too() -> None:
    (node,) = lines.compose("y: {0x1: a}\n")
    assert lines.descend(node, ("y", "0x1"))[0] == lines.descend(node, ("true", "1"))[0] == 2


@pytest.mark.parametrize(("one", "other"), [("a", "A"), ("1", "01.5"), ("y", "'y'"), ("'1.0'", "'1'")])
def test_keys_that_are_not(one: str, other: str) -> None:
    (node,) = lines.compose(f"{one}: 1\n{other}: 2\n")
    assert lines.duplicates(node) == []


BASE = "m: &m {a: 1, b: 2}\nn: &n {b: 3, c: 4}\n"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("<<: *m", {"a": 1, "b": 2}),
        ("<<: *m\n  b: 5", {"a": 1, "b": 5}),
        ("d: 6\n  <<: *m", {"a": 1, "b": 2, "d": 6}),
        ("<<: [*m, *n]", {"a": 1, "b": 2, "c": 4}),
        ("<<: [*n, {d: 6}, *m]\n  c: 5", {"a": 1, "b": 3, "c": 5, "d": 6}),
        ("<<: {d: 6}", {"d": 6}),
        ("<<: []", {}),
    ],
)
def test_merge_keys(text: str, meaning: dict[str, int]) -> None:
    ((_, document),) = lines.load(f"{BASE}x:\n  {text}\n")
    assert document["x"] == meaning


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("b: 5\n  <<: *m", "5: `<<` brings b, which stands above it"),
        ("c: 5\n  <<: [*m, *n]", "5: `<<` brings c, which stands above it"),
        ("y: &y {<<: *m}\n  z: {<<: [*y, {a: 2}]}", "5: `<<` brings a twice"),
        ("<<: {<<: *m, d: 6}", "4: `<<` brings a mapping that stands below it"),
        ("z: &z {<<: *m}\n  <<: *z", "5: `<<` brings a mapping that stands below it"),
        ("<<: x", "takes a mapping or a list of mappings"),
        ("<<: [[*m]]", "takes a mapping or a list of mappings"),
        ("<<:", "takes a mapping or a list of mappings"),
        ("<<: {1: x}\n  '1': y", "stands beside a key that is no text"),
        ("1: x\n  <<: {'1': y}", "stands beside a key that is no text"),
        ("'<<': *m", "left out by Kustomize"),
        ("d: 1\n  '<<': *m", "5: the key '<<' is a key to the server"),
        ("&k <<: *m", "`<<` has an anchor"),
        ("!!merge <<: *m", "has a tag of its own"),
    ],
)
def test_merge_keys_that_readers_take_differently(text: str, cause: str) -> None:
    assert cause in refused(f"{BASE}x:\n  {text}\n")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("%YAML 1.2\n---\na: 1\n", "% directive"),
        ("%TAG !e! tag:e,1:\n---\na: 1\n", "% directive"),
        ("a: 1\n--- {b: 2}\n", "2: `--- {b: 2}`: give `---` a line of its own"),
        ("--- a: &b\n", "give `---` a line of its own"),
        ("--- |\n x\n", "give `---` a line of its own"),
        ("a: 'x\n---y'\n", "2: `---` begins a line, but no document"),
        ("a: 1\r---\rb: 2\r", "U+000D"),
        ("a: x\u2028\nb: 1\n", "1: holds U+2028"),
        ("b: 1\na: |\n  x\u0085y\n", "3: holds U+0085"),
        ("a: 1\nb: '\ufeff'\n", "2: holds U+FEFF"),
        ('b: 1\na: "x\\/y"\n', "2: holds the escape \\/"),
        ("a: [b, http://c?d]\n", "holds a ? inside"),
        ("a: {b?: 1}\n", "holds a ? inside"),
        ("b: 1\na: |1 # c\n   d\n", "2: `|1 # c` has a comment"),
        ("b: 1\na: >1-   # c\n   d\n", "2: `>1-   # c` has a comment"),
        ("a: |+ # c\n\n\n  d\n", "1: `|+ # c` has a comment"),
        ('{"a": 1e400}', "too large in JSON"),
        ("{}\n...\n", "takes for JSON"),
        (f"a: &a [{', '.join('x' * 9)}]\nb: [{', '.join(['*a'] * 500)}]\n", "aliases"),
    ],
)
def test_texts_that_readers_cut_differently(text: str, cause: str) -> None:
    assert cause in refused(text)
    assert lines.measure(text) and cause in f"{lines.measure(text)}".replace("line ", "", 1)


@pytest.mark.parametrize(
    "text",
    ["\ufeffa: 1\n", "---\na: 1\n--- # c\nb: 1\n---\n", "a: 1\r\n---\r\nb: 1\r\n", "a: 1\n...\n", '{"a": "b"}', "a: |\n  x\n  ---\n", "a: | # c\n  x\n", "a: |1\n  # x\n",
     'a: "\\\\/"\n', "a: http://c?d\n", "a: '<<'\n", "a: [<<]\n", "a: '? b'\nc: [\"? d\"]\n", "\n# c\n\n---\na: 1\n", "a: |\n  ! b\n", "---\n",
     f"a: &a [{', '.join('x' * 9)}]\nb: [{', '.join(['*a'] * 40)}]\n"],
)  # fmt: skip
def test_texts_that_all_cut_alike(text: str) -> None:
    assert lines.measure(text) is None
    lines.load(text)


MONTHS = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("yes", "yes"), ("On", "On"), ("n", "n"), ("true", True), ("0o-7", -7), ("0o+17", 15), ("0o-17", -15), ("0b-11", -3),
        ("0o17", 15), ("-x", "-x"), ("1.5", 1.5), ("+", "+"), ("~", None), ("", None),
        ("2001-01-01", "2001-01-01T00:00:00Z"), ("2001-1-2 3:4:5.60", "2001-01-02T03:04:05.6Z"), ("'2001-01-01'", "2001-01-01"),
        ("2001-01-01t1:2:3,25+01:30", "2001-01-01T01:02:03.25+01:30"), ("2001-01-01T00:00:00-00:00", "2001-01-01T00:00:00Z"),
        *((f"2001-{month:02}-{days}", f"2001-{month:02}-{days}T00:00:00Z") for month, days in MONTHS.items()),
        *((f"2001-{month:02}-{days + 1}", f"2001-{month:02}-{days + 1}") for month, days in MONTHS.items()),
        ("2000-01-31", "2000-01-31T00:00:00Z"), ("2000-04-30", "2000-04-30T00:00:00Z"), ("2000-02-30", "2000-02-30"),
        ("2001-01-01T1:2:3Z", "2001-01-01T01:02:03Z"), ("2000-02-29", "2000-02-29T00:00:00Z"), ("1900-02-29", "1900-02-29"), ("2001-13-01", "2001-13-01"),
        ("2001-01-01T00:00:00", "2001-01-01T00:00:00"), ("2001-01-01 24:00:00", "2001-01-01 24:00:00"),
        ("[2001-01-01 00:00:00]", ["2001-01-01 00:00:00"]), ("[2001-01-01]", ["2001-01-01T00:00:00Z"]),
        ("{b: , c}", {"b": "", "c": ""}), ("{b: ~}", {"b": None}), ("!!str 2001-01-01", "2001-01-01"),
        ("2001-04-30", "2001-04-30T00:00:00Z"), ("2001-04-31", "2001-04-31"), ("2001-12-31", "2001-12-31T00:00:00Z"),
        ("2001-00-01", "2001-00-01"), ("2001-01-00", "2001-01-00"), ("2001-02-29", "2001-02-29"),
        ("2001-01-01 23:59:59", "2001-01-01T23:59:59Z"), ("2001-01-01 0:60:0", "2001-01-01 0:60:0"),
        ("2001-01-01 0:0:60", "2001-01-01 0:0:60"), ("2001-01-01 0:0:0Z", "2001-01-01 0:0:0Z"),
        ("2001-01-01 1:2:3.1234567891", "2001-01-01T01:02:03.123456789Z"), ("2001-01-01 1:2:3.000", "2001-01-01T01:02:03Z"),
        ("2001-01-01T1:2:3+24:60", "2001-01-01T01:02:03+24:60"), ("2001-01-01T1:2:3+25:00", "2001-01-01T1:2:3+25:00"),
        ("2001-01-01T1:2:3-01:61", "2001-01-01T1:2:3-01:61"),
    ],
)  # fmt: skip
def test_as_kustomize(text: str, written: object) -> None:
    text = f"a: {text}\n"
    assert lines.as_kustomize(text) == [{"a": written}]
    documents = [document for _, document in lines.load(text)]
    assert lines.as_kustomize(text, documents) == [{"a": written}]


def test_as_kustomize_where_a_mapping_is_merged() -> None:
    text = "x: &x\n  a:\n  b: {c}\ny: {<<: *x}\nz: {<<: {d}}\nw:\n  <<: {e}\n"
    (document,) = lines.as_kustomize(text)
    assert document == {
        "x": {"a": None, "b": {"c": ""}},
        "y": {"a": "", "b": {"c": ""}},
        "z": {"d": ""},
        "w": {"e": None},
    }


@pytest.mark.parametrize("key", ["2001-01-01", "0o-7", "2001-1-1 1:1:1"])
def test_as_kustomize_refuses_nothing_that_the_server_reads(key: str) -> None:
    text = f"a: {{b: 1}}\nc:\n  {key}: d\n  <<: {{e: 2}}\n"
    assert lines.load(text)[0][1]["c"] == lines.as_kustomize(text)[0]["c"] == {key: "d", "e": 2}


def test_a_document_of_nothing_is_none() -> None:
    text = "---\n# c\n---\nnull\n---\n~\n---\na: 1\n"
    assert lines.load(text) == [(8, {"a": 1})]
    assert len(lines.compose(text)) == 1


@pytest.mark.parametrize(
    ("steps", "depth", "line"),
    [
        (("a", 1, "c"), 3, 5), (("a", 2), 2, 6), (("a", 4), 1, 1), (("a", "0"), 1, 1), (("b",), 0, 1),
        (("a", ("n", "x", 0)), 2, 2), (("a", ("n", "x", 1), "c"), 3, 7), (("a", ("n", "x", 2)), 1, 1),
        (("a", ("n", "y", 0), "c"), 3, 5), (("a", ("n", "z", 0)), 1, 1), (("a", ("c", "1", 0)), 2, 4), ((("n", "x", 0),), 0, 1),
    ],
)  # fmt: skip
def test_steps_by_position_and_by_what_an_item_has(steps: tuple[Any, ...], depth: int, line: int) -> None:
    (node,) = lines.compose("a:\n- n: x\n  d: 0\n- n: y\n  c: 1\n- n: x\n  c: 2\n- [n, x]\n")
    assert lines.descend(node, steps) == (depth, line)


def test_last_line_without_an_end() -> None:
    assert lines.load("a: |\n  b") == [(1, {"a": "b\n"})]
    assert lines.as_kustomize("a: |\n  b") == [{"a": "b"}]


def test_documents_are_read_once_where_nothing_differs() -> None:
    text = "a: [b, 1]\nc: {d: 017}\n"
    documents = [document for _, document in lines.load(text)]
    assert lines.as_kustomize(text, documents) is documents


def test_recursion_is_no_traceback() -> None:
    for text in ("a: &a [*a]\n", "a: &a {b: *a}\n", "&a {<<: *a}\n", "&a [&b [*a, *b]]\n"):
        assert "inside its own anchor" in refused(text)
        with pytest.raises(lines.BadYaml):
            lines.load(text, trusted=True)


def test_anchor_that_stands_twice() -> None:
    assert "found duplicate anchor" in refused("a: &x 1\nb: &x 2\n")


def test_long_numbers_cost_nothing() -> None:
    for text in (
        "1" * 10**6,
        "0." + "0" * 10**6 + "1",
        "1e" + "9" * 10**6,
        "0x" + "f" * 10**6,
        "-" * 10**6,
        "1_" * 10**6,
    ):
        found = value(text)
        assert found == text or math.isfinite(found)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"a: {'[' * 99}{']' * 99}\n", None),
        (f"a: {'[' * 100}{']' * 100}\n", "nested deeper than 100"),
        ("--- # 1\na: 1\n" * 1000, None),
        ("--- # 1\na: 1\n" * 1001, "more than 1,000 documents"),
    ],
)
def test_sizes(text: str, cause: str | None) -> None:
    for trusted in (False, True):
        found = lines.measure(text, trusted=trusted)
        assert found is None if cause is None else cause in str(found)


def test_values_are_counted() -> None:
    assert lines.measure("a: [b, c]\n", most_nodes=5) is None
    assert "more than 4 values" in str(lines.measure("a: [b, c]\n", most_nodes=4))


def test_what_readers_take_differently_does_not_matter_where_one_wrote_it() -> None:
    assert lines.measure("a: {b?: 1}\n") and lines.measure("a: {b?: 1}\n", trusted=True) is None
    assert lines.weigh("a: &x [1, 2]\nb: *x\n") == 9  # the mapping, its keys, two lists of three


def test_a_long_scalar_is_shown_by_its_beginning() -> None:
    for length, shown in ((60, "x" * 60), (61, "x" * 57 + "...")):
        assert refused(f"a: !!int {'x' * length}\n") == f"1: `{shown}` is tagged !!int, which it is not to Kubernetes"


def test_keys_of_another_meaning_are_found_where_a_merge_stands_beside_them() -> None:
    text = "a: &a {x: 1}\nb:\n  '<<': 2\n  <<: *a\n"
    assert refused(text) == "3: the key '<<' is a key to the server, and left out by Kustomize"
