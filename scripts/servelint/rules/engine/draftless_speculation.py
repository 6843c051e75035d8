"""Speculative decoding is to draft with modules that the checkpoint does not have.

MTP, NEXTN and EAGLE without a draft model of their own take the modules for multi-token prediction that some
checkpoints bring, DeepSeek's among them. Where there are none the engine looks for their weights after it has read
hundreds of gigabytes, and stops, or drafts with weights that nobody trained.
"""

from ...model import Overlay, Problem, Problems, once_a_place
from ...views.arguments import all_shown, runs
from ..examples import server

SEVERITY = "error"
HINT = "Name a draft model that was trained for this one, or take speculative decoding out."
SOURCE = "https://docs.sglang.ai/advanced_features/speculative_decoding.html"
COVERS = ("CFG-03",)
CONTEXT = {"hardware": "a4high", "model": "kimi-k2-instruct", "workload": "sglang-serve", "kind": "leaf"}

_EAGLE, _NEW = "--speculative-algorithm EAGLE", "lmsysorg/sglang:v0.5.14"
GOOD = server(f"{_EAGLE} --speculative-draft-model-path AQ-MedAI/Kimi-K2-Instruct-eagle3", image=_NEW)
BAD = server(_EAGLE, image=_NEW)


@once_a_place
def check(overlay: Overlay) -> Problems:
    model = overlay.model
    for run in runs(overlay) if model is not None and model.mtp_layers == 0 else ():
        drafting = run.engine.kind.drafting
        given = run.find(drafting.method) if drafting else None
        if model is None or drafting is None or given is None or str(given.value).upper() not in drafting.own:
            continue
        if all_shown(overlay, run) and not any(run.find(name) for name in drafting.drafts):
            name = drafting.drafts[0].rpartition(".")[2]
            message = f"{given.value} without {name} drafts with MTP modules, and {model.id} has none"
            yield Problem(given.resource, given.pointer, message)
