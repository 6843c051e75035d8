"""The mount options of gcsfuse: read out of its module, whichever form that has, or refused with a reason."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from servelint.catalogue import gcsfuse as facts
from servelint.commands.vendor_arguments import run
from servelint.vendoring import gcsfuse
from servelint.vendoring.schemas import Unusable

DECLARED = """params:
- {flag-name: uid, config-path: file-system.uid, type: int}
- {flag-name: implicit-dirs, config-path: implicit-dirs, type: bool}
- {flag-name: debug_fs, type: bool}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the module as Go unpacks it."""
    (tmp_path / "v3@v3.1.0/cfg").mkdir(parents=True)
    (tmp_path / "v3@v3.1.0/cfg/params.yaml").write_text(DECLARED)
    return tmp_path / "v3@v3.1.0"


def test_a_folder_and_a_zip_give_one_list(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "v3.1.0.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{gcsfuse.MODULE}@v3.1.0/cfg/params.yaml", DECLARED)
    data = gcsfuse.build(packed)
    assert data == gcsfuse.build(folder)
    found = json.loads(data)
    assert found["version"] == "v3.1.0"
    assert found["options"] == {
        "debug_fs": ["bool", ""], "implicit-dirs": ["bool", "implicit-dirs"], "uid": ["int", "file-system:uid"],
    }  # fmt: skip


def test_what_is_no_copy_of_the_module_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Unusable, match="is no copy of the module"):
        gcsfuse.build(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("cfg/params.yaml", DECLARED)
    with pytest.raises(Unusable, match="is no zip of the module"):
        gcsfuse.build(tmp_path / "other.zip")
    (folder / "cfg/params.yaml").write_text("params: [{name: uid}]")
    with pytest.raises(Unusable, match="is not as it was"):
        gcsfuse.build(folder)


def test_the_command_compares(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--check", "--gcsfuse", str(folder)]) == 1
    assert run(["--check", "--gcsfuse", str(folder.parent)]) == 2
    assert run(["--check", "--gcsfuse", str(folder / "none")]) == 2
    said = capsys.readouterr()
    assert "differs gcsfuse.json" in said.out and "is no copy of the module" in said.err


def test_the_list_that_is_here() -> None:
    assert (facts.flags()["uid"], facts.keys()["file-system:uid"], facts.key_of("uid")) == (
        "int", "int", "file-system:uid",
    )  # fmt: skip
    assert facts.version()[0].isdigit() and not facts.DROPPED & facts.OWN
