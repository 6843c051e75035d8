"""What refused-by-argo-cd tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import other
from servelint.rules.sync.refused_by_argo_cd import GOOD


def _project(text: str) -> str:
    return other("AppProject", text, name="fleet")


def _role(policy: str, name: str = "ci") -> str:
    return _project(f"roles: [{{name: {name}, policies: ['{policy}']}}]")


def _apps(name: str, options: str = "missingkey=error") -> str:
    template = f"template: {{metadata: {{name: '{name}'}}, spec: {{project: a}}}}"
    return other("ApplicationSet", f"goTemplate: true, goTemplateOptions: ['{options}'], {template}")


def _app(text: str) -> str:
    return other("Application", f"project: a, {text}")


def _backoff(text: str) -> str:
    return _app(f"syncPolicy: {{retry: {{backoff: {{{text}}}}}}}")


def _ignored(text: str) -> str:
    return _app(f"ignoreDifferences: [{{kind: Job, {text}}}]")


_POLICY = "p, proj:fleet:ci, applications, sync, fleet/*, allow"

_PATCHED = "template: {spec: {source: {repoURL: a}}}"

ALSO_GOOD = [
    GOOD.replace("syncWindows: [", "syncWindows: [{kind: deny, schedule: '0 22 * * *', duration: 8h, clusters: [a]}, "),
    _project("destinations: [{name: a, namespace: b}, {name: c, namespace: b}]"),
    _apps("a {{- .path.basename }}"), other("ApplicationSet", f"templatePatch: 'spec: {{}}', {_PATCHED}"),
    other("ApplicationSet", f"generators: [{{list: {{template: {{spec: {{}}}}}}}}], {_PATCHED}"),
    _project("destinations: [{server: a, namespace: b}, {server: a, namespace: c}, {server: d, namespace: b}]"),
    _project("sourceRepos: ['https://example.com/a', 'https://example.com/b'], roles: [{name: a}, {name: b}]"),
    GOOD.replace("0 22", "CRON_TZ=Europe/Berlin 0 22"), _role(_POLICY), _role(_POLICY.replace("fleet/*", "fleet/team/app")), _role(_POLICY.replace(", ", ",")),
    GOOD.replace("0 22 * * *", "*/5 0-6 * jan-mar mon"), GOOD.replace("applications: ['*']", "clusters: [a]"),
    GOOD.replace("kind: deny", "kind: allow"), GOOD.replace("8h", "1h30m"),
    GOOD.replace("argoproj.io", "example.com").replace("8h", "8 hours"),
    _apps("{{ .path.basename }}"), _apps("serving-{{ .path.basename | lower }}", "missingkey=zero"), _apps("SITE_NAME"),
    _apps('{{ printf "%s-%s" .a .b }}', "SITE_OPTION"),
    _backoff("duration: 30s, maxDuration: 1h30m"), _backoff("duration: '30'"), _backoff("factor: 2"),
    _app("source: {repoURL: a, path: b}"), _app("source: {repoURL: a, chart: b}"), _app("sources: [{repoURL: a, ref: b}]"),
    _ignored("group: batch, jsonPointers: [/spec/suspend]"), _ignored("jqPathExpressions: [.spec.suspend]"),
]  # fmt: skip
ALSO_BAD = [
    _project("destinations: [{name: a, namespace: b}, {name: a, namespace: b}]"), other("ApplicationSet", _PATCHED),
    _project("destinations: [{server: a, namespace: b}, {server: a, namespace: b, name: c}]"),
    _project("sourceRepos: ['https://example.com/a', 'https://example.com/a']"), _project("roles: [{name: a}, {name: a}]"),
    GOOD.replace("]}]", "]}, {applications: ['*'], kind: deny, schedule: '0 22 * * *', duration: 8h}]"),
    GOOD.replace("kind: deny", "kind: block"), GOOD.replace("8h", "8"), GOOD.replace("duration: 8h, ", ""),
    GOOD.replace("0 22 * * *", "0 25 * * *"), GOOD.replace("0 22 * * *", "@daily"), GOOD.replace("0 22 * * *", "22:00"),
    GOOD.replace(", applications: ['*']", ""), GOOD.replace("applications: ['*']", "applications: []"),
    _role(_POLICY.replace(":ci", ":c i"), "c i"), _role(_POLICY.replace("proj:fleet", "proj:other")), _role(_POLICY.replace("fleet/*", "*")),
    _role(_POLICY.replace(", allow", "")), _role(_POLICY.replace("allow", "permit")), _role(_POLICY.replace("p, ", "g, ")),
    _apps("Serving {{ .path.basename }}"), _apps("{{ .path.basename }}_app"), _apps("{{ .a }}", "missingkey=fail"),
    _apps("{{ .a }}", "missing=error"), _apps("{{ .a }}", "missingkey"),
    _backoff("duration: 1min"), _backoff("maxDuration: 1d"), _backoff("duration: '1.5'"),
    _app("source: {repoURL: a}"), _app("sources: [{repoURL: a, path: b}, {repoURL: c}]"),
    _ignored("group: batch/v1, jsonPointers: [/spec/suspend]"), _ignored("jsonPointers: [.spec.suspend]"),
    _ignored("jsonPointers: [spec/suspend]"),
]  # fmt: skip
