"""The red-flag rules as data, so that a phone without a network can judge too."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tracker.domain.red_flag_rule_set import rule_set
from tracker.services.voice import Voice, spoken


class RulesView(APIView):
    """The versioned rule set. Public: it holds rules and texts, no patient data."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="rules", responses={200: OpenApiTypes.OBJECT}, auth=[])
    def get(self, request: Request) -> Response | HttpResponse:
        """Return the rule set; with a current If-None-Match, 304 and nothing.

        What patients read is in the language of Accept-Language, if there is one of
        the texts, else in English.
        """
        language = translation.get_language_from_request(request)
        rules = rule_set(Voice(language).say)
        headers = {
            "ETag": f'"{rules["digest"]}"',
            "Cache-Control": "max-age=300",
            "Content-Language": spoken(language),
            "Vary": "Accept-Language",
        }
        sent = request.headers.get("If-None-Match", "")
        if headers["ETag"] in [tag.strip() for tag in sent.split(",")]:
            return HttpResponse(status=304, headers=headers)
        return Response(rules, headers=headers)
