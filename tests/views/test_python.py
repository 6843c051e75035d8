"""Which options a Python program takes and never reads."""

from __future__ import annotations

import pytest

from servelint.views.python import tree, unread_options

PARSED = "import argparse\np = argparse.ArgumentParser()\n{}\nargs = p.parse_args()\n{}\n"


@pytest.mark.parametrize(
    ("added", "after", "options"),
    [
        ("p.add_argument('--n')", "", [(3, "--n")]),
        ("p.add_argument('--n')", "print(args.n)", []),
        ("p.add_argument('-n', '--of-all')", "", [(3, "--of-all")]),
        ("p.add_argument('-n', '--of-all')", "print(args.of_all)", []),
        ("p.add_argument('-n')", "", [(3, "-n")]),
        ("p.add_argument('-n')", "print(args.n)", []),
        ("p.add_argument('n')", "", []),
        ("p.add_argument()", "", []),
        ("p.add_argument('--n', dest='m')", "print(args.n)", [(3, "--n")]),
        ("p.add_argument('--n', dest='m')", "print(args.m)", []),
        ("p.add_argument('--n', action='version')", "", []),
        ("p.add_argument('--n', action='help')", "", []),
        ("p.add_argument('--n', action='store_true')", "", [(3, "--n")]),
        ("p.add_argument('--n'); p.add_argument('--m')", "print(args.m)", [(3, "--n")]),
        ("p.add_argument('--n')", "print(vars(args))", []),
        ("p.add_argument('--n')", "run(config=args)", []),
        ("p.add_argument('--n')", "print(other)", [(3, "--n")]),
        ("p.add_argument('--n')", "def run(a):\n    pass\nrun(args)", [(3, "--n")]),
        ("p.add_argument('--n')", "def run(a):\n    print(a.n)\nrun(args)", []),
        ("p.add_argument('--n')", "getattr(args, name)", []),
        ("p.add_argument('--n')", "args.__dict__", []),
        ("p.add_argument('--n')", "run(**kept)", []),
        ("p.add_argument('--n')", "def f():\n    return parser.parse_args()", []),
    ],
)  # fmt: skip
def test_options_that_are_never_read(added: str, after: str, options: list[tuple[int, str]]) -> None:
    assert list(unread_options(PARSED.format(added, after))) == options


@pytest.mark.parametrize(
    "text",
    [
        "p.add_argument('--n')",
        "p.add_argument('--n')\nargs = p.taken()",
        "p.add_argument('--n'\nargs = p.parse_args()",
        "a, b = c, d.parse_args()\np.add_argument('--n')\n",
    ],
)
def test_programs_of_which_nothing_is_known(text: str) -> None:
    assert unread_options(text) == ()


def test_what_is_left_over_is_kept_apart() -> None:
    assert unread_options("args, rest = p.parse_known_args()\np.add_argument('--n')\nprint(rest)") == ()
    assert unread_options("args, rest = p.parse_known_args()\np.add_argument('--n')") == ((2, "--n"),)


def test_what_is_no_program() -> None:
    assert tree("def") is None and tree("\0") is None and tree("(" * 10_000) is None
    assert tree("'\\d' is 1") is not None
