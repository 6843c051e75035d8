"""stream_chat.py against a server of its own process, on a free port, that speaks the protocol well and badly."""

from __future__ import annotations

import contextlib
import email.utils
import json
import os
import pty
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servelint.commands.chatting import Splitter, endpoint
from servelint.commands.stream_chat import main
from support import PYTHON, ROOT, environment

Steps = list[list[Any]]
Said = pytest.CaptureFixture[str]


class Server:
    """Starts servers, each with a script; knows what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.record = folder / "record.jsonl"
        self.started: list[subprocess.Popen[str]] = []

    def __call__(self, *connections: Steps) -> str:
        script = self.folder / f"script{len(self.started)}.json"
        script.write_text(json.dumps(connections))
        program = Path(__file__).with_name("scripted_server.py")
        words = [PYTHON, str(program), str(script), str(self.record)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        assert process.stdout is not None
        return f"http://127.0.0.1:{int(process.stdout.readline())}"

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.record.read_text().splitlines()] if self.record.exists() else []


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    for process in server.started:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def head(status: str = "200 OK", kind: str = "text/event-stream", **fields: object) -> str:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n"


def latin(text: str) -> str:
    """UTF-8 as the script's Latin-1 carries it."""
    return text.encode().decode("latin-1")


def event(value: object) -> str:
    return latin(f"data: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}\n\n")


def delta(said: dict[str, object], reason: str | None = None) -> str:
    return event({"choices": [{"delta": said, "finish_reason": reason}]})


def answer(*said: dict[str, object], tokens: int | None = None, reason: str = "stop", done: bool = True) -> Steps:
    """A stream of deltas, whole."""
    usage = [event({"choices": [], "usage": {"completion_tokens": tokens}})] if tokens is not None else []
    end = [event("[DONE]")] if done else []
    return [[0, "".join([head(), *map(delta, said), delta({}, reason), *usage, *end])]]


HELLO = {"content": "hello"}

# --- what is asked ---------------------------------------------------------------------------------------------------


def test_asks_as_told(serve: Server, capsys: Said) -> None:
    url = serve(answer(HELLO))
    options = [
        "--system",
        "Be brief.",
        "--temperature",
        "0.6",
        "--top-p",
        "0.95",
        "--max-tokens",
        "7",
        "--model",
        "org/m",
    ]
    assert main(["Which?", "--url", f"{url}/", *options]) == 0
    (question,) = serve.asked
    assert question["line"] == "POST /v1/chat/completions HTTP/1.1"
    assert question["body"] == {
        "model": "org/m", "max_tokens": 7, "stream": True, "stream_options": {"include_usage": True},
        "temperature": 0.6, "top_p": 0.95,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Which?"}],
    }  # fmt: skip


def test_what_is_not_told_is_the_servers_choice(serve: Server) -> None:
    assert main(["Which?", "some/model", "--url", serve(answer(HELLO))]) == 0
    assert serve.asked[0]["body"] == {
        "model": "some/model", "max_tokens": 2048, "stream": True, "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "Which?"}],
    }  # fmt: skip


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_each_address_of_a_server_leads_to_the_same(path: str) -> None:
    assert endpoint(f"http://host:8000{path}") == "http://host:8000/v1/chat/completions"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "the question is missing"),
        ([""], "prompt is empty"),
        (["x", "a", "--model", "b"], "exclude each other"),
        (["x", "--temperature", "nan"], "--temperature must be"),
        (["x", "--top-p", "0"], "--top-p must be above 0"),
        (["x", "--max-tokens", "0"], "--max-tokens must be at least 1"),
        (["x", "--timeout", "0"], "--timeout must be"),
        (["x", "--retries", "-1"], "--retries must be"),
        (["x", "--url", "localhost:8000"], "must start with http://"),
        (["x", "--url", "http://"], "must start with http://"),
        (["x", "--url", "http://a:b"], "--url http://a:b"),
        (["x", "--url", "http://a/v2/models/ensemble/generate", "--system", "s"], "--system: Triton"),
        (["x", "--nonsense"], "--nonsense"),
    ],
)  # fmt: skip
def test_bad_usage_is_one_line(options: list[str], said: str, capsys: Said) -> None:
    assert main(options) == 2
    heard = capsys.readouterr()
    assert said in heard.err and len(heard.err.splitlines()) == 1 and heard.out == ""


