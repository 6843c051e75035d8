"""Files and folders in, records out: which format a file has, and what the manifest beside it adds."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..model import mapping
from . import generation_table, serving_json, serving_table, trtllm_bench
from .record import NotAResult, Record, Unread, derived

MOST_BYTES = 256 * 2**20
"""Of a file. A log of an engine build has 1 MiB, details of 100,000 requests 100."""
MOST_FILES = 20_000
ENDINGS = (".txt", ".log", ".json", ".jsonl")
MANIFEST = "manifest.json"
FAILED = re.compile(r"(.+)\.failed\.(txt|log|jsonl?)")
"""What a launcher keeps of a run that failed."""
PREFIX = re.compile(r"(\[(?:pod|job)/\S+\] ?)?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*(?:Z|[+-]\d\d:\d\d) ?)?")
"""What ``kubectl logs --prefix --timestamps`` puts before a line."""
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
TEXTS = (trtllm_bench.parse, serving_table.parse, generation_table.parse)
NO_RUN = "name the log or the result file of a run that ended"


class NoSuchPlace(ValueError):
    """A path that cannot be looked at; the message says why and what to do."""


@dataclass
class Found:
    """What lies at some paths: runs, what should have been runs, runs that failed, and files of another kind."""

    records: list[Record] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read(paths: Sequence[str]) -> Found:
    """Every run at ``paths``: files, folders and ``gs://`` addresses, in their order. Raises NoSuchPlace, OSError."""
    found = Found()
    with ExitStack() as stack:
        for path in paths:
            if path.startswith("gs://"):
                place = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
                _fetch(path, place)
                before = path.rstrip("/").rpartition("/")[0] + "/"
                _folder(Path(place), before, found)
            elif os.path.isdir(path):
                _folder(Path(path), f"{path.rstrip('/')}/", found)
            elif os.path.isfile(path):
                _file(Path(path), path, found, named=True)
            else:
                raise NoSuchPlace(
                    f"{path}: there is no such file or folder; name a result, a folder of them, or gs://…"
                )
    return found


def _fetch(url: str, place: str) -> None:
    """Copies a file or a folder of a bucket with the CLI that is there. Raises NoSuchPlace."""
    for words in (["gcloud", "storage", "cp", "--recursive"], ["gsutil", "-q", "cp", "-r"]):
        if shutil.which(words[0]):
            command = [*words, url.rstrip("/"), place]
            break
    else:
        raise NoSuchPlace(
            f"{url}: neither gcloud nor gsutil is here; install the Google Cloud CLI, or copy the files first"
        )
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = next((line for line in said if "error" in line.lower()), said[-1] if said else "without a word")
        raise NoSuchPlace(f"{url}: {command[0]} ended with {done.returncode}: {why}")


def _folder(folder: Path, before: str, found: Found) -> None:
    """All below a folder, by name; ``before`` stands in the place of the folder in what is said. No links."""
    paths = []
    for parent, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        paths += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
        if len(paths) > MOST_FILES:
            raise NoSuchPlace(f"{before}: holds more than {MOST_FILES} files; name a folder below it")
    for path in sorted(paths):
        if path.name != MANIFEST and path.is_file() and not path.is_symlink():
            _file(path, f"{before}{path.relative_to(folder)}", found, named=False)


def _file(path: Path, name: str, found: Found, *, named: bool) -> None:
    """The runs of one file. named: somebody asked for this very file, so holding none is a mistake."""
    manifest, wrong = _manifest(path.parent, name)
    if wrong is not None:
        if wrong not in found.unread:
            found.unread.append(wrong)
        return
    if FAILED.fullmatch(path.name):
        found.failed.append(name)
        return
    if not named and not path.name.endswith(ENDINGS):
        found.others.append(name)
        return
    if path.stat().st_size > MOST_BYTES:
        found.unread.append(Unread(name, 1, f"has more than {MOST_BYTES >> 20} MiB", "name the result alone"))
        return
    text = path.read_bytes().decode("utf-8", "replace")
    runs = list(_runs(text, name))
    if not runs and (named or trtllm_bench.OF_TOOL.search(text)):
        end = max(1, text.count("\n"))
        runs = [NotAResult(end, "holds no result of a known tool, or ended before it had one", NO_RUN)]
    elif not runs:
        found.others.append(name)
    for run in runs:
        if isinstance(run, NotAResult):
            found.unread.append(Unread(name, run.line, run.cause, run.cure))
        else:
            found.records.append(_told(run, manifest, path.name))


def _runs(text: str, name: str) -> Iterator[Record | NotAResult]:
    if text.lstrip().startswith("{"):
        yield from serving_json.parse(text, name)
        return
    # A progress bar writes over itself; what stands last is what a terminal shows.
    shown = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    lines = [PREFIX.sub("", ANSI.sub("", line), count=1) for line in shown]
    yield from sorted((run for parse in TEXTS for run in parse(lines, name)), key=lambda run: run.line)


def _manifest(folder: Path, name: str) -> tuple[dict[str, Any], Unread | None]:
    """What the launcher wrote beside the results; empty if nothing, or why it cannot be read."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return {}, None
    where = f"{name.rpartition('/')[0]}/{MANIFEST}" if "/" in name else MANIFEST
    try:
        said = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return {}, Unread(where, line, f"is not JSON: {error}", "fetch it again; without it nobody knows what ran")
    if not isinstance(said, dict):
        return {}, Unread(where, 1, "is no object", "fetch it again; without it nobody knows what ran")
    return said, None


FROM_MANIFEST = (
    "overlay", "revision", "start", "model", "model_revision", "hardware", "gpus", "engine_version", "quantization",
)  # fmt: skip


def _told(record: Record, manifest: dict[str, Any], name: str) -> Record:
    """A record with what the manifest knows of it; what the result says itself stays."""
    added: dict[str, Any] = {}
    for key in FROM_MANIFEST:
        value = manifest.get(key)
        wanted = int if key == "gpus" else str
        if getattr(record, key) is None and isinstance(value, wanted) and not isinstance(value, bool) and value:
            added[key] = value
    for experiment, run in mapping(manifest.get("experiments")).items():
        if mapping(run).get("result") == name:
            added["experiment"] = str(experiment)
    return derived(replace(record, **added))


def fill(records: Sequence[Record], **given: Any) -> list[Record]:
    """Records with what whoever asks knows (model, hardware, GPUs), where nothing else said it."""
    known = {key: value for key, value in given.items() if value is not None}
    return [derived(replace(r, **{k: v for k, v in known.items() if getattr(r, k) is None})) for r in records]
