"""Faults: a Kustomize that is none, signals, closed streams, a cache and a temporary folder that cannot be trusted, and
code that would stand in for a library's. No fault changes a verdict, and none leaves anything behind."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hostile.conftest import Tell
from hostile.links import sparse
from hostile.remotes import HEAD, PODS
from hostile.servers import Loopback
from hostile.trial import ATTACK, POD, Input, Outcome, broken, children, put, run, small_fleet, unreadable
from support import PYTHON

pytestmark = pytest.mark.exhaustive

GOOD = Input("good", PODS)
BAD = Input(
    "bad", f"{HEAD}resources: [r.yaml]\n", {"r.yaml": POD.replace("containers: [", "hostname: [1], containers: [")}
)
"""A field of a wrong type."""
TOOLS = {name: shutil.which(name) or name for name in ("sleep", "cat", "kill", "head", "setsid", "true", "touch", "sh")}
FOREVER = f"{TOOLS['sleep']} 1000"
PATIENT = 40.0
"""Seconds, generous, after which a run hangs that should have ended at once."""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet with one overlay that is right and one that is wrong."""
    made = small_fleet(tmp_path / "fleet")
    with Loopback(tmp_path / "elsewhere") as servers:
        for item in (GOOD, BAD):
            put(made, item, servers)
    return made


