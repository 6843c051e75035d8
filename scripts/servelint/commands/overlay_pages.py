"""README.md of each overlay: what the overlay itself tells, and below it what people wrote.

The first part stands between two marks and is made anew each time; what stands behind the second mark is never touched.
Both are one file, because a reader wants one page, and because what is written by hand is then beside what it is about.
"""

import os
import posixpath
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from ..borders import files
from ..borders.printing import printable
from ..engines.kind import Kind
from ..model import mapping, mappings, whole
from ..planner.memory import GIB
from ..planner.plan import Plan
from ..sources import Reader
from ..steps.discover import targets
from ..views import kserve
from ..views.engines import Engine
from ..views.interfaces import annotated, entries
from ..views.loading import killer
from ..views.parallel import parallels
from .console import Usage
from .generated import between, table
from .overlay_facts import Facts, gather
from .plan import amount

MARK = "overlay"
EMPTY = f"<!-- {MARK}: begin -->\n<!-- {MARK}: end -->\n"
ROOT = "../../../.."
"""From an overlay's folder to the repository's."""
CLUSTERS = "../../../clusters/README.md"
NAMESPACE = "serving"
"""What base/platform/namespace makes, and every example cluster names."""

ROLES = {"serve": "server", "bench": "benchmark", "build": "engine build"}
TOOLS = {
    "argocd": ("Argo CD", "kubectl --namespace argocd get application {cluster} --watch"),
    "flux": (
        "Flux",
        "kubectl --namespace flux-system get kustomizations.kustomize.toolkit.fluxcd.io serving-fleet --watch",
    ),
}
"""How the folders of base/sync are called, and how one sees that they have applied a cluster."""
WATCHED = {
    "Deployment": ("rollout status deployment/{name}", "logs --follow deployment/{name} --container {container}"),
    "Job": ("get job {name} --watch", "logs --follow job/{name} --container {container}"),
    "LeaderWorkerSet": (
        "get leaderworkerset {name} --watch",
        "get pods --output wide --selector leaderworkerset.sigs.k8s.io/name={name}",
        "logs --follow {name}-0 --container {container}",
    ),
    "InferenceService": (
        "get inferenceservice {name} --watch",
        "logs --follow deployment/{name}-predictor --container {container}",
    ),
}
"""By the kind that runs the pods: how one sees them come up, and what they say."""


def pages(root: Path) -> dict[str, str]:
    """The README of every overlay by its path, with what is written by hand kept. Raises Usage."""
    found = {}
    for facts in gather(root):
        path = f"{facts.path}/README.md"
        old = _read(root, path) if os.path.lexists(root / path) else EMPTY
        try:
            own = old.split(f"<!-- {MARK}: end -->", 1)[-1]
            found[path] = between(old, MARK, page(facts, own))
        except ValueError as error:
            raise Usage(f"{path}: {error}; what is written by hand goes behind the second") from None
    return found


def refuse_orphans(root: Path) -> None:
    """Raises Usage for a README whose overlay is gone: what somebody wrote there is not for a command to drop."""
    reader = Reader(root)
    for target in targets(root):
        if target.kind == "leaf" and reader.kustomization_file(target.path) is None:
            path = f"{target.path}/README.md"
            if os.path.lexists(root / path):
                raise Usage(f"{path}: its overlay is gone: move the notes to where they belong, and delete the file")


def _read(root: Path, path: str) -> str:
    try:
        return files.read(root, path)
    except files.Refused as error:
        raise Usage(f"{path} {error}") from None


def page(facts: Facts, own: str = "") -> str:
    """The part that is made. ``own``: what is written by hand below it, whose headings it names."""
    blocks = [
        "<!-- Made by `make docs` from the overlay and the catalogue. Write below the end mark: it is kept. -->",
        f"# {title(facts)}",
        *_pointer(own),
    ]
    for heading, section in SECTIONS.items():
        found = [block for block in section(facts) if block]
        blocks += [f"## {heading}", *found] if found else []
    return "\n\n".join(blocks)


def title(facts: Facts) -> str:
    """Model, machine, and what the overlay is."""
    overlay, engine = facts.overlay, facts.engine
    what = f"{engine.kind.title} {ROLES.get(engine.role, engine.role)}" if engine else str(overlay.workload)
    model = overlay.model.id if overlay.model else facts.path.split("/")[2]
    span = f" over {facts.hosts} hosts" if facts.hosts > 1 else ""
    return printable(f"{model} on {facts.path.split('/')[1]}: {what}{span}")


