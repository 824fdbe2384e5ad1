"""RSA keys as sysadm's clients have them."""

from base64 import b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@cache
def private_key(name: str, bits: int = 2_048) -> rsa.RSAPrivateKey:
    """A key, made once for each name and size: that takes its time."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def public_key(key: rsa.RSAPrivateKey) -> str:
    """Its public half, as base64 of PEM."""
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(pem).decode()


def encrypted(key: rsa.RSAPrivateKey, text: str) -> str:
    """What OpenSSL's RSA_private_encrypt does with PKCS #1 v1.5 padding (RFC 8017, 9.2), which
    `cryptography` has no way to say; in base64."""
    numbers = key.private_numbers()
    size = key.key_size // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(text) - 3) + b"\x00" + text.encode()
    power = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n)
    return b64encode(power.to_bytes(size, "big")).decode()
