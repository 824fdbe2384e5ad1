"""RSA public keys: in one form, and tried on what a client has encrypted (seeds/sysadm-events.txt).

To encrypt a text with a private key is what PKCS #1 v1.5 calls signing, but of the text itself.
"""

import binascii
from base64 import b64decode

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from tocsin.model.errors import invalid

# Smaller ones cannot encrypt the text, larger ones take long.
_BITS = range(2_048, 8_193)


def normal(given: str) -> str:
    """A key, given as base64 of PEM, in the one PEM that it has. Refused: invalid."""
    try:
        key = _load(b64decode(given).decode("ascii"))
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise invalid("pub_key", "must be an RSA public key, as base64 of PEM") from error
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def has_encrypted(public_key: str, text: bytes, signature: bytes) -> bool:
    """Whether the private key of this one (PEM) has encrypted `text` to `signature`."""
    try:
        said = _load(public_key).recover_data_from_signature(signature, PKCS1v15(), None)
    except (InvalidSignature, ValueError):
        return False
    return said == text


def _load(pem: str) -> RSAPublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey) or key.key_size not in _BITS:
        raise ValueError("not an RSA key of a size that is taken")
    return key
