"""Facts about public images: for which processors a tag is built, as whom it runs, and what Triton's images hold.

``images.yaml`` beside this file has them, each with its source. It is part of the validator, not of the fleet, so a
mistake in it is an error of the program and raises ValueError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cerberus
import yaml

from .shapes import IMAGES

FILE = Path(__file__).with_name("images.yaml")
NUMBER = re.compile(r"(?<![\d.])v?(\d+(?:\.\d+)+)")
NAMED = {
    "amd64": re.compile(r"(?<![a-z0-9])(?:amd64|x86[-_]64|x64|linux64)(?![a-z0-9])"),
    "arm64": re.compile(r"(?<![a-z0-9])(?:arm64(?:v8)?|aarch64|sbsa)(?![a-z0-9])"),
}
"""How names of images spell an architecture."""


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
    """The checked content of images.yaml. Raises ValueError with what is wrong in it."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    validator = cerberus.Validator(IMAGES, require_all=True)
    if not validator.validate(content):
        raise ValueError(f"{FILE.name}: {validator.errors}")
    return dict(content)


@lru_cache(maxsize=1024)
def built(image: str) -> Built | None:
    """What is known of an image's architectures; None if nothing is."""
    repository, tag = parts(image)
    written = {arch for arch, pattern in NAMED.items() if pattern.search(f"{repository}:{tag}".lower())}
    if len(written) == 1:
        return Built(frozenset(written), True, "its name says so")
    if written:
        return None
    version = numbers(tag)
    for entry in facts()["architectures"]:
        # Mirrors keep the name and change the registry before it.
        if repository != entry["image"] and not repository.endswith(f"/{entry['image']}"):
            continue
        bounded = "since" in entry or "before" in entry
        if not re.fullmatch(entry["tags"], tag) or (bounded and version is None):
            continue
        since, before = numbers(entry.get("since", "0.0")), numbers(entry.get("before", "9999.0"))
        if not bounded or (since or ()) <= (version or ()) < (before or ()):
            return Built(frozenset(entry["architectures"]), entry["certain"], entry["url"])
    return None


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
    name = repository.rpartition("/")[2]
    if name == "tritonserver":
        month = re.match(r"(\d\d\.\d\d)-trtllm", tag)
        found = facts()["tensorrt_llm"]["versions"].get(month[1]) if month else None
        return str(found) if found else None
    if re.search(r"tensorrt[-_]?llm|trt[-_]?llm", repository):
        match = re.match(r"v?(\d+\.\d+\.\d+(?:\.?(?:rc|post|dev)\d+)*)", tag)
        return match[1] if match else None
    return None
