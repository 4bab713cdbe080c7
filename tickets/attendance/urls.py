from django.urls import path

from tickets.attendance.views import AttendanceCorrectionView, AttendanceDayViewSet, AttendanceReportView

urlpatterns = [
    path("attendance-days", AttendanceDayViewSet.as_view({"get": "list"})),
    path("attendance-days/<uuid:pk>", AttendanceDayViewSet.as_view({"get": "retrieve"})),
    path("attendance-days/<uuid:pk>/correct", AttendanceDayViewSet.as_view({"post": "correct"})),
    path("attendance-corrections/<uuid:pk>/withdraw", AttendanceCorrectionView.as_view()),
    path("reports/attendance", AttendanceReportView.as_view()),
]
