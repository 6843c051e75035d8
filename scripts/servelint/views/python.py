"""Python programs in manifests, as syntax trees: no code of a manifest is ever run."""

import ast
import re
import warnings
from functools import lru_cache


def tree(text: str) -> ast.Module | None:
    """The syntax tree of a program; None if the text is none, or too deep to be read.

    What Python warns of on the way (an escape that is none, ``1 is 1``) it would print, with the line that it is about.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _parses(function: ast.expr) -> bool:
    """Whether what is called has parse in one of its names: parser.parse_args."""
    names = (str(getattr(node, "attr", getattr(node, "id", ""))) for node in ast.walk(function))
    return any("parse" in name for name in names)


@lru_cache(maxsize=256)
def unread_options(text: str) -> tuple[tuple[int, str], ...]:
    """Line and name of the argparse options that a Python script never reads; none where it hands them all on."""
    if "add_argument" not in text:
        return ()
    program = tree(text)
    if program is None:
        return ()
    nodes = list(ast.walk(program))
    defined = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    results = {
        target.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _parses(node.value.func)
        for target in ast.walk(node.targets[0])
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if isinstance(node, ast.Call):
            handed = [*node.args, *(keyword.value for keyword in node.keywords)]
            whole = any(isinstance(value, ast.Name) and value.id in results for value in handed)
            if whole and not (isinstance(node.func, ast.Name) and node.func.id in defined):
                return ()
    if not results or re.search(r"\bgetattr\(|__dict__|\*\*", text):
        return ()
    if any("parse" in returned for returned in re.findall(r"\breturn\s+(\w+)\.parse", text)):
        return ()
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    found = []
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            keywords = {k.arg: k.value for k in node.keywords}
            long = next((name for name in names if name.startswith("--")), names[0] if names else "")
            given = keywords.get("dest")
            dest = given.value if isinstance(given, ast.Constant) else long.lstrip("-").replace("-", "_")
            action = keywords.get("action")
            shows = isinstance(action, ast.Constant) and action.value in ("version", "help")
            if long.startswith("-") and dest not in read and not shows:
                found.append((node.lineno, long))
    return tuple(found)
