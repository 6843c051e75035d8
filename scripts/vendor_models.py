"""Facts of a model.yaml out of a checkpoint's config.json. Only the store of them needs a network; see --help.

python scripts/vendor_models.py                                  rewrite the store from its pinned wheel
python scripts/vendor_models.py --check                          exit 1 if that would change anything
python scripts/vendor_models.py deepseek-ai/DeepSeek-V3.2        print the facts of a model of the store
python scripts/vendor_models.py ../checkpoint/config.json        print those of a file
"""

import os

# By its path: an import would look beside this file first, where a pull request can put what it likes.
START = os.path.join(os.path.dirname(os.path.realpath(__file__)), "servelint", "commands", "start.py")

if __name__ == "__main__":
    with open(START, encoding="utf-8") as file:
        source = file.read()
    names = {"__name__": "start", "__file__": START}
    exec(compile(source, START, "exec"), names)
    names["start"]("servelint.commands.vendor_models")
