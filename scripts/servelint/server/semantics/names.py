"""Names, labels, quantities and object metadata: the small grammars that every kind is made of.

A check takes a value and answers None, or says what is wrong with it. All lengths are the server's.
Source: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation,
https://pkg.go.dev/k8s.io/apimachinery/pkg/api/validation and https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from functools import lru_cache

from .field import Complaint, Pointer, complaint, integer, mapping, objects, one_of, pairs, quoted, since, text, texts

Check = Callable[[str], str | None]
"""What is wrong with a text, or None."""

# --- grammars -------------------------------------------------------------------------------------

UNLIMITED = 1 << 30
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAME_PART = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_UNDERSCORED = r"_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"


def _grammar(what: str, pattern: str, longest: int) -> Check:
    """A check for texts that match a pattern whole and are no longer than ``longest``."""
    matches = re.compile(pattern).fullmatch

    def check(value: str) -> str | None:
        if len(value) > longest:
            return f"{quoted(value)} has {len(value)} characters; at most {longest} are allowed"
        return None if matches(value) else f"{quoted(value)} is not {what}"

    return check


label = _grammar(
    'a DNS label: lowercase letters, digits and "-", starting and ending with a letter or digit', _LABEL, 63
)
"""RFC 1123 label: names of namespaces, containers, volumes."""
subdomain = _grammar(
    'a DNS subdomain: lowercase letters, digits, "-" and ".", each part starting and ending with a letter or digit',
    rf"{_LABEL}(?:\.{_LABEL})*", 253,
)  # fmt: skip
"""RFC 1123 subdomain: the name of most kinds."""
label_1035 = _grammar(
    'a DNS-1035 label: lowercase letters, digits and "-", starting with a letter and ending with a letter or digit',
    r"[a-z](?:[-a-z0-9]*[a-z0-9])?", 63,
)  # fmt: skip
"""RFC 1035 label: names of Services, and of whatever Services are made for."""
subdomain_with_underscore = _grammar(
    'a DNS subdomain, in which "_" is allowed too', rf"{_UNDERSCORED}(?:\.{_UNDERSCORED})*", 253
)
label_value = _grammar(
    'a label value: letters, digits, "-", "_" and ".", starting and ending with a letter or digit, or empty',
    rf"(?:{_NAME_PART})?", 63,
)  # fmt: skip
http_header = _grammar('an HTTP header name: letters, digits and "-"', r"[-A-Za-z0-9]+", UNLIMITED)
percent = _grammar('a percentage such as "25%"', r"[0-9]+%", UNLIMITED)
_strict_env = _grammar(
    'an environment variable name: letters, digits, "_", "-" and ".", not starting with a digit',
    r"[-._a-zA-Z][-._a-zA-Z0-9]*", UNLIMITED,
)  # fmt: skip
_relaxed_env = _grammar(
    'an environment variable name: printable ASCII characters other than "="', r"[ -<>-~]+", UNLIMITED
)
DURATION = re.compile(r"[+-]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)")
"""A time as Go reads it. Source: https://pkg.go.dev/time#ParseDuration"""
_config_key = _grammar('a config key: letters, digits, "-", "_" and "."', r"[-._a-zA-Z0-9]+", 253)
_name_part = _grammar(
    'the name part of a qualified name: letters, digits, "-", "_" and ".", starting and ending with a letter or digit',
    _NAME_PART, 63,
)  # fmt: skip


def _backstep(value: str) -> str | None:
    """Names of files may not be, or begin like, the parent folder."""
    return f'{quoted(value)} must not be "." or start with ".."' if value == "." or value[:2] == ".." else None


def env_name(value: str, version: str) -> str | None:
    """Name of an environment variable. Since 1.32 nearly anything goes (RelaxedEnvironmentVariableValidation)."""
    return _relaxed_env(value) if since(version, "1.32") else _strict_env(value) or _backstep(value)


def config_key(value: str) -> str | None:
    """Key of a ConfigMap or Secret."""
    return _config_key(value) or _backstep(value)


def qualified(value: str) -> str | None:
    """A name with an optional DNS prefix: label keys, finalizers, resource names."""
    prefix, slash, name = value.rpartition("/")
    if slash:
        if "/" in prefix:
            return f'{quoted(value)} has more than one "/"'
        wrong = subdomain(prefix) if prefix else f'{quoted(value)} has nothing before its "/"'
        if wrong:
            return wrong
    return _name_part(name) if name else f"{quoted(value)} has no name" if slash else "must not be empty"


label_key = qualified


def domain_prefixed(value: str) -> str | None:
    """A qualified name whose prefix is not optional."""
    wrong = qualified(value)
    return wrong or (None if "/" in value else f"{quoted(value)} needs a domain prefix, as in example.com/x")


def path_segment(value: str) -> str | None:
    """Names of RBAC kinds: whatever fits between two slashes of a URL."""
    if value in (".", "..") or "/" in value or "%" in value:
        return f'{quoted(value)} must not be "." or "..", nor hold "/" or "%"'
    return None


