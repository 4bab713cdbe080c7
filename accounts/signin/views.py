from typing import cast

from axes.helpers import get_client_ip_address
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.signin import services
from accounts.signin.models import DeviceToken
from accounts.signin.serializers import (
    ChangeOwnPasswordInput,
    CodeRequestedOutput,
    RequestCodeInput,
    SignedInOutput,
    SignInInput,
    VerifyCodeInput,
)
from fieldsvc.time import now
from sync.http import actor_of


class SignInDoor(APIView):
    """Open to everybody: a token that is no longer good must not keep anybody from getting a new one."""

    authentication_classes: tuple[type[BaseAuthentication], ...] = ()
    permission_classes = (AllowAny,)


class SignInView(SignInDoor):
    @extend_schema(operation_id="sign_in", tags=["accounts"], request=SignInInput, responses=SignedInOutput)
    def post(self, request: Request) -> Response:
        """Sign in with username and password. For staff."""
        form = SignInInput(data=request.data)
        form.is_valid(raise_exception=True)
        signed_in = services.sign_in_with_password(request=request, occurred_at=now(), **form.validated_data)
        return Response(SignedInOutput(signed_in, context={"viewer": signed_in.user}).data)


class CodeView(SignInDoor):
    @extend_schema(
        operation_id="sign_in_code_request",
        tags=["accounts"],
        request=RequestCodeInput,
        responses={202: CodeRequestedOutput},
    )
    def post(self, request: Request) -> Response:
        """Have a one-time code sent to a phone. The answer is the same whether we know the phone or not."""
        form = RequestCodeInput(data=request.data)
        form.is_valid(raise_exception=True)
        services.request_code(occurred_at=now(), address=get_client_ip_address(request), **form.validated_data)
        return Response(CodeRequestedOutput({}).data, status.HTTP_202_ACCEPTED)


class VerifyCodeView(SignInDoor):
    @extend_schema(
        operation_id="sign_in_code_verify", tags=["accounts"], request=VerifyCodeInput, responses=SignedInOutput
    )
    def post(self, request: Request) -> Response:
        """Sign in with the code that the phone was sent; the first time registers a resident."""
        form = VerifyCodeInput(data=request.data)
        form.is_valid(raise_exception=True)
        signed_in = services.sign_in_with_code(
            occurred_at=now(), address=get_client_ip_address(request), **form.validated_data
        )
        return Response(SignedInOutput(signed_in, context={"viewer": signed_in.user}).data)


class SignOutView(APIView):
    @extend_schema(operation_id="sign_out", tags=["accounts"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out on this device."""
        services.sign_out(actor=actor_of(request), occurred_at=now(), token=cast(DeviceToken, request.auth))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignOutEverywhereView(APIView):
    @extend_schema(operation_id="sign_out_everywhere", tags=["accounts"], request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Sign out on all devices and in all browsers, this one too."""
        services.sign_out_everywhere(actor=actor_of(request), occurred_at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class OwnPasswordView(APIView):
    @extend_schema(
        operation_id="me_change_password", tags=["accounts"], request=ChangeOwnPasswordInput, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Choose a new password, and sign in anew with it everywhere. For staff."""
        form = ChangeOwnPasswordInput(data=request.data)
        form.is_valid(raise_exception=True)
        services.change_own_password(request=request, actor=actor_of(request), occurred_at=now(), **form.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
