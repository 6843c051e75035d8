"""One question to a running server, answered as it is generated; the quickest proof that a deployment works.

A port leads to the server, and the question goes there:

    kubectl --namespace serving port-forward service/deepseek-r1-sglang-serve-a3ultra-server 8000
    python scripts/stream_chat.py "Which is bigger, 9.9 or 9.11?"
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any


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
        for choice in event.get("choices") or []:
            delta = choice.get("delta") or {}
            yield delta.get("reasoning_content") or ""
            yield delta.get("content") or ""


def main(argv: list[str] | None = None) -> int:
    """Prints the answer; exit 0, or 1 if the server could not be reached or refused."""
    parser = argparse.ArgumentParser(prog="stream_chat.py", description="Streams one chat answer to the terminal.")
    parser.add_argument("prompt")
    parser.add_argument("model", nargs="?", default="default", help="the server's model (default: %(default)s)")
    parser.add_argument("--url", default="http://localhost:8000", help="address of the server (default: %(default)s)")
    parser.add_argument("--max-tokens", type=int, default=2048, help="longest answer (default: %(default)s)")
    args = parser.parse_args(argv)
    try:
        with urllib.request.urlopen(request(args.url, args.model, args.prompt, args.max_tokens), timeout=600) as answer:
            for piece in pieces(iter(answer)):
                print(piece, end="", flush=True)
    except urllib.error.HTTPError as error:
        said = error.read(500).decode("utf-8", "replace").strip()
        print(f"stream_chat.py: {args.url} answered {error.code}: {said}", file=sys.stderr)
        return 1
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        print(f"\nstream_chat.py: {args.url}: {reason}; is the port forwarded and the server ready?", file=sys.stderr)
        return 1
    print()
    return 0
