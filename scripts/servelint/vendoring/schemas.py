"""Regenerates the store of schemas that ``schema.py`` reads, from pinned sources only.

The store has four kinds of content: core Kubernetes and KServe from wheels pinned by checksum, custom
resources from Go modules pinned by checksum, custom resources that no registry serves from the
transcriptions in ``schemas/transcribed``, and custom resources that somebody piped in from a cluster. All
but the last are reproduced by every run; the last stay as they are until they are piped in again.
Everything is built in memory before a file is touched, so that a bad input leaves the store as it was.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..server import reduction
from ..server.reduction import BadDefinition, Kind, compact

STORE = Path(__file__).parents[1] / "server" / "schemas"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Wheel(NamedTuple):
    """A Python package of which only one file is accepted."""

    package: str
    version: str
    sha256: str
    licence: str


class Module(NamedTuple):
    """A Go module of which only one content is accepted, and the kinds to take from its definitions."""

    path: str
    version: str
    h1: str
    licence: str
    folder: str
    files: dict[str, tuple[str, ...]]


CORE = Wheel(
    "kubernetes-validate", "1.37.0",
    "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9", "Apache-2.0",
)  # fmt: skip
KSERVE = Wheel("kserve", "0.21.0", "df9bc5888704d9085015e08f1a8fced5ff0698f3becc6212d4e7b8234c71623b", "Apache-2.0")
KSERVE_ADDITIONS = "kserve.yaml"
# Sums as in go.sum. Where a newer version demands a Go that is not out everywhere, the one before it.
MODULES = (
    Module(
        "github.com/argoproj/argo-cd/v3", "v3.5.7",
        "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=", "Apache-2.0", "manifests/crds",
        {
            "application-crd.yaml": ("v1alpha1",),
            "applicationset-crd.yaml": ("v1alpha1",),
            "appproject-crd.yaml": ("v1alpha1",),
        },
    ),
    Module(
        "github.com/external-secrets/external-secrets", "v1.3.2",
        "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=", "Apache-2.0", "config/crds/bases",
        {
            "external-secrets.io_externalsecrets.yaml": ("v1",),
            "external-secrets.io_secretstores.yaml": ("v1",),
            "external-secrets.io_clustersecretstores.yaml": ("v1",),
        },
    ),
    Module(
        "github.com/fluxcd/kustomize-controller", "v1.9.6",
        "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=", "Apache-2.0", "config/crd/bases",
        {"kustomize.toolkit.fluxcd.io_kustomizations.yaml": ("v1",)},
    ),
    Module(
        "github.com/fluxcd/source-controller", "v1.9.6",
        "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=", "Apache-2.0", "config/crd/bases",
        {
            "source.toolkit.fluxcd.io_buckets.yaml": ("v1",),
            "source.toolkit.fluxcd.io_gitrepositories.yaml": ("v1",),
            "source.toolkit.fluxcd.io_ocirepositories.yaml": ("v1",),
        },
    ),
    Module(
        "github.com/GoogleCloudPlatform/gke-networking-api", "v0.2.11",
        "h1:U9n3hHMyWvGHO+wiEUxoLHQlqUxU0oARuCHoDZTDxUQ=", "Apache-2.0", "config/crds",
        {
            "networking.gke.io_gkenetworkparamsets.yaml": ("v1",),
            "networking.gke.io_networks.yaml": ("v1",),
        },
    ),
    Module(
        "sigs.k8s.io/gateway-api", "v1.6.3",
        "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=", "Apache-2.0", "config/crd/standard",
        {
            "gateway.networking.k8s.io_gateways.yaml": ("v1",),
            "gateway.networking.k8s.io_httproutes.yaml": ("v1",),
        },
    ),
)  # fmt: skip
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


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def fetch_wheels(folder: Path, wheels: Iterable[Wheel]) -> None:
    """Downloads pinned wheels with pip, which checks each hash before it keeps the file."""
    lock = folder / "pins.txt"
    lock.write_text("".join(f"{w.package}=={w.version} --hash=sha256:{w.sha256}\n" for w in wheels))
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--disable-pip-version-check", "--retries", "1", "--only-binary=:all:"]
    command += ["--dest", str(folder), "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unusable(f"pip could not download the pinned wheels: {_last_line(done.stderr)}")


def open_wheel(folder: Path, wheel: Wheel) -> zipfile.ZipFile:
    """The pinned wheel among the files of a folder, if it is the one."""
    name = f"{wheel.package} {wheel.version}"
    stem = f"{wheel.package.replace('-', '_')}-{wheel.version}-"
    path = next((path for path in sorted(folder.glob("*.whl")) if path.name.startswith(stem)), None)
    if path is None:
        raise Unusable(f"there is no wheel of {name} in {folder.name}")
    if (found := _digest(path.read_bytes())) != wheel.sha256:
        raise Unusable(f"{path.name} is not the pinned {name}: its sha256 is {found}")
    return zipfile.ZipFile(path)


def module_sum(archive: zipfile.ZipFile) -> str:
    """The checksum that go.sum has for a module's archive: a hash over the hashes of its files.

    Source: https://go.dev/ref/mod#go-sum-files
    """
    lines = [f"{_digest(archive.read(name))}  {name}\n" for name in sorted(archive.namelist())]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def fetch_modules(folder: Path, modules: Iterable[Module]) -> dict[str, Path]:
    """The archive of each pinned module by its path, fetched and checked by Go itself, then by us."""
    names = [f"{module.path}@{module.version}" for module in modules]
    try:
        done = subprocess.run(
            ["go", "mod", "download", "-json", *names], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Unusable("Go is not installed, and the definitions come from Go modules") from None
    answers: list[dict[str, Any]] = []
    rest = done.stdout.strip()
    try:
        while rest:
            answer, end = json.JSONDecoder().raw_decode(rest)
            answers.append(answer)
            rest = rest[end:].lstrip()
    except ValueError:
        raise Unusable(f"go mod download said something strange: {_last_line(done.stdout)}") from None
    for answer in answers:
        if "Error" in answer:
            raise Unusable(f"go mod download failed: {_last_line(answer['Error'])}")
    if done.returncode or len(answers) != len(names):
        raise Unusable(f"go mod download failed: {_last_line(done.stderr)}")
    return {answer["Path"]: Path(answer["Zip"]) for answer in answers}


def module_kinds(module: Module, path: Path) -> list[Kind]:
    """The wanted kinds of one module's archive, whose checksum must be the pinned one."""
    kinds: list[Kind] = []
    with zipfile.ZipFile(path) as archive:
        if (found := module_sum(archive)) != module.h1:
            raise Unusable(f"{module.path} {module.version} is not the pinned one: its sum is {found}")
        for file, versions in module.files.items():
            member = f"{module.path}@{module.version}/{module.folder}/{file}"
            wanted = [kind for kind in read_crds(archive.read(member)) if _version(kind) in versions]
            if len(wanted) != len(versions):
                raise Unusable(f"{file} of {module.path} does not serve {' and '.join(versions)}")
            kinds += wanted
    return kinds


