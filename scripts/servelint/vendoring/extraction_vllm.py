"""Reads vLLM's arguments: options that its parser makes of the fields of configuration classes.

``vllm serve`` has few ``add_argument`` calls with words of their own. Nearly all are handed the keywords that
``get_kwargs(Class)`` makes of a field's type hint and default, some of them changed on the way. What that function does
with a hint is repeated here, on the syntax tree: a hint is followed through unions, aliases and imports.
"""

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

from .extraction import (
    SWITCHES,
    TYPES,
    UNREAD,
    Arguments,
    Names,
    Source,
    _argument,
    _flags,
    _long,
    _where,
    argparse_options,
)

Keywords = dict[str, Any]
"""What ``add_argument`` is given, as far as it can be read: type (a kind), choices, default, nargs, action, model."""
ENGINE, PARSER = "vllm.engine.arg_utils", "vllm.utils.argparse_utils"
FRONTENDS = ("vllm.entrypoints.common.cli_args", "vllm.entrypoints.openai.cli_args")
"""Where the server's own options stood since about 0.31, and before."""
SIZES = {
    "max_model_len", "max_num_batched_tokens", "max_num_scheduled_tokens", "kv_cache_memory_bytes",
    "safetensors_prefetch_block_size", "max_num_queued_tokens",
}  # fmt: skip
"""Whole numbers that may be written 16k or 2M; which of them may depends on the version, so the list says any."""
WRAPPERS = {"Annotated", "SkipValidation", "ClassVar"}


class Place(NamedTuple):
    """A node, and the module that its names belong to."""

    module: str
    node: ast.AST


class Package:
    """The modules of an installed package: where a name is defined, through imports and aliases."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.modules: dict[str, tuple[str, ast.Module, Names] | None] = {}

    def module(self, name: str) -> tuple[str, ast.Module, Names] | None:
        """Path, tree and constants of a module; None if the package has none of that name."""
        if name not in self.modules:
            self.modules[name] = None
            for path in (name.replace(".", "/") + ".py", name.replace(".", "/") + "/__init__.py"):
                try:
                    text = self.source(path)
                except KeyError:
                    continue
                self.modules[name] = path, ast.parse(text), Names().learn(text)
                break
        return self.modules[name]

    def find(self, module: str, name: str) -> Place | None:
        """The class or the value that a module calls by a name."""
        read = self.module(module)
        if read is None:
            return None
        for node in reversed([*_statements(read[1].body)]):  # the last binding holds
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
                return Place(module, node)
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets):
                return Place(module, node.value)
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value is not None:
                return Place(module, node.value)
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) in (name, "*"):
                        wanted = name if alias.name == "*" else alias.name
                        found = self.find(_imported(node, module, read[0]), wanted)
                        if found is not None or alias.name != "*":
                            return found
        return None

    def need(self, module: str, name: str) -> Place:
        """As ``find``. Raises KeyError if the package does not have it any more."""
        found = self.find(module, name)
        if found is None:
            raise KeyError(f"{module}.{name}")
        return found


def _imported(node: ast.ImportFrom, module: str, path: str) -> str:
    """The module that a statement imports from; dots count from the package of the module that it stands in."""
    up = node.level - path.endswith("/__init__.py")
    above = module.rsplit(".", up)[0] if up > 0 else module
    return (node.module or "") if not node.level else ".".join(filter(None, (above, node.module)))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What runs at the top of a module: of ``if TYPE_CHECKING``, the other branch."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements(node.orelse if "TYPE_CHECKING" in ast.unparse(node.test) else [*node.body])
        else:
            yield node


# --- fields of configuration classes ---------------------------------------------------------------------------------


def hints(package: Package, module: str, node: ast.expr) -> Iterator[Place]:
    """The types that a hint is a union of, each where its own names belong."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from hints(package, module, node.left)
        yield from hints(package, module, node.right)
        return
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rpartition(".")[2]
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer in ("Union", "Optional", *WRAPPERS):
            for item in items[:1] if outer in WRAPPERS else items:
                yield from hints(package, module, item)
            if outer == "Optional":
                yield Place(module, ast.Constant(None))
            return
    if isinstance(node, ast.Name) and node.id not in TYPES:
        found = package.find(module, node.id)
        if found is not None and isinstance(found.node, ast.expr):
            yield from hints(package, found.module, found.node)
            return
        if found is not None:
            yield found
            return
    yield Place(module, node)


def _outer(node: ast.AST) -> str:
    """The last word of a type: ``list`` of ``list[int]``, ``None``, the name of a class; ``dict`` for one below it."""
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(base).partition("[")[0] for base in node.bases]
        return "dict" if "dict" in bases else node.name
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value).rpartition(".")[2]
    return ast.unparse(node).rpartition(".")[2]


