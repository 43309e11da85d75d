"""Keys that sign mail: makes and reads them, signs a hash, and writes the DNS record that belongs to one."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mailer.addresses import ascii_domain
from mailer.errors import AddressError, DkimError

if TYPE_CHECKING:
    from collections.abc import Callable

Kind: TypeAlias = Literal["rsa", "ed25519"]
PrivateKey: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

RSA_BITS: Final = 2048
ED25519_BITS: Final = 256
MOST_RSA_BITS: Final = 4096  # RFC 8301 §3.2: longer ones need not be verified by anybody
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def make_key(kind: Kind) -> bytes:
    """Make a private key and give it as PEM (PKCS #8)."""
    key = (
        generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if kind == "rsa"
        else Ed25519PrivateKey.generate()
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class SigningKey:
    """A private key and the name in DNS under which its public half is found.

    Args:
        domain: The domain that answers for the mail; the sender's, for DMARC.
        selector: Names the key among those of the domain.
        pem: The private key, RSA of 2048 to 4096 bits or Ed25519, without a password.

    Raises:
        DkimError: One of them cannot be used; the message never shows the key.
    """

    def __init__(self, domain: str, selector: str, pem: bytes) -> None:
        try:
            self.domain: Final = ascii_domain(domain).lower()
        except AddressError as error:
            raise DkimError(f"The domain {domain!a} cannot sign mail: {error}") from error
        self.selector: Final = check_selector(selector)
        key = _read(pem)
        self.kind: Final[Kind] = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
        self.size: Final = key.key_size if isinstance(key, RSAPrivateKey) else ED25519_BITS
        self.public: Final = _public(key)
        self.sign: Final = _sign_with(key)

    @property
    def record_name(self) -> str:
        """Name of the DNS record, without a dot at the end (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """Value of the DNS record (RFC 6376 §3.6.1, RFC 8463 §4)."""
        return f"v=DKIM1; k={self.kind}; p={base64.b64encode(self.public).decode()}"


def check_selector(selector: str) -> str:
    """Give a selector in lower case.

    Raises:
        DkimError: It cannot stand in DNS.
    """
    if not all(_SELECTOR.fullmatch(label) for label in selector.split(".")):
        raise DkimError(
            f"The selector {selector[:80]!a} cannot stand in DNS. Use letters, digits and hyphens."
        )
    return selector.lower()


def _read(pem: bytes) -> PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        problem = "it is protected by a password"
    except (ValueError, UnsupportedAlgorithm):
        problem = "it is not a private key in PEM form"
    else:
        if isinstance(key, Ed25519PrivateKey):
            return key
        if isinstance(key, RSAPrivateKey) and RSA_BITS <= key.key_size <= MOST_RSA_BITS:
            return key
        size = f" of {key.key_size} bits" if isinstance(key, RSAPrivateKey) else ""
        problem = f"it is a key of the kind {type(key).__name__.strip('_')}{size}"
    raise DkimError(
        f"The key cannot sign mail: {problem}. Give RSA of {RSA_BITS} to {MOST_RSA_BITS} bits or "
        "Ed25519 without a password; `paperround dkim keygen` makes one."
    ) from None


def _public(key: PrivateKey) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 §4.2


def _sign_with(key: PrivateKey) -> Callable[[bytes], bytes]:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign  # RFC 8463 §3: Ed25519 signs the hash as if it were the text
    padding, hashed = PKCS1v15(), Prehashed(SHA256())
    return lambda digest: key.sign(digest, padding, hashed)
