"""What partial-artifact tells apart beyond its own examples."""

from __future__ import annotations

from typing import Any

from servelint.rules.examples import together
from servelint.rules.sync.partial_artifact import _FLUX, _GIT, _KNOWN, BAD


def _set(fields: str) -> tuple[Any, ...]:
    return (together(_GIT.replace("ignore: '/docs'", fields), _FLUX),), _KNOWN


ALSO_GOOD = [
    _set("sparseCheckout: [overlays, ./base/, hardware]"),
    _set('ignore: "# all\\n/*\\n!/overlays\\n!/base\\n!/hardware\\n"'),
    _set("ignore: 'docs/'"), _set("ignore: '*.md'"), _set("sparseCheckout: []"), (BAD, {"kind": "sync"}),
    (BAD[0].split("---")[1],), _set("ignore: '/overlays/clusters/baker'"), _set("ignore: '/base/bench'"),
]  # fmt: skip
ALSO_BAD = [
    _set("sparseCheckout: [overlays]"), _set('ignore: "/*\\n!/overlays\\n"'), _set("ignore: '/overlays/clusters'"),
    _set("sparseCheckout: [base, hardware, overlays/a4x]"), _set("ignore: 'hardware/'"), _set("ignore: '**/serve'"),
    _set("ignore: '/overlays/clusters/*'"),
]  # fmt: skip