# --- what comes ------------------------------------------------------------------------------------------------------


def test_reasoning_is_apart_from_the_answer(serve: Server, capsys: Said) -> None:
    url = serve(answer({"role": "assistant", "content": None}, {"reasoning_content": "hm "}, {"content": "9.9 "}, {"content": "ü"}, tokens=5))  # fmt: skip
    assert main(["Which?", "--url", url]) == 0
    heard = capsys.readouterr()
    assert heard.out == "9.9 ü\n" and heard.err.startswith("hm \n\nstream_chat.py: first token after ")
    assert "; 5 tokens" in heard.err and heard.err.endswith("; finished: stop\n")


def test_times_and_rates_are_those_of_the_stream(serve: Server, capsys: Said) -> None:
    steps = [[0.3, head()], [0, delta(HELLO)], [0.5, delta({"content": " all"})]]
    url = serve([*steps, [0, event({"usage": {"completion_tokens": 11}, "choices": []}) + event("[DONE]")]])
    assert main(["Which?", "--url", url]) == 0
    found = re.search(r"first token after ([\d.]+) s; 11 tokens, ([\d.]+) tokens a second", capsys.readouterr().err)
    assert found is not None
    first, rate = map(float, found.groups())
    assert 0.3 <= first < 5 and 1 < rate <= 10 / 0.5


def test_a_server_that_counts_no_tokens_is_counted_by_pieces(serve: Server, capsys: Said) -> None:
    assert main(["Which?", "--url", serve(answer(HELLO, HELLO, HELLO))]) == 0
    assert "; 3 pieces" in capsys.readouterr().err


def test_an_answer_that_was_cut_says_so(serve: Server, capsys: Said) -> None:
    assert main(["Which?", "--url", serve(answer(HELLO, reason="length"))]) == 0
    assert "finished: length, at --max-tokens" in capsys.readouterr().err


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "reasoning", "said"),
    [
        ("<think>\nhm < 3 </thin\n</think>\n\n9.9", "hm < 3 </thin\n", "9.9"),
        ("\n<think></think>9.9", "", "9.9"),
        ("a <think> tag </think> in the middle", "", "a <think> tag </think> in the middle"),
        ("<thin", "", "<thin"),
        ("<think>no end </th", "no end </th", ""),
        ("", "", ""),
    ],
)
def test_a_tag_may_come_in_parts(text: str, reasoning: str, said: str, size: int) -> None:
    split, pieces = Splitter(), []
    for at in range(0, len(text), size):
        pieces += split.feed(text[at : at + size])
    pieces += split.rest()
    assert "".join(piece.text for piece in pieces if piece.kind == "reasoning") == reasoning
    assert "".join(piece.text for piece in pieces if piece.kind == "answer") == said


def test_reasoning_in_tags_is_no_answer(serve: Server, capsys: Said) -> None:
    url = serve(answer(*({"content": text} for text in ("<th", "ink>hm</th", "ink>", "9.9"))))
    assert main(["Which?", "--url", url]) == 0
    heard = capsys.readouterr()
    assert heard.out == "9.9\n" and heard.err.startswith("hm\n\n")


def test_bytes_one_at_a_time(serve: Server, capsys: Said) -> None:
    whole = "".join(text for _, text in answer({"content": "ü\u2028日本 😀"}, {"content": "\r\nb"}))
    assert main(["Which?", "--url", serve([[0.001 if i % 9 == 0 else 0, byte] for i, byte in enumerate(whole)])]) == 0
    assert capsys.readouterr().out == "ü\\u2028日本 😀\\r\nb\n"


def test_chunks_comments_and_other_line_ends(serve: Server, capsys: Said) -> None:
    text = ": ping\r\n\r\n" + delta(HELLO).replace("\n", "\r\n") + "event: x\rdata: [DONE]\r\r"
    pieces = [text[:5], text[5:30], text[30:]]
    chunks = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in pieces) + "0\r\n\r\n"
    assert main(["Which?", "--url", serve([[0, head(Transfer_Encoding="chunked")], [0.1, chunks]])]) == 0
    assert capsys.readouterr().out == "hello\n"


