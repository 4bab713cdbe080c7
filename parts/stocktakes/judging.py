"""Comparing a count with the books, and booking what differs.

The books of the count's moment may change after it: a phone tells later what was used before the count. So whatever
is late leads here again. What was counted stays; what was expected is replayed, and what was booked is corrected.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from parts.catalogue.models import Part
from parts.discrepancies.models import Discrepancy
from parts.discrepancies.services import Told, close_discrepancy, open_discrepancy
from parts.stock import ledger
from parts.stock.ledger import Holdings, Line, Reason
from parts.stocktakes.models import CountSheetLine, Stocktake, StocktakeLine
from parts.stocktakes.replay import Key, balances_at, moved_between
from parts.worth import is_within, worth
from sync.commands import Actor
from sync.rows import locked

Kind = Discrepancy.Kind
Status = Stocktake.Status
NOTHING = Decimal(0)


def judge(stocktake: Stocktake, *, actor: Actor, at: datetime) -> None:
    """Compare a count with the books as they are known now. The stocktake is locked. Part of commands.

    A variance within the limit posts by itself; above it, each line has a discrepancy with an owner until somebody
    else posts or cancels. Of one that was posted, what has changed since is booked.
    """
    lines = compare(stocktake)
    if stocktake.status == Status.POSTED:
        book(stocktake, lines, actor=actor)
    elif _is_beyond_doubt(stocktake, lines):
        post(stocktake, lines, actor=actor, at=at, by_itself=True)
    else:
        _ask(stocktake, lines, actor=actor, at=at)


def compare(stocktake: Stocktake) -> list[StocktakeLine]:
    """Replay what the books say of the count's moment, and write it beside what was counted."""
    assert stocktake.counted_at
    lines = _lines_of(stocktake)
    named = None if stocktake.kind == Stocktake.Kind.FULL else {part_id for part_id, _, _ in lines}
    there = _expected(stocktake, lines, named)
    for part_id, condition, serial in there.keys() - lines.keys():
        lines[part_id, condition, serial] = StocktakeLine.objects.create(
            stocktake=stocktake, part_id=part_id, condition=condition, serial=serial, counted=NOTHING
        )
    for key, line in lines.items():
        line.expected = there.get(key, NOTHING) - line.adjusted
    _let_unread_units_stand_for_known_ones(lines)
    moved = moved_between(stocktake.location_id, _spans(stocktake))
    for (part_id, _, _), line in lines.items():
        line.moved_meanwhile = part_id in moved
    StocktakeLine.objects.bulk_update(lines.values(), ["expected", "moved_meanwhile"])
    stocktake.value = worth((line.part, abs(line.variance)) for line in lines.values())
    stocktake.save(update_fields=["value"])
    return sorted(lines.values(), key=lambda line: (line.part_id, line.condition, line.serial))


def add_up(stocktake: Stocktake) -> None:
    """What all sheets say together, each part as of the last sheet that names it. Part of commands.

    A unit whose serial was read twice is there once.
    """
    told = CountSheetLine.objects.filter(sheet__stocktake=stocktake).select_related("part__superseded_by", "sheet")
    counted: dict[Key, Decimal] = defaultdict(Decimal)
    moments: dict[UUID, datetime] = {}
    for line in told:
        part_id = line.part.booked_as.pk
        counted[part_id, line.condition, line.serial] += line.counted
        moments[part_id] = max(line.sheet.counted_at, moments.get(part_id, line.sheet.counted_at))
    known = _lines_of(stocktake)
    for (part_id, condition, serial), quantity in counted.items():
        total = known.get((part_id, condition, serial)) or StocktakeLine(
            stocktake=stocktake, part_id=part_id, condition=condition, serial=serial
        )
        total.counted = min(quantity, Decimal(1)) if serial else quantity
        total.counted_at = moments[part_id]
        total.save()


def ask_about(
    stocktake: Stocktake, counted: Mapping[tuple[Part, str, str], Decimal], *, actor: Actor, at: datetime
) -> None:
    """A sheet came after the count was posted: whoever owns the place finds out whether what it names is extra."""
    if stocktake.status != Status.POSTED:
        return
    for (part, condition, serial), quantity in counted.items():
        if quantity:
            line, _ = StocktakeLine.objects.get_or_create(
                stocktake=stocktake,
                part=part,
                condition=condition,
                serial=serial,
                defaults={"counted": NOTHING},
            )
            open_discrepancy(
                actor=actor,
                kind=Kind.COUNTED_MORE,
                location=stocktake.location,
                part=part,
                quantity=quantity,
                serial=serial,
                occurred_at=at,
                told=Told(stocktake_line=line, reason=stocktake.note),
            )