def _decorators(place: Place) -> list[str]:
    return [ast.unparse(one) for one in place.node.decorator_list] if isinstance(place.node, ast.ClassDef) else []


def _dataclass(place: Place) -> bool:
    """Whether a type is a dataclass, which the parser reads as JSON."""
    return any(text.partition("(")[0].rpartition(".")[2] in ("config", "dataclass") for text in _decorators(place))


def _strict(place: Place) -> bool:
    """Whether a class refuses a key that it does not have: what vLLM's own decorator sees to."""
    return any(text.partition("(")[0] == "config" and "extra=" not in text for text in _decorators(place))


def _literal(package: Package, place: Place) -> list[Any] | None:
    """The choices of a ``Literal``; None if the type is another."""
    if not isinstance(place.node, ast.Subscript) or _outer(place.node) != "Literal":
        return None
    found: list[Any] = []
    for item in place.node.slice.elts if isinstance(place.node.slice, ast.Tuple) else [place.node.slice]:
        if isinstance(item, ast.Constant):
            found.append(item.value)
        else:  # another Literal, by its name
            inner = [_literal(package, one) for one in hints(package, place.module, item)]
            found += [choice for choices in inner for choice in choices or [UNREAD]]
    return found


def keywords(package: Package, field: str, module: str, hint: ast.expr) -> Keywords:
    """What ``get_kwargs`` makes of a field's hint. The order of the cases is vLLM's."""
    places = list(hints(package, module, hint))
    by_name = {_outer(place.node): place for place in places}
    found: Keywords = {"optional": "None" in by_name}
    literals = [choices for place in places if (choices := _literal(package, place))]
    if classes := [place for place in places if _dataclass(place)]:
        return found | {"type": "json", "model": classes[0] if _strict(classes[0]) else None}
    if set(by_name) == {"bool", "str", "None"}:
        return found | {"type": "any", "nargs": "?"}
    if "bool" in by_name:
        return found | {"action": "BooleanOptionalAction"}
    if literals:
        choices = sorted(literals[0], key=str)
        kind = "int" if all(type(choice) is int for choice in choices) else "str"
        # Of an optional one the word None is a choice too; whether the parser then lets it pass depends on the version.
        return found | {"type": kind} | ({} if "str" in by_name else {"choices": choices})
    for outer in ("tuple", "list", "set"):
        if outer in by_name and isinstance(node := by_name[outer].node, ast.Subscript):
            first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            inner = keywords(package, field, by_name[outer].module, first)
            return found | {"type": inner.get("type", "any"), "nargs": "+"} | _only(inner, "choices")
    if "int" in by_name:
        return found | {"type": "any" if field in SIZES else "int"}
    if "float" in by_name:
        return found | {"type": "float"}
    if mappings := {"dict", "Dict", "Mapping"} & set(by_name):
        builtin = {"None", "int", "float", *mappings}
        return found | {"type": "json" if set(by_name) <= builtin else "str"}
    return found | {"type": "str"}


def _only(given: Keywords, *names: str) -> Keywords:
    return {name: given[name] for name in names if name in given}


def fields(package: Package, place: Place) -> dict[str, tuple[str, ast.AnnAssign]]:
    """The fields of a dataclass by name, those of its bases first, each with the module that it stands in."""
    found: dict[str, tuple[str, ast.AnnAssign]] = {}
    cls = place.node
    if not isinstance(cls, ast.ClassDef):
        return found
    for base in map(ast.unparse, cls.bases):
        above = package.find(place.module, base)
        found |= fields(package, above) if above else {}
    for node in cls.body:
        if not isinstance(node, ast.AnnAssign) or ast.unparse(node.annotation).startswith(("ClassVar", "InitVar")):
            continue
        found[ast.unparse(node.target)] = place.module, node
    return found


def get_kwargs(package: Package, place: Place) -> dict[str, Keywords]:
    """The keywords of every field of a class, as vLLM's function of that name gives them."""
    found: dict[str, Keywords] = {}
    for name, (module, node) in fields(package, place).items():
        read = package.module(module)
        names = read[2] if read else Names()
        default = names.value(node.value)
        if default is UNREAD and isinstance(node.value, ast.Call):
            given = {k.arg: k.value for k in node.value.keywords}
            first = node.value.args[0] if node.value.args else given.get("default")
            default = names.value(first) if first is not None else UNREAD
        found[name] = keywords(package, name, module, node.annotation) | {"default": default}
    return found


