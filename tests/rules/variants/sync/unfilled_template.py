"""What unfilled-template tells apart beyond its own examples."""

from servelint.rules.sync.unfilled_template import GOOD

_FAST = GOOD.replace("goTemplate: true, ", "").replace("{{ .", "{{")
_LIST = GOOD.replace("git: {directories: [{path: a}]}", "list: {elements: [{cluster: a}]}").replace(
    ".path.path", ".cluster"
)
_PLUG = GOOD.replace("git: {directories: [{path: a}]}", "plugin: {configMapRef: {name: a}}")

ALSO_GOOD = [
    _FAST, GOOD.replace(".path.basename", "index .path.segments 1 | lower"),
    GOOD.replace(".path.basename", "- if eq .path.basename `a` -}}a{{- else -}}b{{- end "),
    GOOD.replace(".path.basename", "$x := .path.basename }}{{ $x "), GOOD.replace(".path.basename", "`a` | upper"),
    GOOD.replace(".path.basename", 'printf "{{name}}" .path.basename'),
    _LIST.replace(".path.basename", ".cluster"), _PLUG.replace(".path.basename", ".anything"),
    GOOD.replace("a}]}}]", "a}], values: {zone: a}}}]").replace(".path.basename", ".values.zone"),
    GOOD.replace("directories: [{path: a}]", "files: [{path: a}]").replace(".path.basename", ".cluster.name"),
    GOOD.replace("argoproj.io/v1alpha1", "example.com/v1").replace(".path", "path"),
    _FAST.replace("path.basename", "path[0]"), _FAST.replace("path.path", "name-of"),
    GOOD.replace("path: a}]", "path: a}], pathParamPrefix: own").replace(".path", ".own.path"),
]  # fmt: skip
ALSO_BAD = [
    GOOD.replace("goTemplate: true, ", "").replace("source: {path: '{{ .path.path }}'}", "project: a"),
    _FAST.replace("path.basename", ".path.basename"), _FAST.replace("path.basename", "path.basename | lower"),
    _LIST, GOOD.replace(".path.basename", ".path.baseName"), GOOD.replace(".path.basename", "path.segments"),
    GOOD.replace(".path.path", "path"), GOOD.replace(".path.basename", ".name"),
    GOOD.replace("path: a}]", "path: a}], pathParamPrefix: own").replace("{{ .path.path }}", "a"),
]  # fmt: skip
