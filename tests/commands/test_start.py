"""Entry points as processes: nothing of a checkout runs but servelint's sources, and closed streams spoil nothing."""

from __future__ import annotations

import importlib.util
import marshal
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support import PYTHON, ROOT, environment

ENTRIES = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
PLANTED = """
import marshal
import os
with open(os.environ["PLANTED"], "a") as file:
    file.write(__name__ + "\\n")
raise SystemExit(77)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the scripts that may be spoilt, and what plan and matrix need to start."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("hardware", "models"):
        (root / part).symlink_to(ROOT / part)
    return root


def start(
    root: Path, entry: str, *arguments: str, isolated: bool = False, **changes: str
) -> tuple[int, str, list[str]]:
    """Status and stderr of an entry point, and what of the planted modules ran."""
    told = root / "planted.txt"
    told.unlink(missing_ok=True)
    command = [PYTHON, *(["-I"] if isolated else []), str(root / f"scripts/{entry}.py"), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(PLANTED=str(told), **changes), check=False, cwd=root
    )
    return done.returncode, done.stderr, told.read_text().split() if told.exists() else []


NAMES = """yaml rich jsonschema cerberus json argparse importlib runpy os sys io abc codecs encodings site functools types
    pathlib dataclasses datetime typing contextlib urllib http servelint tempfile select re sitecustomize
    usercustomize jsonschema_rs""".split()


@pytest.fixture(scope="module")
def planted(checkout: Path) -> Path:
    """Modules of every name that the entry points import, as files, as folders and as bytecode, beside the scripts."""
    scripts = checkout / "scripts"
    for name in NAMES:
        (scripts / f"{name}.py").write_text(PLANTED)
        (checkout / f"{name}.py").write_text(PLANTED)
        if name != "servelint":
            (scripts / name).mkdir()
            (scripts / name / "__init__.py").write_text(PLANTED)
    for name in ("tomllib", "shlex", "textwrap"):
        py_compile.compile(str(scripts / "yaml.py"), str(scripts / f"{name}.pyc"), doraise=True)
    return checkout


@pytest.mark.parametrize("entry", ENTRIES)
def test_nothing_beside_the_scripts_is_imported(entry: str, planted: Path) -> None:
    assert start(planted, entry, "--help") == (0, "", [])


@pytest.mark.parametrize("path", ["", ":", "scripts", f"{os.curdir}/scripts:", "."])
def test_nor_by_a_path_of_the_environment_that_leads_there(path: str, tmp_path: Path) -> None:
    """What Python itself imports before any script begins (sitecustomize, encodings) is the environment's own affair."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("yaml", "json", "argparse", "rich", "jsonschema"):
        (tmp_path / f"{name}.py").write_text(PLANTED)
        (tmp_path / f"scripts/{name}.py").write_text(PLANTED)
    assert start(tmp_path, "validate", "--list-rules", PYTHONPATH=path) == (0, "", [])


def test_isolated_is_the_same(planted: Path) -> None:
    assert start(planted, "validate", "--list-rules", isolated=True) == (0, "", [])


def forged(checkout: Path, source: Path, unchecked: bool) -> Path:
    """Bytecode of the planted module where Python would look for that of a source, and would believe it."""
    evil = checkout / "evil.txt"
    evil.write_text(PLANTED)
    target = Path(importlib.util.cache_from_source(str(source)))
    target.parent.mkdir(exist_ok=True)
    if unchecked:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(evil), str(target), str(source), doraise=True, invalidation_mode=mode)
        return target
    py_compile.compile(str(evil), str(target), str(source), doraise=True)
    data, info = target.read_bytes(), source.stat()
    size, time = (value.to_bytes(4, "little") for value in (info.st_size, int(info.st_mtime)))
    target.write_bytes(data[:8] + time + size + data[16:])
    return target


