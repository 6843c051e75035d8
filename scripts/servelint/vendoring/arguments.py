"""Regenerates the lists of engine arguments that the rules judge by, from pinned sources only.

SGLang and vLLM come from wheels pinned by checksum. Triton's server and its model templates are published as source
alone, so a folder, a wheel or a git repository of them is given; TensorRT-LLM's wheels lie in no public registry, so
its lists are transcribed, until somebody gives a checkout. A list that is not regenerated stays as it is. Everything is
built in memory before a file is touched.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from ..engines import kind, kinds
from ..engines.kind import Kind
from ..engines.lists import Checkout, Pinned, Reading, Wheel
from . import extraction
from .extraction import Arguments, Names, Source
from .extraction_vllm import vllm
from .schemas import LOADER, Unusable, _digest, _last_line

PROVENANCE = "PROVENANCE.json"


NAMED: dict[str, Callable[[str, str, Names], Arguments]] = {
    "calls": extraction.argparse_options,
    "fields": extraction.annotated_fields,
}
"""Readers of one file that need the constants of others."""
PLAIN: dict[str, Callable[[str, str], Arguments]] = {
    "options": extraction.server_options,
    "template": extraction.template_parameters,
}
WHOLE: dict[str, Callable[[Source], dict[str, Arguments]]] = {"vllm": vllm}
"""Readers of a whole source, which give several lists."""


def name_of(engine: Kind, wanted: Pinned) -> str:
    """How the file of a list is called in the store."""
    return f"{wanted.family or engine.family}-{wanted.version}"


def read(lists: Mapping[str, tuple[Reading, ...]], source: Source) -> dict[str, Arguments]:
    """The lists of a source, as an engine says that they are read. Raises KeyError for a file that is not there."""
    found: dict[str, Arguments] = {}
    for name, readings in lists.items():
        names, own = Names(), Arguments()
        for reading in readings:
            for path in reading.names:
                names.learn(source(path))
            for path in reading.perhaps:
                with suppress(KeyError):
                    names.learn(source(path))
            if reading.how in WHOLE:
                found |= WHOLE[reading.how](source)
            elif reading.how == "models":
                found |= extraction.model_fields(source(reading.path), reading.path, names)
                own |= found.get(reading.inside, {})
            elif reading.how == "click":
                own |= extraction.click_options(source(reading.path), reading.path, reading.inside, names)
            elif reading.how in NAMED:
                own |= NAMED[reading.how](source(reading.path), reading.path, names)
            else:
                own |= PLAIN[reading.how](source(reading.path), reading.path)
        if own:
            found[name] = own
    return found


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


def given_source(text: str, name: str, origin: Wheel | Checkout) -> Source:
    """What ``--source NAME=PATH[@REVISION]`` names; a revision must be the pinned commit."""
    path, _, revision = text.rpartition("@") if "@" in text else (text, "", "")
    if revision:
        command = ["git", "-C", path, "rev-parse", f"{revision}^{{commit}}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unusable(f"{name}: no revision {revision}: {_last_line(done.stderr)}")
        if isinstance(origin, Checkout) and done.stdout.strip() != origin.commit:
            raise Unusable(f"{name} is pinned to {origin.commit}, not {done.stdout.strip()}")
        return git_source(Path(path), revision)
    if not Path(path).exists():
        raise Unusable(f"{name}: there is no {Path(path).name}")
    return zip_source(Path(path)) if zipfile.is_zipfile(path) else folder_source(Path(path))


def fetch(wheel: Wheel, folder: Path) -> Path:
    """The pinned wheel, downloaded by pip, which checks its hash."""
    lock = folder / f"{wheel.package}-{wheel.version}.txt"
    lock.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
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
        for engine, wanted in [(one, pinned) for one in kinds().values() for pinned in one.pinned]:
            called = name_of(engine, wanted)
            name = f"{called}.json"
            if called in given:
                source = given_source(given[called], called, wanted.origin)
            elif isinstance(wanted.origin, Wheel) and not offline:
                source = zip_source(fetch(wanted.origin, Path(folder)))
            elif (store / name).exists():
                files[name] = (store / name).read_bytes()
                ledger[name] = {"origin": wanted.origin._asdict(), "licence": wanted.licence}
                continue
            else:
                raise Unusable(f"{called} is not in the store: give --source {called}=PATH@{wanted.version}")
            try:
                files[name] = _file(wanted.family or engine.family, wanted.version, read(wanted.lists, source))
            except (KeyError, SyntaxError) as error:
                raise Unusable(f"{called}: the source has no readable {error}") from None
            ledger[name] = {"origin": wanted.origin._asdict(), "licence": wanted.licence}
    for path in sorted((store / "transcribed").glob("*.yaml")):
        text = path.read_bytes()
        document = yaml.load(text, Loader=LOADER)
        lists = transcribed(document)
        called = f"{document['engine']}-{document['version']}"
        name = f"{called}.json"
        if called in given:
            said = document["read"]
            origin = Checkout(said["project"], f"v{document['version']}", said["release"])
            lists = read(kind(document["engine"]).readings, given_source(given[called], called, origin))
        files[name] = _file(document["engine"], document["version"], lists)
        ledger[name] = {"transcribed": f"transcribed/{path.name}", "sha256": _digest(text), **document["read"]}
    digests = {name: _digest(data) for name, data in sorted(files.items())}
    content = {"lists": dict(sorted(ledger.items())), "sha256": digests}
    files[PROVENANCE] = (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()
    return files
