"""The rival's addresses."""

from __future__ import annotations

from django.urls import path

from bench.rivals.drf_diary import views


urlpatterns = [
    path("diary", views.DiaryView.as_view()),
    path("with_patient/<str:name>", views.CollectionWithPatientView.as_view()),
    path("<str:name>", views.CollectionView.as_view()),
]
