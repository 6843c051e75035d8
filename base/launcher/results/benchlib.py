"""Where benchmark Jobs leave their results, and what they say of how these came about.

<RESULTS_DIR>/<overlay>/<revision>/<start>/ holds one run of the Job: a result for each experiment that ended well, the
output of each that did not as <experiment>.failed.txt, and manifest.json beside them. A folder is made once and never
again, so nothing is overwritten. The revision is a hash of all that decides what runs: two runs with the same one are
repeats, whatever commits lie between them.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import launchlib

DECIDES = ("MODEL_ID", "MODEL_PATH", "MODEL_REVISION")
"""Variables that decide what runs, beside the files."""


def now() -> str:
    """The time in UTC, as a name of a file can have it."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")  # noqa: UP017 - images have 3.10


def revision(config: launchlib.Config, engine: str) -> str:
    """Twelve digits of a hash over engine.yaml, the launcher's own files, the model and the engine in the image."""
    digest = hashlib.sha256(engine.encode())
    files = [Path(config.path), *sorted(Path(sys.argv[0]).resolve().parent.glob("*.py"))]
    for file in files:
        digest.update(f"\0{file.name}\0".encode() + file.read_bytes())
    digest.update("\0".join(f"{name}={os.environ.get(name, '')}" for name in DECIDES).encode())
    return digest.hexdigest()[:12]


def version(package: str) -> str | None:
    """The version of the engine in the image; None where it is no package of this Python."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


def fetched(folder: Path) -> str | None:
    """The commit of a checkpoint that `hf download --local-dir` fetched, which it notes beside the files."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        note = folder / ".cache" / "huggingface" / "download" / "config.json.metadata"
        return note.read_text(encoding="utf-8").splitlines()[0]
    return None


