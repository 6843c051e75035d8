"""What the launchers share: engine.yaml in, the engine's own command line out.

A launcher is the first process of a container on a node that costs about a hundred dollars an hour. So it finds every
mistake it can before the engine starts, says it in one line that names the key and the cure, and drops nothing.

The sections of engine.yaml are named for the engine's commands and hold the engine's own flags. Which flags exist is
asked of the engine in the image (`--help`), so there is no list here that ages with the pinned version.
"""

from __future__ import annotations

import contextlib
import difflib
import http.client
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import yaml

T = TypeVar("T")
SIGNALS = (signal.SIGTERM, signal.SIGINT)
LOST = 74
"""Exit code of a step that ended well and whose output could not be kept: EX_IOERR of sysexits.h."""


class StopLaunch(Exception):
    """A mistake that a person must mend; the message names the key, the file and the cure."""


# --- engine.yaml -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """A value and the place where it was written, which goes into every message about it."""

    where: str
    value: Any


@dataclass(frozen=True)
class Section:
    """One mapping of engine.yaml."""

    where: str
    settings: Mapping[str, Setting]

    def need(self, key: str, kind: type[T]) -> T:
        """The value that the launcher itself reads, of the one type that it accepts."""
        if key not in self.settings:
            raise StopLaunch(f"{self.where}: {key} is missing: add it")
        value = self.settings[key].value
        if not isinstance(value, kind) or isinstance(value, bool):
            cure = "put it in quotes" if kind is str else "correct it"  # YAML reads 1000_1000 as a number
            raise StopLaunch(f"{self.where}.{key}: {value!r} must be of type {kind.__name__}: {cure}")
        return value

    def without(self, *keys: str) -> Section:
        """The section less the keys that the launcher has read: the rest are flags of the engine."""
        return Section(self.where, {key: found for key, found in self.settings.items() if key not in keys})

    def under(self, narrower: Section) -> Section:
        """Common settings, with those of one experiment on top."""
        return Section(narrower.where, {**self.settings, **narrower.settings})


@dataclass(frozen=True)
class Config:
    """A checked engine.yaml."""

    path: str
    content: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def section(self, name: str) -> Section:
        """A section that is a mapping; an absent optional one is empty."""
        return _section(f"{self.path}: {name}", self.content.get(name, {}))

    def inner(self, name: str, key: str) -> Section:
        """A mapping inside a section; an absent one is empty."""
        return _section(f"{self.path}: {name}.{key}", self.content.get(name, {}).get(key, {}))

    def each(self, name: str) -> list[Section]:
        """A section that is a list of mappings."""
        entries = self.content[name]
        if not isinstance(entries, list) or not entries:
            raise StopLaunch(f"{self.path}: {name}: must be a list with at least one entry: write it with dashes")
        return [_section(f"{self.path}: {name}[{index}]", entry) for index, entry in enumerate(entries)]


