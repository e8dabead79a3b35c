"""Lets a request body come in chunks, without a length, up to the same bound.

WSGI has no word for such a body, and Django takes it for an empty one. Phones send it
when they stream: OkHttp with a gzip interceptor, URLSession with a stream, fetch with
a ReadableStream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig


Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Only programs send them; a browser's form always knows its length.
PREFIX: Final = "/api/"
#: What is asked of the web server at a time. Unit: bytes.
PART: Final = 65_536


class ChunkedBody:
    """The bytes of a chunked body: nothing is read before somebody asks."""

    def __init__(self, source: Any, most: int) -> None:
        self._source, self._most = source, most

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes; raise RequestDataTooBig when there are too many."""
        return self._whole.read(size)

    def readline(self, size: int = -1) -> bytes:
        """Return one line; raise RequestDataTooBig when there are too many bytes."""
        return self._whole.readline(size)

    @cached_property
    def _whole(self) -> BytesIO:
        parts, length = [], 0
        while part := self._source.read(PART):
            length += len(part)
            if length > self._most:
                message = "A chunked body is larger than a body may be."
                raise RequestDataTooBig(message)
            parts.append(part)
        return BytesIO(b"".join(parts))


def taking_chunks(application: Application) -> Application:
    """Return the application, for which a chunked body has a length: the bound."""

    def answer(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if _is_chunked(environ):
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            environ["wsgi.input"] = ChunkedBody(environ["wsgi.input"], most)
            environ["CONTENT_LENGTH"] = str(most)
        return application(environ, start_response)

    return answer


def _is_chunked(environ: dict[str, Any]) -> bool:
    return (
        environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        and not environ.get("CONTENT_LENGTH")
        and environ.get("PATH_INFO", "").startswith(PREFIX)
    )