def _version(kind: Kind) -> str:
    return kind.api_version.rpartition("/")[2]


def _member(minor: str) -> str:
    return f"kubernetes_validate/kubernetes-json-schema/v{minor}.0-local-strict/_definitions.json"


class Core(NamedTuple):
    """What the wheel of Kubernetes gives: files, index entries, and the names of all definitions."""

    files: dict[str, bytes]
    entries: dict[str, dict[str, Any]]
    names: set[str]


def core_files(archive: zipfile.ZipFile) -> Core:
    """One file a minor version, and the index entries of their kinds."""
    core = Core({}, {}, set())
    for minor in MINORS:
        defs, kinds = reduction.reduce_core(json.loads(archive.read(_member(minor)))["$defs"])
        roots = {f"{api_version} {kind}": name for (api_version, kind), name in kinds.items()}
        core.files[f"kubernetes-{minor}.json"] = _text({"$defs": defs, "kinds": roots})
        core.names.update(defs)
        for api_version, kind in kinds:
            fresh = {"scope": reduction.core_scope(kind), "minors": [], "origin": "core"}
            core.entries.setdefault(f"{api_version} {kind}", fresh)["minors"].append(minor)
    return core


def kserve_kinds(archive: zipfile.ZipFile, additions: Any, core: Collection[str]) -> list[Kind]:
    """KServe's kinds out of the model classes of its Python client."""
    classes: dict[str, dict[str, str]] = {}
    for name in archive.namelist():
        if name.startswith("kserve/models/") and name.endswith(".py"):
            classes |= reduction.read_classes(archive.read(name).decode())
    return reduction.reduce_classes(classes, additions, core)


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