class _Loader(yaml.SafeLoader):
    """YAML lets the second of two equal keys win without a word; a benchmark then measures something else."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[object, int] = {}
        for key_node, _ in node.value:
            key, line = self.construct_object(key_node, deep=True), key_node.start_mark.line + 1
            if isinstance(key, Hashable) and key in seen:
                where = f"{node.start_mark.name}: {key}"
                raise StopLaunch(f"{where}: written twice, in line {seen[key]} and in line {line}: delete one")
            if isinstance(key, Hashable):
                seen[key] = line
        return super().construct_mapping(node, deep)


NEEDS: Mapping[str, type[str] | type[int]] = {"text": str, "number": int, "address": str, "file name": str}
"""What a key of engine.yaml that a launcher reads itself can be."""


def load(
    required: Sequence[str],
    optional: Sequence[str] = (),
    needs: Mapping[str, Mapping[str, str] | Sequence[Mapping[str, str]]] | None = None,
) -> Config:
    """Read engine.yaml; refuse sections that this launcher would not use, and those that lack what it needs of them.

    `needs` has keys of sections and what each is (NEEDS); "key?" may be absent. A list says that the section is a list,
    and what each of its entries has. The validator reads the three from the launcher's text: write them out there.
    """
    path = os.environ.get("ENGINE_CONFIG", "/etc/engine/engine.yaml")
    try:
        with open(path, encoding="utf-8") as stream:
            content = yaml.load(stream, Loader=_Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise StopLaunch(f"{path}: {error}: the overlay's configMapGenerator `engine` must be mounted there") from error
    except yaml.YAMLError as error:
        raise StopLaunch(f"{path}: not YAML: {error}") from error
    if not isinstance(content, dict):
        raise StopLaunch(f"{path}: must be a mapping with the sections {', '.join(required)}: add them")
    for name in content:
        if name not in (*required, *optional):
            raise StopLaunch(f"{path}: {name}: no such section in this workload{nearest(name, [*required, *optional])}")
    for name in required:
        if name not in content:
            raise StopLaunch(f"{path}: {name}: the section is missing: add it")
    config = Config(path, content)
    for name, wanted in (needs or {}).items():
        if isinstance(wanted, Mapping):
            _need(config.section(name), wanted)
        else:
            for entry in config.each(name):
                _need(entry, wanted[0])
    return config


def _need(section: Section, wanted: Mapping[str, str]) -> None:
    for name, kind in wanted.items():
        key = name.removesuffix("?")
        if name != key and key not in section.settings:
            continue
        value = section.need(key, NEEDS[kind])
        if kind == "address" and not str(value).startswith(("http://", "https://")):
            raise StopLaunch(f"{section.where}.{key}: {value} must start with http://: add it")
        if kind == "file name" and not re.fullmatch(r"\w[\w.-]*", str(value)):
            raise StopLaunch(f"{section.where}.{key}: {value!r} must be a file name")


def _section(where: str, values: Any) -> Section:
    if not isinstance(values, dict):
        raise StopLaunch(f"{where}: must be a mapping: write its keys below it, or {{}} for none")
    for key in values:
        if not isinstance(key, str):
            raise StopLaunch(f"{where}: {key!r}: a key must be text: put it in quotes")
    return Section(where, {key: Setting(f"{where}.{key}", value) for key, value in values.items()})


def nearest(name: object, known: Iterable[str]) -> str:
    """The hint that ends a message about an unknown name.

    A whole word in common comes first: `tp` for `tp-size` is the usual mistake, since argparse takes abbreviations.
    """
    names, wanted = sorted(known), f"{name}-".replace("_", "-")
    words = {known_name: f"{known_name}-".replace("_", "-") for known_name in names}
    alike = [one for one in names if words[one].startswith(wanted) or wanted.startswith(words[one])]
    if alike := sorted(alike, key=len) or difflib.get_close_matches(str(name), names, n=1, cutoff=0.5):
        return f": did you mean {alike[0]}?"
    return f": known are {', '.join(names)}" if len(names) < 12 else ""


# --- flags -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Flag:
    """One option of an engine: its spellings without dashes, whether it wants the word true or false, and whether
    several values may follow it."""

    names: tuple[str, ...]
    boolean: bool
    several: bool = False


def known_flags(command: Sequence[str], ask: str = "--help") -> dict[str, Flag]:
    """Ask the command for its flags. argparse, click and tritonserver all start an option's line with its spellings.

    The spellings of one line are synonyms; knowing them keeps one setting from being written twice under two names.
    `ask` is the word that makes the command show all of them.
    """
    find(command[0])
    answer = subprocess.run(
        [*command, ask],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    ).stdout.decode(errors="replace")
    flags: dict[str, Flag] = {}
    for line in answer.splitlines():
        # Two to six blanks: click-option-group indents twice; a help text that begins with a flag stands further right.
        # vLLM's examples of JSON arguments stand at three.
        if option := re.match(r"(?:  ){1,3}(-.*?)(?: {2}|$)", line):
            names = tuple(re.findall(r"(?<![\w-])--([A-Za-z][\w-]*)", option[1]))
            boolean = option[1].endswith(("BOOLEAN", "<boolean>"))  # click's and tritonserver's word for it
            flags.update({name: Flag(names, boolean, "...]" in option[1]) for name in names})
    if not flags:
        last = (answer.strip().splitlines() or ["no answer"])[-1]
        raise StopLaunch(f"`{shlex.join([*command, ask])}` names no flags ({last}): is this the right image?")
    return flags


def argv(section: Section, flags: Mapping[str, Flag], given: Sequence[str]) -> list[str]:
    """Spell a section as words of a command line. `given` are the words that stand there already: one writer a flag.

    A list is one flag an entry where the flag takes one value (tritonserver, click).
    """
    words: list[str] = []
    taken = {_first(flags, word[2:].split("=")[0]): "the base or the launcher" for word in given if word[:2] == "--"}
    for key, setting in section.settings.items():
        if key not in flags:
            hint = nearest(key, flags) or ": delete the line"
            raise StopLaunch(f"{setting.where}: the engine has no flag --{key}{hint}")
        name = _first(flags, key)
        if name in taken:
            raise StopLaunch(f"{setting.where}: {taken[name]} already sets --{name}: delete this line (one writer)")
        taken[name] = setting.where
        words += _spell(key, setting, flags)
    return words


def _first(flags: Mapping[str, Flag], name: str) -> str:
    return flags[name].names[0] if name in flags else name


def _spell(key: str, setting: Setting, flags: Mapping[str, Flag]) -> list[str]:
    value = setting.value
    if isinstance(value, bool) and not flags[key].boolean:
        if value:
            return [f"--{key}"]
        if f"no-{key}" in flags:
            return [f"--no-{key}"]
        raise StopLaunch(f"{setting.where}: false has no flag to switch it off: delete the line")
    if isinstance(value, list):
        if not value:
            raise StopLaunch(f"{setting.where}: an empty list says nothing: delete the line")
        entries = [_text(entry, setting.where) for entry in value]
        if flags[key].several:
            return [f"--{key}", *entries]
        return [word for entry in entries for word in (f"--{key}", entry)]
    return [f"--{key}", _text(value, setting.where)]


def _text(value: Any, where: str) -> str:
    if value is None:
        raise StopLaunch(f"{where}: has no value: give it one or delete the line")
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)  # true, 0.85 and {"a": 1} alike; a date is refused
    except TypeError as error:
        raise StopLaunch(f"{where}: {value!r} is neither text nor number: put it in quotes") from error


def options_file(config: Config, folder: Path) -> list[str]:
    """The flag that hands LLM API arguments to TensorRT-LLM, which takes them only as a file; nothing if absent."""
    if "extra_llm_api_options" not in config:
        return []
    config.section("extra_llm_api_options")  # must be a mapping
    file = folder / "extra_llm_api_options.yaml"
    file.write_text(yaml.safe_dump(config.content["extra_llm_api_options"], sort_keys=False), encoding="utf-8")
    return ["--extra_llm_api_options", str(file)]


# --- environment and model -------------------------------------------------------------------------------------------


def env(name: str) -> str:
    """A variable without which the pod is wired wrongly."""
    value = os.environ.get(name, "")
    if not value:
        raise StopLaunch(f"environment variable {name} is empty: the base or the model Component must set it")
    return value


@dataclass(frozen=True)
class Model:
    """What to serve, and the mounted folder that holds it, if any."""

    name: str
    path: Path | None

    @property
    def source(self) -> str:
        """What engines accept as a model: a folder or a Hugging Face id."""
        return str(self.path or self.name)


def read_model() -> Model:
    """The model from the environment; refuses at once what would fail only after a long download or load."""
    name, path = env("MODEL_ID"), os.environ.get("MODEL_PATH", "")
    gated = os.environ.get("MODEL_GATED", "false")
    if gated not in ("true", "false"):
        raise StopLaunch(f"environment variable MODEL_GATED is {gated!r}: write true or false")
    if path and not Path(path, "config.json").is_file():
        raise StopLaunch(f"MODEL_PATH: {path} holds no config.json: check the volume and its subPath")
    if not path and gated == "true" and not os.environ.get("HF_TOKEN"):
        raise StopLaunch(f"{name} is gated and HF_TOKEN is empty: fill the token Secret, or set MODEL_PATH to a copy")
    # https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfhubenablehftransfer
    # Several times faster where the image has it; asked for where it has not, the download fails.
    if importlib.util.find_spec("hf_transfer") is not None:
        os.environ.setdefault("HF_HUB_ENABLE_HF_TRANSFER", "1")
    return Model(name, Path(path) if path else None)


def hub() -> list[str]:
    """The command that fetches from Hugging Face: `hf` since huggingface_hub 0.34, and the only one since 1.0."""
    for program in ("hf", "huggingface-cli"):
        if shutil.which(program):
            return [program, "download"]
    raise StopLaunch("neither hf nor huggingface-cli is in this image: install huggingface_hub, or set MODEL_PATH")


def download_step(config: Config, model: Model, folder: Path) -> list[list[str]]:
    """The command that fetches the checkpoint, and resumes one that was killed; none if a volume holds it."""
    if model.path:
        if "download" in config:
            raise StopLaunch(f"{config.path}: download: MODEL_PATH holds the model: delete the section")
        return []
    command = hub()
    start = [*command, model.name, "--local-dir", str(folder)]
    return [start + argv(config.section("download"), known_flags(command), start)]


# --- measuring a server ----------------------------------------------------------------------------------------------


def experiments(config: Config) -> dict[str, Section]:
    """The entries of `experiments` by name, without it. The name is that of the result file."""
    found: dict[str, Section] = {}
    for entry in config.each("experiments"):
        name = entry.need("name", str)
        if name in found:
            raise StopLaunch(f"{entry.where}.name: {name!r} must be a file name that no other one has")
        found[name] = entry.without("name")
    return found


def seconds_from(name: str, default: float) -> float:
    """A duration from the environment."""
    try:
        return float(os.environ.get(name, default))
    except ValueError as error:
        raise StopLaunch(f"environment variable {name}: {error}: write a number of seconds") from error


def wait_for(url: str, seconds: float, pause: float) -> str | None:
    """Wait until the server is healthy; the last reason why not, if that never happens.

    No proxy: the address is a Service of this cluster.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            with opener.open(f"{url}/health", timeout=10) as answer:
                if answer.status == 200:
                    return None
                reason = f"HTTP status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
        if time.monotonic() >= deadline:
            return reason
        time.sleep(pause)


