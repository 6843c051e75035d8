"""What placeholder-value tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import bucket_pod, config_map, marked, other, server, workload

_ENV = server(container="env: [{name: A, value: 'TEXT'}]")
_LABEL = server(metadata="labels: {a: 'TEXT'}")
_FINE = ("a todo", "<EOS> <b>", "a ${NAME}", "https://example.com", "$(B_SERVICE_HOST)", "$(A)", "MY_A", "xx", "<a>")
_OPEN = ("<your bucket>", "<project>", "CHANGEME", "TODO", "xxxx", "$(B)", "your-project", "${A}", "gs://${A}/b")

IN_MAP = "env: [{name: A, valueFrom: {configMapKeyRef: {name: NAME, key: KEY}}}]"


def read(name: str = "a", key: str = "a") -> str:
    return server(container=IN_MAP.replace("NAME", name).replace("KEY", key))


ALSO_GOOD = [
    *(_ENV.replace("TEXT", text) for text in _FINE), _ENV.replace("A,", "API_KEY,").replace("TEXT", "xxxx"),
    server("TODO: $B"), bucket_pod(attributes="bucketName: SITE_BUCKET"),
    config_map({"run.sh": "echo TODO\necho <your-bucket>"}), server("$(B)", kind="LeaderWorkerSet"),
    server("$(B)", container="envFrom: [{configMapRef: {name: a}}]"), config_map({"a.yaml": "a: [b\nc: CHANGEME"}),
    workload("containers: [{name: a, image: a, command: [bash, -c, 'echo $(B)']}]"),
    config_map({"a.yaml": "# CHANGEME\na: b"}),
    server(container="volumeMounts: [{name: a, mountPath: /a, subPathExpr: $(B)}]"),
    server(metadata="annotations: {description: CHANGEME}"),
    server(container="env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: HF_TOKEN}}}]"),
    _LABEL.replace("TEXT", "{{ .Values.a }}").replace("v1\nkind: Pod", "argoproj.io/v1alpha1\nkind: ApplicationSet"),
    _LABEL.replace("TEXT", "${NAME}").replace("v1\nkind: Pod", "argoproj.io/v1alpha1\nkind: Workflow"),
    server(container="env: [{name: A, value: ''}]"), config_map({"a.yaml": "a: ''"}), read(key="HF_TOKEN"),
    marked(server(), "annotations: {a: '${B}'}"), server(container="args: ['${B}']"), config_map({"a.yaml": "- <your-bucket>\n"}),
    server(container="lifecycle: {preStop: {exec: {command: [a], env: '${B}'}}}"), config_map({"a": "CHANGEME <a>"}),
    *(_ENV.replace("TEXT", text) for text in ("<bucketful>", "a<TODO>b", "<EOS>", "a <TODO", "<1A>", "AB>", "<some thing>")),
    config_map({"a.yaml": "image: <b>\n"}), server(container="ports: [{name: '', containerPort: 80}]"), server(metadata="labels: {key: ''}"),
    config_map({}).replace("data:\n", "data: {a: '${A}'}\n"), server(metadata="labels: {a: example.com}"),
    server(pod="volumes: [{name: a, configMap: {name: a, items: null}}]"),
]  # fmt: skip
ALSO_BAD = [
    *(_ENV.replace("TEXT", text) for text in _OPEN),
    *(_LABEL.replace("TEXT", text) for text in ("${NAME}", "{{ .Values.a }}", "@NAME@")),
    server(image="gcr.io/MY_PROJECT/a:1"), server(image="registry.example.com/a:1"),
    bucket_pod(attributes="bucketName: ''"), bucket_pod(attributes="bucketName: MY_BUCKET"),
    config_map({"a.yaml": "a: CHANGEME\nb: c"}),
    server(container="env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: ''}}}]"),
    server(metadata="labels: {kueue.x-k8s.io/queue-name: ''}"),
    read(name="''"), read(key="''"), marked(server(), "namespace: MY_NAMESPACE"), bucket_pod(attributes="bucketName: <b>"),
    *(_ENV.replace("TEXT", text) for text in ("<MODEL>", "<your_model>", "<YOUR_MODEL>", "TODO>", "a {{ .Values.b }}")), server(image="<a>"),
    server(name="''"), other("Service", "clusterIP: '${A}'"),
    "apiVersion: a.b/v1\nkind: Bag\nmetadata: {name: a}\ndata: {a: \"b\\nCHANGEME\"}\n", server(metadata='labels: {a: "b\\nCHANGEME"}'),
    config_map({}).replace("{name: engine}", '{name: engine, annotations: {a: "b\\nCHANGEME"}}'),
    "apiVersion: a.b/v1\nkind: Route\nmetadata: {name: a}\nspec: {host: a.example.com}\n",
]  # fmt: skip
