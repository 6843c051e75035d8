"""A rendered text as objects."""

from .. import lines
from ..model import Resource, mappings
from . import locate


def parse(text: str) -> tuple[Resource, ...]:
    """The objects of a rendered text; a List counts as its items. Raises lines.BadYaml."""
    found = []
    for line, value in lines.load(text, trusted=True):
        if not isinstance(value, dict):
            raise lines.BadYaml(line, f"expected an object with apiVersion and kind, found {type(value).__name__}")
        if value.get("kind") == "List" and isinstance(value.get("items"), list):
            starts = locate.items(text, line)
            found += [Resource(item, starts.get(i, line)) for i, item in mappings(value["items"])]
        else:
            found.append(Resource(value, line))
    return tuple(found)
