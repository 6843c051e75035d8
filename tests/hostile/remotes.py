"""Addresses: every spelling that Kustomize fetches, in every field of a kustomization that names a path.

Source: api/internal/git/repospec.go, api/internal/loader/fileloader.go and api/types of kustomize api v0.21.1
"""

from __future__ import annotations

from hostile.trial import REFUSED, Input

HEAD = "namePrefix: deepseek-r1-<name>-a3ultra-\n"
PODS = f"{HEAD}resources: [pod.yaml]\n"
PART = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"

FIELDS = (
    ("resources", "resources: [pod.yaml, '{}']"),
    ("bases", "resources: [pod.yaml]\nbases: ['{}']"),
    ("components", "resources: [pod.yaml]\ncomponents: ['{}']"),
    ("crds", "resources: [pod.yaml]\ncrds: ['{}']"),
    ("configurations", "resources: [pod.yaml]\nconfigurations: ['{}']"),
    ("openapi", "resources: [pod.yaml]\nopenapi: {{path: '{}'}}"),
    ("patches", "resources: [pod.yaml]\npatches: [{{path: '{}'}}]"),
    ("patches-strategic", "resources: [pod.yaml]\npatchesStrategicMerge: ['{}']"),
    ("patches-json", "resources: [pod.yaml]\npatchesJson6902: [{{path: '{}', target: {{version: v1, kind: Pod, name: p}}}}]"),
    ("replacements", "resources: [pod.yaml]\nreplacements: [{{path: '{}'}}]"),
    ("config-map-file", "resources: [pod.yaml]\nconfigMapGenerator: [{{name: c, files: ['k={}']}}]"),
    ("config-map-envs", "resources: [pod.yaml]\nconfigMapGenerator: [{{name: c, envs: ['{}']}}]"),
    ("config-map-env", "resources: [pod.yaml]\nconfigMapGenerator: [{{name: c, env: '{}'}}]"),
    ("secret-file", "resources: [pod.yaml]\nsecretGenerator: [{{name: c, files: ['{}']}}]"),
    ("secret-envs", "resources: [pod.yaml]\nsecretGenerator: [{{name: c, envs: ['{}']}}]"),
    ("generators", "resources: [pod.yaml]\ngenerators: ['{}']"),
    ("transformers", "resources: [pod.yaml]\ntransformers: ['{}']"),
    ("validators", "resources: [pod.yaml]\nvalidators: ['{}']"),
)  # fmt: skip
"""Each field that names a path, with a place for it."""

SPELLINGS = (
    ("upper-case", "HTTP://127.0.0.1:<port>/a/b"),
    ("mixed-case", "hTtPs://127.0.0.1:<port>/a/b"),
    ("git-over-http", "<git>?ref=main"),
    ("forced-git", "git::<git>//sub?ref=main&timeout=3s"),
    ("forced-git-in-capitals", "GIT::<git>"),
    ("file", "file://<repo>"),
    ("file-with-version", "file://<repo>?version=main&submodules=false"),
    ("file-in-capitals", "FILE://<repo>"),
    ("file-with-double-slash", "file://<repo>//"),
    ("forced-file", "git::file://<repo>"),
    ("ssh", "<ssh>/a/b.git"),
    ("ssh-in-capitals", "SSH://git@127.0.0.1:<port>/a/b"),
    ("scp", "git@127.0.0.1:a/b.git"),
    ("scp-of-another-user", "org-1234@127.0.0.1:a/b"),
    ("user-and-slash", "u@127.0.0.1/a/b"),
    ("github", "github.com/a/b"),
    ("github-by-colon", "GitHub.com:a/b//sub"),
    ("github-of-a-user", "git@github.com/a/b"),
    ("with-password", "http://u:p@127.0.0.1:<port>/a/b.git"),
    ("azure", "http://127.0.0.1:<port>/o/_git/r"),
    ("in-hexadecimal", "http://0x7f000001:<port>/a/b"),
    ("short-loopback", "http://127.1:<port>/a/b"),
    ("version-6", "http://[::1]:<port>/a/b"),
    ("percent-in-host", "http://127.0.0.%31:<port>/a/b"),
    ("fragment", "<http>/a/b#c"),
    ("only-a-query", "http://127.0.0.1:<port>?a/b"),
    ("no-slashes", "http:127.0.0.1:<port>/a"),
    ("one-slash", "http:/127.0.0.1:<port>/a"),
    ("three-slashes", "http:///127.0.0.1:<port>/a"),
)