def _pointer(own: str) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", own, flags=re.M | re.S)
    headings = re.findall(r"^## +(.*\S)", text, re.M)
    if headings:
        links = [f"[{name}](#{_anchor(name)})" for name in headings]
        yield _text(f"What only this overlay has is below: {_listed(links)}.")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- what it is ---


def _runs(facts: Facts) -> Iterator[str]:
    rows = [row for source in (_model, _image, _machine, _sizes, _objects) for row in source(facts)]
    yield table(("what", "here"), rows)


def _model(facts: Facts) -> Iterator[tuple[str, str]]:
    model = facts.overlay.model
    if model:
        gate = ", gated" if model.gated else ""
        size = f"{_gigabytes(model.disk_bytes)} in {model.native_precision.upper()}{gate}"
        yield "model", f"[`{model.id}`]({ROOT}/models/{model.name}/model.yaml), {size}"


def _image(facts: Facts) -> Iterator[tuple[str, str]]:
    engine = facts.engine
    version = f", {engine.kind.title} {engine.version}" if engine and engine.version else ""
    yield "image", f"`{facts.container.image}`{version}"


def _machine(facts: Facts) -> Iterator[tuple[str, str]]:
    machine, each = facts.overlay.hardware, kserve.gpus(facts.overlay, facts.pod)
    asked = mapping(mapping(facts.container.body.get("resources")).get("requests"))
    amounts = [f"{asked[key]} {name}" for key, name in (("cpu", "CPUs"), ("memory", "of memory")) if key in asked]
    if machine and each:
        host = f"`{machine.machine_type}`"
        if facts.pods > 1:
            place = f"{facts.pods} whole {host}" if each == machine.gpus else f"{facts.pods} pods on {host}"
        else:
            place = f"one whole {host}" if each == machine.gpus else f"a {host}"
        yield "GPUs", f"{facts.gpus} × `{machine.accelerator}` of {place} ({machine.cpu_architecture})"
    if amounts:
        where = "each pod requests" if facts.pods > 1 else "requests"
        yield where, " and ".join(amounts) + ("" if each else ", no GPU")


def _sizes(facts: Facts) -> Iterator[tuple[str, str]]:
    if facts.engine and facts.gpus and facts.engine.role != "build":
        sizes = dict.fromkeys(str(run.layout) for run in parallels(facts.overlay, facts.engine))
        if sizes:
            yield "parallel sizes", "; ".join(sizes)


def _objects(facts: Facts) -> Iterator[tuple[str, str]]:
    for resource in facts.shown:
        yield resource.kind, f"`{resource.name}`{_ports(resource.spec.get('ports'), 'port')}"
    if not any(resource.kind == "Service" for resource in facts.shown):
        ports = _ports(facts.container.body.get("ports"), "containerPort").removeprefix(", ")
        if ports:
            yield "listens on", ports
    if facts.results is not None:
        yield "results", f"`gs://BUCKET/{facts.results}/`"
    yield "made of", _listed([f"[`{folder}`]({ROOT}/{folder})" for folder in facts.folders])


def _ports(ports: object, key: str) -> str:
    found = [f"{entry.get('name', 'port')} {entry[key]}" for _, entry in mappings(ports) if key in entry]
    return f", {_listed(found)}" if found else ""


def _measures(facts: Facts) -> Iterator[str]:
    entries = [entry for _, entry in mappings(_engine_yaml(facts).get("experiments"))]
    keys = list(dict.fromkeys(str(key) for entry in entries for key in entry))
    if not keys:
        return
    yield "The entries of `experiments` in `engine.yaml` run one after another:"
    yield table(tuple(keys), [tuple(str(entry.get(key, "")) for key in keys) for entry in entries])
    yield _text(
        "One that fails does not keep the next from running; the Job then ends with the exit code of the first "
        "failure. More experiments are more entries."
    )
    if facts.gpus:
        yield _text("It loads the model itself and needs no server.")
    for path in facts.names:
        yield _text(f"What is measured is {_link(facts, path)}.")