def test_a_server_that_answers_whole(serve: Server, capsys: Said) -> None:
    said = {"message": {"content": "<think>hm</think>9.9"}, "finish_reason": "stop"}
    text = json.dumps({"choices": [said], "usage": {"completion_tokens": 34}})
    assert main(["Which?", "--url", serve([[0, head(kind="application/json") + text]])]) == 0
    heard = capsys.readouterr()
    assert heard.out == "9.9\n" and "34 tokens" in heard.err and "finished: stop" in heard.err


def test_an_answer_steers_no_terminal(serve: Server, capsys: Said) -> None:
    url = serve(answer({"reasoning_content": "\x1b]0;x\x07"}, {"content": "a\x1b[2J\n"}, {"content": "\tstd"}, {"content": "::s\u202e"}))  # fmt: skip
    assert main(["Which?", "--url", url]) == 0
    heard = capsys.readouterr()
    assert heard.out == "a\\x1b[2J\n\tstd::s\\u202e\n" and "\x1b" not in heard.err and "\\x07" in heard.err


def test_a_half_of_a_character_is_an_escape(serve: Server, capsys: Said) -> None:
    text = head() + 'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\ndata: [DONE]\n\n'
    assert main(["Which?", "--url", serve([[0, text]])]) == 0
    assert capsys.readouterr().out == "a\\ud83d\n"


def test_a_terminal_that_knows_ascii_only(serve: Server) -> None:
    url = serve(answer({"reasoning_content": "ä"}, {"content": "ü 日 ok"}))
    ours, theirs = pty.openpty()
    words = [PYTHON, f"{ROOT}/scripts/stream_chat.py", "Which?", "--url", url]
    done = subprocess.Popen(words, stdout=theirs, stderr=theirs, env=environment(PYTHONIOENCODING="ascii"))
    os.close(theirs)
    heard = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while part := os.read(ours, 4096):
            heard += part
    os.close(ours)
    assert done.wait() == 0 and b"\\xfc \\u65e5 ok" in heard and b"\\xe4" in heard
    assert heard.isascii()


@pytest.mark.parametrize(
    "odd",
    [{"choices": [1]}, {"choices": {"a": 1}}, {"choices": [{"delta": [1]}]}, {"choices": [{"delta": {"content": 1}}]},
     {"usage": 3, "choices": []}, {"usage": {"completion_tokens": True}}],
)  # fmt: skip
def test_an_odd_event_is_passed_over(odd: dict[str, object], serve: Server, capsys: Said) -> None:
    assert main(["Which?", "--url", serve([[0, head() + event(odd) + delta({"content": "b"}) + event("[DONE]")]])]) == 0
    assert capsys.readouterr().out == "b\n"


# --- what does not come ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "said", "printed"),
    [
        ([[0, head("500 Internal Server Error", "text/plain") + "no memory\nat all"]], " answered 500: no memory at all", ""),
        ([[0, head("404 Not Found", "application/json") + '{"error": "no model x"}']], "no model x", ""),
        ([[0, head("302 Found", Location="http://b/")]], "elsewhere is http://b/; give that as --url", ""),
        ([[0, head() + event({"error": {"message": "out of memory"}})]], ": out of memory", ""),
        ([[0, head() + delta(HELLO) + event({"error": "gone"})]], ": gone", "hello\n"),
        ([[0, head() + event("not json")]], "the answer is no JSON", ""),
        ([[0, head() + event("[1]")]], "expected an object", ""),
        ([[0, head(kind="text/html") + "<html>"]], "the answer is no JSON", ""),
        (answer(HELLO, done=False), "the stream ended before [DONE]", "hello\n"),
        ([[0, head()]], "the stream ended before [DONE]", ""),
        ([[0, head(Transfer_Encoding="chunked") + f"{len(delta(HELLO)):x}\r\n{delta(HELLO)}\r\n"]], "the answer broke off", "hello\n"),
        ([[0, head(Transfer_Encoding="chunked") + "ffff\r\n" + delta(HELLO)]], "the answer broke off", "hello\n"),
        ([[0, head(Transfer_Encoding="chunked") + "zz\r\n"]], "the answer broke off", ""),
        ([[0, head(Content_Length="9999") + delta(HELLO)]], "the answer broke off", "hello\n"),
        ([[0, head() + delta(HELLO)], [0.2, None]], "", "hello\n"),
        ([[0, ""]], "the answer broke off", ""),
        ([[0, "SSH-2.0-OpenSSH\r\n\r\n"]], "the answer broke off", ""),
    ],
)  # fmt: skip
def test_a_refusal_is_one_message(serve: Server, steps: Steps, said: str, printed: str, capsys: Said) -> None:
    url = serve(steps)
    assert main(["Which?", "--url", url]) == 1
    heard = capsys.readouterr()
    assert heard.err.startswith(f"stream_chat.py: {url}") and said in heard.err and len(heard.err.splitlines()) == 1
    assert heard.out == printed


