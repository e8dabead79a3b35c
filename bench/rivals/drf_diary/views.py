"""Push a list, pull what is newer than a time: the usual way to sync with DRF."""

from __future__ import annotations

from django.db import transaction
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.rivals.drf_diary.models import MODELS
from bench.rivals.drf_diary.serializers import SERIALIZERS, WITH_PATIENT


class CollectionView(APIView):
    """One collection of the diary."""

    def post(self, request, name):
        serializer = SERIALIZERS[name](data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save(patient=request.user.patient)
        return Response(serializer.data, status=201)

    def get(self, request, name):
        records = MODELS[name].objects.filter(patient=request.user.patient)
        if since := request.query_params.get("updated_after"):
            records = records.filter(updated_at__gt=since)
        limit = int(request.query_params.get("limit", 1000))
        return Response(
            SERIALIZERS[name](records.order_by("updated_at")[:limit], many=True).data
        )


class CollectionWithPatientView(APIView):
    """The same, where each record names its patient."""

    def post(self, request, name):
        serializer = WITH_PATIENT[name](data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)


class DiaryView(APIView):
    """Several collections in one request, all or nothing."""

    @transaction.atomic
    def post(self, request):
        saved = {}
        for name, records in request.data.items():
            serializer = SERIALIZERS[name](data=records, many=True)
            serializer.is_valid(raise_exception=True)
            serializer.save(patient=request.user.patient)
            saved[name] = serializer.data
        return Response(saved, status=201)
