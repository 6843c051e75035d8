"""Trees of shell scripts: nodes and their neighbours, and what is too long or too deep to be one."""

from __future__ import annotations

import pytest

from servelint.views import syntax
from servelint.views.syntax import parsed


def test_a_node_and_its_neighbours() -> None:
    root, sound = parsed("a 1\n\nb && c || d # e\n")
    assert sound and root.type == "program" and root.parent is None and root.next_sibling is None and not root.last
    first, listed, remark = root.children
    assert (first.row, listed.row, remark.row) == (0, 2, 2) and repr(first) == "<command 0-3>"
    assert [node.text for node in listed.children] == [b"b", b"&&", b"c", b"||", b"d"]
    assert [node.text for node in listed.named_children] == [b"b", b"c", b"d"]
    assert [node.is_named for node in listed.children] == [True, False, True, False, True]
    b, sign, c, _, d = listed.children
    assert (
        b.next_sibling == sign
        and d.next_sibling is None
        and first.next_sibling == listed
        and remark.next_sibling is None
    )
    assert (b.first, b.last, c.first, c.last, d.first, d.last) == (True, False, False, False, False, True)
    assert b.parent == listed and listed.parent == root and b != c and b != "b" and len({b, b, c}) == 2
    assert (b.start_byte, b.end_byte) == (5, 6)
    again, _ = parsed("a 1\n\nb && c || d # e\n ")
    assert again != root and [node.text for node in root.tree.of("command")] == [b"a 1", b"b", b"c", b"d"]
    assert [node.type for node in root.tree.of("list", "comment", "command")] == [
        "command",
        "list",
        "command",
        "command",
        "command",
        "comment",
    ]
    assert root.tree.of("if_statement") == []


def test_fields() -> None:
    root, _ = parsed("A=1\nf() { x; }\nfor i in 1; do y; done\n")
    assignment, function, loop = root.children
    found = [
        (node.child_by_field_name(name), name)
        for node, name in ((assignment, "name"), (assignment, "value"), (function, "name"), (loop, "variable"))
    ]
    assert [node.text if node else None for node, _ in found] == [b"A", b"1", b"f", b"i"]
    body = function.child_by_field_name("body")
    assert body is not None and body.text == b"{ x; }" and assignment.child_by_field_name("body") is None


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("a", True), ("", True), ("a |", False), ("if a; then", False), ("a \\", True), ("a \\\n", True), ("a `# why` b", True), ("a (", False),
        ("(" * 99 + "a" + ")" * 99, True), ("(" * 101 + "a" + ")" * 101, False), (" && ".join("a" * 300), True), ("a" * syntax.LONGEST, False),
        ("a\n" * (syntax.LONGEST // 2 - 1), True), ("a\n" * (syntax.LONGEST // 2), False),
        ("(a)\n" * syntax.MOST_OPENED, True), ("(a)\n" * (syntax.MOST_OPENED + 1), False), ("=" * 400, False), ("a" * 3000, True),
    ],
)  # fmt: skip
def test_what_can_be_read(text: str, sound: bool) -> None:
    root, understood = parsed(text)
    assert understood is sound and root.has_error is not sound


def test_where_an_error_is() -> None:
    root, _ = parsed("a\nb |\n")
    assert root.has_error and not root.children[0].has_error


def test_remarks_between_arguments_keep_their_place() -> None:
    root, _ = parsed("a `# what for` b\n")
    assert [node.text for node in root.children[0].children] == [b"a", b"b"] and root.children[0].children[
        1
    ].start_byte == 15
