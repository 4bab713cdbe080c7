"""People, territories and skills in the admin site. People change through the same commands as everywhere."""

from typing import Any

import django.contrib.auth.admin  # noqa: F401 - registers Group, which is taken away below
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.models import RoleGrant, Skill, Territory, User
from accounts.people import services
from accounts.people.contacts import reads_contacts
from accounts.people.masking import masked
from accounts.people.phones import phone_number
from fieldsvc.errors import DomainError, Invalid
from fieldsvc.time import now
from sync.commands import Actor

admin.site.unregister(Group)  # roles decide here, not groups


@admin.register(Territory)
class TerritoryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "name_zh", "time_zone", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["code", "name", "name_zh"]


@admin.register(Skill)
class SkillAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "name", "name_zh"]
    search_fields = ["code", "name", "name_zh"]


class RoleGrantInline(TabularInline):  # type: ignore[misc]
    """Roles are granted and revoked, not changed."""

    model = RoleGrant
    fk_name = "user"
    fields = ["role", "territory"]
    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonForm(forms.ModelForm[User]):
    """What `create_person` and `change_person` take."""

    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="For staff. Signs the person out everywhere.",
    )

    class Meta:
        model = User
        fields = ["username", "phone", "name", "email", "language", "time_zone", "skills"]

    def clean_phone(self) -> str | None:
        phone = self.cleaned_data["phone"]
        if not phone:
            return None
        try:
            return phone_number(phone)
        except Invalid as refusal:
            raise forms.ValidationError(refusal.detail, refusal.code) from refusal

    def clean_username(self) -> str | None:
        return self.cleaned_data["username"].lower() if self.cleaned_data["username"] else None


@admin.register(User)
class UserAdmin(ModelAdmin):  # type: ignore[misc]
    """Who is here. Nobody is deleted: those who leave are deactivated, as what they did keeps their name."""

    form = PersonForm
    inlines = [RoleGrantInline]
    list_display = ["name", "username", "reached_at", "is_active", "last_login"]
    list_filter = ["is_active", "role_grants__role", "role_grants__territory"]
    search_fields = ["name", "username"]
    actions = ["deactivate", "reactivate"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
        return found.prefetch_related("role_grants")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """How residents are reached is for those who call them; a lost number is the matter of a recovery."""
        fields: list[str] = super().get_fields(request, obj)
        ours = obj is None or obj.works_here or reads_contacts(request.user)  # type: ignore[arg-type]
        return fields if ours else [name for name in fields if name not in ("phone", "email")]

    @admin.display(description="phone")
    def reached_at(self, person: User) -> str:
        return (person.phone or "") if person.works_here else masked(person.phone or "")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a command refuses is said on the page, and nothing of it is kept."""
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(request.get_full_path())
        return response

    def save_model(self, request: HttpRequest, person: User, form: PersonForm, change: bool) -> None:
        told = {name: form.cleaned_data[name] for name in form.changed_data if name != "new_password"}
        if "skills" in told:
            told["skills"] = [skill.code for skill in told["skills"]]
        if change:
            services.change_person(actor=_actor(request), occurred_at=now(), person_id=person.pk, **told)
        else:
            created = services.create_person(actor=_actor(request), occurred_at=now(), **{"name": "", **told})
            person.pk = created.pk

    def save_related(self, request: HttpRequest, form: PersonForm, formsets: Any, change: bool) -> None:
        """Roles after the person, and the password after the roles: only staff may have one."""
        whom: dict[str, Any] = {"actor": _actor(request), "occurred_at": now(), "person_id": form.instance.pk}
        for formset in formsets:
            formset.save(commit=False)
            for grant in formset.new_objects:
                services.grant_role(**whom, role=grant.role, territory_id=grant.territory_id)
            # The objects of the formset were filled from a form that only says which to delete.
            for grant in RoleGrant.objects.filter(pk__in=[row.pk for row in formset.deleted_objects]):
                services.revoke_role(**whom, role=grant.role, territory_id=grant.territory_id)
        if password := form.cleaned_data["new_password"]:
            services.set_password(**whom, password=password)

    @admin.action(description="Deactivate: sign out everywhere, let in no more")
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            try:
                services.deactivate_person(actor=_actor(request), occurred_at=now(), person_id=person.pk)
            except DomainError as refusal:
                messages.error(request, refusal.detail)

    @admin.action(description="Reactivate")
    def reactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            services.reactivate_person(actor=_actor(request), occurred_at=now(), person_id=person.pk)


def _actor(request: HttpRequest) -> Actor:
    return Actor(user=request.user)