MERGED = (
    ("into-nothing", "resources: [pod.yaml]\n<<: {bases: ['<http>']}"),
    ("crds-after", "crds: [pod.yaml]\nresources: [pod.yaml]\n<<: {crds: ['<http>']}"),
    ("components-before", "<<: {components: ['file://<repo>']}\nresources: [pod.yaml]"),
    ("resources-before", "<<: {resources: ['file://<repo>']}\nresources: [pod.yaml]"),
    ("list-of-merges", "resources: [pod.yaml]\n<<: [{namePrefix: a-}, {resources: ['file://<repo>']}]"),
    ("alias-of-a-generator", "generatorOptions: &a {labels: {a: b}}\nresources: [pod.yaml]\nconfigMapGenerator: [{name: c, literals: [a=b], <<: {envs: ['<http>']}, options: *a}]"),
    ("generator-entry", "resources: [pod.yaml]\nsecretGenerator: [{name: c, files: [pod.yaml], <<: {files: ['k=<http>']}}]"),
    ("patch-entry", "resources: [pod.yaml]\npatches: [{path: pod.yaml, <<: {path: '<http>'}}]"),
    ("json-patch-entry", "resources: [pod.yaml]\npatchesJson6902: [{target: {version: v1, kind: Pod, name: p}, patch: '[]', <<: {path: '<http>', patch: ''}}]"),
    ("replacement-entry", "resources: [pod.yaml]\nreplacements: [{path: pod.yaml, <<: {path: '<http>'}}]"),
    ("openapi-before", "resources: [pod.yaml]\nopenapi: {<<: {path: '<http>'}, path: pod.yaml}"),
    ("helm-entry", "resources: [pod.yaml]\nhelmCharts: [{name: a, <<: {repo: '<http>'}}]"),
    ("merge-in-a-merge", "resources: [pod.yaml]\n<<: {<<: {resources: ['file://<repo>']}}"),
    ("merge-by-a-tag", "resources: [pod.yaml]\n!!merge x: {resources: ['file://<repo>']}"),
    ("merge-by-a-long-tag", "resources: [pod.yaml]\n!<tag:yaml.org,2002:merge> '<<': {resources: ['file://<repo>']}"),
    ("merge-in-quotes", "resources: [pod.yaml]\n\"<<\": {resources: ['file://<repo>']}"),
    ("merge-by-an-escape", "resources: [pod.yaml]\n\"\\x3c<\": {resources: ['file://<repo>']}"),
    ("merge-with-an-anchor", "resources: [pod.yaml]\n&m <<: {resources: ['file://<repo>']}"),
    ("merge-as-a-complex-key", "resources: [pod.yaml]\n? <<\n: {resources: ['file://<repo>']}"),
    ("merge-by-an-alias-key", "namespace: &m <<\nresources: [pod.yaml]\n*m : {resources: ['file://<repo>']}"),
    ("two-merges", "resources: [pod.yaml]\n<<: {namespace: a}\n<<: {resources: ['file://<repo>']}"),
)  # fmt: skip

OTHER_CASE = (
    ("long-s", "re\u017fources: ['<http>']"),
    ("kelvin", "resources: [pod.yaml]\nconfigMapGenerator: [{name: c, envs: ['<http>'], \u212aind: x}]"),
    ("capitals", "RESOURCES: ['<http>']"),
    ("long-s-in-an-entry", "resources: [pod.yaml]\nconfigMapGenerator: [{name: c, file\u017f: ['k=<http>']}]"),
    ("patch-path", "resources: [pod.yaml]\npatches: [{Path: '<http>'}]"),
    ("bases", "resources: [pod.yaml]\nbaSes: ['<http>']"),
    ("open-api", "resources: [pod.yaml]\nopenAPI: {path: '<http>'}"),
    ("twice-in-two-cases", "resources: [pod.yaml]\nResources: ['<http>']"),
)

