"""Texts on which readers of YAML may differ: those that people found, and generated ones, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

SCALARS = (
    "0X8", "0x8", "0o17", "0O17", "0b11", "0B11", "017", "08", "-0x1F", "+0x1F", "-_1", "+_1", "1_000", "1__0", "_1",
    "9e_2", "1_0e3_", "1e3", "1e400", "-1e400", ".5", "5.", ".inf", "-.Inf", ".NaN", "0xFFFFFFFFFFFFFFFF",
    "0xFFFFFFFFFFFFFFFFFF", "9223372036854775807", "9223372036854775808", "18446744073709551616", "! 12", '! "12"',
    "!!str 12", '!!int "12"', "!!float 3", "!!binary aGk=", "!!set {a: null}", "!!null x", "yes", "No", "on", "OFF",
    "y", "n", "Y", "true", "True", "TRUE", "tRue", "~", "null", "Null", "NULL", "12:30", "190:20:30", "2001-01-01",
    "2001-01-01T00:00:00Z", "2001-01-01 00:00:00", "<<", "=", "0.", "-0", "+0", "0_", "1_", "1,000", "0x", "0x_1",
    '"\\x41"', "'it''s'",
    # The signs that Go's strconv takes a second time, and the edges of 64 bits.
    "0b-1", "0b+1", "-0b-1", "0o-7", "0o+7", "-0o7", "0x-1", "_0x1", "0_x1", "-_0_b_1_", "00", "-00", "0b", "0o", "0b2",
    "-9223372036854775808", "-9223372036854775809", "+9223372036854775807", "+9223372036854775808",
    "18446744073709551615", "18446744073709551617", "+18446744073709551615", "-0xFFFFFFFFFFFFFFFF", "01777777777777777777777",
    "0b" + "1" * 64, "0b" + "1" * 65, "0o1777777777777777777777", "0o2000000000000000000000", "1e-400", "1" * 400,
    "0" * 400 + "1", "." + "0" * 400 + "1", "1" * 309, "+.inf", "+.5", "-.5_0", ".5_0", "._5", ".", "..", "-", "+", "-.",
    "+.e1", ".e1", "1e", "1e+", "1.5e3", "1.e1", ".inF", "+.nan", "1E5", "0e0", "0x1p4", "0x1.8p1", "Infinity", "NaN",
    "inf", "-inf", "nan", "1_e3", "1e_3", "e3", "1.2.3", "1..2", "--1", "+-1", "1-", "0777", "0o777", "0_7", "0_8", "09.5",
    "2001-1-1", "2001-02-30", "2000-02-29", "1900-02-29", "0000-01-01", "2001-01-01t1:2:3.5+01:00", "2001-1-1 1:2:3,25",
    "2001-01-01T00:00:00", "2001-01-01 00:00:00Z", "2001-01-01T24:00:00Z", "2001-01-01T00:00:00-00:00",
    "2001-01-01T00:00:00.1234567891234Z", "2001-01-01T00:00:60Z", "2001-01-01T00:00:00+25:00", "2001-13-01", "200-01-01",
    "!!int 0x10", "!!int 1.5", "!!float 1e3", "!!float x", "!!bool yes", "!!bool x", "!!null ~", "!!null ''", "!!str",
    "!!str ~", "!!int 18446744073709551615", "!!float 18446744073709551615", "!!timestamp 2001-01-01", "!!merge <<",
    "!foo 1", "!<tag:yaml.org,2002:int> 1", "!!seq [1]", "!!map {a: 1}", "!!omap [a: 1]", "! [1]", "! {a: 1}", "!!seq {a: 1}",
    "!!int '0o17'", "!!float .inf", "!!str 'x'", "!!value =", "!!int", "!!bool 'true'", "!!float '1_0.5'",
)  # fmt: skip
"""Begins with the list that was handed over; each stands as a value, in a list, in a flow, as a key."""

PLACES = ("a: {}\n", "- {}\n", "a: [{}, b]\n", "{}: a\n", "a: {{b: {}}}\n", "a:\n  {}: b\n")
"""Where a scalar stands. A place that a scalar does not fit is an error to all, or a difference to find."""

Draw = Callable[[random.Random], str]


def _from(letters: str, most: int, least: int = 1) -> Draw:
    return lambda r: "".join(r.choice(letters) for _ in range(r.randint(least, most)))


def _number(r: random.Random) -> str:
    """A number as some reader may take it, with signs, prefixes, points, exponents and underscores at odd places."""
    prefix = r.choice(["", "", "", "0", "0x", "0X", "0o", "0O", "0b", "0B", "00"])
    digits = {
        "0x": "0123456789abcdefABCDEF",
        "0X": "0123456789aF",
        "0b": "01",
        "0B": "01",
        "0o": "01234567",
        "0O": "017",
    }
    body = _from(digits.get(prefix, "0123456789"), r.choice([1, 3, 8, 20, 22, 70]))(r)
    if r.random() < 0.3:
        body = body[:1] + "." + body[1:] if r.random() < 0.7 else "." + body
    if r.random() < 0.25:
        body += r.choice("eE") + r.choice(["", "+", "-"]) + _from("0123456789", 4)(r)
    text = r.choice(["", "", "-", "+"]) + prefix + body
    for _ in range(r.choice([0, 0, 0, 1, 2, 3])):
        at = r.randint(0, len(text))
        text = text[:at] + r.choice("____-+.xeobZ") + text[at:]
    return text


def _word(r: random.Random) -> str:
    word = r.choice("true false yes no on off y n null ~ .inf -.inf +.inf .nan none t f << = - ? : nan inf".split())
    return r.choice([word, word.capitalize(), word.upper(), word.swapcase(), word + r.choice("_ .:x"), word[:-1]])


def _date(r: random.Random) -> str:
    day = f"{r.choice([1999, 2000, 2024, 0, 9999]):04}-{r.randint(0, 13)}-{r.randint(0, 32)}"
    if r.random() < 0.5:
        day = f"{r.randint(1990, 2030)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
    time = f"{r.randint(0, 24)}:{r.randint(0, 60)}:{r.randint(0, 60):02}" + r.choice(
        ["", ".5", ",250", ".1234567890123"]
    )
    zone = r.choice(["", "Z", "z", "+01:00", "-23:59", "+24:00", "+5", " -5"])
    return r.choice([day, day + r.choice("Tt ") + time + zone, day + " " + time])


ODD = "\u00e9\u00df\u4e2d\U0001f600\u0085\u00a0\u2028\u2029\u200b\ufeff\ufffd\u0660\u0967\u2167\ud7ff\ue000\ufffe\x00\x07\x1b\x7f\x80\x9f"
PUNCTUATION = "-?:,[]{}#&*!|>'\"%@` \t.=<~/\\$_+()^;"


def _plain(r: random.Random) -> str:
    return _from("aZ09" + PUNCTUATION, 8)(r)


def _unicode(r: random.Random) -> str:
    return _from("a0 -:" + ODD, 6)(r)


ESCAPES = (*"nt/_NLPe0q \t\n", "x41", "x4", "xff", "u0041", "u0000", "ud83d", "U0001F600", "U00110000")


def _quoted(r: random.Random) -> str:
    inside = r.choice([_number, _word, _date, _plain, _unicode])(r)
    if r.random() < 0.5:
        return "'" + inside.replace("'", "''" if r.random() < 0.9 else "'") + "'"
    escape = "\\" + r.choice(ESCAPES)
    at = r.randint(0, len(inside))
    return '"' + inside[:at].replace('"', "") + escape + inside[at:].replace('"', "") + '"'


TAGS = "! !! !a !!str !!int !!float !!bool !!null !!binary !!timestamp !!map !!seq !!set !!omap !!merge !e!a".split()


def _tagged(r: random.Random) -> str:
    tag = r.choice(TAGS)
    return f"{r.choice([tag, tag, '&a ' + tag, tag + ' &a'])} {r.choice([_number, _word, _date, _quoted])(r)}"


KINDS: tuple[tuple[Draw, int], ...] = (
    (_number, 50), (_word, 12), (_date, 8), (_plain, 10), (_unicode, 6), (_quoted, 10), (_tagged, 4),
)  # fmt: skip


def scalar(r: random.Random) -> str:
    """One generated scalar."""
    draw = r.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return draw(r)


def scalars(count: int, seed: int) -> Iterator[str]:
    """Texts of one scalar each: those known by name in every place, then generated ones, ``count`` together."""
    known = [place.format(text) for text in SCALARS for place in PLACES]
    yield from known[:count]
    r = random.Random(seed)
    for _ in range(count - len(known)):
        yield r.choice(PLACES).format(scalar(r))


RARE_KEYS = ("? a\n", "? [a]", "? {a: b}\n", "? |\n  k\n", "'k'", '"k"', "&k a", "!!str a", "! a")
NO_TEXT_KEYS = "1 '1' 0x1 true yes y on 'true' ~ null 1.0 1.5 '' 01 = 2001-01-01".split()
LINES = ("a", "  b", "", " ", "# d", "- e", "f: g", "\tt", "- # c", "&a", "a: >", "---x", "...", " h ")
PLAIN_LINES = ("a", "b c", "  d", "# d", "- e", "f: g", "", "'h'")
"""Of a block scalar."""
STARTS = (
    "---\n", "# c\n", "\n", "%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "%TAG !e! tag:e,1:\n---\n", "\ufeff", "--- ", "\ufeff---\n",
)  # fmt: skip
BREAKS = ("--- # c\n", "...\n", "...\n---\n", "--- a\n", "---\n---\n", "---\t\n", "---x\n", " ---\n", "# c\n---\n")


class _Document:
    """Writes one document, block and flow style mixed, with what few people use and every parser must know."""

    def __init__(self, r: random.Random, wild: bool) -> None:
        self.r = r
        self.wild = wild
        self.anchors: list[str] = []
        self.mappings: list[str] = []
        self.named = 0

    def chance(self, of: float) -> bool:
        return self.r.random() < of

    def leaf(self) -> str:
        r = self.r
        if self.anchors and self.chance(0.12):
            return f"*{r.choice(self.anchors)}"
        text = r.choice(
            ["a", "b", "0x1F", "yes", "12", "null", "1", "x y", "'x y'", '"z"', "true", "~", "1.5", "1e3", "!!str 1"]
        )
        if self.wild and self.chance(0.4):
            text = r.choice(["x: y", "a#b", "a #b", "", scalar(r), scalar(r), scalar(r)])
        if self.chance(0.08):
            name = self.name()
            self.anchors.append(name)
            return f"&{name} {text}"
        return text

    def name(self) -> str:
        """Of an anchor. It is known as one only behind what it names; few stand twice, or inside themselves."""
        self.named += 1
        name = self.r.choice("mn") if self.wild and self.chance(0.1) else f"x{self.named}"
        if self.wild and self.chance(0.02):
            self.anchors.append(name)
        return name

    def key(self) -> str:
        r = self.r
        if self.wild and self.chance(0.06):
            return r.choice([*RARE_KEYS, f"*{r.choice(self.anchors or ['m'])} "])
        if self.chance(0.15 if self.wild else 0.01):
            return r.choice(NO_TEXT_KEYS)
        return r.choice("abcdefgh") + (str(r.randint(0, 99)) if self.chance(0.8) else "")

    def merge(self) -> str:
        r = self.r
        names = self.mappings or ["m"]
        if not self.wild or not self.mappings or self.chance(0.5):
            if not self.mappings:
                return f"<<: {{a{r.randint(0, 9)}: 1, b: 2}}"
            one, other = r.choice(names), r.choice(names)
            return r.choice([f"<<: *{one}", f"<<: [*{one}, *{other}]", f"<<: [*{one}, {{c: 1}}]"])

        def source() -> str:
            name = r.choice(names)
            inline = ["{a: 1}", "{b: 2, c: 3}", "{1: x}", "[]", "x", "{<<: {c: 4}, d: 5}", f"{{<<: *{name}, b: 6}}"]
            return r.choice([*[f"*{name}"] * 3, *inline])

        one, other = source(), source()
        value = r.choice([one, one, f"[{one}, {other}]", "[]", f"[[{one}]]", f"&m {one}"])
        return f"{r.choice(['<<'] * 9 + ['&k <<', '!!merge <<', chr(34) + '<<' + chr(34)])}: {value}"

    def flow(self, depth: int) -> str:
        r = self.r
        if depth > 2 or self.chance(0.5):
            return self.leaf()
        items = [self.flow(depth + 1) for _ in range(r.randint(0, 3))]
        if self.chance(0.5):
            return "[" + r.choice([", ", ",", " , ", ",\n   "]).join(items) + r.choice(["", "", ","]) + "]"
        colon = r.choice([": ", ": ", ": ", ":", " : "]) if self.wild else ": "
        pairs = [
            self.key().strip("\n") + colon + item if self.chance(0.9) else self.key().strip("\n") for item in items
        ]
        if self.chance(0.1):
            pairs.insert(r.randint(0, len(pairs)), self.merge())
        return "{" + ", ".join(pairs) + "}"

    def block_scalar(self, indent: str) -> str:
        r = self.r
        head = r.choice("|>") + r.choice(["", "", "-", "+"])
        if not self.wild:
            lines = [r.choice(PLAIN_LINES) for _ in range(r.randint(0, 5))]
            return head + "\n" + "".join((indent + "  " + line if line else "") + "\n" for line in lines)
        head += r.choice(["", "", "2", "1", "3"]) + r.choice(["", "", " # c", "# c", " "])
        lines = [r.choice(LINES) for _ in range(r.randint(0, 5))]
        return head + "\n" + "".join((indent + "  " + line if line else "") + "\n" for line in lines)

    def block(self, depth: int, indent: str) -> str:
        """The part behind a key or a dash, with the line break at its end."""
        r = self.r
        what = r.random()
        if depth > 4 or what < 0.4:
            comment = r.choice(["", "", "", " # c", "\t# c", " #", "#"] if self.wild else ["", "", " # c"])
            return " " + (self.flow(0) if self.chance(0.33) else self.leaf()) + comment + "\n"
        if what < 0.5:
            return " " + self.block_scalar(indent)
        if what < 0.55:
            if not self.wild:
                return r.choice([" a\n{0}  b c\n", ' "a\n{0}  b"\n', " 'a\n\n{0} b'\n"]).format(indent)
            begin, quote = r.choice(["a", '"a', "'a"]), r.choice(["", '"', "'"])
            return f" {begin}\n{indent}{r.choice(['  b', '   b', chr(9) + 'b', '  b: c', '  #b', chr(10) + '  b'])}{quote}\n"
        name = self.name() if self.chance(0.2) else ""
        anchor = f" &{name}" if name else ""
        inner = indent + r.choice(["  ", "  ", "  ", " ", "    "])
        if what < 0.8:
            lines = []
            for _ in range(r.randint(1, 5)):
                if self.chance(0.07):
                    lines.append(inner + self.merge() + "\n")
                elif self.chance(0.04):
                    key = self.key().strip("\n")
                    lines.append(f"{inner}? {key}\n{inner}:{self.block(depth + 1, inner)}")
                else:
                    key = self.key().strip("\n") + r.choice(["", "", "", " "])
                    lines.append(f"{inner}{key}:{self.block(depth + 1, inner)}")
            if name:
                self.mappings.append(name)
                self.anchors.append(name)
            return anchor + r.choice(["\n", "\n", " # c\n"]) + "".join(lines)
        inner = r.choice([inner, inner, indent]) if indent else inner
        items = [inner + "-" + self.block(depth + 1, inner) for _ in range(r.randint(1, 3))]
        if name:
            self.anchors.append(name)
        return anchor + "\n" + "".join(items)

    def text(self) -> str:
        r = self.r
        if self.chance(0.05):
            return self.flow(0) + "\n"
        return "".join(
            (self.merge() + "\n") if self.chance(0.04) else self.key().strip("\n") + ":" + self.block(0, "")
            for _ in range(r.randint(1, 5))
        )


def document(r: random.Random) -> str:
    """A stream of one document or more, then now and then broken by one letter."""
    wild = r.random() < 0.35
    parts = [_Document(r, wild).text() for _ in range(r.choice([1, 1, 1, 1, 2, 3]))]
    if r.random() < 0.1:
        parts = [f"base: &m {{a: 1, b: 2}}\nmore: &n {{b: 3, d: 4}}\n{part}" for part in parts]
    if not wild:
        return r.choice(["", "", "---\n", "# c\n"]) + r.choice(["---\n", "--- # c\n"]).join(parts)
    breaks = ["---\n"] * 48 + list(BREAKS)
    text = r.choice([""] * 48 + list(STARTS))
    text += parts[0] + "".join(r.choice(breaks) + part for part in parts[1:])
    text += r.choice([""] * 12 + ["---\n", "---", "...\n", "...", "# end", "\n\n"])
    if r.random() < 0.12:
        text = text.replace("\n", r.choice(["\r\n"] * 4 + ["\r", "\u0085", "\u2028", "\n\n"]), r.choice([1, -1]))
    if r.random() < 0.12:
        at = r.randint(0, len(text))
        text = text[:at] + r.choice(PUNCTUATION + ODD + "\n\r") + text[at + r.choice([0, 1]) :]
    return text


def documents(count: int, seed: int) -> Iterator[str]:
    """Generated streams, and the few that grow in one direction."""
    long = ["a" * n + ": b\n" for n in (1000, 1023, 1024, 1025, 1100)]
    long += [f'"{"a" * n}": b\n' for n in (1000, 1021, 1022, 1023, 1024, 1025)]
    long += [f"{{{'a' * n}: b}}\n" for n in (1023, 1025)] + [f"? {'a' * 3000}\n: b\n", f"a: {'b ' * 9000}\n"]
    long += [f"a: {'[' * n}{']' * n}\n" for n in (99, 150)]
    long += ["".join("  " * i + "a:\n" for i in range(n)) for n in (90, 120)]
    long += [f"a: &a [{', '.join('x' * 50)}]\nb: [{', '.join(['*a'] * n)}]\n" for n in (10, 60, 200)]
    nested = "a: &a [1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\n"
    long += [f"{nested}d: [{', '.join(['*c'] * n)}]\n" for n in (3, 20, 90)]
    yield from long[:count]
    r = random.Random(seed)
    for _ in range(count - len(long)):
        yield document(r)
