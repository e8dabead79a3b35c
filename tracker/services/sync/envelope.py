"""From the bytes of a request to its envelope; the records inside stay raw.

Only a body that is not a sync request at all is refused here. A fault inside one
record is that record's own affair and is judged later, record by record.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec

from tracker.errors import BodyTooLarge, InvalidInput


#: Bytes of one request, after decompression. 10,000 entries of 600 bytes are 6 MB.
MAX_BODY_BYTES: Final = 20 * 1024 * 1024
#: Records of one push of the native protocol; a phone with more sends them in parts.
MAX_NATIVE_RECORDS: Final = 10_000
#: Records of one push of a client that cannot send them in parts.
MAX_RECORDS: Final = 50_000
DEFAULT_LIMIT: Final = 1_000
#: Records of one page of the reply. A larger wish is met in pages of this size.
MAX_LIMIT: Final = 5_000


class Envelope(msgspec.Struct, frozen=True):
    """One sync request; `changes` maps a collection to its records, still raw."""

    changes: dict[str, msgspec.Raw] = {}
    patient: UUID | None = None
    cursor: str | None = None
    device: UUID | None = None
    app_version: str | None = None
    sent_at: datetime | None = None
    limit: int | None = None

    @property
    def page_size(self) -> int:
        """The records of one page: the phone's wish within our bounds."""
        return min(self.limit or DEFAULT_LIMIT, MAX_LIMIT)

    @property
    def push(self) -> int | None:
        """A hash of what is pushed, and from where and when; None when nothing is.

        The same content from further on is another push: somebody who takes an edit
        back sends what they sent before.
        """
        if not self.changes:
            return None
        parts = [f"{self.cursor} {self.sent_at}".encode("utf-8", "replace")]
        for name, raw in self.changes.items():
            parts += [name.encode("utf-8", "replace"), bytes(raw)]
        digest = blake2b(b"\0".join(parts), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


_decoder = msgspec.json.Decoder(Envelope)
_any_decoder = msgspec.json.Decoder()
_records_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def open_envelope(body: bytes, *, gzipped: bool) -> Envelope:
    """Decode a request body.

    Raises:
        BodyTooLarge: more bytes than MAX_BODY_BYTES, before or after decompression.
        InvalidInput: not JSON, nested too deeply, or an envelope field is wrong.
    """
    envelope: Envelope = _decode(_plain(body, gzipped=gzipped), _decoder)
    if envelope.limit is not None and envelope.limit < 1:
        raise InvalidInput("limit must be at least 1.")
    if envelope.sent_at is not None and envelope.sent_at.tzinfo is None:
        raise InvalidInput("sent_at needs an offset from UTC, such as +01:00.")
    return envelope


def read_json(body: bytes, *, gzipped: bool) -> Any:
    """Return whatever JSON a body holds, within the same bounds.

    Raises:
        BodyTooLarge: more bytes than MAX_BODY_BYTES, before or after decompression.
        InvalidInput: not JSON, or nested too deeply.
    """
    return _decode(_plain(body, gzipped=gzipped), _any_decoder)


def read_rows(body: bytes, *, gzipped: bool) -> list[msgspec.Raw]:
    """Return the items of a body that is a JSON array, still raw.

    Raises:
        BodyTooLarge: more bytes than MAX_BODY_BYTES, or more items than MAX_RECORDS.
        InvalidInput: not a JSON array, or nested too deeply.
    """
    rows: list[msgspec.Raw] = _decode(_plain(body, gzipped=gzipped), _records_decoder)
    check_count([rows])
    return rows


def records_in(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    """Return the raw records of one collection; None when it is not a list."""
    try:
        return _records_decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def check_count(batches: Iterable[list[msgspec.Raw]]) -> None:
    """Refuse a push of more than MAX_RECORDS records."""
    if sum(map(len, batches)) > MAX_RECORDS:
        raise BodyTooLarge(f"Send at most {MAX_RECORDS} records in one request.")


def check_native_count(changes: dict[str, msgspec.Raw]) -> None:
    """Refuse a native push of more than MAX_NATIVE_RECORDS records.

    Raises BodyTooLarge, which tells the bounds to the phone's program, too.
    """
    if sum(len(bytes(raw)) for raw in changes.values()) < 2 * MAX_NATIVE_RECORDS:
        return  # not even empty records could be so many
    count = sum(len(records_in(raw) or ()) for raw in changes.values())
    if count > MAX_NATIVE_RECORDS:
        raise BodyTooLarge(f"Send at most {MAX_NATIVE_RECORDS} records at a time.")


def _plain(body: bytes, *, gzipped: bool) -> bytes:
    if not body:
        raise InvalidInput("The body is empty.")
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge
    return _decompress(body) if gzipped else body


def _decompress(body: bytes) -> bytes:
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise InvalidInput("The body is not valid gzip.") from None
    if len(plain) > MAX_BODY_BYTES:
        raise BodyTooLarge
    if not machine.eof:
        raise InvalidInput("The gzip body ends too early.")
    return plain


def _decode(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(body)
    except RecursionError:
        raise InvalidInput("The JSON is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The sync request is malformed: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return decoder.decode(_mended(body))
    except RecursionError:
        raise InvalidInput("The JSON is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The sync request is malformed: {error}.") from None
    except ValueError:
        raise InvalidInput("The body is not valid JSON.") from None


def _mended(body: bytes) -> bytes:
    """Return the body with half emoji, NaN and a byte order mark made harmless.

    JavaScript writes a cut emoji as a lone surrogate, which a strict decoder refuses
    together with every other record of the push; the standard library reads it.
    """
    document = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=str)
    text = json.dumps(document, ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