def port_name(value: str) -> str | None:
    """IANA service name. Source: https://www.rfc-editor.org/rfc/rfc6335#section-5.1"""
    if len(value) > 15:
        return f"{quoted(value)} has {len(value)} characters; at most 15 are allowed"
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", value) or value.replace("-", "").isdigit():
        return f'{quoted(value)} is not a port name: lowercase letters, digits, single "-" inside, at least one letter'
    return None


def port_number(value: int) -> str | None:
    return None if 1 <= value <= 65535 else f"must be between 1 and 65535, got {value}"


def masked(check: Check) -> Check:
    """The check for a text that may end in a dash, because something is to be added to it."""
    return lambda value: check(value[:-2] + "a" if len(value) > 1 and value[-1] == "-" else value)


# --- quantities -----------------------------------------------------------------------------------

NANO = 10**9
_QUANTITY = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_DECIMAL = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{letter}i": 2 ** (10 * power) for power, letter in enumerate("KMGTPE", 1)}
_LARGEST_BINARY = (2**63 - 1) * NANO
_SCALES = 400
"""Exponents are cut to this many digits, far beyond what any comparison can tell apart."""


def quantity(value: object) -> int | None:
    """A quantity in billionths, its exact value to the server; None if it is not one. null is zero.

    Numbers are read as their text. What is finer than a billionth is rounded away from zero, and values with a
    binary suffix stop at the largest int64. A number needs a digit: the server also reads "Mi" and "+" as zero.
    """
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, int):
        return value * NANO
    return _parse(value.strip(" ") if isinstance(value, str) else repr(value))


@lru_cache(maxsize=4096)
def _parse(value: str) -> int | None:
    match = _QUANTITY.fullmatch(value)
    if match is None:
        return None
    sign, whole, fraction, suffix = match.groups("")
    digits = whole + fraction
    if not digits or len(digits) > _SCALES:
        return None
    amount: int = int(digits)
    if suffix in _BINARY:
        amount *= _BINARY[suffix]
        exponent = 9 - len(fraction)
    elif suffix in _DECIMAL:
        exponent = 9 - len(fraction) + _DECIMAL[suffix]
    else:
        power = suffix[1:].lstrip("+-").lstrip("0")[:5] or "0"
        exponent = 9 - len(fraction) + max(-_SCALES, min(_SCALES, int(power))) * (-1 if suffix[1] == "-" else 1)
    nanos: int = amount * 10**exponent if exponent >= 0 else -(-amount // 10**-exponent)
    if suffix in _BINARY:
        nanos = min(nanos, _LARGEST_BINARY)
    return -nanos if sign == "-" else nanos


def is_whole(nanos: int) -> bool:
    """Whether the server takes a quantity for a whole number: it looks at thousandths, rounded up, in 64 bits.

    More do not fit: of a number with many digits the lower ones are left, and of a short one nothing.
    """
    thousandths = -(-nanos // 10**6)
    if -(2**63) <= thousandths < 2**63:
        return thousandths % 1000 == 0
    return len(str(abs(nanos)).rstrip("0")) <= 18 or abs((thousandths + 2**63) % 2**64 - 2**63) % 1000 == 0


def int_or_percent(value: object) -> tuple[int, bool] | None:
    """A count or a percentage, as (number, is percentage); None for what is neither."""
    if isinstance(value, str):
        return None if percent(value) or len(value) > 12 else (int(value[:-1]), True)
    number = integer(value)
    return None if number is None else (number, False)


# --- labels, selectors, metadata ------------------------------------------------------------------

LARGEST_ANNOTATIONS = 256 * 1024


def labels(value: object, at: Pointer) -> Iterator[Complaint]:
    """A map of labels."""
    for key, item in pairs(value):
        wrong = qualified(key)
        if wrong:
            yield complaint(at, f"key: {wrong}", key)
        wrong = label_value(text(item))
        if wrong:
            yield complaint(at, f"value of {quoted(key)}: {wrong}", key)


def annotation_map(value: object, at: Pointer) -> Iterator[Complaint]:
    """A map of annotations: keys as those of labels in any case, and a limit to the sum of all."""
    size = 0
    for key, item in pairs(value):
        wrong = qualified(key.lower())
        if wrong:
            yield complaint(at, f"key: {wrong}", key)
        size += len(key.encode(errors="replace")) + len(text(item).encode(errors="replace"))
    if size > LARGEST_ANNOTATIONS:
        yield complaint(at, f"keys and values have {size} bytes; at most {LARGEST_ANNOTATIONS} are allowed")


def label_selector(value: object, at: Pointer, *, any_values: bool = False) -> Iterator[Complaint]:
    """A LabelSelector. ``any_values``: values of expressions need not be label values, as in old APIs."""
    selector = mapping(value)
    yield from labels(selector.get("matchLabels"), (*at, "matchLabels"))
    for i, expression in objects(selector.get("matchExpressions")):
        here = (*at, "matchExpressions", i)
        operator, values = text(expression.get("operator")), texts(expression.get("values"))
        if operator in ("In", "NotIn"):
            if not values:
                yield complaint((*here, "values"), f"operator {operator} needs values")
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                yield complaint((*here, "values"), f"operator {operator} takes no values")
        else:
            yield complaint(
                (*here, "operator"), f"must be one of In, NotIn, Exists, DoesNotExist, got {quoted(operator)}"
            )
        wrong = qualified(text(expression.get("key")))
        if wrong:
            yield complaint((*here, "key"), wrong)
        for j, item in () if any_values else values:
            wrong = label_value(item)
            if wrong:
                yield complaint((*here, "values", j), wrong)


def matches(selector: object, labelled: object) -> bool:
    """Whether a valid LabelSelector selects an object with these labels."""
    have = mapping(labelled)
    wanted = mapping(selector)
    if any(key not in have or text(have[key]) != text(item) for key, item in pairs(wanted.get("matchLabels"))):
        return False
    for _, expression in objects(wanted.get("matchExpressions")):
        key, operator = text(expression.get("key")), text(expression.get("operator"))
        among = key in have and text(have[key]) in [item for _, item in texts(expression.get("values"))]
        if not {"In": among, "NotIn": not among, "Exists": key in have, "DoesNotExist": key not in have}.get(operator):
            return False
    return True


def _owners(value: object, at: Pointer) -> Iterator[Complaint]:
    """The server names the list, not the item."""
    controllers = 0
    for i, owner in objects(value):
        version = text(owner.get("apiVersion"))
        if version.count("/") > 1 or not version.rpartition("/")[2]:
            yield complaint((*at, "apiVersion"), f"{quoted(version)} is not a version, as in apps/v1")
        for name in ("kind", "name", "uid"):
            if not text(owner.get(name)):
                yield complaint((*at, name), "must not be empty")
        if (version, owner.get("kind")) == ("v1", "Event"):
            yield complaint(at, "an Event cannot own anything", i)
        controllers += owner.get("controller") is True
    if controllers > 1:
        yield complaint(at, "only one owner may be the controller")


STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")


def _finalizers(value: object, at: Pointer, custom: bool) -> Iterator[Complaint]:
    names = texts(value)
    for i, name in names:
        wrong = qualified(name)
        if wrong:
            yield complaint(at, wrong, i)
        if not custom and "/" not in name and name not in STANDARD_FINALIZERS:
            yield complaint((*at, i), f"must be {one_of(STANDARD_FINALIZERS)}, or have a domain prefix")
    if {"orphan", "foregroundDeletion"} <= {name for _, name in names}:
        yield complaint(at, "orphan and foregroundDeletion exclude each other")


_TIME = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,]\d+)?"
    r"(?:Z|[+-](?:[01]\d|2[0-4]):(?:[0-5]\d|60))",
    re.ASCII,
)


