"""The opaque sync cursor: make it, read it, refuse what is not ours.

A cursor is a change number, sealed to one patient by a keyed hash. It is opaque so
that no client does arithmetic with it, and sealed so that a cursor of another
diary (a shared phone, a second account) is refused instead of skipping records.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from tracker.errors import CursorInvalid


#: Bits of the change number; the generation stands above them.
_SEQ_BITS: Final = 40

_VERSION: Final = b"\x01"
_NUMBER_BYTES: Final = 8
_SEAL_BYTES: Final = 8
_LENGTH: Final = len(_VERSION) + _NUMBER_BYTES + _SEAL_BYTES


def position(seq: int, generation: int) -> int:
    """Return the one number that a cursor carries for a change number."""
    return generation << _SEQ_BITS | seq


def seq_and_generation(position: int) -> tuple[int, int]:
    """Return the change number and the generation of a cursor's number."""
    return position & (1 << _SEQ_BITS) - 1, position >> _SEQ_BITS


def _seal(number: bytes, patient_id: UUID, key: bytes) -> bytes:
    return hmac.digest(key, number + patient_id.bytes, "sha256")[:_SEAL_BYTES]


def make_cursor(seq: int, *, patient_id: UUID, key: bytes) -> str:
    """Return the cursor that says: this phone holds everything up to `seq`."""
    number = seq.to_bytes(_NUMBER_BYTES, "big")
    token = _VERSION + number + _seal(number, patient_id, key)
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def read_cursor(cursor: str | None, *, patient_id: UUID, key: bytes) -> int:
    """Return the change number of a cursor; null and "" mean nothing seen yet.

    Raises:
        CursorInvalid: it is damaged, or was made for another patient.
    """
    if not cursor:
        return 0
    try:
        token = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==")
    except (UnicodeEncodeError, binascii.Error):
        raise CursorInvalid from None
    number = token[1 : 1 + _NUMBER_BYTES]
    if len(token) != _LENGTH or not hmac.compare_digest(
        token, _VERSION + number + _seal(number, patient_id, key)
    ):
        raise CursorInvalid
    return int.from_bytes(number, "big")
