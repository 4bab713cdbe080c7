from django.urls import path, register_converter

from tickets.open311.views import (
    DiscoveryView,
    PictureView,
    RequestsView,
    RequestView,
    ServiceDefinitionView,
    ServicesView,
    TokenView,
)


class Format:
    """The end of an address that says how the answer is written; it may be missing."""

    regex = r"|\.json|\.xml"

    def to_python(self, value: str) -> str:
        return value.removeprefix(".")

    def to_url(self, value: str) -> str:
        return f".{value}" if value else ""


class Name:
    """Anything up to that end; NUL, which no database takes, is in no name."""

    regex = r"[^/.\0]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Format, "open311_format")
register_converter(Name, "open311_name")

urlpatterns = [
    path("open311/discovery<open311_format:format>", DiscoveryView.as_view()),
    path("open311/services<open311_format:format>", ServicesView.as_view()),
    path("open311/services/<open311_name:service_code><open311_format:format>", ServiceDefinitionView.as_view()),
    path("open311/requests<open311_format:format>", RequestsView.as_view()),
    path("open311/requests/<open311_name:service_request_id><open311_format:format>", RequestView.as_view()),
    path("open311/pictures/<uuid:picture_id>", PictureView.as_view(), name="open311-picture"),
    path("open311/tokens/<open311_name:token><open311_format:format>", TokenView.as_view()),
]