TEXTS = (
    ("strategic-one-line", "patchesStrategicMerge: ['<http>/q: y']"),
    ("strategic-of-an-address-and-a-mapping", "patchesStrategicMerge: ['<http>/q: {a: b}']"),
    ("strategic-in-a-block", "patchesStrategicMerge:\n- |\n  <http>/q: y\n  z: 1"),
    ("strategic-folded", "patchesStrategicMerge:\n- >-\n  <http>/q:\n  y"),
    ("strategic-with-a-comment", "patchesStrategicMerge: ['<http>/q #a: y']"),
    ("strategic-with-a-document-end", "patchesStrategicMerge: [\"<http>/...\\n...\\n\"]"),
    ("strategic-with-a-fragment", "patchesStrategicMerge: ['<http>/#: y']"),
    ("strategic-with-a-query-of-yaml", "patchesStrategicMerge: ['<http>?a={b: c}']"),
    ("strategic-in-capitals", "patchesStrategicMerge: ['HTTP://127.0.0.1:<port>/q: y']"),
    ("strategic-key-is-a-list", "patchesStrategicMerge: ['<http>: [a, b]']"),
)  # fmt: skip

INPUTS = (
    *(Input(f"{field}-asks", f"{HEAD}{text.format('<http>')}\n") for field, text in FIELDS),
    *(
        Input(f"{field}-clones", f"{HEAD}{text.format('file://<repo>')}\n")
        for field, text in FIELDS
        if field in ("resources", "bases", "components", "generators", "transformers", "validators")
    ),
    *(Input(f"spelt-{name}", f"{HEAD}resources: [pod.yaml, '{text}']\n") for name, text in SPELLINGS),
    *(Input(f"part-spelt-{name}", f"{PODS}components: ['{text}']\n") for name, text in SPELLINGS[3:12]),
    *(Input(f"merge-{name}", f"{HEAD}{text}\n") for name, text in MERGED),
    *(Input(f"case-{name}", f"{HEAD}{text}\n") for name, text in OTHER_CASE),
    *(Input(f"text-{name}", f"{PODS}{text}\n") for name, text in TEXTS),
    Input("folder-named-like-an-address", f"{HEAD}resources: ['http:/x']\n", {"http:/x/kustomization.yaml": "resources: []\n"}),
    Input(
        "local-folder-behind-a-host",
        f"{HEAD}resources: ['github.com/a/b']\n",
        {"github.com/a/b/kustomization.yaml": "resources: [pod.yaml]\n", "github.com/a/b/pod.yaml": "a: b\n"},
    ),
    Input("in-a-component-below", f"{PODS}components: [part]\n", {"part/kustomization.yaml": f"{PART}resources: ['<http>']\n"}),
    Input("in-a-base-below", f"{HEAD}resources: [below]\n", {"below/kustomization.yml": "resources: ['file://<repo>']\n"}),
    Input(
        "in-a-kustomization-without-a-suffix",
        f"{HEAD}resources: [below]\n",
        {"below/Kustomization": "configMapGenerator: [{name: c, envs: ['<http>']}]\n"},
    ),
    Input("in-json", '{"namePrefix": "deepseek-r1-<name>-a3ultra-", "resources": ["pod.yaml", "<http>"]}\n'),
    Input("by-an-alias", f"{HEAD}namespace: &a <http>\nresources: [pod.yaml, *a]\n"),
    Input("in-base-64", f"{HEAD}resources: [pod.yaml, !!binary aHR0cDovLzEyNy4wLjAuMS8=]\n"),
    Input("by-a-string-tag", f"{HEAD}resources: [pod.yaml, !!str '<http>']\n"),
    Input("by-an-unknown-tag", f"{HEAD}resources: [pod.yaml, !x '<http>']\n"),
    Input("by-no-tag", f"{HEAD}resources: [pod.yaml, ! '<http>']\n"),
    Input("by-a-tag-directive", f"%TAG !y! tag:yaml.org,2002:\n---\n{HEAD}resources: [pod.yaml, !y!str '<http>']\n"),
    Input("in-the-second-document", f"{PODS}---\nresources: ['<http>']\n"),
    Input("in-the-first-document", f"resources: ['<http>']\n---\n{PODS}"),
    Input("after-the-end-of-the-document", f"{PODS}...\nresources: ['<http>']\n"),
    Input("behind-a-next-line", f"{PODS}# all\u0085bases: ['<http>']\n"),
    Input("behind-a-line-separator", f"{PODS}# all\u2028bases: ['<http>']\n"),
    Input("behind-a-carriage-return", f"{PODS}# all\rbases: ['<http>']\n"),
    Input("behind-a-form-feed", f"{PODS}# all\fbases: ['<http>']\n"),
    Input("behind-a-byte-order-mark", f"\ufeff{PODS}bases: ['<http>']\n"),
    Input("in-utf-16", files={"kustomization.yaml": f"{PODS}bases: ['http://127.0.0.1/']\n".encode("utf-16")}),
    Input("key-twice", f"{HEAD}resources: [pod.yaml]\nresources: ['<http>']\n"),
    Input("key-twice-first", f"{HEAD}resources: ['<http>']\nresources: [pod.yaml]\n", rules=("duplicate-source-key", *REFUSED)),
    Input("with-blanks-around", f"{HEAD}resources: [pod.yaml, ' <http> ']\n"),
    Input("with-a-line-break", f'{HEAD}resources: [pod.yaml, "<http>\\n"]\n'),
    Input("with-a-tab", f'{HEAD}resources: [pod.yaml, "\\t<http>"]\n'),
    Input("with-a-zero", f'{HEAD}resources: [pod.yaml, "<http>\\0"]\n'),
    Input("behind-dots", f"{HEAD}resources: [pod.yaml, './<http>']\n"),
    Input("a-key-is-the-address", f"{PODS}configMapGenerator: [{{name: c, files: ['<http>?a=pod.yaml']}}]\n", rules=("refused-by-server", *REFUSED)),
    Input("two-equal-signs", f"{PODS}configMapGenerator: [{{name: c, files: ['a=b=<http>']}}]\n"),
    Input("path-of-a-replacement-and-more", f"{PODS}replacements: [{{path: '<http>', source: {{kind: Pod}}}}]\n"),
    Input("unknown-field", f"{PODS}remoteBases: ['<http>']\n"),
    Input("field-of-a-later-version", f"{PODS}configMapGenerator: [{{name: c, urls: ['<http>']}}]\n"),
)  # fmt: skip
"""All of them."""

