from django.urls import path

from tickets.reports.views import BacklogView, TicketReportView

urlpatterns = [
    path("reports/tickets", TicketReportView.as_view()),
    path("reports/backlog", BacklogView.as_view()),
]
