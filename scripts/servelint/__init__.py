"""servelint: proves that each overlay of the serving fleet will load before it is synced.

One straight line, one module a step:

    discover -> guard -> render -> parse -> schema -> lint -> locate -> waive -> report

Everything the steps pass on is declared in ``model``. A rule is one module in ``rules``. Who uses the package as a
library needs what is in ``__all__`` and no more; it stays as it is, as the command line does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from .model import Finding, NotValidated
    from .steps.report import Result

__version__ = "0.1.0"
"""Of the validator and the fleet alike; CHANGELOG.md says what came with it."""

__all__ = ["Finding", "NotValidated", "Result", "__version__", "validate"]


def validate(
    overlays: Sequence[str] = (),
    *,
    root: str | os.PathLike[str] | None = None,
    manifests: Mapping[str, str] | None = None,
    hardware: str | None = None,
    model: str | None = None,
    workload: str | None = None,
    changed_since: str | None = None,
    kubernetes_version: str | None = None,
    rules: Sequence[str] = (),
    skip: Sequence[str] = (),
    strict: bool = False,
    jobs: int | None = None,
    cache: bool = True,
    deadline: float | None = None,
    budget: float | None = None,
    most_overlays: int | None = None,
    most_files: int | None = None,
    shard: str | None = None,
) -> Result:
    """Validates overlays of a fleet, or YAML that was rendered elsewhere, as ``scripts/validate.py`` does.

    overlays: folders, or folders above some, relative to the root; none is every overlay and cluster.
    root: the repository, by default the one that holds this package.
    manifests: rendered YAML by the name to call it, as one set, in the place of overlays. Needs ``hardware``; that,
    ``model`` and ``workload`` are names of folders below hardware/, models/ and base/.
    changed_since: only overlays that differ, or build on what differs, from this commit.
    kubernetes_version: this one alone, in the place of the oldest of the hardware and the newest.
    rules, skip: ids; only these, and without those. strict: warnings block too.
    jobs: Kustomize processes at a time. cache: whether what was rendered before is used, and kept.
    deadline: seconds for the whole run. budget: MiB that all overlays may render to. What is not judged for the lack of
    either is a finding. most_overlays: that the fleet may have; most_files: that it may have had at ``changed_since``;
    of more nothing is judged. shard: ``I/N``, the Ith of N parts of about the same cost; what overlays are together is
    judged by a run without it.

    The result has the findings in order, each with rule, severity, overlay, file, line, message and hint; ``waived`` is
    the reason of the exception that hides one. ``verdict`` is what the exit status says: "clean", "blocked", or "none"
    where a rule crashed, which is the validator's fault and listed in ``crashes``; ``blocking()`` is what blocks.

    Raises NotValidated if nothing could be judged, with a message for whoever asked: options of which nothing could
    come, no overlay there, no Kustomize, a commit that git does not know, a manifest that is no YAML, facts or
    exceptions that are none. Raises OSError for a file that cannot be read.

    Starts processes (Kustomize, git) and prints nothing. The same input gives the same result.
    """
    from pathlib import Path

    from .steps import request
    from .steps.pipeline import Manifest

    for name, names in (("overlays", overlays), ("rules", rules), ("skip", skip)):
        if isinstance(names, str):
            raise request.BadOption(f"{name} is one text: give a list of them")
    if manifests is not None and not manifests:
        raise request.BadOption("manifests is empty")
    given: dict[str, Any] = {"jobs": jobs, "deadline": deadline, "budget": budget}
    given |= {"most_overlays": most_overlays, "most_files": most_files}
    options = request.Options(
        overlays=tuple(map(str, overlays)),
        manifests=tuple(manifests or ()),
        hardware=hardware,
        model=model,
        workload=workload,
        changed_since=changed_since,
        kubernetes_version=kubernetes_version,
        rules=tuple(rules),
        skip=tuple(skip),
        strict=strict,
        cache=cache,
        shard=shard,
        **{name: value for name, value in given.items() if value is not None},
    )
    top = Path(root if root is not None else Path(__file__).parents[2]).resolve()
    context = request.context(top, options)
    if manifests is not None:
        return request.of_manifests(context, options, [Manifest(*item) for item in manifests.items()])
    return request.of_overlays(context, request.wanted(context, options, top))


def __getattr__(name: str) -> Any:
    """The types of the library, each when somebody asks for it: an import of the package alone loads nothing."""
    homes = {"Finding": "model", "NotValidated": "model", "Result": "steps.report"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{homes[name]}", __name__), name)
