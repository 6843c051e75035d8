"""What overwritten-config tells apart beyond its own examples."""

from servelint.rules.files.overwritten_config import _write

_FILE = "/tmp/options.yaml"
_OUT = "out=/tmp/a\necho a > $out"

ALSO_GOOD = [_write(then) for then in (
    f": > {_FILE}\necho b > {_FILE}", f"cat {_FILE}\necho b > {_FILE}", f"use < {_FILE}\necho b > {_FILE}",
    f"if a; then echo b > {_FILE}; fi", f"a && {{ echo b > {_FILE}; }}", f"rm {_FILE}\necho b > {_FILE}",
    f"echo b 2> {_FILE}", f"a && echo b > {_FILE}", f"a || echo b > {_FILE}",
    f"f() {{ echo b > {_FILE}; }}", f"for i in 1; do echo b > {_FILE}; done",
    f"case $a in b) echo b > {_FILE};; esac", f"cp {_FILE} a.yaml\necho b > {_FILE}", f"echo b | tee -a {_FILE}",
    "echo b > /tmp/other.yaml",
)]  # fmt: skip
ALSO_GOOD += [_write("out=/tmp/b\necho b > $out\nuse $out", _OUT), _write("echo b > a.txt", "echo a > a.txt")]
ALSO_GOOD += [_write(then) for then in (
    f"if a; then b; else echo b > {_FILE}; fi", f"if a; then b; elif c; then echo b > {_FILE}; fi", f"> {_FILE}\necho b > {_FILE}",
    f"x={_FILE}\necho b > {_FILE}", f"use 3< {_FILE}\necho b > {_FILE}", f"cp {_FILE}\necho b > {_FILE}", f"if (\necho b > {_FILE}",
    f"until a; do echo b > {_FILE}; done", f"truncate {_FILE}\necho b > {_FILE}", f"echo b 2>> {_FILE}", f"echo b 2> {_FILE}\n", f"x={_FILE} a\necho b > {_FILE}",
    f"a && b > {_FILE}", f"echo $(cat {_FILE})\necho b > {_FILE}", f"cp a {_FILE}.d b", f"use ${{x}}{_FILE}\necho b > {_FILE}",
)]  # fmt: skip
ALSO_GOOD += [_write(then, ":") for then in (
    f"case $a in b) echo c > {_FILE};; d) echo e > {_FILE};; esac", f"if a; then echo b > {_FILE}; else echo c > {_FILE}; fi",
    f"f() {{ echo b > {_FILE}; }}\nf\nf", f"echo a > {_FILE}", f"echo a >> {_FILE}\necho b >> {_FILE}", "echo a > /dev/a.json\necho b > /dev/a.json",
    f"if a; then echo b > {_FILE}; elif c; then echo d > {_FILE}; fi", "cp a /tmp/b\ncp c /tmp/b\nuse /tmp/b",
)]  # fmt: skip
ALSO_GOOD += [
    _write(f"{then}\necho b > $out\nuse $out", _OUT) for then in ("eval a", "for out in a b; do c; done", ". a")
]
ALSO_BAD = [_write(then) for then in (
    f"echo b | tee {_FILE}", f"cp a.yaml {_FILE}", f"cat <<EOF > {_FILE}\nb\nEOF", f"f() {{ echo b > {_FILE}; }}\nf",
    f"echo b >| {_FILE}", f"echo b &> {_FILE}",
)]  # fmt: skip
ALSO_BAD += [_write("echo b > /tmp/a.json", "echo a > /tmp/a.json")]
ALSO_BAD += [_write("echo b > $out\nuse $out", _OUT), _write(f"echo c > {_FILE}", f"echo b >> {_FILE}")]
ALSO_BAD += [_write(then) for then in (
    f"{{ echo b > {_FILE}; }} > /tmp/log", f"cat <<EOF | tee {_FILE}\nb\nEOF", f"f() {{ f; echo b > {_FILE}; }}\nf", f"echo b 1> {_FILE}",
    f"(echo b > {_FILE})", f"sudo tee {_FILE} < a", f"mv a.yaml {_FILE}", f"install a.yaml {_FILE}", f"echo b &>> a\necho c > {_FILE}",
    f"true a\necho b > {_FILE}", f"if a; then b; fi\necho c > {_FILE}",
)]  # fmt: skip
ALSO_BAD += [_write(then, ":") for then in (
    f"case $a in b) echo c > {_FILE}; echo d > {_FILE};; esac", f"if a; then b; else echo b > {_FILE}; echo c > {_FILE}; fi",
    f"for i in 1; do echo b > {_FILE}; echo c > {_FILE}; done", f"a && echo b > {_FILE}\na; echo c > {_FILE}",
)]  # fmt: skip
