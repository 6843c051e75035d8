"""What reads a model's tool calls and reasoning, by engine: names that are one reader, and what is written alike.

Names are those of the newest versions that have lists; an older one knows fewer, which ``wrong-argument-value`` says.
Sources: sglang/srt/function_call/function_call_parser.py and parser/reasoning_parser.py of SGLang 0.5.23,
vllm/tool_parsers/__init__.py and vllm/reasoning/__init__.py of vLLM 0.33.0.
"""

from collections.abc import Mapping

Groups = tuple[tuple[str, ...], ...]

ALONE = {
    ("sglang", "tool_call"): (
        "apertus2509 beam cohere_command4 deepseekv3 deepseekv31 deepseekv32 deepseekv4 deepseekv41 dots glm47 gpt-oss "
        "k2_horizon kimi_k2 kimi_k3 lfm2 ling3 llama3 mimo minicpm5 mistral muse poolside_v1 pythonic spark25 step3 "
        "minimax-m2 minimax-m3 trinity interns1 hunyuan gigachat3 gigachat35 gemma4 inkling iquest_q1"
    ),
    ("vllm", "tool_call"): (
        "dots deepseek_v3 deepseek_v31 deepseek_v32 deepseek_v4 deepseek_v41 cohere_command3 cohere_command4 ernie45 "
        "ling3 granite-20b-fc granite granite4 beam poolside_v1 hunyuan_a13b hy_v3 hy_v4 internlm jamba lfm2 kimi_k2 "
        "kimi_k3 k2_horizon llama4_pythonic longcat mimo minimax_m2 minimax_m3 minicpm5 mistral olmo3 plamo3 "
        "muse_glimmer openai phi4_mini_json pythonic seed_oss step3 step3p5 step5 inkling xlam gigachat3 functiongemma "
        "gemma4 apertus"
    ),
    ("sglang", "reasoning"): (
        "apertus2509 beam k2_horizon hunyuan gpt-oss kimi kimi_k3 muse minimax-m3 mistral gemma4 inkling "
        "cohere_command4"
    ),
    ("vllm", "reasoning"): (
        "poolside_v1 cohere_command3 cohere_command4 gemma4 openai_gptoss granite beam hunyuan_a13b hy_v3 hy_v4 "
        "kimi_k3 k2_horizon minimax_m3 mistral muse muse_glimmer inkling"
    ),
}
"""Readers of a format of their own."""
SHARED: Mapping[tuple[str, str], Groups] = {
    ("sglang", "tool_call"): (
        ("qwen", "qwen25", "hermes"),  # JSON between <tool_call> tags
        ("glm", "glm45"),
        ("qwen3_coder", "step3p5", "nanbeige"),
    ),
    ("vllm", "tool_call"): (
        ("hermes", "qwen3_json"),
        ("glm45", "glm47"),
        ("llama3_json", "llama4_json"),
        ("qwen3_coder", "qwen3_xml"),
        ("muse", "musespark1x"),
    ),
    # Those that read what stands between <think> tags. They differ in what a text without the first tag is.
    ("sglang", "reasoning"): (
        (
            "deepseek-r1",
            "deepseek-v3",
            "dots",
            "glm45",
            "ling3",
            "kimi_k2",
            "mimo",
            "poolside_v1",
            "qwen3",
            "qwen3-thinking",
            "minimax",
            "minimax-append-think",
            "nanbeige",
            "step3",
            "step3p5",
            "nemotron_3",
            "granite_thinking_parser",
            "interns1",
            "gigachat35",
            "iquest_q1",
        ),
    ),
    ("vllm", "reasoning"): (
        (
            "deepseek_r1",
            "deepseek_v3",
            "ernie45",
            "glm45",
            "glm47",
            "ling3",
            "granite_thinking_parser",
            "holo2",
            "kimi_k2",
            "mimo",
            "minicpmv",
            "minimax_m2",
            "minimax_m2_append_think",
            "nemotron_v3",
            "olmo3",
            "plamo3",
            "qwen3",
            "seed_oss",
            "step3",
            "step3p5",
            "step5",
        ),
    ),
}
"""Names that read one format."""
PARSERS = {
    key: {name: group for group in (*((one,) for one in ALONE[key].split()), *SHARED[key]) for name in group}
    for key in ALONE
}
"""By engine and what is read: each name, with all that read the same."""


def alike(engine: str, what: str, name: str, names: tuple[str, ...]) -> bool | None:
    """Whether a parser reads what one of ``names`` does. None of one that nobody has listed: a plug-in's, a new one."""
    group = PARSERS.get((engine, what), {}).get(name)
    return None if group is None else not set(group).isdisjoint(names)
