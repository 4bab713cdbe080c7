"""Who is asking: the parameter `api_key` is a token like any other."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request

from accounts.models import User
from accounts.signin.authentication import TokenAuthentication, user_for_token
from accounts.signin.models import DeviceToken


class ApiKey(TokenAuthentication):
    """`Authorization: Token …`, or the same token as `api_key`: in the body of a POST, else in the address."""

    def authenticate(self, request: Request) -> tuple[User, DeviceToken] | None:
        known = super().authenticate(request)
        if known is not None:
            return known
        body: Any = request.POST if request.method == "POST" else {}
        key = body.get("api_key") or request.query_params.get("api_key")
        return user_for_token(key) if key else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema describes it."""

    target_class = "tickets.open311.keys.ApiKey"
    name = "api_key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": "api_key", "description": "A resident's token."}
