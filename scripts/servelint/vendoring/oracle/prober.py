"""Asks one version of an engine many command lines, and remembers.

A **setting** is a set of options and values. In a **context**, a model on a machine with as many ranks of tensor
parallelism as GPUs, the engine accepts a setting as it is, or it has **effects**: a line of its argument code refuses
it, or gives an option of it another value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from ...catalogue.facts import Hardware, Model
from ...engines.tables import weights
from .environment import ASKING, MODEL, Sandbox
from .probing import Options

Setting = frozenset[tuple[str, str | None]]
"""Fields of options with their values, as words; None is a switch that is on."""
BATCH = 400
"""Command lines of one question to a sandbox."""
KINDS = frozenset(
    {
        "AssertionError",
        "NotImplementedError",
        "RuntimeError",
        "SystemExit",
        "TypeError",
        "ValidationError",
        "ValueError",
    }
)
"""Errors by which an engine refuses, where its own line raises them; pydantic's are raised for a line that makes an
object of a class with bounds."""


class Effect(NamedTuple):
    """What a line does: gives a field another value, or refuses where there is no ``field``."""

    where: str
    field: str = ""
    becomes: str = ""


Outcome = frozenset[Effect] | None
"""What a setting leads to; nothing where it is accepted as it is, None where what came out says nothing."""


def refused(outcome: Outcome) -> Effect | None:
    """The refusal in an outcome."""
    return next((effect for effect in outcome or () if not effect.field), None)


class Context(NamedTuple):
    """A checkpoint on a machine: what an effect can depend on beside the arguments."""

    model: Model
    hardware: Hardware
    checkpoint: Path

    @property
    def name(self) -> str:
        return f"{self.model.id} on {self.hardware.name}"

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "major": self.hardware.capability[0],
            "architecture": self.model.architecture,
            "weights": weights(self.model),
        }


def contexts(
    models: Mapping[str, Model], hardware: Mapping[str, Hardware], checkpoints: Mapping[str, Path]
) -> tuple[list[Context], list[int]]:
    """One model of each kind on one machine of each generation of GPUs, and which of these stand for all: half of the
    kinds, once on each machine in turn."""
    kinds: dict[Any, str] = {}
    for name, model in sorted(models.items()):
        if name in checkpoints:
            kinds.setdefault(_kind(model, next(iter(hardware.values())))[:-1], name)
    machines: dict[tuple[int, int], Hardware] = {}
    for machine in hardware.values():
        machines.setdefault(machine.capability, machine)
    found: list[Context] = []
    some: list[int] = []
    for i, name in enumerate(kinds.values()):
        for j, machine in enumerate(machines.values()):
            some += [len(found)] if i % 2 == 0 and i // 2 % len(machines) == j else []
            found.append(Context(models[name], machine, checkpoints[name]))
    return found, some


class Server(NamedTuple):
    """A server of the fleet: its model and machine by name, and the arguments that it states."""

    model: str
    machine: str
    stated: Mapping[str, Any]


def starts(
    servers: Iterable[Server],
    models: Mapping[str, Model],
    hardware: Mapping[str, Hardware],
    contexts: Sequence[Context],
    options: Options,
) -> list[tuple[int, Setting]]:
    """The command lines of servers in the contexts that stand for their models and machines, one of those with the
    same options; those of a model without a configuration are left out, as are options that the version does not have
    or that take more than one word."""
    fields = {name: field for field, row in options.rows.items() for name in row["names"]}
    by_kind = {_kind(context.model, context.hardware): at for at, context in reversed(list(enumerate(contexts)))}
    found: dict[tuple[int, frozenset[str]], Setting] = {}
    for server in servers:
        at = by_kind.get(_kind(models[server.model], hardware[server.machine]))
        stated = {
            (fields[name], None if value is True else str(value))
            for name, value in server.stated.items()
            if name in fields and value is not False and isinstance(value, (bool, int, float, str))
        }
        if at is not None:
            found.setdefault((at, frozenset(name for name, _ in stated)), frozenset(stated))
    return [(at, setting) for (at, _), setting in found.items()]


def _kind(model: Model, hardware: Hardware) -> tuple[Any, ...]:
    """What is alike for models and machines that one context stands for."""
    return model.architecture, weights(model), bool(model.mtp_layers), hardware.capability


class Prober:
    """Asks one version in many contexts. kept: a file of answers, so that a run that was ended goes on where it was."""

    def __init__(
        self,
        engine: str,
        site: Path,
        options: Options,
        contexts: Sequence[Context],
        jobs: int = 1,
        kept: Path | None = None,
    ) -> None:
        self.engine, self.site, self.options, self.contexts = engine, site, options, contexts
        self.jobs, self.kept, self.writing = jobs, kept, Lock()
        self.boxes: dict[str, Sandbox] = {}
        self.threads = ThreadPoolExecutor(len({context.hardware.name for context in contexts}))
        self.known: dict[tuple[int, Setting], Outcome] = {}
        self.baseline: dict[int, set[str]] = {}
        self.asked: set[tuple[int, Setting]] = set()
        if kept is not None and kept.exists():
            by_name = {context.name: at for at, context in enumerate(contexts)}
            for line in kept.read_text(encoding="utf-8").splitlines():
                name, setting, effects = json.loads(line)
                outcome = None if effects is None else frozenset(Effect(*effect) for effect in effects)
                self.known[by_name[name], frozenset((field, value) for field, value in setting)] = outcome

    def close(self) -> None:
        """Ends the sandboxes."""
        self.threads.shutdown()
        for box in self.boxes.values():
            box.__exit__(None, None, None)

    @property
    def probes(self) -> int:
        """How many command lines were asked for, however many of them an earlier run had answered."""
        return len(self.asked)

    def argv(self, at: int, setting: Setting) -> list[str]:
        """The command line of a setting in a context."""
        context = self.contexts[at]
        words = [MODEL.get(self.engine, "--model"), str(context.checkpoint)]
        if not any(name == self.options.width for name, _ in setting):
            words += [f"--{self.options.name(self.options.width)}", str(context.hardware.gpus)]
        for name, value in sorted(setting, key=str):
            words += [f"--{self.options.name(name)}"] if value is None else [f"--{self.options.name(name)}={value}"]
        return words

    def outcomes(self, asked: Sequence[tuple[int, Setting]]) -> list[Outcome]:
        """What each of these settings leads to in its context, side by side and each once."""
        self.asked.update(asked)
        by_machine: dict[str, list[tuple[int, Setting]]] = {}
        for at, setting in dict.fromkeys(asked):
            if (at, setting) not in self.known:
                by_machine.setdefault(self.contexts[at].hardware.name, []).append((at, setting))
        for found in self.threads.map(lambda machine: self._judged(self.box(machine), by_machine[machine]), by_machine):
            self.known |= found
        return [self.known[one] for one in asked]

    def box(self, machine: str) -> Sandbox:
        """The sandbox of a machine."""
        if machine not in self.boxes:
            hardware = next(c.hardware for c in self.contexts if c.hardware.name == machine)
            self.boxes[machine] = Sandbox(self.engine, self.site, hardware, self.jobs)
        return self.boxes[machine]

    def _judged(self, box: Sandbox, asked: list[tuple[int, Setting]]) -> dict[tuple[int, Setting], Outcome]:
        """What one sandbox says; before that, which stand-ins a context without arguments asks for an answer: its
        verdicts do not differ by those."""
        if fresh := sorted({at for at, _ in asked} - self.baseline.keys()):
            answers = box.judge([self.argv(at, frozenset()) for at in fresh])
            self.baseline |= {at: set(answer["touched"]) for at, answer in zip(fresh, answers, strict=True)}
        found: dict[tuple[int, Setting], Outcome] = {}
        for i in range(0, len(asked), BATCH):
            part = asked[i : i + BATCH]
            answers = box.judge([self.argv(*one) for one in part])
            fresh_ones = {one: self._outcome(*one, answer) for one, answer in zip(part, answers, strict=True)}
            self._keep(fresh_ones)
            found |= fresh_ones
        return found

    def _keep(self, found: Mapping[tuple[int, Setting], Outcome]) -> None:
        if self.kept is not None:
            lines = [
                [self.contexts[at].name, sorted(setting, key=str), None if outcome is None else sorted(outcome)]
                for (at, setting), outcome in found.items()
            ]
            with self.writing, self.kept.open("a", encoding="utf-8") as file:
                file.write("".join(json.dumps(line) + "\n" for line in lines))

    def _outcome(self, at: int, setting: Setting, answer: dict[str, Any]) -> Outcome:
        if set(answer.get("touched", "?")) - self.baseline[at]:
            return None
        if answer["stage"] == "accepted":
            stated, replaced = {name for name, _ in setting}, answer["replaced"]
            return frozenset(
                Effect(self._place(*place.rsplit(":", 1)), name, final)
                for name, (final, place) in replaced.items()
                if name in stated and place
            )
        own = [f for f in answer["frames"] if not f[0].endswith(("/argparse.py", "/sandbox.py", "/_dataclasses.py"))]
        if answer["error"] not in KINDS or not own or not any(part in own[-1][0] for part in ASKING[self.engine]):
            return None
        file, line, text = own[-1]
        bound = answer["error"] == "ValidationError"
        refuses = bound or text.startswith(("raise", "assert", "parser.error"))
        return frozenset({Effect(self._place(file, line))}) if refuses else None

    def _place(self, file: str, line: object) -> str:
        path = Path(file)
        return f"{path.relative_to(self.site).as_posix() if path.is_relative_to(self.site) else path.name}:{line}"
