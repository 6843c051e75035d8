"""The words that controllers read: what is committed, and how it is found in sources."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from servelint.vendoring import schemas, words
from servelint.views.words import STORE, nearest
from servelint.views.words import words as vocabulary


def test_the_store_names_the_pinned_sources() -> None:
    held = json.loads(STORE.read_text())
    assert [(one["path"], one["version"], one["h1"]) for one in held["sources"]] == [
        (module.path, module.version, module.h1) for module in words.MODULES
    ]
    assert held["words"].keys() == words.PLACES.keys()


def test_modules_that_give_schemas_too_are_of_one_version() -> None:
    pinned = {module.path: module.version for module in schemas.MODULES}
    assert [module.path for module in words.MODULES if pinned.get(module.path, module.version) != module.version] == []


def _archive(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A module with some files in the place of all that are pinned."""
    path = folder / "module.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"example.com/tool@v1/{name}", text)
    with zipfile.ZipFile(path) as archive:
        module = schemas.Module("example.com/tool", "v1", schemas.module_sum(archive), "MIT", "", {})
    monkeypatch.setattr(words, "MODULES", (module,))
    monkeypatch.setattr(words, "PLACES", {"hook": (words.Place(module, "pkg/*.go", r'Hook = "(\w+)"'),)})
    return {module.path: path}


def test_words_come_from_the_named_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = _archive(
        tmp_path,
        {
            "pkg/deep/a.go": 'B Hook = "PreSync"\nA Hook = "After"\n', "pkg/a_test.go": 'A Hook = "OfATest"\n',
            "docs/a.go": 'A Hook = "Elsewhere"\n',
        },
        monkeypatch,
    )  # fmt: skip
    built = json.loads(words.build(archives))
    assert built["words"] == {"hook": ["After", "PreSync"]}
    assert built["sources"][0] | {"h1": ""} == {"path": "example.com/tool", "version": "v1", "licence": "MIT", "h1": ""}


def test_a_vocabulary_that_moved_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = _archive(tmp_path, {"pkg/a.go": "package a\n"}, monkeypatch)
    with pytest.raises(schemas.Unusable, match="no hook"):
        words.build(archives)


def test_another_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = _archive(tmp_path, {"pkg/a.go": 'A Hook = "After"\n'}, monkeypatch)
    with zipfile.ZipFile(archives["example.com/tool"], "a") as archive:
        archive.writestr("example.com/tool@v1/more.go", "")
    with pytest.raises(schemas.Unusable, match="not the pinned one"):
        words.build(archives)


def test_a_misspelt_word_has_the_nearest_one() -> None:
    assert nearest("Postsync", vocabulary("argocd-hook")) == "PostSync"
    assert nearest("unlike", vocabulary("argocd-hook")) is None
