"""Regenerate the lists of engine arguments that the rules judge by. Only this needs a network; see --help.

python scripts/vendor_arguments.py               SGLang from its pinned wheels, the rest as the store has it
python scripts/vendor_arguments.py --check       exit 1 if that would change anything
python scripts/vendor_arguments.py --source tritonserver-2.54.0=../server@v2.54.0
"""

import sys

from servelint.vendoring_arguments import run

if __name__ == "__main__":
    sys.exit(run(None))
