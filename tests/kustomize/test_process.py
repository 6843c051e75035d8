"""One Kustomize process: whatever it does is one answer, and nothing of it stays."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from servelint.kustomize import process as kustomize
from servelint.kustomize import warden
from support import PYTHON, ROOT, copy_fleet, environment, marked, until

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"


def _script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\nPATH={os.defpath}\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("kill -9 $$", "SIGKILL"),
        ("printf '\\377\\376'", "not UTF-8"),
        ("echo 'error: no such thing' >&2; exit 3", "no such thing"),
        ("exit 1", "said nothing"),
    ],
    ids=["killed", "garbage", "refusal", "silence"],
)
def test_a_kustomize_that_misbehaves_is_an_error_of_the_overlay(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", body))
    outcome = kustomize.run_kustomize(str(tmp_path))
    assert outcome.text is None and said in (outcome.error or "")


def test_a_kustomize_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo $$ > {pid}\nexec sleep 600"))
    outcome = kustomize.run_kustomize(str(tmp_path), timeout=1.0)
    assert "did not end" in (outcome.error or "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("exec yes", "more than 33,554,432 bytes"),
        ("exec yes >&2", "more than 1,048,576 bytes of complaints"),
        ("yes & sleep 600", "more than 33,554,432 bytes"),
        (f"exec {sys.executable} -c 'bytearray(3 << 30)'", "MemoryError"),
        ("echo 'fatal error: runtime: out of memory' >&2; yes goroutine | head -n 9999 >&2; exit 2", "960 MiB"),
        ("echo 'panic: a nil map' >&2; yes goroutine | head -n 9999 >&2; exit 2", "a nil map"),
        ("while :; do echo x; sleep 0.1; done", "did not end"),
        # Its output is closed, and yet it does not end.
        ("exec >&- 2>&-; exec sleep 600", "did not end"),
    ],
    ids=["output", "complaints", "child", "memory", "too large", "crash", "slow", "silence"],
)
def test_a_kustomize_without_bounds_is_ended(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo $$ > {pid}\n{body}"))
    outcome = kustomize.run_kustomize(str(tmp_path), timeout=3.0)
    assert outcome.text is None and said in (outcome.error or "")
    assert len(outcome.error or "") <= 300
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_build_that_multiplies_ends_below_a_gibibyte(tmp_path: Path) -> None:
    """A few lines of replacements copy 50,000 values to 5,400 places."""
    (tmp_path / "big.yaml").write_text(
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\nx: [{'1,' * 50_000}]\n"
    )
    pods = [POD.replace("name: p", f"name: p{i}") for i in range(900)]
    (tmp_path / "many.yaml").write_text("---\n".join(pods))
    target = "{select: {kind: Pod}, fieldPaths: [a, b, c, d, e, f], options: {create: true}}"
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [big.yaml, many.yaml]\nreplacements:\n"
        f"- source: {{kind: ConfigMap, name: big, fieldPath: x}}\n  targets: [{target}]\n"
    )
    assert "more than 960 MiB of memory" in (kustomize.run_kustomize(str(tmp_path)).error or "")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1024 * 1024  # in KiB


FAILING = {
    "a patch of nothing": 'patches: [{target: {kind: Pod}, patch: \'[{"op": "remove", "path": "/spec"}]\'}]\n',
    "a field that is none": "nothing: []\n",
    "a base that is none": "resources: [../b]\n",
    "a folder without a kustomization": "resources: [empty]\n",
    "a missing file": "patches: [{path: no.yaml, target: {kind: Pod}}]\n",
    "a component that is none": "components: [../b]\n",
    "a long cause": f"configMapGenerator: [{{name: c, files: [{'x' * 200}.yaml]}}]\n",
    "a schema that is none": "openapi: {path: no.json}\n",
}


@pytest.mark.parametrize("text", FAILING.values(), ids=FAILING)
def test_a_failure_reads_the_same_in_every_clone(text: str, tmp_path: Path) -> None:
    said = []
    for root in (tmp_path / "a", tmp_path / "b" / ("long" * 40) / "clone"):
        folder = root / "overlays/h/m/a"
        (folder / "empty").mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(text if "resources" in text else f"resources: [pod.yaml]\n{text}")
        (folder / "pod.yaml").write_text(POD)
        (folder.with_name("b")).mkdir()
        (folder.with_name("b") / "kustomization.yaml").write_text("resources: [../c]\n")
        said.append(kustomize.run_kustomize(str(folder), root).error)
    assert said[0] and said[0] == said[1]
    assert str(tmp_path) not in said[0] and tempfile.gettempdir() not in said[0]


@pytest.mark.parametrize("kind", ["absent", "a folder", "not executable", "no program"])
def test_a_missing_kustomize_says_what_to_do(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kustomize"
    if kind == "a folder":
        path.mkdir()
    elif kind != "absent":
        path.write_bytes(b"\x00\x01not a program")
        path.chmod(0o755 if kind == "no program" else 0o644)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(path))
    with pytest.raises(kustomize.KustomizeMissing) as caught:
        kustomize.run_kustomize(str(tmp_path))
    assert str(path) in str(caught.value)


# --- its end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("kill -40 $$", "signal 40"),
        ("kill -34 $$", "SIGRTMIN"),
        ("kill -USR1 $$", "SIGUSR1"),
        ("echo 'kind: Pod'; sleep 600 & exit 0", "left a process behind"),
        ("echo 'kind: Pod'; setsid sleep 600 & sleep 0.2; exit 0", "left a process behind"),
        ("sleep 600 & echo 'error: no' >&2; exit 1", "no"),
        ("exec >&- 2>&-; exit 3", "said nothing"),
        ("kill -9 $PPID; sleep 600", "together with the process that watches it"),
    ],
    ids=["real-time", "first real-time", "user", "child", "child of its own session", "failing", "closed", "no warden"],
)
def test_whatever_ends_it_is_one_answer_and_nothing_stays(
    body: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"servelint-test-{os.getpid()}-{tmp_path.name}"
    script = _script(tmp_path / "kustomize", f"MARK={mark}; export MARK\n{body}")
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", script)
    # It would take ten minutes to wait for what it leaves behind, and forty seconds to give up.
    outcome = kustomize.run_kustomize(str(tmp_path))
    assert outcome.text is None and said in (outcome.error or "")
    until(lambda: not marked(mark))  # a signal is sent at once, and obeyed when its process is next awake
    assert not marked(mark)


def test_a_leftover_that_nobody_can_find_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no subreaper: a process in a session of its own keeps the pipe, and is not waited for."""
    pid = tmp_path / "pid"
    script = f"echo 'kind: Pod'; setsid sh -c 'echo $$ > {pid}; exec sleep 600' & while ! test -s {pid}; do :; done"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", script))
    blind = tmp_path / "warden.py"
    blind.write_text(
        Path(warden.__file__).read_text().replace("def _has_children", "_children = list\ndef _has_children")
    )
    monkeypatch.setattr(kustomize.warden, "__file__", str(blind))
    outcome = kustomize.run_kustomize(str(tmp_path))
    os.kill(int(pid.read_text()), signal.SIGKILL)
    assert outcome == kustomize.Rendered("kind: Pod\n")