NEIGHBOURS = (
    Input("address-as-a-value", f"{PODS}configMapGenerator: [{{name: c, literals: ['u=https://example.com/x']}}]\n", rules=()),
    Input(
        "address-in-an-annotation",
        f"{PODS}commonAnnotations: {{u: 'https://example.com/a/b'}}\n",
        rules=(),
    ),
    Input(
        "address-in-a-patch",
        f"{PODS}patches:\n- patch: |\n    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: p\n      annotations: {{u: 'http://example.com/x: y'}}\n",
        rules=(),
    ),
    Input("files-of-odd-names", f"{PODS}configMapGenerator: [{{name: c, files: ['a@b.txt', 'k=c:d.txt']}}]\n", {"a@b.txt": "", "c:d.txt": ""}, rules=()),
    Input("number-in-quotes", f"{PODS}configMapGenerator: [{{name: c, files: ['k=12']}}]\n", {"12": "x"}, rules=()),
    Input("in-json-as-it-should-be", '{"namePrefix": "deepseek-r1-<name>-a3ultra-", "resources": ["pod.yaml"]}\n', rules=()),
    Input("merge-in-a-file-of-resources", f"{PODS}", {"pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: &m {name: p}\nspec: {containers: [{name: a, image: 'a:1'}]}\n"}, rules=()),
)  # fmt: skip
"""What is like them and right."""
