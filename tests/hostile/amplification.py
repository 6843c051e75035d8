"""A little that goes in and a lot that comes out, or a lot of work on the way. Each has a process for itself, which is to
end within its seconds and its memory, with a finding where nothing sensible could come of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hostile.remotes import HEAD, PART, PODS
from hostile.trial import ANY, POD, Input


def objects(count: int, kind: str = "Service", more: str = "") -> str:
    return "---\n".join(
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: o{i}}}\n{more or 'spec: {ports: [{port: 80}]}'}\n"
        for i in range(count)
    )


def keys(count: int, size: int = 1) -> str:
    return "{" + ", ".join(f"k{i}: {'v' * size}" for i in range(count)) + "}"


def chain(deep: int, last: str, twice: str) -> dict[str, str]:
    """Folders of which each names the next one twice, under two spellings."""
    files = {f"c{i}/kustomization.yaml": twice.format(f"../c{i + 1}", f"../c{i + 1}/../c{i + 1}") for i in range(deep)}
    return {**files, f"c{deep}/kustomization.yaml": last}


def fleet_of(count: int) -> object:
    """Many overlays of which each costs a little less than one may."""

    def make(folder: Path) -> None:
        for i in range(count):
            other = folder.parent / f"share-{i:03}"
            other.mkdir()
            (other / "kustomization.yaml").write_text(
                f"namePrefix: deepseek-r1-share-{i:03}-a3ultra-\nresources: [r.yaml]\n"
                "patches: [{path: q.yaml, target: {kind: ConfigMap}}]\n"
            )
            (other / "r.yaml").write_text(objects(60, "ConfigMap", "data: {a: b}"))
            (other / "q.yaml").write_text(
                f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: q}}\ndata: {keys(600)}\n"
            )

    return make


COPIES = [{"op": "copy", "from": "/metadata/annotations", "path": f"/metadata/annotations/k{i}"} for i in range(28)]
ITSELF = "".join(
    f"- source: {{kind: Pod, name: p, fieldPath: spec}}\n  targets: [{{select: {{kind: Pod}}, fieldPaths: [spec.x{i}], options: {{create: true}}}}]\n"
    for i in range(26)
)
NEST = json.dumps([{"op": "copy", "from": "/x", "path": "/x/y"}] * 3_000)
NEST_BY_REPLACEMENTS = "".join(
    "- {source: {kind: Pod, name: p, fieldPath: x}, targets: [{select: {kind: Pod}, fieldPaths: [x.y]}]}\n"
    for _ in range(3_000)
)
CRD = json.dumps({
    f"example.com/v1.T{i}": {
        "Schema": {
            "properties": {
                "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": "x"},
                **{name: {"$ref": f"example.com/v1.T{i + 1}"} for name in ("a", "b", "c")},
            }
        },
        "Dependencies": [],
    }
    for i in range(30)
})  # fmt: skip
CRD_OF_ITSELF = json.dumps({
    "example.com/v1.T": {
        "Schema": {"properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"$ref": "x"},
            "a": {"$ref": "example.com/v1.T"}, "b": {"$ref": "example.com/v1.T"},
        }}
    }
})  # fmt: skip
LABELS = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\n"
SCRIPT = POD.replace(
    "image: 'a:1'", "image: 'lmsysorg/sglang:v0.4.6.post4-cu124', command: [bash, -c], args: [<script>]"
)


def script(name: str, text: str) -> Input:
    """A long script or argument list, as a manifest. No verdict is asked for: it has to end."""
    return Input(
        f"script-{name}", manifest=SCRIPT.replace("<script>", json.dumps(text)), rules=None, statuses=(0, 1, 2)
    )


def listed(name: str, values: list[str], field: str = "args") -> Input:
    body = POD.replace("image: 'a:1'", f"image: 'lmsysorg/sglang:v0.4.6.post4-cu124', {field}: {json.dumps(values)}")
    return Input(f"list-{name}", manifest=body, rules=None)


MOST = 30.0
"""Seconds for an overlay: one Kustomize may take 20 of them before it is ended, whatever nobody foresaw."""

_RAW = (
    # As handed over, and larger: a hundred ConfigMaps under a patch of a thousand keys, three hundred, fifteen hundred.
    *(
        Input(f"patch-of-a-thousand-keys-{count}", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.yaml, target: {{kind: ConfigMap}}}}]\n", {"r.yaml": objects(count, "ConfigMap", "data: {a: b}"), "q.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: q}}\ndata: {keys(1_000)}\n"}, rules=rules)
        for count, rules in ((100, None), (300, ANY), (900, ANY))
    ),
    # Wide times wide: what comes out grows with the product of what goes in.
    Input("patch-by-targets", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.yaml, target: {{kind: Service}}}}]\n", {"r.yaml": objects(900), "q.yaml": f"apiVersion: v1\nkind: Service\nmetadata: {{name: q, annotations: {keys(1500)}}}\n"}),
    Input("inline-patch-by-targets", f"{HEAD}resources: [r.yaml]\npatches:\n- target: {{kind: Service}}\n  patch: |\n    apiVersion: v1\n    kind: Service\n    metadata: {{name: q, labels: {keys(1200)}}}\n", {"r.yaml": objects(800)}),
    Input("json-patch-by-targets", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.yaml, target: {{version: v1}}}}]\n", {"r.yaml": objects(900), "q.yaml": json.dumps([{"op": "add", "path": "/spec/x", "value": [{"a": i} for i in range(3_000)]}])}),
    Input("many-patches-by-targets", f"{HEAD}resources: [r.yaml]\npatches: [{', '.join(['{path: q.yaml, target: {kind: Service}}'] * 400)}]\n", {"r.yaml": objects(400), "q.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: q, labels: {a: b}}\n"}),
    Input("strategic-patches", f"{HEAD}resources: [r.yaml]\npatchesStrategicMerge: [q.yaml]\n", {"r.yaml": objects(1_200), "q.yaml": objects(1_200, more="spec: {ports: [{port: 81}]}")}),
    Input("labels-by-objects", f"{HEAD}resources: [r.yaml]\nlabels: [{{pairs: {keys(1000)}, includeSelectors: true}}]\n", {"r.yaml": objects(900)}),
    Input("common-labels-by-objects", f"{HEAD}resources: [r.yaml]\ncommonLabels: {keys(900)}\n", {"r.yaml": objects(900)}),
    Input("annotations-by-objects", f"{HEAD}resources: [r.yaml]\ncommonAnnotations: {keys(20, 50_000)}\n", {"r.yaml": objects(900)}),
    Input("prefix-by-objects", f"namePrefix: {'a' * 100_000}\nresources: [r.yaml]\n", {"r.yaml": objects(900)}),
    Input("namespace-by-objects", f"{HEAD}namespace: {'n' * 200_000}\nresources: [r.yaml]\n", {"r.yaml": objects(900)}),
    Input("transformers-by-objects", f"{HEAD}resources: [r.yaml]\ntransformers: [{', '.join(['t.yaml'] * 300)}]\n", {"r.yaml": objects(600), "t.yaml": f"{LABELS}labels: {{a: b}}\nfieldSpecs: [{{path: metadata/labels, create: true}}]\n"}),
    Input("field-specs-by-objects", f"{HEAD}resources: [r.yaml]\nconfigurations: [c.yaml]\ncommonLabels: {{a: b}}\n", {"r.yaml": objects(600), "c.yaml": "commonLabels:\n" + "".join(f"- {{path: spec/a{i}/b, create: true}}\n" for i in range(3_000))}),
    Input("images-by-containers", f"{HEAD}resources: [r.yaml]\nimages: [{', '.join(f'{{name: a{i}, newTag: b}}' for i in range(3_000))}]\n", {"r.yaml": objects(300, "Pod", f"spec: {{containers: [{', '.join(f'{{name: c{i}, image: a}}' for i in range(20))}]}}")}),
    Input("replicas-by-objects", f"{HEAD}resources: [r.yaml]\nreplicas: [{', '.join(f'{{name: o{i}, count: 2}}' for i in range(900))}]\n", {"r.yaml": objects(900, more="spec: {replicas: 1}").replace("apiVersion: v1", "apiVersion: apps/v1").replace("Service", "Deployment")}),
    Input("replacements-by-targets", f"{HEAD}resources: [pod.yaml, r.yaml]\nreplacements:\n- source: {{kind: Pod, fieldPath: spec.hostname}}\n  targets: [{{select: {{kind: Service}}, fieldPaths: [{', '.join(f'spec.x{i}' for i in range(500))}], options: {{create: true}}}}]\n", {"r.yaml": objects(900), "pod.yaml": POD.replace("spec: {", f"spec: {{hostname: {'h' * 5_000}, ")}),
    Input("variables-by-places", f"{HEAD}resources: [pod.yaml, r.yaml]\nvars: [{{name: X, objref: {{apiVersion: v1, kind: Pod, name: p}}, fieldref: {{fieldpath: spec.hostname}}}}]\n", {"pod.yaml": POD.replace("spec: {", f"spec: {{hostname: {'h' * 100_000}, "), "r.yaml": objects(50, "Pod", f"spec: {{containers: [{{name: a, image: 'a:1', args: ['{'$(X)' * 300}']}}]}}")}),
    Input("one-file-in-many-generators", f"{PODS}configMapGenerator: [{', '.join(f'{{name: c{i}, files: [big.txt]}}' for i in range(900))}]\n", {"big.txt": "x" * 900_000}),
    Input("one-file-many-times", f"{PODS}configMapGenerator: [{{name: c, files: [{', '.join(f'k{i}=big.txt' for i in range(900))}]}}]\n", {"big.txt": "x" * 900_000}),
    Input("options-by-generators", f"{PODS}generatorOptions: {{labels: {keys(1500)}, annotations: {keys(1500)}}}\nconfigMapGenerator: [{', '.join(f'{{name: c{i}, literals: [a=b]}}' for i in range(600))}]\n"),
    Input("binary-file-doubles", f"{PODS}secretGenerator: [{', '.join(f'{{name: s{i}, files: [big.bin]}}' for i in range(300))}]\n", {"big.bin": b"\x00\xff" * 500_000}),
    # Doubling: each step repeats all that went before.
    Input("components-that-double", f"{PODS}components: [c0]\n", chain(16, f"{PART}commonAnnotations: {{a: b}}\n", f"{PART}components: ['{{}}', '{{}}']\n")),
    Input("bases-that-double", f"{HEAD}resources: [c0]\n", chain(40, "namePrefix: a-\n", "resources: ['{}', '{}']\n")),
    Input("copies-that-double", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.json, target: {{kind: ConfigMap}}}}]\n", {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {a: b}}\n", "q.json": json.dumps(COPIES)}),
    Input("inline-copies-that-double", f"{HEAD}resources: [r.yaml]\npatches:\n- target: {{kind: ConfigMap}}\n  patch: '{json.dumps(COPIES)}'\n", {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {a: b}}\n"}),
    Input("copies-that-double-by-a-plugin", f"{HEAD}resources: [r.yaml]\ntransformers: [t.yaml]\n", {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {a: b}}\n", "t.yaml": f"apiVersion: builtin\nkind: PatchJson6902Transformer\nmetadata: {{name: x}}\ntarget: {{kind: ConfigMap, name: c}}\njsonOp: '{json.dumps(COPIES)}'\n"}),
    Input("replacements-that-double", f"{HEAD}resources: [pod.yaml]\nreplacements:\n{ITSELF}"),
    Input("replacements-that-double-in-a-file", f"{HEAD}resources: [pod.yaml]\nreplacements: [{{path: r.yaml}}]\n", {"r.yaml": ITSELF}),
    # Each step puts the last one a level deeper: a reader that calls itself for each level ends without a word.
    Input("copies-that-nest", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.json, target: {{kind: ConfigMap}}}}]\n", {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nx: {y: {a: b}}\n", "q.json": NEST}),
    Input("replacements-that-nest", f"{HEAD}resources: [pod.yaml]\nreplacements: [{{path: r.yaml}}]\n", {"r.yaml": NEST_BY_REPLACEMENTS, "pod.yaml": POD.replace("spec: {", "x: {y: {a: b}}\nspec: {")}),
    Input("added-deep", f"{HEAD}resources: [r.yaml]\npatches: [{{path: q.json, target: {{kind: ConfigMap}}}}]\n", {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nx: {}\n", "q.json": json.dumps([{"op": "add", "path": "/x" + "/a" * i, "value": {}} for i in range(1, 1_500)])}),
    Input("definitions-that-triple", f"{PODS}crds: [c.json]\n", {"c.json": CRD}),
    Input("definition-of-itself", f"{PODS}crds: [c.json]\n", {"c.json": CRD_OF_ITSELF}),
    Input("variables-in-variables", f"{HEAD}resources: [r.yaml]\nvars:\n" + "".join(f"- {{name: V{i}, objref: {{apiVersion: v1, kind: ConfigMap, name: c}}, fieldref: {{fieldpath: data.v{i}}}}}\n" for i in range(26)), {"r.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n" + "".join(f"  v{i}: $(V{i + 1})$(V{i + 1})\n" for i in range(25)) + "  v25: xx\n"}),
    # Squares: Kustomize compares each with each other.
    Input("objects-of-many-files", f"{HEAD}resources: [{', '.join(f'r{i}.yaml' for i in range(3_000))}]\n", {f"r{i}.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: o{i}}}\n" for i in range(3_000)}),
    Input("entries-of-a-generator", f"{PODS}configMapGenerator: [{', '.join(f'{{name: c{i}, literals: [a=b]}}' for i in range(4_000))}]\n"),
    Input("sorting", f"{HEAD}sortOptions: {{order: legacy, legacySortOptions: {{orderFirst: [{', '.join(f'K{i}' for i in range(20_000))}]}}}}\nresources: [r.yaml]\n", {"r.yaml": objects(900)}, rules=None),
    Input("a-thousand-bases", f"{HEAD}resources: [{', '.join(f'b{i}' for i in range(1_500))}]\n", {f"b{i}/kustomization.yaml": f"configMapGenerator: [{{name: c{i}, literals: [a=b]}}]\n" for i in range(1_500)}, rules=None),
    Input("whole-fleet-spends-it", PODS, make=fleet_of(40), rules=None, arguments=("--deadline", "15"), seconds=45.0),  # type: ignore[arg-type]
    Input("literals-of-many", f"{PODS}configMapGenerator: [{{name: c, literals: [{', '.join(f'k{i}=v' for i in range(150_000))}]}}]\n"),
    Input("environment-file-of-many", f"{PODS}configMapGenerator: [{{name: c, envs: [e.env]}}]\n", {"e.env": "".join(f"K{i}=v\n" for i in range(200_000))}),
    Input("many-env-entries", f"{HEAD}resources: [pod.yaml]\n", {"pod.yaml": POD.replace("image: 'a:1'", "image: 'a:1', env: [" + ", ".join(f"{{name: E{i}, value: $(E{i + 1})$(E{i + 1})}}" for i in range(3_000)) + "]")}, rules=None),
    Input("env-that-doubles", manifest=POD.replace("image: 'a:1'", "image: 'lmsysorg/sglang:v0.4.6.post4-cu124', args: ['$(E0)'], env: [" + ", ".join(f"{{name: E{i}, value: $(E{i - 1})$(E{i - 1})}}" if i else "{name: E0, value: xx}" for i in range(40)) + "]"), rules=None),
    Input("many-containers", manifest=POD.replace("[{name: a, image: 'a:1'}]", "[" + ", ".join(f"{{name: c{i}, image: 'a:1', ports: [{{containerPort: {i + 1}}}]}}" for i in range(3_000)) + "]"), rules=None),
    Input("many-volumes", manifest=POD.replace("spec: {", "spec: {volumes: [" + ", ".join(f"{{name: v{i}, emptyDir: {{}}}}" for i in range(5_000)) + "], "), rules=None),
    Input("many-objects", manifest=objects(6_000, "ConfigMap", "data: {a: b}"), rules=None, seconds=60.0),
    Input("one-line-of-ten-megabytes", manifest=f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{a: '{'x' * 10_000_000}'}}\n", rules=ANY, statuses=(1, 2)),
    Input("env-that-refers-in-a-circle", manifest=POD.replace("image: 'a:1'", "image: 'lmsysorg/sglang:v0.4.6.post4-cu124', args: ['$(A)'], env: [{name: A, value: $(B)}, {name: B, value: $(A)$(A)}]"), rules=None),
    Input("config-map-that-is-mounted-often", manifest="---\n".join(["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: " + keys(2_000, 300) + "\n", POD.replace("image: 'a:1'", "image: 'a:1', envFrom: [" + ", ".join(["{configMapRef: {name: c}}"] * 2_000) + "]")]), rules=None),
    script("and", "test -d / && " * 30_000 + "true"),
    script("or", "false || " * 30_000 + "true"),
    script("pipes", "cat | " * 30_000 + "cat"),
    script("sequence", "true; " * 60_000),
    script("lines", "true\n" * 100_000),
    script("subshells", "(" * 5_000 + "true" + ")" * 5_000),
    script("braces", "{ " * 5_000 + "true; " + "} " * 5_000),
    script("substitutions", "$(" * 3_000 + "true" + ")" * 3_000),
    script("backticks", "`" * 60_000),
    script("conditions", "if true; then " * 3_000 + "true" + "; fi" * 3_000),
    script("loops", "for i in a; do " * 3_000 + "true" + "; done" * 3_000),
    script("continuations", "sglang \\\n" * 40_000),
    script("quotes", "'a'" * 80_000),
    script("double-quotes", '"$a"' * 60_000),
    script("here-documents", "cat <<E\nE\n" * 15_000),
    script("here-document-not-ended", "cat <<E\n" * 15_000),
    script("expansions", "${a:-" * 5_000 + "}" * 5_000),
    script("arithmetic", "$((1+" * 5_000 + "1" + "))" * 5_000),
    script("assignments", "".join(f"export A{i}=$A{i - 1}; " for i in range(20_000))),
    script("assignments-that-double", "".join(f"A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, 60)) + "python3 -m sglang.launch_server --tp $A59"),
    script("functions", "".join(f"f{i}() {{ f{i + 1}; f{i + 1}; }}\n" for i in range(3_000)) + "f0"),
    script("server-starts", "python3 -m sglang.launch_server --tp 8\n" * 8_000),
    script("flags-of-a-server", "python3 -m sglang.launch_server " + "--tp 8 " * 30_000),
    script("one-word", "a" * 1_000_000),
    script("globs", "ls " + "*" * 200_000),
    script("cases", "case a in " + "a) true;; " * 20_000 + "esac"),
    script("redirections", "true " + ">a " * 50_000),
    listed("flags", ["--tp", "8"] * 30_000),
    listed("positions", ["a"] * 100_000),
    listed("equals", ["--tp=8"] * 50_000),
    listed("other-flags", [f"--flag-{i}" for i in range(30_000)]),
    listed("command", ["bash", "-c", *["true"] * 60_000], "command"),
    listed("dashes", ["--"] * 60_000),
)  # fmt: skip

INPUTS = tuple(
    replace(
        item,
        alone=True,
        rules=item.rules if item.rules is None or item.manifest else ANY,
        seconds=max(item.seconds, 10.0 if item.manifest else MOST),
    )
    for item in _RAW
)
"""All of them."""
