"""Reads which options gcsfuse takes out of its own source, where one file declares every flag and configuration key."""

import json
import zipfile
from pathlib import Path
from typing import Any

import yaml

from ..catalogue.gcsfuse import FILE
from .schemas import LOADER, Unusable

MODULE = "github.com/googlecloudplatform/gcsfuse/v3"
DECLARED = "cfg/params.yaml"


def build(given: Path) -> bytes:
    """The list as its file holds it. given: the module as Go's proxy serves it, a zip, or a folder with its sources.

    Raises Unusable.
    """
    version, text = _read(given)
    try:
        declared = yaml.load(text, Loader=LOADER)["params"]
        options = {str(one["flag-name"]): _entry(one) for one in declared}
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise Unusable(f"{DECLARED} of gcsfuse is not as it was: {error}") from None
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(options.items()))
    head = {"module": MODULE, "version": version, "licence": "Apache-2.0", "read": DECLARED}
    return f'{json.dumps(head)[:-1]},\n "options": {{\n{rows}\n}}}}\n'.encode()


def _entry(one: dict[str, Any]) -> list[str]:
    """The type of a flag and its key in a configuration file, levels joined by colons; "" if it has none."""
    return [str(one["type"]), str(one.get("config-path") or "").replace(".", ":")]


def _read(given: Path) -> tuple[str, str]:
    """The version of the module, and the text of the file that declares its options."""
    if not zipfile.is_zipfile(given):
        folder = given.name.rpartition("@")[2] if "@" in given.name else ""
        file = given / DECLARED
        if not folder or not file.is_file():
            raise Unusable(f"{given.name} is no copy of the module {MODULE}, which ends in @<version>")
        return folder, file.read_text(encoding="utf-8")
    with zipfile.ZipFile(given) as archive:
        found = [name for name in archive.namelist() if name.startswith(f"{MODULE}@") and name.endswith(f"/{DECLARED}")]
        if len(found) != 1:
            raise Unusable(f"{given.name} is no zip of the module {MODULE}")
        return found[0].removeprefix(f"{MODULE}@").partition("/")[0], archive.read(found[0]).decode()


def is_current(data: bytes) -> bool:
    """Whether that is what the validator has."""
    return FILE.is_file() and FILE.read_bytes() == data
