"""Ways into a study: a pseudonym, an invitation, an account elsewhere, a return link."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode

from annotation.blind import Joined
from annotation.store import AnnotatorRecord, Identity, UnknownInvite
from annotation.workflow.errors import NotInvited, SomebodyElse, UnknownReturnKey
from annotation.workflow.pseudonyms import shown_and_key
from annotation.workflow.serving import Serving

RETURN_KEY_BYTES = 16


class Joining(Serving):
    """Who it is."""

    def join(
        self, pseudonym: str, invite: str | None = None, joining_id: str | None = None
    ) -> Joined:
        """A new annotator, or the one who joined with this `joining_id` before.

        The id is minted by the sender, as secret as the return key that is made from it: who
        sends a join again, because its answer was lost, gets the same account and key. Raises
        BadPseudonym, PseudonymTaken, NotInvited, or of the invite UnknownInvite or InviteUsed.
        """
        mode = self.study.access.mode
        if mode not in {"open", "invite"}:
            raise NotInvited(f"this study is joined through {mode} only")
        if mode == "invite" and not invite:
            raise UnknownInvite("this study is joined with an invitation")
        name, key = shown_and_key(pseudonym)
        return_key = self._return_key(joining_id)
        annotator = self._store.add_annotator(
            self.study.key,
            name,
            key,
            _hash(return_key),
            self._now(),
            invite_hash=_hash(invite) if mode == "invite" and invite else None,
        )
        return Joined(annotator=annotator, return_key=return_key)

    def enter(self, identity: Identity, current: str | None = None) -> Joined:
        """Who comes from elsewhere, under a drawn pseudonym; the same account on every device.

        A return link given out before stops working: the way back is the one they came.
        `current` is the return key that the browser has kept. Raises NotInvited, or SomebodyElse
        where that one belongs to another account.
        """
        if identity.provider != self.study.access.mode:
            raise NotInvited(f"this study is not joined through {identity.provider}")
        return_key = secrets.token_urlsafe(RETURN_KEY_BYTES)
        known = self._store.annotator_by_identity(self.study.key, identity)
        here = self._store.annotator(self.study.key, _hash(current)) if current else None
        if here and current:
            if known is None or known.id != here.id:
                raise SomebodyElse("this browser labels under another account")
            return Joined(annotator=here, return_key=current)
        if known:
            self._store.change_return_key(known.id, _hash(return_key))
            return Joined(annotator=known, return_key=return_key)
        name = f"annotator-{secrets.token_hex(4)}"
        annotator = self._store.add_annotator(
            self.study.key, name, name, _hash(return_key), self._now(), identity=identity
        )
        return Joined(annotator=annotator, return_key=return_key)

    def invite(self, count: int) -> list[str]:
        """New invitation codes; they are kept nowhere else."""
        codes = [secrets.token_urlsafe(RETURN_KEY_BYTES) for _ in range(count)]
        self._store.add_invites(self.study.key, [_hash(code) for code in codes], self._now())
        return codes

    def annotator_of(self, return_key: str) -> AnnotatorRecord:
        """Whose return link this is; raises UnknownReturnKey."""
        found = self._store.annotator(self.study.key, _hash(return_key))
        if found is None:
            raise UnknownReturnKey("this return link belongs to nobody in this study")
        return found

    def _return_key(self, joining_id: str | None) -> str:
        if joining_id is None:
            return secrets.token_urlsafe(RETURN_KEY_BYTES)
        # The id has 128 random bits, so nothing slower is needed; the study keeps apart what
        # one browser sends to two of them.
        seed = f"return key|{self.study.key}|{joining_id}".encode()
        digest = hashlib.sha256(seed).digest()[:RETURN_KEY_BYTES]
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash(key: str) -> str:
    # 128 random bits need no slow hash: there is nothing to guess from.
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