def test_no_server_is_one_message(capsys: Said) -> None:
    assert main(["Which?", "--url", "http://127.0.0.1:9"]) == 1
    assert "is the port forwarded" in capsys.readouterr().err


@pytest.mark.parametrize("steps", [[[30, head()]], [[0, head() + delta(HELLO)], [30, event("[DONE]")]]])
def test_silence_ends(serve: Server, steps: Steps, capsys: Said) -> None:
    assert main(["Which?", "--url", serve(steps), "--timeout", "0.4"]) == 1
    assert "said nothing for 0.4 s" in capsys.readouterr().err


def test_slow_is_not_silent(serve: Server, capsys: Said) -> None:
    steps = [[0, head()], *([0.25, delta(HELLO)] for _ in range(5)), [0.25, event("[DONE]")]]
    assert main(["Which?", "--url", serve(steps), "--timeout", "1.2"]) == 0
    assert capsys.readouterr().out == "hello" * 5 + "\n"


# --- busy ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "502 Bad Gateway", "504 Late"])
def test_a_busy_server_is_asked_again(serve: Server, status: str, capsys: Said) -> None:
    url = serve([[0, head(status, "text/plain", Retry_After="0") + "busy"]], answer(HELLO))
    assert main(["Which?", "--url", url]) == 0
    heard = capsys.readouterr()
    assert heard.out == "hello\n" and f"answered {status[:3]}; asking again in 0 s" in heard.err
    assert len(serve.asked) == 2 and serve.asked[0]["body"] == serve.asked[1]["body"]


def test_it_waits_as_long_as_the_server_asks(serve: Server) -> None:
    begin = time.monotonic()
    assert main(["Which?", "--url", serve([[0, head("429 No", Retry_After="1")]], answer(HELLO))]) == 0
    assert time.monotonic() - begin >= 1


def test_a_date_is_a_time_to_wait_for(serve: Server, capsys: Said) -> None:
    past = email.utils.format_datetime(email.utils.localtime())
    assert main(["Which?", "--url", serve([[0, head("429 No", Retry_After=past)]], answer(HELLO))]) == 0
    assert "asking again in 0 s" in capsys.readouterr().err


def test_not_for_ever(serve: Server, capsys: Said) -> None:
    url = serve([[0, head("429 No", "text/plain", Retry_After="0") + "busy"]])
    assert main(["Which?", "--url", url, "--retries", "3"]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"stream_chat.py: {url} answered 429, to be asked again after 0: busy" and len(serve.asked) == 4


def test_nobody_waits_an_hour(serve: Server, capsys: Said) -> None:
    assert main(["Which?", "--url", serve([[0, head("503 No", "text/plain", Retry_After="3600")]])]) == 1
    assert "answered 503, to be asked again after 3600: no word" in capsys.readouterr().err and len(serve.asked) == 1


def test_what_is_wrong_is_not_asked_again(serve: Server) -> None:
    assert main(["Which?", "--url", serve([[0, head("500 No")]])]) == 1
    assert main(["Which?", "--url", serve([[0, head("400 No")]])]) == 1
    assert len(serve.asked) == 2


# --- smoke -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "status", "said"),
    [
        (answer(HELLO), 0, "first token after"),
        (answer(), 1, "no answer came: see the server's log"),
        (answer({"content": " \n"}), 1, "no answer came"),
        (answer({"reasoning_content": "hm"}, reason="length"), 1, "all of it was reasoning; raise --max-tokens"),
        (answer({"content": "<think>hm"}), 1, "all of it was reasoning"),
        (answer(HELLO, done=False), 1, "before [DONE]"),
        ([[0, head("503 No")]], 1, "answered 503"),
    ],
)
def test_smoke_is_an_answer_or_a_failure(serve: Server, steps: Steps, status: int, said: str, capsys: Said) -> None:
    assert main(["--smoke", "--retries", "0", "--url", serve(steps)]) == status
    assert said in capsys.readouterr().err
    assert serve.asked[0]["body"]["messages"][0]["content"]


