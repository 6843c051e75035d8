"""How a server is asked and what it answers: OpenAI's chat completions and Triton's generate, streamed or whole.

https://platform.openai.com/docs/api-reference/chat/create
https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_generate.html
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from httpx_sse import EventSource, SSEError

from ..model import mapping, mappings

BUSY = (429, 502, 503, 504)
"""Answers after which the same question may be asked again: too many requests, loading, restarting."""
LONGEST_WAIT = 60.0
"""Seconds that a Retry-After may ask for; whoever sits at a terminal waits no longer without being asked."""
CONNECT = 10.0
OPEN, CLOSE = "<think>", "</think>"


class Refused(ValueError):
    """The server did not answer as it should. The message goes on from its address."""


@dataclass(frozen=True)
class Question:
    """What is asked. None is left to the server."""

    prompt: str
    model: str = "default"
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 2048


@dataclass(frozen=True)
class Piece:
    """Text as it comes; ``reasoning`` apart from the answer."""

    kind: Literal["reasoning", "answer"]
    text: str


@dataclass(frozen=True)
class End:
    """What a server says at the end: why it stopped and how many tokens it made, where it does."""

    reason: str | None = None
    tokens: int | None = None


def is_triton(url: str) -> bool:
    """Whether an address is that of a model of Triton, which knows no chat."""
    return httpx.URL(url).path.rstrip("/").endswith(("/generate", "/generate_stream"))


def endpoint(url: str) -> str:
    """Where the question goes: a server's root, its ``/v1``, and the whole address all lead to the same."""
    whole = url.rstrip("/")
    if is_triton(whole) or whole.endswith("/chat/completions"):
        return whole
    return f"{whole.removesuffix('/v1')}/v1/chat/completions"