def transcriptions(store: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What was written by hand, by file name, and the ledger's entry for each file."""
    documents: dict[str, Any] = {}
    ledger: list[dict[str, Any]] = []
    for path in sorted((store / "transcribed").glob("*.yaml")):
        text = path.read_bytes()
        document = documents[path.name] = yaml.load(text, Loader=LOADER)
        read = document["read"]
        how = read.get("how", "transcribed by hand")
        how = f"{how} from {read['project']} {read['reference']}, compared node by node"
        ledger.append({
            "file": f"transcribed/{path.name}", "sha256": _digest(text),
            "how": how, "why": document["why"], "licence": read["licence"],
        })  # fmt: skip
    return documents, ledger


def transcribed_kinds(documents: dict[str, Any]) -> list[Kind]:
    """The kinds that come from a transcription alone."""
    kinds: list[Kind] = []
    for name, document in documents.items():
        if name != KSERVE_ADDITIONS:
            try:
                kinds += reduction.reduce_transcription(document)
            except BadDefinition as error:
                raise Unusable(f"{name}: {error}") from None
    return kinds


def _load(store: Path, name: str) -> dict[str, Any]:
    try:
        content: Any = json.loads((store / name).read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        content = None
    sound = isinstance(content, dict) and (name == PROVENANCE or all("origin" in entry for entry in content.values()))
    if not sound:
        raise Unusable(f"{name} in the store is damaged: remove it and regenerate the store")
    return dict(content)


def with_ledger(files: dict[str, bytes], index: dict[str, Any], sources: dict[str, Any]) -> dict[str, bytes]:
    """Adds the index and the provenance, which lists the digest of every other file."""
    out = {**files, INDEX: _pretty(index)}
    digests = {name: _digest(data) for name, data in sorted(out.items())}
    out[PROVENANCE] = _pretty({**sources, "sha256": digests})
    return out


def build(store: Path, wheels: Path, modules: dict[str, Path]) -> dict[str, bytes]:
    """Every generated file of the store by name: regenerated ones, and those of a cluster as they are."""
    documents, written = transcriptions(store)
    if KSERVE_ADDITIONS not in documents:
        raise Unusable(f"transcribed/{KSERVE_ADDITIONS} is missing from the store")
    with open_wheel(wheels, CORE) as archive:
        core = core_files(archive)
    files, index = core.files, core.entries
    with open_wheel(wheels, KSERVE) as archive:
        try:
            kserve = kserve_kinds(archive, documents[KSERVE_ADDITIONS], core.names)
        except BadDefinition as error:
            raise Unusable(f"{KSERVE_ADDITIONS}: {error}") from None
    found = [kind for module in MODULES for kind in module_kinds(module, modules[module.path])]
    for kinds, origin in ((found, "module"), (kserve, "wheel"), (transcribed_kinds(documents), "transcribed")):
        more, entries = kind_files(kinds, origin)
        files |= more
        index |= entries
    for key, entry in _load(store, INDEX).items():
        if entry["origin"] == "cluster":
            index[key] = entry
            files[entry["file"]] = (store / entry["file"]).read_bytes()
    sources = {
        "wheels": [wheel._asdict() for wheel in (CORE, KSERVE)],
        "modules": [{**module._asdict(), "files": sorted(module.files)} for module in MODULES],
        "transcribed": written,
    }
    return with_ledger(files, index, sources)


def read_crds(text: bytes) -> list[Kind]:
    """Every served kind among the CustomResourceDefinitions of a YAML or JSON stream."""
    try:
        documents = list(yaml.load_all(text, Loader=LOADER))
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
    found = [item for item in items if isinstance(item, dict) and item.get("kind") == "CustomResourceDefinition"]
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
    wrong = {name for name, data in files.items() if name not in present or present[name].read_bytes() != data}
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
