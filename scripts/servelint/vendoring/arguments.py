"""Regenerates the lists of engine arguments that the rules judge by, from pinned sources only.

SGLang and vLLM come from wheels pinned by checksum. Triton's server and its model templates are published as source
alone, so a folder, a wheel or a git repository of them is given; TensorRT-LLM's wheels lie in no public registry, so
its lists are transcribed, until somebody gives a checkout. A list that is not regenerated stays as it is. Everything is
built in memory before a file is touched.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..engines import kind, kinds, lists
from ..engines.kind import Kind
from ..engines.lists import Checkout, Pinned, Reading, Wheel
from . import architectures, extraction
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


def read(readings: Mapping[str, tuple[Reading, ...]], source: Source) -> dict[str, Arguments]:
    """The lists of a source, as an engine says that they are read. Raises KeyError for a file that is not there."""
    found: dict[str, Arguments] = {}
    for name, parts in readings.items():
        names, own = Names(), Arguments()
        for reading in parts:
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


@dataclass(frozen=True)
class Files:
    """A source, and the paths in it that lie directly in a folder."""

    read: Source
    inside: Callable[[str], list[str]]

    def __call__(self, path: str) -> str:
        return self.read(path)


def zip_source(data: Path) -> Files:
    """A wheel or another zip archive as a source."""
    archive = zipfile.ZipFile(data)
    names = archive.namelist()
    return Files(
        lambda path: archive.read(path).decode("utf-8-sig"),
        lambda folder: sorted(name for name in names if name.rpartition("/")[0] == folder),
    )


def folder_source(folder: Path) -> Files:
    def read(path: str) -> str:
        try:
            return (folder / path).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise KeyError(path) from None

    return Files(read, lambda path: sorted(f"{path}/{item.name}" for item in (folder / path).glob("*")))


def git_source(repository: Path, revision: str) -> Files:
    """A revision of a git repository, with or without a work tree."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise KeyError(words[-1])
        return done.stdout.removeprefix("\ufeff")

    return Files(
        lambda path: git("show", f"{revision}:{path}"),
        lambda folder: git("ls-tree", "--name-only", revision, f"{folder}/").splitlines(),
    )


def given_source(text: str, name: str, origin: Wheel | Checkout) -> Files:
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
    for name, entries in document.get("lists", {}).items():
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


def _file(engine: str, version: str, content: Mapping[str, Any], after: str = "") -> bytes:
    """One argument a line: a new version then shows as a short difference."""
    lists, architectures = content["lists"], content["architectures"]
    since = f' "after": {json.dumps(after)},' if after else ""
    out = [f'{{"engine": {json.dumps(engine)}, "version": {json.dumps(version)},{since} "lists": {{']
    for i, (name, arguments) in enumerate(lists.items()):
        out += [f"{json.dumps(name)}: {{", _rows(arguments), "}," if i + 1 < len(lists) else "}"]
    out += ['}, "architectures": {', _rows(architectures), "}}"] if architectures else ["}}"]
    return ("\n".join(out) + "\n").encode()


def _rows(entries: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(key)}: {json.dumps(a, sort_keys=True)}" for key, a in sorted(entries.items()))


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What to say of a version beside an older one: ``lists.whole`` makes it whole again."""

    def differing(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: value for name, value in newer.items() if _placeless(older.get(name)) != _placeless(value)}
        return found | dict.fromkeys(older.keys() - newer.keys())

    every = dict.fromkeys([*old["lists"], *new["lists"]])
    lists = {name: differing(old["lists"].get(name, {}), new["lists"].get(name, {})) for name in every}
    return {
        "lists": {name: arguments for name, arguments in lists.items() if arguments},
        "architectures": differing(old["architectures"], new["architectures"]),
    }


def _placeless(value: Any) -> Any:
    return {key: item for key, item in value.items() if key != "where"} if isinstance(value, dict) else value


def _served(wanted: Pinned, source: Files, folder: Path) -> dict[str, str]:
    """The architectures that a version serves: itself, or else by a model that Transformers has."""
    if wanted.models is None:
        return {}
    found = architectures.read(wanted.models, source)
    if wanted.transformers:
        beside = architectures.read(architectures.TRANSFORMERS, zip_source(fetch(wanted.transformers, folder)))
        found = dict.fromkeys(beside, "transformers") | found
    return found


def build(store: Path, given: dict[str, str], offline: bool) -> dict[str, bytes]:
    """Every file of the store by name. Raises Unusable."""
    files: dict[str, bytes] = {}
    ledger: dict[str, Any] = {}
    wholes: dict[tuple[str, str], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for engine, wanted in [(one, pinned) for one in kinds().values() for pinned in one.pinned]:
            called, family = name_of(engine, wanted), wanted.family or engine.family
            name = f"{called}.json"
            older = wholes[family, wanted.after] if wanted.after else None
            ledger[name] = {"origin": wanted.origin._asdict(), "licence": wanted.licence}
            if wanted.transformers:
                ledger[name]["transformers"] = wanted.transformers._asdict()
            if called in given:
                source = given_source(given[called], called, wanted.origin)
            elif isinstance(wanted.origin, Wheel) and not offline:
                wheel = fetch(wanted.origin, Path(folder))
                source = zip_source(wheel)
                wheel.unlink()  # it stays open until the next one: all of them together have more than a gigabyte
            elif (store / name).exists():
                files[name] = (store / name).read_bytes()
                wholes[family, wanted.version] = lists.whole(json.loads(files[name]), older)
                continue
            else:
                raise Unusable(f"{called} is not in the store: give --source {called}=PATH@{wanted.version}")
            try:
                content = {"lists": read(wanted.lists, source), "architectures": _served(wanted, source, Path(folder))}
            except (KeyError, SyntaxError) as error:
                raise Unusable(f"{called}: the source has no readable {error}") from None
            wholes[family, wanted.version] = content
            said = changes(older, content) if older else content
            files[name] = _file(family, wanted.version, said, wanted.after)
    for path in sorted((store / "transcribed").glob("*.yaml")):
        text = path.read_bytes()
        document = yaml.load(text, Loader=LOADER)
        content = {
            "lists": transcribed(document),
            "architectures": dict.fromkeys(document.get("architectures", ()), "own"),
        }
        called = f"{document['engine']}-{document['version']}"
        name = f"{called}.json"
        if called in given:
            said, own = document["read"], kind(document["engine"])
            origin = Checkout(said["project"], f"v{document['version']}", said["release"])
            source = given_source(given[called], called, origin)
            served = architectures.read(own.models, source) if own.models else {}
            content = {"lists": read(own.readings, source), "architectures": served}
        files[name] = _file(document["engine"], document["version"], content)
        ledger[name] = {"transcribed": f"transcribed/{path.name}", "sha256": _digest(text), **document["read"]}
    digests = {name: _digest(data) for name, data in sorted(files.items())}
    content = {"lists": dict(sorted(ledger.items())), "sha256": digests}
    if (store / PROVENANCE).exists():  # the figures of the last run of the oracle stay
        asked = json.loads((store / PROVENANCE).read_text(encoding="utf-8")).get("oracle")
        content |= {"oracle": asked} if asked else {}
    files[PROVENANCE] = (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()
    return files
