"""Whether controllers can use the names that an overlay would render: planned before it is written."""

from collections.abc import Iterable
from pathlib import Path

from ..model import Resource, mapping, prefix
from ..sources import Reader
from ..views.derived import overlong


def documents(root: Path, workload: str) -> list[Resource]:
    """The objects that the base of a workload holds. Raises ValueError with file and line of what cannot be read."""
    reader, made = Reader(root), list[Resource]()
    for file in sorted((root / "base" / workload).glob("*.yaml")):
        source, faults = reader.yaml_file(f"base/{workload}/{file.name}")
        if faults:
            raise ValueError(f"{faults[0].file!r}:{faults[0].line}: {faults[0].message}")
        made += [Resource(mapping(body)) for body in (source.documents if source else ())]
    return made


def spans_hosts(made: Iterable[Resource]) -> bool:
    """Whether the objects of a base are a server over several hosts."""
    return any(one.kind == "LeaderWorkerSet" for one in made)


def unusable(made: Iterable[Resource], path: str, hosts: int) -> str | None:
    """Why the overlay of a folder could not run for its names, with the figure and the cure; None if it could.

    made: the objects of its base. path: overlays/<hw>/<model>/<workload>. hosts: that one server spans.
    """
    before = prefix(path) or ""
    for one in made:
        called = Resource({**one.body, "metadata": {**one.metadata, "name": before + one.name}})
        if (wrong := overlong(called, hosts)) is not None:
            return f"{one.kind} {called.name} is too long a name: {wrong}, such as the model's folder"
    return None
