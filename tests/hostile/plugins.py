"""Configurations of plugins: code that a build would run, and files that a built-in one would read by a side entrance.

Kustomize tries an entry of generators, transformers and validators as YAML first and takes it for a path only then; it
takes the items of a List for configurations of their own; and reads fields in any letter case.
Source: api/internal/target/kusttarget.go, api/resource/factory.go and api/internal/builtins of kustomize api v0.21.1
"""

from __future__ import annotations

from hostile.trial import POD, Input

HEAD = "namePrefix: deepseek-r1-<name>-a3ultra-\nresources: [pod.yaml]\n"
SIDE = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: side}\n"


def inline(name: str, text: str, field: str = "generators", **more: object) -> Input:
    """A plugin that stands as text in the kustomization."""
    block = "".join(f"  {row}\n" for row in text.splitlines())
    return Input(name, f"{HEAD}{field}:\n- |\n{block}", **more)  # type: ignore[arg-type]


def in_file(name: str, text: str, field: str = "generators", **more: object) -> Input:
    """A plugin that stands in a file."""
    return Input(name, f"{HEAD}{field}: [plugin.yaml]\n", {"plugin.yaml": text}, **more)  # type: ignore[arg-type]


def patch(kind: str, rest: str) -> str:
    return f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: side}}\n{rest}"


RUNS = (
    ("exec-generator", "apiVersion: someteam.example.com/v1\nkind: Steal\nmetadata: {name: x}\nargsOneLiner: id\n"),
    (
        "container-function",
        "apiVersion: v1\nkind: Fn\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n"
        "      container: {image: 'evil:1', network: true}\n",
    ),
    (
        "exec-function",
        "apiVersion: v1\nkind: Fn\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n"
        "      exec: {path: ./run.sh}\n",
    ),
    (
        "starlark-function",
        "apiVersion: v1\nkind: Fn\nmetadata:\n  name: x\n  annotations:\n    config.k8s.io/function: |\n"
        "      starlark: {path: run.star, url: '<http>'}\n",
    ),
    ("builtin-in-a-group", "apiVersion: builtin/v1\nkind: ConfigMapGenerator\nmetadata: {name: x}\n"),
    ("unknown-builtin", "apiVersion: builtin\nkind: ShellGenerator\nmetadata: {name: x}\ncommand: [id]\n"),
    ("builtin-of-another-case", "apiVersion: Builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [a.txt]\n"),
    ("helm-as-a-plugin", patch("HelmChartInflationGenerator", "name: nginx\nrepo: <http>\nreleaseName: x\n")),
)

