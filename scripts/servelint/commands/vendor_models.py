"""Reads a checkpoint's config.json into the facts of a model.yaml, or rewrites the store of those of a pinned wheel."""

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from ..catalogue.checkpoint import Unexpressed, facts
from ..vendoring.checkpoints import MAX_BYTES, STORE, build, known, parse
from ..vendoring.schemas import Unusable
from . import console
from .validate import guarded


def run(argv: Sequence[str] | None) -> int:
    """Parses arguments and does the work; returns the exit status."""
    parser = console.Parser(
        prog="vendor_models.py",
        description="Facts of a model.yaml out of a checkpoint's own config.json. Without MODEL, the store of them is "
        "rewritten from its pinned wheel.",
        epilog="example: vendor_models.py deepseek-ai/DeepSeek-V3.2",
    )
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a config.json on disk, or a model id of the store")
    parser.add_argument("--quantisation", type=Path, metavar="FILE", help="the hf_quant_config.json beside it")
    parser.add_argument("--wheel", type=Path, metavar="FILE", help="the pinned wheel, so that nothing is downloaded")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the store is out of date")
    parser.add_argument("--store", type=Path, default=STORE, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    try:
        if options.model:
            return _show(options.model, options.quantisation, options.store)
        data = build(options.wheel)
        stale = not options.store.exists() or options.store.read_bytes() != data
        if stale and not options.check:
            options.store.write_bytes(data)
    except Unexpressed as error:
        console.say(f"vendor_models: {options.model}: no model.yaml can say what it is: {error}")
        return 1
    except (Unusable, zipfile.BadZipFile) as error:
        console.say(f"vendor_models: {error}")
        return 2
    except OSError as error:
        console.say(f"vendor_models: {error.strerror}: {Path(str(error.filename)).name}")
        return 2
    models = known(options.store).values()
    told = f"{len(models)} models, {sum('facts' in row for row in models)} of them with facts"
    verb = "unchanged" if not stale else ("differs" if options.check else "wrote")
    console.write(f"{verb} {options.store.name}\n{told}\n")
    return 1 if options.check and stale else 0


def _show(model: str, quantisation: Path | None, store: Path) -> int:
    if model in (rows := known(store)):
        row = rows[model]
        if "facts" not in row:
            raise Unexpressed(row["unexpressed"])
        found = row["facts"]
    else:
        found = facts(_object(Path(model)), _object(quantisation) if quantisation else None)
    console.write(yaml.safe_dump(found, sort_keys=False, default_flow_style=None, width=120))
    return 0


def _object(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return parse(path.name, file.read(MAX_BYTES + 1))


def main() -> int:
    """The entry point, with the process's own arguments."""
    return guarded("vendor_models.py", lambda: run(None))
