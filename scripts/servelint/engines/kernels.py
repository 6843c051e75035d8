"""GPUs that kernels are built for, by the major number of their compute capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalogue.facts import Hardware

BEFORE_BLACKWELL, HOPPER, BLACKWELL = range(8, 10), range(9, 10), range(10, 100)
"""Ampere, Ada and Hopper; Hopper; Blackwell and later, of whichever size."""


def refusal(majors: range, hardware: Hardware) -> str | None:
    """Why kernels that are built for these do not run on a machine's GPUs; None if they do."""
    if hardware.capability[0] in majors:
        return None
    named = " and ".join(f"{major}.x" for major in majors) if majors is not BLACKWELL else f"{majors.start}.0 and later"
    gpu = f"{hardware.accelerator} (compute capability {hardware.compute_capability})"
    return f"is built for compute capability {named}, not for {gpu}"
