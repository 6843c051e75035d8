"""How a hostile input is tried: a small fleet that holds it, validate.py as a process, and what must hold whatever it is.

An ``Input`` is data. Most are an overlay, and many overlays stand next to each other in one fleet, so that one process
judges them all; each is then judged by the findings on its own overlay and by what its own places outside were asked.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hostile.servers import SMUGGLED, Loopback
from support import PYTHON, ROOT

CPU_SECONDS = 10.0
"""What one input may cost, Kustomize and all other processes of the run included."""
MEMORY = 1024 * 1024 * 1024
"""Bytes that any process of a run may take at most."""
PATIENCE = 120.0
"""Seconds after which a run is given up: it hangs. Generous, since other tests want the processor too."""

REFUSED = ("unreadable-source", "path-outside-repository", "remote-resource", "code-in-build", "misplaced-overlay")
"""What keeps an overlay from Kustomize."""
FOUND = (*REFUSED, "failed-build")
"""The same, and what Kustomize itself refuses: no text of the overlay was judged, and the author is told why."""
ANY = ("*",)
"""Any error will do."""
ATTACK = "::error file=README.md::text of the attacker"
"""What an attacker would have a log begin a line with. GitHub reads it as an annotation."""
FORMATS = ("text", "json", "sarif", "github", "junit")

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: 'a:1'}]}\n"
OVERLAYS = "overlays/a3ultra/deepseek-r1"
MANIFEST = "manifest.yaml"


@dataclass(frozen=True)
class Input:
    """One hostile input.

    kustomization: of the overlay ``overlays/a3ultra/deepseek-r1/<name>/``, in which a pod.yaml lies already.
    files: further ones, path to content; ``links``: path to what it leads to; ``make``: whatever else is to be done, given
    the overlay's folder. A path is taken from the overlay's folder, or from the root if it begins with a slash.
    In all texts <http>, <git>, <ssh>, <port> stand for the servers, <repo> and <outside> for places of its own outside
    the checkout, <up> for the way from the overlay to <outside>, <name> for itself.
    file and line: where, from the overlay's folder; ``says``: what the message must hold.
    rules: one of them must be found on the overlay, ANY takes every error; an empty one is a
    harmless neighbour, to be rendered; None leaves the verdict open: only what the run takes and leaves behind matters.
    alone: needs a process of its own; what follows only matters then.
    manifest: judged by ``--manifest`` in the place of an overlay.
    statuses: what it may end with: 1 is a finding, 2 one message that holds ``says``.
    """

    name: str
    kustomization: str | None = None
    files: dict[str, str | bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    make: Callable[[Path], None] | None = None
    rules: tuple[str, ...] | None = REFUSED
    file: str | None = None
    line: int | None = None
    says: str = ""
    alone: bool = False
    manifest: str | bytes | None = None
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    statuses: tuple[int, ...] = (1,)
    seconds: float = CPU_SECONDS

    @property
    def overlay(self) -> str:
        return f"{OVERLAYS}/{self.name}"


@dataclass(frozen=True)
class Outcome:
    """What a run said, what it took, and what it left behind."""

    status: int
    out: str
    err: str
    cpu_s: float
    memory: int
    processes: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


def small_fleet(target: Path) -> Path:
    """A fleet with one machine, one model, the bases, no overlay, and the validator's own code, for that decides what the
    root is. Code is linked where it can be: nothing writes into it."""

    def link(source: str, copy: str) -> None:
        try:
            os.link(source, copy)
        except OSError:
            shutil.copy2(source, copy)

    for part in ("base", "hardware/a3ultra", "models/deepseek-r1"):
        shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("sync"))
    shutil.copytree(ROOT / "scripts", target / "scripts", copy_function=link)
    (target / "overlays").mkdir()
    return target


def put(fleet: Path, item: Input, servers: Loopback) -> None:
    """Puts an input into a fleet."""
    folder = fleet / item.overlay
    outside = servers.place(f"places/{item.name}/outside")
    repository = servers.place(f"places/{item.name}/repository", git=True)
    words = {
        "<http>": f"{servers.http}/{item.name}",
        "<git>": f"{servers.git_http}/{item.name}",
        "<ssh>": servers.ssh,
        "<port>": str(servers.port),
        "<repo>": str(repository),
        "<outside>": str(outside),
        "<up>": os.path.relpath(outside, folder),
        "<name>": item.name,
    }

    def filled(text: str) -> str:
        return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], text)

    def path(text: str) -> Path:
        found = fleet / text[1:] if text.startswith("/") else folder / text
        found.parent.mkdir(parents=True, exist_ok=True)
        return found

    if item.kustomization is not None:
        path("kustomization.yaml").write_text(filled(item.kustomization), newline="")
        path("pod.yaml").write_text(POD)
    for name, content in item.files.items():
        if isinstance(content, str):
            content = filled(content).encode("utf-8", "surrogatepass")
        path(filled(name)).write_bytes(content)
    for name, leads_to in item.links.items():
        path(filled(name)).symlink_to(filled(leads_to))
    if item.make is not None:
        folder.mkdir(parents=True, exist_ok=True)
        item.make(folder)
    if item.manifest is not None:
        manifest = item.manifest if isinstance(item.manifest, bytes) else filled(item.manifest).encode()
        (fleet / MANIFEST).write_bytes(manifest)


@contextmanager
def _adopting() -> Iterator[None]:
    """Children of children that lose their parent become ours meanwhile, so that they can be found."""
    libc = ctypes.CDLL(None)
    subreaper = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
    has = hasattr(libc, "prctl")
    if has:
        libc.prctl(subreaper, 1, 0, 0, 0)
    try:
        yield
    finally:
        if has:
            libc.prctl(subreaper, 0, 0, 0, 0)


@contextmanager
def _heeding() -> Iterator[None]:
    """What is started meanwhile heeds the signals that a shell makes its background jobs deaf to."""
    deaf = [number for number in (signal.SIGHUP, signal.SIGINT) if signal.getsignal(number) == signal.SIG_IGN]
    for number in deaf:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in deaf:
            signal.signal(number, signal.SIG_IGN)


def children() -> dict[int, str]:
    """Number and command of every process that is a child of this one, dead ones excluded."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid() and state not in "ZX":
                found[int(stat.parent.name)] = name
    return found