@pytest.mark.parametrize("unchecked", [True, False], ids=["unchecked hash", "time and size"])
@pytest.mark.parametrize(
    "module",
    ["servelint/__init__", "servelint/commands/start", "servelint/commands/validate", "servelint/rules/gpus/idle_gpus"],
)
def test_bytecode_of_a_checkout_is_not_run(module: str, unchecked: bool, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    forged(tmp_path, tmp_path / f"scripts/{module}.py", unchecked)
    # What is forged works: Python itself would run it.
    plain = ["-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'scripts')!r}); import {module.replace('/', '.')}"]
    told = tmp_path / "told"
    done = subprocess.run([PYTHON, *plain], env=environment(PLANTED=str(told)), capture_output=True, check=False)
    assert done.returncode == 77 and told.exists()
    for cache in ("", "relative", str(tmp_path), str(tmp_path / "scripts")):
        assert start(tmp_path, "validate", "--list-rules", XDG_CACHE_HOME=cache)[0::2] == (0, [])


def test_a_rule_without_source_is_no_rule(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "evil.py"
    source.write_text(PLANTED)
    rules = tmp_path / "scripts/servelint/rules"
    py_compile.compile(str(source), str(rules / "aaa_evil.pyc"), doraise=True)
    (rules / "bbb_evil").mkdir()
    shutil.copy(source, rules / "bbb_evil/other.py")
    (rules / "__init__.pyc").write_bytes((rules / "aaa_evil.pyc").read_bytes())
    assert start(tmp_path, "validate", "--list-rules") == (0, "", [])


def test_bytecode_is_kept_outside_the_checkout(tmp_path: Path) -> None:
    root, cache = tmp_path / "fleet", tmp_path / "cache"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    assert start(root, "validate", "--list-rules", XDG_CACHE_HOME=str(cache))[0] == 0
    kept = {path.name.partition(".")[0] for path in cache.rglob("*.pyc")}
    assert {"validate", "pipeline", "idle_gpus"} <= kept
    assert not [*root.rglob("*.pyc")]
    status, _, _ = start(root, "validate", "--list-rules", XDG_CACHE_HOME=str(root / "cache"))
    assert status == 0 and not [*root.rglob("*.pyc")]


@pytest.mark.parametrize("opened", ["", "serving-fleet", "serving-fleet/bytecode"])
@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_bytecode_that_others_could_have_written_is_not_run(opened: str, mode: int, tmp_path: Path) -> None:
    """``opened`` is a folder that others may write to; without one the planted bytecode does run, or it were no test."""
    root, cache = tmp_path / "fleet", tmp_path / "cache"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    words = {"XDG_CACHE_HOME": str(cache)}
    assert start(root, "validate", "--list-rules", **words)[0] == 0
    assert (cache / "serving-fleet/bytecode").stat().st_mode & 0o077 == 0
    (kept,) = cache.rglob("printing.*.pyc")
    planted = compile("import os; os._exit(77)", "planted", "exec")
    kept.write_bytes(kept.read_bytes()[:16] + marshal.dumps(planted))
    if opened:
        (cache / opened).chmod(mode)
    assert start(root, "validate", "--list-rules", **words)[0] == (0 if opened else 77)


def test_a_link_to_an_entry_point_is_one(tmp_path: Path) -> None:
    (tmp_path / "check.py").symlink_to(ROOT / "scripts/validate.py")
    command = [PYTHON, str(tmp_path / "check.py"), "--list-rules"]
    assert subprocess.run(command, capture_output=True, env=environment(), check=False).returncode == 0


SPOILT = {
    "empty": lambda data: b"",
    "cut in its head": lambda data: data[:10],
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: data[:16] + bytes(len(data) - 16),
    "no code": lambda data: data[:16] + marshal.dumps(None),
    "no argument count": lambda data: (
        data[:16] + marshal.dumps(compile("", "a", "exec")).replace(b"\0" * 4, b"\xff" * 4, 1)
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_bytecode_is_made_anew(how: str, tmp_path: Path) -> None:
    root, cache = tmp_path / "fleet", tmp_path / "cache"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    assert start(root, "validate", "--list-rules", XDG_CACHE_HOME=str(cache))[0] == 0
    (kept,) = cache.rglob("printing.*.pyc")
    sound = kept.read_bytes()
    kept.write_bytes(SPOILT[how](sound))
    assert start(root, "validate", "--list-rules", XDG_CACHE_HOME=str(cache)) == (0, "", [])
    assert kept.read_bytes() == sound


def test_bytecode_of_a_source_with_the_same_time_and_size_is_not_run(tmp_path: Path) -> None:
    """As an archive makes it, which gives all its files one time."""
    root, cache = tmp_path / "fleet", tmp_path / "cache"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    module = root / "scripts/servelint/borders/printing.py"
    sound, end = module.read_text(), "import os; os._exit(77)"
    for text, status in ((sound + "\n" + "#" * len(end), 0), (f"{sound}\n{end}", 77)):
        module.write_text(text)
        os.utime(module, (1_700_000_000, 1_700_000_000))
        assert start(root, "validate", "--list-rules", XDG_CACHE_HOME=str(cache))[0] == status


# --- the .venv of the checkout ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has no package."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin/python")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of git, in which only the scripts are committed."""
    root = tmp_path / "fleet"
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "--quiet")
    git(root, "add", "scripts")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, env=environment(GIT_CONFIG_GLOBAL=os.devnull))


def bare_start(python: str, root: Path, *words: str, **changes: str) -> tuple[int, str, str]:
    done = subprocess.run([python, *words], capture_output=True, text=True, check=False, cwd=root.parent,
                          env=environment(PLANTED=str(root / "told"), **changes))  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def forge(root: Path, name: str = ".venv") -> None:
    """A .venv whose python tells that it ran."""
    python = root / name / "bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho ran > "$PLANTED"\n')
    python.chmod(0o755)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_interpreter_without_packages_hands_over(entry: str, bare: str, repository: Path) -> None:
    (repository / ".venv").symlink_to(sys.prefix)
    status, out, err = bare_start(bare, repository, f"{repository}/scripts/{entry}.py", "--help")
    assert (status, err) == (0, "") and out.startswith("usage:")


def test_with_the_same_options_and_status(bare: str, repository: Path) -> None:
    (repository / ".venv").symlink_to(sys.prefix)
    (repository.parent / "m.yaml").write_text(MANIFEST)
    shutil.copytree(ROOT / "hardware", repository / "hardware")
    shutil.copytree(ROOT / "models", repository / "models")
    words = ["-I", "fleet/scripts/validate.py", "--manifest", "m.yaml", "--hardware", "a3ultra"]
    assert bare_start(bare, repository, *words)[0] == 1
    assert bare_start(bare, repository, *words[:2], "--nonsense")[0] == 2


def test_without_a_venv_it_says_what_to_do(bare: str, repository: Path) -> None:
    status, out, err = bare_start(bare, repository, "fleet/scripts/validate.py", "--list-rules")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"validate.py: {bare} lacks ") and "there is no .venv; run `make setup`" in err


@pytest.mark.parametrize("how", ["a file of it", "a link", "another letter case", "no repository"])
def test_a_venv_that_was_checked_out_is_not_run(how: str, bare: str, repository: Path, tmp_path: Path) -> None:
    if how == "a link":
        forge(tmp_path, "elsewhere")
        (repository / ".venv").symlink_to("../elsewhere")
    else:
        forge(repository)
    if how == "a file of it":
        (repository / ".venv/pyvenv.cfg").write_text("home = /usr/bin\n")
        git(repository, "add", "--force", ".venv/pyvenv.cfg")
    elif how == "a link":
        git(repository, "add", "--force", ".venv")
    elif how == "another letter case":
        forge(repository, ".VENV")
        git(repository, "add", "--force", ".VENV")
    else:
        shutil.rmtree(repository / ".git")
    status, out, err = bare_start(bare, repository, "fleet/scripts/validate.py", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert ("git cannot say" if how == "no repository" else "git tracks .venv") in err
    assert not (repository / "told").exists()


def test_what_was_made_here_is_run(bare: str, repository: Path) -> None:
    """The forgery of the test above works: it is only not asked."""
    forge(repository)
    assert bare_start(bare, repository, "fleet/scripts/validate.py") == (0, "", "")
    assert (repository / "told").read_text() == "ran\n"


def test_a_venv_without_the_packages_is_no_loop(bare: str, repository: Path) -> None:
    (repository / ".venv").symlink_to(Path(bare).parents[1])
    status, out, err = bare_start(bare, repository, "fleet/scripts/validate.py", "--list-rules")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert ".venv is not complete; run `make setup`" in err


# --- streams ------------------------------------------------------------------------------------------------------

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: 1}\n"
RUNS = {
    "clean": (["validate.py", "--list-rules"], 0),
    "finding": (["validate.py", "--manifest", "MANIFEST", "--hardware", "a3ultra"], 1),
    "usage": (["validate.py", "--nonsense"], 2),
    "help": (["validate.py", "--help"], 0),
    "infeasible": (["plan.py", "--model", "kimi-k2-instruct", "--hardware", "a4x", "--engine", "sglang"], 1),
    "matrix": (["matrix.py", "--no-validate", "--hardware", "a4x"], 0),
    "schemas": (["vendor_schemas.py", "--stdin"], 2),
    "arguments": (["vendor_arguments.py", "--offline", "--check"], 0),
    "models": (["vendor_models.py", "openai/gpt-oss-20b"], 0),
    "words": (["vendor_words.py", "--help"], 0),
    "docs": (["docs.py", "--help"], 0),
    "golden": (["golden.py", "--help"], 0),
    "chat": (["stream_chat.py", "x", "--url", "http://127.0.0.1:9"], 1),
}


def shell(run: str, redirections: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    (tmp_path / "m.yaml").write_text(MANIFEST)
    words = [str(tmp_path / "m.yaml") if word == "MANIFEST" else word for word in RUNS[run][0]]
    command = " ".join([PYTHON, f"{ROOT}/scripts/{words[0]}", *words[1:], redirections])
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), check=False)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full"])
@pytest.mark.parametrize("run", ["clean", "finding", "usage", "help"])
def test_a_closed_stream_leaves_the_verdict(run: str, closed: str, tmp_path: Path) -> None:
    done = shell(run, closed, tmp_path)
    assert done.returncode == RUNS[run][1]
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert bool(done.stdout) == (run != "usage" and ">&-" not in closed.replace("2>&-", ""))
    assert bool(done.stderr) == (run == "usage" and "2>" not in closed)


