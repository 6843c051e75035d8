"""stream_chat.py against a real HTTP server that speaks the protocol, well and badly."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from servelint.commands.stream_chat import main
from support import PYTHON, ROOT, environment

Serve = Callable[[int, bytes], str]


@pytest.fixture
def serve() -> Iterator[tuple[Serve, list[dict[str, object]]]]:
    """Starts a server that answers every POST with a status and a body; returns its address and what it was sent."""
    asked: list[dict[str, object]] = []
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                asked.append({"path": self.path, **json.loads(self.rfile.read(length))})
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start, asked
    for server in servers:
        server.shutdown()
        server.server_close()


def _events(*deltas: dict[str, object]) -> bytes:
    return (
        b"".join(b"data: " + json.dumps({"choices": [{"delta": d}]}).encode() + b"\n\n" for d in deltas)
        + b"data: [DONE]\n\n"
    )


def test_prints_pieces_in_order_and_asks_as_told(serve, capsys: pytest.CaptureFixture[str]) -> None:
    start, asked = serve
    url = start(
        200, _events({"role": "assistant"}, {"reasoning_content": "hm "}, {"content": "9.9 "}, {"content": "ü"})
    )
    assert main(["Which?", "some/model", "--url", f"{url}/", "--max-tokens", "7"]) == 0
    assert capsys.readouterr().out == "hm 9.9 ü\n"
    (question,) = asked
    assert question == {
        "path": "/v1/chat/completions", "model": "some/model", "max_tokens": 7, "stream": True,
        "messages": [{"role": "user", "content": "Which?"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, b"loading", "answered 503: loading"),
        (200, b'data: {"error": "out of memory"}\n\n', "out of memory"),
        (200, b"data: not json\n\n", "Expecting value"),
        (200, b"data: [1]\n\n", "expected an object"),
    ],
)
def test_a_refusal_is_one_message(
    serve, status: int, body: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    start, _ = serve
    assert main(["Which?", "--url", start(status, body)]) == 1
    err = capsys.readouterr().err
    assert said in err and len(err.strip().splitlines()) == 1


def test_an_answer_steers_no_terminal(serve, capsys: pytest.CaptureFixture[str]) -> None:
    start, _ = serve
    url = start(200, _events({"content": "a\x1b[2J\n"}, {"content": "\tstd"}, {"content": "::string\u202e\ud83d"}))
    assert main(["Which?", "--url", url]) == 0
    assert capsys.readouterr().out == "a\\x1b[2J\n\tstd::string\\u202e\\ud83d\n"


@pytest.mark.parametrize(
    "event",
    [{"choices": [1]}, {"choices": {"a": 1}}, {"choices": [{"delta": [1]}]}, {"choices": [{"delta": {"content": 1}}]}],
)
def test_an_odd_event_is_passed_over(event: dict[str, object], serve, capsys: pytest.CaptureFixture[str]) -> None:
    start, _ = serve
    body = b"data: " + json.dumps(event).encode() + b"\n\n" + _events({"content": "b"})
    assert main(["Which?", "--url", start(200, body)]) == 0
    assert capsys.readouterr().out == "b\n"


@pytest.mark.parametrize(
    ("redirection", "status"), [("| true; exit ${PIPESTATUS[0]}", 0), (">&-", 0), (">/dev/full", 2)]
)
def test_a_reader_that_went_away_is_no_fault_of_the_server(redirection: str, status: int, serve) -> None:
    start, _ = serve
    url = start(200, _events(*[{"content": "x" * 1_000}] * 200))
    command = f"{PYTHON} {ROOT}/scripts/stream_chat.py Which? --url {url} {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (
        status,
        "stream_chat.py: stdout: No space left on device\n" if status else "",
    )


def test_no_server_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["Which?", "--url", "http://127.0.0.1:9"]) == 1
    assert "is the port forwarded" in capsys.readouterr().err
