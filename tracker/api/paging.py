"""Pages of lists, by cursor: what is added meanwhile moves nothing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from tracker.errors import InvalidFields


class Pages(CursorPagination):
    """Pages of at most 200 rows; `ordering` must end with a unique column."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering or ("-pk",)

    def answer(
        self,
        rows: QuerySet[Any],
        request: Request,
        serializer: type[BaseSerializer[Any]],
    ) -> Response:
        """Return the page that the request asks for; refuse a cursor not of ours."""
        try:
            page = self.paginate_queryset(rows, request)
        except (NotFound, ValueError, TypeError, ValidationError, DataError):
            raise InvalidFields({"cursor": ["Use a link from an answer."]}) from None
        return self.get_paginated_response(serializer(page, many=True).data)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page in the words of OpenAPI 3.1."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
