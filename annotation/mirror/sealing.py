"""Identifiers from outside, encrypted before they leave the machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from annotation.mirror.errors import MirrorBroken
from annotation.store.changes import Value

SEALED: Mapping[str, frozenset[str]] = {"identity": frozenset({"external_id", "details"})}
"""Table to the columns that say who somebody is elsewhere."""

_PROOF = "tiebreak"


class Seal:
    """Encrypts (Fernet: AES-128-CBC and HMAC-SHA256) under a key derived from SECRET by HKDF.

    old_secrets: what SECRET was before; what was sealed under one of them can still be opened.
    """

    def __init__(self, secret: str, old_secrets: Sequence[str] = ()) -> None:
        self._newest = Fernet(_key(secret))
        self._fernet = MultiFernet([self._newest, *(Fernet(_key(one)) for one in old_secrets)])

    def sealed(self, columns: Sequence[str], fields: Sequence[Value], table: str) -> list[Value]:
        """The fields of a row, or of its key, with identifiers encrypted; null stays null."""
        secret = SEALED.get(table, frozenset())
        return [
            self._close(field) if name in secret and field is not None else field
            for name, field in zip(columns, fields, strict=True)
        ]

    def opened(self, columns: Sequence[str], fields: Sequence[Value], table: str) -> list[Value]:
        """The opposite; raises MirrorBroken where the secret is another one."""
        secret = SEALED.get(table, frozenset())
        return [
            self._open(str(field)) if name in secret and field is not None else field
            for name, field in zip(columns, fields, strict=True)
        ]

    def proof(self) -> str:
        """A word by which a later process sees whether its secret is the same."""
        return self._close(_PROOF)

    def check(self, proof: str) -> None:
        """Raise MirrorBroken unless `proof` was made under this secret."""
        if self._open(proof) != _PROOF:
            raise MirrorBroken("the mirror's proof is not ours")

    def is_old(self, proof: str) -> bool:
        """Whether `proof` was made under a secret from before."""
        try:
            self._newest.decrypt(proof)
        except InvalidToken:
            return True
        return False

    def _close(self, field: Value) -> str:
        return self._fernet.encrypt(json.dumps(field).encode()).decode()

    def _open(self, token: str) -> Value:
        try:
            opened: Value = json.loads(self._fernet.decrypt(token))
        except InvalidToken:
            raise MirrorBroken(
                "the mirror was written under another SECRET: set the one that it was written "
                "under (and not another, or people could not come back with their links)"
            ) from None
        return opened


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=b"tiebreak mirror 1").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
