"""Reads the arguments of an engine out of its source: names, type, choices and default, never the help text.

Nothing of the engine is imported or run. Python is read by its syntax tree (argparse calls, click options, annotated
and pydantic fields), tritonserver's C++ table and the templates of its model repository by their form. What cannot be
read without running it, such as choices that plugins register, is left out: a list says less then, never something
wrong.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Source = Callable[[str], str]
"""Text of a file of the engine by its path; raises KeyError if there is none."""
Arguments = dict[str, dict[str, Any]]
"""By first name: names, type, and, where known, choices, default, many, required, negative, deprecated, where."""

UNREAD = object()
"""Stands for a value that only a running engine knows."""
TYPES = {"int": "int", "float": "float", "str": "str", "bool": "bool", "json.loads": "json", "json_list_type": "json"}
BOUNDED = {
    "NonNegativeInt": "int",
    "PositiveInt": "int",
    "StrictInt": "int",
    "IntRange": "int",
    "click.IntRange": "int",
}
BOUNDED |= {"NonNegativeFloat": "float", "FloatRange": "float", "click.FloatRange": "float"}
SWITCHES = {"store_true", "DeprecatedStoreTrueAction"}


class Names(dict[str, Any]):
    """What the modules of an engine call by name: constants, and attributes of classes as ``Class.attribute``."""

    def learn(self, text: str) -> Names:
        """Takes in a module's assignments, first those at its top, then those of its classes."""
        tree = ast.parse(text)
        for statement in tree.body:
            self._assign(statement, "")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    self._assign(inner, f"{node.name}.")
        return self

    def _assign(self, node: ast.stmt, prefix: str) -> None:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self[prefix + node.targets[0].id] = self.value(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            value = self.value(node.value)
            if value is UNREAD and isinstance(node.value, ast.Call):  # a field with its default inside
                value = next((self.value(k.value) for k in node.value.keywords if k.arg == "default"), UNREAD)
            self[prefix + node.target.id] = value

    def value(self, node: ast.expr | None) -> Any:
        """A literal, or what a name, an attribute, a sum, ``list()``, ``set()`` or ``.keys()`` of one stands for."""
        if node is None:
            return UNREAD
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self.get(ast.unparse(node), UNREAD)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            found = [self.value(item) for item in node.elts]
            return UNREAD if UNREAD in found else found
        if isinstance(node, ast.Dict):  # only the keys are asked for; a value may be any object
            keys = [self.value(key) for key in node.keys]
            return UNREAD if UNREAD in keys or any(isinstance(k, list) for k in keys) else dict.fromkeys(keys)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.value(node.operand)
            return -inner if isinstance(inner, (int, float)) else UNREAD
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.value(node.left), self.value(node.right)
            return left + right if isinstance(left, list) and isinstance(right, list) else UNREAD
        if isinstance(node, ast.Call):
            return self._call(node)
        return UNREAD

    def _call(self, node: ast.Call) -> Any:
        called = ast.unparse(node.func)
        if called in ("list", "set", "tuple", "sorted", "frozenset") and len(node.args) == 1:
            inner = self.value(node.args[0])
            return list(inner) if isinstance(inner, (list, dict)) else UNREAD
        if called.endswith(".keys") and isinstance(node.func, ast.Attribute):
            inner = self.value(node.func.value)
            return list(inner) if isinstance(inner, dict) else UNREAD
        if called == "_declared_default":  # SGLang: the default that the field of that name has
            return self.get(f"default {self.value(node.args[0])}", UNREAD)
        if called == "float" and node.args and self.value(node.args[0]) == "inf":
            return "inf"
        return UNREAD


def _argument(
    names: Iterable[str], kind: str, where: str, choices: Any = UNREAD, default: Any = UNREAD, **more: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {"names": list(names), "type": kind, "where": where}
    if isinstance(choices, (list, dict)) and choices and all(isinstance(c, (str, int, float)) for c in choices):
        found["choices"] = sorted(choices, key=str)
    if default is None or isinstance(default, (str, int, float, bool)):
        found["default"] = default
    return found | {name: value for name, value in more.items() if value}


def _where(path: str, node: ast.AST) -> str:
    return f"{path}:{getattr(node, 'lineno', 1)}"


def _flags(node: ast.Call, names: Names) -> list[str]:
    given = [names.value(word) for word in node.args]
    return [str(word) for word in given if isinstance(word, str) and word.startswith("-")]


def _long(flags: Iterable[str]) -> list[str]:
    return [flag.lstrip("-") for flag in flags if flag.startswith("--")]


def argparse_options(text: str, path: str, names: Names) -> Arguments:
    """The options of every ``add_argument`` call in a module."""
    found: Arguments = {}
    for node in ast.walk(ast.parse(text)):
        if (
            not isinstance(node, ast.Call)
            or not isinstance(node.func, ast.Attribute)
            or node.func.attr != "add_argument"
        ):
            continue
        long = _long(_flags(node, names))
        if not long:
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        action = ast.unparse(given["action"]).strip("'\"") if "action" in given else ""
        kind = TYPES.get(ast.unparse(given["type"]), "any") if "type" in given else "str"
        negative = [f"no-{name}" for name in long] if "BooleanOptionalAction" in action else []
        if action in SWITCHES or negative:
            kind = "switch"
        elif action not in ("", "append", "store"):
            kind = "any"
        found[long[0]] = _argument(
            long, kind, _where(path, node), names.value(given.get("choices")), names.value(given.get("default")),
            many=names.value(given.get("nargs")) in ("+", "*", "?") or action == "append",
            required=names.value(given.get("required")) is True,
            deprecated=action.startswith("Deprecated"),
            negative=negative,
        )  # fmt: skip
    return found


def annotated_fields(text: str, path: str, names: Names) -> Arguments:
    """The options that SGLang makes of fields ``name: A[type, Arg(...)] = default``."""
    found: Arguments = {}
    for cls in (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)):
        for node in cls.body:
            if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
                continue
            hint = node.annotation
            if not (isinstance(hint, ast.Subscript) and ast.unparse(hint.value) in ("A", "Annotated")):
                continue
            inner, *metadata = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
            calls = [item for item in metadata if isinstance(item, ast.Call) and ast.unparse(item.func) == "Arg"]
            given = {k.arg: k.value for k in calls[0].keywords if k.arg} if calls else {}
            default = names.value(node.value)
            names[f"default {node.target.id}"] = default
            if names.value(given.get("no_cli")) is True or (not calls and not any(map(_is_text, metadata))):
                continue
            kind, choices, many = _hinted(inner, names)
            if "type_parser" in given:
                kind, many = "any", False
            if "action" in given:
                kind, negative = "any", "BooleanOptionalAction" in ast.unparse(given["action"])
            else:
                negative = False
            own = names.value(given.get("cli_name"))
            first = own if isinstance(own, str) else "--" + node.target.id.replace("_", "-")
            aliases = names.value(given.get("aliases"))
            long = _long([first, *(aliases if isinstance(aliases, list) else [])])
            kind = "switch" if kind == "bool" or negative else kind
            found[long[0]] = _argument(
                long, kind, _where(path, node), names.value(given.get("choices")) if "choices" in given else choices,
                default, many=many or names.value(given.get("nargs")) in ("+", "*", "?"),
                required=node.value is None or names.value(given.get("required")) is True,
                negative=[f"no-{name}" for name in long] if negative else [],
            )  # fmt: skip
    return found


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _hinted(hint: ast.expr, names: Names) -> tuple[str, Any, bool]:
    """Type, choices and whether several values are taken, of a type hint."""
    if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
        sides = [side for side in (hint.left, hint.right) if ast.unparse(side) != "None"]
        return _hinted(sides[0], names) if len(sides) == 1 else ("any", UNREAD, False)
    if isinstance(hint, ast.Subscript):
        outer = ast.unparse(hint.value).rpartition(".")[2]
        items = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
        if outer == "Optional":
            return _hinted(items[0], names)
        if outer == "Literal":
            choices = [names.value(item) for item in items]
            return ("int" if all(type(c) is int for c in choices) else "str"), choices, False
        if outer in ("List", "list"):
            return _hinted(items[0], names)[0], UNREAD, True
        return "any", UNREAD, False
    text = ast.unparse(hint)
    return TYPES.get(text) or BOUNDED.get(text, "any"), UNREAD, False


def click_options(text: str, path: str, function: str, names: Names) -> Arguments:
    """The options among the decorators of one function: ``click.option`` and ``optgroup.option``."""
    found: Arguments = {}
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef) and n.name == function]
    for node in (d for f in functions for d in f.decorator_list if isinstance(d, ast.Call)):
        if not ast.unparse(node.func).endswith(".option"):
            continue
        flags = _flags(node, names)
        pairs = [flag.partition("/") for flag in flags]
        long = _long(flag for flag, _, _ in pairs)
        if not long:
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        kind, choices = _clicked(given.get("type"), names)
        if names.value(given.get("is_flag")) is True or any(no for _, _, no in pairs):
            kind = "switch"
        found[long[0]] = _argument(
            long, kind, _where(path, node), choices, names.value(given.get("default")),
            many=names.value(given.get("multiple")) is True,
            required=names.value(given.get("required")) is True,
            negative=_long(no for _, _, no in pairs),
        )  # fmt: skip
    return found


