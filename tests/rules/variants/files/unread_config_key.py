"""What unread-config-key tells apart beyond its own examples."""

from servelint.rules.files.unread_config_key import _READ, _read

ALSO_GOOD = [
    _read(_READ, "moe_backend: DEEPGEMM"), _read(_READ, "tp-size: 8\ntp_size: 8"),
    _read("exec trtllm-serve model --extra_llm_api_options /etc/engine/engine.yaml", "tp_size: 8\nother: a"),
]  # fmt: skip
