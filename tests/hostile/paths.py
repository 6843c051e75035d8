"""Paths that lead out of the repository, out of a folder, or to what Kustomize reads and the guard does not.

Source: api/internal/loader/loadrestrictions.go and api/types of kustomize api v0.21.1
"""

from __future__ import annotations

from hostile.remotes import FIELDS, HEAD, PART, PODS
from hostile.trial import POD, Input

ODD = (
    ("no-tag", "! 12", "12"),
    ("no-tag-and-quotes", "! '12'", "12"),
    ("string-tag", "!!str 12", "12"),
    ("integer", "12", "12"),
    ("octal", "0o17", "0o17"),
    ("binary-number", "0b11", "0b11"),
    ("capital-hexadecimal", "0X8", "0X8"),
    ("huge-hexadecimal", "0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF"),
    ("huge-decimal", "99999999999999999999", "99999999999999999999"),
    ("huge-exponent", "1e999", "1e999"),
    ("underscored", "_1", "_1"),
    ("signed-underscore", "-_1", "-_1"),
    ("underscored-exponent", "9e_2", "9e_2"),
    ("sexagesimal", "12:30", "12:30"),
    ("date", "2001-01-01", "2001-01-01"),
    ("time", "2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
    ("truth", "yes", "yes"),
    ("single-letter-truth", "y", "y"),
    ("truth-of-odd-case", "tRUE", "tRUE"),
    ("nothing", "~", "~"),
    ("null", "null", "null"),
    ("infinity", ".inf", ".inf"),
    ("no-number", ".NaN", ".NaN"),
    ("float", "1.", "1."),
    ("equals", "=", "="),
    ("merge", "<<", "<<"),
    ("list", "[pod.yaml]", "pod.yaml"),
    ("mapping", "{pod.yaml: }", "pod.yaml"),
    ("set", "!!set {pod.yaml}", "pod.yaml"),
    ("base-64", "!!binary eC55YW1s", "x.yaml"),
    ("integer-tag", "!!int '12'", "12"),
    ("float-tag", "!!float 12", "12"),
    ("null-tag", "!!null x", "x"),
    ("timestamp-tag", "!!timestamp 2001-01-01", "2001-01-01"),
    ("own-tag", "!path x.yaml", "x.yaml"),
)
"""Entries that are no plain string to one reader or the other; and a file of that name."""

STRINGS = {
    "underscored",
    "sexagesimal",
    "date",
    "time",
    "truth-of-odd-case",
    "equals",
    "single-letter-truth",
    "no-tag-and-quotes",
}
"""Where both readers may take the entry for the text that it is; then the file is read and judged as any other."""

INPUTS = (
    *(Input(f"{field}-outside", f"{HEAD}{text.format('<up>/pod.yaml')}\n") for field, text in FIELDS),
    *(Input(f"{field}-absolute", f"{HEAD}{text.format('<outside>/pod.yaml')}\n") for field, text in FIELDS),
    *(
        Input(f"{field}-folder-outside", f"{HEAD}{text.format('<up>')}\n")
        for field, text in FIELDS
        if field in ("resources", "bases", "components", "generators", "transformers", "validators")
    ),
    *(
        Input(f"entry-{name}", f"{HEAD}resources: [pod.yaml, {text}]\n", {file: "a: b\n"})
        for name, text, file in ODD
        if name not in STRINGS
    ),
    *(
        Input(f"patch-entry-{name}", f"{PODS}patchesStrategicMerge: [{text}]\n", {file: POD})
        for name, text, file in ODD
        if name not in STRINGS
    ),
    *(
        Input(f"file-entry-{name}", f"{PODS}configMapGenerator: [{{name: c, files: [{text}]}}]\n", {file: "x"})
        for name, text, file in ODD
        if name not in STRINGS
    ),
    *(Input(f"path-{name}", f"{PODS}patches: [{{path: {text}}}]\n", {file: POD}) for name, text, file in ODD[:1] + ODD[6:10]),
    *(Input(f"openapi-{name}", f"{PODS}openapi: {{path: {text}}}\n", {file: "{}"}) for name, text, file in ODD[:1] + ODD[6:10]),
    Input("merged-folder-outside", f"{PODS}<<: {{resources: ['<up>']}}\n"),
    Input("merged-part-outside", f"{PODS}<<: {{components: ['<up>']}}\n"),
    Input("merged-file-outside", f"{PODS}configMapGenerator: [{{name: c, files: [pod.yaml], <<: {{files: ['k=<up>/secret.txt']}}}}]\n"),
    Input("out-and-in-again", f"{HEAD}resources: ['../../../../../fleet/overlays/../<up>']\n"),
    Input("dots-inside-the-path", f"{HEAD}resources: ['./.././<name>/../<name>/<up>']\n"),
    Input("key-hides-the-path", f"{PODS}configMapGenerator: [{{name: c, files: ['pod.yaml=<up>/secret.txt']}}]\n"),
    Input("env-of-a-process", f"{PODS}configMapGenerator: [{{name: c, envs: [/proc/self/environ]}}]\n"),
    Input("device", f"{PODS}configMapGenerator: [{{name: c, files: [/dev/zero]}}]\n"),
    Input("device-by-dots", f"{PODS}configMapGenerator: [{{name: c, files: ['z=../../../../../../../../../../../../dev/zero']}}]\n"),
    Input("standard-input", f"{PODS}configMapGenerator: [{{name: c, files: ['../../../../../../../../../../dev/stdin']}}]\n"),
    Input("password-file", f"{PODS}secretGenerator: [{{name: c, files: ['../../../../../../../../../../etc/passwd']}}]\n"),
    Input("home", f"{PODS}configMapGenerator: [{{name: c, files: ['~/.kube/config']}}]\n"),
    Input("variable", f"{PODS}configMapGenerator: [{{name: c, files: ['$HOME/.kube/config']}}]\n"),
    Input("backslashes", f"{PODS}configMapGenerator: [{{name: c, files: ['..\\..\\secret.txt']}}]\n"),
    Input("drive", f"{PODS}configMapGenerator: [{{name: c, files: ['C:\\secret.txt']}}]\n"),
    Input("empty", f"{HEAD}resources: [pod.yaml, '']\n"),
    Input("blank", f"{HEAD}resources: [pod.yaml, ' ']\n"),
    Input("dot", f"{HEAD}resources: [pod.yaml, .]\n"),
    Input("parent", f"{HEAD}resources: [pod.yaml, ..]\n"),
    Input("whole-repository", f"{HEAD}resources: [pod.yaml, ../../../..]\n"),
    Input("builds-on-itself", f"{HEAD}resources: [pod.yaml, '../<name>']\n"),
    Input("builds-on-each-other", f"{HEAD}resources: [a]\n", {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}),
    Input("file-of-another-folder", f"{HEAD}resources: ['../../../../base/platform/namespace/namespace.yaml']\n"),
    Input("pattern", f"{HEAD}resources: ['*.yaml']\n"),
    Input("name-with-a-zero", f'{HEAD}resources: [pod.yaml, "a\\0b.yaml"]\n'),
    Input("name-of-5000", f"{HEAD}resources: [pod.yaml, '{'a' * 5000}']\n"),
    Input("depth-of-3000", f"{HEAD}resources: [pod.yaml, '{'a/../' * 3000}pod.yaml']\n", rules=("twice-named-source",)),
    Input("half-a-pair", f'{HEAD}resources: [pod.yaml, "\\ud800.yaml"]\n'),
    Input("two-kustomizations", PODS, {"kustomization.yml": "resources: ['<http>']\n"}),
    Input("three-kustomizations", PODS, {"Kustomization": "resources: ['<http>']\n"}),
    Input("text-that-is-a-path-too", f"{PODS}patchesStrategicMerge: ['a: b']\n", {"a: b": POD}),
    Input("generator-text-that-is-a-path-too", f"{PODS}generators: ['a: b']\n", {"a: b": POD}),
    Input("list-that-is-text", f"{HEAD}resources: pod.yaml\n"),
    Input("list-that-is-a-mapping", f"{HEAD}resources: {{a: pod.yaml}}\n"),
    Input("list-in-a-list", f"{HEAD}resources: [[pod.yaml]]\n"),
    Input("generator-that-is-a-mapping", f"{PODS}configMapGenerator: {{name: c, files: ['k=<up>/secret.txt']}}\n"),
    Input("generator-that-is-text", f"{PODS}configMapGenerator: ['<up>/secret.txt']\n"),
    Input("patches-that-are-text", f"{PODS}patches: ['<up>/pod.yaml']\n"),
    Input("openapi-that-is-text", f"{PODS}openapi: <up>/pod.yaml\n"),
    Input("openapi-that-is-a-list", f"{PODS}openapi: [{{path: <up>/pod.yaml}}]\n"),
    Input("files-that-are-text", f"{PODS}configMapGenerator: [{{name: c, files: '<up>/secret.txt'}}]\n"),
    Input("env-that-is-a-list", f"{PODS}configMapGenerator: [{{name: c, env: ['<up>/secret.txt']}}]\n"),
    Input("in-a-part-of-a-part", f"{PODS}components: [a]\n", {"a/kustomization.yaml": f"{PART}components: [b]\n", "a/b/kustomization.yaml": f"{PART}configMapGenerator: [{{name: c, files: ['../<up>/../secret.txt']}}]\n"}),
    Input("one-folder-too-deep", None, {"deep/kustomization.yaml": f"{HEAD}resources: [pod.yaml]\n", "deep/pod.yaml": POD}, rules=("unreadable-source",)),
)  # fmt: skip
"""All of them."""

NEIGHBOURS = (
    *(
        Input(f"plain-{name}", f"{PODS}configMapGenerator: [{{name: c, files: [{text}]}}]\n", {file: "x"}, rules=())
        for name, text, file in ODD
        if name == "truth-of-odd-case"
    ),
    Input("file-below", f"{PODS}configMapGenerator: [{{name: c, files: ['./a/../a/b.txt']}}]\n", {"a/b.txt": "x"}, rules=()),
    Input("depth-of-2000", f"{HEAD}resources: ['{'a/../' * 2000}pod.yaml']\n", rules=()),
    Input("base-next-door", f"{HEAD}resources: [pod.yaml, ../plain-neighbour-of-all]\n", {"../plain-neighbour-of-all/kustomization.yaml": "namePrefix: deepseek-r1-plain-neighbour-of-all-a3ultra-\nresources: [pod.yaml]\n", "../plain-neighbour-of-all/pod.yaml": POD.replace("name: p", "name: q")}, rules=()),
)  # fmt: skip
"""What is like them and right."""