def _clicked(node: ast.expr | None, names: Names) -> tuple[str, Any]:
    """Kind and choices of click's ``type``."""
    if node is None:
        return "str", UNREAD
    text = ast.unparse(node)
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if "Choice" in called and node.args:
            choices = names.value(node.args[0])
            aliases = names.value(node.args[1]) if len(node.args) > 1 else {}
            known = isinstance(choices, (list, dict)) and isinstance(aliases, (list, dict))
            return "str", [*choices, *aliases] if known else UNREAD
        return ("str" if called.endswith("Path") else BOUNDED.get(called, "any")), UNREAD
    return TYPES.get(text, "any"), UNREAD


def model_fields(text: str, path: str, names: Names) -> dict[str, Arguments]:
    """The fields of every class in a module that states its fields by annotation; those of a base come first."""
    classes = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.ClassDef)}
    found: dict[str, Arguments] = {}

    def fields(cls: ast.ClassDef, seen: frozenset[str]) -> Arguments:
        own: Arguments = {}
        for base in map(ast.unparse, cls.bases):
            if base in classes and base not in seen:
                own |= fields(classes[base], seen | {base})
        for node in cls.body:
            if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
                continue
            name, given = node.target.id, {}
            if name.startswith("_") or name == "model_config" or ast.unparse(node.annotation).startswith("ClassVar"):
                continue
            default = names.value(node.value)
            if isinstance(node.value, ast.Call):
                given = {k.arg: k.value for k in node.value.keywords if k.arg}
                first = node.value.args[0] if node.value.args else given.get("default")
                default = names.value(first)
            kind, choices, many = _hinted(node.annotation, names)
            aliases = [names.value(given[key]) for key in ("alias", "validation_alias") if key in given]
            long = [name, *(alias for alias in aliases if isinstance(alias, str))]
            hint = ast.unparse(node.annotation)
            inner = next((c for c in re.findall(r"\w+", hint) if c in classes and "Union" not in hint), None)
            own[name] = _argument(
                long, kind, _where(path, node), choices, default, many=many, model=inner if kind == "any" else None,
                optional="Optional" in hint or "None" in hint,
            )  # fmt: skip
        return own

    for name, cls in classes.items():
        if arguments := fields(cls, frozenset({name})):
            found[name] = arguments
    return found


