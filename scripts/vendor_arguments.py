"""Regenerate the lists of engine arguments that the rules judge by. Only this needs a network; see --help.

python scripts/vendor_arguments.py               SGLang and vLLM from pinned wheels, the rest as the store has it
python scripts/vendor_arguments.py --check       exit 1 if that would change anything
python scripts/vendor_arguments.py --source tritonserver-2.54.0=../server@v2.54.0
"""

import os

# By its path: an import would look beside this file first, where a pull request can put what it likes.
START = os.path.join(os.path.dirname(os.path.realpath(__file__)), "servelint", "commands", "start.py")

if __name__ == "__main__":
    with open(START, encoding="utf-8") as file:
        source = file.read()
    names = {"__name__": "start", "__file__": START}
    exec(compile(source, START, "exec"), names)
    names["start"]("servelint.commands.vendor_arguments")
