"""An agent does for a resident on the phone whatever residents do: each door of theirs has one of the desk."""

import re

from drf_spectacular.generators import SchemaGenerator

from tests.permissions.asking import API
from tests.permissions.matrix import DONE, ROUTES

THEIR_OWN = "their own device, sign-in or inbox"
THE_SAME = "the same door, with `on_behalf_of`"
ROUTE_APART = "complaints about staff are seen by those who handle them, and not by the desk (docs/staff-complaints.md)"
DOORS = {
    "PATCH /me": "PATCH /users/{resident}",
    "POST /me/consents": "POST /users/{resident}/consents",
    "PUT /me/notice-choices": "PUT /users/{resident}/notice-choices",
    "POST /me/data-copies": "POST /users/{resident}/data-copies",
    "POST /me/erasure": "POST /users/{resident}/erasure",
    "DELETE /me/erasure": "DELETE /users/{resident}/erasure",
    "POST /recoveries/{recovery}/stop": "POST /recoveries/{recovery}/stop",
    "POST /service-accounts/bind": "POST /service-accounts/{account}/bind-by-desk",
    "POST /service-accounts/{account}/leave": "POST /service-accounts/{account}/leave",
    "POST /service-accounts/{account}/move": "POST /service-accounts/{account}/move",
    "POST /service-accounts/{account}/offer": "POST /service-accounts/{account}/hand-over",
    "POST /tickets/{resolved_ticket}/payment-links": "POST /tickets/{resolved_ticket}/payment-links",
    "POST /uploads": "POST /uploads",
    "POST /open311/requests{format}": "POST /tickets",
}
"""By door of residents, the desk's."""
ON_BEHALF = {
    "POST /tickets",
    "POST /tickets/{ticket}/attachments",
    "POST /tickets/{ticket}/cancel",
    "POST /tickets/{ticket}/messages",
    "POST /tickets/{ticket}/windows",
    "POST /tickets/{resolved_ticket}/confirm",
    "POST /tickets/{resolved_ticket}/rate",
    "POST /tickets/{resolved_ticket}/reopen",
    "POST /quotes/{quote}/answer",
    "POST /staff-complaints",
}
"""Doors that both use; the desk names the resident in whose name it acts."""
NOBODY_ELSES = {
    "POST /sign-in": THEIR_OWN,
    "POST /sign-in/code": THEIR_OWN,
    "POST /sign-in/code/verify": THEIR_OWN,
    "POST /sign-out": THEIR_OWN,
    "POST /sign-out-everywhere": "a recovery signs them out everywhere",
    "PUT /me/push-subscription": THEIR_OWN,
    "DELETE /me/push-subscription": THEIR_OWN,
    "POST /u/{unsubscribe_token}": THEIR_OWN,
    "POST /unsubscribe/{former_unsubscribe_token}": THEIR_OWN,
    "POST /service-accounts/bind-code": "the desk asks instead of sending a code",
    "POST /account-offers/{offer}/withdraw": "a hand-over by the desk ends the offer",
    "POST /staff-complaints/{staff_complaint}/withdraw": ROUTE_APART,
    "POST /sync/push": THEIR_OWN,
    "POST /sync/documents": THEIR_OWN,
    "POST /sync/watermelon": THEIR_OWN,
    "POST /sync/rxdb/{collection}/push": THEIR_OWN,
    "POST /sync/devices": THEIR_OWN,
    "POST /sync/conflicts/resolve": THEIR_OWN,
}


def doors(role: str) -> set[str]:
    """What changes something, and is done for this person."""
    return {str(line) for line in ROUTES if line.what[0] != "GET" and line.cells[role] == DONE}


def test_each_door_of_residents_has_one_of_the_desk_or_a_reason_why_not():
    explained = {*DOORS, *ON_BEHALF, *NOBODY_ELSES}
    assert doors("resident") - explained == set(), "what does a resident do who calls?"
    assert explained - doors("resident") == set(), "these are no doors of residents"


def test_where_both_use_a_door_the_desk_names_in_whose_name_it_acts():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    forms = schema["components"]["schemas"]
    name_them = set()
    for path, methods in schema["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        form = forms.get(body.get("schema", {}).get("$ref", "").rpartition("/")[2], {})
        if "on_behalf_of" in form.get("properties", {}):
            name_them.add("POST " + re.sub(r"{[^}]*}", "{}", path.removeprefix(API)))
    assert {re.sub(r"{[^}]*}", "{}", door) for door in ON_BEHALF} == name_them


def test_the_doors_of_the_desk_open_for_an_agent():
    assert set(DOORS.values()) - doors("agent") == set()
