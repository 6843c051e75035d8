"""What stands after an `exec` never runs.

`exec` puts the program in the place of the shell. Of several experiments in one script, or in a loop, the first alone
runs; the rest is skipped without a word, and the Job is complete. Silent where the exec stands in a branch, in a shell
of its own, or where only the message of its failure follows.
"""

from ...model import Overlay, Problem, Problems
from ...views.shell import LOOPS, OWN_PROCESS, Script, arguments, background, parts, scripts, source, statements, words
from ...views.syntax import Node
from ..examples import in_shell

SEVERITY = "error"
HINT = "Leave exec out before every command but the last."
SOURCE = "https://www.gnu.org/software/bash/manual/bash.html#index-exec"
COVERS = ("ROL-09",)

GOOD = in_shell("bench --num-prompts 100\nexec bench --num-prompts 1000")
BAD = in_shell("exec bench --num-prompts 100\nexec bench --num-prompts 1000")

BODIES = (
    "program", "compound_statement", "do_group", "subshell", "if_statement", "elif_clause", "else_clause", "case_item",
)  # fmt: skip
FAREWELL = frozenset({"echo", "printf", "exit", "return", "true", "false", ":", "logger"})
SETUP = frozenset(
    {"source", ".", "cd", "export", "echo", "printf", "set", "ulimit", "umask", "shopt", "mkdir", "trap", ":"}
)


def check(overlay: Overlay) -> Problems:
    for script in scripts(overlay):
        if not script.sound:
            continue
        replacing = _functions(script)
        for node in script.root.tree.of(*BODIES):
            found = _problem(script, node, replacing)
            if found:
                yield Problem(script.resource, script.at(found[0].row), found[1])
                break


def _functions(script: Script) -> frozenset[str]:
    """Functions that end in an exec on every way through them."""
    found = set()
    for node in script.root.tree.of("function_definition"):
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name and body and any(_replaced(part, frozenset()) for part in statements(body)):
            found.add(source(name))
    return frozenset(found)


def _problem(script: Script, node: Node, replacing: frozenset[str]) -> tuple[Node, str] | None:
    body = [part for part in statements(node) if part.type not in ("elif_clause", "else_clause")]
    for i, part in enumerate(body):
        last = _replaced(part, replacing)
        if last is None:
            continue
        shown = " ".join(source(last).split())[:60]
        more = [later for later in body[i + 1 :] if not _farewell(later)]
        if more:
            after = " ".join(source(more[0]).split())[:60]
            return last, f"{script.place(last)}`{shown}` replaces the shell, so `{after}` never runs"
        if node.type == "do_group" and node.parent is not None and node.parent.type in LOOPS:
            return last, f"{script.place(last)}`{shown}` replaces the shell, so the loop runs once"
    return None


def _farewell(node: Node) -> bool:
    """Whether a statement only says that the exec failed, or is no statement at all.

    A function that is defined does nothing by itself; an argument on a line of its own is another rule's.
    """
    if node.type == "redirected_statement":
        return all(
            _farewell(child) for child in node.children if child.type not in ("file_redirect", "heredoc_redirect")
        )
    says = FAREWELL.intersection(words(node)[:1]) or source(node).startswith("-")
    return node.type == "function_definition" or bool(says)


def _replaced(node: Node, replacing: frozenset[str]) -> Node | None:
    """The exec that a statement comes to whatever happens in it, if there is one."""
    if background(node) or node.type in OWN_PROCESS:
        return None
    if node.type == "command":
        given = words(node)
        named = given[:1] == ["exec"] and len(arguments(node)) > 1
        return node if named or (given and given[0] in replacing) else None
    if node.type == "redirected_statement":
        return _replaced(node.children[0], replacing)
    if node.type == "compound_statement" and source(node).startswith("{"):
        return next((found for part in statements(node) if (found := _replaced(part, replacing))), None)
    if node.type == "list":
        for sign, part in parts(node):
            if sign == "||":
                return None
            found = _replaced(part, replacing)
            if not _setup(part):
                return found
        return None
    if node.type == "if_statement":
        return _every_branch(node, replacing)
    return None


def _every_branch(node: Node, replacing: frozenset[str]) -> Node | None:
    bodies: list[list[Node]] = [[]]
    for child in node.children:
        if child.type in ("elif_clause", "else_clause"):
            bodies.append(child.children)
        else:
            bodies[0].append(child)
    if not any(child.type == "else_clause" for child in node.children):
        return None
    found = [next((hit for part in body if (hit := _replaced(part, replacing))), None) for body in bodies]
    return found[0] if all(found) else None


def _setup(node: Node) -> bool:
    """Whether a command prepares the exec after it, and is no test that decides whether to come to it."""
    return node.type in ("variable_assignment", "declaration_command") or bool(SETUP.intersection(words(node)[:1]))
