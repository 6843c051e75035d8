"""One question to a running server, answered as it is generated; the quickest proof that a deployment works.

A port leads to the server, and the question goes there:

    kubectl --namespace serving port-forward service/deepseek-r1-sglang-serve-a3ultra-server 8000
    python scripts/stream_chat.py "Name three reasons for a pod to stay Pending."
"""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from ..borders.printing import visible
from ..model import mapping, mappings
from .console import Parser, say, write
from .validate import BLOCKED, CLEAN, guarded


def request(url: str, model: str, prompt: str, max_tokens: int) -> urllib.request.Request:
    """A streaming chat completion. Source: https://platform.openai.com/docs/api-reference/chat/create"""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": max_tokens,
        "stream": True,
    }
    return urllib.request.Request(
        f"{url.rstrip('/')}/v1/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "text/event-stream"},
    )


def pieces(stream: Iterator[bytes]) -> Iterator[str]:
    """Text of a server-sent event stream, piece by piece; reasoning comes before the answer. Raises ValueError."""
    for raw in stream:
        line = raw.decode("utf-8", "replace").strip()
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        event: Any = json.loads(data)
        if not isinstance(event, dict):
            raise ValueError(f"expected an object, got {data[:60]}")
        if "error" in event:
            raise ValueError(str(event["error"]))
        for _, choice in mappings(event.get("choices")):
            said = mapping(choice.get("delta"))
            yield from (text for key in ("reasoning_content", "content") if isinstance(text := said.get(key), str))


def _run(argv: list[str] | None) -> int:
    parser = Parser(prog="stream_chat.py", description="Streams one chat answer to the terminal.")
    parser.add_argument("prompt")
    parser.add_argument("model", nargs="?", default="default", help="the server's model (default: %(default)s)")
    parser.add_argument("--url", default="http://localhost:8000", help="address of the server (default: %(default)s)")
    parser.add_argument("--max-tokens", type=int, default=2048, help="longest answer (default: %(default)s)")
    args = parser.parse_args(argv)
    begun = False
    try:
        for piece in _answer(args.url, args.model, args.prompt, args.max_tokens):
            if not write(piece):
                return CLEAN  # nobody reads on; closing the connection lets the server stop, too
            begun = begun or bool(piece)
    except _Refused as error:
        write("\n" if begun else "")
        say(f"stream_chat.py: {args.url}{error}")
        return BLOCKED
    write("\n")
    return CLEAN


KEPT = "\n\t\u200d"
"""What an answer may hold though it is not seen: lines, tabs, and what joins an emoji."""


class _Refused(ValueError):
    """The server did not answer as it should. The message goes on from its address."""


def _answer(url: str, model: str, prompt: str, max_tokens: int) -> Iterator[str]:
    """The answer as a terminal may have it: a model can be made to write what steers one. Raises _Refused."""
    try:
        with urllib.request.urlopen(request(url, model, prompt, max_tokens), timeout=600) as answer:
            for piece in pieces(iter(answer)):
                yield visible(piece, KEPT)
    except urllib.error.HTTPError as error:
        said = error.read(500).decode("utf-8", "replace").strip()
        raise _Refused(f" answered {error.code}: {said}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise _Refused(f": {reason}; is the port forwarded and the server ready?") from None


def main(argv: list[str] | None = None) -> int:
    """Prints the answer; exit 0, or 1 if the server could not be reached or refused, 2 if it could not be printed."""
    return guarded("stream_chat.py", lambda: _run(argv))
