"""The guard: whatever a pull request brings, it ends in a finding at the right line, and Kustomize is not started."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from servelint import lines, sources
from servelint.borders import files
from servelint.commands.validate import main
from servelint.rules import all_rules
from servelint.sources import Reader, checks, grammar, layers
from servelint.steps import guard, judging, render
from support import PYTHON, ROOT, copy_fleet, environment

LEAF = "overlays/a3ultra/deepseek-r1/sglang-serve"
FILE = f"{LEAF}/kustomization.yaml"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{c}: &{c} [{', '.join([f'*{chr(ord(c) - 1)}'] * 9)}]\n" for c in "bcdefghij"
)
"""350 bytes that are 3,900 million values."""
TARGET = "target: {kind: Deployment}"


@dataclass(frozen=True)
class Case:
    """A hostile change of LEAF. ``entry``: one more resource. ``extra``: text below the kustomization.

    ``at``: a text whose first line is the finding's line in ``file``, or the line.
    """

    rule: str
    at: str | int
    file: str = FILE
    entry: str = ""
    extra: str = ""
    files: dict[str, str | bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    fifos: tuple[str, ...] = ()

    def make(self, fleet: Path) -> None:
        text = (fleet / FILE).read_text()
        if self.entry:
            text = text.replace("\nresources:\n", f"\nresources:\n- {self.entry}\n")
        (fleet / FILE).write_text(f"{text}{self.extra}")
        for path, content in self.files.items():
            (fleet / path).parent.mkdir(parents=True, exist_ok=True)
            (fleet / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        for path, to in self.links.items():
            (fleet / path).parent.mkdir(parents=True, exist_ok=True)
            (fleet / path).unlink(missing_ok=True)
            (fleet / path).symlink_to(to)
        for path in self.fifos:
            (fleet / path).unlink(missing_ok=True)
            os.mkfifo(fleet / path)

    def line(self, fleet: Path) -> int:
        if isinstance(self.at, int):
            return self.at
        text = (fleet / self.file).read_text()
        assert self.at in text
        return text[: text.index(self.at)].count("\n") + 1


def indent(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


OUTSIDE, REMOTE, CODE, BAD = "path-outside-repository", "remote-resource", "code-in-build", "unreadable-source"

LINKS = {
    "a link to a file outside": Case(OUTSIDE, "- x.yaml", entry="x.yaml", links={f"{LEAF}/x.yaml": "/etc/hostname"}),
    "a link to a folder outside": Case(OUTSIDE, "- x\n", entry="x", links={f"{LEAF}/x": "/etc"}),
    "a link through a link": Case(
        OUTSIDE, "- x.yaml", entry="x.yaml", links={f"{LEAF}/x.yaml": "y.yaml", f"{LEAF}/y.yaml": "/etc/hostname"}
    ),
    "a file through a linked folder": Case(
        OUTSIDE, "- x/hostname", entry="x/hostname", links={f"{LEAF}/x": "/etc"}
    ),
    "a linked kustomization": Case(OUTSIDE, 1, links={FILE: "/etc/hostname"}),
    "a linked kustomization of a base": Case(
        OUTSIDE, 1, f"{LEAF}/x/kustomization.yaml", entry="x", links={f"{LEAF}/x/kustomization.yaml": "/etc/hostname"}
    ),
    "a linked file of a generator": Case(
        OUTSIDE, "- engine.yaml", links={f"{LEAF}/engine.yaml": "/etc/hostname"}
    ),
    "a link that leaves its folder": Case(
        OUTSIDE, "- x.yaml", entry="x.yaml", links={f"{LEAF}/x.yaml": "../../x.yaml"},
        files={"overlays/a3ultra/x.yaml": POD},
    ),
    "a kustomization that leaves its folder": Case(
        OUTSIDE, 1, links={FILE: "../kustomization.yaml"},
        files={"overlays/a3ultra/deepseek-r1/kustomization.yaml": f"resources: [sglang-serve/x.yaml]\n{COMPONENT}"},
    ),
    "a link to nothing": Case(BAD, "- x.yaml", entry="x.yaml", links={f"{LEAF}/x.yaml": "y.yaml"}),
    "a link to itself": Case(BAD, "- x.yaml", entry="x.yaml", links={f"{LEAF}/x.yaml": "x.yaml"}),
    "a folder that is its own base by a link": Case(
        BAD, "- self", entry="self", file=f"{LEAF}/self/kustomization.yaml", links={f"{LEAF}/self": "."}
    ),
    # Kustomize goes on from where a link leads: what stands beside the link is not what it reads.
    "a base beside where a link leads": Case(
        BAD, 1, "base/x/far/bomb.yaml", entry="link", links={f"{LEAF}/link": "../../../../base/x/near"},
        files={
            "base/x/near/kustomization.yaml": "resources: [../far]\n",
            "base/x/far/kustomization.yaml": "resources: [bomb.yaml]\n",
            "base/x/far/bomb.yaml": POD + BOMB,
            f"{LEAF}/far/kustomization.yaml": "resources: [pod.yaml]\n",
            f"{LEAF}/far/pod.yaml": POD,
        },
    ),
}  # fmt: skip

PATHS = {
    "an absolute file": Case(OUTSIDE, "- /etc", entry="/etc/hostname"),
    "an absolute folder": Case(OUTSIDE, "- /etc", entry="/etc"),
    "an absolute file with a key": Case(
        OUTSIDE, "- k=/etc", extra="secretGenerator:\n- name: x\n  files:\n  - k=/etc/hostname\n"
    ),
    "a file above": Case(
        OUTSIDE, "- ../x.yaml", entry="../x.yaml", files={"overlays/a3ultra/deepseek-r1/x.yaml": POD}
    ),
    "a file of another overlay": Case(
        OUTSIDE, "- ../sglang", extra="patches:\n- path: x.yaml\ncrds:\n- ../sglang-bench/engine.yaml\n",
        files={f"{LEAF}/x.yaml": POD},
    ),
    "a folder above the repository": Case(OUTSIDE, "- ../../../../../", entry="../../../../../x"),
    "a file that is not there": Case(BAD, "- x.yaml", entry="x.yaml"),
    "a folder that is not there": Case(BAD, "- ../../x", entry="../../x"),
    "a path with a NUL": Case(BAD, '- "x', entry='"x\\0y"'),
    "a path of 5,000 letters": Case(BAD, "- xxx", entry="x" * 5_000),
    "a folder without a kustomization": Case(BAD, "- ../../../", entry="../../../../base/storage"),
    "a folder where a file belongs": Case(
        BAD, "path: x", extra=f"patches:\n- path: x\n  {TARGET}\n", files={f"{LEAF}/x/y.yaml": POD}
    ),
    "a folder where a generator's file belongs": Case(
        BAD, "  - x\n", extra="secretGenerator:\n- name: x\n  files:\n  - x\n", files={f"{LEAF}/x/y.yaml": POD}
    ),
    "a pipe where a file belongs": Case(BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", fifos=(f"{LEAF}/x.yaml",)),
    "a pipe where a generator's file belongs": Case(BAD, 1, f"{LEAF}/engine.yaml", fifos=(f"{LEAF}/engine.yaml",)),
    "a pipe for a kustomization": Case(BAD, 1, fifos=(FILE,)),
    "a pipe beside a kustomization": Case(BAD, 1, f"{LEAF}/kustomization.yml", fifos=(f"{LEAF}/kustomization.yml",)),
    "two kustomizations": Case(
        BAD, 1, f"{LEAF}/Kustomization", files={f"{LEAF}/Kustomization": "resources: [bomb.yaml]\n"}
    ),
    "a base on itself": Case(BAD, "- .\n", entry="."),
    "a base on what builds on it": Case(
        BAD, "- ../sglang-serve", f"{LEAF}/../x/kustomization.yaml".replace("sglang-serve/../", ""), entry="../x",
        files={"overlays/a3ultra/deepseek-r1/x/kustomization.yaml": "resources:\n- ../sglang-serve\n"},
    ),
    "a chain of bases": Case(
        BAD, 1, "base/x/49/kustomization.yaml", entry="../../../../base/x/0",
        files={f"base/x/{i}/kustomization.yaml": f"resources: [../{i + 1}]\n" for i in range(80)},
    ),
    # Kustomize builds a component as often as it is named: 2 to the power of 20 times here.
    "components that double": Case(
        BAD, 1, "base/x/12/kustomization.yaml", extra="", entry="",
        files={
            "models/deepseek-r1/kustomization.yaml": f"{COMPONENT}components: [../../base/x/20]\n",
            "base/x/0/kustomization.yaml": f"{COMPONENT}commonAnnotations: {{a: b}}\n",
            **{
                f"base/x/{i}/kustomization.yaml": f"{COMPONENT}components: [../{i - 1}, ../{i - 1}]\n"
                for i in range(1, 21)
            },
        },
    ),
}  # fmt: skip

ADDRESSES = {
    "https file": "https://example.com/x.yaml",
    "https git": "https://github.com/example/x//base?ref=main",
    "short git": "github.com/example/x?ref=main",
    "upper case": "HTTPS://GitHub.com/example/x",
    "ssh": "ssh://git@example.com/x.git",
    "scp": "git@example.com:example/x.git",
    "forced git": "git::https://example.com/x.git",
    "local git": "file:///srv/x.git",
    "oci": "oci://example.com/x:1",
}
FIELDS = {
    "resources": "resources:\n- {}\n",
    "bases": "bases:\n- {}\n",
    "components": "components:\n- {}\n",
    "configurations": "configurations:\n- {}\n",
    "crds": "crds:\n- {}\n",
    "transformers": "transformers:\n- {}\n",
    "openapi": "openapi:\n  path: {}\n",
    "patches": "patches:\n- path: {}\n",
    "replacements": "replacements:\n- path: {}\n",
    "configMapGenerator": "configMapGenerator:\n- name: x\n  files:\n  - k={}\n",
}
REMOTES = {
    f"{name}: {kind}": Case(REMOTE, address, files={FILE: f"namePrefix: x-\n{text.format(address)}"})
    for name, text in FIELDS.items()
    for kind, address in ADDRESSES.items()
}
# A local path of the same name does not make it local: Kustomize fetches before it looks.
REMOTES |= {
    f"a folder named {address}": Case(
        REMOTE, address,
        files={
            FILE: f"resources:\n- {address}\n",
            f"{LEAF}/{address}/kustomization.yaml": "resources: [pod.yaml]\n",
            f"{LEAF}/{address}/pod.yaml": POD,
        },
    )
    for address in ("https://example.com/x", "github.com/example/x", "git@example.com:example/x", "file:///srv/x")
}  # fmt: skip
REMOTES["a file named https://example.com/k"] = Case(
    REMOTE, "k=https", extra="secretGenerator:\n- name: x\n  files: ['k=https://example.com/k']\n",
    files={f"{LEAF}/https:/example.com/k": "x"},
)  # fmt: skip

EXEC = "apiVersion: example.com/v1\nkind: Anything\nmetadata: {name: a}\n"
PLUGINS = {
    "an exec plugin": EXEC,
    "an exec function": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: a\n  annotations:\n"
    "    config.kubernetes.io/function: |\n      exec: {path: ./x}\n",
    "a function container": EXEC.replace(
        "name: a", "name: a, annotations: {config.kubernetes.io/function: 'container: {image: x}'}"
    ),
    "a starlark function": EXEC.replace(
        "name: a", "name: a, annotations: {config.kubernetes.io/function: 'starlark: {path: x}'}"
    ),
    "an old function": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: a\n  annotations:\n"
    "    config.k8s.io/function: |\n      exec: {path: ./x}\n",
    "a legacy container": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: a\n  annotations:\n"
    "    config.kubernetes.io/container: example.com/x\n",
    "a legacy function": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: a\n"
    "  configFn: {exec: {path: ./x}}\n",
    "a list of plugins": f"apiVersion: builtin\nkind: AnyList\nitems:\n- {json.dumps(yaml.safe_load(EXEC))}\n",
    "a plugin in another letter case": "apiVersion: builtin\nkind: helmChartInflationGenerator\nmetadata: {name: a}\n",
    "Helm": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: a}\n"
    "name: x\nrepo: https://example.com\n",
    "one after a built-in one": f"apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {{name: b}}\n---\n{EXEC}",
}
CODES = {}
for _name, _text in PLUGINS.items():
    _second = _text.index("---\n") + 4 if "---\n" in _text else 0
    _line = _text[:_second].count("\n") + 1
    for _field in ("generators", "transformers", "validators"):
        CODES |= {
            f"{_name} in a file of {_field}": Case(
                CODE, _line, f"{LEAF}/x.yaml", extra=f"{_field}:\n- x.yaml\n", files={f"{LEAF}/x.yaml": _text}
            ),
            f"{_name} in a folder of {_field}": Case(
                CODE, _line, f"{LEAF}/x/y.yaml", extra=f"{_field}:\n- x\n",
                files={f"{LEAF}/x/y.yaml": _text, f"{LEAF}/x/kustomization.yaml": "resources: [y.yaml]\n"},
            ),
            f"{_name} in the text of {_field}": Case(CODE, "- |", extra=f"{_field}:\n- |\n{indent(_text, 2)}"),
            f"{_name} in a folder below a folder of {_field}": Case(
                CODE, _line, f"{LEAF}/x/in/deeper/y.yaml", extra=f"{_field}:\n- x\n",
                files={
                    f"{LEAF}/x/in/deeper/y.yaml": _text,
                    f"{LEAF}/x/in/deeper/kustomization.yaml": "resources: [y.yaml]\n",
                    f"{LEAF}/x/in/kustomization.yaml": "resources: [deeper]\n",
                    f"{LEAF}/x/kustomization.yaml": "resources: [in]\n",
                },
            ),
        }  # fmt: skip
CODES |= {
    "an exec plugin in one line": Case(
        CODE, "- '{", extra=f"transformers:\n- '{json.dumps(yaml.safe_load(EXEC))}'\n"
    ),
    "an exec plugin in a flow of keys": Case(
        CODE, '- "{', extra='generators:\n- "{apiVersion: example.com/v1, kind: X, metadata: {name: a}}"\n'
    ),
    "an exec plugin in a component": Case(
        CODE, "- |", "models/deepseek-r1/kustomization.yaml",
        files={"models/deepseek-r1/kustomization.yaml": f"{COMPONENT}transformers:\n- |\n{indent(EXEC, 2)}"},
    ),
    "helmCharts": Case(CODE, "helmCharts", extra="helmCharts:\n- {name: x, repo: https://example.com}\n"),
    "helmGlobals": Case(CODE, "helmGlobals", extra="helmGlobals: {chartHome: x}\n"),
    "helmChartInflationGenerator": Case(
        CODE, "helmChartInfl", extra="helmChartInflationGenerator:\n- {chartName: x, chartRepoUrl: https://example.com}\n"
    ),
    "a plugin folder that patches its plugins": Case(
        BAD, "- x\n", extra="transformers:\n- x\n",
        files={
            f"{LEAF}/x/y.yaml": "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\n",
            f"{LEAF}/x/kustomization.yaml": "resources: [y.yaml]\npatches:\n- target: {kind: PrefixTransformer}\n"
            "  patch: '[{\"op\": \"replace\", \"path\": \"/kind\", \"value\": \"HelmChartInflationGenerator\"}]'\n",
        },
    ),
    "a plugin folder below a plugin folder": Case(
        BAD, "- x\n", extra="transformers:\n- x\n",
        files={
            f"{LEAF}/x/in/y.yaml": EXEC,
            f"{LEAF}/x/in/kustomization.yaml": "resources: [y.yaml]\n",
            f"{LEAF}/x/kustomization.yaml": "resources: [in]\n",
        },
    ),
}  # fmt: skip

DEEP = "a: " + "[" * 5_000 + "]" * 5_000
BOMBS = {
    "in a resource": Case(BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": POD + BOMB}),
    "in the second document": Case(
        BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": f"{POD}---\n{POD}{BOMB}"}
    ),
    "in a patch": Case(
        BAD, 1, f"{LEAF}/x.yaml", extra=f"patches:\n- path: x.yaml\n  {TARGET}\n", files={f"{LEAF}/x.yaml": POD + BOMB}
    ),
    "in the text of a patch": Case(
        BAD, "  patch: |", extra=f"patches:\n- {TARGET}\n  patch: |\n{indent(POD + BOMB, 4)}"
    ),
    "in the text of a JSON patch": Case(
        BAD, "  patch: |",
        extra=f"patches:\n- {TARGET}\n  patch: |\n    - op: add\n      path: /x\n      value:\n{indent(BOMB, 8)}",
    ),
    "in the text of a strategic merge": Case(
        BAD, "- |", extra=f"patchesStrategicMerge:\n- |\n{indent(POD + BOMB, 2)}"
    ),
    "in the text of patchesJson6902": Case(
        BAD, "  patch: |",
        extra="patchesJson6902:\n- target: {version: v1, kind: Pod, name: p}\n  patch: |\n"
        f"    - op: add\n      path: /x\n      value:\n{indent(BOMB, 8)}",
    ),
    "in the text of a transformer": Case(
        BAD, "- |", extra="transformers:\n- |\n"
        f"  apiVersion: builtin\n  kind: PrefixTransformer\n  metadata: {{name: a}}\n{indent(BOMB, 2)}",
    ),
    "in the patch of a built-in transformer": Case(
        BAD, 1, f"{LEAF}/y.yaml", extra="transformers:\n- x.yaml\n",
        files={
            f"{LEAF}/x.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\n"
            "target: {kind: Deployment}\npath: y.yaml\n",
            f"{LEAF}/y.yaml": POD + BOMB,
        },
    ),
    "in the text of a built-in transformer's patch": Case(
        BAD, 5, f"{LEAF}/x.yaml", extra="transformers:\n- x.yaml\n",
        files={
            f"{LEAF}/x.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\n"
            f"target: {{kind: Deployment}}\npatch: |\n{indent(POD + BOMB, 2)}",
        },
    ),
    "in a replacement's file": Case(
        BAD, 1, f"{LEAF}/x.yaml", extra="replacements:\n- path: x.yaml\n", files={f"{LEAF}/x.yaml": BOMB}
    ),
    "in a configuration": Case(
        BAD, 1, f"{LEAF}/x.yaml", extra="configurations:\n- x.yaml\n", files={f"{LEAF}/x.yaml": BOMB}
    ),
    "in a CRD": Case(BAD, 1, f"{LEAF}/x.yaml", extra="crds:\n- x.yaml\n", files={f"{LEAF}/x.yaml": BOMB}),
    "in an OpenAPI schema": Case(
        BAD, 1, f"{LEAF}/x.yaml", extra="openapi: {path: x.yaml}\n", files={f"{LEAF}/x.yaml": BOMB}
    ),
    "in kustomization.yaml": Case(BAD, 1, extra=BOMB),
    "in a base's kustomization.yaml": Case(
        BAD, 1, "base/x/kustomization.yaml", entry="../../../../base/x", files={"base/x/kustomization.yaml": BOMB}
    ),
    "in a file that a generator reads first": Case(
        BAD, 1, "base/x/y/bomb.yaml", entry="../../../../base/x\n- ../../../../base/x/y",
        files={
            "base/x/kustomization.yaml": "configMapGenerator: [{name: x, files: [y/bomb.yaml]}]\n",
            "base/x/y/kustomization.yaml": "resources: [bomb.yaml]\n",
            "base/x/y/bomb.yaml": POD + BOMB,
        },
    ),
    "behind a key in another letter case": Case(
        BAD, "Crds", extra="Crds:\n- x.yaml\n", files={f"{LEAF}/x.yaml": POD + BOMB}
    ),
    "behind a key with a long s": Case(
        BAD, "cr", extra="crd\N{LATIN SMALL LETTER LONG S}:\n- x.yaml\n", files={f"{LEAF}/x.yaml": POD + BOMB}
    ),
    "behind a nested key in another letter case": Case(
        BAD, "PATH", extra=f"patches:\n- PATH: x.yaml\n  {TARGET}\n", files={f"{LEAF}/x.yaml": POD + BOMB}
    ),
    "behind base64": Case(
        BAD, "- !!binary", entry="!!binary eC55YW1s", files={f"{LEAF}/x.yaml": POD + BOMB}
    ),
    "behind a date": Case(
        BAD, "- !!timestamp", entry="!!timestamp 2001-01-01", files={f"{LEAF}/2001-01-01": POD + BOMB}
    ),
    "behind a set": Case(
        BAD, "- !!set", extra=f"patches:\n- !!set\n  path: x.yaml\n  {TARGET}\n",
        files={f"{LEAF}/x.yaml": POD + BOMB},
    ),
    "behind a merge key": Case(
        BAD, "- <<", extra=f"patches:\n- <<: {{path: x.yaml}}\n  {TARGET}\n",
        files={f"{LEAF}/x.yaml": POD + BOMB},
    ),
    "of merge keys": Case(
        BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml",
        files={f"{LEAF}/x.yaml": POD + "a: &a {x: 1}\n" + "".join(
            f"{c}: &{c} {{{', '.join(f'k{i}: {{<<: [{p}, {p}]}}' for i in range(9))}}}\n"
            for c, p in ((c, f"*{chr(ord(c) - 1)}") for c in "bcdefghij")
        )},
    ),
    "behind a plugin with a tag of its own": Case(
        BAD, 5, f"{LEAF}/x.yaml", extra="transformers:\n- x.yaml\n",
        files={
            f"{LEAF}/x.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: a}\n"
            "target: {kind: Deployment}\npath: !any y.yaml\n",
            f"{LEAF}/y.yaml": POD + BOMB,
        },
    ),
    "behind the text of a plugin with a tag of its own": Case(
        BAD, "- |", extra="transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n"
        "  metadata: {name: a}\n  target: {kind: Deployment}\n  path: !any y.yaml\n",
        files={f"{LEAF}/y.yaml": POD + BOMB},
    ),
    "behind a path that looks like text": Case(
        BAD, "- 'a: b'", extra="transformers:\n- 'a: b'\n", files={f"{LEAF}/a: b": POD + BOMB}
    ),
    "behind a path of two lines": Case(
        BAD, "- |", extra="transformers:\n- |\n  a: b\n  c: d\n", files={f"{LEAF}/a: b\nc: d\n": POD + BOMB}
    ),
    "an endless alias": Case(BAD, 4, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": f"{POD}a: &a [*a]\n"}),
    "an endless alias as a key": Case(
        BAD, 4, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": f"{POD}a: &a {{? *a : b}}\n"}
    ),
    "deep nesting": Case(BAD, 4, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": POD + DEEP}),
    "deep nesting in a kustomization": Case(BAD, DEEP[:9], extra=DEEP),
    "10,000 documents": Case(
        BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml",
        files={f"{LEAF}/x.yaml": "---\n".join(POD.replace("name: p", f"name: p{i}") for i in range(10_000))},
    ),
    "a million values": Case(
        BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": f"{POD}a: [{'1,' * 1_000_000}]\n"}
    ),
}  # fmt: skip

SHAPES = {
    "not UTF-8": Case(BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": b"a: \xff\xfe\n"}),
    "UTF-16": Case(BAD, 1, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": POD.encode("utf-16")}),
    "a kustomization that is not UTF-8": Case(BAD, 1, files={FILE: b"resources: [\xff]\n"}),
    "not YAML": Case(BAD, 4, f"{LEAF}/x.yaml", entry="x.yaml", files={f"{LEAF}/x.yaml": f"{POD}a: [b\n"}),
    "an unknown tag": Case(BAD, 1, files={FILE: "resources: !!python/object:os.system [x]\n"}),
    "an empty kustomization": Case(BAD, 1, files={FILE: ""}),
    "a kustomization of comments": Case(BAD, 1, files={FILE: "# nothing\n---\n"}),
    "a kustomization that is a list": Case(BAD, 1, files={FILE: "- resources\n"}),
    "a kustomization that is text": Case(BAD, 1, files={FILE: "resources"}),
    "a kustomization of two documents": Case(BAD, 1, files={FILE: f"namePrefix: a-\n---\n{POD}"}),
}

ALL = {
    f"{group}: {name}": case
    for group, cases in {
        "link": LINKS, "path": PATHS, "remote": REMOTES, "code": CODES, "bomb": BOMBS, "shape": SHAPES,
    }.items()
    for name, case in cases.items()
}  # fmt: skip


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that Kustomize was started on."""
    folders: list[str] = []
    real = render.run_kustomize
    monkeypatch.setattr(render, "run_kustomize", lambda folder, *a: folders.append(folder) or real(folder, *a))
    return folders


