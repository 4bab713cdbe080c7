from typing import Any

from django.contrib.auth.validators import UnicodeUsernameValidator
from rest_framework import serializers

from accounts.people.contacts import WithContacts
from accounts.people.models import Language, Role, RoleGrant, User
from accounts.territories.time_zones import validate_time_zone
from sync.serializing import Input, Output


class GrantOutput(Output, serializers.ModelSerializer[RoleGrant]):
    """A role and where it holds; no territory means everywhere."""

    territory_id = serializers.UUIDField(allow_null=True)

    class Meta:
        model = RoleGrant
        fields = ["role", "territory_id"]


class UserOutput(WithContacts, serializers.ModelSerializer[User]):
    """A person with their roles and the codes of their skills."""

    CONTACTS = frozenset({"phone", "email"})

    roles = serializers.SerializerMethodField(help_text="The roles without their places, each once.")
    grants = GrantOutput(many=True, read_only=True)
    skills = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="code")

    class Meta:
        model = User
        fields = [
            "id",
            "username",
            "phone",
            "name",
            "email",
            "language",
            "time_zone",
            "is_active",
            "roles",
            "grants",
            "skills",
        ]
        read_only_fields = fields

    def shows(self, row: User) -> bool:
        """People are shown their own; how those who work here are reached, whoever sees them."""
        return row == self.viewer or row.works_here or super().shows(row)

    def get_roles(self, person: User) -> list[str]:
        return sorted(person.roles)


class GrantRoleInput(Input):
    """A role and where it holds; without territory everywhere."""

    role = serializers.ChoiceField(Role.choices)
    territory_id = serializers.UUIDField(required=False, allow_null=True, default=None)


class ProfileFields(serializers.Serializer[Any]):
    """What people may say about themselves."""

    name = serializers.CharField(max_length=150)
    email = serializers.EmailField(required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])


class ChangeOwnProfileInput(ProfileFields):
    """New values for some of the fields."""


class ChangePersonInput(ProfileFields):
    """New values for some of the fields."""

    username = serializers.CharField(
        max_length=150, required=False, allow_null=True, validators=[UnicodeUsernameValidator()]
    )
    phone = serializers.CharField(max_length=30, required=False, allow_null=True)
    skills = serializers.ListField(
        child=serializers.CharField(max_length=50), required=False, help_text="Codes; those left out are taken away."
    )


class CreatePersonInput(ChangePersonInput):
    """Somebody new, with a username (staff) or a phone number (residents) or both."""

    id = serializers.UUIDField(required=False)
    password = serializers.CharField(max_length=128, required=False, trim_whitespace=False, write_only=True)
    roles = GrantRoleInput(many=True, required=False)


class SetPasswordInput(Input):
    """The password that the person signs in with from now on."""

    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