# --- processes -------------------------------------------------------------------------------------------------------


def find(program: str) -> None:
    """Refuse an image that lacks the program."""
    if shutil.which(program) is None:
        raise StopLaunch(f"{program} is not in this image: correct the overlay's `images` entry")


def become(words: Sequence[str]) -> NoReturn:
    """Turn into the server: the kubelet's SIGTERM and the exit code then need no go-between."""
    find(words[0])
    _say(words)
    os.execvp(words[0], list(words))


def run(words: Sequence[str], *, tee: Path | None = None, output: Path | None = None) -> int:
    """Run one step of a Job and return its exit code; `tee` copies what it prints, `output` takes its stdout alone, and
    exists only if the step succeeded. Where `tee` takes no more, the step goes on, and its success is LOST.

    The step gets its own process group and every signal goes to all of it: trtllm-bench starts one worker a GPU. A
    Job that was told to stop waits for the step to end, then leaves without starting the next.
    """
    find(words[0])
    _say(words)
    started: list[subprocess.Popen[bytes]] = []
    received: list[int] = []
    lost = False

    def forward(number: int, frame: FrameType | None) -> None:
        if not started:
            raise SystemExit(128 + number)
        received.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started[0].pid, number)

    partial = output.with_name(f"{output.name}.partial") if output else None
    before = {number: signal.signal(number, forward) for number in SIGNALS}
    try:
        with open(tee or partial or os.devnull, "wb", buffering=0) as sink:
            child = subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if tee else sink if partial else None,
                stderr=subprocess.STDOUT if tee else None,
                bufsize=0,
                start_new_session=True,
            )
            started.append(child)
            while child.stdout and (chunk := child.stdout.read(65536)):
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
                lost = lost or not _kept(sink, chunk)
            code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        raise SystemExit(128 + received[0])
    if output and partial and code == 0:
        os.replace(partial, output)
    return (LOST if lost and code == 0 else code) if code >= 0 else 128 - code


