"""SMS are the desk's, by territory; what belongs to none, every desk's.

What answers an SMS about a complaint about staff is seen by those who see that complaint, and by nobody else.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import DESK, WATCHERS
from accounts.people.access import require_role, territories
from fieldsvc.errors import must_exist
from sync.commands import Actor
from tickets.incoming_sms.models import IncomingSms
from tickets.staff_complaints.access import complaint_to_review, visible_complaints


def visible_sms(actor: Actor) -> QuerySet[IncomingSms]:
    """Raises Forbidden("role_required") for those who are at no desk."""
    require_role(actor, *WATCHERS)
    places = None if actor.user is None else territories(actor.user, *WATCHERS)
    here = Q() if places is None else Q(territory__in=places) | Q(territory=None)
    apart = Q(staff_complaint__in=visible_complaints(actor).values("pk"))
    return IncomingSms.objects.filter(here & Q(staff_complaint=None) | apart)


def sms_to_settle(actor: Actor, sms_id: UUID) -> IncomingSms:
    """Locked, for the desk that it came to. Raises NotFound, Forbidden("role_required")."""
    seen = must_exist(visible_sms(actor).filter(pk=sms_id).first())
    if seen.staff_complaint_id is not None:
        complaint_to_review(actor, seen.staff_complaint_id)
    else:
        require_role(actor, *DESK, territory_id=seen.territory_id)
    return IncomingSms.objects.select_for_update().get(pk=sms_id)