def models(package: Package, place: Place) -> dict[str, Arguments]:
    """The keys of a configuration class and of those inside it, by class. Each refuses a key that it does not have."""
    found: dict[str, Arguments] = {}
    todo = [place]
    while todo:
        place = todo.pop()
        name = _outer(place.node)
        if name in found:
            continue
        found[name] = {}
        for field, given in get_kwargs(package, place).items():
            module, node = fields(package, place)[field]
            if field.startswith("_") or "init=False" in ast.unparse(node):
                continue
            read = package.module(module)
            inner: Place | None = given.get("model")
            # Validators of the class may turn words into other types, so of a key only its name is told.
            found[name][field] = _argument(
                [field], "any", _where(read[0] if read else module, node), optional=given["optional"],
                model=_outer(inner.node) if inner else None,
            )  # fmt: skip
            todo += [inner] if inner else []
    return found


# --- the parser ------------------------------------------------------------------------------------------------------


class Reader:
    """Follows the statements of a function that builds a parser: which keywords a name holds, and what is added."""

    def __init__(self, package: Package, module: str) -> None:
        read = package.module(module)
        if read is None:
            raise KeyError(module)
        self.package, self.name = package, module
        self.path, self.tree, self.names = read
        parser = package.module(PARSER)
        # Since about 0.31 every --enable-x has a --disable-x and the other way round.
        self.inverses = parser[2].get("EnableDisableAction._inverse_prefixes") if parser else None
        self.held: dict[str, Any] = {}
        self.found: Arguments = {}
        self.models: dict[str, Arguments] = {}

    def follow(self, body: list[ast.stmt]) -> None:
        """Runs through statements in order, both branches of a condition."""
        for node in body:
            if isinstance(node, ast.If):
                self.follow([*node.body, *node.orelse])
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._assign(node.targets[0], node.value)
            elif isinstance(node, ast.AugAssign) and ast.unparse(node.target).endswith("['choices']"):
                self._assign(node.target, None)
            elif isinstance(node, ast.Delete):
                for target in node.targets:
                    self._assign(target, None)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._call(node.value)

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        """``kwargs = get_kwargs(Class)``, or a change of what one holds; without a value, one that is gone."""
        if isinstance(target, ast.Name):
            held = self._held(value)
            if held is not None:
                self.held[target.id] = held
        elif isinstance(target, ast.Subscript) and isinstance(key := self.names.value(target.slice), str):
            inner = self._held(target.value)
            if inner is not None:
                inner.pop(key, None)
                if value is not None:
                    self._put(inner, key, value)

    def _put(self, given: Keywords, key: str, value: ast.expr) -> None:
        """One keyword of ``add_argument``."""
        if key == "type":
            text = ast.unparse(value)
            inner = text.removeprefix("optional_type(").removeprefix("parse_type(").rstrip(")")
            given |= {"type": TYPES.get(inner, "any"), "optional": text.startswith("optional_type(")}
            given.pop("model", None)
            if isinstance(value, ast.Lambda):  # a word is changed before it is compared
                given.pop("choices", None)
        elif key == "action":
            given["action"] = ast.unparse(value).strip("'\"").rpartition(".")[2]
        elif key == "default" and ast.unparse(value).endswith("SUPPRESS"):
            given.pop("default", None)
        elif key == "choices" and isinstance(value, ast.Call) and ast.unparse(value.func) == "get_args":
            place = Place(self.name, value.args[0])
            literals = [_literal(self.package, one) for one in hints(self.package, self.name, value.args[0])]
            given["choices"] = next((found for found in literals if found), UNREAD) if place else UNREAD
        else:
            given[key] = self.names.value(value)

    def _held(self, node: ast.expr | None) -> Any:
        """Keywords that an expression stands for: of all fields of a class, or of one of them."""
        if isinstance(node, ast.Name):
            return self.held.get(node.id)
        if isinstance(node, ast.Subscript):
            outer = self._held(node.value)
            return outer.get(self.names.value(node.slice)) if isinstance(outer, dict) else None
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "get_kwargs":
            return get_kwargs(self.package, self.package.need(self.name, ast.unparse(node.args[0])))
        if isinstance(node, ast.Dict):
            merged: Keywords = {}
            for key, value in zip(node.keys, node.values, strict=True):
                if key is None:
                    merged |= self._held(value) or {}
                elif isinstance(word := self.names.value(key), str):
                    self._put(merged, word, value)
            return merged
        return None

    def _call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr == "remove" and ast.unparse(node.func.value).endswith("['choices']"):
            choices = self._held(node.func.value)
            words = [self._constant(word) for word in node.args]
            if isinstance(choices, list):
                choices[:] = [choice for choice in choices if choice not in words]
        if node.func.attr != "add_argument":
            return
        given: Keywords = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                given |= self._held(keyword.value) or {}
            else:
                self._put(given, keyword.arg, keyword.value)
        self.add(_flags(node, self.names), given, node)

    def _constant(self, node: ast.expr) -> Any:
        """A literal, or what an imported name stands for."""
        value = self.names.value(node)
        if value is UNREAD and isinstance(node, ast.Name):
            place = self.package.find(self.name, node.id)
            value = Names().value(place.node) if place and isinstance(place.node, ast.expr) else UNREAD
        return value

    def add(self, flags: list[str], given: Keywords, node: ast.AST) -> None:
        """One option, if it has a name of two dashes."""
        long = _long(flags)
        if not long:
            return
        action = str(given.get("action", ""))
        negative = self._negative(long) if action == "BooleanOptionalAction" else []
        kind = given.get("type", "str")
        if action in SWITCHES or negative:
            kind = "switch"
        elif action not in ("", "append", "store"):
            kind = "str" if action.startswith("Deprecated") else "any"
        model: Place | None = given.get("model") if kind == "json" else None
        if model is not None:
            self.models |= models(self.package, model)
        self.found[long[0]] = _argument(
            long, kind, _where(self.path, node), given.get("choices", UNREAD), given.get("default", UNREAD),
            many=given.get("nargs") in ("+", "*", "?") or action == "append",
            required=given.get("required") is True,
            deprecated=action.startswith("Deprecated") or given.get("deprecated") is True,
            negative=negative,
            optional=given.get("optional") is True and kind != "switch",
            model=_outer(model.node) if model else None,
            short=[flag[1:] for flag in flags if not flag.startswith("--")],
        )  # fmt: skip

    def _negative(self, long: list[str]) -> list[str]:
        """Spellings that switch off: --no-x, and where the parser pairs them, --disable-x of --enable-x."""
        found = [f"no-{name}" for name in long]
        pair = [prefix.lstrip("-") for prefix in self.inverses or ()]
        for name in long if len(pair) == 2 else ():
            for prefix, other in (pair, pair[::-1]):
                found += [other + name.removeprefix(prefix)] if name.startswith(prefix) else []
        return found