def asked(url: str) -> dict[str, Any]:
    """What a server says of itself; empty where it does not. No proxy: the address is a Service of this cluster."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError, ValueError), opener.open(url, timeout=10) as answer:
        said = json.loads(answer.read(2**20))
        return said if isinstance(said, dict) else {}
    return {}


@dataclass
class Results:
    """The folder of one run of the Job, and its manifest."""

    folder: Path
    manifest: dict[str, Any]
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def experiments(self) -> dict[str, dict[str, Any]]:
        return self.manifest["experiments"]

    def write(self) -> bool:
        """Puts the manifest in its place, whole; whether that went well. A full disk must not end what measures."""
        try:
            with tempfile.TemporaryDirectory() as scratch:
                draft = Path(scratch, "manifest.json")
                draft.write_text(json.dumps(self.manifest, indent=1) + "\n", encoding="utf-8")
                launchlib.publish(draft, self.folder / draft.name)
        except OSError as error:
            print(f"launch: {self.folder / 'manifest.json'}: {error}", flush=True)
            return False
        return True

    def keep(self, source: Path, name: str) -> bool:
        """Copies a finished file beside the manifest, whole; whether that went well."""
        try:
            launchlib.publish(source, self.folder / name)
        except OSError as error:
            print(f"launch: {self.folder / name}: {error}", flush=True)
            with contextlib.suppress(OSError):
                self.folder.joinpath(f".{name}.partial").unlink()  # it takes what the manifest needs
            return False
        return True

    def run(self, name: str, result: str, work: Callable[[Path, Path], int]) -> None:
        """One experiment. work: gets where the result and where the output go, returns the exit code of the tool.

        The tool writes to a folder of its own; only what it left when it ended well becomes a result.
        """
        said = self.experiments[name]
        said.update(status="running", started=now())
        self.write()
        try:
            code = self._carry_out(name, result, work)
        except SystemExit:
            said.update(status="stopped", ended=now())
            self.write()
            raise
        said.update(
            {"status": "failed", "exit_code": code} if code else {"status": "ok", "result": result}, ended=now()
        )
        self.codes[name] = code if self.write() or code else launchlib.LOST

    def _carry_out(self, name: str, result: str, work: Callable[[Path, Path], int]) -> int:
        try:
            with tempfile.TemporaryDirectory() as scratch:
                own, log = Path(scratch, result), Path(scratch, "output.txt")
                code = work(own, log)
                if code == 0 and not (own.is_file() and own.stat().st_size):
                    print(f"launch: {name}: ended well and left no result", flush=True)
                    code = launchlib.LOST
                if code == 0:
                    return 0 if self.keep(own, result) else launchlib.LOST
                if (kept := log if log.is_file() else own).is_file():
                    self.keep(kept, f"{name}.failed.txt")
                return code
        except OSError as error:  # of the disk for what is not finished yet
            print(f"launch: {name}: {error}", flush=True)
            return launchlib.LOST

    def summary(self) -> int:
        """Says how each experiment ended; the exit code of the Job is that of the first failure."""
        print(f"launch: results in {self.folder}", flush=True)
        return launchlib.summary(self.codes)


def opened(config: launchlib.Config, engine: str, model: launchlib.Model, runs: Mapping[str, Sequence[str]]) -> Results:
    """A new folder for this run of the Job, with its manifest. runs: the arguments of each experiment, by name.

    The overlay and its workload come from the labels of the pod, by OVERLAY and WORKLOAD.
    """
    overlay, workload = launchlib.env("OVERLAY"), launchlib.env("WORKLOAD")
    _, found, hardware = overlay.rpartition(f"-{workload}-")
    installed = version({"trtllm": "tensorrt_llm"}.get(engine, engine))
    start, hashed = now(), revision(config, f"{engine} {installed}")
    manifest = {
        "version": 1,
        "overlay": overlay,
        "revision": hashed,
        "start": start,
        "engine": engine,
        "engine_version": installed,
        "model": model.name,
        "model_revision": os.environ.get("MODEL_REVISION") or (fetched(model.path) if model.path else None),
        "hardware": hardware if found else None,
        "gpus": None,
        "node": os.environ.get("NODE_NAME") or None,
        "experiments": {name: {"arguments": list(words), "status": "not run"} for name, words in runs.items()},
    }
    above = Path(launchlib.env("RESULTS_DIR"), overlay, hashed)
    above.mkdir(parents=True, exist_ok=True)
    for folder in (above / f"{start}{end}" for end in ("", *(f"-{number}" for number in range(2, 100)))):
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            results = Results(folder, manifest)
            manifest["start"] = folder.name
            if not results.write():
                raise launchlib.StopLaunch(f"{folder}: nothing can be written there: see the volume at RESULTS_DIR")
            return results
    raise launchlib.StopLaunch(f"{above}: a hundred runs began in one second: is the clock right?")


RESULT = "<result>"
"""Stands in arguments for the file that a tool shall write."""


def measure(
    config: launchlib.Config, url: str, engine: str, model: launchlib.Model, runs: Mapping[str, Sequence[str]], end: str
) -> int:
    """Wait for the server, then run every experiment; one that fails does not keep the next from running.

    runs: command lines by name, with RESULT where the file goes; end: how the names of results end.
    """
    results = opened(config, engine, model, runs)
    limit, pause = launchlib.seconds_from("WAIT_SECONDS", 7200), launchlib.seconds_from("POLL_SECONDS", 5)
    print(f"launch: waiting up to {limit:g} s for {url}/health", flush=True)
    if reason := launchlib.wait_for(url, limit, pause):
        print(f"launch: {url}/health was not healthy within {limit:g} s ({reason}): is the server up?", flush=True)
        return 1
    _note_server(results.manifest, url)
    for name, words in runs.items():

        def work(own: Path, log: Path, words: Sequence[str] = words) -> int:
            return launchlib.run([word.replace(RESULT, str(own)) for word in words], tee=log)

        results.run(name, f"{name}{end}", work)
    return results.summary()


def _note_server(manifest: dict[str, Any], url: str) -> None:
    """Version and GPUs of the server, where it says them: SGLang's /get_server_info, vLLM's /version."""
    said = asked(f"{url}/get_server_info") if manifest["engine"] == "sglang" else asked(f"{url}/version")
    if isinstance(said.get("version"), str):
        manifest["engine_version"] = said["version"]
    sizes = [said.get("tp_size"), said.get("pp_size"), 1 if said.get("enable_dp_attention") else said.get("dp_size")]
    if isinstance(sizes[0], int):
        gpus = 1
        for size in sizes:
            gpus *= size if isinstance(size, int) else 1
        manifest["gpus"] = gpus
    if isinstance(said.get("revision"), str):
        manifest["model_revision"] = manifest["model_revision"] or said["revision"]
