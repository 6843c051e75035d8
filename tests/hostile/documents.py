"""YAML that hangs a reader, or that one reader takes for something else than another; and bytes that are no YAML."""

from __future__ import annotations

from hostile.links import OWN_FILE
from hostile.remotes import HEAD, PODS
from hostile.trial import ANY, FOUND, POD, Input

BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
MAPS = "m0: &m0 {k: v}\n" + "".join(f"m{i}: &m{i} {{a: *m{i - 1}, b: *m{i - 1}, c: *m{i - 1}}}\n" for i in range(1, 30))
MERGES = "m0: &m0 {k0: v}\n" + "".join(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}], k{i}: v}}\n" for i in range(1, 40))
"""Each is a few hundred bytes, and billions of values when it is written out."""
HEADER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"

TEXTS: tuple[tuple[str, str | bytes], ...] = (
    ("bomb-of-lists", HEADER + BOMB),
    ("bomb-of-mappings", HEADER + MAPS),
    ("bomb-of-merges", HEADER + MERGES),
    ("alias-of-itself", f"{HEADER}data: &a {{b: *a}}\n"),
    ("list-of-itself", f"{HEADER}x: &a [*a, *a]\n"),
    ("alias-of-nothing", f"{HEADER}data: *nothing\n"),
    ("alias-before-its-anchor", f"{HEADER}data: {{a: *b, c: &b d}}\n"),
    ("deep-list", HEADER + "x: " + "[" * 20_000 + "]" * 20_000),
    ("deep-list-not-closed", HEADER + "x: " + "[" * 100_000),
    ("deep-mapping", HEADER + "x: " + "{a: " * 5_000 + "b" + "}" * 5_000),
    ("deep-block", HEADER + "".join(f"{' ' * i}a:\n" for i in range(2_000))),
    ("deep-dashes", HEADER + "x:\n" + "- " * 50_000 + "a"),
    ("deep-questions", HEADER + "? " * 20_000 + "a"),
    ("key-of-a-mebibyte", f"{HEADER}data: {{{'k' * (1 << 20)}: v}}"),
    ("many-documents", "---\n".join([HEADER] * 3_000)),
    ("many-empty-documents", "---\n" * 200_000),
    ("many-keys", HEADER + "data:\n" + "".join(f"  k{i}: v\n" for i in range(150_000))),
    ("many-anchors", HEADER + "data:\n" + "".join(f"  k{i}: &a{i} v\n" for i in range(120_000))),
    ("quote-not-closed", f"{HEADER}data: 'a\n"),
    ("tab-as-indentation", f"{HEADER}data:\n\ta: b\n"),
    ("control-character", f"{HEADER}data: {{a: 'b\x01c'}}\n"),
    ("escape-character", f"{HEADER}data: {{a: '\x1b[2J'}}\n"),
    ("zero-byte", f"{HEADER}data: {{a: 'b\0c'}}\n"),
    ("not-utf-8", HEADER.encode() + b"data: {a: \xff\xfe}\n"),
    ("latin-1", HEADER.encode() + "data: {a: 'é'}\n".encode("latin-1")),
    ("utf-16", f"{HEADER}data: {{a: b}}\n".encode("utf-16")),
    ("utf-32", f"{HEADER}data: {{a: b}}\n".encode("utf-32")),
    ("surrogate", HEADER.encode() + b"data: {a: \xed\xa0\x80}\n"),
    ("overlong", HEADER.encode() + b"data: {a: \xc0\xaf}\n"),
    ("gzip", b"\x1f\x8b\x08\x00" + b"\0" * 200),
    ("python-object", f"{HEADER}data: !!python/object/apply:os.system ['id']\n"),
    ("python-name", f"{HEADER}data: {{a: !!python/name:os.system }}\n"),
    ("tag-of-a-stranger", f"{HEADER}data: {{a: !Ref b}}\n"),
    ("version-of-yaml", f"%YAML 9.9\n---\n{HEADER}"),
    ("unknown-directive", f"%FOO bar\n---\n{HEADER}%BAZ"),
    ("tag-without-a-handle", f"{HEADER}data: {{a: !q!b c}}\n"),
    ("integer-tag-on-text", f"{HEADER}data: {{a: !!int abc}}\n"),
    ("float-tag-on-text", f"{HEADER}data: {{a: !!float abc}}\n"),
    ("time-tag-on-text", f"{HEADER}data: {{a: !!timestamp abc}}\n"),
    ("list-as-a-key", f"{HEADER}data: {{? [a, b] : c}}\n"),
    ("mapping-as-a-key", f"{HEADER}data: {{? {{a: b}} : c}}\n"),
    ("null-as-a-key", f"{HEADER}data: {{~: c}}\n"),
    ("number-as-a-key", f"{HEADER}data: {{1: c}}\n"),
    ("truth-as-a-key", f"{HEADER}data: {{yes: c}}\n"),
    ("no-number-as-a-key", f"{HEADER}data: {{.nan: c}}\n"),
    ("list-as-a-document", "- a\n- b\n"),
    ("text-as-a-document", "just text\n"),
    ("number-as-a-document", "12\n"),
    ("nothing", ""),
    ("only-a-comment", "# nothing\n"),
    ("only-a-byte-order-mark", "\ufeff"),
    ("key-twice", f"{HEADER}data: {{a: b}}\ndata: {{a: c}}\n"),
    ("key-twice-in-a-flow", f"{HEADER}data: {{a: b, a: c}}\n"),
    ("key-twice-by-an-escape", f'{HEADER}data: {{a: b, "\\x61": c}}\n'),
    ("two-files-in-one", f"{HEADER}data: {{a: b}}\n{HEADER.replace('name: c', 'name: d')}"),
    ("kind-is-a-list", "apiVersion: v1\nkind: [ConfigMap]\nmetadata: {name: c}\n"),
    ("name-is-a-mapping", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {a: b}}\n"),
    ("metadata-is-a-list", "apiVersion: v1\nkind: ConfigMap\nmetadata: [name]\n"),
    ("no-name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
    ("no-kind", "apiVersion: v1\nmetadata: {name: c}\n"),
    ("name-is-a-number", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 12}\n"),
    ("list-within-a-list", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [1, [2], ~]}\n"),
    ("items-are-text", "apiVersion: v1\nkind: List\nitems: abc\n"),
    ("huge-integer", f"{HEADER}immutable: 99999999999999999999999999999\n"),
    ("integer-of-5000-digits", f"{HEADER}immutable: {'9' * 5_000}\n"),
    ("hexadecimal-of-100000-digits", f"{HEADER}immutable: 0x{'f' * 100_000}\n"),
    ("exponent-of-nine-digits", f"{HEADER}immutable: 1e999999999\n"),
    ("sexagesimal-of-many", f"{HEADER}immutable: 1{':59' * 20_000}\n"),
    ("base-64-of-nothing", f"{HEADER}binaryData: {{a: !!binary '***'}}\n"),
)
"""As a resource of an overlay, and as a manifest that was rendered elsewhere."""

MANIFESTS = (
    "bomb-of-lists", "bomb-of-merges", "alias-of-itself", "deep-list", "deep-list-not-closed", "deep-dashes", "many-empty-documents", "not-utf-8",
    "utf-16", "python-object", "list-as-a-key", "no-number-as-a-key", "key-twice", "two-files-in-one", "kind-is-a-list", "name-is-a-mapping",
    "list-within-a-list", "integer-of-5000-digits", "hexadecimal-of-100000-digits", "sexagesimal-of-many", "nothing", "control-character",
)  # fmt: skip
"""Those of them that are tried as a manifest; each needs a process."""

HARMLESS = {
    "name-is-a-number",
    "items-are-text",
    "unknown-directive",
    "number-as-a-key",
    "truth-as-a-key",
    "nothing",
    "only-a-comment",
    "only-a-byte-order-mark",
    "list-within-a-list",
}
"""Kustomize may take these and write something plain."""

INPUTS = (
    *(Input(f"resource-{name}", f"{HEAD}resources: [pod.yaml, r.yaml]\n", {"r.yaml": text}, rules=ANY) for name, text in TEXTS if name not in HARMLESS),
    *(Input(f"manifest-{name}", manifest=dict(TEXTS)[name], alone=True, rules=ANY, statuses=(1, 2)) for name in MANIFESTS),
    *(
        Input(f"kustomization-{name}", f"{PODS}{text}", rules=FOUND)
        for name, text in (
            ("bomb-of-lists", BOMB),
            ("bomb-of-mappings", MAPS),
            ("bomb-of-merges", MERGES),
            ("alias-of-itself", "labels: &a [*a]\n"),
            ("deep", f"labels: {'[' * 3_000}{']' * 3_000}\n"),
            ("bomb-of-labels", "commonLabels: &a {b: &b [&c [x, x], *c, *c]}\nlabels: *b\n"),
        )
    ),
    *(
        Input(f"patch-{name}", f"{PODS}patches: [{{path: q.yaml, target: {{kind: Pod}}}}]\n", {"q.yaml": text}, rules=FOUND)
        for name, text in (("bomb-of-lists", POD + BOMB), ("bomb-of-merges", POD + MERGES), ("deep", POD + "x: " + "[" * 9_000 + "]" * 9_000), ("not-utf-8", b"\xff"), ("alias-of-itself", "spec: &a {b: *a}\n"))
    ),
    *(
        Input(f"inline-{name}", f"{PODS}patches:\n- target: {{kind: Pod}}\n  patch: |\n{''.join(f'    {row}' for row in text.splitlines(True))}\n", rules=FOUND)
        for name, text in (("bomb-of-lists", POD + BOMB), ("bomb-of-merges", POD + MERGES), ("alias-of-itself", "a: &a [*a]\n"))
    ),
    *(
        Input(f"plugin-{name}", f"{PODS}transformers: [t.yaml]\n", {"t.yaml": f"apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {{name: x}}\n{text}"}, rules=FOUND)
        for name, text in (("bomb-of-lists", BOMB), ("bomb-of-merges", MERGES), ("deep", "x: " + "[" * 9_000 + "]" * 9_000))
    ),
    Input("openapi-deep", f"{PODS}openapi: {{path: o.json}}\n", {"o.json": '{"a":' * 9_000 + "1" + "}" * 9_000}, rules=FOUND),
    Input("configuration-bomb", f"{PODS}configurations: [c.yaml]\n", {"c.yaml": BOMB}, rules=FOUND),
    Input("crd-bomb", f"{PODS}crds: [c.yaml]\n", {"c.yaml": BOMB}, rules=FOUND),
    Input("replacement-bomb", f"{PODS}replacements: [{{path: c.yaml}}]\n", {"c.yaml": BOMB}, rules=FOUND),
    # The files that the validator itself reads.
    *(
        Input(f"{where}-{name}", PODS, {path: text}, alone=True, statuses=OWN_FILE, rules=ANY)
        for where, path in (("hardware", "/hardware/other/hardware.yaml"), ("model", "/models/other/model.yaml"), ("exceptions", "/exceptions.yaml"), ("platform", "/base/platform/other/kustomization.yaml"))
        for name, text in (("bomb-of-lists", BOMB), ("bomb-of-merges", MERGES), ("deep", "[" * 50_000), ("not-utf-8", b"\xff"), ("itself", "&a [*a]\n"))
    ),
)  # fmt: skip
"""All of them."""

NEIGHBOURS = (
    Input("short-aliases", f"{HEAD}resources: [pod.yaml, r.yaml]\n", {"r.yaml": f"{HEADER}data: {{a: &a b, c: *a}}\n"}, rules=()),
    Input("carriage-returns", f"{HEAD}resources: [pod.yaml]\r\n".replace("\n", "\r\n").replace("\r\r", "\r"), rules=()),
    Input("byte-order-mark", f"{HEAD}resources: [pod.yaml, r.yaml]\n", {"r.yaml": f"\ufeff{HEADER}data: {{a: b}}\n"}, rules=()),
    Input("other-scripts", f"{HEAD}resources: [pod.yaml, r.yaml]\n", {"r.yaml": f"{HEADER}data: {{a: 'é 模型 🙂'}}\n"}, rules=()),
)  # fmt: skip
"""What is like them and right."""
