"""Shifts and absences on phones: technicians carry their own plan, and ask for absences without signal."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sync.registry import Body, Document, Operation
from sync.repeats import look_for
from sync.serializing import body_of
from tickets.shifts import absences, selectors
from tickets.shifts import serializers as forms
from tickets.shifts.models import Absence, Shift
from tickets.shifts.writes import COMPUTED, absence_meaning

OPERATIONS = {
    "absence.ask": Operation(forms.AskAbsenceInput, absences.ask_absence, (look_for(Absence),)),
    "absence.cancel": Operation(forms.CancelOwnAbsenceInput, absences.cancel_absence),
}


def load_shifts(ids: Collection[UUID]) -> Iterable[Shift]:
    """The rows, in one query."""
    return selectors.with_shown(Shift.objects.filter(pk__in=ids))


def shift_followers(shift: Shift) -> list[str]:
    """Whose it is, from its publication until it is archived, unless it is called off."""
    told = shift.state == Shift.State.PUBLISHED and not shift.archived
    return [f"technician:{shift.technician_id}"] if told else []


def render_shift(shift: Shift, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.ShiftOutput)(shift)


def load_absences(ids: Collection[UUID]) -> Iterable[Absence]:
    """The rows, in one query."""
    return selectors.absences_with_shown(Absence.objects.filter(pk__in=ids))


def absence_followers(absence: Absence) -> list[str]:
    """Whose it is, until it is archived."""
    return [] if absence.archived else [f"technician:{absence.technician_id}"]


def render_absence(absence: Absence, audience: str) -> Body:
    """As over HTTP."""
    return body_of(forms.AbsenceOutput)(absence)


DOCUMENTS = {
    "shifts": Document(load=load_shifts, followers=shift_followers, render=render_shift),
    "absences": Document(
        load=load_absences,
        followers=absence_followers,
        render=render_absence,
        meaning=absence_meaning,
        computed=COMPUTED,
    ),
}