@pytest.mark.parametrize("run", [name for name in RUNS if name not in ("clean", "finding", "usage", "help")])
def test_so_do_the_other_entry_points(run: str, tmp_path: Path) -> None:
    done = shell(run, "<&- >&- 2>&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (RUNS[run][1], "", "")


@pytest.mark.parametrize("run", ["clean", "finding", "help", "infeasible", "matrix", "arguments"])
def test_a_reader_that_went_away_leaves_the_verdict(run: str, tmp_path: Path) -> None:
    done = shell(run, "| true; exit ${PIPESTATUS[0]}", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (RUNS[run][1], "", "")


@pytest.mark.parametrize("run", ["clean", "finding", "help", "infeasible", "matrix", "arguments"])
def test_a_full_disk_is_said(run: str, tmp_path: Path) -> None:
    done = shell(run, ">/dev/full", tmp_path)
    name = RUNS[run][0][0]
    assert (done.returncode, done.stderr) == (2, f"{name}: stdout: No space left on device\n")


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    """With stdout closed, the report's own file would be number 1, and whatever is printed would land in it."""
    (tmp_path / "m.yaml").write_text(MANIFEST)
    report = tmp_path / "report.txt"
    words = ["--manifest", str(tmp_path / "m.yaml"), "--hardware", "a3ultra", "--output", str(report)]
    command = " ".join([PYTHON, f"{ROOT}/scripts/validate.py", *words])
    for closed in ("", ">&- 2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["bash", "-c", f"{command} {closed}"], env=environment(), capture_output=True, check=False
        )
        assert (done.returncode, report.read_text().count("\n")) == (1, 6)


def test_a_pipe_that_does_not_wait_gets_it_all() -> None:
    whole = subprocess.run([PYTHON, f"{ROOT}/scripts/validate.py", "--list-rules", "--format", "json"], capture_output=True,
                           env=environment(), check=True).stdout  # fmt: skip
    read, write = os.pipe()
    os.set_blocking(write, False)
    command = [PYTHON, f"{ROOT}/scripts/validate.py", "--list-rules", "--format", "json"]
    with subprocess.Popen(command, stdout=write, env=environment(), pipesize=4096) as process:
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            assert stream.read() == whole
    assert process.returncode == 0