def _kept(sink: RawIOBase, chunk: bytes) -> bool:
    """Write all of it to a file without a buffer; whether the disk took it."""
    left = memoryview(chunk)
    try:
        while left:
            left = left[sink.write(left) or 0 :]
    except OSError as error:
        print(f"launch: what it prints is kept no longer: {error}", file=sys.stderr, flush=True)
        return False
    return True


def publish(source: Path, target: Path) -> None:
    """Copy a finished file to its place, so that a reader never sees half of it under its final name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(source, partial)
    os.replace(partial, target)


def summary(codes: Mapping[str, int]) -> int:
    """Say how each experiment ended; the exit code of the Job is that of the first failure."""
    for name, code in codes.items():
        print(f"launch: {name}: {f'failed with exit code {code}' if code else 'ok'}", flush=True)
    return next((code for code in codes.values() if code), 0)


def main(launch: Callable[[list[str]], int]) -> NoReturn:
    """Run a launcher with the base's flags; a mistake is one line and exit code 2, an engine's exit code is passed on.

    The first process of a container ignores signals that it has no handler for, hence the handler from the start.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in SIGNALS:
        signal.signal(number, leave)
    try:
        code = launch(sys.argv[1:])
    except (StopLaunch, OSError) as error:
        print("launch:", " ".join(str(error).split()), file=sys.stderr)
        code = 2
    sys.exit(code)


def _say(words: Sequence[str]) -> None:
    print("launch:", shlex.join(words), file=sys.stderr, flush=True)