def timestamp(value: str) -> str | None:
    """A time as RFC 3339 writes it."""
    match = _TIME.fullmatch(value)
    if match and 1 <= int(match[3]) <= monthrange(int(match[1]) or 4, int(match[2]))[1]:
        return None
    return f"{quoted(value)} is not a time such as 2026-01-31T12:00:00Z"


def timestamps(meta: object, at: Pointer) -> Iterator[Complaint]:
    """Times of an object's metadata: the server overwrites them, but must be able to read them first."""
    body = mapping(meta)
    for name in ("creationTimestamp", "deletionTimestamp"):
        value = body.get(name)
        wrong = timestamp(value) if isinstance(value, str) else None
        if wrong:
            yield complaint((*at, name), wrong)


def object_meta(
    meta: object, at: Pointer, *, namespaced: bool, name: Check = subdomain, custom: bool = False
) -> Iterator[Complaint]:
    """The metadata of an object that is to be created.

    A missing namespace is filled in by whoever applies it; that of a kind without namespaces the server clears.
    custom: of a custom resource, whose finalizers need no domain.
    """
    body = mapping(meta)
    given_name, stem, namespace = (text(body.get(key)) for key in ("name", "generateName", "namespace"))
    # Of a long generateName the server takes the first 58 characters; it adds five.
    given_name = given_name or (f"{stem[:58]}xxxxx" if stem else "")
    wrong = name(given_name) if given_name else "name or generateName is required"
    if wrong:
        yield complaint((*at, "name"), wrong)
    if stem and (wrong := masked(name)(stem)):
        yield complaint((*at, "generateName"), wrong)
    wrong = label(namespace) if namespaced and namespace else None
    if wrong:
        yield complaint((*at, "namespace"), wrong)
    yield from timestamps(body, at)
    yield from labels(body.get("labels"), (*at, "labels"))
    yield from annotation_map(body.get("annotations"), (*at, "annotations"))
    yield from _owners(body.get("ownerReferences"), (*at, "ownerReferences"))
    yield from _finalizers(body.get("finalizers"), (*at, "finalizers"), custom)