def post(
    stocktake: Stocktake, lines: Sequence[StocktakeLine], *, actor: Actor, at: datetime, by_itself: bool, note: str = ""
) -> None:
    """Let the books follow the count. Part of commands."""
    stocktake.status, stocktake.posted_at, stocktake.decision_note = Status.POSTED, at, note
    stocktake.posted_by = None if by_itself else actor.user
    stocktake.save(update_fields=["status", "posted_at", "posted_by", "decision_note"])
    close_questions(stocktake, Discrepancy.Settlement.ACCEPTED, actor=actor, at=at, note=note)
    book(stocktake, lines, actor=actor)


def book(stocktake: Stocktake, lines: Iterable[StocktakeLine], *, actor: Actor) -> None:
    """Post what is still to be adjusted, dated at the count's moment.

    What has left since, or is elsewhere by the books, cannot be taken out or put there: somebody has to find out why.
    """
    assert stocktake.counted_at
    open_lines = {line: _movement(stocktake, line) for line in lines if line.variance != line.adjusted}
    holdings = Holdings([*open_lines.values()])
    booked: list[Line] = []
    for line, wanted in open_lines.items():
        lacking = wanted.quantity if holdings.is_elsewhere(wanted) else holdings.missing(wanted)
        if not wanted.serial and wanted.part.follows_serials and wanted.from_location:
            unread = ledger.unread_units(wanted.part, wanted.from_location, wanted.condition)
            lacking = max(lacking, wanted.quantity - unread)
        if possible := wanted.quantity - lacking:
            movement = replace(wanted, quantity=possible)
            holdings.take(movement)
            booked.append(movement)
            line.adjusted += possible if movement.to_location else -possible
        if lacking and not _questions(stocktake).filter(stocktake_line=line).exists():
            _open_question(stocktake, line, lacking, actor=actor)
    ledger.post(booked, actor=actor, occurred_at=stocktake.counted_at)
    StocktakeLine.objects.bulk_update(open_lines, ["adjusted"])


def close_questions(stocktake: Stocktake, settlement: str, *, actor: Actor, at: datetime, note: str = "") -> None:
    """The count was decided upon, and with it what it asked. Part of commands."""
    for question in _questions(stocktake):
        close_discrepancy(question, settlement, actor=actor, occurred_at=at, note=note)


def recount(places: Sequence[tuple[UUID, datetime]]) -> None:
    """Something happened at these places at these times, and we hear of it now: judge the counts after it again.

    Called once at the end of a command, by the ledger.
    """
    earliest: dict[UUID, datetime] = {}
    for place, moment in places:
        earliest[place] = min(moment, earliest.get(place, moment))
    after = Q(pk__in=[])
    for place, moment in earliest.items():
        after |= Q(location=place, counted_at__gte=moment)
    counts = Stocktake.objects.filter(after, status__in=(Status.COUNTED, Status.POSTED))
    for stocktake in locked(counts.select_related("location").order_by("counted_at", "pk")):
        actor = Actor(user=stocktake.counted_by)
        judge(stocktake, actor=actor, at=actor.received_at)


def _expected(
    stocktake: Stocktake, lines: Mapping[Key, StocktakeLine], named: Collection[UUID] | None
) -> dict[Key, Decimal]:
    """What the books say, of each part at the moment when it was counted."""
    assert stocktake.counted_at
    moments: dict[datetime, set[UUID]] = defaultdict(set)
    for (part_id, _, _), line in lines.items():
        if line.counted_at and line.counted_at != stocktake.counted_at:
            moments[line.counted_at].add(part_id)
    earlier = set().union(*moments.values())
    last = balances_at(stocktake.location_id, stocktake.counted_at, named)
    there = {key: quantity for key, quantity in last.items() if key[0] not in earlier}
    for moment, parts in moments.items():
        there |= balances_at(stocktake.location_id, moment, parts)
    return there


