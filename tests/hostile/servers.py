"""What no pull request may reach: servers on loopback, a Git repository and folders outside the checkout.

A leak shows in one of two ways. ``asked`` lists what was asked of the servers and which files outside were opened;
and whatever is served or lies outside carries ``SMUGGLED``, which then stands in some output.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

SMUGGLED = "smuggled"
POD = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {SMUGGLED}}}\nspec: {{containers: [{{name: a, image: 'a:1'}}]}}\n"
KUSTOMIZATION = "resources: [pod.yaml]\n"

_IN_OPEN, _IN_ISDIR = 0x20, 0x40000000
"""Source: inotify(7), <sys/inotify.h>"""


class _Watch:
    """The names of files below some folders that any process opened. Where there is no inotify, nothing is seen."""

    def __init__(self) -> None:
        self._folders: dict[int, Path] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = -1
        if hasattr(self._libc, "inotify_init1"):
            self._descriptor = int(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def add(self, folder: Path) -> None:
        """Watches the files that stand in ``folder``, not those of folders below it."""
        if self._descriptor >= 0:
            number = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), _IN_OPEN)
            assert number >= 0, f"{folder}: {os.strerror(ctypes.get_errno())}"
            self._folders[number] = folder

    def opened(self) -> Iterator[Path]:
        """Files opened since the last call. Opening a folder is no reading: whoever resolves a path may do it."""
        while self._descriptor >= 0:
            try:
                events = os.read(self._descriptor, 1 << 16)
            except BlockingIOError:
                return
            while events:
                number, mask, _, length = struct.unpack_from("iIII", events)
                name, events = events[16 : 16 + length].rstrip(b"\0"), events[16 + length :]
                if name and not mask & _IN_ISDIR and number in self._folders:
                    yield self._folders[number] / os.fsdecode(name)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


class Loopback:
    """Servers on free ports of 127.0.0.1 and places outside the checkout, while the ``with`` block runs.

    http: base URL of a web server; every path of it is a pod.   git_http: the URL of a Git repository there.
    ssh:  base URL of a listener that takes a connection, says nothing, and hangs up.
    outside: a folder with a kustomization, a pod, and secret.txt.   repo: a Git repository that holds the same.
    ``folder`` must lie outside the checkout that is judged.
    """

    def __init__(self, folder: Path) -> None:
        self._asked: list[str] = []
        self._watch = _Watch()
        self.folder = folder
        self.outside = self.place("outside")
        self.repo = self.place("repository", git=True)

    def __enter__(self) -> Loopback:
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), self._web()), self._listener()]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        web, listener = (server.server_address[1] for server in self._servers)
        self.http = f"http://127.0.0.1:{web}"
        self.git_http = f"{self.http}/repository.git"
        self.ssh = f"ssh://git@127.0.0.1:{listener}"
        self.port = listener
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self._watch.close()

    def place(self, name: str, git: bool = False) -> Path:
        """A further folder outside the checkout with the same content as ``outside``, as a Git repository or not."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(KUSTOMIZATION)
        (folder / "pod.yaml").write_text(POD)
        (folder / "secret.txt").write_text(f"{SMUGGLED}\n")
        if git:
            self._commit(folder)
            self._watch.add(folder / ".git")  # whoever reads a repository reads HEAD and config in it
        self._watch.add(folder)
        return folder

    def _commit(self, folder: Path) -> None:
        """Makes a repository of one commit; the second is a copy of the first, for Git takes its time."""
        template = self.folder / ".git-of-all"
        if not template.exists():
            author = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main")
            quiet = {"HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
            for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
                subprocess.run(["git", *author, *arguments], cwd=folder, env=quiet, check=True)
            shutil.copytree(folder / ".git", template, ignore=shutil.ignore_patterns("hooks", "logs", "info"))
        else:
            shutil.copytree(template, folder / ".git")

    @property
    def asked(self) -> list[str]:
        """What was asked of the servers and which files outside were opened, up to now, in order of first sight."""
        for path in self._watch.opened():
            self._asked.append(f"open {path.relative_to(self.folder)}")
        return list(dict.fromkeys(self._asked))

    def forget(self) -> None:
        """Begins a new list: what was asked until now is not told again."""
        _ = self.asked
        self._asked.clear()

    def _web(self) -> type[BaseHTTPRequestHandler]:
        asked = self._asked

        class Pod(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(f"GET {self.path}")
                body = POD.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(body)

            do_POST = do_HEAD = do_GET

            def log_message(self, format: str, *arguments: Any) -> None:
                """Says nothing: a test reads ``asked``."""

        return Pod

    def _listener(self) -> ThreadingTCPServer:
        asked = self._asked

        class HangUp(BaseRequestHandler):
            def handle(self) -> None:
                asked.append("connect")

        return ThreadingTCPServer(("127.0.0.1", 0), HangUp)
