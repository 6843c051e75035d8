"""Regular expressions and patterns, those that a pull request writes and those of ours that its text is held against."""

from __future__ import annotations

from hostile.remotes import HEAD, PODS
from hostile.trial import FOUND, POD, Input

SLOW = ("(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){25}", "(a*)*b", "([a-z]+)*\\\\d", "^(([a-z])+.)+[A-Z]([a-z])+$")
"""Each takes time that grows with two to the length, for a reader that tries one way after the other."""
COUNTED = ("a{1000}{1000}", "((a{100}){100}){100}", "(a{0,1000}){0,1000}", "(?:x?){900}x{900}", "[\\\\p{L}]{1000}")
VICTIM = "a" * 60 + "-b"
FIELDS = (
    ("patch-name", "patches: [{{target: {{kind: Pod, name: '{}'}}, path: q.yaml}}]"),
    ("patch-kind", "patches: [{{target: {{kind: '{}'}}, path: q.yaml}}]"),
    ("patch-group", "patches: [{{target: {{group: '{}'}}, path: q.yaml}}]"),
    ("patch-namespace", "patches: [{{target: {{namespace: '{}'}}, path: q.yaml}}]"),
    ("patch-labels", "patches: [{{target: {{labelSelector: 'a in ({})'}}, path: q.yaml}}]"),
    ("replacement-select", "replacements: [{{source: {{kind: Pod, name: v}}, targets: [{{select: {{name: '{}'}}, fieldPaths: [spec.x]}}]}}]"),
    ("replacement-reject", "replacements: [{{source: {{kind: Pod, name: v}}, targets: [{{select: {{kind: Pod}}, reject: [{{name: '{}'}}], fieldPaths: [spec.x]}}]}}]"),
    ("image", "images: [{{name: '{}', newTag: b}}]"),
)  # fmt: skip
PATCH = {
    "q.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: q, labels: {a: b}}\n",
    "pod.yaml": POD.replace("name: p", f"name: {VICTIM}"),
}


def text(name: str, body: str) -> Input:
    """A manifest whose text our own patterns meet. No verdict is asked for: it has to end."""
    return Input(f"text-{name}", manifest=body, rules=None, alone=True)


