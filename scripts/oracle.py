"""Ask the real engines what they take and what they refuse. Needs a network once a version, to fetch it; see --help.

python scripts/oracle.py                  every version that has a lock file
python scripts/oracle.py sglang-0.5.14    that one
"""

import os

# By its path: an import would look beside this file first, where a pull request can put what it likes.
START = os.path.join(os.path.dirname(os.path.realpath(__file__)), "servelint", "commands", "start.py")

if __name__ == "__main__":
    with open(START, encoding="utf-8") as file:
        source = file.read()
    names = {"__name__": "start", "__file__": START}
    exec(compile(source, START, "exec"), names)
    names["start"]("servelint.commands.oracle")