def run(
    fleet: Path,
    *arguments: str,
    stdin: bytes = b"",
    meanwhile: Callable[[subprocess.Popen[bytes], Path], None] = lambda process, folder: None,
    cwd: Path | None = None,
    program: Sequence[str] = (PYTHON, "scripts/validate.py"),
    patience: float = PATIENCE,
    **changes: str,
) -> Outcome:
    """validate.py of ``fleet`` as a process, in a temporary folder and with a cache of its own.

    meanwhile: what is done to the process while it runs, given it and its temporary folder.
    """
    known = children()
    with tempfile.TemporaryDirectory(prefix="hostile-") as name, _adopting():
        folder = Path(name)
        temporary, cache = folder / "temporary", folder / "cache"
        temporary.mkdir()
        _with_bytecode(cache, fleet)
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "SERVELINT_"))},
            "TMPDIR": str(temporary),
            "XDG_CACHE_HOME": str(cache),
            **changes,
        }
        (folder / "in").write_bytes(stdin)
        with (folder / "in").open("rb") as into, (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            with _heeding():
                process = subprocess.Popen(
                    [*program, *arguments], cwd=cwd or fleet, env=environment, stdin=into, stdout=out, stderr=err,
                    start_new_session=True,
                )  # fmt: skip
            meanwhile(process, temporary)
            status, usage = _wait(process, patience)
        left = {number: name for number, name in children().items() if number not in known}
        if left:  # what has been told to end may take a moment
            time.sleep(0.5)
            left = {number: name for number, name in children().items() if number not in known}
        for number in left:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)
        return Outcome(
            status,
            (folder / "out").read_text("utf-8", "backslashreplace"),
            (folder / "err").read_text("utf-8", "backslashreplace"),
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * 1024,
            tuple(sorted(left.values())),
            tuple(sorted(path.name for path in temporary.iterdir())) if temporary.is_dir() else (),
        )


def _with_bytecode(cache: Path, fleet: Path) -> None:
    """Lets a cache of its own take the bytecode of the validator from the last run, which is half of what a start takes."""
    scripts = cache / "serving-fleet/bytecode" / str(fleet.resolve()).lstrip("/") / "scripts"
    shared = Path(os.environ["XDG_CACHE_HOME"]) / "hostile-bytecode"
    shared.mkdir(parents=True, exist_ok=True)
    scripts.parent.mkdir(parents=True)
    for folder in (cache / "serving-fleet", cache / "serving-fleet/bytecode"):
        folder.chmod(0o700)  # or it is not used
    scripts.symlink_to(shared)