CPP = re.compile(r"\{\s*OPTION_\w+\s*,\s*\"([a-z0-9-]+)\"\s*,\s*(Option::Arg\w+|\"[^\"]*\")", re.DOTALL)
CPP_TYPES = {"Option::ArgInt": "int", "Option::ArgBool": "bool", "Option::ArgStr": "str", "Option::ArgFloat": "float"}


def server_options(text: str, path: str) -> Arguments:
    """tritonserver's flags out of the table in its command_line_parser.cc. Each may be given more than once."""
    found: Arguments = {}
    for match in CPP.finditer(text):
        kind = "switch" if match[2] == "Option::ArgNone" else CPP_TYPES.get(match[2], "str")
        line = text.count("\n", 0, match.start()) + 1
        found[match[1]] = _argument([match[1]], kind, f"{path}:{line}", many=True)
    return found


def template_parameters(text: str, path: str) -> Arguments:
    """What a config.pbtxt leaves open as ``${name}``; required is what stands anywhere but in a string parameter."""
    found: Arguments = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        optional = re.search(r"string_value:\s*\"\$\{\w+\}\"", line) is not None
        for name in re.findall(r"\$\{(\w+)\}", line):
            before = found.get(name, {})
            required = not optional or bool(before.get("required"))
            found[name] = before | _argument([name], "any", before.get("where", f"{path}:{number}"), required=required)
    return found


def merged(older: Arguments, newer: Mapping[str, dict[str, Any]]) -> Arguments:
    """The arguments that either of two lists knows, for a version between them; of each, only what both say is kept."""
    found = {name: dict(argument) for name, argument in older.items()}
    for name, argument in newer.items():
        same = next((key for key, known in found.items() if set(known["names"]) & set(argument["names"])), None)
        if same is None:
            found[name] = dict(argument)
            continue
        known = found[same]
        known["names"] = list(dict.fromkeys([*known["names"], *argument["names"]]))
        if known["type"] != argument["type"]:
            known["type"] = "any"
        for key in ("choices", "default"):
            if known.get(key) != argument.get(key):
                known.pop(key, None)
    return found
