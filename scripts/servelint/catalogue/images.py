"""Facts about public images: for which processors and GPUs a tag is built, as whom it runs, what Triton's images hold.

``images.yaml`` beside this file has them, each with its source. It is part of the validator, not of the fleet, so a
mistake in it is one of the program, and a test finds it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import lines
from .shapes import IMAGES

FILE = Path(__file__).with_name("images.yaml")
NUMBER = re.compile(r"(?<![\d.])v?(\d+(?:\.\d+)+)")
NAMED = {
    "amd64": re.compile(r"(?<![a-z0-9])(?:amd64|x86[-_]64|x64|linux64)(?![a-z0-9])"),
    "arm64": re.compile(r"(?<![a-z0-9])(?:arm64(?:v8)?|aarch64|sbsa)(?![a-z0-9])"),
}
"""How names of images spell an architecture."""


CUDA = re.compile(r"(?<![a-z0-9])cu(?:da)?[-_]?(\d\d)\.?(\d)(?:\.\d+)?(?![\d.])")
"""How tags spell a version of CUDA: cu124, cuda12.4, cu12.4.1."""
TOOLKITS: Mapping[int, tuple[int, int]] = {7: (9, 0), 8: (11, 0), 9: (11, 8), 10: (12, 8), 11: (13, 0), 12: (12, 8)}
"""The first CUDA that makes code for a compute capability of this major number. Code for another major number does not
run; a library may carry PTX, which the driver translates, and those of engines do not.
Source: https://docs.nvidia.com/cuda/blackwell-compatibility-guide and the like of other generations
"""
DRIVERS: Mapping[int, int] = {11: 450, 12: 525, 13: 580}
"""The driver branch that each CUDA asks for at least, by its major number.
Source: https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
"""
OWN = "its name says so"


@dataclass(frozen=True)
class Kernels:
    """What the GPU code of an image is made with, and the compute capabilities that it is made for, if it says so.

    listed: the image is one of the table. why: its own name, or the address where that was read.
    """

    cuda: tuple[int, int]
    capabilities: tuple[tuple[int, int], ...]
    certain: bool
    listed: bool
    why: str

    def misses(self, capability: tuple[int, int]) -> bool:
        """Whether there is no code for GPUs of a compute capability: code runs on those of its own major number with
        as high a minor one. Not of a generation that nobody knows yet."""
        if self.capabilities:
            return not any(major == capability[0] and minor <= capability[1] for major, minor in self.capabilities)
        return capability[0] in TOOLKITS and self.cuda < TOOLKITS[capability[0]]


@dataclass(frozen=True)
class Built:
    """For which architectures an image is built. ``why``: its own name, or the address where that was read."""

    architectures: frozenset[str]
    certain: bool
    why: str


def parts(image: str) -> tuple[str, str]:
    """Repository and tag of an image; the tag is empty if there is none. A digest says nothing here."""
    folder, slash, name = image.strip().partition("@")[0].rpartition("/")
    name, _, tag = name.partition(":")
    return folder + slash + name, tag


def numbers(text: str) -> tuple[int, ...] | None:
    """The first version in a text as numbers: (0, 4, 6) of ``v0.4.6.post4-cu124``."""
    match = NUMBER.search(text)
    return tuple(int(number) for number in match[1].split(".")) if match and len(match[1]) < 40 else None


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    """The content of images.yaml; that it has the right shape is for ``mistakes``, which costs more than all else."""
    return dict(lines.load(FILE.read_text(encoding="utf-8"))[0][1])


def mistakes() -> dict[str, Any]:
    """What is wrong with the shape of images.yaml, by its keys; a test asks, as it does of code."""
    import cerberus

    validator = cerberus.Validator(IMAGES, require_all=True)
    validator.validate(facts())
    return dict(validator.errors)


@lru_cache(maxsize=1024)
def built(image: str) -> Built | None:
    """What is known of an image's architectures; None if nothing is."""
    repository, tag = parts(image)
    written = {arch for arch, pattern in NAMED.items() if pattern.search(f"{repository}:{tag}".lower())}
    if len(written) == 1:
        return Built(frozenset(written), True, "its name says so")
    if written:
        return None
    entry = _entry("architectures", repository, tag)
    return Built(frozenset(entry["architectures"]), entry["certain"], entry["url"]) if entry else None


def _entry(table: str, repository: str, tag: str) -> dict[str, Any] | None:
    """The first entry of a table that holds for a tag."""
    version = numbers(tag)
    for entry in facts()[table]:
        # Mirrors keep the name and change the registry before it.
        if repository != entry["image"] and not repository.endswith(f"/{entry['image']}"):
            continue
        bounded = "since" in entry or "before" in entry
        if not re.fullmatch(entry["tags"], tag) or (bounded and version is None):
            continue
        since, before = numbers(entry.get("since", "0.0")), numbers(entry.get("before", "9999.0"))
        if not bounded or (since or ()) <= (version or ()) < (before or ()):
            return dict(entry)
    return None


@lru_cache(maxsize=1024)
def kernels(image: str) -> Kernels | None:
    """What is known of the GPU code in an image; None if nothing is. What its name says of CUDA comes first."""
    repository, tag = parts(image)
    said, held, entry = CUDA.search(tag.lower()), _month(repository, tag), _entry("kernels", repository, tag)
    if said is None and held is not None:
        return Kernels(_pair(held["cuda"]), (), True, True, facts()["triton"]["url"])
    if said is None and entry is None:
        own = numbers(tag) if repository == "nvidia/cuda" or repository.endswith("/nvidia/cuda") else None
        return Kernels((own[0], own[1]), (), True, False, OWN) if own else None
    fewer = tuple(_pair(text) for text in entry.get("capabilities", ())) if entry else ()
    cuda = (int(said[1]), int(said[2])) if said else _pair(entry["cuda"] if entry else "")
    certain, why = (entry["certain"], entry["url"]) if entry and (fewer or not said) else (True, OWN)
    return Kernels(cuda, fewer, certain, entry is not None, why)


def _pair(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _month(repository: str, tag: str, engine: str = "trtllm|vllm") -> dict[str, str] | None:
    """What one of Triton's images with an engine holds, by the month in its tag."""
    match = re.match(rf"(\d\d\.\d\d)-({engine})-", tag) if repository.rpartition("/")[2] == "tritonserver" else None
    return facts()["triton"][match[2]].get(match[1]) if match else None


@lru_cache(maxsize=1024)
def runs_as_root(image: str) -> str | None:
    """Where it is to be read that an image starts its program as root; None if nothing is known of it."""
    repository, _ = parts(image)
    for entry in facts()["root"]:
        if repository == entry["image"] or repository.endswith(f"/{entry['image']}"):
            return str(entry["url"])
    return None


def tensorrt_llm(image: str) -> str | None:
    """The version of TensorRT-LLM in an image, by its tag; None where the tag does not tell."""
    repository, tag = parts(image)
    if repository.rpartition("/")[2] == "tritonserver":
        held = _month(repository, tag, "trtllm")
        return str(held["engine"]) if held else None
    if re.search(r"tensorrt[-_]?llm|trt[-_]?llm", repository):
        match = re.match(r"v?(\d+\.\d+\.\d+(?:\.?(?:rc|post|dev)\d+)*)", tag)
        return match[1] if match else None
    return None


def vllm(image: str) -> str | None:
    """The version of vLLM in an image of Triton, by its month; None where that does not tell."""
    held = _month(*parts(image), "vllm")
    return str(held["engine"]) if held else None
