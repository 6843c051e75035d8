"""What a container runs: the engine behind its command line, its launcher and the configuration files it mounts.

Rules ask for parallel sizes or ports; whether those stand in ``args``, in a shell line, or in the engine.yaml of a
mounted ConfigMap is settled here, once.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from .. import lines
from ..model import Container, Overlay, Pointer, Resource, mapping, mappings
from . import kserve, shell

SIGNATURES = (
    # (engine, role, text that gives it away); the first match wins, so benches stand before servers.
    ("sglang", "bench", r"sglang\.bench_\w+"),
    ("trtllm", "bench", r"\btrtllm-bench\b"),
    ("vllm", "bench", r"\bvllm\s+bench\b|\bbenchmark_serving(\.py)?\b|\bbenchmark_(throughput|latency)(\.py)?\b"),
    ("triton", "bench", r"\bgenai-perf\b|\bperf_analyzer\b"),
    ("trtllm", "build", r"\btrtllm-build\b|\bconvert_checkpoint(\.py)?\b"),
    ("sglang", "serve", r"sglang\.launch_server|\bsglang\s+serve\b"),
    ("trtllm", "serve", r"\btrtllm-serve\b|trtllm-llmapi-launch"),
    ("triton", "serve", r"\btritonserver\b|launch_triton_server"),
    ("vllm", "serve", r"\bvllm\s+serve\b|vllm\.entrypoints\.openai"),
)

ENTRY_POINTS = {"vllm-openai": "vllm serve"}
"""What an image runs when the pod gives it arguments only, by the last part of the image's name."""

SECTIONS = {
    "sglang": ("launch_server", "bench_serving"),
    "trtllm": ("serve", "throughput", "build", "trtllm-build", "convert_checkpoint", "prepare_dataset"),
    "triton": ("tritonserver", "fill_template", "repository"),
}
"""Sections that the fleet's launchers read, named for the engine's commands and tools."""

OPTIONAL = ("download", "build", "extra_llm_api_options", "tritonserver", "experiments")
"""Sections that not every launcher needs."""

PORTS = {"sglang": 30000, "trtllm": 8000, "vllm": 8000, "triton": 8000}
"""Port that each server listens on when no flag says otherwise (research/failures.md REF-01)."""

ALIASES = {
    "tp": ("tp", "tp-size", "tensor-parallel-size", "tensor-parallel", "moe-tp"),
    "pp": ("pp", "pp-size", "pipeline-parallel-size", "pipeline-parallel"),
    "dp": ("dp", "dp-size", "data-parallel-size", "attn-dp-size"),
    "ep": ("ep", "ep-size", "expert-parallel-size"),
    "cp": ("cp", "cp-size", "context-parallel-size"),
    "port": ("port", "http-port"),
}
"""Spellings of one size across engines and versions, dashes for underscores."""


class Flag(NamedTuple):
    """One engine argument: its value, the section it stands in ("" for the command line), and where it was written."""

    value: Any
    section: str
    resource: Resource
    pointer: Pointer


class ConfigFile(NamedTuple):
    """A mounted YAML file that parses: its ConfigMap, key and path, its documents, and whether what runs names it."""

    resource: Resource
    key: str
    path: str
    documents: tuple[Any, ...]
    named: bool


@dataclass(frozen=True, eq=False)
class Engine:
    name: str
    role: str
    container: Container
    flags: dict[str, tuple[Flag, ...]] = field(default_factory=dict)
    """By name in lower case with dashes; several if an argument is given more than once."""
    configs: tuple[tuple[Resource, str, Any], ...] = ()
    """Mounted YAML files: ConfigMap, key, parsed value."""
    script: str = ""
    """Everything that runs, as text: command, args and mounted scripts that they name."""
    required: tuple[str, ...] = ()
    """Sections without which its launcher stops."""
    files: tuple[ConfigFile, ...] = ()
    """Mounted YAML files with all of their documents; those that do not parse are left out."""

    def get(self, name: str) -> Flag | None:
        """The flag under any of its spellings; the last one given, as argument parsers do."""
        for spelling in ALIASES.get(name, (name.lower().replace("_", "-"),)):
            if spelling in self.flags:
                return self.flags[spelling][-1]
        return None

    def on(self, name: str) -> bool:
        """Whether a switch is on: given without a value, or with a true one."""
        flag = self.get(name)
        return flag is not None and (flag.value is True or str(flag.value).lower() in ("true", "1"))


