"""What of a rendered overlay has the shape that its kind demands: all that most rules look at."""

import copy
from dataclasses import replace
from functools import partial

from ..model import Overlay, Resource
from ..server import conformance
from . import crash

SCHEMA = "schema-violation"


def well_typed(overlay: Overlay, on_crash: crash.OnCrash) -> tuple[Overlay, dict[int, Resource]]:
    """The overlay without values of a wrong type, and without objects that cannot be judged; what each copy was."""
    resources, original = [], {}
    for resource in overlay.resources:
        wrong = None
        with crash.caught(on_crash, "lint", partial(crash.On, overlay.path, resource), SCHEMA):
            wrong = [v.pointer for _, v in conformance.violations(resource, overlay.kubernetes) if v.keyword == "type"]
        if wrong is None:
            continue
        if wrong:
            body = copy.deepcopy(resource.body)
            # Deepest and last positions first: removing a list item moves those behind it.
            for pointer in sorted(wrong, key=lambda p: (len(p), [str(s).zfill(6) for s in p]), reverse=True):
                _remove(body, pointer)
            kept = Resource(body, resource.line)
            original[id(kept)] = resource
            resource = kept
        resources.append(resource)
    # What is as it was is not copied: what views remember of an overlay then serves the rules over the fleet, too.
    same = len(resources) == len(overlay.resources) and not original
    return (overlay if same else replace(overlay, resources=tuple(resources))), original


def _remove(body: object, pointer: tuple[str | int, ...]) -> None:
    for step in pointer[:-1]:
        try:
            body = body[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(body, dict) and pointer:
        body.pop(pointer[-1], None)
    elif isinstance(body, list) and pointer and isinstance(pointer[-1], int) and pointer[-1] < len(body):
        body[pointer[-1]] = None
