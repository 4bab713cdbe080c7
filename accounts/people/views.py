from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people import access, services
from accounts.people.filters import UserFilter
from accounts.people.models import STAFF, User
from accounts.people.serializers import (
    ChangeOwnProfileInput,
    ChangePersonInput,
    CreatePersonInput,
    GrantRoleInput,
    SetPasswordInput,
    UserOutput,
)
from fieldsvc.time import now
from sync.http import actor_of, perform


class MeView(APIView):
    """The person who is signed in."""

    @extend_schema(operation_id="me_retrieve", tags=["accounts"], responses=UserOutput)
    def get(self, request: Request) -> Response:
        """Oneself, with one's roles and where they hold."""
        person = actor_of(request).user
        return Response(UserOutput(person, context={"viewer": person}).data)

    @extend_schema(operation_id="me_change", tags=["accounts"], request=ChangeOwnProfileInput, responses=UserOutput)
    def patch(self, request: Request) -> Response:
        """Change one's own name, e-mail address, language or time zone."""
        form = ChangeOwnProfileInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        person = services.change_own_profile(actor=actor_of(request), occurred_at=now(), **form.validated_data)
        return Response(UserOutput(person, context={"viewer": person}).data)


class UserViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[User]):
    """Colleagues and residents; changed by administrators of everything."""

    queryset = User.objects.none()
    serializer_class = UserOutput
    filterset_class = UserFilter
    search_fields = ["name", "username"]
    contact_search_fields = ["phone", "email"]
    ordering = ["name", "id"]
    ordering_fields = ["name", "username", "registered_at"]

    def get_queryset(self) -> QuerySet[User]:
        return access.visible_people(actor_of(self.request).user).prefetch_related("role_grants", "skills")

    @extend_schema(operation_id="users_list", tags=["accounts"])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The staff of one's own territories, and for the desk the residents too. For staff."""
        access.require_role(actor_of(request), *STAFF)
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="users_retrieve", tags=["accounts"], responses=UserOutput)
    def retrieve(self, request: Request, person_id: UUID) -> Response:
        """One person."""
        return Response(self.get_serializer(access.person_to_see(actor_of(request), person_id)).data)

    @extend_schema(
        operation_id="users_create", tags=["accounts"], request=CreatePersonInput, responses={201: UserOutput}
    )
    def create(self, request: Request) -> Response:
        """Somebody new. For administrators."""
        person = perform(request, CreatePersonInput, services.create_person)
        return Response(self.get_serializer(person).data, status.HTTP_201_CREATED)

    @extend_schema(operation_id="users_change", tags=["accounts"], request=ChangePersonInput, responses=UserOutput)
    def partial_update(self, request: Request, person_id: UUID) -> Response:
        """Change somebody. For administrators; name, e-mail, language and time zone of residents for the desk, too."""
        form = ChangePersonInput(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        person = services.change_person(
            actor=actor_of(request), occurred_at=now(), person_id=person_id, **form.validated_data
        )
        return Response(self.get_serializer(person).data)

    @extend_schema(operation_id="users_grant_role", tags=["accounts"], request=GrantRoleInput, responses=UserOutput)
    def grant_role(self, request: Request, person_id: UUID) -> Response:
        """Give somebody a role, in a territory or everywhere. For administrators."""
        person = perform(request, GrantRoleInput, services.grant_role, person_id=person_id)
        return Response(self.get_serializer(person).data)

    @extend_schema(operation_id="users_revoke_role", tags=["accounts"], request=GrantRoleInput, responses=UserOutput)
    def revoke_role(self, request: Request, person_id: UUID) -> Response:
        """Take a role away, in a territory or the one that holds everywhere. For administrators."""
        person = perform(request, GrantRoleInput, services.revoke_role, person_id=person_id)
        return Response(self.get_serializer(person).data)

    @extend_schema(operation_id="users_set_password", tags=["accounts"], request=SetPasswordInput, responses=UserOutput)
    def set_password(self, request: Request, person_id: UUID) -> Response:
        """Give one of the staff a new password, which signs them out everywhere. For administrators."""
        person = perform(request, SetPasswordInput, services.set_password, person_id=person_id)
        return Response(self.get_serializer(person).data)

    @extend_schema(operation_id="users_deactivate", tags=["accounts"], request=None, responses=UserOutput)
    def deactivate(self, request: Request, person_id: UUID) -> Response:
        """Somebody has left: signed out everywhere, and not let in again. For administrators."""
        person = services.deactivate_person(actor=actor_of(request), occurred_at=now(), person_id=person_id)
        return Response(self.get_serializer(person).data)

    @extend_schema(operation_id="users_reactivate", tags=["accounts"], request=None, responses=UserOutput)
    def reactivate(self, request: Request, person_id: UUID) -> Response:
        """Somebody is back, with the roles they had. For administrators."""
        person = services.reactivate_person(actor=actor_of(request), occurred_at=now(), person_id=person_id)
        return Response(self.get_serializer(person).data)
