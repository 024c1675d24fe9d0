"""Queries on the people who label: joining, consent, training, identities, invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from annotation.store.queries import Queries, annotator_record, annotator_row
from annotation.store.records import (
    AnnotatorRecord,
    Identity,
    InviteUsed,
    Payee,
    Provider,
    PseudonymTaken,
    UnknownInvite,
)
from annotation.store.tables import AnnotatorRow, IdentityRow, InviteRow, LabelRow


class AnnotatorQueries(Queries):
    """Who labels, and how far they are."""

    def add_annotator(
        self,
        study: str,
        pseudonym: str,
        pseudonym_key: str,
        return_key_hash: str,
        now: datetime,
        *,
        invite_hash: str | None = None,
        identity: Identity | None = None,
    ) -> AnnotatorRecord:
        """A new annotator, with the invitation used up and the identity bound in one step.

        Where somebody has this return key already, it is them: the request came before and its
        answer was lost. Raises PseudonymTaken where `pseudonym_key` is in use by another,
        UnknownInvite or InviteUsed.
        """
        row = AnnotatorRow(
            study=study,
            pseudonym=pseudonym,
            pseudonym_key=pseudonym_key,
            return_key_hash=return_key_hash,
            joined_at=now,
        )
        with self._database.writing() as session:
            if known := _with_return_key(session, study, return_key_hash):
                return annotator_record(known)
            session.add(row)
            try:
                session.flush()
            except IntegrityError:
                session.rollback()
                # Its first copy may have come in between.
                if known := _with_return_key(session, study, return_key_hash):
                    return annotator_record(known)
                taken = col(AnnotatorRow.pseudonym_key) == pseudonym_key
                if session.scalar(
                    select(func.count()).where(col(AnnotatorRow.study) == study, taken)
                ):
                    raise PseudonymTaken(f"the pseudonym {pseudonym!r} is in use") from None
                raise
            if invite_hash:
                _use_invite(session, study, invite_hash, row)
            if identity:
                session.add(
                    IdentityRow(
                        study=study,
                        provider=identity.provider,
                        external_id=identity.external_id,
                        annotator_id=cast(int, row.id),
                        details=identity.details,
                        bound_at=now,
                    )
                )
                session.flush()
            return annotator_record(row)

    def annotator(self, study: str, return_key_hash: str) -> AnnotatorRecord | None:
        """Whose return key has this hash; None for nobody's."""
        return self._find(study, col(AnnotatorRow.return_key_hash) == return_key_hash)

    def annotator_again(self, annotator_id: int) -> AnnotatorRecord:
        """The annotator as they are now."""
        with self._database.reading() as session:
            return annotator_record(annotator_row(session, annotator_id, lock=False))

    def annotator_called(self, study: str, pseudonym_key: str) -> AnnotatorRecord | None:
        """Who has this pseudonym; None for nobody."""
        return self._find(study, col(AnnotatorRow.pseudonym_key) == pseudonym_key)

    def annotator_by_identity(self, study: str, identity: Identity) -> AnnotatorRecord | None:
        """Who this is elsewhere; None for somebody who has not been here."""
        with self._database.reading() as session:
            key = (study, identity.provider, identity.external_id)
            found = session.get(IdentityRow, key)
            return (
                annotator_record(session.get_one(AnnotatorRow, found.annotator_id))
                if found
                else None
            )

    def _find(self, study: str, condition: Any) -> AnnotatorRecord | None:
        with self._database.reading() as session:
            query = select(AnnotatorRow).where(condition, col(AnnotatorRow.study) == study)
            row = session.scalars(query).one_or_none()
            return annotator_record(row) if row else None

    def change_return_key(self, annotator_id: int, return_key_hash: str) -> None:
        """Give an annotator another return key; the old link leads nowhere from now on."""
        with self._database.writing() as session:
            annotator_row(session, annotator_id).return_key_hash = return_key_hash

    def record_consent(self, annotator_id: int, version: int | None, now: datetime) -> None:
        """Consent to a version of the text, or (None) its refusal."""
        with self._database.writing() as session:
            me = annotator_row(session, annotator_id)
            me.consent_refused = version is None
            me.consent_version, me.consented_at = version, now

    def record_training(
        self, annotator_id: int, finished_round: int, passed: bool, last: bool
    ) -> None:
        """How a round of the training ended; a second report of the same round changes nothing."""
        with self._database.writing() as session:
            me = annotator_row(session, annotator_id)
            if me.training_round == finished_round and not me.training_passed:
                me.training_passed = passed
                me.screened_out = not passed and last
                me.training_round = finished_round if passed or last else finished_round + 1

    def leave_out(self, annotator_id: int, categories: Collection[str]) -> None:
        """The categories that the annotator does not wish to see from now on."""
        with self._database.writing() as session:
            annotator_row(session, annotator_id).left_out = sorted(categories)

    def record_closing(self, annotator_id: int, answer: dict[str, str]) -> None:
        """The answer to the closing question; the first one counts."""
        with self._database.writing() as session:
            me = annotator_row(session, annotator_id)
            if me.closing is None:
                me.closing = answer

    def complete(self, annotator_id: int, now: datetime) -> None:
        """The annotator has done all there is; the first time counts."""
        with self._database.writing() as session:
            me = annotator_row(session, annotator_id)
            me.completed_at = me.completed_at or now

    def add_invites(self, study: str, code_hashes: Sequence[str], now: datetime) -> None:
        """New invitations, each good for one annotator."""
        rows = [{"study": study, "code_hash": each, "made_at": now} for each in code_hashes]
        with self._database.writing() as session:
            session.execute(insert(InviteRow), rows)

    def payees(self, study: str) -> list[Payee]:
        """Everybody with an identity elsewhere, by time of joining. Only payments read this."""
        labels = (
            select(col(LabelRow.annotator_id), func.count().label("labels"))
            .group_by(col(LabelRow.annotator_id))
            .subquery()
        )
        query = (
            select(IdentityRow, AnnotatorRow, func.coalesce(labels.c.labels, 0))
            .join(AnnotatorRow, col(AnnotatorRow.id) == col(IdentityRow.annotator_id))
            .outerjoin(labels, labels.c.annotator_id == col(AnnotatorRow.id))
            .where(col(IdentityRow.study) == study)
            .order_by(col(AnnotatorRow.id))
        )
        with self._database.reading() as session:
            return [
                Payee(
                    identity=Identity(
                        provider=cast(Provider, one.provider),
                        external_id=one.external_id,
                        details=one.details,
                    ),
                    annotator=annotator_record(row),
                    labels=count,
                )
                for one, row, count in session.execute(query).all()
            ]


def _with_return_key(session: Session, study: str, return_key_hash: str) -> AnnotatorRow | None:
    return session.scalars(
        select(AnnotatorRow).where(
            col(AnnotatorRow.study) == study, col(AnnotatorRow.return_key_hash) == return_key_hash
        )
    ).one_or_none()


def _use_invite(session: Session, study: str, code_hash: str, annotator: AnnotatorRow) -> None:
    invite = session.get(InviteRow, code_hash, with_for_update=True)
    if invite is None or invite.study != study:
        raise UnknownInvite("this invitation is not known")
    if invite.annotator_id is not None:
        raise InviteUsed("this invitation was used already")
    invite.annotator_id = annotator.id
    session.add(invite)
    session.flush()