def _wait(process: subprocess.Popen[bytes], patience: float) -> tuple[int, Any]:
    """Exit status and use of a process and of all that it waited for; after ``patience`` seconds it is ended."""
    deadline = time.monotonic() + patience
    while True:
        number, status, usage = os.wait4(process.pid, os.WNOHANG)
        if number:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.monotonic() > deadline:
            process.kill()
            deadline += patience
        time.sleep(0.01)


def slowness() -> float:
    """How many times as long as where CPU_SECONDS was chosen this machine takes now, at least 1: a busy neighbour on the
    same core makes it 2."""
    begin = time.process_time()
    sum(hash((number, str(number))) for number in range(600_000))
    return max(1.0, (time.process_time() - begin) / 0.25)


def broken(outcome: Outcome, seconds: float = CPU_SECONDS) -> list[str]:
    """What a run did that no input may bring about."""
    said = outcome.out + outcome.err
    found = []
    if outcome.status not in (0, 1, 2):
        found.append(f"exit status {outcome.status}")
    if "Traceback" in said or re.search(r'^\s*File "', said, re.MULTILINE):
        found.append("a traceback")
    if SMUGGLED in said:
        found.append("content from outside is in the output")
    begun = [row for row in re.split(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", said) if begins_with_attack(row)]
    if begun:
        found.append(f"a line begins with the attacker's text: {begun[0]!a:.100}")
    raw = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", said)
    if raw:
        found.append(f"the output holds {raw[0]!a} as it is: {said[max(0, raw.start() - 40) : raw.end() + 40]!a}")
    if outcome.status == 2 and not outcome.err.strip():
        found.append("a run that failed says nothing")
    if outcome.status == 2 and outcome.out:  # the findings of all other rules
        found.append(f"a rule crashed: {outcome.err[:300]!a}")
    rows = outcome.err.splitlines()
    strange = [row for row in rows if not re.match(r"validate\.py: |hardware/|models/|exceptions\.yaml:", row)]
    if outcome.status == 2 and (strange or len(rows) > 100):
        found.append(f"{len(rows)} lines of message, among them {strange[:1]!a:.200}")
    if outcome.cpu_s > seconds and outcome.cpu_s > seconds * slowness():
        found.append(f"{outcome.cpu_s:.1f} s of processor time")
    if outcome.memory > MEMORY:
        found.append(f"{outcome.memory >> 20} MiB of memory")
    if outcome.processes:
        found.append(f"left processes: {', '.join(outcome.processes)}")
    if outcome.files:
        found.append(f"left temporary files: {', '.join(outcome.files)}")
    return found


def begins_with_attack(row: str) -> bool:
    """Whether a line of output is the attacker's: a workflow command that no report of ours would make."""
    row = row.lstrip(" \t\ufeff")
    ours = r"::(error|warning) file=(overlays|base|hardware|models|exceptions\.yaml|/|[a-z]+\.yaml|%3Cstdin)"
    return row.startswith(("::", "##[", "text of the attacker")) and not re.match(ours, row)


def _missing(item: Input, report: dict[str, Any]) -> list[str]:
    """What the report does not say of an input's own overlay, though it must."""
    if item.rules is None:
        return []
    place = MANIFEST if item.manifest is not None else item.overlay
    resources = {o["path"]: o["resources"] for o in report["overlays"]}.get(place)
    if resources is None and item.kustomization is not None:
        return ["its overlay is not in the report"]
    # Where an input has a fleet for itself, whatever is found there is found of it: in its facts, in its platform.
    own = [f for f in report["findings"] if f["overlay"] == place or resources is None or item.alone]
    if not item.rules:
        refused = [f for f in own if f["rule"] in FOUND]
        return [f"refused: {refused[0]['rule']}: {refused[0]['message']}"] if refused or not resources else []
    wanted = [f for f in own if f["rule"] in item.rules or (item.rules == ANY and f["severity"] == "error")]
    told = ", ".join(sorted({f"{f['rule']} at {f['file']}:{f['line']}" for f in own})) or "nothing"
    if not wanted:
        return [f"{resources} resources, found {told}; expected {' or '.join(item.rules)}"]
    if item.file is not None:
        file = item.file[1:] if item.file.startswith("/") else f"{item.overlay}/{item.file}"
        if file not in {f["file"] for f in wanted}:
            return [f"found {told}; expected it at {file}"]
    if item.line is not None and item.line not in {f["line"] for f in wanted}:
        return [f"found {told}; expected it in line {item.line}"]
    if item.says and not any(item.says in f["message"] for f in wanted):
        return [f"says {wanted[0]['message']!r}, not {item.says!r}"]
    if set(item.rules) <= set(REFUSED) and resources:
        return ["was rendered"]
    return []


def _asked(item: Input, servers: Loopback) -> list[str]:
    own = [what for what in servers.asked if f"/{item.name}/" in f"{what}/".replace("?", "/") or what == "connect"]
    return [f"asked: {what}" for what in own]


def unreadable(style: str, out: str) -> list[str]:
    """What is wrong with a report as its reader reads it."""
    try:
        if style == "json":
            json.loads(out)
        if style == "sarif":
            for entry in json.loads(out)["runs"][0]["results"]:
                uri = entry["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                if not re.fullmatch(r"(?:[A-Za-z0-9._~/!$&'()*+,;=:@-]|%[0-9A-F]{2})+", uri):
                    return [f"the report holds {uri!a} as an address"]
        if style == "junit":
            ElementTree.fromstring(out)
    except (ValueError, ElementTree.ParseError) as error:
        return [f"the report is no {style}: {error}"]
    return []


def try_all(items: Sequence[Input], folder: Path, style: str = "json") -> dict[str, list[str]]:
    """What does not hold of each input, by name: nothing if it holds. They share a fleet and a process; if that run
    does what none may do, halving tells which of them it was. style: the format of the report."""
    if len(items) == 1:
        return {items[0].name: try_one(items[0], folder, style)}
    with Loopback(folder / "elsewhere") as servers:
        fleet = small_fleet(folder / "fleet")
        for item in items:
            put(fleet, item, servers)
        servers.forget()
        outcome = run(fleet, "--format", style, "--jobs", "1")
        wrong = broken(outcome, CPU_SECONDS + len(items))
        if outcome.status in (0, 1):
            wrong += unreadable(style, outcome.out)
            if not wrong and style != "json":
                return {item.name: _asked(item, servers) for item in items}
            if not wrong:
                report = outcome.report
                return {item.name: _missing(item, report) + _asked(item, servers) for item in items}
    middle = len(items) // 2
    first, second = (try_all(part, folder / str(i), style) for i, part in enumerate((items[:middle], items[middle:])))
    return first | second


def try_manifests(items: Sequence[Input], folder: Path) -> dict[str, list[str]]:
    """What does not hold of manifests whose verdict is left open, by name: as one manifest, or halved as ``try_all``."""
    if len(items) == 1:
        return {items[0].name: try_one(items[0], folder)}
    texts = [item.manifest for item in items if isinstance(item.manifest, str)]
    assert len(texts) == len(items)
    seconds = CPU_SECONDS + len(items)
    if not try_one(Input("all", manifest="\n---\n".join(texts), rules=None, seconds=seconds), folder / "all"):
        return {item.name: [] for item in items}
    middle = len(items) // 2
    first, second = (try_manifests(part, folder / str(i)) for i, part in enumerate((items[:middle], items[middle:])))
    return first | second


def try_one(item: Input, folder: Path, style: str = "json") -> list[str]:
    """What does not hold of an input that has a fleet and a process for itself. style: the format of the report."""
    with Loopback(folder / "elsewhere") as servers:
        fleet = small_fleet(folder / "fleet")
        put(fleet, item, servers)
        servers.forget()
        arguments = [*item.arguments, "--format", style]
        if item.manifest is not None:
            arguments += ["--manifest", MANIFEST, "--hardware", "a3ultra"]
        outcome = run(fleet, *arguments, stdin=item.stdin, **item.environment)
        wrong = broken(outcome, item.seconds) + _asked(item, servers)
        statuses = item.statuses if item.rules else (0, 1, 2)
        if outcome.status not in statuses:
            wrong.append(f"exit status {outcome.status}, expected {statuses}: {(outcome.err or outcome.out)[:300]!a}")
        elif outcome.status == 2:
            if item.says not in outcome.err:
                wrong.append(f"says {outcome.err[:300]!a}, not {item.says!r}")
        else:
            wrong += unreadable(style, outcome.out)
            if style == "json" and not wrong:
                wrong += _missing(item, outcome.report)
        return wrong