# --- Triton ----------------------------------------------------------------------------------------------------------


def test_tritons_stream(serve: Server, capsys: Said) -> None:
    url = f"{serve([[0, head() + ''.join(event({'model_name': 'ensemble', 'text_output': t}) for t in ('Many ', 'say'))]])}/v2/models/ensemble/generate_stream"  # fmt: skip
    assert main(["Who?", "--url", url, "--max-tokens", "30", "--temperature", "0.5"]) == 0
    heard = capsys.readouterr()
    assert heard.out == "Many say\n" and "2 pieces" in heard.err
    (question,) = serve.asked
    assert question["line"] == "POST /v2/models/ensemble/generate_stream HTTP/1.1"
    assert question["body"] == {"text_input": "Who?", "max_tokens": 30, "temperature": 0.5, "stream": True}


def test_tritons_whole_answer(serve: Server, capsys: Said) -> None:
    text = json.dumps({"model_name": "ensemble", "sequence_end": False, "text_output": "Many say."})
    url = serve([[0, head(kind="application/json") + text]]) + "/v2/models/ensemble/generate"
    assert main(["Who?", "--url", url, "--smoke"]) == 0
    assert capsys.readouterr().out == "Many say.\n" and serve.asked[0]["body"]["stream"] is False


def test_tritons_refusal(serve: Server, capsys: Said) -> None:
    url = serve([[0, head() + event({"error": "in ensemble, no such model"})]]) + "/v2/models/x/generate_stream"
    assert main(["Who?", "--url", url]) == 1
    assert "in ensemble, no such model" in capsys.readouterr().err


# --- proxies, pipes --------------------------------------------------------------------------------------------------


def test_no_proxy_leads_to_this_machine(serve: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert main(["Which?", "--url", serve(answer(HELLO))]) == 0


def test_a_proxy_leads_to_others(serve: Server, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", serve(answer(HELLO)))
    assert main(["Which?", "--url", "http://model.invalid:8000"]) == 0
    assert serve.asked[0]["line"] == "POST http://model.invalid:8000/v1/chat/completions HTTP/1.1"
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
    assert main(["Which?", "--url", "http://model.invalid:8000"]) == 1
    assert "the proxy of HTTP_PROXY" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        ("| true; exit ${PIPESTATUS[0]}", 0, ""),
        (">&-", 0, "stream_chat.py: first token after"),
        (">/dev/full", 2, "stream_chat.py: stdout: No space left on device\n"),
    ],
)
def test_a_reader_that_went_away_is_no_fault_of_the_server(
    redirection: str, status: int, said: str, serve: Server
) -> None:
    url = serve(answer(*[{"content": "x" * 1_000}] * 200))
    command = f"{PYTHON} {ROOT}/scripts/stream_chat.py Which? --url {url} {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == status
    assert done.stderr.startswith(said) and bool(done.stderr) == bool(said)


def test_only_the_answer_goes_to_stdout(serve: Server) -> None:
    url = serve(answer({"reasoning_content": "hm"}, {"content": "9.9"}))
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
    words = [PYTHON, f"{ROOT}/scripts/stream_chat.py", "Which?", "--url", url]
    done = run(words, capture_output=True, text=True, env=environment(), check=False)
    assert (done.returncode, done.stdout) == (0, "9.9\n") and done.stderr.startswith("hm")
