"""What is known of one start of an engine, for what the engine itself would say of it."""

from ..engines.kind import Told
from ..model import Overlay, whole
from .arguments import Run, all_shown, hidden
from .engines import plain
from .environment import UNKNOWN, expand, settled
from .groups import group_of
from .placement import machines

APART = ("attn-dp-size",)
"""Arguments that share a meaning with others for who counts GPUs, but not for the engine's checks."""


def told_of(overlay: Overlay, run: Run) -> Told:
    """What is known of a run."""
    known, shown = settled(overlay, run.engine.container), all_shown(overlay, run)

    def value(name: str) -> str | None:
        given = run.find(name) or run.llm(name)
        if given is None or (name in APART and plain(given.name) != name):
            return "" if shown else None
        text = expand(str(given.value), known)
        return None if UNKNOWN in text or hidden(text) else text

    return Told(
        value=value,
        version=run.version,
        model=overlay.model,
        majors=frozenset(hw.capability[0] for hw in machines(overlay, run.engine.container.pod)),
        hosts=_hosts(overlay, run, value("nnodes")),
        variables=frozenset(known),
    )


def _hosts(overlay: Overlay, run: Run, nodes: str | None) -> int | None:
    """Over how many hosts a run spreads: as it is told, or as its group has pods and its launcher tells it."""
    if nodes:
        return whole(nodes)
    group = group_of(overlay, run.engine.container)
    return group.pods if group and "--nnodes" in run.engine.script else None
