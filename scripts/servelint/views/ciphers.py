"""What SOPS encrypted: an object with a field `sops` of its own, and values of which nobody sees what they are."""

from ..model import Pointer, Resource

FIELD = "sops"


def encrypted(resource: Resource) -> bool:
    """Whether an object is cipher text, which whoever delivers it has to decrypt.

    SOPS writes how under `sops`, always with a `mac`, the sum of all values.
    Source: https://getsops.io/docs/#sops-encrypted-file-format
    """
    said = resource.body.get(FIELD)
    return isinstance(said, dict) and "mac" in said


def cipher(value: object) -> bool:
    """Whether a value is one that SOPS encrypted, of whatever type it was."""
    return isinstance(value, str) and value.startswith("ENC[AES256_GCM,")


def unseen(resource: Resource, pointer: Pointer) -> bool:
    """Whether a place of an object is another one, or none, once it is decrypted."""
    return encrypted(resource) and (pointer[:1] == (FIELD,) or cipher(resource.at(pointer)))
