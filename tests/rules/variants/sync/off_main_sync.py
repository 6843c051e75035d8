"""What off-main-sync tells apart beyond its own examples."""

from servelint.rules.examples import other
from servelint.rules.sync.off_main_sync import BAD, GOOD

_APPS = other("ApplicationSet", "generators: [{git: {revision: main}}], template: {spec: {source: {path: a}}}")

_REF = other("GitRepository", "url: 'https://example.com/a', ref: {REF}", name="fleet")


def _refs(text: str) -> str:
    return _REF.replace("{REF}", f"{{{text}}}")


ALSO_GOOD = [
    _refs("branch: main, commit: '0123456789abcdef0123456789abcdef01234567'"), _refs("semver: '>=1'"), _refs(""),
    _refs("branch: main, tag: v1").replace("source.toolkit.fluxcd.io", "example.com"),
    (BAD, {"kind": "manifest"}), GOOD.replace("branch: main", "tag: v1.2.3"),
    GOOD.replace("name: fleet}", "name: other}"), _APPS,
]  # fmt: skip
ALSO_BAD = [
    _refs("branch: main, tag: v1"),
    _refs("tag: v1, semver: '1.x'"),
    _refs("name: refs/heads/main, branch: main"),
    GOOD.replace("branch: main", "branch: next"),
    _APPS.replace("revision: main", "revision: next"),
]
