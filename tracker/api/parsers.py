"""JSON bodies of the API, within bounds. Sync reads its own, larger bodies."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from tracker.errors import BodyTooLarge


#: The longest sensible body is an exam with all findings and a note: some 20 kB.
BODY_MAX_BYTES: Final = 1024 * 1024


class BoundedJson(JSONParser):
    """JSON that is neither huge nor nested deeper than Python can follow."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed body; raise BodyTooLarge or ParseError."""
        body = stream.read(BODY_MAX_BYTES + 1)
        if len(body) > BODY_MAX_BYTES:
            raise BodyTooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