def config_files(overlay: Overlay, container: Container) -> list[tuple[str, Resource, str, str]]:
    """Files that ConfigMaps put into a container: path in the container, ConfigMap, key, text."""
    found: list[tuple[str, Resource, str, str]] = []
    volumes = container.pod.volumes
    for _, mount in container.mounts:
        volume = volumes.get(str(mount.get("name", "")), ((), {}))[1]
        sources = [volume] + [item for _, item in mappings(mapping(volume.get("projected")).get("sources"))]
        for source in sources:
            reference = mapping(source.get("configMap"))
            config = overlay.named("ConfigMap", str(reference.get("name", "")))
            if not reference or config is None:
                continue
            renamed = {str(i.get("key")): str(i.get("path")) for _, i in mappings(reference.get("items"))}
            for key, text in mapping(config.body.get("data")).items():
                if not isinstance(text, str) or (renamed and key not in renamed):
                    continue
                base = str(mount.get("mountPath", "")).rstrip("/")
                sub = mount.get("subPath")
                path = base if sub == renamed.get(key, key) else f"{base}/{renamed.get(key, key)}"
                found.append((path, config, key, text))
    return found


def command_words(container: Container) -> list[tuple[str, Pointer]]:
    """Words of the command line; a shell script is split as its shell would."""
    found: list[tuple[str, Pointer]] = []
    for text, pointer in container.words:
        parts = [text]
        if re.search(r"\s", text):
            try:
                parts = shlex.split(text.replace("\\\n", " "), comments=True)
            except ValueError:
                parts = text.split()
        found.extend((part, pointer) for part in parts)
    return found


