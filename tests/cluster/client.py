"""Asks a Kubernetes API server, with the standard library alone.

Thread-safe: each thread keeps a connection of its own, so that a corpus can be judged by several at once.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

MANAGER = "servelint"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


class Cause(NamedTuple):
    """One mistake as the server sees it: the field's path in the server's spelling, a reason, a sentence."""

    field: str
    reason: str
    message: str


@dataclass(frozen=True)
class Answer:
    """What the server said. status is 0 where the question could not even be asked: the message says why."""

    status: int
    body: dict[str, Any]

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def valid(self) -> bool:
        """Whether the object is one that the server would take, were there none of its name: that it checks last."""
        return self.accepted or self.body.get("reason") == "AlreadyExists"

    @property
    def message(self) -> str:
        return "" if self.accepted else str(self.body.get("message", self.body))

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The mistakes one by one. Empty where the server gives only a sentence, as for an unknown field."""
        found = (self.body.get("details") or {}).get("causes") or () if not self.accepted else ()
        return tuple(Cause(c.get("field", ""), c.get("reason", ""), c.get("message", "")) for c in found)


class Served(NamedTuple):
    """How a kind is asked for."""

    root: str
    plural: str
    namespaced: bool


class Client:
    """One API server. Every question about objects takes them as plain mappings, as they stand in a manifest."""

    def __init__(self, port: int, certificate: Path, token: str) -> None:
        self.port = port
        self.token = token
        # Not create_default_context: since Python 3.13 that asks of a certificate more than the server's has.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.load_verify_locations(certificate)
        self._own = threading.local()
        self._connections: list[http.client.HTTPSConnection] = []
        self._served: dict[tuple[str, str], Served] = {}

    def close(self) -> None:
        """Hangs up, in every thread's name."""
        for connection in self._connections:
            connection.close()

    # --- asking ---------------------------------------------------------------------------------

    def ask(self, method: str, path: str, content: bytes | None = None, kind: str = "application/json",
            accept: str = "application/json") -> Answer:  # fmt: skip
        """One request. A body that is not JSON comes back as ``{"message": text}``. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept}
        if content is not None:
            headers["Content-Type"] = kind
        connection: http.client.HTTPSConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._tls, timeout=300)
            self._own.connection = connection
            self._connections.append(connection)
        for last in (False, True):
            try:
                connection.request(method, path, content, headers)
                response = connection.getresponse()
                text = response.read()
                break
            except (http.client.HTTPException, ConnectionError):
                connection.close()  # the next request opens it: the server hangs up on whoever was idle
                if last:
                    raise
        try:
            body = json.loads(text)
        except ValueError:
            body = {"message": text.decode(errors="replace")}
        return Answer(response.status, body if isinstance(body, dict) else {"items": body})

    def get(self, path: str) -> dict[str, Any]:
        """What is at a path. Raises AssertionError with the server's words if it gives none."""
        answer = self.ask("GET", path)
        assert answer.accepted, f"GET {path}: {answer.status} {answer.message}"
        return answer.body

    # --- what is served -------------------------------------------------------------------------

    def served(self, api_version: str, kind: str) -> Served | None:
        """How a kind is asked for; None if the server does not serve it. Remembers kinds, not their absence."""
        if (api_version, kind) not in self._served:
            self._served = self._discover()
        return self._served.get((api_version, kind))

    def _discover(self) -> dict[tuple[str, str], Served]:
        found = {}
        for root in ("/api", "/apis"):
            for group in self.ask("GET", root, accept=DISCOVERY).body["items"]:
                name = group["metadata"].get("name", "")
                for version in group["versions"]:
                    api_version = f"{name}/{version['version']}" if name else version["version"]
                    for resource in version.get("resources", ()):
                        kind, scope = resource["responseKind"]["kind"], resource["scope"]
                        served = Served(f"{root}/{api_version}", resource["resource"], scope == "Namespaced")
                        found[api_version, kind] = served
        return found

    def path(self, api_version: str, kind: str, namespace: str = "default", name: str | None = None) -> str:
        """The path of a kind's objects, or of one of them. Raises LookupError for a kind that is not served."""
        served = self.served(api_version, kind)
        if served is None:
            raise LookupError(f'no matches for kind "{kind}" in version "{api_version}"')
        middle = f"/namespaces/{quote(namespace, safe='')}" if served.namespaced else ""
        end = "" if name is None else f"/{quote(name, safe='')}"
        return f"{served.root}{middle}/{served.plural}{end}"

    # --- objects --------------------------------------------------------------------------------

    def create(self, body: Mapping[str, Any], *, dry_run: bool = True, content: bytes | None = None) -> Answer:
        """POST, every field known and none twice. ``content`` is sent in place of the body, to be read as YAML."""
        return self._send("POST", body, dry_run, content, "application/yaml" if content else "application/json", {})

    def apply(self, body: Mapping[str, Any], *, dry_run: bool = True, content: bytes | None = None) -> Answer:
        """Server-side apply, as Argo CD and Flux do it; ``content`` as for create."""
        return self._send("PATCH", body, dry_run, content, APPLY, {"fieldManager": MANAGER, "force": "true"})

    def _send(
        self, method: str, body: Mapping[str, Any], dry_run: bool, content: bytes | None, kind: str,
        query: Mapping[str, str],
    ) -> Answer:  # fmt: skip
        """Addresses an object by what it says of itself; where it says too little, the answer is kubectl's refusal."""
        metadata = body.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        name, namespace = metadata.get("name"), metadata.get("namespace")
        wants_name = method == "PATCH"
        if wants_name and not (isinstance(name, str) and name):
            return Answer(0, {"message": "resource name may not be empty"})
        try:
            path = self.path(
                str(body.get("apiVersion")), str(body.get("kind")),
                namespace if isinstance(namespace, str) and namespace else "default", name if wants_name else None,
            )  # fmt: skip
        except LookupError as error:
            return Answer(0, {"message": str(error)})
        query = {**query, "fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
        sent = json.dumps(body).encode() if content is None else content
        return self.ask(method, f"{path}?{urlencode(query)}", sent, kind)

    def patch(self, path: str, change: Mapping[str, Any]) -> Answer:
        """A merge patch: for what no manifest says, such as a status, whose path ends in ``/status``."""
        return self.ask("PATCH", path, json.dumps(change).encode(), MERGE)

    def delete(self, path: str) -> Answer:
        """Deletes at once: no kubelet is there to confirm that a pod has ended."""
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
        return self.ask("DELETE", path, json.dumps(options).encode())
