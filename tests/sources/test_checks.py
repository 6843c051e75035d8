"""What Kustomize reads in another way than we do is refused, and what it reads as we do is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servelint.rules import all_rules
from servelint.sources import FETCHED, Fault, Reader, Tree
from servelint.steps import render

FOLDER = "overlays/h/m/w"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: a}]}\n"
HEAD = "apiVersion: builtin\nkind: {}\nmetadata: {{name: a}}\n"
PREFIX = HEAD.format("PrefixTransformer") + "prefix: a-\nfieldSpecs: [{path: metadata/name}]\n"
ADDRESS = "https://example.com/x"


def tree(root: Path, files: dict[str, str]) -> Tree:
    for path, text in {"pod.yaml": POD, "r.yaml": "source: {kind: Pod}\n", **files}.items():
        file = root / FOLDER / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return Reader(root).tree(FOLDER)


def faults(root: Path, files: dict[str, str]) -> list[tuple[str, str, int]]:
    """Kind, file within FOLDER and line of each fault."""
    return [(f.kind, os.path.relpath(f.file, FOLDER), f.line) for f in tree(root, files).faults]


def guarded(root: Path, files: dict[str, str]) -> set[str]:
    """Rules that keep an overlay from Kustomize."""
    found = tree(root, files)
    rules = ("unreadable-source", "remote-resource", "path-outside-repository", "code-in-build")
    return {rule for rule in rules if list(all_rules()[rule].run(found))}


def indent(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


# --- the YAML -------------------------------------------------------------------------------------------------------

K = "resources: [pod.yaml]\n"
YAML = {
    "a merge key": K + f"<<: {{resources: ['{ADDRESS}']}}\n",
    "a merge key in quotes": K + f"'<<': {{resources: ['{ADDRESS}']}}\n",
    "a merge key in double quotes": K + f'"<<": {{resources: ["{ADDRESS}"]}}\n',
    "a merge key with an escape": K + f'"\\x3c<": {{resources: ["{ADDRESS}"]}}\n',
    "a merge key with a tag": K + f"!!merge <<: {{resources: ['{ADDRESS}']}}\n",
    "a merge key with the whole tag": K + f"!<tag:yaml.org,2002:merge> <<: {{resources: ['{ADDRESS}']}}\n",
    "a merge key by another name": K + f"!!merge x: {{resources: ['{ADDRESS}']}}\n",
    "a merge key with no specific tag": K + f"! '<<': {{resources: ['{ADDRESS}']}}\n",
    "a complex merge key": K + f"? <<\n: {{resources: ['{ADDRESS}']}}\n",
    "a merge key of an entry": K + "images: [{name: a, <<: {newTag: b}}]\n",
    "a merge key of a selector": K + "patches: [{path: pod.yaml, target: {<<: {kind: Pod}}}]\n",
    "a merge key of labels": K + "commonLabels: {a: b, <<: {c: d}}\n",
    "a merge key of a list": K + "openapi: {<<: [{path: pod.yaml}]}\n",
    "a tag": K + "namePrefix: !!str a-\n",
    "a tag of a list": K + "images: !!seq []\n",
    "a tag of a mapping": K + "commonLabels: !!map {a: b}\n",
    "a tag of a key": K + "!!str namePrefix: a-\n",
    "a tag of its own": K + "namePrefix: !a b-\n",
    "the tag that says nothing": K + "namePrefix: ! a-\n",
    "the tag that says nothing on a number": K + "patchesStrategicMerge: [! 12]\n",
    "the tag that says nothing before an anchor": K + "namePrefix: ! &a a-\n",
    "a whole tag": K + "namePrefix: !<tag:yaml.org,2002:str> a-\n",
    "a number as a path": K + "crds: [12]\n",
    "a number in hexadecimal": K + "crds: [0xFFFFFFFFFFFFFFFFFF]\n",
    "a large number": K + "crds: [1e400]\n",
    "a number that is one to Go": K + "crds: [0X8]\n",
    "an octal number to Go": K + "crds: [0O17]\n",
    "a number with underscores": K + "crds: [1_0e3_]\n",
    "a version": K + "crds: [1.2.3]\n",
    "a date": K + "crds: [2001-01-01]\n",
    "a time": K + "crds: [2001-12-14t21:59:43.10-05:00]\n",
    "a truth": K + "crds: [on]\n",
    "nothing": K + "crds: [~]\n",
    "a list as a path": K + "crds: [[pod.yaml]]\n",
    "a mapping as a path": K + "crds: [{pod.yaml: }]\n",
    "a text for a list": K + "crds: pod.yaml\n",
    "a list for a mapping": K + "openapi: [path]\n",
    "a text for a mapping": K + "metadata: a\n",
    "a key that is a number": K + "commonLabels: {1: a}\n",
    "a key that is a truth": K + "commonLabels: {yes: a}\n",
    "a key that is a list": K + "? [a]\n: b\n",
    "a field in another letter case": K + "Images: []\n",
    "an inner field in another letter case": K + "patches: [{path: pod.yaml, target: {Kind: Pod}}]\n",
    "an unknown field": K + "patchs: []\n",
    "an unknown field of an entry": K + "images: [{nam: a}]\n",
    "an unknown field of openapi": K + "openapi: {path: pod.yaml, file: pod.yaml}\n",
    "two ways to give a patch": K + "patches: [{path: pod.yaml, patch: 'a: b'}]\n",
    "two ways to give a replacement": K + "replacements: [{path: r.yaml, source: {kind: Pod}}]\n",
    "a kind of its own": "kind: Overlay\n",
    "a version of its own": "apiVersion: v1\n",
    "an order that is none": K + "sortOptions: {order: random}\n",
    "a directive": "%YAML 1.1\n---\n" + K,
    "a directive of a tag": "%TAG !! tag:example.com,2000:\n---\n" + K,
    "a byte order mark": "\ufeff" + K,
    "a line break of YAML 1.1": "# \u2028resources: [pod.yaml]\n" + K,
    "the next line": f"# \x85resources: ['{ADDRESS}']\n" + K,
    "an old Mac's line break": "# a\rresources: [pod.yaml]\n",
    "a second document": "---\n---\n" + K,
    "a document after nothing": "~\n---\n" + K,
    "a document after its end": "...\n" + K,
    "text below the end": K + "...\n---\nnamePrefix: a-\n",
}  # fmt: skip


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_what_readers_take_in_different_ways_is_refused(text: str, tmp_path: Path) -> None:
    found = faults(tmp_path, {"kustomization.yaml": text})
    last = text.rstrip("\n").count("\n") + 1
    assert [kind for kind, *_ in found] == ["unreadable"], found
    assert found[0][1] == "kustomization.yaml" and 1 <= found[0][2] <= last


IN_A_PLUGIN = {
    "a merge key": PREFIX + "<<: {kind: HelmChartInflationGenerator}\n",
    "a merge key deep down": HEAD.format("PatchTransformer") + "patch: '{}'\ntarget: {kind: Pod, <<: {name: a}}\n",
    "a tag": PREFIX.replace("a-", "!!str a-"),
    "the tag that says nothing": HEAD.format("PatchTransformer") + "path: ! 12\n",
    "a number that is one to Go": HEAD.format("PatchTransformer") + "path: 0X8\n",
    "a date": HEAD.format("PatchTransformer") + "path: 2001-01-01\n",
    "a date that is text": PREFIX.replace("a-", "2001-01-01"),
    "a path that is a list": HEAD.format("PatchTransformer") + "path: [pod.yaml]\n",
    "an unknown field": PREFIX + "path: pod.yaml\n",
    "a field of another plugin": HEAD.format("LabelTransformer") + "files: [pod.yaml]\n",
    "a field in another letter case": HEAD.format("PatchTransformer") + "Path: pod.yaml\n",
    "a key that stands twice": PREFIX + "prefix: b-\n",
    "no name": PREFIX.replace("{name: a}", "{namespace: a}"),
    "a name that is a number": PREFIX.replace("{name: a}", "{name: 1}"),
    "an annotation of Kustomize": PREFIX.replace(
        "{name: a}", "{name: a, annotations: {config.kubernetes.io/local-config: 'true'}}"
    ),
    "two ways to give a patch": HEAD.format("PatchTransformer") + "path: pod.yaml\npatch: '{}'\n",
    "a next line": PREFIX + "# \x85path: pod.yaml\n",
    "a directive": "%YAML 1.1\n---\n" + PREFIX,
    # To Kustomize, which splits the text at every three dashes, the line begins a second plugin.
    "dashes that are no document": "kind: HelmChartInflationGenerator\n---#\n" + PREFIX,
    "dashes that are a key": "kind: HelmChartInflationGenerator\n---#x: 1\n" + PREFIX,
}  # fmt: skip


@pytest.mark.parametrize("text", IN_A_PLUGIN.values(), ids=IN_A_PLUGIN)
@pytest.mark.parametrize("where", ["a file", "text", "a folder"])
def test_so_it_is_in_a_plugin(where: str, text: str, tmp_path: Path) -> None:
    files = {
        "a file": {"kustomization.yaml": "transformers: [x.yaml]\n", "x.yaml": text},
        "text": {"kustomization.yaml": f"transformers:\n- |\n{indent(text)}"},
        "a folder": {
            "kustomization.yaml": "transformers: [x]\n", "x/kustomization.yaml": "resources: [y.yaml]\n", "x/y.yaml": text
        },
    }[where]  # fmt: skip
    assert "unreadable-source" in guarded(tmp_path, files)


FILES = {
    "a configuration with a merge key": ("configurations: [x.yaml]\n", "images: []\n<<: {replicas: []}\n", 2),
    "a configuration with a tag": ("configurations: [x.yaml]\n", "images: !!seq []\n", 1),
    "a configuration with an unknown field": ("configurations: [x.yaml]\n", "image: []\n", 1),
    "a configuration with an unknown inner field": ("configurations: [x.yaml]\n", "images:\n- pth: a\n", 2),
    "a configuration behind another": ("configurations: [x.yaml]\n", "{}\n---\nimages: []\n---\nimages: []\n", None),
    "a replacement with a merge key": ("replacements: [{path: x.yaml}]\n", "- source: {name: a, <<: {kind: b}}\n", 1),
    "a replacement with a path": ("replacements: [{path: x.yaml}]\n", "- path: pod.yaml\n", 1),
    "a replacement with a field too many": ("replacements: [{path: x.yaml}]\n", "replacements: []\n", 1),
    "an OpenAPI schema with a tag": ("openapi: {path: x.yaml}\n", "a: !a b\n", 1),
    "a definition with a merge key's tag": ("crds: [x.yaml]\n", "a: {!!merge b: {c: d}}\n", 1),
}


@pytest.mark.parametrize(("text", "file", "line"), FILES.values(), ids=FILES)
def test_so_it_is_in_the_files_that_are_named(text: str, file: str, line: int | None, tmp_path: Path) -> None:
    found = faults(tmp_path, {"kustomization.yaml": text, "x.yaml": file})
    assert found == ([("unreadable", "x.yaml", line)] if line else [])


def test_targets_in_a_file_of_a_plugin(tmp_path: Path) -> None:
    plugin = HEAD.format("ValueAddTransformer") + "value: a\ntargetFilePath: x.yaml\n"
    files = {
        "kustomization.yaml": "transformers: [t.yaml]\n",
        "t.yaml": plugin,
        "x.yaml": "targets:\n- path: pod.yaml\n",
    }
    assert faults(tmp_path, files) == [("unreadable", "x.yaml", 2)]


def test_too_much_that_is_wrong_is_said_in_part(tmp_path: Path) -> None:
    text = "".join(f"a{i}: b\n" for i in range(1_000))
    assert len(faults(tmp_path, {"kustomization.yaml": text})) == 50


# --- text or path ---------------------------------------------------------------------------------------------------

ADDRESSES = (
    "http://127.0.0.1:1/x: y", "HTTP://127.0.0.1:1/x: y", "https:x: y", "file:///srv/x: y", "ssh://x/y: z",
    "git::https://x/y/z: a", "github.com/a/b: c", "GITHUB.COM/a/b: c", "g\u0130thub.com/a/b: c", "github.com:a/b: c",
    "git@example.com:a/b: c", "a@/b/c: d", "a@:b/c/d: e", "git@github.com/a/b: c", "'  https://x/y': z",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("where", ["generators", "transformers", "validators", "patchesStrategicMerge", "paths"])
def test_text_that_could_be_an_address_is_refused(where: str, address: str, tmp_path: Path) -> None:
    text = f"{address}\n{POD if where in ('paths', 'patchesStrategicMerge') else PREFIX}"
    if where == "paths":
        plugin = HEAD.format("PatchStrategicMergeTransformer") + f"paths:\n- |\n{indent(text)}"
        files = {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": plugin}
    else:
        files = {"kustomization.yaml": f"{where}:\n- |\n{indent(text)}"}
    found = faults(tmp_path, files)
    if address.startswith("'"):  # to Kustomize a quote is the beginning of no address, and to us a field like any
        assert found == [] or found[0][0] == "unreadable"
    else:
        assert [kind for kind, *_ in found] == ["remote"]


@pytest.mark.parametrize("address", [a for a in ADDRESSES if not a.startswith("'")])
def test_a_path_that_is_an_address_is_refused(address: str, tmp_path: Path) -> None:
    path = address.partition(": ")[0]
    local = tmp_path / FOLDER / path
    local.mkdir(parents=True)
    (local / "kustomization.yaml").write_text("namePrefix: a-\n")
    for field in ("resources", "components", "transformers"):
        assert "remote" in {kind for kind, *_ in faults(tmp_path, {"kustomization.yaml": f"{field}: ['{path}']\n"})}


@pytest.mark.parametrize(
    "text", ["a@b.yaml", "http.yaml", "x/https:/y.yaml", "github.com.yaml", "file.yaml", "git.yaml"]
)
def test_a_path_that_is_none_is_not(text: str) -> None:
    assert not FETCHED.match(text)


UNSURE = {
    "no kind": "apiVersion: v1\nmetadata: {name: p}\n",
    "no name": "apiVersion: v1\nkind: Pod\n",
    "an empty name": "apiVersion: v1\nkind: Pod\nmetadata: {name: ''}\n",
    "a name that is a number": "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n",
    "a list": "- apiVersion: v1\n  kind: Pod\n",
    "text": "a\nb\n",
    "a second document without a name": f"{POD}---\napiVersion: v1\nkind: Pod\n",
    "dashes that are no document": f"a: b\n---#\n{POD}",
}


@pytest.mark.parametrize("text", UNSURE.values(), ids=UNSURE)
@pytest.mark.parametrize("where", ["patchesStrategicMerge", "paths"])
def test_a_patch_that_kustomize_might_take_for_a_path_is_refused(where: str, text: str, tmp_path: Path) -> None:
    if where == "paths":
        plugin = HEAD.format("PatchStrategicMergeTransformer") + f"paths:\n- |\n{indent(text)}"
        files = {"kustomization.yaml": "transformers: [t.yaml]\n", "t.yaml": plugin}
    else:
        files = {"kustomization.yaml": f"patchesStrategicMerge:\n- |\n{indent(text)}"}
    assert {kind for kind, *_ in faults(tmp_path, files)} == {"unreadable"}


@pytest.mark.parametrize(("there", "count"), [("bomb", 1), ("other", 0)])
def test_text_that_leads_somewhere_once_it_is_cut_down_is_refused(there: str, count: int, tmp_path: Path) -> None:
    """Kustomize takes ``a/..`` out of a path before it looks, and two plugins of one name make a path of their text."""
    text = f"{HEAD.format('HashTransformer')}---\n{HEAD.format('PrefixTransformer')}fieldSpecs: []\nprefix: a/../bomb"
    (tmp_path / FOLDER / there).mkdir(parents=True)
    (tmp_path / FOLDER / there / "kustomization.yaml").write_text("namePrefix: a-\n")
    found = faults(tmp_path, {"kustomization.yaml": f"transformers:\n- |-\n{indent(text)}"})
    assert found == [("unreadable", "kustomization.yaml", 2)] * count


# --- what is honest -------------------------------------------------------------------------------------------------

HONEST = {
    "aliases": "resources: [pod.yaml]\ncommonAnnotations: &a {a: b}\nlabels: [{pairs: *a}]\n",
    "an alias to a list of files": "resources: &a [pod.yaml]\nconfigMapGenerator: [{name: c, files: *a}]\n",
    "an alias to a patch": (
        "resources: [pod.yaml]\npatches:\n- {target: {kind: Pod}, patch: &a '{apiVersion: v1, kind: Pod, metadata: "
        "{name: p, labels: {a: b}}}'}\n- {target: {name: p}, patch: *a}\n"
    ),
    "a document's start and end": "# c\n---\n# d\nresources: [pod.yaml]\n...\n# e\n",
    "Windows' line breaks": "resources:\r\n- pod.yaml\r\n",
    "an exclamation mark": "resources: [pod.yaml]\ncommonAnnotations: {a: 'b!', c: d%e} # !!str\n",
    "quotes": "\"resources\": ['pod.yaml']\n'images': [{name: a, newTag: '1'}]\n",
    "JSON": '{"resources": ["pod.yaml"], "images": [{"name": "a", "newTag": "1"}]}\n',
    "nothing in fields": "resources: [pod.yaml]\nimages:\npatches: ~\ncommonLabels: {}\n",
    "an annotation without a value": "resources: [pod.yaml]\ncommonAnnotations: {a: }\n",
    "a version as a tag": "resources: [pod.yaml]\nimages: [{name: a, newTag: 0.4.6}]\n",
    "keys that look like fields": "resources: [pod.yaml]\nlabels: [{pairs: {Resources: a, PATH: b}}]\n",
    "a plugin in a line": (
        "resources: [pod.yaml]\ntransformers: ['{apiVersion: builtin, kind: LabelTransformer, metadata: {name: a}, "
        "labels: {a: b}, fieldSpecs: [{path: metadata/labels, create: true}]}']\n"
    ),
    "two plugins in a text": f"resources: [pod.yaml]\ntransformers:\n- |\n{indent(PREFIX)}  --- # another\n"
    + indent(PREFIX.replace("name: a}", "name: b}")),
    "a patch in a text": f"resources: [pod.yaml]\npatchesStrategicMerge:\n- |\n{indent(POD)}",
    "every field": (
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a, annotations: {b: c}}\n"
        "resources: [pod.yaml]\nnamePrefix: a-\nnameSuffix: -a\nnamespace: ns\n"
        "replicas: []\nbuildMetadata: [originAnnotations]\nsortOptions: {order: legacy, legacySortOptions: "
        "{orderFirst: [Pod], orderLast: []}}\n"
        "generatorOptions: {disableNameSuffixHash: true, labels: {a: b}, immutable: false}\n"
        "configMapGenerator: [{name: c, literals: [a=b], options: {disableNameSuffixHash: yes}}]\n"
        "secretGenerator: [{name: s, type: Opaque, behavior: create, envs: [e.env]}]\n"
        "replacements:\n- source: {kind: Pod, name: p, fieldPath: metadata.name, options: {delimiter: '-', index: 0}}\n"
        "  targets: [{select: {kind: ConfigMap, name: c}, fieldPaths: [data.a], options: {create: true}}]\n"
        "vars: [{name: V, objref: {apiVersion: v1, kind: Pod, name: p}, fieldref: {fieldPath: metadata.name}}]\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_what_is_honest_passes_and_builds(text: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": text, "e.env": "A=b\n"}
    assert faults(tmp_path, files) == []
    assert guarded(tmp_path, files) == set()
    assert render.run_kustomize(str(tmp_path / FOLDER)).error is None


def test_a_message_holds_no_line_of_the_author(tmp_path: Path) -> None:
    key = '"a\\n::error::b"'
    texts = (
        f"{key}: 1\n",
        f"commonLabels: {{{key}: [1]}}\n",
        f"crds: [{key}]\n",
        f"kind: {key}\n",
        f"images: [{{{key}: 1}}]\n",
    )
    for i, text in enumerate(texts):
        found: tuple[Fault, ...] = tree(tmp_path / str(i), {"kustomization.yaml": text}).faults
        assert found and all(fault.message.isprintable() for fault in found)