INPUTS = (
    *(inline(f"inline-{name}", text) for name, text in RUNS),
    *(in_file(f"filed-{name}", text) for name, text in RUNS),
    inline("inline-transformer-of-a-stranger", RUNS[0][1], "transformers"),
    inline("inline-validator-of-a-stranger", RUNS[0][1], "validators"),
    # A plugin of a folder, a plugin in a List, a plugin made by another plugin's folder.
    Input(
        "folder-of-a-stranger",
        f"{HEAD}generators: [more]\n",
        {"more/kustomization.yaml": "resources: [g.yaml]\n", "more/g.yaml": RUNS[0][1]},
    ),
    Input(
        "folder-that-makes-its-plugin",
        f"{HEAD}generators: [more]\n",
        {
            "more/kustomization.yaml": "resources: [g.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '[{op: replace, path: /kind, value: Steal}]'}]\n",
            "more/g.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        },
    ),
    Input(
        "folder-whose-prefix-makes-it",
        f"{HEAD}generators: [more]\n",
        {
            "more/kustomization.yaml": "resources: [deeper]\n",
            "more/deeper/kustomization.yaml": "resources: [g.yaml]\n",
            "more/deeper/g.yaml": SIDE,
        },
    ),
    in_file(
        "list-of-strangers",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: e.example.com/v1, kind: Steal, metadata: {name: x}}\n",
    ),
    in_file(
        "list-that-asks",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: ['k=<http>']}\n",
    ),
    inline(
        "inline-list-that-asks",
        "apiVersion: v1\nkind: List\nmetadata: {name: l}\nitems:\n- {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, envs: ['<http>']}\n",
    ),
    inline(
        "list-of-any-name",
        "apiVersion: v1\nkind: GeneratorList\nmetadata: {name: l}\nitems:\n- {apiVersion: builtin, kind: SecretGenerator, metadata: {name: x}, files: ['k=<http>']}\n",
    ),
    in_file(
        "resource-list",
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {apiVersion: builtin, kind: SecretGenerator, metadata: {name: x}, files: ['k=<http>']}\n",
    ),
    in_file("second-document", f"{SIDE}literals: [a=b]\n---\n{SIDE.replace('side', 'other')}files: ['k=<http>']\n"),
    # Every field of a built-in plugin that names a file, each at an address.
    *(
        inline(f"asks-{i:02}-{kind.lower()}", patch(kind, f"{rest}{path}\n"), where)
        for i, (where, kind, rest, path) in enumerate(
            (
                ("generators", "ConfigMapGenerator", "", "files: ['<http>']"),
                ("generators", "ConfigMapGenerator", "", "envs: ['<http>']"),
                ("generators", "ConfigMapGenerator", "", "env: <http>"),
                ("generators", "ConfigMapGenerator", "", "FILES: ['k=<http>']"),
                ("generators", "SecretGenerator", "", "Envs: ['<http>']"),
                ("generators", "SecretGenerator", "", "ENV: <http>"),
                ("transformers", "PatchTransformer", "target: {kind: Pod}\n", "path: <http>"),
                ("transformers", "PatchTransformer", "target: {kind: Pod}\n", "Path: <http>"),
                ("transformers", "PatchJson6902Transformer", "target: {kind: Pod, name: p}\n", "path: <http>"),
                ("transformers", "PatchStrategicMergeTransformer", "", "paths: ['<http>']"),
                ("transformers", "PatchStrategicMergeTransformer", "", "pathS: ['<http>']"),
                ("transformers", "ValueAddTransformer", "value: a\n", "targetFilePath: <http>"),
                ("transformers", "ValueAddTransformer", "value: a\n", "targetfilepath: <http>"),
                ("transformers", "ReplacementTransformer", "", "replacements: [{path: '<http>'}]"),
                ("transformers", "ReplacementTransformer", "", "Replacements: [{PATH: '<http>'}]"),
                ("validators", "PatchTransformer", "target: {kind: Pod}\n", "path: '<http>'"),
            )
        )
    ),
    # What is no resource is a path: a text that begins with an address, or lacks a name.
    inline("text-without-a-name-is-a-path", "<http>?: y\napiVersion: builtin\nkind: ConfigMapGenerator\n"),
    inline(
        "transformer-text-is-an-address", "<http>: y\napiVersion: builtin\nkind: PrefixTransformer\n", "transformers"
    ),
    inline("validator-text-is-an-address", "<http>#x: y\nkind: PrefixTransformer\n", "validators"),
    Input("quoted-text-is-an-address", f'{HEAD}generators: ["<http>: y"]\n'),
    Input("text-with-a-comment-is-an-address", f'{HEAD}transformers: ["<http>/# x: y"]\n'),
    Input("repository-as-a-generator-text", f'{HEAD}generators: ["file://<repo>?ref=main: y"]\n'),
    Input("scp-as-a-generator-text", f'{HEAD}generators: ["git@127.0.0.1:a/b: y"]\n'),
    Input("flow-text-is-an-address", f"{HEAD}generators: ['<http>/{{}}: []']\n"),
    inline(
        "paths-of-a-text-that-is-an-address",
        patch("PatchStrategicMergeTransformer", "paths: ['<http>/x: y']\n"),
        "transformers",
    ),
    inline(
        "paths-of-a-block-that-is-an-address",
        patch("PatchStrategicMergeTransformer", "paths:\n- |\n  <http>/x: y\n  a: b\n"),
        "transformers",
    ),
    in_file(
        "filed-paths-that-are-an-address",
        patch("PatchStrategicMergeTransformer", "paths: ['<http>/x: y']\n"),
        "transformers",
    ),
    inline("kind-left-out", "apiVersion: builtin\nmetadata: {name: x}\n"),
    inline("name-left-out", "apiVersion: builtin\nkind: ConfigMapGenerator\nliterals: [a=b]\n"),
    inline("api-version-left-out", "kind: ConfigMapGenerator\nmetadata: {name: x}\nliterals: [a=b]\n"),
    inline("name-is-a-number", "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: 1}\nliterals: [a=b]\n"),
    inline("kind-is-a-list", "apiVersion: builtin\nkind: [ConfigMapGenerator]\nmetadata: {name: x}\n"),
    Input(
        "plugin-is-a-mapping",
        f"{HEAD}generators:\n- apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {{name: x}}\n",
    ),
    Input("plugins-are-a-string", f"{HEAD}generators: plugin.yaml\n", {"plugin.yaml": SIDE}),
    # Merge keys, anchors and tags inside a configuration.
    inline("merge-key-before-files", f"{SIDE}<<: {{files: ['k=<http>']}}\nfiles: [pod.yaml]\n"),
    inline("merge-key-after-files", f"{SIDE}files: [pod.yaml]\n<<: {{files: ['k=<http>']}}\n"),
    in_file("filed-merge-key", f"{SIDE}files: [pod.yaml]\n<<: {{files: ['k=<http>']}}\n"),
    in_file("filed-merge-of-two", f"{SIDE}files: [pod.yaml]\n<<: [{{envs: ['<http>']}}, {{files: ['k=<http>']}}]\n"),
    inline("quoted-merge-key", f"{SIDE}literals: [a=b]\n'<<': {{files: ['k=<http>']}}\n"),
    inline("tagged-merge-key", f"{SIDE}literals: [a=b]\n!!merge <<: {{files: ['k=<http>']}}\n"),
    inline(
        "merge-in-metadata",
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x, <<: {name: y}}\nfiles: [pod.yaml]\n",
    ),
    inline(
        "merge-in-a-replacement",
        patch("ReplacementTransformer", "replacements: [{path: pod.yaml, <<: {path: '<http>'}}]\n"),
        "transformers",
    ),
    inline("binary-file-name", f"{SIDE}files: [!!binary az1odHRwOi8vMTI3LjAuMC4xLw==]\n"),
    inline("tagged-file-name", f"{SIDE}files: [!!str 'k=<http>']\n"),
    inline("own-tag", f"{SIDE}files: [!k 'k=<http>']\n"),
    in_file("filed-tag-directive", f"%TAG !y! tag:yaml.org,2002:\n---\n{SIDE}files: [!y!str 'k=<http>']\n"),
    inline("files-by-an-alias", f"{SIDE}options: {{labels: {{a: &a 'k=<http>'}}}}\nfiles: [*a]\n"),
    inline("number-as-a-file-name", f"{SIDE}files: [! 12]\n", files={"12": "x"}),
    inline(
        "huge-number-as-a-file-name", f"{SIDE}files: [0xFFFFFFFFFFFFFFFFFFFF]\n", files={"0xFFFFFFFFFFFFFFFFFFFF": "x"}
    ),
    inline("files-are-a-mapping", f"{SIDE}files: {{k: '<http>'}}\n"),
    inline("unknown-field", f"{SIDE}filesFrom: ['k=<http>']\n"),
    inline("plugin-file-outside", f"{SIDE}files: ['<up>/secret.txt']\n"),
    inline("plugin-file-absolute", f"{SIDE}files: ['k=<outside>/secret.txt']\n"),
    inline(
        "plugin-patch-outside", patch("PatchTransformer", "target: {kind: Pod}\npath: <up>/pod.yaml\n"), "transformers"
    ),
    inline("plugin-env-outside", f"{SIDE}envs: ['<up>/secret.txt']\n"),
    inline(
        "plugin-targets-outside",
        patch("ValueAddTransformer", "value: a\ntargetFilePath: <up>/secret.txt\n"),
        "transformers",
    ),
    inline(
        "plugin-replacements-outside",
        patch("ReplacementTransformer", "replacements: [{path: '<up>/secret.txt'}]\n"),
        "transformers",
    ),
    Input("helm-chart", f"{HEAD}helmCharts: [{{name: nginx, repo: '<http>', version: 1.0.0}}]\n"),
    Input("helm-chart-of-old", f"{HEAD}helmChartInflationGenerator: [{{chartName: nginx, chartRepoUrl: '<http>'}}]\n"),
    Input("helm-home", f"{HEAD}helmGlobals: {{chartHome: '<up>'}}\nhelmCharts: [{{name: nginx}}]\n"),
    Input("helm-values-outside", f"{HEAD}helmCharts: [{{name: nginx, valuesFile: '<up>/secret.txt'}}]\n"),
    Input("helm-in-another-case", f"{HEAD}HelmCharts: [{{name: nginx, repo: '<http>'}}]\n"),
    Input(
        "plugin-two-folders-below",
        f"{HEAD.replace('[pod.yaml]', '[below]')}",
        {
            "below/kustomization.yaml": "resources: [pod.yaml]\ncomponents: [part]\n",
            "below/pod.yaml": POD,
            "below/part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: x}\n"
            "  target: {kind: Pod}\n  path: <http>\n",
        },
    ),
)
"""All of them."""

NEIGHBOURS = (
    inline("generator-as-it-should-be", f"{SIDE}literals: ['url=https://example.com/x']\n", rules=()),
    inline(
        "patch-that-speaks-of-an-address",
        patch("PatchTransformer", "target: {kind: Pod}\npatch: |\n  - {op: add, path: /metadata/annotations, value: {a: 'https://example.com'}}\n"),
        "transformers",
        rules=(),
    ),
    in_file("prefix-in-a-file", patch("PrefixTransformer", "prefix: a-\nfieldSpecs: [{path: metadata/name}]\n"), "transformers", rules=()),
)  # fmt: skip
"""What is like them and right."""