def _memory(facts: Facts) -> Iterator[str]:
    for name, plan in facts.plans:
        rows = [(line.name, amount(line)) for line in plan.lines if not line.name.startswith("weights: ")]
        yield f"Estimated for container `{name}` with {plan.request.layout}:"
        yield table(("figure", "estimate"), rows)
        yield _text(_verdict(facts, plan))


def _verdict(facts: Facts, plan: Plan) -> str:
    said = "".join(f" {breach.severity}: {breach.message}." for breach in plan.breaches)
    command = f"`.venv/bin/python scripts/plan.py {facts.path}`"
    return f"Verdict: {plan.verdict}.{said} Formulas, sources and the parts of the weights: {command}."


# --- what it needs ---


def _needs(facts: Facts) -> Iterator[str]:
    lines = [*_of_cluster(facts), *_of_pod(facts), *_of_others(facts)]
    yield "\n".join(_text(f"- {line}", "  ") for line in lines)


def _of_cluster(facts: Facts) -> Iterator[str]:
    machine = facts.overlay.hardware
    each = kserve.gpus(facts.overlay, facts.pod)
    if machine and each:
        count = "1 free GPU" if facts.gpus == 1 else f"{facts.gpus} free GPUs"
        free = "whole and free" if each == machine.gpus else f"with {count}"
        nodes = f"{facts.pods} nodes" if facts.pods > 1 and each == machine.gpus else "a node"
        reserved = "" if machine.flex_start else " It comes from a reservation only."
        version, whose = facts.gke
        why = "" if whose == "the machine" else f" (for {whose}; the machine takes {machine.gke_minimum})"
        yield f"GKE {version} or later{why}, and {nodes} `{machine.machine_type}`, {free}.{reserved}"
    elif machine:
        yield "A node without GPU taint, of the image's processor, with room for what the pod requests."
    yield f"What [every cluster needs]({CLUSTERS}#what-the-cluster-needs)."
    for one, versions in facts.controllers.items():
        said = f", for {_quoted(versions)}" if versions else ""
        newer = " or newer" if one.minimum else ""
        name = one.title[:1].upper() + one.title[1:]
        yield f"{name}{newer}{said}: [what it asks for]({CLUSTERS}#versions-of-controllers)."
    if facts.others:
        yield f"Controllers of {_quoted(facts.others)}: the same page names them."
    networks = [network for _, _, text in annotated(facts.pod) for _, network in entries(text)[0]]
    if networks:
        yield f"The GKE networks {_quoted(networks)}: [who makes them]({CLUSTERS}#networks)."
    if facts.site_keys:
        yield (
            f"In the cluster's `site.yaml` {_quoted(facts.site_keys)}, and the components that read them: "
            f"[all keys]({CLUSTERS}#siteyaml)."
        )
    if facts.container.image.startswith("SITE_REGISTRY/"):
        name = facts.container.image.partition(":")[0]
        yield f"An image of one's own: `images` of the cluster's `kustomization.yaml` says where `{name}` is."


def _of_pod(facts: Facts) -> Iterator[str]:
    if facts.results is not None:
        yield f"A bucket for the results, which the pod may write to: [the one command]({CLUSTERS}#grants)."
    for name, (_, volume) in facts.pod.volumes.items():
        if "hostPath" in volume:
            path, place = mapping(volume["hostPath"]).get("path"), facts.mounts.get(name)
            yield f"The folder `{path}` of the node, its local SSD; the container sees it at `{place}`."
    if facts.overlay.model and facts.downloads:
        size = _gigabytes(facts.overlay.model.disk_bytes)
        yield f"Room there for the checkpoint, {size}; a pod that starts anew on the node finds it there."
    for claim, place in facts.claims:
        yield f"The claim `{claim}`, mounted at `{place}`, with the volume behind it and what has to lie on that."
    token = f"[the token]({ROOT}/base/platform/hf-token/README.md)"
    for secret, key in facts.secrets:
        yield f"The Secret `{secret}`, key `{key}`: {token} of an account that was granted access on the model's page."
    if not facts.secrets:
        yield f"No Hugging Face token: this pod gets none. Other models of a cluster may need {token}."


def _of_others(facts: Facts) -> Iterator[str]:
    for path in facts.names:
        yield f"{_link(facts, path)} in the same cluster, whose objects this one names: the validator asks for both."