def test_processor_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kustomize, "MAX_SECONDS", 1)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", "while :; do :; done"))
    outcome = kustomize.run_kustomize(str(tmp_path))
    assert outcome.error == "Kustomize needs more than 1 s of processor time" and outcome.exhausted


def test_a_kustomize_that_always_hangs_is_not_waited_for_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo >> {started}; exec sleep 600"))
    monkeypatch.setattr(kustomize, "TIMEOUT", 0.5)
    with kustomize.Session() as session:
        outcomes = [kustomize.run_kustomize(str(tmp_path), None, 0.5, session) for _ in range(9)]
    assert len(started.read_text()) == kustomize.MOST_HANGS
    assert "did not end" in (outcomes[0].error or "") and "3 times" in (outcomes[-1].error or "")


def test_after_the_deadline_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = tmp_path / "started"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo >> {started}; exec sleep 600"))
    with kustomize.Session(1.0) as session:
        outcomes = [kustomize.run_kustomize(str(tmp_path), None, 60.0, session) for _ in range(3)]
    assert all("deadline of the whole run, 1 s" in (outcome.error or "") for outcome in outcomes)
    assert len(started.read_text()) == 1


def test_a_stopped_session_answers_whoever_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", _script(tmp_path / "kustomize", f"echo $$ > {pid}; exec sleep 600"))
    outcomes: list[kustomize.Rendered] = []
    with kustomize.Session() as session:
        work = threading.Thread(
            target=lambda: outcomes.append(kustomize.run_kustomize(str(tmp_path), None, 60.0, session))
        )
        work.start()
        until(lambda: pid.exists() and pid.read_text())
        session.stop()
        work.join()
    assert outcomes[0].text is None
    assert "stopped" in (kustomize.run_kustomize(str(tmp_path), None, 60.0, session).error or "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


# --- its walls ----------------------------------------------------------------------------------------------------


def test_its_environment_has_no_programs_and_no_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    script = tmp_path / "kustomize"
    script.write_text(
        f"#!/bin/sh\n/usr/bin/env > {told}; echo cwd=$PWD >> {told}; command -v git ls >> {told}; exit 0\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("SERVELINT_KUSTOMIZE", str(script))
    monkeypatch.setenv("SECRET_OF_THE_USER", "x")
    with kustomize.Session() as session:
        kustomize.run_kustomize(str(tmp_path), None, 60.0, session)
        rows = told.read_text().splitlines()
        seen = dict(row.split("=", 1) for row in rows)
        empty = Path(seen["PATH"])
        assert empty.is_dir() and not any(empty.iterdir()) and Path(seen["cwd"]) == empty == Path(seen["HOME"])
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY", "http_proxy"):
        assert seen[name] == kustomize.NOWHERE
    assert seen["NO_PROXY"] == "" and "SECRET_OF_THE_USER" not in seen


def test_walls_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Which there are is the system's choice; on a Linux kernel the two that need no permission at all always are."""
    found = kustomize.walls(ROOT)
    with capsys.disabled():
        print(f"\nwalls around Kustomize: {', '.join(found) or 'none'}")
    if sys.platform == "linux":
        assert "no_new_privs" in found
    if os.uname().machine in warden.SOCKET_CALLS and sys.platform == "linux":
        assert "sockets" in found


@pytest.mark.parametrize("wall", ["network", "sockets"])
def test_each_wall_alone_keeps_a_process_off_the_network(wall: str, tmp_path: Path) -> None:
    """A Python as the command: it says what came of a connection to a server that is there."""
    code = "c = w._C(); c.prctl(w.SET_NO_NEW_PRIVS, 1)\n" + {
        "network": "up = w._without_network(c)",
        "sockets": "up = w._without_sockets(c)",
    }.get(wall, "")
    server = _listening()
    try:
        port = server.getsockname()[1]
        program = (
            f"import sys; sys.path.insert(0, {str(Path(warden.__file__).parent)!r})\nimport socket, warden as w\n{code}\n"
            f"if not up: print('no such wall'); sys.exit()\n"
            f"try: socket.create_connection(('127.0.0.1', {port}), 5); print('connected')\n"
            "except OSError as error: print('refused')\n"
        )
        told = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        if told == "no such wall":
            pytest.skip(f"this system gives no {wall} wall to an ordinary user")
        assert told == "refused"
        plain = program.replace(code, "up = True")
        assert subprocess.run([PYTHON, "-c", plain], capture_output=True, text=True).stdout.strip() == "connected"
    finally:
        server.close()


def _listening() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def test_files_outside_the_repository_cannot_be_opened(tmp_path: Path) -> None:
    if "files" not in kustomize.walls(tmp_path):
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "root" / "inner").mkdir(parents=True)
    for folder in ("outside", "root/other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "kustomization.yaml").write_text("resources: [pod.yaml]\n")
        (tmp_path / folder / "pod.yaml").write_text(POD)
    top = tmp_path / "root" / "inner" / "kustomization.yaml"
    top.write_text("resources: [../other]\n")
    assert kustomize.run_kustomize(str(top.parent), tmp_path / "root").text
    top.write_text("resources: [../../outside]\n")
    assert kustomize.run_kustomize(str(top.parent)).text, "without the wall it is read"
    assert kustomize.run_kustomize(str(top.parent), tmp_path / "root").text is None


def test_a_user_without_rights_has_the_walls_too(tmp_path: Path) -> None:
    """Root has rights that others do not: the same asked as nobody."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    program = (
        f"import os, sys; sys.path.insert(0, {str(Path(warden.__file__).parent)!r})\n"
        "import warden as w; os.setgid(65534); os.setuid(65534); print(*w._walls(['/usr'], '/bin/true'))"
    )
    told = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "no_new_privs" in told and ("sockets" in told or os.uname().machine not in warden.SOCKET_CALLS)


# --- its folder ---------------------------------------------------------------------------------------------------


def _folders(temporary: Path) -> list[str]:
    return [path.name for path in temporary.glob(f"{kustomize.PREFIX}*")]


def test_abandoned_folders_are_removed_and_those_in_use_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "kept").mkdir(parents=True)
    (tmp_path / f"{kustomize.PREFIX}dead" / "000001").mkdir(parents=True)
    (tmp_path / f"{kustomize.PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{kustomize.PREFIX}file").write_text("not a folder")
    (tmp_path / "servelint-other").mkdir()
    with kustomize.Session() as first, kustomize.Session() as second:
        assert first.empty.is_dir() and second.empty.is_dir()
        assert not (tmp_path / f"{kustomize.PREFIX}dead").exists()
    assert not first.folder.exists() and not second.folder.exists()
    assert (elsewhere / "kept").is_dir() and (tmp_path / "servelint-other").is_dir()


# --- the validator's own end --------------------------------------------------------------------------------------


def _validator(tmp_path: Path, body: str) -> tuple[subprocess.Popen[str], Path, str]:
    """A validate.py over a fleet with a fake Kustomize, once that has started; its temporary folder; the mark."""
    mark = f"servelint-test-{os.getpid()}-{tmp_path.name}"
    temporary, up = tmp_path / "temporary", tmp_path / "up"
    temporary.mkdir()
    script = _script(tmp_path / "kustomize", f"MARK={mark}; export MARK\necho up >> {up}\n{body}")
    fleet = copy_fleet(tmp_path / "fleet")
    program = (
        # A shell starts what runs in the background deaf to SIGINT, and whoever runs the tests may do so.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\nfrom pathlib import Path\n"
        f"from servelint.commands.validate import main\nsys.exit(main(sys.argv[1:], Path({str(fleet)!r})))"
    )
    process = subprocess.Popen(
        [PYTHON, "-c", program, "--no-cache", "--jobs", "2"],
        env=environment(SERVELINT_KUSTOMIZE=script, TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: up.exists() and len(up.read_text().split()) >= 2)
    assert marked(mark), "nothing runs yet"
    return process, temporary, mark


HANGING = {
    "alone": "exec sleep 600",
    "with a child": "sleep 600",
    "with a child of its own session": "setsid sleep 600 & wait",
    "deaf": "trap '' TERM HUP INT; sleep 600; sleep 600",
}


@pytest.mark.parametrize("body", HANGING.values(), ids=HANGING)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL], ids=lambda n: n.name)
def test_a_signal_leaves_nothing_behind(number: signal.Signals, body: str, tmp_path: Path) -> None:
    process, temporary, mark = _validator(tmp_path, body)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if number == signal.SIGKILL:  # nobody is left to wait for it
        until(lambda: not marked(mark))
    assert not marked(mark)
    if number == signal.SIGKILL:
        assert len(_folders(temporary)) == 1
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(temporary))
            with kustomize.Session():
                pass
    else:
        assert process.returncode == 2
        said = "interrupted" if number == signal.SIGINT else f"ended by {number.name}"
        assert err == f"validate.py: {said}\n"
    assert not _folders(temporary)


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """As under nohup."""
    program = (
        f"import os, signal, sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\nfrom servelint.commands import stopping\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with stopping.by_signals(): os.kill(os.getpid(), signal.SIGHUP); print('on')\n"
        "try:\n  with stopping.by_signals():\n    os.kill(os.getpid(), signal.SIGTERM); print('never')\n"
        "except KeyboardInterrupt as stopped: print(stopped)\n"
    )
    told = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.split("\n")[:2] == ["on", "ended by SIGTERM"]
