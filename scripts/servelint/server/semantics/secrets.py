"""What the webhooks of External Secrets refuse of an ExternalSecret and of a store, beyond their schemas.

Sources: apis/externalsecrets/v1/externalsecret_validator.go, externalsecret_types.go and runtime/esutils/utils.go of
https://github.com/external-secrets/external-secrets, read at v1.3.2. Durations are Go's, which the definition does not
say: there they are any text, and the webhook cannot read the object at all.
"""

import re
from collections.abc import Iterator
from typing import Any

from .field import Complaint, Pointer, complaint, elsewhere, mapping, objects, pairs, quoted, text
from .names import DURATION


def external_secret(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """ExternalSecret."""
    spec = mapping(body.get("spec"))
    interval = spec.get("refreshInterval")
    if isinstance(interval, str) and not DURATION.fullmatch(interval):
        numeric = re.fullmatch(r"[+-]?[0-9.]+", interval)
        what = "has no unit" if numeric else "is no duration such as 1h or 90m"
        yield complaint(("spec", "refreshInterval"), f"{quoted(interval)} {what}")
    yield from _policies(mapping(spec.get("target")))
    data, sources = objects(spec.get("data")), objects(spec.get("dataFrom"))
    if not data and not sources:
        yield elsewhere(("spec",), ("spec", "data"), "needs data or dataFrom")
    for i, source in sources:
        yield from _source(source, ("spec", "dataFrom", i))
    seen = set()
    for i, item in data if _policy(mapping(spec.get("target")), "deletionPolicy", "Retain") == "Retain" else ():
        key = text(item.get("secretKey"))
        if key in seen:
            yield complaint(("spec", "data", i, "secretKey"), f"{quoted(key)} stands here twice")
        seen.add(key)


def _policy(target: dict[str, Any], name: str, default: str) -> str:
    return text(target.get(name)) or default


def _policies(target: dict[str, Any]) -> Iterator[Complaint]:
    made, deleted = _policy(target, "creationPolicy", "Owner"), _policy(target, "deletionPolicy", "Retain")
    at: Pointer = ("spec", "target", "deletionPolicy")
    if deleted == "Delete" and made in ("Merge", "None"):
        yield complaint(at, f"Delete needs creationPolicy Owner: with {made} the Secret is not its own to delete")
    if deleted == "Merge" and made == "None":
        yield complaint(at, "Merge has no Secret to merge with, as creationPolicy None makes none")


def _source(source: dict[str, Any], at: Pointer) -> Iterator[Complaint]:
    reference = source.get("sourceRef")
    generated = mapping(reference).get("generatorRef") is not None
    ways = [name for name in ("find", "extract") if source.get(name) is not None]
    if len(ways) + generated > 1:
        yield complaint(at, "takes one of extract, find and a generatorRef")
    if not ways and reference is None:
        yield complaint(at, "needs extract, find or sourceRef")
    if reference is not None and not generated and mapping(reference).get("storeRef") is None:
        yield complaint((*at, "sourceRef"), "needs generatorRef or storeRef")


def store(body: dict[str, Any], version: str) -> Iterator[Complaint]:
    """SecretStore: what it authenticates with stands in its own namespace."""
    own = mapping(body.get("metadata")).get("namespace")
    for kind, provider in pairs(mapping(body.get("spec")).get("provider")):
        for reference, where in selectors(mapping(mapping(provider).get("auth")), ("spec", "provider", kind, "auth")):
            space = reference.get("namespace")
            if isinstance(space, str) and own is not None and space != own:
                yield complaint((*where, "namespace"), f"must be empty or the store's own, {quoted(own)}")


def selectors(auth: dict[str, Any], at: Pointer) -> Iterator[tuple[dict[str, Any], Pointer]]:
    """The accounts and Secrets, by ``name``, that a store's ``auth`` names, each with its place; ``at`` leads there.

    By the ending of their fields, which all providers share.
    """
    for key, value in auth.items():
        if isinstance(value, dict):
            if key.casefold().endswith(("secretref", "serviceaccountref")) and isinstance(value.get("name"), str):
                yield value, (*at, key)
            else:
                yield from selectors(value, (*at, key))