# --- what to edit ---


def _configure(facts: Facts) -> Iterator[str]:
    yield _text("Edit, run `make golden docs validate`, and open a pull request.")
    rows = [row for source in (_sections, _version, _patches) for row in source(facts)]
    yield table(("to change", "edit", "now there"), rows)
    if facts.engine:
        yield _text(
            "Arguments are written without the dashes. `true` switches one on and `false` off, a list gives several "
            "values, a mapping becomes JSON. One that the engine does not know stops the pod before anything is loaded."
        )


def _engine_yaml(facts: Facts) -> dict[str, object]:
    """What stands in the overlay's own engine.yaml."""
    for _, key, value in facts.engine.configs if facts.engine else ():
        if key == "engine.yaml":
            return mapping(value)
    return {}


def _sections(facts: Facts) -> Iterator[tuple[str, str, str]]:
    for name, content in _engine_yaml(facts).items():
        if facts.engine and name != "experiments":
            what = _about(facts.engine, name)
            yield what, f"`engine.yaml`, section `{name}`", ", ".join(f"`{key}`" for key in mapping(content))
        elif facts.engine:
            yield "what is measured", "`engine.yaml`, list `experiments`", f"{len(mappings(content))} of them"


def _about(engine: Engine, section: str) -> str:
    """What a section of engine.yaml holds."""
    known: Kind = engine.kind
    command = next((command for command in known.commands if command.name == section), None)
    if command:
        return f"arguments of `{' '.join(command.words[0])}`"
    if section in known.mapped:
        return f"options that reach {known.title} as a file, key for key"
    if section in known.nested:
        return "parameters of the served models, a mapping for each"
    return f"what the launcher needs for its step `{section}`"


def _version(facts: Facts) -> Iterator[tuple[str, str, str]]:
    own = facts.tree.of(facts.path)
    for _, image in mappings(own.body.get("images")) if own else ():
        also = _listed([_link(facts, path) for path in facts.same_image])
        tied = f", and in that of {also}, which runs in the same image" if also else ""
        if facts.gpus and facts.overlay.hardware:
            tied += f"; the tag must exist for {facts.overlay.hardware.cpu_architecture}"
        yield "the version", f"`images` in `kustomization.yaml`{tied}", f"`{image.get('newTag', image.get('digest'))}`"


def _patches(facts: Facts) -> Iterator[tuple[str, str, str]]:
    for path, about in facts.patches:
        yield about.rstrip(".") or "what its own patch changes", f"`{path}`", ""


# --- from Git to the cluster and back ---


def _deploy(facts: Facts) -> Iterator[str]:
    where = _listed([f"[{c.name}](../../../clusters/{c.name}/kustomization.yaml)" for c in facts.clusters])
    there = f"It is in {where}." if facts.clusters else "No cluster has it yet."
    quota = f", and see that `gpus` in its `site.yaml` covers {facts.gpus} more" if facts.gpus else ""
    cluster = facts.clusters[0].name if facts.clusters else "CLUSTER"
    yield _text(f"Add its line to `resources` of a cluster's `kustomization.yaml`{quota}. {there}")
    yield f"```yaml\n- ../../{facts.path.removeprefix('overlays/')}\n```"
    yield (
        "```bash\nmake golden docs validate\n"
        f".venv/bin/kubectl kustomize {facts.path}\n"
        f".venv/bin/python scripts/validate.py {facts.path} overlays/clusters/{cluster}\n```"
    )
    tools = dict.fromkeys(c.tool for c in facts.clusters if c.tool in TOOLS)
    names = " or ".join(TOOLS[tool][0] for tool in tools or TOOLS)
    yield _text(
        f"Open a pull request with all that changed, and merge it. {names} then applies the cluster's folder: "
        f"[bootstrap, and how to watch it]({CLUSTERS}#bootstrap)."
    )
    commands = [TOOLS[c.tool][1].format(cluster=c.name) for c in facts.clusters if c.tool in TOOLS]
    if commands:
        yield _bash(commands)