def _command_flags(tokens: Sequence[tuple[str, Resource, Pointer]]) -> list[tuple[str, Flag]]:
    found = []
    for i, (token, resource, pointer) in enumerate(tokens):
        match = re.fullmatch(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", token, re.DOTALL)
        if not match or (not token.startswith("--") and len(match[1]) > 2):
            continue
        value: Any = match[2]
        if value is None:
            following = tokens[i + 1][0] if i + 1 < len(tokens) else "--end"
            value = True if re.match(r"--?[A-Za-z]|&&|\|\||[|;&]$", following) else following
        found.append((match[1], Flag(value, "", resource, pointer)))
    return found


def _script_flags(config: Resource, key: str, text: str) -> list[tuple[str, Flag]]:
    """Flags that stand in a mounted script: in the commands that run an engine, and in the shell's arrays."""
    lists = _shell_lists(text) if shell.is_script(key, text) else _python_lists(text) if key.endswith(".py") else ()
    placed = ([(word, config, ("data", key, row)) for word, row in words] for words in lists)
    return [flag for words in placed for flag in _command_flags(words)]


def _shell_lists(text: str) -> Iterator[list[tuple[str, int]]]:
    for node in shell.walk(shell.parsed(text)[0]):
        words = shell.arguments(node) if node.type == "command" else node.named_children
        found = [(shell.plain(word), word.start_point[0]) for word in words]
        if node.type == "array" or (node.type == "command" and _runs_engine(found)):
            yield found


def _python_lists(text: str) -> Iterator[list[tuple[str, int]]]:
    """Lists that run an engine and hold nothing but texts: what else stands there only the running script knows."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
        texts = [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        found = [(str(item.value), item.lineno - 1) for item in texts]
        if len(found) == len(items) and _runs_engine(found):
            yield found


def _runs_engine(words: list[tuple[str, int]]) -> bool:
    line = " ".join(word for word, _ in words)
    return any(re.search(regex, line) for _, _, regex in SIGNATURES)


def _config_flags(config: Resource, key: str, value: Any) -> list[tuple[str, Flag]]:
    """Flags of a configuration file: either flat, or one level of sections named for the engine's commands."""
    found = []
    for name, item in mapping(value).items():
        at: Pointer = ("data", key, str(name))
        if isinstance(item, dict):
            for inner, deep in item.items():
                found.append((str(inner), Flag(deep, str(name), config, (*at, str(inner)))))
        elif not isinstance(item, list):
            found.append((str(name), Flag(item, str(name), config, at)))
    return found


@lru_cache(maxsize=4096)
def _engine(overlay: Overlay, container: Container) -> Engine | None:
    tokens = command_words(container)
    files = config_files(overlay, container)
    run = [file for file in files if any(file[0] in token for token, _ in tokens)]
    scripts = [text for _, _, _, text in run]
    given_command = container.body.get("command")
    entry = "" if given_command else ENTRY_POINTS.get(container.image.rpartition("/")[2].partition(":")[0], "")
    script = "\n".join([entry, *(text for text, _ in container.words), *scripts])
    found = next(((name, role) for name, role, regex in SIGNATURES if re.search(regex, script)), None)
    if found is None:
        return None
    flags: dict[str, list[Flag]] = {}
    configs, parsed = [], []
    # What a script hands on from its own command line stands last, and wins.
    given = [flag for _, config, key, text in run for flag in _script_flags(config, key, text)]
    given += _command_flags([(token, *kserve.origin(container, pointer)) for token, pointer in tokens])
    # A launcher may name the file in a library that is mounted beside it.
    beside = script + "".join(text for path, _, _, text in files if path.endswith((".py", ".sh", ".bash")))
    for path, config, key, text in files:
        if key.endswith((".yaml", ".yml")):
            try:
                documents = [value for _, value in lines.load(text)]
            except lines.BadYaml:
                continue
            parsed.append(ConfigFile(config, key, path, tuple(documents), path.rpartition("/")[2] in beside))
            for value in documents[:1]:
                configs.append((config, key, value))
                given += _config_flags(config, key, value)
    for name, flag in given:
        flags.setdefault(name.lower().replace("_", "-"), []).append(flag)
    needed = next((names for text in scripts if (names := required_sections(text))), ())
    return Engine(
        *found, container, {k: tuple(v) for k, v in flags.items()}, tuple(configs), script, needed, tuple(parsed)
    )


@lru_cache(maxsize=256)
def required_sections(script: str) -> tuple[str, ...]:
    """The sections without which a Python launcher of this fleet stops: the first list that ``launchlib.load`` gets."""
    if "launchlib.load(" not in script:
        return ()
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    lists: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            lists[node.targets[0].id] = node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "launchlib.load" and node.args:
            given = node.args[0]
            named = lists.get(given.id) if isinstance(given, ast.Name) else given
            items = named.elts if isinstance(named, ast.List) else []
            return tuple(str(item.value) for item in items if isinstance(item, ast.Constant))
    return ()


def hollow(engine: Engine) -> list[tuple[Resource, Pointer, str]]:
    """What is no configuration in the files that a launcher reads: empty files, empty or absent sections, documents."""
    found: list[tuple[Resource, Pointer, str]] = []
    for file in engine.files:
        at: Pointer = ("data", file.key)
        content = file.documents[0] if file.documents else None
        sectioned = isinstance(content, dict) and any(isinstance(v, (dict, list)) for v in content.values())
        known = SECTIONS.get(engine.name, ())
        if not file.named:
            continue
        if len(file.documents) > 1:
            found.append((file.resource, at, f"{file.key} holds {len(file.documents)} documents: only one is read"))
        elif not isinstance(content, dict) or not content:
            found.append((file.resource, at, f"{file.key} holds no section"))
        else:
            # A section under another name is `unread-section`'s, or `wrong-flag-spelling`'s.
            absent = [name for name in engine.required if name not in content]
            if absent and all(name in (*engine.required, *OPTIONAL) for name in content):
                found.append((file.resource, at, f"{file.key} lacks section {', '.join(absent)}"))
        for name, value in mapping(content).items():
            if (value is None and sectioned) or value == [] or (name in known and not isinstance(value, (dict, list))):
                said = "is empty" if value is None or value == [] else f"is {value!r}, but must be a mapping"
                found.append((file.resource, (*at, str(name)), f"section {name} of {file.key} {said}"))
    return found


def engine_of(overlay: Overlay, container: Container) -> Engine | None:
    """The engine that a container runs, or None if nothing gives one away."""
    return _engine(overlay, container)


def engines(overlay: Overlay) -> list[Engine]:
    """The engine of every main container in the overlay that runs one; a predictor's has its runtime below it."""
    pods = (pod for pod in overlay.pods if not kserve.is_runtime_in_use(overlay, pod))
    found = (engine_of(overlay, container) for pod in pods for container in kserve.main(overlay, pod))
    return [engine for engine in found if engine is not None]