def executable(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def sh(*rows: str) -> str:
    return "\n".join((f"#!{TOOLS['sh']}", *rows, ""))


def verdict(outcome: Outcome) -> set[tuple[str, str]]:
    """Overlay and rule of each finding; nothing of a run that gave no report."""
    if unreadable("json", outcome.out):
        return set()
    return {(f["overlay"], f["rule"]) for f in outcome.report["findings"]}


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    """Until a file is there or the process has ended, whose status is left for whoever waits for it."""
    for _ in range(3_000):
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if file.exists() or ended is not None:
            return
        time.sleep(0.01)


def signalled(text: str) -> str:
    return sh(f"{TOOLS['kill']} -{text} $$", FOREVER)


FAKES: dict[str, str] = {
    "real-time-signal": signalled("41"),
    "last-signal": signalled("64"),
    "segmentation": signalled("SEGV"),
    "killed": signalled("KILL"),
    "terminated": signalled("TERM"),
    "broken-pipe": signalled("PIPE"),
    "hang-up": signalled("HUP"),
    "status-1-silent": sh("exit 1"),
    "status-127": sh("exit 127"),
    "status-255": sh("echo failed >&2", "exit 255"),
    "says-an-attack": sh(f"printf '%b' 'x\\n{ATTACK}\\n' >&2", "exit 1"),
    "says-a-sequence": sh("printf '%b' '\\033[2J\\033]0;a\\007' >&2", "exit 1"),
    "says-bytes": sh("printf '%b' '\\377\\376\\000\\001' >&2", "exit 1"),
    "panics": sh("echo 'panic: runtime error: index out of range' >&2", "echo 'goroutine 1 [running]:' >&2", "exit 2"),
    "writes-nothing": sh("exit 0"),
    "writes-bytes": sh("printf '%b' '\\377\\376\\000\\001'"),
    "writes-zeros": sh(f"{TOOLS['head']} -c 100000 /dev/zero"),
    "writes-noise": sh(f"{TOOLS['head']} -c 100000 /dev/urandom"),
    "writes-text": sh("echo just text"),
    "writes-an-attack": sh(f"printf '%b' '{ATTACK}\\n'"),
    "writes-a-list": sh("echo '[a, b]'"),
    "writes-a-number": sh("echo 12"),
    "writes-no-kind": sh("echo '{a: b}'"),
    "writes-strange-kinds": sh("echo '{apiVersion: [1], kind: {a: b}, metadata: [x]}'"),
    "writes-nulls": sh("echo '{apiVersion: v1, kind: Pod, metadata: ~, spec: ~}'"),
    "writes-a-bomb": sh("echo 'a: &a [x,x,x,x,x,x,x,x]'", *(f"echo '{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]'" for a, b in itertools.pairwise("abcdefghij"))),
    "writes-itself": sh("echo 'a: &a [*a]'"),
    "writes-deep": sh(f"{TOOLS['head']} -c 50000 /dev/zero | {shutil.which('tr') or 'tr'} '\\0' '['"),
    "writes-for-ever": sh(f"exec {TOOLS['cat']} /dev/zero"),
    "complains-for-ever": sh(f"exec {TOOLS['cat']} /dev/zero >&2"),
    "writes-a-foreign-mark": sh("printf 'apiVersion: v1\\nkind: Pod\\nmetadata:\\n  annotations:\\n    servelint.internal/overlay: \"000099\"\\n  name: p\\n'"),
    "writes-a-mark-of-text": sh("printf 'apiVersion: v1\\nkind: Pod\\nmetadata:\\n  annotations:\\n    servelint.internal/overlay: abc\\n  name: p\\n'"),
    "writes-a-negative-mark": sh("printf 'apiVersion: v1\\nkind: Pod\\nmetadata:\\n  annotations:\\n    servelint.internal/overlay: \"-1\"\\n  name: p\\n'"),
    "closes-its-output": sh("exec >&-", "exit 0"),
    "closes-all-output": sh("exec >&- 2>&-", "exit 0"),
    "leaves-a-child": sh(f"{FOREVER} &", "exit 0"),
    "leaves-a-child-that-complains": sh(f"{FOREVER} >/dev/null &", "exit 1"),
    "leaves-many-children": sh("i=0", f"while [ $i -lt 30 ]; do {FOREVER} & i=$((i+1)); done", "exit 0"),
    "leaves-a-child-of-a-child": sh(f"( {FOREVER} & )", "exit 0"),
    "leaves-a-session": sh(f"{TOOLS['setsid']} {FOREVER} &", "exit 0"),
    "leaves-a-deaf-child": sh(f"( trap '' TERM HUP INT; {FOREVER} ) &", "exit 0"),
    "reads-its-input": sh(f"{TOOLS['cat']}", "exit 0"),
}  # fmt: skip
"""What stands in for Kustomize. All of it is one finding on each overlay, and soon."""


@pytest.mark.parametrize("name", FAKES)
def test_a_kustomize_that_is_none_is_a_finding(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    fake = executable(tmp_path / "kustomize", FAKES[name])
    outcome = run(fleet, "--format", "json", SERVELINT_KUSTOMIZE=fake, patience=PATIENT)
    wrong = broken(outcome)
    if outcome.status not in (1, 2):
        wrong.append(f"exit status {outcome.status}: {outcome.out[:300]!a}")
    if outcome.status == 1:
        found = verdict(outcome)
        wrong += [
            f"nothing found on {item.name}" for item in (GOOD, BAD) if not any(o == item.overlay for o, _ in found)
        ]
    tell("faults", {f"kustomize-{name}": wrong})


@pytest.mark.parametrize("name", ["hangs", "hangs-without-output", "hangs-deaf"])
def test_a_kustomize_that_hangs_is_a_finding(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    rows = {"hangs": (), "hangs-without-output": ("exec >&- 2>&-",), "hangs-deaf": ("trap '' TERM HUP INT",)}[name]
    fake = executable(tmp_path / "kustomize", sh(*rows, FOREVER))
    outcome = run(fleet, "--format", "json", "--deadline", "3", SERVELINT_KUSTOMIZE=fake, patience=PATIENT)
    wrong = broken(outcome)
    if outcome.status != 1:
        wrong.append(f"exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
    tell("faults", {f"kustomize-{name}": wrong})


@pytest.mark.parametrize(
    "name", ["not-there", "folder", "not-executable", "no-interpreter", "no-format", "empty", "pipe", "line"]
)
def test_what_cannot_be_started_is_a_message(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    fake = tmp_path / "kustomize"
    if name == "folder":
        fake.mkdir()
    elif name == "pipe":
        os.mkfifo(fake)
    elif name == "line":
        fake = tmp_path / f"x\n{ATTACK}"
    elif name != "not-there":
        text = {"no-interpreter": "#!/not/there\n", "no-format": "\x01\x02\x03", "empty": ""}.get(name, sh("exit 0"))
        executable(fake, text)
    if name == "not-executable":
        fake.chmod(0o644)
    outcome = run(fleet, SERVELINT_KUSTOMIZE=str(fake), patience=PATIENT)
    wrong = broken(outcome)
    if outcome.status != 2:
        wrong.append(f"exit status {outcome.status}: {outcome.out[:300]!a}")
    tell("faults", {f"start-{name}": wrong})


SIGNALS = {
    "term": signal.SIGTERM,
    "hang-up": signal.SIGHUP,
    "interrupt": signal.SIGINT,
    "kill": signal.SIGKILL,
}
WORK = {
    "sleeping": (FOREVER,),
    "deaf": ("trap '' TERM HUP INT", FOREVER),
    "with-a-child": (f"{FOREVER} &", FOREVER),
    "with-a-session": (f"{TOOLS['setsid']} {FOREVER} &", FOREVER),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "work"),
    [
        *itertools.product(("term", "kill"), WORK),
        *itertools.product(("hang-up", "interrupt"), ("deaf", "with-a-session")),
    ],
)
def test_a_signal_leaves_nothing_behind(name: str, work: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    begun = tmp_path / "begun"
    fake = executable(tmp_path / "kustomize", sh(f"{TOOLS['touch']} {begun}", *WORK[work]))

    def strike(process: subprocess.Popen[bytes], _: Path) -> None:
        wait_for(begun, process)
        os.kill(process.pid, SIGNALS[name])

    known = children()
    outcome = run(fleet, SERVELINT_KUSTOMIZE=fake, meanwhile=strike, patience=PATIENT)
    wrong = [cause for cause in broken(replace(outcome, status=2 if outcome.err else 1)) if "exit status" not in cause]
    if not begun.exists():
        wrong.append(f"Kustomize was never started: {outcome.err[:200]!a}")
    if outcome.status in (0, 1):
        wrong.append(f"exit status {outcome.status} of a run that was ended by a signal")
    if name == "kill":  # nobody can tidy up after it; the next run does
        wrong = [cause for cause in wrong if "temporary files" not in cause]
    if set(children()) - set(known):
        wrong.append("processes are left")
    tell("faults", {f"signal-{name}-{work}": wrong})


def test_the_next_run_removes_what_a_killed_one_left(fleet: Path, tmp_path: Path, tell: Tell) -> None:
    begun, temporary = tmp_path / "begun", tmp_path / "temporary"
    temporary.mkdir()
    fake = executable(tmp_path / "kustomize", sh(f"{TOOLS['touch']} {begun}", FOREVER))

    def strike(process: subprocess.Popen[bytes], _: Path) -> None:
        wait_for(begun, process)
        os.kill(process.pid, signal.SIGKILL)

    run(fleet, SERVELINT_KUSTOMIZE=fake, TMPDIR=str(temporary), meanwhile=strike, patience=PATIENT)
    stranger = temporary / "servelint-of-somebody-else.txt"
    stranger.write_text("not a folder of ours\n")
    outcome = run(fleet, "--format", "json", TMPDIR=str(temporary), patience=PATIENT)
    left = sorted(path.name for path in temporary.iterdir() if path != stranger)
    wrong = broken(outcome) + ([f"left: {', '.join(left)}"] if left else [])
    if not stranger.exists():
        wrong.append("a file of somebody else is gone")
    tell("faults", {"killed-and-run-again": wrong})


STREAMS = {
    "no-input": "<&-",
    "no-output": ">&-",
    "no-errors": "2>&-",
    "no-output-and-no-errors": ">&- 2>&-",
    "nothing-open": "<&- >&- 2>&-",
    "output-to-nowhere": ">/dev/null",
    "output-read-only": "1</dev/null",
    "errors-read-only": "2</dev/null",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_closed_stream_keeps_the_verdict(name: str, fleet: Path, tell: Tell) -> None:
    wrong = []
    for item, status in ((GOOD, 0), (BAD, 1)):
        program = (TOOLS["sh"], "-c", f'"$@" {STREAMS[name]}', "sh", PYTHON, "scripts/validate.py")
        outcome = run(fleet, item.overlay, program=program, patience=PATIENT)
        if outcome.status not in (status, 2 if name == "output-read-only" else status):
            wrong.append(f"{item.name}: exit status {outcome.status}: {outcome.err[:300]!a}")
        wrong += broken(replace(outcome, status=0))
    tell("faults", {f"stream-{name}": wrong})


@pytest.mark.parametrize("name", ["full-output", "full-errors", "reader-goes-away", "file-on-a-full-disk"])
def test_a_report_that_cannot_be_written_is_not_clean(name: str, fleet: Path, tell: Tell) -> None:
    form = {
        "full-output": '"$@" > /dev/full',
        "full-errors": '"$@" 2> /dev/full',
        "reader-goes-away": 'set -o pipefail; "$@" | true',
        "file-on-a-full-disk": '"$@" --output /dev/full',
    }[name]
    program = (shutil.which("bash") or "bash", "-c", form, "sh", PYTHON, "scripts/validate.py")
    outcome = run(fleet, BAD.overlay, program=program, patience=PATIENT)
    wrong = broken(replace(outcome, status=1))
    if outcome.status not in ((1,) if name == "full-errors" else (1, 2)):
        wrong.append(f"exit status {outcome.status}: {outcome.err[:300]!a}")
    tell("faults", {f"writing-{name}": wrong})


LIMITS = {
    "no-file": "ulimit -f 0",
    "few-descriptors": "ulimit -n 24",
    "small-stack": "ulimit -s 512",
    "no-core": "ulimit -c 0",
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_the_system_are_met_with_a_verdict_or_a_message(name: str, fleet: Path, tell: Tell) -> None:
    form = f'set -o pipefail; {{ ({LIMITS[name]}; exec "$@") 2>&3 | {TOOLS["cat"]}; }} 3>&2'
    wrong = []
    for item, status in ((GOOD, 0), (BAD, 1)):
        program = (shutil.which("bash") or "bash", "-c", form, "sh", PYTHON, "scripts/validate.py")
        outcome = run(fleet, item.overlay, program=program, patience=PATIENT)
        if outcome.status not in (status, 1, 2):
            wrong.append(f"{item.name}: exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
        wrong += broken(replace(outcome, status=min(outcome.status, 1)))
    tell("faults", {f"limit-{name}": wrong})


@pytest.mark.parametrize("name", ["not-there", "file", "relative", "line", "inside", "pipe"])
def test_a_strange_temporary_folder(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    place = tmp_path / "t"
    if name == "file":
        place.write_text("x")
    elif name == "pipe":
        os.mkfifo(place)
    elif name == "line":
        place = tmp_path / f"x\n{ATTACK}"
        place.mkdir()
    elif name == "inside":
        place = fleet / "overlays" / "t"
        place.mkdir()
    text = "base" if name == "relative" else str(place)
    wrong = []
    for item, status in ((GOOD, 0), (BAD, 1)):
        outcome = run(fleet, item.overlay, TMPDIR=text, patience=PATIENT)
        if outcome.status not in (status, 2):
            wrong.append(f"{item.name}: exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
        wrong += broken(outcome)
    if place.is_dir() and list(place.iterdir()):
        wrong.append(f"left {[path.name for path in place.iterdir()]}")
    tell("faults", {f"temporary-{name}": wrong})


# --- the cache --------------------------------------------------------------------------------------------------------


def _entries(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def _swap(cache: Path) -> None:
    entries = _entries(cache)
    texts = [entry.read_bytes() for entry in entries]
    for entry, text in zip(entries, texts[1:] + texts[:1], strict=True):
        entry.write_bytes(text)


def _each(change: Callable[[Path], None]) -> Callable[[Path], None]:
    def spoil(cache: Path) -> None:
        for entry in _entries(cache):
            change(entry)

    return spoil


def _replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def change(entry: Path) -> None:
        entry.unlink()
        make(entry)

    return _each(change)


CACHES: dict[str, Callable[[Path], None]] = {
    "swapped": _swap,
    "cut-short": _each(lambda entry: entry.write_bytes(entry.read_bytes()[:-10])),
    "one-byte-other": _each(lambda entry: entry.write_bytes(entry.read_bytes()[:-2] + b"x\n")),
    "empty": _each(lambda entry: entry.write_bytes(b"")),
    "no-text": _each(lambda entry: entry.write_bytes(b"\xff" * 100)),
    "longer": _each(lambda entry: entry.write_bytes(entry.read_bytes() + b"---\napiVersion: v1\nkind: Pod\n")),
    "a-pipe": _replaced(os.mkfifo),
    "zeros": _replaced(lambda entry: entry.symlink_to("/dev/zero")),
    "a-folder": _replaced(Path.mkdir),
    "huge": _replaced(lambda entry: sparse(entry.name)(entry.parent)),
    "a-link-to-another": _each(lambda entry: (entry.rename(entry.with_name("kept")), entry.symlink_to("kept"))[0] and None),
    "a-link-in-a-circle": _replaced(lambda entry: entry.symlink_to(entry.name)),
    "no-permission": _each(lambda entry: entry.chmod(0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CACHES)
def test_a_spoilt_cache_changes_no_verdict(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    cache = tmp_path / "cache"
    before = run(fleet, "--format", "json", XDG_CACHE_HOME=str(cache), patience=PATIENT)
    assert before.status == 1 and _entries(cache), before.err
    CACHES[name](cache)
    after = run(fleet, "--format", "json", XDG_CACHE_HOME=str(cache), patience=PATIENT)
    wrong = broken(after)
    if after.out != before.out:
        wrong.append(f"another verdict: {(after.err or after.out)[:300]!a}")
    tell("faults", {f"cache-{name}": wrong})


@pytest.mark.parametrize("name", ["relative", "inside", "file", "pipe", "full", "link-inside", "dots", "line"])
def test_a_strange_place_for_the_cache(name: str, fleet: Path, tmp_path: Path, tell: Tell) -> None:
    place = tmp_path / "c"
    if name == "file":
        place.write_text("x")
    elif name == "pipe":
        os.mkfifo(place)
    elif name == "link-inside":
        place.symlink_to(fleet / "base")
    elif name == "line":
        place = tmp_path / f"x\n{ATTACK}"
    text = {
        "relative": "base/cache",
        "inside": str(fleet / "cache"),
        "full": "/dev/full",
        "dots": f"{tmp_path}/fleet/base/../cache",
    }
    before = sorted(str(path) for path in fleet.rglob("*") if "__pycache__" not in str(path))
    outcome = run(fleet, "--format", "json", XDG_CACHE_HOME=text.get(name, str(place)), patience=PATIENT)
    wrong = broken(outcome)
    if outcome.status != 1 or (BAD.overlay, "schema-violation") not in verdict(outcome):
        wrong.append(f"exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
    new = set(before) ^ {str(path) for path in fleet.rglob("*") if "__pycache__" not in str(path)}
    if new:
        wrong.append(f"written into the checkout: {sorted(new)[:3]}")
    tell("faults", {f"cache-at-{name}": wrong})


def test_what_changes_while_it_is_rendered_is_not_kept(fleet: Path, tmp_path: Path, tell: Tell) -> None:
    """A Kustomize that first makes the good overlay wrong, as an editor might at that moment."""
    shutil.rmtree(fleet / BAD.overlay)
    file, cache, flag = fleet / GOOD.overlay / "pod.yaml", str(tmp_path / "cache"), tmp_path / "flag"
    good, bad = file.read_text(), tmp_path / "bad.yaml"
    bad.write_text(POD.replace("containers: [", "hostname: [1], containers: ["))
    kubectl = Path(PYTHON).parent / "kubectl"
    fake = executable(
        tmp_path / "kustomize",
        sh(f"if [ -e {flag} ]; then {TOOLS['cat']} {bad} > {file}; fi", f'exec {kubectl} kustomize "$2"'),
    )
    flag.touch()
    first = run(fleet, "--format", "json", SERVELINT_KUSTOMIZE=fake, XDG_CACHE_HOME=cache, patience=PATIENT)
    flag.unlink()
    file.write_text(good)
    second = run(fleet, "--format", "json", SERVELINT_KUSTOMIZE=fake, XDG_CACHE_HOME=cache, patience=PATIENT)
    wrong = broken(first) + broken(second)
    if second.status != 0:
        wrong.append(f"the wrong text was kept for the right file: {second.out[:300]!a}")
    tell("faults", {"changed-while-rendered": wrong})


# --- code that stands in for a library's ------------------------------------------------------------------------------

SHADOW = f"import os\nos.write(1, {ATTACK!r}.encode())\nos._exit(0)\n"
SHADOWS = (
    "scripts/yaml.py", "scripts/json.py", "scripts/argparse.py", "scripts/jsonschema/__init__.py", "scripts/cerberus.py",
    "scripts/rich/__init__.py", "scripts/_yaml.py", "scripts/tree_sitter.py", "scripts/jsonschema_rs.py", "scripts/servelint.py",
    "scripts/sitecustomize.py", "scripts/usercustomize.py", "yaml.py", "json.py", "sitecustomize.py", "servelint/__init__.py", "dataclasses.py",
)  # fmt: skip


def _shadowed(fleet: Path, paths: tuple[str, ...]) -> list[str]:
    """What a run does beside which such code stands."""
    for path in paths:
        (fleet / path).parent.mkdir(exist_ok=True)
        (fleet / path).write_text(SHADOW)
    outcome = run(fleet, "--format", "json", patience=PATIENT)
    for path in paths:
        (fleet / path).unlink()
    wrong = broken(outcome)
    if outcome.status != 2 and (BAD.overlay, "schema-violation") not in verdict(outcome):
        wrong.append(f"exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
    return wrong


def test_code_beside_the_entry_points_never_runs(fleet: Path, tell: Tell) -> None:
    """Together first: what runs at all is asked for one by one."""
    together = _shadowed(fleet, SHADOWS)
    tell("faults", {f"code-{path}": _shadowed(fleet, (path,)) if together else [] for path in SHADOWS})


def test_compiled_code_beside_the_entry_points_never_runs(fleet: Path, tell: Tell) -> None:
    source = fleet / "scripts" / "yaml.py"
    source.write_text(SHADOW)
    compiled = fleet / "scripts" / "yaml.pyc"
    compile_it = f"import py_compile; py_compile.compile({str(source)!r}, {str(compiled)!r})"
    subprocess.run([PYTHON, "-c", compile_it], check=True)
    source.unlink()
    outcome = run(fleet, "--format", "json", patience=PATIENT)
    wrong = broken(outcome)
    if outcome.status != 2 and (BAD.overlay, "schema-violation") not in verdict(outcome):
        wrong.append(f"exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
    tell("faults", {"code-compiled": wrong})


# --- manifests --------------------------------------------------------------------------------------------------------


def test_several_manifests_are_one_set(fleet: Path, tell: Tell) -> None:
    (fleet / "a.yaml").write_text(POD.replace("containers: [", "hostname: [1], containers: ["))
    (fleet / "b.yaml").write_text(POD.replace("name: p", "name: q"))
    wrong = []
    for names in (("a", "b"), ("b", "a")):
        options = [word for name in names for word in ("--manifest", f"{name}.yaml")]
        outcome = run(fleet, *options, "--hardware", "a3ultra", "--format", "json", patience=PATIENT)
        wrong += broken(outcome)
        if outcome.status != 1 or "schema-violation" not in {rule for _, rule in verdict(outcome)}:
            wrong.append(f"{names}: exit status {outcome.status}: {(outcome.err or outcome.out)[:300]!a}")
    tell("YAML", {"several-manifests": wrong})


NUMBERS = ("0X1f", "0O17", "0B101", "-_7", "9e_2", "1_0e3_", "+0b1", "1__0", "0x_a", "0_", "12_", "+.5", "5.", "-0", "0o7", "017", "1e3", ".5e1", "0xFFFFFFFFFFFFFFFF")  # fmt: skip
"""Numbers to Kubernetes, where an environment variable must be text."""
TEXTS = (
    "12:30",
    "0x",
    "0b2",
    "0o8",
    "1e",
    "_1",
    "e3",
    "2001-01-01",
    "'12'",
    '"0x1"',
    "!!str 12",
    "tRUE",
    "1.2.3",
    "0x1p4",
    "=",
    "v1",
)
"""Text to Kubernetes."""


@pytest.mark.parametrize(("kind", "values"), [("numbers", NUMBERS), ("texts", TEXTS)])
def test_scalars_are_read_as_kubernetes_reads_them(kind: str, values: tuple[str, ...], fleet: Path, tell: Tell) -> None:
    pods = (POD.replace("name: p", f"name: p{i}").replace("image: 'a:1'", f"image: 'a:1', env: [{{name: X, value: {v}}}]") for i, v in enumerate(values))  # fmt: skip
    (fleet / "m.yaml").write_text("---\n".join(pods))
    outcome = run(fleet, "--manifest", "m.yaml", "--hardware", "a3ultra", "--format", "json", patience=PATIENT)
    wrong = {"the run": broken(outcome)}
    if outcome.status == 2:  # where a reader may differ, it may refuse; but not what everybody reads alike
        wrong["the run"].append(f"refused: {outcome.err[:300]!a}")
    else:
        found = {
            f["resource"]["name"]
            for f in outcome.report["findings"]
            if f["resource"] and f["rule"] == "schema-violation"
        }
        for i, value in enumerate(values):
            right = (f"p{i}" in found) == (kind == "numbers")
            wrong[value] = [] if right else [f"read as {'text' if kind == 'numbers' else 'a number'}"]
    tell("YAML", {f"scalar-{kind}-{name}": causes for name, causes in wrong.items()})


def test_a_volume_without_a_name_is_a_finding_among_others(fleet: Path, tell: Tell) -> None:
    """The server refuses it; no rule may stumble over it, and the others go on."""
    bodies = [
        POD.replace("spec: {", f"spec: {{{field}, hostname: [1], ")
        for field in (
            "volumes: [{emptyDir: {}}]", "volumes: [~]", "volumes: [12]", "volumes: {a: b}", "volumes: [{name: ~}]", "initContainers: [~]",
            "initContainers: [{}]", "tolerations: [~]", "nodeSelector: [a]", "affinity: []", "imagePullSecrets: [{}]", "securityContext: 12",
        )
    ]  # fmt: skip
    bodies = [body.replace("name: p", f"name: p{i}") for i, body in enumerate(bodies)]
    (fleet / "m.yaml").write_text("---\n".join(bodies))
    outcome = run(fleet, "--manifest", "m.yaml", "--hardware", "a3ultra", "--format", "json", patience=PATIENT)
    wrong = {"shapes": broken(outcome)}
    findings = [] if unreadable("json", outcome.out) else outcome.report["findings"]
    found = {f["resource"]["name"] for f in findings if f["resource"] and f["rule"] == "schema-violation"}
    for i in range(len(bodies)):
        wrong[f"shape-{i}"] = [] if f"p{i}" in found else [f"nothing found: {outcome.err[:300]!a}"]
    tell("YAML", wrong)


def test_the_trial_itself_notices() -> None:
    """What the judge looks for, it finds: a suite that could not fail would hold everything."""
    silent = Outcome(0, "", "", 0.1, 1, (), ())
    assert not broken(silent)
    for out in (
        "Traceback (most recent call last):",
        "smuggled",
        f"{ATTACK}\n",
        f"a\r{ATTACK}",
        "a\x1b[2K",
        "##[error]x",
        "a\x85b",
        " ::add-mask::x",
    ):
        assert broken(replace(silent, out=out)), out
    for bad in (
        {"status": -11},
        {"status": 2},
        {"cpu_s": 11.0},
        {"memory": 2 << 30},
        {"processes": ("sleep",)},
        {"files": ("x",)},
    ):
        assert broken(replace(silent, **bad)), bad
    assert not broken(
        replace(silent, status=1, out="::error file=overlays/a/b/c/kustomization.yaml,line=1,title=x::said\n")
    )
