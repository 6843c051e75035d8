"""A complaint in the API server's manner: which field, and what is wrong with it.

A place is a plain tuple of steps, extended with ``(*at, "ports", 1)``; the text that the server prints for it
(``spec.containers[0].ports[1]``) is made only when there is something to complain about. The readers below turn
values of any shape into the ones that Go's decoder would leave: null is the zero value, and a wrong type, which the
schema has reported by then, reads as absent.
Source: https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field#Path
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

Pointer = tuple[str | int, ...]
"""Path into a document: field names, map keys (as Key) and list positions, outermost first."""


class Key(str):
    """A step into a free-form map, which the server prints in brackets: ``limits[nvidia.com/gpu]``."""

    __slots__ = ()


class Complaint(NamedTuple):
    """One mistake. ``pointer`` may reach deeper than ``path``, which is the field that the server names."""

    pointer: Pointer
    path: str
    message: str


def path_of(at: Pointer) -> str:
    """The server's text for a place."""
    text = ""
    for step in at:
        if isinstance(step, (int, Key)):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def complaint(at: Pointer, message: str, *inside: str | int) -> Complaint:
    """A complaint about a field. ``inside``: steps below it that lead to the culprit and that the server leaves out."""
    return Complaint((*at, *inside), path_of(at), message)


def elsewhere(pointer: Pointer, at: Pointer, message: str) -> Complaint:
    """A complaint about ``pointer`` for which the server prints another place, ``at``."""
    return Complaint(pointer, path_of(at), message)


def quoted(value: object) -> str:
    """A value for a message: text in quotes, all of it cut to a readable length."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f'{text[:76]}…"' if isinstance(value, str) else f"{text[:77]}…"


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def pairs(value: object) -> list[tuple[str, Any]]:
    """Entries of a map whose keys are text; the schema reports the others."""
    return [(key, item) for key, item in value.items() if isinstance(key, str)] if isinstance(value, dict) else []


def objects(value: object) -> list[tuple[int, dict[str, Any]]]:
    """Position and item of every object in a list; null is an object without fields."""
    if not isinstance(value, list):
        return []
    return [(i, item or {}) for i, item in enumerate(value) if item is None or isinstance(item, dict)]


def texts(value: object) -> list[tuple[int, str]]:
    """Position and item of every text in a list; null is the empty text."""
    if not isinstance(value, list):
        return []
    return [(i, item or "") for i, item in enumerate(value) if item is None or isinstance(item, str)]


def text(value: object) -> str:
    """The value if it is text, else the empty text."""
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """The value if it is a whole number, else None. ``8.0`` reaches the server as 8; booleans are no numbers."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def number(source: dict[str, Any], name: str, default: int = 0) -> int:
    """A whole number field; its default if absent, and if it is something else."""
    value = integer(source.get(name))
    return default if value is None else value


def given(source: dict[str, Any], name: str) -> bool:
    """Whether a field has a value: absent and null are the same to the server."""
    return source.get(name) is not None


@cache
def since(version: str, first: str) -> bool:
    """Whether a Kubernetes version ("1.32") is ``first`` or later."""
    return [int(part) for part in version.split(".")] >= [int(part) for part in first.split(".")]


# --- checks that every kind repeats ---------------------------------------------------------------


def required(source: dict[str, Any], at: Pointer, *names: str) -> Iterator[Complaint]:
    """Fields that must hold a text or a list that is not empty."""
    for name in names:
        if not source.get(name):
            yield complaint((*at, name), "is required")


def checked(source: dict[str, Any], name: str, check: Callable[[str], str | None], at: Pointer) -> Iterator[Complaint]:
    """A text field that may be empty or absent, and else must pass a check."""
    value = text(source.get(name))
    wrong = check(value) if value else None
    if wrong:
        yield complaint((*at, name), wrong)


def named(source: dict[str, Any], name: str, check: Callable[[str], str | None], at: Pointer) -> Iterator[Complaint]:
    """A text field that is required and must pass a check."""
    value = text(source.get(name))
    wrong = check(value) if value else "is required"
    if wrong:
        yield complaint((*at, name), wrong)


def choice(
    source: dict[str, Any], name: str, allowed: tuple[str, ...], at: Pointer, *, empty: bool = True
) -> Iterator[Complaint]:
    """A field with few values. ``empty``: the server replaces the empty text, as it does null, by a default."""
    value = source.get(name)
    if value is not None and value not in allowed and not (empty and value == ""):
        yield complaint((*at, name), f"must be {one_of(allowed)}, got {quoted(value)}")


def chosen(source: dict[str, Any], name: str, allowed: tuple[str, ...], at: Pointer) -> Iterator[Complaint]:
    """A field with few values and no default."""
    if source.get(name) not in allowed:
        yield complaint((*at, name), f"must be {one_of(allowed)}, got {quoted(source.get(name) or '')}")


def within(
    source: dict[str, Any], name: str, low: int, high: int, at: Pointer, *, default: int | None = None
) -> Iterator[Complaint]:
    """A whole number between two limits. ``default``: what the server checks if the field is absent."""
    value = integer(source.get(name))
    value = default if value is None else value
    if value is not None and not low <= value <= high:
        yield complaint((*at, name), f"must be between {low} and {high}, got {value}")


def one_of(allowed: tuple[str, ...]) -> str:
    return allowed[0] if len(allowed) == 1 else f"one of {', '.join(allowed)}"
