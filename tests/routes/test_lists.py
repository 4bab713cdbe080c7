"""Lists of plans and stops take as many statements, however much is in them."""

import pytest

from fieldsvc.time import now
from tests.routes.conftest import TODAY, District
from tests.statements import sent
from tickets.models import PlannedStop, RoutePlan
from tickets.routes.services import plan_next

pytestmark = pytest.mark.at(TODAY)


def test_lists_take_as_many_statements_however_much_is_in_them(district: District):
    district.shift(district.technician("Tom"))
    district.ticket(1)
    district.ask()
    assert plan_next(at=now())
    plan = RoutePlan.objects.get()
    paths = ["/api/v1/route-plans", f"/api/v1/route-plans/{plan.pk}/stops"]

    def counts() -> list[int]:
        found = []
        for path in paths:
            desk = district.desk
            with sent() as statements:
                assert desk.get(path).json()["results"]
            found.append(len(statements))
        return found

    before = counts()
    (stop,) = plan.stops.all()
    for position in range(1, 6):
        RoutePlan.objects.create(
            territory=plan.territory,
            day=plan.day,
            status="cancelled",
            asked_by=plan.asked_by,
            asked_at=now(),
            seconds_allowed=60,
            parts_required=False,
        )
        stop.pk, stop.position = None, position
        PlannedStop.objects.bulk_create([stop])
    assert counts() == before
