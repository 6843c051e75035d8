"""What the name of an image says: whether it is a reference at all, its repository and tag, and whether that moves."""

import re

from ..engines import versions

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# A host is told from the first part of a path by a dot, a port or its name.
_HOST = rf"(?:{_WORD}(?:\.{_WORD})+|localhost|{_WORD}(?=:\d)|\[[0-9a-f:]+\])(?::\d+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@(?:sha256:[0-9a-f]{{64}}|sha512:[0-9a-f]{{128}}))?",
    re.ASCII,
)


def valid(image: str) -> bool:
    """Whether an image is a reference that the kubelet takes."""
    # A marker stands for what a cluster fills in; whether it is left over there is another rule's question.
    return bool(REFERENCE.fullmatch(re.sub(r"SITE_[A-Z0-9_]+", "site", image)))


MOVING = frozenset({
    "latest", "nightly", "main", "master", "dev", "develop", "edge", "canary", "head", "stable", "trunk", "rolling",
    "beta", "lts",
})  # fmt: skip
# A date, a build number or a commit pins a nightly. A version begins with a number (24.05, v0.4.6, 3-slim) or stands
# after a dash with a dot in it; the 12.4 of cu12.4 and the 3 of kimi-k3 are no versions of the image.
BUILD = re.compile(r"(?<![0-9a-z])(?:\d{6,}|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}|\d{4}[-.]\d\d[-.]\d\d)(?![0-9a-z])")
VERSION = re.compile(
    r"^[vr]?\d+(?![0-9a-z])|(?<![0-9a-z])[vr]?\d+\.\d+|(?<![0-9a-z])(?:release|build|rev)[-_.]?\d|(?<![0-9a-z])b\d{3,}"
)


def split(image: str) -> tuple[str, str]:
    """Repository and tag of an image; a colon before the last slash belongs to the registry's port."""
    folder, slash, name = image.partition("@")[0].rpartition("/")
    return folder + slash + name.partition(":")[0], name.partition(":")[2]


def tag_of(image: str) -> str | None:
    """The tag of an image; None if a digest pins it."""
    return None if image.partition("@")[2] else versions.tag_of(image)


def moves(tag: str) -> bool:
    """Whether a tag may name another image tomorrow."""
    tag = tag.lower()
    if BUILD.search(tag):
        return False
    return bool(MOVING & set(re.split(r"[-_.+]", tag))) or not VERSION.search(tag)
