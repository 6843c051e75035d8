"""What broken-config-file tells apart beyond its own examples."""

from servelint.rules.examples import config_map

_NOTED = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {a: 'TEXT'}}"

ALSO_GOOD = [
    config_map({"a.yaml": "a: {{b}}: c"}), config_map({"a.json": '{"a": {{b}}'}), config_map({"a.toml": "a = {{b}}"}),
    config_map({"a.txt": "a: 1\na: 2"}), config_map({"a": '{"a": 1'}), config_map({"a": "a: 1"}),
    config_map({"a": "two words: 1\ntwo words: 2"}), config_map({"a.json": '{"a": 1}'}),
    _NOTED.replace("TEXT", '{"a": 1'), _NOTED.replace("TEXT", "a: 1, a: 2"), config_map({"a.yaml": ""}),
]  # fmt: skip
ALSO_BAD = [
    config_map({"a.yml": "a: b: c"}), config_map({"a.json": '{"a": 1, "a": 2}'}), config_map({"a.json": "{"}),
    config_map({"a.toml": "a = 1\na = 2"}), config_map({"a": '{"a": 1, "a": 2}'}), config_map({"a": "a: 1\na: 2"}),
    _NOTED.replace("TEXT", '{"a": 1, "a": 2}'), config_map({"a.YAML": "a: 1\na: 2"}),
]  # fmt: skip
