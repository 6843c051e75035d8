"""Reads results of benchmarks, compares and draws them: ``python scripts/bench.py --help``."""

import os

# By its path: an import would look beside this file first, where a pull request can put what it likes.
START = os.path.join(os.path.dirname(os.path.realpath(__file__)), "servelint", "commands", "start.py")

if __name__ == "__main__":
    with open(START, encoding="utf-8") as file:
        source = file.read()
    names = {"__name__": "start", "__file__": START}
    exec(compile(source, START, "exec"), names)
    names["start"]("servelint.commands.bench")
