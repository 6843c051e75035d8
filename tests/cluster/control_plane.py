"""Runs a Kubernetes control plane for the length of a ``with``: etcd and kube-apiserver, and what schedules.

Nothing leaves the machine's loopback, and nothing is left behind but the logs. Certificate and keys are made
by the server itself for this one run. No kubelet runs: pods are bound to nodes, and nothing starts them.
"""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import crds
from client import Answer, Client

PATIENCE = 180.0
"""Seconds after which something hangs, however slow the machine."""

WITHOUT_CLUSTER_STATE = {
    "ServiceAccount": "refuses a pod whose service account has not been created; dry runs create nothing",
    "NamespaceLifecycle": "refuses objects in a namespace that has not been created",
    "TaintNodesByCondition": "taints a new node until its kubelet reports; there are no kubelets",
}
"""Admission that asks for more cluster than there is, and why each is off; all else stays as the server has it."""

CONTROLLERS = ("deployment-controller", "replicaset-controller", "job-controller", "statefulset-controller",
               "garbage-collector-controller", "persistentvolume-binder-controller")  # fmt: skip
"""What turns the fleet's objects into pods. Not the node life cycle, which would declare the nodes lost."""


class Ended(RuntimeError):
    """A program of the control plane ended by itself. The message has the end of its log."""


def _end_with_parent() -> None:
    """Has Linux end a program whose tests were killed before they could."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Program:
    """A process of ours, with its log."""

    def __init__(self, binary: Path, arguments: list[str], folder: Path) -> None:
        self.name, self.log = binary.name, folder / f"{binary.name}.log"
        home = {"PATH": os.defpath, "HOME": str(folder)}
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches the tests, and they end the programs in order.
            self._process = subprocess.Popen(
                [str(binary), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=home,
                start_new_session=True, preexec_fn=_end_with_parent,
            )  # fmt: skip

    def check(self) -> None:
        """Raises Ended."""
        if (status := self._process.poll()) is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
            raise Ended(f"{self.name} ended with {status}; the end of {self.log}:\n{tail}")

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(20)


@dataclass
class ControlPlane:
    """A running control plane: whom to ask, and what scheduling needs."""

    client: Client
    binaries: Path
    folder: Path
    programs: list[Program]
    stack: ExitStack

    def wait(self, what: str, happened: Callable[[], bool], instead: Callable[[], object] = lambda: "nothing") -> None:
        """Until something has happened. Fails only if a program has ended, or long after; ``instead`` says what is."""
        end = time.monotonic() + PATIENCE
        while not happened():
            for program in self.programs:
                program.check()
            assert time.monotonic() < end, f"{what}: not in {PATIENCE:.0f} s, but {instead()}; logs: {self.folder}"
            time.sleep(0.05)

    def start(self, name: str, *arguments: str) -> None:
        """One more program, which ends before those that it depends on."""
        program = Program(self.binaries / name, list(arguments), self.folder)
        self.stack.callback(program.stop)
        self.programs.append(program)

    def start_scheduling(self) -> None:
        """Starts kube-scheduler and those controllers that make pods of the fleet's objects."""
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(_kubeconfig(self.client, self.folder / "certificates/apiserver.crt"))
        kubeconfig.chmod(0o600)
        common = (f"--kubeconfig={kubeconfig}", "--leader-elect=false", "--secure-port=0", "--kube-api-qps=500",
                  "--kube-api-burst=1000")  # fmt: skip
        self.start("kube-scheduler", *common)
        self.start("kube-controller-manager", *common, f"--controllers={','.join(CONTROLLERS)}")

    def install(self, definitions: list[dict[str, object]]) -> dict[str, Answer]:
        """Installs CustomResourceDefinitions and waits for their kinds; gives those that were refused, by name."""
        refused = {}
        kinds = set()
        for definition in definitions:
            name = str(definition["metadata"]["name"])  # type: ignore[index]
            answer = self.client.create(definition, dry_run=False)
            if answer.accepted:
                kinds.update(crds.kinds(definition))
            else:
                refused[name] = answer
        self.wait("serving the custom kinds", lambda: all(self.client.served(*kind) for kind in kinds))
        return refused


def _free_port() -> int:
    """A port that is left to whoever asks for it by number.

    A connection that was closed first on the listening side keeps its port from being handed out at random
    for a minute, and does not keep a server from listening there.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        with socket.create_connection(listener.getsockname()) as dialled:
            accepted, _ = listener.accept()
            accepted.close()
            dialled.recv(1)
        return int(listener.getsockname()[1])


def _kubeconfig(client: Client, certificate: Path) -> str:
    """JSON, which is YAML."""
    server = {"server": f"https://127.0.0.1:{client.port}", "certificate-authority": str(certificate)}
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "tests",
        "clusters": [{"name": "tests", "cluster": server}],
        "users": [{"name": "tests", "user": {"token": client.token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
    })  # fmt: skip


@contextmanager
def control_plane(binaries: Path, folder: Path) -> Iterator[ControlPlane]:
    """etcd and kube-apiserver, ready; data and keys go at the end, logs stay in ``folder``."""
    certificates, data = folder / "certificates", folder / "etcd"
    token = secrets.token_hex(16)
    tokens = folder / "tokens.csv"
    tokens.touch(0o600)
    tokens.write_text(f'{token},tests,tests,"system:masters"\n')
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        stack.callback(shutil.rmtree, certificates, ignore_errors=True)
        client_url, peer_url = (f"http://127.0.0.1:{_free_port()}" for _ in range(2))
        port = _free_port()
        programs: list[Program] = []
        for name, arguments in (
            ("etcd", [
                f"--data-dir={data}", "--unsafe-no-fsync", "--log-level=warn",
                f"--listen-client-urls={client_url}", f"--advertise-client-urls={client_url}",
                f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=default={peer_url}",
            ]),
            ("kube-apiserver", [
                f"--etcd-servers={client_url}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
                f"--secure-port={port}", f"--cert-dir={certificates}", f"--token-auth-file={tokens}",
                # The server makes this key for its own certificate before it reads the one for service accounts.
                f"--service-account-signing-key-file={certificates}/apiserver.key",
                f"--service-account-key-file={certificates}/apiserver.key",
                "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.0.0.0/16",
                "--authorization-mode=RBAC", "--anonymous-auth=false", "--allow-privileged=true",
                "--endpoint-reconciler-type=none", "--profiling=false",
                f"--disable-admission-plugins={','.join(WITHOUT_CLUSTER_STATE)}",
            ]),
        ):  # fmt: skip
            programs.append(Program(binaries / name, arguments, folder))
            stack.callback(programs[-1].stop)
        certificate = certificates / "apiserver.crt"
        # The client comes with the certificate, which the server writes as it starts.
        plane = ControlPlane(None, binaries, folder, programs, stack)  # type: ignore[arg-type]
        plane.wait("making a certificate", lambda: certificate.exists() and "END" in certificate.read_text())
        plane.client = Client(port, certificate, token)
        stack.callback(plane.client.close)
        plane.wait("becoming ready", lambda: _ready(plane.client))
        yield plane


def _ready(client: Client) -> bool:
    with suppress(OSError):
        return client.ask("GET", "/readyz").accepted
    return False