def value(name: str, held: str) -> Input:
    """The same, as a value in a ConfigMap."""
    return text(name, f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  a: '{held}'\n")


def pod(name: str, field: str, held: str) -> Input:
    return text(f"{field}-{name}", POD.replace("image: 'a:1'", f"image: 'a:1', {field}: '{held}'" if field != "image" else f"image: '{held}'"))  # fmt: skip


INPUTS = (
    # Together: Kustomize's own are linear, so all that can be slow is whoever reads them with other means.
    *(Input(f"slow-{field}-{i}", f"{PODS}{form.format(pattern)}\n", PATCH, rules=None) for field, form in FIELDS for i, pattern in enumerate(SLOW[:3])),
    *(Input(f"slow-more-{i}", f"{PODS}{FIELDS[0][1].format(pattern)}\n", PATCH, rules=None) for i, pattern in enumerate(SLOW[3:])),
    *(Input(f"counted-{field}-{i}", f"{PODS}{form.format(pattern)}\n", PATCH, rules=None) for field, form in FIELDS[:2] + FIELDS[5:] for i, pattern in enumerate(COUNTED)),
    *(Input(f"broken-{i}", f"{PODS}{FIELDS[0][1].format(pattern)}\n", PATCH, rules=(*FOUND, "idle-selector", "patch-without-target")) for i, pattern in enumerate(("(", "[a", "a{2,1}", "(?<n>a)\\\\k<n>", "(?!a)"))),
    *(Input(f"broken-image-{i}", f"{PODS}images: [{{name: '{pattern}', newTag: b}}]\n", rules=None) for i, pattern in enumerate(("(", "[a", "a{2,1}", "*"))),
    Input("selector-of-many", f"{PODS}patches: [{{target: {{labelSelector: '{','.join(['a=b'] * 20_000)}'}}, path: q.yaml}}]\n", PATCH, rules=None),
    Input("selector-of-parentheses", f"{PODS}patches: [{{target: {{labelSelector: '{'(' * 20_000}'}}, path: q.yaml}}]\n", PATCH, rules=None),
    Input("selector-of-blanks", f"{PODS}patches: [{{target: {{labelSelector: 'a{' ' * 40_000}in'}}, path: q.yaml}}]\n", PATCH, rules=None),
    Input("selector-of-slashes", f"{PODS}patches: [{{target: {{annotationSelector: '{'a/' * 20_000}'}}, path: q.yaml}}]\n", PATCH, rules=None),
    Input("pattern-of-a-megabyte", f"{PODS}patches: [{{target: {{name: '{'(a|b)' * 100_000}'}}, path: q.yaml}}]\n", PATCH, rules=None),
    # Wildcards of exceptions.yaml.
    *(
        Input(
            f"wildcard-{name}",
            f"{HEAD}resources: [pod.yaml]\n",
            {"/exceptions.yaml": f"- rule: idle-gpus\n  where: '{where}'\n  reason: it is a test of wildcards\n  expires: 2099-01-01\n"},
            rules=None,
            alone=True,
        )
        for name, where in (("stars", "*a" * 140 + "b"), ("questions", "?*" * 140), ("brackets", "[" * 290), ("classes", "[!a]*" * 55), ("all-stars", "*" * 290))
    ),
    Input(
        "wildcard-of-a-thousand-entries",
        PODS,
        {"/exceptions.yaml": "".join(f"- rule: idle-gpus\n  where: '{'*a' * 100}{i}'\n  reason: it is a test of wildcards\n  expires: 2099-01-01\n" for i in range(990))},
        rules=None,
        alone=True,
    ),
    # Ours.
    value("tokens-not-ended", "-eyJaaaaaaaaaa" * 50_000),
    value("keys-not-ended", "-----BEGIN " + "A " * 300_000),
    value("many-begins", "-----BEGIN RSA " * 50_000),
    value("many-bearers", "Bearer aaaaaaaaaaaaaaa " * 30_000),
    value("addresses", "://a:" * 150_000),
    value("address-not-ended", "://" + "a" * 700_000),
    value("assignments", "A=" * 300_000),
    value("blanks", " " * 700_000),
    value("quoted-pairs", "a:\"" * 200_000),
    value("upper-case", "A_" * 350_000),
    value("flags", "--a " * 150_000),
    value("dashes", "-" * 700_000),
    value("variables", "$(" * 300_000),
    value("dollars", "${" * 300_000),
    value("slashes", "/" * 700_000),
    value("dots", "." * 700_000),
    value("digits", "1" * 700_000),
    pod("letters", "image", "a" * 300_000),
    pod("dashes", "image", "a-" * 150_000),
    pod("dots", "image", "a." * 150_000),
    pod("slashes", "image", "a/" * 150_000),
    pod("under-scores", "image", "a__" * 100_000 + "!"),
    pod("many", "name", "a-" * 150_000 + "!"),
    pod("many", "workingDir", "/../" * 80_000),
    text("quantity-digits", POD.replace("image: 'a:1'", f"image: 'a:1', resources: {{limits: {{cpu: '{'1' * 300_000}x'}}}}")),
    text("quantity-exponent", POD.replace("image: 'a:1'", "image: 'a:1', resources: {limits: {cpu: '1e999999999'}}")),
    text("quantity-number", POD.replace("image: 'a:1'", f"image: 'a:1', resources: {{limits: {{cpu: {'9' * 4_000}}}}}")),
    text("duration", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{timeouts: {request: '" + "1h" * 100_000 + "'}}]}\n"),
    text("interfaces", POD.replace("metadata: {name: p}", "metadata: {name: p, annotations: {networking.gke.io/interfaces: '" + "[" * 200_000 + "'}}")),
    text("name-of-many-dots", POD.replace("name: p", f"name: {'a.' * 100_000}b")),
    text("key-of-many-slashes", POD.replace("metadata: {name: p}", f"metadata: {{name: p, labels: {{{'a/' * 100_000}: b}}}}")),
    text("finalizers", POD.replace("metadata: {name: p}", f"metadata: {{name: p, finalizers: ['{'a.' * 100_000}/b']}}")),
)  # fmt: skip
"""All of them."""
