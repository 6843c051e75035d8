"""When Argo CD applies an object."""

from __future__ import annotations

import pytest

from manifests import thing
from servelint.model import Resource
from servelint.views.waves import turn


@pytest.mark.parametrize(
    ("hook", "phase"),
    [
        ("", 0), ("Sync", 0), ("PreSync", -1), ("PostSync", 1), ("PreSync,PostSync", -1), ("Sync, PostSync", 0), ("PostSync , Sync", 0),
        (" PostSync ,", 1), ("Skip", None), ("SyncFail", None), ("PreSync,PostDelete", None), ("pre-install", -1), ("pre-upgrade,post-upgrade", -1),
        ("post-install,post-upgrade", 1), ("test", None), ("pre-delete", None), ("of-nobody", 0), ("PostSync,of-nobody", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["argocd.argoproj.io/hook", "helm.sh/hook"])
@pytest.mark.parametrize(("wave", "number"), [(None, 0), ("-1", -1), ("2", 2), ("soon", 0)])
def test_phase_and_wave(name: str, hook: str, phase: int | None, wave: str | None, number: int) -> None:
    notes = {name: hook} if hook else {}
    made = thing("Job", annotations=notes if wave is None else {**notes, "argocd.argoproj.io/sync-wave": wave})
    assert turn(Resource(made)) == (None if phase is None else (phase, number))


def test_hooks_of_both_names_count() -> None:
    both = {"argocd.argoproj.io/hook": "PostSync", "helm.sh/hook": "pre-install"}
    assert turn(Resource(thing("Job", annotations=both))) == (-1, 0)