def _watch(facts: Facts) -> Iterator[str]:
    yield _bash(["gcloud container clusters get-credentials CLUSTER --region REGION --project PROJECT"])
    workload = facts.workload
    commands = WATCHED.get(workload.kind, (f"get {workload.kind.lower()} {{name}} --watch",))
    queue = ["get workloads.kueue.x-k8s.io"] if "kueue.x-k8s.io/queue-name" in workload.labels else []
    claims = [f"get persistentvolumeclaim {claim}" for claim, _ in facts.claims]
    own = [row.format(name=workload.name, container=facts.container.name) for row in commands]
    yield _bash([f"kubectl --namespace {NAMESPACE} {row}" for row in (*queue, *claims, *own)])
    if facts.engine and facts.engine.sections.required:
        yield _text(
            "The log has each command as `launch: …` before it runs. A mistake in `engine.yaml` ends there, in one "
            "line that names the key."
        )
    if facts.engine and facts.engine.role == "serve" and facts.engine.kind.ready:
        yield _text(f"Once it answers, the log has said `{facts.engine.kind.ready}`")
    deadlines = list(_deadlines(facts))
    if deadlines:
        yield table(("at most", "for", "by"), deadlines)
    if workload.kind == "Job":
        yield _text(
            "A changed `engine.yaml` replaces the Job and so runs it again. To repeat an unchanged one, delete it; the "
            "next sync creates it anew:"
        )
        yield _bash([f"kubectl --namespace {NAMESPACE} delete job {workload.name}"])


def _deadlines(facts: Facts) -> Iterator[tuple[str, str, str]]:
    spec, probe = facts.workload.spec, killer(facts.container)
    if probe:
        path = mapping(mapping(facts.container.body.get(probe[0])).get("httpGet")).get("path")
        answer = f"until `{path}` answers, else the container is restarted" if path else "until the container answers"
        yield duration(probe[1]), answer, f"`{probe[0]}`"
    for field, what in (
        ("progressDeadlineSeconds", "a rollout, with the queue and the node"),
        ("activeDeadlineSeconds", "the whole run; then it is stopped"),
    ):
        seconds = whole(spec.get(field))
        if seconds is not None:
            yield duration(seconds), what, f"`{field}: {seconds}`"
    tries = whole(spec.get("backoffLimit"))
    if tries is not None:
        yield f"{tries + 1} {'try' if tries == 0 else 'tries'}", "a pod that fails", f"`backoffLimit: {tries}`"
    grace = whole(facts.pod.spec.get("terminationGracePeriodSeconds"))
    if grace is not None:
        yield duration(grace), "a pod that is told to stop", f"`terminationGracePeriodSeconds: {grace}`"


def _use(facts: Facts) -> Iterator[str]:
    engine, workload = facts.engine, facts.workload
    if engine is None or engine.role != "serve":
        if facts.results is not None:
            hardware, model, name = facts.path.split("/")[-3:]
            yield "What each experiment has measured; every run has a folder of its own, with what failed ones said:"
            yield _bash(
                [
                    f"python scripts/bench.py read gs://BUCKET/{facts.results}/{model}-{name}-{hardware}",
                    f"python scripts/bench.py history {facts.path} gs://BUCKET/{facts.results}/{model}-{name}-{hardware}",
                ]
            )
        return
    service = next(facts.overlay.of("Service"), None)
    if service:
        name, ports = f"service/{service.name}", [entry.get("port") for _, entry in mappings(service.spec.get("ports"))]
    else:
        suffix = "-predictor" if workload.kind == "InferenceService" else ""
        listening = mappings(facts.container.body.get("ports"))
        name, ports = f"deployment/{workload.name}{suffix}", [entry.get("containerPort") for _, entry in listening]
    if not ports:
        return
    yield "Forward the port, and leave that terminal open:"
    yield _bash([f"kubectl --namespace {NAMESPACE} port-forward {name} {ports[0]}:{ports[0]}"])
    address = f"http://localhost:{ports[0]}"
    if engine.kind.answers("/v1/models"):
        yield from _request(facts, engine, address)
    else:
        path = mapping(mapping(facts.container.body.get("readinessProbe")).get("httpGet")).get("path")
        if path:
            yield "Whether it answers:"
            yield _bash([f"curl --fail --silent --show-error {address}{path}"])


