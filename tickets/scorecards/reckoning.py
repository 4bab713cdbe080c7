"""What the indicators say of people or territories in a month: asked of those who reckon them, for many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from accounts.models import Territory
from sync.sql import execute
from tickets.callbacks.models import Callback
from tickets.callbacks.selectors import KeptOfDay, kept_by_day
from tickets.reports.formulas import METRICS
from tickets.reports.models import SUMS, ReportCell
from tickets.samples.models import SampledTicket
from tickets.samples.selectors import WORKED, figures_by
from tickets.scorecards.indicators import CALLBACKS_KEPT, OF_TICKETS, SAMPLES_CONSISTENT
from tickets.scorecards.models import Subject

OF_PERSON = {
    Subject.TECHNICIAN: "SELECT DISTINCT ticket_id, technician_id AS person_id FROM tickets_visit "
    "WHERE technician_id = ANY(%(people)b) AND status = ANY(%(worked)b)",
    Subject.AGENT: "SELECT id AS ticket_id, opened_by_id AS person_id FROM tickets_ticket "
    "WHERE opened_by_id = ANY(%(people)b)",
}
"""Whose a ticket is: of each technician who has ended a visit at it; of the agent who wrote it down."""
SUMMED = ", ".join(f"sum(facts.{name})::bigint" for name in SUMS)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, by its first and its last day."""

    first: date
    last: date

    @classmethod
    def of(cls, day: date) -> "Month":
        """That in which the day lies."""
        first = day.replace(day=1)
        return cls(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Told:
    """What an indicator says, and `of` how many tickets, promises or reviews. Of none there is no value."""

    value: float | None = None
    of: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked about, by ids of people or territories; what they did where, in which month, as known at `at`."""

    kind: Subject
    ids: Sequence[UUID]
    places: Collection[Territory]
    month: Month
    at: datetime

    def answers(self, indicators: Collection[str]) -> dict[str, Mapping[UUID, Told]]:
        """What each indicator says of each of them. Nothing is reckoned that was not asked for."""
        told: dict[str, Mapping[UUID, Told]] = {}
        if wanted := OF_TICKETS.keys() & indicators:
            told |= self._of_tickets(wanted)
        if CALLBACKS_KEPT in indicators:
            told[CALLBACKS_KEPT] = self._callbacks_kept()
        if SAMPLES_CONSISTENT in indicators:
            told[SAMPLES_CONSISTENT] = self._samples_consistent()
        return told

    def _of_tickets(self, wanted: Collection[str]) -> dict[str, Mapping[UUID, Told]]:
        sums = self._sums()
        return {
            metric.name: {pk: Told(metric.value(counted), metric.of(counted)) for pk, counted in sums.items()}
            for metric in METRICS
            if metric.name in wanted
        }

    def _sums(self) -> dict[UUID, dict[str, int]]:
        """Of the tickets reported in the month, by whose they are. A month is whole cells."""
        places = [territory.pk for territory in self.places]
        days = (self.month.first, self.month.last)
        if self.kind is Subject.TERRITORY:
            cells = ReportCell.objects.filter(territory_id__in=places, starts_on__range=days).order_by()
            rows = list(cells.values_list("territory_id").annotate(*(Sum(name) for name in SUMS)))
        else:
            query = (
                f"SELECT whose.person_id, {SUMMED} FROM tickets_ticketfacts facts "
                f"JOIN ({OF_PERSON[self.kind]}) whose USING (ticket_id) "
                "WHERE facts.day BETWEEN %(first)s AND %(last)s AND facts.territory_id = ANY(%(places)b) GROUP BY 1"
            )
            people = {"people": list(self.ids), "worked": [str(status) for status in WORKED]}
            rows = execute(query, {**people, "first": days[0], "last": days[1], "places": places})
        return {pk: dict(zip(SUMS, (number or 0 for number in sums), strict=True)) for pk, *sums in rows}

    def _callbacks_kept(self) -> dict[UUID, Told]:
        """Of all days of the month together."""
        together: dict[UUID, KeptOfDay] = {}
        days = {"first": self.month.first, "last": self.month.last}
        for territory in self.places:
            for line in kept_by_day(Callback.objects.all(), territory, **days, at=self.at):
                whose = territory.pk if self.kind is Subject.TERRITORY else line.person_id
                if whose is not None:
                    total = together.setdefault(whose, KeptOfDay(self.month.first, line.person_id, ""))
                    total.kept, total.missed = total.kept + line.kept, total.missed + line.missed
        return {pk: Told(total.kept_share, total.kept + total.missed) for pk, total in together.items()}

    def _samples_consistent(self) -> dict[UUID, Told]:
        """Of the weekly samples alone, as nobody chose what they are of; each belongs to the month in which it ends."""
        drawn = SampledTicket.objects.filter(
            sample__territory__in=self.places,
            sample__weekly=True,
            sample__last__range=(self.month.first, self.month.last),
        )
        match self.kind:
            case Subject.TERRITORY:
                found = figures_by(drawn, "sample__territory")
            case Subject.TECHNICIAN:
                visits = {"ticket__visits__technician__in": self.ids, "ticket__visits__status__in": WORKED}
                found = figures_by(drawn, "ticket__visits__technician", **visits)
            case Subject.AGENT:
                found = figures_by(drawn, "ticket__opened_by", ticket__opened_by__in=self.ids)
        return {
            pk: Told(1 - figures.inconsistent_share, figures.reviewed)
            for pk, figures in found.items()
            if figures.inconsistent_share is not None
        }
