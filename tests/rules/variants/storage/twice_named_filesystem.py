"""What twice-named-filesystem tells apart beyond its own examples."""

from __future__ import annotations

from servelint.rules.examples import lustre, marked, server, together, volume_claim
from servelint.rules.storage.twice_named_filesystem import _MOUNTS, _pair

_ALONE = [server(name=name, pod=f"volumes: [{mount}]") for name, mount in zip("ab", _MOUNTS, strict=True)]
_SMALL = [made.replace('nvidia.com/gpu: "8"', 'nvidia.com/gpu: "1"') for made in _ALONE]

BOTH = server(pod=f"volumes: [{', '.join(_MOUNTS)}]")


def instances(
    one: str = "m", other: str = "m", address: str = "10.90.2.4", *, pod: str = BOTH, handle: str = "a/b-c1-a/IP",
    attributes: str = "ip: IP, filesystem: NAME", bound: str = "volumeName: NAME", spec: str = "",
) -> str:  # fmt: skip
    """Two volumes and their claims. IP, NAME: what an instance has of its own."""
    made = []
    for name, filesystem, ip in (("models", one, "10.90.1.4"), ("data", other, address)):
        driver = attributes.replace("IP", ip).replace("NAME", filesystem)
        made.append(lustre(name, handle=handle.replace("IP", ip), attributes=driver, spec=spec.replace("NAME", name)))
        made.append(volume_claim(name, spec=bound.replace("NAME", name)))
    return together(*made, pod)


def provisioned(parameters: str = "{fileSystem: m}", bound: str = "", of: str = "fast", driver: str = "lustre") -> str:
    """Two claims of a class that gives every instance one name."""
    head = f"apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: fast}}\nparameters: {parameters}\n"
    claims = (volume_claim(name, of=of, spec=bound) for name in ("models", "data"))
    return together(f"{head}provisioner: {driver}.csi.storage.gke.io", *claims, BOTH)


def pinned(one: str, other: str) -> str:
    return together(*(f"{made}  nodeSelector: {{{pin}}}\n" for made, pin in zip(_ALONE, (one, other), strict=True)))


ALSO_GOOD = [
    _pair("models", "models", "10.90.1.4"), _pair("models", "models", pod=_ALONE[0]), _pair("SITE_A", "SITE_A"),
    _pair("models", "models").replace("lustre.csi", "other.csi"),
    (_pair("m", "m", pod=together(*_ALONE)), {"hardware": "a3ultra"}),
    instances(address="10.90.1.4", handle="a/b/IP:NAME"), instances("", ""), instances(attributes="ip: IP"),
    instances(handle="''", attributes="mountpoint: 'host@tcp:/m'"), instances(bound=""),
    instances(handle="''", attributes="ip: host, filesystem: m"), instances(handle="a/b/same:IP"),
    instances(bound="", spec="claimRef: {name: of-nobody}"), instances(pod=pinned("pool: a", "pool: b")),
    instances(bound="volumeName: other", spec="claimRef: {name: NAME}"), provisioned(of="slow"),
    provisioned("{network: m}"), provisioned(bound="volumeName: of-nobody"), provisioned(driver="other"),
    instances(bound="volumeName: NAME").replace("{name: data}", "{name: data, namespace: a}").replace(BOTH, marked(BOTH, "namespace: b")),
]  # fmt: skip
ALSO_BAD = [(_pair("m", "m", pod=together(*_SMALL)), {"hardware": "a3ultra"}),
    instances(attributes="mountpoint: 'IP@tcp:/NAME'"), instances(handle="''", attributes="mountpoint: 'IP@tcp:/m'"),
    instances(handle="''"), instances(handle="a/b/IP:NAME"), instances(bound="", spec="claimRef: {name: NAME}"),
    instances(pod=pinned("pool: a", "pool: a")), instances(pod=pinned("pool: a", "zone: b")), provisioned(),
    instances(pod=together(*_ALONE)), instances(handle="a/b/IP", attributes="ip: host, filesystem: m"),
    (instances(), {"hardware": "a3ultra"}),
]  # fmt: skip