def _request(facts: Facts, engine: Engine, address: str) -> Iterator[str]:
    """A request to an OpenAI-compatible server; a base checkpoint continues a text."""
    model, given = facts.overlay.model, engine.get("served-model-name")
    name = str(given.value) if given else model.id if model else "default"
    chat = model is None or model.chat
    body = (
        '"messages": [{"role": "user", "content": "Why can a rolling update hang on a full GPU pool?"}]'
        if chat
        else '"prompt": "A rolling update hangs on a full GPU pool because"'
    )
    yield "A chat request:" if chat else "A base checkpoint continues a text, so it is asked for a completion:"
    yield _bash(
        [
            f"curl --silent {address}/v1/{'chat/completions' if chat else 'completions'} \\",
            "  --header 'Content-Type: application/json' \\",
            "  --data '{",
            f'    "model": "{name}",',
            f"    {body},",
            '    "max_tokens": 2048' if chat else '    "max_tokens": 128',
            "  }'",
        ]
    )
    if chat:
        yield "The same as a stream, in a second terminal:"
        yield _bash([f'python scripts/stream_chat.py "Name three reasons for a pod to stay Pending." "{name}"'])


def _benchmark(facts: Facts) -> Iterator[str]:
    if facts.engine is None or facts.engine.role != "serve":
        return
    for path in facts.benchmarks:
        if posixpath.dirname(path) == posixpath.dirname(facts.path):
            yield _text(f"{_link(facts, path)} measures this model on this machine.")
        else:
            yield _text(
                f"It has none of its own. {_link(facts, path)} is the pattern: copy it, with this model and machine."
            )


def _clean(facts: Facts) -> Iterator[str]:
    line = f"`- ../../{facts.path.removeprefix('overlays/')}`"
    also = _listed([_link(facts, path) for path in facts.named_by])
    those = f", with it the line of {also}, which needs it" if also else ""
    yield _text(
        f"Remove the line {line} from the cluster's `kustomization.yaml`{those}, and the `base/site` components that "
        "have nothing left to change: the validator names them. Run `make golden docs validate`, merge. The sync "
        f"deletes what the overlay rendered; [what it never deletes]({CLUSTERS}#what-a-sync-never-deletes), "
        f"[the last workload]({CLUSTERS}#the-last-workload)."
    )
    commands = [
        f"kubectl {f'--namespace {NAMESPACE} ' if 'Claim' in one.kind else ''}delete {one.kind.lower()} {one.name}"
        for one in sorted(facts.kept, key=lambda one: one.kind, reverse=True)
    ]
    if commands:
        yield _text(
            "By hand, when nobody needs it any more, claim and volume together: a volume whose claim is gone stays "
            "`Released` and binds to no new one. What is behind the volume is not touched."
        )
        yield _bash(commands)
    if facts.results is not None and facts.engine and facts.engine.role == "bench":
        yield _text(f"The results in `gs://BUCKET/{facts.results}/` stay too, those of other overlays beside them.")


SECTIONS: dict[str, Callable[[Facts], Iterator[str]]] = {
    "What it runs": _runs,
    "What it measures": _measures,
    "GPU memory": _memory,
    "Before you start": _needs,
    "Configure": _configure,
    "Deploy": _deploy,
    "Watch": _watch,
    "Use": _use,
    "Benchmark": _benchmark,
    "Clean up": _clean,
}
"""In the order of the page. One that has nothing to say is left out."""


# --- words ---


def duration(seconds: int) -> str:
    """7200 is ``2 h``, 9000 ``2 h 30 min``."""
    parts = ((seconds // 3600, "h"), (seconds % 3600 // 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB ({size / GIB:,.1f} GiB)"


def _quoted(words: list[str]) -> str:
    return _listed([f"`{word}`" for word in words])


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _link(facts: Facts, path: str) -> str:
    """Another overlay's page; by its workload alone if it stands beside this one."""
    near = posixpath.dirname(path) == posixpath.dirname(facts.path)
    name = posixpath.basename(path) if near else path.removeprefix("overlays/")
    return f"[{name}]({posixpath.relpath(path, facts.path)}/README.md)"


def _bash(commands: list[str]) -> str:
    return "\n".join(("```bash", *map(printable, commands), "```"))


def _text(text: str, indent: str = "") -> str:
    """A paragraph in lines of the width that all documents have."""
    return textwrap.fill(printable(text), 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
