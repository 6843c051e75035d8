"""Stands in for every engine executable. Recorded: argv, environment and working directory, one JSON line a call.

FAKE_HELP is a folder with one help text a command; FAKE_PLAN is a JSON list of {"when": [words], "exit": n, ...}: the
first entry whose words all stand on the command line says how this call ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any


def record(entry: dict[str, object]) -> None:
    line = json.dumps(entry) + "\n"
    handle = os.open(os.environ["FAKE_RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)


def after(words: list[str], flag: str) -> str | None:
    return words[words.index(flag) + 1] if flag in words[:-1] else None


def print_help(name: str, words: list[str]) -> int:
    if name == "trtllm-bench" and not after(words, "--model"):
        # click checks the group's required options before it comes to the subcommand's --help
        print("Usage: trtllm-bench [OPTIONS] COMMAND [ARGS]...\n\nError: Missing option '--model' / '-m'.")
        return 2
    if name == "vllm" and "--help=all" not in words:
        print("usage: vllm serve [model_tag] [options]\n\nConfig Groups:\n  ModelConfig     What to serve.")
        return 0
    commands = [word for word in words if word in ("throughput", "build", "download", "bench", "serve")]
    file = Path(os.environ["FAKE_HELP"], "-".join([name, *commands]) + ".txt")
    print(file.read_text() if file.exists() else f"{name}: no help here")
    return 0 if file.exists() else 1


def leave_files(name: str, words: list[str], here: dict[str, Any]) -> None:
    """What the real command leaves behind, as far as a launcher looks at it."""
    if name in ("hf", "huggingface-cli"):
        folder = Path(after(words, "--local-dir") or "")
    elif name == "trtllm-bench" and "build" in words:
        sizes = (after(words, "--tp_size"), after(words, "--pp_size"))
        folder = Path(after(words, "--workspace") or "", after(words, "--model") or "", "tp_{}_pp_{}".format(*sizes))
    elif out := after(words, "--output_dir"):
        folder = Path(out)
    elif file := after(words, "--output-file") or after(words, "--result-filename"):
        if "remove" in here:
            return
        with Path(file).open("a") as stream:  # as the clients do
            said = here.get("result", {"argv": words})
            stream.write(json.dumps({"text": "x" * here["size"]} if "size" in here else said) + "\n")
        return
    else:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(words))


def main(name: str, words: list[str]) -> int:
    if "--help" in words or "--help=all" in words:
        return print_help(name, words)
    plan = json.loads(os.environ.get("FAKE_PLAN", "[]"))
    here = next((entry for entry in plan if all(word in words for word in entry["when"])), {})
    if "block" in here:

        def stop(number: int, frame: object) -> None:
            record({"name": name, "signal": number})
            sys.exit(0)

        signal.signal(signal.SIGTERM, stop)
    leave_files(name, words, here)  # before the end: a killed build leaves half of its files
    record({"name": name, "argv": words, "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()})
    if "block" in here:
        for _ in range(2400):  # an orphan must end too
            time.sleep(0.05)
        return 98
    if name == "prepare_dataset.py":
        for index in range(int(after(words, "--num-requests") or 0)):
            print(json.dumps({"task_id": index}))
    elif "ask" in here:  # the server that the launcher waited for
        with urllib.request.urlopen(f"{after(words, '--base-url')}{here['ask']}") as answer:
            print(answer.read().decode(), flush=True)
    elif "size" in here:
        print("x" * here["size"], flush=True)
    elif text := here.get("print", f"{name} ran"):
        print(text, flush=True)
    return int(here.get("exit", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
