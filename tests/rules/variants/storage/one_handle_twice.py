"""What one-handle-twice tells apart beyond its own examples."""

from servelint.rules.examples import server, together
from servelint.rules.storage.one_handle_twice import _CLAIMS, _POD, BAD, _volume

ALSO_GOOD = [
    BAD.replace("claimName: two", "claimName: one"),  # one volume, mounted twice
    together(_volume("one", "team/a/a"), _volume("two", "team/a/a").replace("lustre.csi", "gcsfuse.csi"), _POD),
    together(_volume("one", "SITE_HANDLE"), _volume("two", "SITE_HANDLE"), _POD),
    together(_volume("one", "team/a/a"), _volume("two", "team/a/a"), server(pod=_CLAIMS % ("a", "one", "b", "three"))),
]  # fmt: skip
ALSO_BAD = [
    BAD.replace("lustre.csi", "gcsfuse.csi"),
    together(BAD, _POD.replace("name: server", "name: other")),
    together(_volume("one", "team/a/a"), _volume("two", "team/a/a"), server(kind="Job", pod=_CLAIMS % ("b", "two", "a", "one"))),
]  # fmt: skip
