"""What broken-continuation tells apart beyond its own examples."""

from servelint.rules.files.broken_continuation import _runs

ALSO_GOOD = [
    _runs("echo 'a \\ b'"), _runs("# a \\ b\necho"), _runs("cat <<'EOF'\na \\ --b\nEOF"), _runs("echo ä 'a \\ --b'"),
    _runs("echo a \\\\ b"), _runs("for i in 1; do\n  echo a; \\\n  done"),
]  # fmt: skip
ALSO_BAD = [
    _runs("echo a \\ \n  b"), _runs("for i in 1; do\n  echo a \\\n  done\n"), _runs("echo a \\\n\n  | cat"),
    _runs("serve \\ --tp-size 8"), _runs("echo a \\"), _runs("--tp-size 8 \\\n  --a", "serve"),
    _runs("echo ä; serve \\ --tp-size 8"),
]  # fmt: skip