def validate(fleet: Path, capsys: pytest.CaptureFixture[str], *overlays: str) -> tuple[int, list[dict[str, Any]]]:
    status = main([*(overlays or (LEAF,)), "--format", "json"], root=fleet)
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, json.loads(captured.out)["findings"]


@pytest.mark.parametrize("case", ALL.values(), ids=ALL)
def test_ends_in_a_finding_before_kustomize(
    case: Case, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    fleet = copy()
    case.make(fleet)
    status, findings = validate(fleet, capsys)
    found = [(f["rule"], f["file"], f["line"]) for f in findings]
    assert (case.rule, case.file, case.line(fleet)) in found
    assert (status, started) == (1, [])


@pytest.mark.parametrize("rule", [None, "idle-gpus"])
def test_no_choice_of_rules_lets_it_through(
    rule: str | None, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    fleet = copy()
    BOMBS["in a resource"].make(fleet)
    chosen = ["--rule", rule] if rule else [word for one in guard.GUARDS for word in ("--skip", one)]
    assert main([LEAF, *chosen], root=fleet) == 1
    assert started == []
    capsys.readouterr()


def test_the_others_are_still_validated(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    fleet = copy()
    BOMBS["in a resource"].make(fleet)
    other = "overlays/a3ultra/llama-4-scout/sglang-serve"
    # Another test of this run may have rendered the sound one already.
    status, findings = validate(fleet, capsys, LEAF, other, "--no-cache")
    assert (status, {f["overlay"] for f in findings}) == (1, {LEAF})
    assert [Path(folder).relative_to(fleet).as_posix() for folder in started] == [other]


@pytest.mark.parametrize("size", [50_000_000, 5_000_000_000])
def test_a_large_file_is_measured_not_read(
    size: int, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    fleet = copy()
    for name in ("x.yaml", "engine.yaml"):
        with (fleet / LEAF / name).open("wb") as file:
            file.truncate(size)
    case = Case(BAD, 1, entry="x.yaml")
    case.make(fleet)
    status, findings = validate(fleet, capsys)
    found = {(f["rule"], f["file"], f["line"]) for f in findings}
    assert {(BAD, f"{LEAF}/x.yaml", 1), (BAD, f"{LEAF}/engine.yaml", 1)} <= found
    assert (status, started) == (1, [])


def test_a_large_file_that_nothing_names_does_not_matter(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    with (fleet / LEAF / "core").open("wb") as file:
        file.truncate(500_000_000_000)
    assert validate(fleet, capsys)[0] == 0


@pytest.mark.parametrize("name", [b"\xff", b"a\nb", b"a\x1b[2J"])
@pytest.mark.parametrize("below", ["overlays", "overlays/a3ultra/deepseek-r1", "overlays/clusters", "base/sync"])
def test_a_folder_whose_name_is_no_text(
    name: bytes, below: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = copy()
    folder = os.fsencode(fleet / below) + b"/" + name
    shutil.copytree(os.fsencode(fleet / LEAF), folder)
    status = main(["--format", "text"], root=fleet)
    captured = capsys.readouterr()
    assert (status, captured.out, captured.err.count("\n")) == (2, "", 1)
    assert ascii(os.fsdecode(folder)) in captured.err


@pytest.mark.parametrize("kind", ["5 GB", "a pipe", "a link outside", "a folder", "a link to nothing"])
def test_exceptions_are_read_with_care(kind: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    file = fleet / "exceptions.yaml"
    file.unlink()
    if kind == "5 GB":
        with file.open("wb") as opened:
            opened.truncate(5_000_000_000)
    elif kind == "a pipe":
        os.mkfifo(file)
    elif kind == "a folder":
        file.mkdir()
    else:
        file.symlink_to("/dev/zero" if kind == "a link outside" else "nothing")
    assert main([LEAF], root=fleet) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("validate.py: exceptions.yaml:1: ")


EXCEPTION = "{rule: idle-gpus, where: '%s', reason: long enough, expires: '2999-01-01'}"


@pytest.mark.parametrize(
    "text",
    [BOMB, f"- &a {EXCEPTION}\n" + "- *a\n" * 200_000, "[" * 200, "- " * 5_000 + "a\n", "a: &a [*a]\n",
     f"- {EXCEPTION}\n" * 1_001, f"- &a {EXCEPTION}\n" + "- *a\n" * 1_000, f"- {EXCEPTION % ('x' * 1_000_000)}\n",
     "---\n- {}\n" * 2, f"- {EXCEPTION % '9'}\n- {'9' * 6_000}\n", "- &a\n  <<: *a\n", "- {rule: [a], where: {}, 1: 2}\n",
     f"- {EXCEPTION.replace('}', ', rule: gpu-shortage}')}\n", f"- {EXCEPTION}\n---\n- {EXCEPTION}\n"],
    ids=["bomb", "aliases", "deep", "deep list", "endless", "many", "many aliases", "long", "two documents", "number",
         "merge", "types", "twice", "two lists"],
)  # fmt: skip
def test_exceptions_have_a_limit(text: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> None:
    fleet = copy()
    (fleet / "exceptions.yaml").write_text(text)
    assert main([LEAF], root=fleet) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("validate.py: exceptions.yaml:")
    assert captured.err.count("\n") == 1 and len(captured.err) < 500


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so root becomes nobody for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.mark.parametrize(
    ("locked", "at"),
    [
        (f"{LEAF}/engine.yaml", (f"{LEAF}/engine.yaml", 1)),
        (FILE, (FILE, 1)),
        ("base/sglang-serve/deployment.yaml", ("base/sglang-serve/deployment.yaml", 1)),
        ("models/deepseek-r1/kustomization.yaml", ("models/deepseek-r1/kustomization.yaml", 1)),
    ],
)
def test_a_file_without_permission(
    locked: str, at: tuple[str, int], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    all_rules()  # nobody may not be allowed to import
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    try:
        fleet = copy_fleet(folder / "fleet")
        (fleet / locked).chmod(0)
        with as_nobody():
            status, findings = validate(fleet, capsys)
    finally:
        shutil.rmtree(folder)
    assert [(f["rule"], f["file"], f["line"]) for f in findings if f["rule"] == BAD] == [(BAD, *at)]
    assert "Permission denied" in json.dumps(findings)
    assert (status, started) == (1, [])


WATCH = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=sys.stdout)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def peak(fleet: Path, *arguments: str) -> tuple[int, int, str]:
    """Exit status, peak memory in MiB of validate.py and of what it started, and what it said."""
    shutil.copytree(ROOT / "scripts", fleet / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    command = [PYTHON, "-c", WATCH, PYTHON, str(fleet / "scripts/validate.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=True)
    *said, (status, memory) = (*done.stderr.splitlines()[:-1], done.stderr.splitlines()[-1].split())
    assert not said, done.stderr
    return int(status), int(memory) // 1024, done.stdout


@pytest.mark.exhaustive
def test_memory_stays_below_a_gibibyte(copy: Callable[[], Path]) -> None:
    """Every bomb at once, each in an overlay of its own, and the fleet beside them."""
    fleet = copy()
    for i, case in enumerate(BOMBS.values()):
        if any(not path.startswith(LEAF) for path in (*case.files, case.file)):
            continue
        overlay = f"{LEAF}-{i}"
        shutil.copytree(fleet / LEAF, fleet / overlay)
        text = (fleet / overlay / "kustomization.yaml").read_text()
        text = text.replace("\nresources:\n", f"\nresources:\n- {case.entry}\n") if case.entry else text
        (fleet / overlay / "kustomization.yaml").write_text(text + case.extra)
        for path, content in case.files.items():
            target = fleet / path.replace(LEAF, overlay)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
    count = len(list((fleet / LEAF).parent.glob("sglang-serve-*")))
    assert count > 20
    status, memory, out = peak(fleet, "--format", "json", "--no-cache")
    hit = {f["overlay"] for f in json.loads(out)["findings"] if f["rule"] == BAD}
    assert (status, len(hit)) == (1, count)
    assert memory < 1024


def many(kind: str) -> dict[str, str]:
    """A tree of too much of something, as text by path."""
    if kind in ("files", "generated files"):
        names = [f"{i}.yaml" for i in range(50_000)]
        listed = "".join(f"  - {name}\n" for name in names)
        text = f"resources:\n{listed}" if kind == "files" else f"configMapGenerator:\n- name: a\n  files:\n{listed}"
        return {f"{LEAF}/{name}": POD for name in names} | {FILE: text}
    if kind in ("documents", "values", "bytes"):
        text = {
            "documents": "---\n".join(POD.replace("name: p", f"name: p{i}") for i in range(900)),
            "values": f"{POD}a: [{'1,' * 90_000}]\n",
            "bytes": f"{POD}a: {'x' * 2_000_000}\n",
        }[kind]
        names = [f"{i:02d}.yaml" for i in range(40)]
        return {f"{LEAF}/{name}": text for name in names} | {FILE: f"resources: [{', '.join(names)}]\n"}
    if kind == "texts":
        # 200 patches of 20,000 values each, most of them behind aliases.
        bomb = f"a: &a [{', '.join('x' * 1_000)}]\n    b: [{', '.join(['*a'] * 19)}]\n"
        return {FILE: "patches:\n" + f"- {TARGET}\n  patch: |\n    {bomb}" * 200}
    return {
        FILE: "resources:\n" + "".join(f"- k{i}\n" for i in range(1_000)),
        **{f"{LEAF}/k{i}/kustomization.yaml": f"namePrefix: a{i}-\nresources: [../b]\n" for i in range(1_000)},
        f"{LEAF}/b/kustomization.yaml": "resources: [pods.yaml]\n",
        f"{LEAF}/b/pods.yaml": "---\n".join(POD.replace("name: p", f"name: p{i}") for i in range(900)),
    }


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("kind", "said"),
    [("files", "names 50,000 paths"), ("generated files", "names 50,000 paths"), ("documents", "2,000 documents"),
     ("values", "200,000 values"), ("bytes", "33,554,432 bytes"), ("texts", "200,000 values"),
     ("builds", "builds more than 2,000 documents")],
)  # fmt: skip
def test_too_much_of_anything_is_one_finding(
    kind: str, said: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    fleet = copy()
    for path, text in many(kind).items():
        (fleet / path).parent.mkdir(parents=True, exist_ok=True)
        (fleet / path).write_text(text)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, findings = validate(fleet, capsys)
    assert [(f["rule"], said in f["message"]) for f in findings] == [(BAD, True)]
    assert (status, started) == (1, [])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 512 * 1024  # in KiB


@pytest.mark.exhaustive
def test_what_is_held_at_a_time_changes_no_verdict(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each overlay within its own limit, all together too much for one reader: then another one goes on."""
    fleet = copy()
    for i in range(8):
        folder = fleet / f"overlays/a3ultra/deepseek-r1/zz{i}"
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(f"resources: [x.yaml, y.yaml]\nnamePrefix: z{i}-\n")
        (folder / "x.yaml").write_text(f"{POD}a: [{'1,' * 9_000}]\n")
        (folder / "y.yaml").write_text(POD)
    wanted = [f"overlays/a3ultra/deepseek-r1/zz{i}" for i in range(8)]
    at_once = validate(fleet, capsys, *wanted)
    assert {f["overlay"] for f in at_once[1]} == set(wanted)
    held: list[int] = []
    real = judging.read

    def counted(*arguments: Any) -> Any:
        found = real(*arguments)
        held.append(len(found.trees))
        return found

    monkeypatch.setattr(judging, "read", counted)
    monkeypatch.setattr(sources.tree, "MOST_HELD", sources.Load(100, 100, 30_000, 10_000_000))
    assert validate(fleet, capsys, *wanted) == at_once
    assert sum(held) == 8 and max(held) <= 4


def test_files_that_nothing_names_cost_nothing(
    copy: Callable[[], Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = copy()
    for i in range(100):
        (fleet / LEAF / f"x{i}").write_text("x")
    read: list[str] = []
    real = files.content
    monkeypatch.setattr(files, "content", lambda root, path, *a: read.append(path) or real(root, path, *a))
    assert validate(fleet, capsys)[0] == 0
    assert f"{LEAF}/engine.yaml" in read
    assert not [path for path in read if Path(path).name.startswith("x")]


@pytest.mark.exhaustive
@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]\n", DEEP], ids=["bomb", "endless", "deep"])
def test_a_bomb_in_a_generators_file_is_only_text(
    text: str, copy: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Kustomize copies it; the launcher would parse it. So it is judged in the render, without being expanded."""
    fleet = copy()
    (fleet / LEAF / "engine.yaml").write_text(f"launch_server:\n  tensor-parallel-size: 8\n{text}")
    status, findings = validate(fleet, capsys)
    assert status == 1
    assert ("broken-config-file", f"{LEAF}/engine.yaml") in {(f["rule"], f["file"]) for f in findings}
    again = copy_fleet(fleet.with_name("again"))
    (again / LEAF / "engine.yaml").write_text(f"launch_server:\n  tensor-parallel-size: 8\n{text}")
    status, memory, _ = peak(again, LEAF)
    assert status == 1 and memory < 1024


# --- every field that names a path --------------------------------------------------------------------------------

# Every field of the pinned Kustomize (5.8.1) whose value leads to a file or folder, with a place for the path.
# https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ and kustomize api/types/*.go at that version.
GENERATED = ("files:\n  - {}", "files:\n  - key={}", "envs:\n  - {}", "env: {}")
NAMING = {
    **{name: f"{name}:\n- {{}}\n" for name in ("resources", "bases", "components", "crds", "configurations")},
    **{name: f"{name}:\n- {{}}\n" for name in ("generators", "transformers", "validators", "patchesStrategicMerge")},
    **{f"{name}[].path": f"{name}:\n- path: {{}}\n" for name in ("patches", "patchesJson6902", "replacements")},
    **{
        f"{name}[].{key.split(':')[0]}{' with a key' if 'key' in key else ''}": f"{name}:\n- name: x\n  {key}\n"
        for name in ("configMapGenerator", "secretGenerator")
        for key in GENERATED
    },
    "openapi.path": "openapi:\n  path: {}\n",
}
CONTENT = {"configurations": "images: []\n", "replacements": "source: {name: a}\n"}
"""What a file holds that is no resource."""
# The same for the built-in plugins: their configuration may stand in any file that transformers or generators name.
BUILTIN = {
    "PatchTransformer": "path: {}",
    "PatchJson6902Transformer": "path: {}",
    "PatchStrategicMergeTransformer": "paths: [{}]",
    "ReplacementTransformer": "replacements: [{{path: {}}}]",
    "ValueAddTransformer": "targetFilePath: {}",
    "ConfigMapGenerator": "files: [k={}]",
    "SecretGenerator": "envs: [{}]",
}


def tree(root: Path, files: dict[str, str]) -> sources.Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Reader(root).tree("overlays/h/m/w")


@pytest.mark.parametrize("text", NAMING.values(), ids=NAMING)
def test_every_field_that_names_a_path_is_followed(text: str, tmp_path: Path) -> None:
    written = text.format("../outside.yaml")
    folder = "overlays/h/m/w"
    found = tree(tmp_path, {f"{folder}/kustomization.yaml": written, f"{folder}/../outside.yaml": POD})
    line = written[: written.index("../")].count("\n") + 1
    assert [(f.kind, f.file, f.line) for f in found.faults] == [("outside", f"{folder}/kustomization.yaml", line)]
    # The path is what is refused, not the field.
    content = CONTENT.get(text.partition(":")[0], POD)
    inside = tree(tmp_path / "b", {f"{folder}/kustomization.yaml": text.format("x.yaml"), f"{folder}/x.yaml": content})
    assert inside.faults == ()


WAYS: dict[str, tuple[str, str]] = {
    "remote": ("https://example.com/x.yaml", "remote"),
    "git": ("git@example.com:example/x.git", "remote"),
    "absolute": ("/etc/hostname", "outside"),
    "out of the repository": ("../../../../../x.yaml", "outside"),
    "out of its folder": ("../outside.yaml", "outside"),
    "a link out of the repository": ("link.yaml", "outside"),
    "a link to a folder out of the repository": ("linked/hostname", "outside"),
    "missing": ("missing.yaml", "unreadable"),
    "empty": ("''", "unreadable"),
    "itself": (".", "unreadable"),
    "a pipe": ("pipe.yaml", "unreadable"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", NAMING.values(), ids=NAMING)
def test_every_field_refuses_every_way_out(text: str, way: str, tmp_path: Path) -> None:
    folder = tmp_path / "overlays/h/m/w"
    folder.mkdir(parents=True)
    (folder.parent / "outside.yaml").write_text(POD)
    (folder / "link.yaml").symlink_to("/etc/hostname")
    (folder / "linked").symlink_to("/etc")
    os.mkfifo(folder / "pipe.yaml")
    path, kind = WAYS[way]
    (folder / "kustomization.yaml").write_text(text.format(path))
    kinds = {fault.kind for fault in Reader(tmp_path).tree("overlays/h/m/w").faults}
    assert kinds == {kind}


@pytest.mark.parametrize("kind", BUILTIN)
@pytest.mark.parametrize("inline", [True, False], ids=["text", "file"])
def test_every_path_of_a_built_in_plugin_is_followed(kind: str, inline: bool, tmp_path: Path) -> None:
    folder = "overlays/h/m/w"
    plugin = f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: a}}\n{BUILTIN[kind].format('../outside.yaml')}\n"
    listed = f"transformers:\n- |\n{indent(plugin, 2)}" if inline else "transformers:\n- t.yaml\n"
    files = {f"{folder}/kustomization.yaml": listed, f"{folder}/t.yaml": plugin, f"{folder}/../outside.yaml": POD}
    where = (f"{folder}/kustomization.yaml", 6) if inline else (f"{folder}/t.yaml", 4)
    assert [(f.kind, f.file, f.line) for f in tree(tmp_path, files).faults] == [("outside", *where)]


def test_the_lists_are_of_this_kustomize() -> None:
    version = subprocess.run(
        [render.kustomize_command()[0], "version", "--client"], capture_output=True, text=True, check=True
    ).stdout
    assert f"Kustomize Version: v{grammar.VERSION}\n" in version, (
        "another Kustomize: name its modules in tests/cluster/test_grammar.py, and follow what that says"
    )


def test_every_field_of_kustomize_is_known(tmp_path: Path) -> None:
    """A field that Kustomize takes in any letter case is one whose other spellings the guard must refuse."""
    lists = (
        "labels", "patches", "patchesJson6902", "patchesStrategicMerge", "images", "imageTags", "vars", "replacements",
        "replicas", "resources", "components", "crds", "bases", "configMapGenerator", "secretGenerator", "helmCharts",
        "helmChartInflationGenerator", "configurations", "generators", "transformers", "validators", "buildMetadata",
    )  # fmt: skip
    values: dict[str, object] = {
        **{name: [] for name in lists},
        **{name: {} for name in ("commonLabels", "commonAnnotations", "openapi", "helmGlobals", "generatorOptions")},
        "namePrefix": "a-", "nameSuffix": "-a", "namespace": "a", "metadata": {"name": "a"},
        "sortOptions": {"order": "fifo"},
    }  # fmt: skip
    for name, value in values.items():
        node = lines.compose(json.dumps({name.upper(): value}))[0]
        assert [w.message for w in checks.walk(node, grammar.KUSTOMIZATION)[1]] == [
            f"{name.upper()} is {name} to Kustomize, and to nobody else"
        ]
    assert set(values) == set(grammar.KUSTOMIZATION.fields) - {"apiVersion", "kind"}
    # Kustomize agrees that these are all fields: it refuses any that it does not know.
    body = {"resources": ["pod.yaml"], **{n: v for n, v in values.items() if n != "resources"}}
    del body["openapi"]  # an empty one is an error of its own
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "kustomization.yaml").write_text(json.dumps({name.upper(): value for name, value in body.items()}))
    assert render.run_kustomize(str(tmp_path)).error is None
    (tmp_path / "kustomization.yaml").write_text(json.dumps(body | {"nothing": []}))
    assert 'unknown field "nothing"' in (render.run_kustomize(str(tmp_path)).error or "")


def test_what_is_honest_passes(tmp_path: Path) -> None:
    """The guard's neighbours: each of these is one step from something that it refuses."""
    folder = "overlays/h/m/w"
    files = {
        f"{folder}/kustomization.yaml": (
            "resources: [pod.yaml, '../../../../base/x', link]\n"
            "labels: [{pairs: {Path: a, RESOURCES: b}}]\n"  # free keys may be spelt in any way
            'patches:\n- {target: {kind: Pod}, patch: \'[{"op": "add", "path": "/a", "value": {"b": 1}}]\'}\n'
            "transformers:\n- '{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: a}, fieldSpecs: []}'\n"
            "- plugins\n"
            "configMapGenerator:\n"
            "- {name: c, files: [k=a@b.txt, github.com.yaml], literals: ['u=https://example.com']}\n"
        ),
        f"{folder}/pod.yaml": f"{POD}spec: &a {{b: [c]}}\nd: [*a, *a]\n",
        f"{folder}/a@b.txt": "\0",
        f"{folder}/github.com.yaml": "x",
        f"{folder}/plugins/kustomization.yaml": "resources: [p.yaml]\n",
        f"{folder}/plugins/p.yaml": "apiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: a}\nsuffix: -a\n"
        "fieldSpecs: [{path: metadata/name}]\n",
        "base/x/kustomization.yml": "resources: [../y]\n",
        "base/y/Kustomization": "resources: [pod.yaml]\n",
        "base/y/pod.yaml": POD.replace("name: p", "name: q"),
        "base/z/kustomization.yaml": "resources: [pod.yaml]\n",
        "base/z/pod.yaml": POD.replace("name: p", "name: r"),
    }
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "link").symlink_to("../../../../base/z")
    assert tree(tmp_path, files).faults == ()
    assert render.run_kustomize(str(tmp_path / folder)).error is None


KEYS = st.sampled_from(
    [*grammar.KUSTOMIZATION.fields, *"Resources path patch target select fieldPaths x pairs <<".split(), ""]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8), st.binary(max_size=4),
    st.dates(), st.sampled_from(["pod.yaml", "..", ".", "/", "a=b", "https://x", "a: b", "{", "\n", "*", "k=", "~"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(body=st.dictionaries(KEYS, VALUES, max_size=6), resource=VALUES)
def test_no_shape_raises(body: dict[str, object], resource: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("shape")
    folder = root / "overlays/h/m/w"
    folder.mkdir(parents=True)
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(body, allow_unicode=True))
    (folder / "pod.yaml").write_text(yaml.safe_dump(resource, allow_unicode=True))
    found = Reader(root).tree("overlays/h/m/w")
    assert all(fault.kind in ("unreadable", "outside", "remote") and fault.line >= 1 for fault in found.faults)
    for layer in layers.layers(found):
        layers.selected({"name": "p", "labelSelector": "a"}, list(layer.items))
    for rule in all_rules().values():
        if rule.scope == "check_sources":
            list(rule.run(found))


# --- keys that stand twice -----------------------------------------------------------------------------------------

TWICE = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {a: b}\nspec: {a: c}\n"
OPERATIONS = "- op: add\n  path: /a\n  path: /b\n  value: 1\n"
PATCHER = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\ntarget: {kind: Pod}\npatch: |\n"
DUPLICATES: dict[str, tuple[str, dict[str, str], str, int]] = {
    "a patch": (f"patches:\n- patch: |\n{indent(TWICE, 4)}", {}, "kustomization.yaml", 8),
    "a stripped patch": (f"patches:\n- patch: |-\n{indent(TWICE, 4)}", {}, "kustomization.yaml", 8),
    "a JSON patch": (
        f"patches:\n- target: {{kind: Pod}}\n  patch: |\n{indent(OPERATIONS, 4)}", {}, "kustomization.yaml", 7
    ),
    "a patch in quotes": (
        "patches:\n- target: {kind: Pod}\n  patch: '[{op: add, path: /a, path: /b}]'\n", {}, "kustomization.yaml", 4
    ),
    "patchesJson6902": (
        f"patchesJson6902:\n- target: {{kind: Pod, name: p}}\n  patch: |\n{indent(OPERATIONS, 4)}", {},
        "kustomization.yaml", 7,
    ),
    "patchesStrategicMerge": (f"patchesStrategicMerge:\n- |\n{indent(TWICE, 2)}", {}, "kustomization.yaml", 8),
    "a transformer": (
        f"transformers:\n- |\n{indent(PATCHER + indent(OPERATIONS, 2), 2)}", {}, "kustomization.yaml", 11
    ),
    "options": ("generatorOptions: {labels: {a: b, a: c}}\n", {}, "kustomization.yaml", 2),
    "a generator's options": (
        "configMapGenerator:\n- name: c\n  options:\n    labels:\n      a: b\n      a: c\n", {}, "kustomization.yaml", 7
    ),
    "a patch's options": (
        "patches:\n- path: x.yaml\n  options: {allowNameChange: true, allowNameChange: false}\n", {"x.yaml": POD},
        "kustomization.yaml", 4,
    ),
    "a patch's file": ("patches:\n- path: x.yaml\n", {"x.yaml": TWICE}, "x.yaml", 5),
    "a JSON patch's file": ("patches:\n- path: x.yaml\n", {"x.yaml": OPERATIONS}, "x.yaml", 3),
    "a file of patchesStrategicMerge": ("patchesStrategicMerge: [x.yaml]\n", {"x.yaml": TWICE}, "x.yaml", 5),
    "a replacement's file": ("replacements: [{path: x.yaml}]\n", {"x.yaml": "- source: {name: a, name: b}\n"}, "x.yaml", 1),
    "a transformer's file": (
        "transformers: [x.yaml]\n", {"x.yaml": PATCHER + indent(TWICE, 2)}, "x.yaml", 10
    ),
    "a component": (
        "components: [c]\n", {"c/kustomization.yaml": f"{COMPONENT}labels: []\nlabels: []\n"}, "c/kustomization.yaml", 4
    ),
    "a component's patch": (
        "components: [c]\n", {"c/kustomization.yaml": f"{COMPONENT}patches:\n- patch: |\n{indent(TWICE, 4)}"},
        "c/kustomization.yaml", 9,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DUPLICATES.values(), ids=DUPLICATES)
def test_a_key_that_stands_twice_is_found(case: tuple[str, dict[str, str], str, int], tmp_path: Path) -> None:
    text, files, file, line = case
    folder = "overlays/h/m/w"
    found = tree(
        tmp_path,
        {
            f"{folder}/kustomization.yaml": f"resources: [pod.yaml]\n{text}",
            f"{folder}/pod.yaml": POD,
            **{f"{folder}/{path}": content for path, content in files.items()},
        },
    )
    problems = list(all_rules()["duplicate-source-key"].run(found))
    assert [(p.file, p.line) for p in problems] == [(f"{folder}/{file}", line)]


# --- the measure itself -------------------------------------------------------------------------------------------


def expanded(value: object) -> int:
    """Values below and including this one, a shared one counted each time."""
    if isinstance(value, dict):
        return 1 + sum(1 + expanded(inner) for inner in value.values())
    return 1 + sum(map(expanded, value)) if isinstance(value, list) else 1


NESTED = st.recursive(
    st.integers(0, 9), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab"), inner, max_size=4)
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(NESTED)
def test_measure_counts_what_aliases_expand_to(value: object) -> None:
    shared = [value, value, {"k": value}]  # PyYAML writes the second and third as aliases where it can
    text = yaml.safe_dump(shared)
    size = expanded(shared)
    assert lines.measure(text, most_nodes=size) is None
    assert lines.measure(text, most_nodes=size - 1) is not None
