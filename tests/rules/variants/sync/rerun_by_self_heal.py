"""What rerun-by-self-heal tells apart beyond its own examples."""

from servelint.rules.examples import marked
from servelint.rules.sync.rerun_by_self_heal import BAD

ALSO_GOOD = [(BAD, {"kind": "manifest"}), marked(BAD, "annotations: {argocd.argoproj.io/hook: Sync}")]
ALSO_BAD = [BAD.replace("86400", "0")]
