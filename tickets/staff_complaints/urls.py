from django.urls import path

from tickets.staff_complaints.views import StaffComplaintViewSet

STEPS = {"take": "take", "name": "name_person", "answer": "answer", "withdraw": "withdraw"}

urlpatterns = [
    path("staff-complaints", StaffComplaintViewSet.as_view({"get": "list", "post": "create"})),
    path("staff-complaints/<uuid:complaint_id>", StaffComplaintViewSet.as_view({"get": "retrieve"})),
    path("staff-complaints/<uuid:complaint_id>/events", StaffComplaintViewSet.as_view({"get": "events"})),
    *(
        path(f"staff-complaints/<uuid:complaint_id>/{step}", StaffComplaintViewSet.as_view({"post": action}))
        for step, action in STEPS.items()
    ),
]
