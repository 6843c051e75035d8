"""What broken-continuation tells apart beyond its own examples."""

from servelint.rules.examples import in_shell

ALSO_GOOD = [
    in_shell("echo 'a \\ b'"), in_shell("# a \\ b\necho"), in_shell("cat <<'EOF'\na \\ --b\nEOF"), in_shell("echo ä 'a \\ --b'"),
    in_shell("echo a \\\\ b"), in_shell("for i in 1; do\n  echo a; \\\n  done"),
]  # fmt: skip
ALSO_BAD = [
    in_shell("echo a \\ \n  b"), in_shell("for i in 1; do\n  echo a \\\n  done\n"), in_shell("echo a \\\n\n  | cat"),
    in_shell("serve \\ --tp-size 8"), in_shell("echo a \\"), in_shell("--tp-size 8 \\\n  --a", "serve"),
    in_shell("echo ä; serve \\ --tp-size 8"),
]  # fmt: skip
