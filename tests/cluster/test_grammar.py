"""The list of all that a kustomization may hold is that of the pinned Kustomize: its structs are read, field by field."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from servelint.sources import grammar
from servelint.sources.grammar import Fields, ListOf, MapOf, Scalar, Shape
from servelint.vendoring.schemas import Module, fetch_modules, module_sum

# The modules in the kubectl of the pinned wheel, as `go version -m` lists them; sums as in go.sum.
MODULES = tuple(
    Module(f"sigs.k8s.io/kustomize/{name}", "v0.21.1", f"h1:{h1}", "Apache-2.0", "", {})
    for name, h1 in (
        ("api", "lzqbzvz2CSvsjIUZUBNFKtIMsEw7hVLJp0JeSIVmuJs="),
        ("kyaml", "IVlbmhC076nf6foyL6Taw4BkrLuEsXUXNpsE+ScX7fI="),
    )
)
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
TEXT = re.compile(r"^type (\w+) string$", re.MULTILINE)
FIELD = re.compile(r"^\s+(?:(\w+)\s+)?([*\[\]\w.]+(?:\{\})?)(?:\s+`json:\"([^\",]*)[^`]*`)?\s*$")
BASIC = {
    "string": "text",
    "bool": "flag",
    "int": "number",
    "int64": "number",
    "map[string]string": "pairs",
    "map[string]interface{}": "anything",
}
WANTED = re.compile(r"/(types|builtins|builtinconfig|builtinhelpers|resid)/\w+\.go$")
HEAD = {"apiVersion", "kind", "metadata"}


class Structs:
    """The structs of some Go packages. ``found``: their bodies, by the package's last name and their own."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.found: dict[tuple[str, str], str] = {}
        self.texts: set[tuple[str, str]] = set()
        for path, text in sources.items():
            package = Path(path).parent.name
            text = re.sub(r"//.*", "", text)
            self.found |= {(package, name): body for name, body in STRUCT.findall(text)}
            self.texts |= {(package, name) for name in TEXT.findall(text)}

    def fields(self, package: str, name: str) -> dict[str, Any]:
        """What encoding/json takes for a struct: by JSON name, with embedded structs flattened."""
        fields: dict[str, Any] = {}
        for row in self.found[package, name].splitlines():
            if not row.strip():
                continue
            match = FIELD.match(row)
            assert match, f"{name}: cannot read {row!r}"
            go, kind, json = match.groups()
            if go is None and not json:  # embedded
                fields |= self.fields(*self._named(package, kind))
            elif json or (go or kind.rpartition(".")[2])[0].isupper():
                fields[json or go or kind.rpartition(".")[2]] = self.kind(package, kind)
        return fields

    def _named(self, package: str, kind: str) -> tuple[str, str]:
        outer, _, name = kind.rpartition(".")
        return outer or package, name

    def kind(self, package: str, kind: str) -> Any:
        kind = kind.removeprefix("*")
        if kind in BASIC:
            return BASIC[kind]
        if kind.startswith("[]"):
            return [self.kind(package, kind[2:])]
        outer, name = self._named(package, kind)
        if (outer, name) in self.texts:
            return "text"
        if name == "FsSlice":
            return [self.fields("types", "FieldSpec")]
        if name == "nbrSlice":
            return [self.fields("builtinconfig", "NameBackReferences")]
        if name == "RoleBindingSubjectMode":
            return "text"
        return self.fields(outer, name)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The Go sources of MODULES, by path."""
    found = {}
    for module in MODULES:
        archive = zipfile.ZipFile(fetch_modules(tmp_path_factory.mktemp("go"), [module])[module.path])
        assert module_sum(archive) == module.h1
        for name in archive.namelist():
            if WANTED.search(name) and not name.endswith("_test.go"):
                found[name] = archive.read(name).decode()
    return found


@pytest.fixture(scope="module")
def structs(sources: dict[str, str]) -> Structs:
    return Structs(sources)


def told(shape: Shape) -> Any:
    """A shape of the grammar in the same words."""
    match shape:
        case Scalar(role="flag" | "number" | "code" as role):
            return role
        case Scalar():
            return "text"
        case ListOf(item=item):
            return [told(item)]
        case MapOf():
            return "pairs"
        case Fields(fields=fields):
            return {name: told(inner) for name, inner in fields.items()}
    raise AssertionError(shape)


def test_the_kustomization(structs: Structs) -> None:
    theirs = structs.fields("types", "Kustomization")
    ours = told(grammar.KUSTOMIZATION)
    # Kustomize takes any text there and looks at these two.
    assert (theirs.pop("openapi"), ours.pop("openapi")) == ("pairs", {"path": "text", "version": "text"})
    code = [name for name, kind in ours.items() if kind == "code"]
    assert set(code) == {name for name in theirs if name.startswith("helm")}
    for name in code:
        del ours[name], theirs[name]
    assert ours == theirs


def test_the_kinds_of_plugins(sources: dict[str, str]) -> None:
    (text,) = [text for path, text in sources.items() if path.endswith("builtinhelpers/builtins.go")]
    kinds = set(re.findall(r"^\t(\w+): +(?:builtins\.)?New\w+,$", text, re.MULTILINE))
    assert kinds == {*grammar.PLUGINS, "HelmChartInflationGenerator"}


@pytest.mark.parametrize("kind", grammar.PLUGINS)
def test_a_plugin(kind: str, structs: Structs) -> None:
    parts = ("Prefix", "Suffix") if kind == "PrefixSuffixTransformer" else (kind.removesuffix("Transformer"),)
    theirs: dict[str, Any] = {}
    for part in parts:
        name = f"{part}TransformerPlugin" if kind.endswith("Transformer") else f"{kind}Plugin"
        theirs |= structs.fields("builtins", name)
    ours = told(grammar.PLUGINS[kind])
    assert {n: k for n, k in ours.items() if n not in HEAD} == {n: k for n, k in theirs.items() if n not in HEAD}
    assert ours["metadata"] == structs.fields("types", "ObjectMeta")


@pytest.mark.parametrize(
    ("shape", "package", "name"),
    [
        (grammar.CONFIGURATION, "builtinconfig", "TransformerConfig"),
        (grammar.REPLACEMENT, "types", "Replacement"),
        (grammar.VALUE_TARGETS.item, "builtins", "Target"),
    ],
)
def test_a_file_that_is_named(shape: Shape, package: str, name: str, structs: Structs) -> None:
    assert told(shape) == structs.fields(package, name)


def test_a_field_that_nobody_told_us_of_would_be_seen(sources: dict[str, str]) -> None:
    """The reader of structs is no rubber stamp: one field more in Kustomize, and the lists differ."""
    (path,) = [path for path in sources if path.endswith("types/kustomization.go")]
    more = sources[path].replace("\tTypeMeta `", '\tWild []string `json:"wild,omitempty"`\n\tTypeMeta `')
    assert more != sources[path]
    theirs = Structs({**sources, path: more}).fields("types", "Kustomization")
    assert theirs.keys() - grammar.KUSTOMIZATION.fields.keys() == {"wild"}