def _method(place: Place, name: str) -> ast.FunctionDef | None:
    body = place.node.body if isinstance(place.node, ast.ClassDef) else []
    return next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == name), None)


def _frontend(package: Package, module: str) -> Arguments:
    """Options of the server itself: one for each field, changed by a method of the class and of those above it."""
    place: Place | None = package.need(module, "FrontendArgs")
    reader = Reader(package, module)
    kwargs = get_kwargs(package, package.need(module, "FrontendArgs"))
    reader.held["frontend_kwargs"] = kwargs
    chain: list[ast.FunctionDef] = []
    while place is not None and isinstance(place.node, ast.ClassDef):
        own = _method(place, "_customize_cli_kwargs")
        chain += [own] if own else []
        place = package.find(place.module, ast.unparse(place.node.bases[0])) if place.node.bases else None
    for method in reversed(chain):
        reader.follow(method.body)
    whole = fields(package, package.need(module, "FrontendArgs"))
    for name, given in kwargs.items():
        reader.add([f"--{name.replace('_', '-')}"], given, whole[name][1])
    reader.follow(_function(package.need(module, "make_arg_parser")))
    return reader.found


def _function(place: Place) -> list[ast.stmt]:
    return place.node.body if isinstance(place.node, ast.FunctionDef) else []


def vllm(source: Source) -> dict[str, Arguments]:
    """vLLM: its server, its benchmark client, and the classes that JSON arguments are read into."""
    package = Package(source)
    frontend = next((module for module in FRONTENDS if package.find(module, "FrontendArgs")), FRONTENDS[-1])
    engine = Reader(package, ENGINE)
    for name in ("EngineArgs", "AsyncEngineArgs"):
        method = _method(package.need(ENGINE, name), "add_cli_args")
        engine.follow(method.body if method else [])
    return {
        "serve": _frontend(package, frontend) | engine.found,
        "bench_serve": _bench(source),
        **dict(sorted(engine.models.items())),
    }


def _bench(source: Source) -> Arguments:
    """Options of ``vllm bench serve``: plain calls, in its own module and in that of the data sets."""
    names = Names()
    paths = ("vllm/benchmarks/datasets/datasets.py", "vllm/benchmarks/serve.py")
    for path in ("vllm/benchmarks/lib/endpoint_request_func.py", *paths):
        names.learn(source(path))
    found: Arguments = {}
    for path in paths:
        found |= argparse_options(source(path), path, names)
    return found
