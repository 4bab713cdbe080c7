"""Routes of calendar links."""

from django.urls import path

from tickets.calendar_links.views import CalendarLinkView, CalendarView

urlpatterns = [
    path("me/calendar-link", CalendarLinkView.as_view()),
    path("calendar-links/<str:secret>.ics", CalendarView.as_view(), name="calendar-of-visits"),
]
