"""Talks to an OpenAI-compatible server and prints the answer as it comes: ``python scripts/stream_chat.py --help``."""

import sys

from servelint.chat import main

if __name__ == "__main__":
    sys.exit(main())