def _spans(stocktake: Stocktake) -> dict[UUID, tuple[datetime, datetime]]:
    """From the first to the last moment at which a part was counted, of those that stand on several sheets."""
    told = CountSheetLine.objects.filter(sheet__stocktake=stocktake)
    moments: dict[UUID, set[datetime]] = defaultdict(set)
    for line in told.select_related("part__superseded_by", "sheet"):
        moments[line.part.booked_as.pk].add(line.sheet.counted_at)
    return {part_id: (min(times), max(times)) for part_id, times in moments.items() if len(times) > 1}


def _is_beyond_doubt(stocktake: Stocktake, lines: Iterable[StocktakeLine]) -> bool:
    """It varies by little, and by nothing that moved while it was counted."""
    odd = any(line.moved_meanwhile and line.variance for line in lines)
    return is_within(stocktake.value, settings.STOCKTAKE_LIMIT) and not odd


def _lines_of(stocktake: Stocktake) -> dict[Key, StocktakeLine]:
    """What was counted. A provisional part that was merged meanwhile was counted as what it turned out to be."""
    lines: dict[Key, StocktakeLine] = {}
    for line in stocktake.lines.select_related("part__superseded_by"):
        key = line.part.booked_as.pk, line.condition, line.serial
        if known := lines.get(key):
            known.counted += line.counted
            known.adjusted += line.adjusted
            line.discrepancies.update(stocktake_line=known)
            line.delete()
            known.save(update_fields=["counted", "adjusted"])
        else:
            lines[key] = line
    for (part_id, _, _), line in lines.items():
        if line.part_id != part_id:
            line.part = line.part.booked_as
            line.save(update_fields=["part"])
    return lines


def _let_unread_units_stand_for_known_ones(lines: Mapping[Key, StocktakeLine]) -> None:
    """Three were counted and nobody read their serials; three serials are in the books: that is no variance."""
    for (part_id, condition, serial), unread in lines.items():
        if serial or unread.variance <= 0:
            continue
        unseen = [
            line
            for (other, state, name), line in lines.items()
            if (other, state) == (part_id, condition) and name and line.variance < 0
        ]
        if len(unseen) <= unread.variance:
            unread.expected += len(unseen)
            for line in unseen:
                line.expected = line.counted


def _movement(stocktake: Stocktake, line: StocktakeLine) -> Line:
    wanted = line.variance - line.adjusted
    place = stocktake.location
    return Line(
        reason=Reason.COUNT,
        part=line.part,
        quantity=abs(wanted),
        from_location=place if wanted < 0 else None,
        to_location=place if wanted > 0 else None,
        condition=line.condition,
        serial=line.serial,
        follows_serial=bool(line.serial),
    )


def _questions(stocktake: Stocktake) -> QuerySet[Discrepancy]:
    return Discrepancy.objects.filter(stocktake_line__stocktake=stocktake, status=Discrepancy.Status.OPEN)


def _ask(stocktake: Stocktake, lines: Iterable[StocktakeLine], *, actor: Actor, at: datetime) -> None:
    """Each line that differs has one open discrepancy, which says by how much; the others have none."""
    known = {question.stocktake_line_id: question for question in _questions(stocktake)}
    for line in lines:
        question, kind = known.get(line.pk), _kind(line)
        if question and (not line.variance or question.kind != kind):
            close_discrepancy(question, Discrepancy.Settlement.EXPLAINED_BY_RECEIPT, actor=actor, occurred_at=at)
            question = None
        if question and question.quantity != abs(line.variance):
            question.quantity = abs(line.variance)
            question.save(update_fields=["quantity"])
        if line.variance and question is None:
            _open_question(stocktake, line, abs(line.variance), actor=actor)


def _open_question(stocktake: Stocktake, line: StocktakeLine, quantity: Decimal, *, actor: Actor) -> None:
    assert stocktake.counted_at
    open_discrepancy(
        actor=actor,
        kind=_kind(line),
        location=stocktake.location,
        part=line.part,
        quantity=quantity,
        serial=line.serial,
        occurred_at=stocktake.counted_at,
        told=Told(stocktake_line=line, reason=stocktake.note),
    )


def _kind(line: StocktakeLine) -> Kind:
    return Kind.COUNTED_LESS if line.variance < 0 else Kind.COUNTED_MORE