def body(question: Question, url: str) -> dict[str, Any]:
    """The request, in the words of the server at ``url``."""
    common = {"temperature": question.temperature, "top_p": question.top_p, "max_tokens": question.max_tokens}
    told = {name: value for name, value in common.items() if value is not None}
    if is_triton(url):
        return {"text_input": question.prompt, **told, "stream": url.rstrip("/").endswith("_stream")}
    system = [{"role": "system", "content": question.system}] if question.system is not None else []
    return {
        "model": question.model,
        "messages": [*system, {"role": "user", "content": question.prompt}],
        **told,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _is_local(url: httpx.URL) -> bool:
    """Whether an address is this machine, as a forwarded port is: no proxy leads there."""
    try:
        return url.host == "localhost" or ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def ask(
    question: Question, url: str, patience: float, retries: int, tell: Callable[[str], None]
) -> Iterator[Piece | End]:
    """Asks, and gives the answer piece by piece, its end last. Raises Refused, also if it breaks off.

    patience: seconds of silence that are borne; retries: how often a busy server is asked again, after what its
    Retry-After says or 1, 2, 4 ... seconds, which ``tell`` is told.
    """
    where = httpx.URL(endpoint(url))
    timeout = httpx.Timeout(patience, connect=min(CONNECT, patience))
    try:
        with httpx.Client(timeout=timeout, trust_env=not _is_local(where)) as client:
            for attempt in range(retries + 1):
                with _asked(client, where, body(question, url)) as answer:
                    if answer.is_success:
                        yield from _said(answer, is_triton(url))
                        return
                    wait = _wait(answer, attempt) if attempt < retries else None
                    if wait is None:
                        raise Refused(f" answered {answer.status_code}{_why(answer)}")
                    tell(f"answered {answer.status_code}; asking again in {wait:g} s")
                time.sleep(wait)
    except httpx.ConnectError as error:
        raise Refused(f": {error}; is the port forwarded and the server ready?") from None
    except httpx.ReadTimeout:
        raise Refused(f" said nothing for {patience:g} s; see its log, or give it longer with --timeout") from None
    except (httpx.ProxyError, ImportError) as error:  # ImportError: a kind of proxy that needs a package
        raise Refused(f": the proxy of HTTP_PROXY, HTTPS_PROXY or ALL_PROXY: {error}") from None
    except httpx.RemoteProtocolError as error:
        raise Refused(f": the answer broke off: {error}; see the server's log") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise Refused(f": {error or type(error).__name__}; is the port forwarded and the server ready?") from None


@contextmanager
def _asked(client: httpx.Client, where: httpx.URL, said: dict[str, Any]) -> Iterator[httpx.Response]:
    headers = {"Accept": "text/event-stream, application/json"}
    with client.stream("POST", where, json=said, headers=headers) as answer:
        yield answer


def _wait(answer: httpx.Response, attempt: int) -> float | None:
    """Seconds until the question may be asked again; None if it may not, or if that is too long."""
    if answer.status_code not in BUSY:
        return None
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        seconds = float(asked[:9])
    elif asked and (date := email.utils.parsedate_to_datetime(asked) if _is_date(asked) else None):
        seconds = max(0.0, date.timestamp() - time.time())
    else:
        seconds = float(2**attempt)
    return seconds if seconds <= LONGEST_WAIT else None


def _is_date(text: str) -> bool:
    return email.utils.parsedate_tz(text) is not None


def _why(answer: httpx.Response) -> str:
    """What a server says with a refusal, in a few words."""
    if answer.is_redirect:
        return f", elsewhere is {answer.headers.get('location', 'nothing')}; give that as --url"
    later = answer.headers.get("retry-after")
    raw = b""
    for part in answer.iter_bytes():
        raw += part
        if len(raw) > 500:
            break
    text = " ".join(raw[:500].decode("utf-8", "replace").split())
    return f"{f', to be asked again after {later}' if later else ''}: {text or 'no word'}"


def _said(answer: httpx.Response, triton: bool) -> Iterator[Piece | End]:
    """An answer with success: as events, or whole."""
    split = Splitter()
    if "text/event-stream" not in answer.headers.get("content-type", ""):
        event = _object(answer.read().decode("utf-8", "replace"))
        yield from _event(event, split, triton, "message")
        yield from split.rest()
        yield _end(event)
        return
    done, reason, tokens = triton, None, None  # Triton's stream has no word for its end
    try:
        for sse in EventSource(answer).iter_sse():
            if sse.data.strip() == "[DONE]":
                done = True
                break
            if not sse.data:
                continue
            event = _object(sse.data)
            yield from _event(event, split, triton, "delta")
            end = _end(event)
            reason, tokens = end.reason or reason, end.tokens if end.tokens is not None else tokens
    except SSEError as error:
        raise Refused(f": {error}") from None
    yield from split.rest()
    if not done:
        raise Refused(": the stream ended before [DONE], so the answer is not whole; see the server's log")
    yield End(reason, tokens)


def _object(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused(f": the answer is no JSON ({error}): {data[:60]!r}") from None
    if not isinstance(event, dict):
        raise Refused(f": expected an object, got {data[:60]!r}")
    if event.get("error"):
        wrong = event["error"]
        raise Refused(f": {wrong.get('message', wrong) if isinstance(wrong, dict) else wrong}")
    return event


def _event(event: dict[str, Any], split: Splitter, triton: bool, part: str) -> Iterator[Piece]:
    if triton:
        if isinstance(text := event.get("text_output"), str):
            yield from split.feed(text)
        return
    for _, choice in mappings(event.get("choices")):
        said = mapping(choice.get(part))
        for key in ("reasoning_content", "reasoning"):  # SGLang, TensorRT-LLM and vLLM; newer vLLM
            if isinstance(text := said.get(key), str) and text:
                yield Piece("reasoning", text)
                break
        if isinstance(text := said.get("content"), str):
            yield from split.feed(text)


def _end(event: dict[str, Any]) -> End:
    reasons = (choice.get("finish_reason") for _, choice in mappings(event.get("choices")))
    reason = next((text for text in reasons if isinstance(text, str)), None)
    tokens = mapping(event.get("usage")).get("completion_tokens")
    return End(reason, tokens if isinstance(tokens, int) and not isinstance(tokens, bool) else None)


class Splitter:
    """Tells reasoning from the answer where a server leaves ``<think>`` in the text; a tag may come in parts.

    Only a text that begins with the tag reasons: in the middle of an answer somebody writes about tags. Line breaks
    after a tag belong to it. Where a template has written the first tag itself and the server parses no reasoning, all
    is answer: give the server its reasoning parser.
    """

    def __init__(self) -> None:
        self.state: Literal["start", "reasoning", "answer"] = "start"
        self.after_tag = False
        self.held = ""

    def feed(self, text: str) -> Iterator[Piece]:
        """Pieces of what is sure by now."""
        self.held += text
        if self.state == "start":
            start = self.held.lstrip()
            if len(start) < len(OPEN) and OPEN.startswith(start):
                return  # nothing, or the beginning of a tag
            self.state = "answer"
            if start.startswith(OPEN):
                self.state, self.after_tag, self.held = "reasoning", True, start[len(OPEN) :]
        if self.state == "reasoning":
            before, tag, after = self.held.partition(CLOSE)
            kept = 0 if tag else _part_of(CLOSE, before)
            yield from self._piece("reasoning", before[: len(before) - kept])
            if not tag:
                self.held = before[len(before) - kept :]
                return
            self.state, self.after_tag, self.held = "answer", True, after
        text, self.held = self.held, ""
        yield from self._piece("answer", text)

    def rest(self) -> Iterator[Piece]:
        """What was held back for a tag that did not come."""
        text, self.held = self.held, ""
        yield from self._piece("reasoning" if self.state == "reasoning" else "answer", text)

    def _piece(self, kind: Literal["reasoning", "answer"], text: str) -> Iterator[Piece]:
        if self.after_tag:
            text = text.lstrip("\n")
        if text:
            self.after_tag = False
            yield Piece(kind, text)


def _part_of(tag: str, text: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of ``tag``."""
    return next((size for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), 0)
