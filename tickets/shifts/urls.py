from django.urls import path

from tickets.shifts.views import AbsenceViewSet, ShiftViewSet, WeekPlanView

urlpatterns = [
    path("shifts", ShiftViewSet.as_view({"get": "list", "post": "create"})),
    path("shifts/week", WeekPlanView.as_view()),
    path("shifts/publish", ShiftViewSet.as_view({"post": "publish"})),
    path("shifts/copy-week", ShiftViewSet.as_view({"post": "copy_week"})),
    path("shifts/plan-pattern", ShiftViewSet.as_view({"post": "plan_pattern"})),
    path("shifts/<uuid:pk>", ShiftViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("shifts/<uuid:pk>/cancel", ShiftViewSet.as_view({"post": "cancel"})),
    path("absences", AbsenceViewSet.as_view({"get": "list", "post": "create"})),
    path("absences/enter", AbsenceViewSet.as_view({"post": "enter"})),
    path("absences/<uuid:pk>", AbsenceViewSet.as_view({"get": "retrieve"})),
    path("absences/<uuid:pk>/approve", AbsenceViewSet.as_view({"post": "approve"})),
    path("absences/<uuid:pk>/reject", AbsenceViewSet.as_view({"post": "reject"})),
    path("absences/<uuid:pk>/cancel", AbsenceViewSet.as_view({"post": "cancel"})),
]
