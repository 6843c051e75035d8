"""One question to a running server, answered as it is generated; the quickest proof that a deployment works.

A port leads to the server, and the question goes there:

    kubectl --namespace serving port-forward service/deepseek-r1-sglang-serve-a3ultra-server 8000
    python scripts/stream_chat.py "Name three reasons for a pod to stay Pending."
"""

import argparse
import math
import sys
import time
from contextlib import suppress
from typing import TextIO

import httpx

from ..borders.printing import visible
from .chatting import End, Piece, Question, Refused, ask, is_triton
from .console import Parser, Usage, say, write
from .validate import BLOCKED, CLEAN, guarded

KEPT = "\n\t\u200d"
"""What an answer may hold though it is not seen: lines, tabs, and what joins an emoji."""
SMOKE = "Say hello in one short sentence."
DESCRIPTION = """\
Streams one answer to the terminal. The answer goes to stdout; reasoning, times and the reason to stop go to stderr."""
EPILOG = """\
exit 0 answered (with --smoke: only if an answer came), 1 the server refused or broke off, 2 bad usage or stdout is full

  python scripts/stream_chat.py "Which is bigger, 9.9 or 9.11?" --model deepseek-ai/DeepSeek-R1 --temperature 0.6
  python scripts/stream_chat.py "Who?" --url http://localhost:8080/v2/models/ensemble/generate_stream"""


def _parser() -> Parser:
    parser = Parser(
        prog="stream_chat.py", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("prompt", nargs="?", help="the question (default with --smoke: one of its own)")
    add("positional_model", nargs="?", metavar="MODEL", help="the same as --model")
    add("--model", metavar="NAME", help="the server's model (default: default, which SGLang takes for its own)")
    add(
        "--url", default="http://localhost:8000", help="server, or a generate endpoint of Triton (default: %(default)s)"
    )
    add("--system", metavar="TEXT", help="what the model is told before the question")
    add("--temperature", type=float, metavar="T", help="0 to 2 (default: the server's)")
    add("--top-p", type=float, metavar="P", help="above 0, at most 1 (default: the server's)")
    add(
        "--max-tokens",
        type=int,
        default=2048,
        metavar="N",
        help="longest answer, with reasoning (default: %(default)s)",
    )
    add("--timeout", type=float, default=600.0, metavar="SECONDS", help="of silence that is borne (default: 600)")
    add("--retries", type=int, default=2, metavar="N", help="how often a busy server is asked again (default: 2)")
    add("--smoke", action="store_true", help="exit 0 only if an answer came, and was not reasoning alone")
    return parser


def _question(args: argparse.Namespace) -> Question:
    """What the options ask. Raises Usage."""
    if args.prompt is None and not args.smoke:
        raise Usage('the question is missing: stream_chat.py "Which is bigger, 9.9 or 9.11?"')
    for name in ("prompt", "positional_model", "model", "url"):
        if getattr(args, name) == "":
            raise Usage(f"{name.removeprefix('positional_')} is empty")
    if args.model and args.positional_model and args.model != args.positional_model:
        raise Usage(f"--model {args.model} and MODEL {args.positional_model} exclude each other")
    for name, least, most in (("temperature", 0, 2), ("top_p", 0, 1), ("max_tokens", 1, 10**7)):
        value = getattr(args, name)
        if value is not None and not (least <= value <= most and (name != "top_p" or value > 0)):
            above = "above 0 and" if name == "top_p" else f"at least {least} and"
            raise Usage(f"--{name.replace('_', '-')} must be {above} at most {most}")
    if not (math.isfinite(args.timeout) and args.timeout > 0):
        raise Usage("--timeout must be a number of seconds above 0")
    if not 0 <= args.retries <= 100:
        raise Usage("--retries must be at least 0 and at most 100")
    try:
        url = httpx.URL(args.url)
    except httpx.InvalidURL as error:
        raise Usage(f"--url {args.url}: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Usage(f"--url {args.url} must start with http:// or https:// and name a host")
    if is_triton(args.url) and args.system is not None:
        raise Usage("--system: Triton's generate endpoint takes a text, not a conversation; put it into the question")
    return Question(
        args.prompt if args.prompt is not None else SMOKE, args.model or args.positional_model or "default",
        args.system, args.temperature, args.top_p, args.max_tokens,
    )  # fmt: skip


class Meter:
    """When what came: seconds since the question, on a clock that nobody sets."""

    def __init__(self) -> None:
        self.asked = time.monotonic()
        self.first: float | None = None
        self.last = self.asked
        self.pieces = 0
        self.answered = False

    def note(self, piece: Piece) -> None:
        self.last = time.monotonic()
        self.first = self.last if self.first is None else self.first
        self.pieces += 1
        self.answered = self.answered or (piece.kind == "answer" and bool(piece.text.strip()))

    def summary(self, end: End) -> str:
        """Time to the first token, tokens a second after it, and why it ended. A server that does not count its tokens
        is counted by pieces, which are mostly one token each."""
        if self.first is None:
            return f"nothing came; finished: {end.reason or 'without a reason'}"
        count, unit = (self.pieces, "pieces") if end.tokens is None else (end.tokens, "tokens")
        seconds = self.last - self.first
        rate = f", {(count - 1) / seconds:.1f} {unit} a second after the first" if count > 1 and seconds > 0 else ""
        cut = ", at --max-tokens" if end.reason == "length" else ""
        why = f"; finished: {end.reason}{cut}" if end.reason else ""
        return f"first token after {self.first - self.asked:.2f} s; {count} {unit}{rate}{why}"


def shown(text: str, stream: TextIO | None) -> str:
    """``text`` as a stream can show it: a model can be made to write what steers a terminal, and not each knows more
    than ASCII."""
    text = visible(text, KEPT)
    if stream is None or not stream.isatty():
        return text
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _aside(text: str) -> None:
    """Reasoning, to stderr; that nobody can hear it changes nothing."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(shown(text, sys.stderr))
        sys.stderr.flush()


def _run(argv: list[str] | None) -> int:
    args = _parser().parse_args(argv)
    question = _question(args)
    meter, end, last = Meter(), End(), ""

    def tell(what: str) -> None:
        say(f"stream_chat.py: {args.url} {what}")

    try:
        for piece in ask(question, args.url, args.timeout, args.retries, tell):
            if isinstance(piece, End):
                end = piece
                continue
            meter.note(piece)
            if last == "reasoning" and piece.kind == "answer":
                _aside("\n\n")
            last = piece.kind
            if piece.kind == "reasoning":
                _aside(piece.text)
            elif not write(shown(piece.text, sys.stdout)):
                return CLEAN  # nobody reads on; closing the connection lets the server stop, too
    except Refused as error:
        _newline(last)
        say(f"stream_chat.py: {args.url}{error}")
        return BLOCKED
    _newline(last)
    say(f"stream_chat.py: {meter.summary(end)}")
    if args.smoke and not meter.answered:
        cure = "all of it was reasoning; raise --max-tokens" if meter.pieces else "see the server's log"
        say(f"stream_chat.py: {args.url}: no answer came: {cure}")
        return BLOCKED
    return CLEAN


def _newline(last: str) -> None:
    if last == "reasoning":
        _aside("\n")
    elif last:
        write("\n")


def main(argv: list[str] | None = None) -> int:
    """Prints the answer; exit 0, or 1 if the server could not be reached, refused or broke off, 2 if the usage is bad
    or the answer could not be printed."""
    return guarded("stream_chat.py", lambda: _run(argv))
