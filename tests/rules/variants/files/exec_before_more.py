"""What exec-before-more tells apart beyond its own examples."""

from servelint.rules.examples import in_shell

ALSO_GOOD = [in_shell(script) for script in (
    "exec bench\necho failed\nexit 1", "exec bench &\nbench", "(exec bench)\nbench", "exec > log\nbench",
    "a && exec bench\nbench", "exec bench || bench", "if a; then exec bench; fi\nbench",
    "if a; then exec b; else c; fi\nbench", "exec bench\nf() { a; }", "for i in 1; do (exec bench); done",
    "exec bench\n--flag", "exec bench\necho failed >&2", "f() { exec bench; }\nbench",
)]  # fmt: skip
ALSO_GOOD += [in_shell(script) for script in (
    "exec a | tee log\nb", "f() { a; }\nf\nb", "cd a || exec b\nc", "exec a\nif (", "exec a\ntrue", "(( a ))\nb",
    "if a; then exec b; elif c; then exec d; fi\ne", "test a && exec b\nc", "exec\na", "$(exec a)\nb", "{ exec a; } &\nb", "exec a <<EOF\nEOF",
)]  # fmt: skip
ALSO_BAD = [in_shell(script) for script in (
    "for i in 1 2; do exec bench; done", "{ exec bench; }\nbench", "cd a && exec bench\nbench",
    "exec bench > log\nbench", "if a; then exec b; else exec c; fi\nbench", "f() { exec bench; }\nf\nbench",
    "export A=1 && B=2 && exec bench\nbench", "if a; then exec b; elif c; then exec d; else exec e; fi\nbench",
    "if a; then exec b; c; fi", "if a; then b; elif c; then exec d; e; fi",
)]  # fmt: skip
ALSO_BAD += [in_shell(script) for script in (
    "while a; do exec b; done", "(exec a\nb)", "A=1 && exec b\nc", "declare A=1\nexec b\nc", "case $1 in a) exec b; c;; esac",
    "f() { exec a; }\ncd b && f\nc", "exec a\nif b; then c; fi", "exec a\necho b\nc > log", "until a; do exec b; done",
    "if a; then exec b; else { exec c; }; fi\nd", "exec a\n[[ b ]]",
)]  # fmt: skip
