"""Who may do what: every route, every operation and every document, by role. The tests hold the code to these tables.

The rule behind them: what a person may not see does not exist for them (404); what they see but is not theirs to do is
refused (403). The words for people are those of `tests/people.py`; all of them are of the territory `north`, except

- nobody: without a token
- resident, neighbour: of no territory; the tickets of the table are the resident's
- technician, colleague: both work in the north; the visits of the table are the technician's
- southern: a dispatcher of another territory
- administrator: of everything; configures it, sees but does not do the work of others, and calls no customer

| sign | over HTTP | from a phone |
|---|---|---|
| `+` | done, or shown (2xx) | applied |
| `-` | there is no such thing (404) | refused: `not_found` |
| `x` | not theirs to do (403) | refused: role_required, not_your_visit … |
| `0` | the body names what does not exist for them (400) | the same |
| `?` | who is that? (401) | |

A name in braces is an attribute of the `Stage`: the thing that the request is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.permissions import bodies as send
from tests.permissions.bodies import Builder
from tests.permissions.stage import PEOPLE, ROLES

DONE, HIDDEN, FORBIDDEN, INVALID, UNKNOWN = "+", "-", "x", "0", "?"


@dataclass(frozen=True)
class Line:
    """One line of a table: what it is about, what each role gets, what they send."""

    what: tuple[str, ...]
    cells: Mapping[str, str]
    body: Builder

    def __str__(self) -> str:
        return " ".join(self.what)

    @property
    def subject(self) -> str:
        """The thing on the stage that it is about; empty if it is about none in particular."""
        return str(self).partition("{")[2].partition("}")[0]


def _line(text: str, roles: tuple[str, ...], body: Builder) -> Line:
    words = text.split()
    what, signs = words[: -len(roles)], words[-len(roles) :]
    return Line(tuple(what), dict(zip(roles, signs, strict=True)), body)


def routes(*rows: tuple[str, Builder]) -> list[Line]:
    """Lines of method, path below `/api/v1`, and a sign for each role."""
    return [_line(text, ROLES, body) for text, body in rows]


def operations(*rows: tuple[str, Builder]) -> list[Line]:
    """Lines of kind, the field that names what it is about, and a sign for each role: a phone is always somebody's."""
    return [_line(text, PEOPLE, body) for text, body in rows]


def documents(*rows: str) -> list[Line]:
    """Lines of collection, document, and a sign for each role."""
    return [_line(text, PEOPLE, send.nothing) for text in rows]


_ = send.nothing

ROUTES = routes(
    #                                       administrator ────────────────────────────────┐
    #                                       southern ──────────────────────────────────┐  │
    #                                       storekeeper ────────────────────────────┐  │  │
    #                                       supervisor ──────────────────────────┐  │  │  │
    #                                       dispatcher ───────────────────────┐  │  │  │  │
    #                                       agent ─────────────────────────┐  │  │  │  │  │
    #                                       colleague ──────────────────┐  │  │  │  │  │  │
    #                                       technician ──────────────┐  │  │  │  │  │  │  │
    #                                       neighbour ────────────┐  │  │  │  │  │  │  │  │
    #                                       resident ──────────┐  │  │  │  │  │  │  │  │  │
    #                                       nobody ─────────┐  │  │  │  │  │  │  │  │  │  │
    # Everybody signs in, whoever they were before
    ("POST   /sign-in                                       +  +  +  +  +  +  +  +  +  +  +", send.password),
    ("POST   /sign-in/code                                  +  +  +  +  +  +  +  +  +  +  +", send.phone_number),
    ("POST   /sign-in/code/verify                           +  +  +  +  +  +  +  +  +  +  +", send.one_time_code),
    ("POST   /sign-out                                      ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sign-out-everywhere                           ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /me                                            ?  +  +  +  +  +  +  +  +  +  +", _),
    ("PATCH  /me                                            ?  +  +  +  +  +  +  +  +  +  +", send.rename),
    # Residents have no password
    ("POST   /me/password                                   ?  x  x  +  +  +  +  +  +  +  +", send.own_new_password),
    # Staff see the staff of their territories, and the desk all residents, as it has to find callers
    #                                                       no re ne te co ag di su st so ad
    ("GET    /users                                         ?  x  x  +  +  +  +  +  +  +  +", _),
    ("POST   /users                                         ?  x  x  x  x  x  x  x  x  x  +", send.person),
    ("GET    /users/{technician}                            ?  -  -  +  +  +  +  +  +  -  +", _),
    ("GET    /users/{resident}                              ?  +  -  -  -  +  +  +  -  +  +", _),
    ("PATCH  /users/{technician}                            ?  -  -  x  x  x  x  x  x  -  +", send.rename),
    ("PATCH  /users/{resident}                              ?  x  -  -  -  +  +  +  -  +  +", send.rename),
    ("POST   /users/{technician}/grant-role                 ?  -  -  x  x  x  x  x  x  -  +", send.role),
    ("POST   /users/{technician}/revoke-role                ?  -  -  x  x  x  x  x  x  -  +", send.role),
    ("POST   /users/{technician}/set-password               ?  -  -  x  x  x  x  x  x  -  +", send.new_password),
    ("POST   /users/{technician}/deactivate                 ?  -  -  x  x  x  x  x  x  -  +", _),
    ("POST   /users/{technician}/reactivate                 ?  -  -  x  x  x  x  x  x  -  +", _),
    ("GET    /territories                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /skills                                        ?  x  x  +  +  +  +  +  +  +  +", _),
    # What people agree to is their own; the desk writes down what they say on the phone
    ("GET    /consents/wordings                             +  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /me/consents                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /me/consents                                   ?  +  +  +  +  +  +  +  +  +  +", send.no_news),
    ("POST   /me/consents/email-code                        ?  0  0  0  0  0  0  0  0  0  0", _),
    ("GET    /users/{resident}/consents                     ?  +  -  -  -  +  +  +  -  +  +", _),
    ("POST   /users/{resident}/consents                     ?  x  -  -  -  +  +  +  -  +  x", send.no_news),
    # A copy of one's data is one's own; residents delete their account
    ("GET    /me/data-copies                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /me/data-copies                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /me/data-copies/{copy}/content                 ?  +  -  -  -  -  -  -  -  -  -", _),
    ("GET    /me/erasure                                    ?  +  +  -  -  -  -  -  -  -  -", _),
    ("POST   /me/erasure                                    ?  +  +  x  x  x  x  x  x  x  x", _),
    ("DELETE /me/erasure                                    ?  +  +  -  -  -  -  -  -  -  -", _),
    # For a resident on the phone the desk asks; what is in a copy they do not read
    ("GET    /users/{resident}/data-copies                  ?  x  -  -  -  +  +  +  -  +  x", _),
    ("POST   /users/{resident}/data-copies                  ?  x  -  -  -  +  +  +  -  +  x", send.checks),
    ("GET    /users/{resident}/erasure                      ?  x  -  -  -  +  +  +  -  +  x", _),
    ("POST   /users/{resident}/erasure                      ?  x  -  -  -  +  +  +  -  +  x", send.checks),
    ("DELETE /users/{resident}/erasure                      ?  x  -  -  -  +  +  +  -  +  x", _),
    # An agent asks for somebody whose number has changed, another one lets them in; they themselves may stop it
    ("GET    /recoveries                                    ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /recoveries                                    ?  x  x  x  x  +  +  +  x  +  x", send.recovery),
    ("GET    /recoveries/{recovery}                         ?  +  -  -  -  +  +  +  -  +  +", _),
    ("POST   /recoveries/{recovery}/approve                 ?  x  -  -  -  x  x  +  -  x  x", _),
    ("POST   /recoveries/{recovery}/stop                    ?  +  -  -  -  +  +  +  -  +  x", _),
    # The desk has to know who is calling
    #                                                       no re ne te co ag di su st so ad
    ("GET    /callers                                       ?  x  x  x  x  +  +  +  x  +  x", send.what_a_caller_says),
    ("GET    /customers/people/{resident}                   ?  x  x  x  x  +  +  +  x  +  x", _),
    ("GET    /customers/accounts/{account}                  ?  x  x  x  x  +  +  +  x  -  x", _),
    ("GET    /customers/sites/{site}                        ?  x  x  x  x  +  +  +  x  -  x", _),
    # The call log is the desk's; whoever made a call corrects it, or their supervisor
    ("GET    /calls                                         ?  x  x  x  x  +  +  +  x  +  +", _),
    ("GET    /calls/counts                                  ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /calls                                         ?  x  x  x  x  +  +  +  x  0  x", send.call),
    ("GET    /calls/{call}                                  ?  x  x  x  x  +  +  +  x  -  +", _),
    ("POST   /calls/{call}/end                              ?  x  x  x  x  +  x  +  x  -  x", _),
    ("POST   /calls/{call}/correct                          ?  x  x  x  x  +  x  +  x  -  x", send.reason),
    # Whoever plans and answers for the work counts it
    #                                                       no re ne te co ag di su st so ad
    ("GET    /reports/tickets                               ?  x  x  x  x  x  +  +  x  +  +", _),
    ("GET    /reports/backlog                               ?  x  x  x  x  x  +  +  x  +  +", _),
    # Whoever is responsible keeps the promise; dispatchers and supervisors take over what somebody else cannot keep
    ("GET    /callbacks                                     ?  x  x  x  x  +  +  +  x  +  +", _),
    ("GET    /callbacks/figures                             ?  x  x  x  x  +  +  +  x  +  +", send.callback_days),
    ("POST   /callbacks                                     ?  x  x  x  x  +  +  +  x  0  x", send.callback),
    ("GET    /callbacks/{callback}                          ?  x  x  x  x  +  +  +  x  -  +", _),
    ("GET    /callbacks/{callback}/events                   ?  x  x  x  x  +  +  +  x  -  +", _),
    ("POST   /callbacks/{waiting_callback}/claim            ?  x  x  x  x  +  +  +  x  -  x", _),
    ("POST   /callbacks/{callback}/hand-over                ?  x  x  x  x  +  +  +  x  -  x", send.second_agent),
    ("POST   /callbacks/{callback}/decline                  ?  x  x  x  x  +  +  +  x  -  x", _),
    ("POST   /callbacks/{callback}/call                     ?  x  x  x  x  +  +  +  x  -  x", send.no_answer),
    ("POST   /callbacks/{callback}/withdraw                 ?  x  x  x  x  +  +  +  x  -  x", send.reason),
    ("GET    /callback-quotas                               ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /callback-quotas                               ?  x  x  x  x  x  x  x  x  x  +", send.quota),
    ("GET    /callback-quotas/{quota}                       ?  x  x  x  x  +  +  +  x  -  +", _),
    ("PATCH  /callback-quotas/{quota}                       ?  x  x  x  x  x  x  x  x  -  +", send.smaller_quota),
    ("DELETE /callback-quotas/{quota}                       ?  x  x  x  x  x  x  x  x  -  +", _),
    # What people answer to SMS is the desk's, but for complaints about staff; the provider signs what it tells
    ("POST   /sms/webhook                                   ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?", send.unsigned_sms),
    ("GET    /incoming-sms                                  ?  x  x  x  x  +  +  +  x  +  +", _),
    ("GET    /incoming-sms/{incoming_sms}                   ?  x  x  x  x  +  +  +  x  -  +", _),
    ("POST   /incoming-sms/{incoming_sms}/attach            ?  x  x  x  x  +  +  +  x  -  x", send.ticket_outside),
    ("POST   /incoming-sms/{incoming_sms}/settle            ?  x  x  x  x  +  +  +  x  -  x", send.sms_outcome),
    # Complaints about staff: for whoever complains and for the supervisors; for everybody else there is none
    #                                                       no re ne te co ag di su st so ad
    ("GET    /staff-complaints                              ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /staff-complaints                              ?  +  0  x  x  +  +  +  x  0  x", send.staff_complaint),
    ("GET    /staff-complaints/{staff_complaint}            ?  +  -  -  -  -  -  +  -  -  -", _),
    ("GET    /staff-complaints/{staff_complaint}/events     ?  x  -  -  -  -  -  +  -  -  -", _),
    ("POST   /staff-complaints/{staff_complaint}/take       ?  x  -  -  -  -  -  +  -  -  -", send.first_reply),
    ("POST   /staff-complaints/{staff_complaint}/name       ?  x  -  -  -  -  -  +  -  -  -", send.the_colleague),
    ("POST   /staff-complaints/{taken_complaint}/answer     ?  x  -  -  -  -  -  +  -  -  -", send.staff_answer),
    ("POST   /staff-complaints/{staff_complaint}/withdraw   ?  +  -  -  -  -  -  x  -  -  -", send.reason),
    # Residents choose among reasons that administrators have written
    # The desk hands its shift over; whoever was asked answers
    ("GET    /hand-overs                                    ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /hand-overs                                    ?  x  x  x  x  +  +  +  x  x  x", send.hand_over),
    ("GET    /hand-overs/open-matters                       ?  x  x  x  x  +  +  +  x  x  x", send.place_of_scores),
    ("GET    /hand-overs/{hand_over}                        ?  x  x  x  x  +  +  +  x  -  +", _),
    ("POST   /hand-overs/{hand_over}/accept                 ?  x  x  x  x  x  +  x  x  -  x", _),
    ("POST   /hand-overs/{hand_over}/decline                ?  x  x  x  x  x  +  x  x  -  x", send.hand_over_answer),
    ("POST   /hand-overs/{hand_over}/withdraw               ?  x  x  x  x  x  +  +  x  -  x", _),
    ("POST   /visits/{finished_visit}/rate                  ?  x  -  +  -  x  x  x  -  -  x", send.score),
    ("GET    /visit-ratings                                 ?  x  x  +  +  +  +  +  +  +  +", _),
    ("GET    /visit-ratings/{visit_rating}                  ?  x  x  +  -  -  -  +  -  -  +", _),
    ("GET    /rating-reasons                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /rating-reasons                                ?  x  x  x  x  x  x  x  x  x  +", send.rating_reason),
    ("PATCH  /rating-reasons/{rating_reason}                ?  x  x  x  x  x  x  x  x  x  +", send.template_text),
    # The resident chooses when somebody comes, among windows that administrators offer
    ("GET    /tickets/{ticket}/windows                      ?  +  -  +  -  +  +  +  -  -  +", _),
    ("POST   /tickets/{ticket}/windows                      ?  +  -  x  -  +  +  +  -  -  x", send.window),
    ("GET    /offered-windows                               ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /offered-windows                               ?  x  x  x  x  x  x  x  x  x  +", send.window_to_offer),
    ("DELETE /offered-windows/{offered_window}              ?  x  x  x  x  x  x  x  x  x  +", _),
    # Whoever sends people has a day planned
    ("GET    /route-plans                                   ?  x  x  x  x  x  +  +  x  +  x", _),
    ("POST   /route-plans                                   ?  x  x  x  x  x  +  +  x  -  x", send.day_to_plan),
    ("GET    /route-plans/{route_plan}                      ?  -  -  -  -  -  +  +  -  -  -", _),
    ("GET    /route-plans/{route_plan}/stops                ?  -  -  -  -  -  +  +  -  -  -", _),
    ("POST   /route-plans/{route_plan}/accept               ?  -  -  -  -  -  +  +  -  -  -", _),
    ("POST   /route-plans/{route_plan}/undo                 ?  -  -  -  -  -  +  +  -  -  -", _),
    ("POST   /route-plans/{coming_plan}/cancel              ?  -  -  -  -  -  +  +  -  -  -", _),
    # It is suggested to them whom to send, and they take over what is dispatched automatically
    ("GET    /tickets/{ticket}/suggestions                  ?  x  -  x  -  x  +  +  -  -  x", _),
    ("GET    /visits/{dispatched_visit}/suggestions         ?  x  -  x  -  x  +  +  -  -  x", _),
    ("GET    /tickets/{ticket}/auto-dispatch                ?  x  -  x  -  x  +  +  -  -  x", _),
    ("POST   /tickets/{ticket}/auto-dispatch/stop           ?  x  -  x  -  x  +  +  -  -  x", _),
    ("POST   /tickets/{ticket}/auto-dispatch/resume         ?  x  -  x  -  x  +  +  -  -  x", _),
    ("GET    /suggestion-weights                            ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /suggestion-weights                            ?  x  x  x  x  x  x  x  x  x  +", send.weights),
    ("GET    /suggestion-weights/{weights}                  ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /suggestion-weights/{weights}/end              ?  x  x  x  x  x  x  x  x  x  +", _),
    ("DELETE /suggestion-weights/{coming_weights}           ?  x  x  x  x  x  x  x  x  x  +", _),
    ("GET    /auto-dispatch-rules                           ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /auto-dispatch-rules                           ?  x  x  x  x  x  x  x  x  x  +", send.auto_dispatch),
    ("DELETE /auto-dispatch-rules/{auto_dispatch_rule}      ?  x  x  x  x  x  x  x  x  x  +", _),
    # The desk plans by speeds and depots that administrators set
    ("GET    /depot-counters                                ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /depot-counters                                ?  x  x  x  x  x  x  x  x  x  +", send.depot_counter),
    ("DELETE /depot-counters/{depot_counter}                ?  x  x  x  x  x  x  x  x  x  +", _),
    ("GET    /speed-tables                                  ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /speed-tables                                  ?  x  x  x  x  x  x  x  x  x  +", _),
    ("DELETE /speed-tables/{speed_table}                    ?  x  x  x  x  x  x  x  x  x  +", _),
    # The desk writes by templates that administrators have written
    ("GET    /reply-templates                               ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /reply-templates                               ?  x  x  x  x  x  x  x  x  x  +", send.template),
    ("GET    /reply-templates/{template}                    ?  x  x  x  x  +  +  +  x  +  +", _),
    ("PATCH  /reply-templates/{template}                    ?  x  x  x  x  x  x  x  x  x  +", send.template_text),
    ("GET    /reply-templates/{template}/preview            ?  x  x  x  x  +  +  +  x  -  +", send.the_ticket),
    # Who did what: for supervisors of their territories, for administrators of everything
    #                                                       no re ne te co ag di su st so ad
    ("GET    /audit                                         ?  x  x  x  x  x  x  +  x  x  +", _),
    ("GET    /tickets/{ticket}/audit                        ?  x  -  x  -  x  x  +  -  -  +", _),
    # The desk works on tickets, technicians with a visit write down what they see, residents say what they think
    #                                                       no re ne te co ag di su st so ad
    ("GET    /tickets                                       ?  +  +  +  +  +  +  +  +  +  +", _),
    # Residents are told of no coordinates
    ("GET    /tickets.geojson                               ?  x  x  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets                                       ?  +  +  +  +  +  +  +  x  x  x", send.complaint),
    ("POST   /tickets                                       ?  +  0  +  0  +  +  +  x  0  x", send.account_complaint),
    ("POST   /tickets                                       ?  +  0  +  0  +  +  +  x  0  x", send.site_complaint),
    # Only technicians patrol
    ("POST   /tickets                                       ?  0  0  +  +  x  x  x  x  x  x", send.found_on_patrol),
    ("GET    /tickets/{ticket}                              ?  +  -  +  -  +  +  +  -  -  +", _),
    ("PATCH  /tickets/{ticket}                              ?  x  -  +  -  +  +  +  -  -  x", send.contact),
    ("PATCH  /tickets/{ticket}                              ?  x  -  x  -  +  +  +  -  -  x", send.priority),
    ("POST   /tickets/{new_ticket}/triage                   ?  x  -  x  -  +  +  +  -  -  x", _),
    ("POST   /tickets/{ticket}/move                         ?  x  -  x  -  x  +  +  -  -  x", send.its_site),
    ("POST   /tickets/{ticket}/hold                         ?  x  -  x  -  +  +  +  -  -  x", send.hold),
    ("POST   /tickets/{held_ticket}/resume                  ?  x  -  x  -  +  +  +  -  -  x", _),
    ("POST   /tickets/{ticket}/resolve                      ?  x  -  x  -  +  +  +  -  -  x", send.remote_resolution),
    ("POST   /tickets/{ticket}/cancel                       ?  +  -  x  -  +  +  +  -  -  x", send.reason),
    ("POST   /tickets/{resolved_ticket}/reopen              ?  +  -  x  -  +  +  +  -  -  x", send.reason),
    ("POST   /tickets/{resolved_ticket}/confirm             ?  +  -  x  -  x  x  x  -  -  x", _),
    ("POST   /tickets/{resolved_ticket}/rate                ?  +  -  x  -  x  x  x  -  -  x", send.score),
    # Only the desk acts for others; whoever else asks for that is refused, whatever the ticket
    ("POST   /tickets/{resolved_ticket}/confirm             ?  x  x  x  x  +  +  +  x  -  x", send.for_the_resident),
    # Whether two tickets are one fault is the desk's to say
    ("GET    /tickets/duplicates                            ?  x  x  x  x  +  +  +  x  0  x", send.what_was_said),
    ("GET    /tickets/{ticket}/duplicates                   ?  x  -  x  -  +  +  +  -  -  x", _),
    ("POST   /tickets/{ticket}/link                         ?  x  -  x  -  +  +  +  -  -  x", send.main_ticket),
    ("POST   /tickets/{ticket}/merge                        ?  x  -  x  -  +  +  +  -  -  x", send.main_ticket),
    ("POST   /tickets/{merged_ticket}/separate              ?  x  -  x  -  +  +  +  -  -  x", send.reason),
    ("POST   /tickets/{ticket}/tell-apart                   ?  x  -  x  -  +  +  +  -  -  x", send.other_ticket),
    # Dispatchers and supervisors say what is an outage; residents only hear what is known of theirs
    ("GET    /outages                                       ?  x  x  x  x  +  +  +  x  +  +", _),
    ("GET    /outages/{proposed_outage}                     ?  x  x  x  x  +  +  +  x  -  +", _),
    ("POST   /outages                                       ?  x  x  x  x  x  +  +  x  0  x", send.declared_outage),
    ("POST   /outages/{proposed_outage}/accept              ?  x  x  x  x  x  +  +  x  -  x", send.known),
    ("POST   /outages/{proposed_outage}/reject              ?  x  x  x  x  x  +  +  x  -  x", send.reason),
    ("POST   /outages/{accepted_outage}/message             ?  x  x  x  x  x  +  +  x  -  x", send.known),
    ("POST   /outages/{accepted_outage}/attach              ?  x  x  x  x  x  +  +  x  -  x", send.ticket_outside),
    ("POST   /outages/{accepted_outage}/detach              ?  x  x  x  x  x  +  +  x  -  x", send.ticket_inside),
    ("POST   /outages/{accepted_outage}/resolve             ?  x  x  x  x  x  +  +  x  -  x", send.remote_resolution),
    # Administrators say what hangs on which pipe or cable; the desk reads it
    ("GET    /network-segments                              ?  x  x  x  x  +  +  +  x  +  +", _),
    ("POST   /network-segments                              ?  x  x  x  x  x  x  x  x  x  +", send.segment),
    ("GET    /network-segments/{segment}                    ?  x  x  x  x  +  +  +  x  -  +", _),
    ("PATCH  /network-segments/{segment}                    ?  x  x  x  x  x  x  x  x  -  +", send.rename),
    ("POST   /network-segments/{segment}/connect            ?  x  x  x  x  x  x  x  x  -  +", send.the_site),
    ("POST   /network-segments/{segment}/disconnect         ?  x  x  x  x  x  x  x  x  -  +", send.the_site),
    ("GET    /network-connections                           ?  x  x  x  x  +  +  +  x  +  +", _),
    ("GET    /tickets/{ticket}/timeline                     ?  +  -  +  -  +  +  +  -  -  +", _),
    ("GET    /tickets/{ticket}/notes                        ?  x  -  +  -  +  +  +  -  -  +", _),
    ("POST   /tickets/{ticket}/notes                        ?  x  -  +  -  +  +  +  -  -  x", send.text),
    ("GET    /tickets/{ticket}/messages                     ?  +  -  x  -  +  +  +  -  -  +", _),
    ("POST   /tickets/{ticket}/messages                     ?  +  -  x  -  +  +  +  -  -  x", send.text),
    # What is attached is for whoever is on the ticket, unless it is internal; its author and the desk withdraw it
    ("GET    /tickets/{ticket}/attachments                  ?  +  -  +  -  +  +  +  -  -  +", _),
    ("POST   /tickets/{ticket}/attachments                  ?  +  -  +  -  +  +  +  -  -  x", send.photo),
    ("GET    /attachments/{photo}                           ?  -  -  +  -  +  +  +  -  -  +", _),
    ("GET    /attachments/{photo}/content                   ?  -  -  +  -  +  +  +  -  -  +", _),
    ("GET    /attachments/{photo}/thumbnail                 ?  -  -  +  -  +  +  +  -  -  +", _),
    ("POST   /attachments/{photo}/withdraw                  ?  -  -  +  -  +  +  +  -  -  x", send.reason),
    ("GET    /attachments/{public_photo}                    ?  +  -  +  -  +  +  +  -  -  +", _),
    ("GET    /attachments/{public_photo}/content            ?  +  -  +  -  +  +  +  -  -  +", _),
    ("GET    /attachments/{public_photo}/thumbnail          ?  +  -  +  -  +  +  +  -  -  +", _),
    ("POST   /attachments/{public_photo}/withdraw           ?  x  -  +  -  +  +  +  -  -  x", send.reason),
    # Who works on the ticket shows what it will cost; the customer answers, or the desk with them on the line
    ("GET    /quotes                                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets/{ticket}/quotes                       ?  x  -  +  -  +  +  +  -  -  x", send.quote),
    ("GET    /quotes/{quote}                                ?  +  -  +  -  +  +  +  -  -  +", _),
    ("POST   /quotes/{quote}/answer                         ?  +  -  +  -  x  x  x  -  -  x", send.no_thanks),
    (
        "POST   /quotes/{quote}/answer                         ?  x  x  x  x  +  +  +  x  -  x",
        send.yes_for_them,
    ),
    ("POST   /quotes/{quote}/withdraw                       ?  x  -  +  -  +  +  +  -  -  x", send.reason),
    ("GET    /consent-gaps                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /consent-gaps/{gap}                            ?  -  -  +  -  +  +  +  -  -  +", _),
    ("POST   /consent-gaps/{gap}/waive                      ?  -  -  x  -  x  x  +  -  -  x", send.note),
    ("GET    /installations                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /installations/{installation}                  ?  -  -  +  -  +  +  +  -  -  +", _),
    ("POST   /installations/{installation}/reject           ?  -  -  x  -  x  +  +  -  -  x", send.note),
    ("POST   /installations/{installation}/accept           ?  -  -  x  -  x  +  +  -  -  x", send.note),
    ("GET    /escalations                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /escalations/{escalation}                      ?  -  -  -  -  +  +  +  -  -  +", _),
    ("POST   /escalations/{escalation}/take-up              ?  -  -  -  -  x  x  +  -  -  x", send.note),
    ("POST   /escalations/{escalation}/give-back            ?  -  -  -  -  x  x  +  -  -  x", send.reason),
    # The desk bills, supervisors put bills right and approve; who took money does not count it, nor decides about it
    ("GET    /tickets/{ticket}/charges                      ?  +  -  +  -  +  +  +  -  -  +", _),
    ("GET    /bills                                         ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets/{resolved_ticket}/bills               ?  x  -  x  -  +  +  +  -  -  x", _),
    ("GET    /bills/{bill}                                  ?  +  -  +  -  +  +  +  -  -  +", _),
    ("POST   /bills/{bill}/credit                           ?  x  -  x  -  x  x  +  -  -  x", send.reason),
    ("POST   /bills/{bill}/compensate                       ?  x  -  x  -  +  +  +  -  -  x", send.overcharge),
    ("GET    /charges/books                                 ?  x  x  x  x  x  x  +  x  x  +", send.books),
    ("GET    /payments                                      ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets/{resolved_ticket}/payments            ?  x  -  +  -  +  +  +  -  -  x", send.cash),
    ("GET    /payments/{payment}                            ?  +  -  +  -  +  +  +  +  -  +", _),
    ("POST   /payments/{payment}/reverse                    ?  x  -  x  -  x  x  +  x  -  x", send.note),
    ("GET    /payment-links                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets/{resolved_ticket}/payment-links       ?  +  -  x  -  +  +  +  -  -  x", _),
    ("GET    /payment-links/{link}                          ?  +  -  -  -  +  +  +  -  -  +", _),
    ("POST   /payments/webhook                              ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?", send.unsigned),
    ("GET    /cash-hand-ins                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /cash-hand-ins                                 ?  x  0  x  0  +  +  +  +  0  x", send.cash_of_technician),
    ("GET    /cash-hand-ins/{hand_in}                       ?  -  -  +  -  +  +  +  +  -  +", _),
    ("GET    /refunds                                       ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /tickets/{resolved_ticket}/refunds             ?  x  -  x  -  +  +  +  -  -  x", send.refund),
    ("GET    /refunds/{refund}                              ?  -  -  -  -  +  +  +  -  -  +", _),
    ("POST   /refunds/{refund}/approve                      ?  -  -  -  -  x  x  +  -  -  x", _),
    ("POST   /refunds/{refund}/reject                       ?  -  -  -  -  x  x  +  -  -  x", send.note),
    ("POST   /refunds/{approved_refund}/pay                 ?  -  -  -  -  +  +  +  -  -  x", send.receipt_of_refund),
    ("GET    /repayments                                    ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /repayments/{failed_repayment}                 ?  -  -  -  -  +  +  +  -  -  +", _),
    ("POST   /repayments/{failed_repayment}/settle          ?  -  -  -  -  +  +  +  -  -  x", send.given_by_hand),
    ("POST   /repayments/webhook                            ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?", send.unsigned),
    # An upload is its owner's alone, whatever it is for
    ("POST   /uploads                                       ?  +  +  +  +  +  +  +  +  +  +", send.upload),
    ("PATCH  /uploads/{upload}                              ?  -  -  +  -  -  -  -  -  -  -", send.chunk),
    ("DELETE /uploads/{upload}                              ?  -  -  +  -  -  -  -  -  -  -", send.no_more),
    ("GET    /tickets/{ticket}/clocks                       ?  x  -  +  -  +  +  +  -  -  +", _),
    ("GET    /tickets/{ticket}/clocks/{target}/explanation  ?  x  -  +  -  +  +  +  -  -  +", _),
    # Dispatchers and supervisors plan
    #                                                       no re ne te co ag di su st so ad
    ("POST   /tickets/{ticket}/visits                       ?  x  -  x  -  x  +  +  -  -  x", send.visit),
    ("POST   /tickets/{ticket}/dispatch                     ?  x  -  x  -  x  +  +  -  -  x", send.visit),
    ("POST   /visits/{scheduled_visit}/dispatch             ?  x  -  x  -  x  +  +  -  -  x", _),
    ("POST   /visits/{dispatched_visit}/reassign            ?  x  -  x  -  x  +  +  -  -  x", send.colleague),
    ("POST   /visits/{dispatched_visit}/reschedule          ?  x  -  x  -  x  +  +  -  -  x", send.another_time),
    ("POST   /visits/{dispatched_visit}/cancel              ?  x  -  x  -  x  +  +  -  -  x", send.reason),
    ("POST   /visits/{dispatched_visit}/add-companion       ?  x  -  x  -  x  +  +  -  -  x", send.mate),
    # The technician works
    ("GET    /visits                                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /visits/{dispatched_visit}                     ?  +  -  +  -  +  +  +  -  -  +", _),
    ("GET    /visits/{dispatched_visit}/likely-parts        ?  -  -  +  -  +  +  +  -  -  +", _),
    ("POST   /visits/{dispatched_visit}/accept              ?  x  -  +  -  x  x  x  -  -  x", _),
    ("POST   /visits/{dispatched_visit}/decline             ?  x  -  +  -  x  x  x  -  -  x", send.reason),
    ("POST   /visits/{led_visit}/hand-over-lead             ?  x  -  +  -  x  +  +  -  -  x", send.mates_visit),
    ("POST   /visits/{visit_to_lead}/take-lead              ?  -  -  +  -  x  x  x  -  -  x", _),
    ("POST   /visits/{visit_to_lead}/decline-lead           ?  -  -  +  -  x  x  x  -  -  x", send.reason),
    ("POST   /visits/{dispatched_visit}/travel              ?  x  -  +  -  x  x  x  -  -  x", _),
    ("POST   /visits/{dispatched_visit}/check-in            ?  x  -  +  -  x  x  x  -  -  x", send.position),
    ("POST   /visits/{on_site_visit}/check-out              ?  x  -  +  -  x  x  x  -  -  x", send.position),
    ("POST   /visits/{on_site_visit}/edit                   ?  x  -  +  -  x  x  x  -  -  x", send.diagnosis),
    ("POST   /visits/{on_site_visit}/use-part               ?  x  -  +  -  x  x  x  -  -  x", send.part),
    ("POST   /visits/{on_site_visit}/use-part               ?  x  -  -  -  x  x  x  -  -  x", send.part_of_colleague),
    ("POST   /visits/{on_site_visit}/return-part            ?  x  -  +  -  x  x  x  -  -  x", send.faulty_part),
    ("POST   /visits/{on_site_visit}/swap-part              ?  x  -  +  -  x  x  x  -  -  x", send.swap),
    ("POST   /visits/{dispatched_visit}/ask-for-parts       ?  x  -  +  -  x  +  +  -  -  x", send.wishes),
    ("POST   /visits/{dispatched_visit}/allocate-parts      ?  x  -  +  -  x  +  +  -  -  x", send.wishes),
    ("POST   /visits/{on_site_visit}/complete               ?  x  -  +  -  x  x  x  -  -  x", send.result_with_parts),
    ("POST   /visits/{on_site_visit}/leave-incomplete       ?  x  -  +  -  x  x  x  -  -  x", send.no_result),
    ("POST   /shift/clock-in                                ?  x  x  +  +  x  x  x  x  x  x", send.position),
    ("POST   /shift/clock-out                               ?  x  x  +  +  x  x  x  x  x  x", send.position),
    # A technician's link to their visits is theirs alone; whoever was given its address reads them
    ("GET    /me/calendar-link                              ?  -  -  +  -  -  -  -  -  -  -", _),
    ("POST   /me/calendar-link                              ?  x  x  +  +  x  x  x  x  x  x", _),
    ("DELETE /me/calendar-link                              ?  -  -  +  -  -  -  -  -  -  -", _),
    ("GET    /calendar-links/{calendar_secret}.ics          +  +  +  +  +  +  +  +  +  +  +", _),
    # Where our people were, and what they took, is not for residents
    ("GET    /check-ins                                     ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /check-ins/{check_in}                          ?  -  -  +  -  +  +  +  -  -  +", _),
    ("GET    /check-ins/{shift_start}                       ?  -  -  +  -  +  +  +  -  -  +", _),
    ("GET    /part-uses                                     ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /part-uses/{part_use}                          ?  -  -  +  -  +  +  +  -  -  +", _),
    # The desk keeps the record of sites; an id of somebody else's site is as wrong as one that does not exist
    #                                                       no re ne te co ag di su st so ad
    ("GET    /sites                                         ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sites                                         ?  x  x  x  x  +  +  +  x  x  +", send.site),
    ("GET    /sites/{site}                                  ?  +  -  +  -  +  +  +  -  -  +", _),
    ("PATCH  /sites/{site}                                  ?  x  -  x  -  +  +  +  -  -  +", send.access_notes),
    ("POST   /sites/{site}/move                             ?  x  -  x  -  x  +  +  -  -  +", send.its_territory),
    ("GET    /service-accounts                              ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /service-accounts                              ?  x  0  x  0  +  +  +  0  0  +", send.account),
    ("GET    /service-accounts/{account}                    ?  +  -  +  -  +  +  +  -  -  +", _),
    ("PATCH  /service-accounts/{account}                    ?  x  -  x  -  +  +  +  -  -  +", send.holder_name),
    # Residents bind an account and do with their own as they like; the desk does it for them, after checks
    #                                                       no re ne te co ag di su st so ad
    ("POST   /service-accounts/bind-code                    ?  +  +  x  x  x  x  x  x  x  x", send.account_number),
    ("POST   /service-accounts/bind                         ?  +  +  x  x  x  x  x  x  x  x", send.binding_code),
    ("POST   /service-accounts/{account}/bind-by-desk       ?  x  -  x  -  +  +  +  -  -  x", send.checked_neighbour),
    ("GET    /service-accounts/{account}/household          ?  +  -  x  -  +  +  +  -  -  +", _),
    ("POST   /service-accounts/{account}/leave              ?  +  -  x  -  +  +  +  -  -  x", _),
    ("POST   /service-accounts/{account}/move               ?  +  -  x  -  +  +  +  -  -  x", send.new_home),
    ("POST   /service-accounts/{account}/offer              ?  +  -  x  -  x  x  x  -  -  x", send.next_phone),
    ("POST   /service-accounts/{account}/hand-over          ?  x  -  x  -  +  +  +  -  -  x", send.checked_neighbour),
    ("GET    /service-accounts/{account}/history            ?  x  -  x  -  +  +  +  -  -  +", _),
    ("GET    /account-offers                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /account-offers/{offer}/accept                 ?  x  +  -  -  -  -  -  -  -  -", _),
    ("POST   /account-offers/{offer}/decline                ?  x  +  -  -  -  -  -  -  -  -", _),
    ("POST   /account-offers/{offer}/withdraw               ?  +  x  -  -  -  -  -  -  -  -", _),
    ("GET    /assets                                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /assets                                        ?  x  0  x  0  +  +  +  0  0  +", send.asset),
    ("GET    /assets/{asset}                                ?  +  -  +  -  +  +  +  -  -  +", _),
    ("PATCH  /assets/{asset}                                ?  x  -  x  -  +  +  +  -  -  +", send.serial),
    # Storekeepers and administrators write the catalogue; technicians propose what it lacks; staff read all of it
    #                                                       no re ne te co ag di su st so ad
    ("GET    /parts                                         ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /parts                                         ?  x  x  x  x  x  x  x  +  x  +", send.new_part),
    ("POST   /parts/provisional                             ?  x  x  +  +  x  x  x  +  x  +", send.unknown_part),
    ("GET    /parts/{part}                                  ?  -  -  +  +  +  +  +  +  +  +", _),
    ("PATCH  /parts/{part}                                  ?  -  -  x  x  x  x  x  +  x  +", send.rename),
    ("POST   /parts/{odd_part}/merge                        ?  -  -  x  x  x  x  x  +  x  +", send.known_part),
    # Storekeepers move stock; technicians see their own van only
    ("GET    /locations                                     ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /locations                                     ?  x  x  x  x  x  x  x  +  x  +", send.new_depot),
    ("GET    /locations/{van}                               ?  -  -  +  -  +  +  +  +  -  +", _),
    ("PATCH  /locations/{van}                               ?  -  -  x  -  x  x  x  +  -  +", send.rename),
    ("GET    /stock                                         ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /stock/{balance}                               ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /stock/receive                                 ?  -  -  -  -  x  x  x  +  -  x", send.receipt),
    ("POST   /stock/receive                                 ?  -  -  x  -  x  x  x  +  -  x", send.receipt_aboard),
    ("POST   /stock/move                                    ?  -  -  -  -  x  x  x  +  -  x", send.move),
    ("GET    /stock/movements                               ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /stock/movements/{movement}                    ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /stock/movements/{movement}/reverse            ?  -  -  x  -  x  x  x  +  -  x", send.note),
    ("GET    /stock/levels                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /stock/levels/{level}                          ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /stock/levels/set                              ?  -  -  x  -  x  x  x  +  -  x", send.levels),
    # What is kept for a visit is given free by its technician, or by those who see to the place
    ("GET    /stock/allocations                             ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /stock/allocations/{allocation}                ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /stock/allocations/{allocation}/release        ?  -  -  +  -  x  +  +  +  -  x", _),
    # Nobody settles a discrepancy in their own van
    ("GET    /discrepancies                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /discrepancies/{discrepancy}                   ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /discrepancies/{discrepancy}/settle            ?  -  -  x  -  x  x  +  +  -  x", send.settlement),
    # Whoever keeps the place asks; a storekeeper or supervisor who did not ask decides
    ("GET    /requisitions                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /requisitions                                  ?  -  -  +  -  x  x  x  +  -  x", send.wish),
    ("POST   /requisitions/propose                          ?  -  -  x  -  x  x  x  +  -  x", send.place_to_fill),
    ("GET    /requisitions/{requisition}                    ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /requisitions/{requisition}/cancel             ?  -  -  +  -  x  x  x  x  -  x", _),
    ("POST   /requisitions/{requisition}/approve            ?  -  -  x  -  x  x  +  +  -  x", _),
    ("POST   /requisitions/{requisition}/reject             ?  -  -  x  -  x  x  +  +  -  x", send.reason),
    ("POST   /requisitions/{approved_requisition}/release   ?  -  -  x  -  x  x  x  +  -  x", send.source),
    ("POST   /requisitions/{approved_requisition}/drop-rest ?  -  -  x  -  x  x  x  +  -  x", send.reason),
    # Whoever keeps the place counts it; a storekeeper or supervisor who did not count decides
    ("GET    /stocktakes                                    ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /stocktakes                                    ?  -  -  x  -  x  x  +  +  -  x", send.place_to_count),
    ("POST   /stocktakes/count                              ?  -  -  +  -  x  x  x  +  -  x", send.count),
    ("GET    /stocktakes/{stocktake}                        ?  -  -  +  -  +  +  +  +  -  +", _),
    ("POST   /stocktakes/{shared_count}/sheets             ?  -  -  +  -  x  x  x  +  -  x", send.sheet),
    ("POST   /stocktakes/{shared_count}/finish             ?  -  -  x  -  x  x  +  +  -  x", _),
    ("POST   /stocktakes/{stocktake}/recount               ?  -  -  x  -  x  x  +  +  -  x", send.reason),
    ("POST   /stocktakes/{stocktake}/post                   ?  -  -  x  -  x  x  +  +  -  x", send.note),
    ("POST   /stocktakes/{stocktake}/cancel                 ?  -  -  x  -  x  x  +  +  -  x", send.reason),
    # Storekeepers send; whoever keeps the place receives, and nobody but them
    ("GET    /transfers                                     ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /transfers                                     ?  -  -  -  -  x  x  x  +  -  x", send.transfer),
    ("GET    /transfers/{transfer}                          ?  -  -  +  -  +  +  +  +  -  +", _),
    ("GET    /transfers/{draft_transfer}                    ?  -  -  -  -  +  +  +  +  -  +", _),
    ("PATCH  /transfers/{draft_transfer}                    ?  -  -  -  -  x  x  x  +  -  x", send.note),
    ("GET    /transfers/{draft_transfer}/pick-list          ?  -  -  -  -  x  x  x  +  -  x", _),
    ("POST   /transfers/{draft_transfer}/dispatch           ?  -  -  -  -  x  x  x  +  -  x", _),
    ("POST   /transfers/{transfer}/receive                  ?  -  -  +  -  x  x  x  +  -  x", send.arrival),
    ("POST   /transfers/{transfer}/cancel                   ?  -  -  x  -  x  x  x  +  -  x", send.reason),
    # Administrators configure; residents see what is on offer, and not how we measure ourselves
    #                                                       no re ne te co ag di su st so ad
    ("GET    /service-types                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /service-types                                 ?  x  x  x  x  x  x  x  x  x  +", send.service_type),
    ("GET    /service-types/{service_type}                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("PATCH  /service-types/{service_type}                  ?  x  x  x  x  x  x  x  x  x  +", send.rename),
    ("GET    /calendars                                     ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /calendars                                     ?  x  x  x  x  x  x  x  x  x  +", send.calendar),
    ("GET    /calendars/{calendar}                          ?  -  -  +  +  +  +  +  +  +  +", _),
    ("PATCH  /calendars/{calendar}                          ?  -  -  x  x  x  x  x  x  x  +", send.rename),
    ("DELETE /calendars/{calendar}                          ?  -  -  x  x  x  x  x  x  x  +", _),
    ("POST   /calendars/{calendar}/import-holidays          ?  -  -  x  x  x  x  x  x  x  +", send.holidays),
    ("GET    /sla-policies                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sla-policies                                  ?  x  x  x  x  x  x  x  x  x  +", send.policy),
    ("GET    /sla-policies/{policy}                         ?  -  -  +  +  +  +  +  +  +  +", _),
    ("PATCH  /sla-policies/{policy}                         ?  -  -  x  x  x  x  x  x  x  +", send.rename),
    ("DELETE /sla-policies/{unused_policy}                  ?  -  -  x  x  x  x  x  x  x  +", _),
    ("POST   /sla-policies/{policy}/periods                 ?  -  -  x  x  x  x  x  x  x  +", send.policy_period),
    ("GET    /policy-periods                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /policy-periods/{period}                       ?  -  -  +  +  +  +  +  +  +  +", _),
    ("POST   /policy-periods/{period}/end                   ?  -  -  x  x  x  x  x  x  x  +", _),
    ("DELETE /policy-periods/{coming_period}                ?  -  -  x  x  x  x  x  x  x  +", _),
    # Prices are for those who quote them, of their own territories
    ("GET    /price-items                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /price-items                                   ?  x  x  x  x  x  x  x  x  x  +", send.price_item),
    ("GET    /price-items/{price_item}                      ?  -  -  +  +  +  +  +  +  +  +", _),
    ("PATCH  /price-items/{price_item}                      ?  -  -  x  x  x  x  x  x  x  +", send.rename),
    ("GET    /prices                                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /prices                                        ?  x  x  x  x  x  x  x  x  x  +", send.price),
    ("POST   /prices/import                                 ?  x  x  x  x  x  x  x  x  x  +", send.price_list),
    ("GET    /prices/{price}                                ?  -  -  +  +  +  +  +  +  -  +", _),
    ("PATCH  /prices/{price}                                ?  -  -  x  x  x  x  x  x  -  +", send.price_end),
    ("DELETE /prices/{coming_price}                         ?  -  -  x  x  x  x  x  x  x  +", _),
    ("GET    /tickets/{ticket}/warranties                   ?  x  -  +  -  +  +  +  -  -  +", _),
    ("GET    /warranty-terms                                ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /warranty-terms                                ?  x  x  x  x  x  x  x  x  x  +", send.warranty_term),
    ("GET    /warranty-terms/{term}                         ?  -  -  +  +  +  +  +  +  +  +", _),
    ("PATCH  /warranty-terms/{term}                         ?  -  -  x  x  x  x  x  x  x  +", send.price_end),
    ("DELETE /warranty-terms/{coming_term}                  ?  -  -  x  x  x  x  x  x  x  +", _),
    # Administrators plan inspections, dispatchers and supervisors skip them, the desk sees what is due
    ("GET    /inspection-plans                              ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /inspection-plans                              ?  x  x  x  x  x  x  x  x  x  +", send.inspection_plan),
    ("POST   /inspection-plans/preview                      ?  x  x  x  x  x  x  x  x  x  +", send.inspection_terms),
    ("GET    /inspection-plans/{plan}                       ?  -  -  -  -  +  +  +  -  -  +", _),
    ("PATCH  /inspection-plans/{plan}                       ?  -  -  -  -  x  x  x  -  -  +", send.rename),
    ("POST   /inspection-plans/{plan}/end                   ?  -  -  -  -  x  x  x  -  -  +", send.end_of_plan),
    ("POST   /inspection-plans/{plan}/skip                  ?  -  -  -  -  x  +  +  -  -  x", send.coming_inspection),
    ("GET    /service-lives                                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /service-lives                                 ?  x  x  x  x  x  x  x  x  x  +", send.service_life),
    ("GET    /service-lives/{life}                          ?  -  -  -  -  +  +  +  -  -  +", _),
    ("PATCH  /service-lives/{life}                          ?  -  -  -  -  x  x  x  -  -  +", send.longer),
    ("GET    /inspections                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /inspections/{inspection}                      ?  -  -  -  -  +  +  +  -  -  +", _),
    ("POST   /inspections/{inspection}/skip                 ?  -  -  -  -  x  +  +  -  -  x", send.reason),
    # Supervisors who had no part in it compare paper and record; administrators see what they found
    ("GET    /samples                                       ?  x  x  x  x  x  x  +  x  x  +", _),
    ("POST   /samples                                       ?  x  x  x  x  x  x  +  x  x  x", send.sample),
    ("GET    /samples/figures                               ?  x  x  x  x  x  x  +  x  x  +", send.days_of_samples),
    ("GET    /samples/{sample}                              ?  x  x  x  x  x  x  +  x  x  +", _),
    ("GET    /sampled-tickets                               ?  x  x  x  x  x  x  +  x  x  +", _),
    ("GET    /sampled-tickets/{sampled_ticket}              ?  x  x  x  x  x  x  +  x  x  +", _),
    ("POST   /sampled-tickets/{sampled_ticket}/review       ?  x  x  x  x  x  x  +  x  x  x", send.review),
    # Everybody who works here reads what they are judged by, and their own score; supervisors those of their territory
    ("GET    /scorecards                                    ?  x  x  +  +  +  +  +  +  +  +", _),
    ("POST   /scorecards                                    ?  x  x  x  x  x  x  x  x  x  +", send.scorecard),
    ("GET    /scorecards/{scorecard}                        ?  x  x  +  +  +  +  +  +  +  +", _),
    ("PATCH  /scorecards/{scorecard}                        ?  x  x  x  x  x  x  x  x  x  +", send.rename),
    ("POST   /scorecards/{scorecard}/versions               ?  x  x  x  x  x  x  x  x  x  +", send.scorecard_version),
    ("GET    /scorecards/{scorecard}/scores                 ?  x  x  +  +  -  -  +  -  -  +", send.place_of_scores),
    ("POST   /scorecard-versions/{scorecard_version}/end    ?  x  x  x  x  x  x  x  x  x  +", send.end_of_month),
    ("DELETE /scorecard-versions/{coming_version}           ?  x  x  x  x  x  x  x  x  x  +", _),
    ("GET    /score-indicators                              ?  x  x  +  +  +  +  +  +  +  +", _),
    ("GET    /score-marks                                   ?  x  x  +  +  +  +  +  +  +  +", _),
    ("POST   /score-marks                                   ?  x  x  x  x  x  x  +  x  x  x", send.score_mark),
    ("GET    /score-marks/{score_mark}                      ?  x  x  +  -  -  -  +  -  -  +", _),
    # Those who plan a territory say who works when; technicians see their own, and ask to be away
    #                                                       no re ne te co ag di su st so ad
    ("GET    /shifts                                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /shifts                                        ?  x  x  x  x  x  +  +  x  x  x", send.shift),
    ("GET    /shifts/week                                   ?  x  x  x  x  x  +  +  x  x  +", send.week),
    ("POST   /shifts/publish                                ?  x  x  x  x  x  +  +  x  x  x", send.week_to_publish),
    ("POST   /shifts/copy-week                              ?  x  x  x  x  x  +  +  x  x  x", send.week_to_copy),
    ("POST   /shifts/plan-pattern                           ?  x  x  x  x  x  +  +  x  x  x", send.pattern),
    ("GET    /shifts/{shift}                                ?  -  -  +  -  -  +  +  -  -  +", _),
    ("PATCH  /shifts/{shift}                                ?  -  -  x  -  -  +  +  -  -  x", send.for_the_technician),
    ("POST   /shifts/{shift}/cancel                         ?  -  -  x  -  -  +  +  -  -  x", send.reason),
    ("GET    /absences                                      ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /absences                                      ?  x  x  +  +  x  x  x  x  x  x", send.leave),
    (
        "POST   /absences/enter                                ?  x  x  x  x  x  +  +  x  x  x",
        send.leave_of_tom,
    ),
    ("GET    /absences/{absence}                            ?  -  -  +  -  -  +  +  -  -  +", _),
    ("POST   /absences/{absence}/approve                    ?  -  -  x  -  -  x  +  -  -  x", _),
    ("POST   /absences/{absence}/reject                     ?  -  -  x  -  -  x  +  -  -  x", send.no_leave),
    ("POST   /absences/{absence}/cancel                     ?  -  -  +  -  -  +  +  -  -  x", _),
    # What phones told of a day is corrected by supervisors, and never one's own
    ("GET    /attendance-days                               ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /attendance-days/{attendance_day}              ?  -  -  +  -  -  +  +  -  -  +", _),
    ("POST   /attendance-days/{attendance_day}/correct      ?  -  -  x  -  -  x  +  -  -  x", send.excuse),
    ("POST   /attendance-corrections/{correction}/withdraw  ?  -  -  x  -  -  x  +  -  -  x", _),
    ("GET    /reports/attendance                            ?  x  x  x  x  x  +  +  x  +  +", _),
    # Doubts about a check-in are for those who plan; whom they are about has told the truth until somebody has looked
    ("GET    /doubtful-check-ins                            ?  x  x  x  x  x  +  +  x  +  +", _),
    ("GET    /doubtful-check-ins/{doubt}                    ?  x  x  x  x  x  +  +  x  -  +", _),
    ("POST   /doubtful-check-ins/{doubt}/look-at            ?  x  x  x  x  x  +  +  x  -  x", send.seen),
    ("POST   /doubtful-check-ins/{doubt}/put-back           ?  x  x  x  x  x  +  +  x  -  x", _),
    # Through the civic apps' door residents file and follow their own; staff have the doors above
    #                                                       no re ne te co ag di su st so ad
    ("GET    /open311/discovery{format}                     +  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /open311/services{format}                      +  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /open311/services/{code}{format}               +  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /open311/requests{format}                      +  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /open311/requests{format}                      x  +  +  x  x  x  x  x  x  x  x", send.civic_request),
    ("GET    /open311/requests/{reference}{format}          -  +  -  -  -  -  -  -  -  -  -", _),
    ("GET    /open311/pictures/{public_photo}               -  +  -  -  -  -  -  -  -  -  -", _),
    ("GET    /open311/pictures/{photo}                      -  -  -  -  -  -  -  -  -  -  -", _),
    ("GET    /open311/tokens/{reference}{format}            -  +  -  -  -  -  -  -  -  -  -", _),
    # Nobody hears or answers a notice in another's name
    #                                                       no re ne te co ag di su st so ad
    ("GET    /notices                                       ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /notices/unacknowledged                        ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /notices/{notice}/acknowledge                  ?  -  -  +  -  -  -  -  -  -  -", _),
    # Whether notices have arrived is the desk's business, without their words; administrators plan the steps
    ("GET    /deliveries                                    ?  x  x  x  x  x  +  +  x  +  +", _),
    ("GET    /deliveries/{delivery}                         ?  x  x  x  x  x  +  +  x  -  +", _),
    ("GET    /escalation-plans                              ?  x  x  x  x  x  +  +  x  +  +", _),
    ("POST   /escalation-plans                              ?  x  x  x  x  x  x  x  x  x  +", send.escalation_plan),
    ("GET    /escalation-plans/{escalation_plan}            ?  x  x  x  x  x  +  +  x  +  +", _),
    ("PATCH  /escalation-plans/{escalation_plan}            ?  x  x  x  x  x  x  x  x  x  +", send.escalation_steps),
    ("DELETE /escalation-plans/{escalation_plan}            ?  x  x  x  x  x  x  x  x  x  +", _),
    # What somebody chooses is their own; the link in an e-mail knows whose it is
    ("GET    /me/notice-choices                             ?  +  +  +  +  +  +  +  +  +  +", _),
    ("PUT    /me/notice-choices                             ?  +  +  +  +  +  +  +  +  +  +", send.notice_choices),
    ("GET    /users/{resident}/notice-choices               ?  x  -  -  -  +  +  +  -  +  x", _),
    ("PUT    /users/{resident}/notice-choices               ?  x  -  -  -  +  +  +  -  +  x", send.notice_choices),
    ("GET    /u/{unsubscribe_token}                         +  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /u/{unsubscribe_token}                         +  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /unsubscribe/{former_unsubscribe_token}        +  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /unsubscribe/{former_unsubscribe_token}        +  +  +  +  +  +  +  +  +  +  +", _),
    # What leaves the house is looked after by supervisors of its territory; a device is told by its own person
    ("GET    /outgoing-messages                             ?  x  x  x  x  x  x  +  x  x  +", _),
    ("GET    /outgoing-messages/{letter}                    ?  x  x  x  x  x  x  +  x  x  +", _),
    ("POST   /outgoing-messages/{letter}/resend             ?  x  x  x  x  x  x  +  x  x  +", _),
    ("POST   /outgoing-messages/resend                      ?  x  x  x  x  x  x  +  x  x  +", _),
    ("GET    /push-key                                      ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /me/push-subscription                          ?  -  -  +  -  -  -  -  -  -  -", _),
    ("PUT    /me/push-subscription                          ?  +  +  +  +  +  +  +  +  +  +", send.push_subscription),
    ("DELETE /me/push-subscription                          ?  +  +  +  +  +  +  +  +  +  +", _),
    # Dispatchers and supervisors look after the phones of those in the field, and not after those of the desk
    ("POST   /sync/push                                     ?  +  +  +  +  +  +  +  +  +  +", send.push),
    ("GET    /sync/changes                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /sync/digest                                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sync/documents                                ?  +  +  +  +  +  +  +  +  +  +", send.named_documents),
    ("GET    /sync/watermelon                               ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sync/watermelon                               ?  +  +  +  +  +  +  +  +  +  +", send.no_rows),
    ("GET    /sync/rxdb/{collection}/pull                   ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sync/rxdb/{collection}/push                   ?  +  +  +  +  +  +  +  +  +  +", send.no_documents),
    ("GET    /sync/rxdb/{collection}/stream                 ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /sync/devices                                  ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /sync/devices/health                           ?  +  +  +  +  +  +  +  +  +  +", _),
    ("GET    /sync/devices/{lost_phone}                     ?  -  -  +  -  -  +  +  -  -  +", _),
    ("POST   /sync/devices                                  ?  +  +  +  +  +  +  +  +  +  +", send.device),
    ("POST   /sync/devices/{lost_phone}/cut-off             ?  -  -  +  -  -  +  +  -  -  +", _),
    ("POST   /sync/devices/{supervisors_phone}/cut-off      ?  -  -  -  -  -  -  +  -  -  +", _),
    ("GET    /sync/operations                               ?  +  +  +  +  +  +  +  +  +  +", _),
    ("POST   /sync/operations/{refused_operation}/release   ?  -  -  +  -  -  +  +  -  -  +", _),
    ("GET    /sync/operations/{refused_operation}           ?  -  -  +  -  -  +  +  -  -  +", _),
    ("POST   /sync/operations/{refused_operation}/discard   ?  -  -  +  -  -  +  +  -  -  +", send.reason),
    # A field is resolved by whoever may write it, either way; about overtaken work the dispatcher decides, either way
    ("GET    /sync/conflicts                                ?  +  +  +  +  +  +  +  +  +  +", _),
    # Whoever asks for many is answered one by one; the tests of conflicts see to that
    ("POST   /sync/conflicts/resolve                        ?  +  +  +  +  +  +  +  +  +  +", send.keep_server_of_many),
    ("GET    /sync/conflicts/{clash}                        ?  -  -  +  -  +  +  +  -  -  -", _),
    ("POST   /sync/conflicts/{clash}/resolve                ?  -  -  +  -  +  +  +  -  -  -", send.keep_device),
    ("POST   /sync/conflicts/{clash}/resolve                ?  -  -  +  -  +  +  +  -  -  -", send.keep_server),
    ("POST   /sync/conflicts/{overtaken}/resolve            ?  -  -  x  -  x  +  +  -  -  -", send.keep_device),
    ("POST   /sync/conflicts/{overtaken}/resolve            ?  -  -  x  -  x  +  +  -  -  -", send.keep_server),
)

OPERATIONS = operations(
    # The same as through the other door
    #                                                       re ne te co ag di su st so ad
    ("ticket.open                                           +  +  +  +  +  +  +  x  x  x", send.complaint),
    ("ticket.open                                           +  0  +  0  +  +  +  x  0  x", send.account_complaint),
    ("ticket.open                                           0  0  +  +  x  x  x  x  x  x", send.found_on_patrol),
    ("ticket.edit ticket_id={ticket}                        x  -  +  -  +  +  +  -  -  x", send.contact),
    ("ticket.cancel ticket_id={ticket}                      +  -  x  -  +  +  +  -  -  x", send.reason),
    ("ticket.reopen ticket_id={resolved_ticket}             +  -  x  -  +  +  +  -  -  x", send.reason),
    ("ticket.confirm ticket_id={resolved_ticket}            +  -  x  -  x  x  x  -  -  x", _),
    ("ticket.rate ticket_id={resolved_ticket}               +  -  x  -  x  x  x  -  -  x", send.score),
    ("note.add ticket_id={ticket}                           x  -  +  -  +  +  +  -  -  x", send.text),
    ("attachment.add ticket_id={ticket}                     +  -  +  -  +  +  +  -  -  x", send.photo),
    ("attachment.withdraw attachment_id={photo}             -  -  +  -  +  +  +  -  -  x", send.reason),
    ("attachment.withdraw attachment_id={public_photo}      x  -  +  -  +  +  +  -  -  x", send.reason),
    ("visit.sign visit_id={on_site_visit}                   x  -  +  -  x  x  x  -  -  x", send.signature),
    ("message.send ticket_id={ticket}                       +  -  x  -  +  +  +  -  -  x", send.text),
    ("quote.make ticket_id={ticket}                         x  -  +  -  +  +  +  -  -  x", send.quote),
    ("quote.answer quote_id={quote}                         +  -  +  -  x  x  x  -  -  x", send.no_thanks),
    ("payment.take ticket_id={resolved_ticket}              x  -  +  -  +  +  +  -  -  x", send.cash),
    ("quote.withdraw quote_id={quote}                       x  -  +  -  +  +  +  -  -  x", send.reason),
    ("visit.accept visit_id={dispatched_visit}              x  -  +  -  x  x  x  -  -  x", _),
    ("visit.decline visit_id={dispatched_visit}             x  -  +  -  x  x  x  -  -  x", send.reason),
    ("visit.hand_over_lead visit_id={led_visit}             x  -  +  -  x  x  x  -  -  x", send.mates_visit),
    ("visit.take_lead visit_id={visit_to_lead}              -  -  +  -  x  x  x  -  -  x", _),
    ("visit.decline_lead visit_id={visit_to_lead}           -  -  +  -  x  x  x  -  -  x", send.reason),
    ("visit.travel visit_id={dispatched_visit}              x  -  +  -  x  x  x  -  -  x", _),
    ("visit.check_in visit_id={dispatched_visit}            x  -  +  -  x  x  x  -  -  x", send.position),
    ("visit.check_out visit_id={on_site_visit}              x  -  +  -  x  x  x  -  -  x", send.position),
    ("visit.edit visit_id={on_site_visit}                   x  -  +  -  x  x  x  -  -  x", send.diagnosis),
    ("visit.complete visit_id={on_site_visit}               x  -  +  -  x  x  x  -  -  x", send.result_with_parts),
    ("visit.leave_incomplete visit_id={on_site_visit}       x  -  +  -  x  x  x  -  -  x", send.no_result),
    ("installation.accept installation_id={installation}   -  -  x  -  x  +  +  -  -  x", send.note),
    ("installation.reject installation_id={installation}   -  -  x  -  x  +  +  -  -  x", send.note),
    ("visit.rate visit_id={finished_visit}                  x  -  +  -  x  x  x  -  -  x", send.score),
    ("shift.clock_in                                        x  x  +  +  x  x  x  x  x  x", send.position),
    ("shift.clock_out                                       x  x  +  +  x  x  x  x  x  x", send.position),
    ("absence.ask                                           x  x  +  +  x  x  x  x  x  x", send.leave),
    ("absence.cancel absence_id={absence}                   -  -  +  -  -  +  +  -  -  x", _),
    ("part.use visit_id={on_site_visit}                     x  -  +  -  x  x  x  -  -  x", send.part),
    ("part.return visit_id={on_site_visit}                  x  -  +  -  x  x  x  -  -  x", send.faulty_part),
    ("part.swap visit_id={on_site_visit}                    x  -  +  -  x  x  x  -  -  x", send.swap),
    ("part.provisional                                      x  x  +  +  x  x  x  +  x  +", send.unknown_part),
    ("requisition.submit                                    -  -  +  -  x  x  x  +  -  x", send.wish),
    ("requisition.cancel requisition_id={requisition}       -  -  +  -  x  x  x  x  -  x", _),
    ("stocktake.count                                       -  -  +  -  x  x  x  +  -  x", send.count),
    ("stocktake.hand_in_sheet stocktake_id={shared_count}   -  -  +  -  x  x  x  +  -  x", send.sheet),
    ("transfer.receive transfer_id={transfer}               -  -  +  -  x  x  x  +  -  x", send.arrival),
    ("notice.acknowledge notice_id={notice}                 -  -  +  -  -  -  -  -  -  -", _),
    ("operation.discard operation_id={refused_operation}    -  -  +  -  -  +  +  -  -  +", send.reason),
    ("conflict.resolve conflict_id={clash}                  -  -  +  -  +  +  +  -  -  -", send.keep_device),
    ("conflict.resolve conflict_id={clash}                  -  -  +  -  +  +  +  -  -  -", send.keep_server),
    ("conflict.resolve conflict_id={overtaken}              -  -  x  -  x  +  +  -  -  -", send.keep_device),
    ("conflict.resolve conflict_id={overtaken}              -  -  x  -  x  +  +  -  -  -", send.keep_server),
    # It is what no document can be written like: refused whoever asks, and remembered
    ("document.write id={ticket}                            0  0  0  0  0  0  0  0  0  0", send.meaningless),
)

DOCUMENTS = documents(
    # Who carries which document: `+` or `-`. Stock is carried by whoever keeps the place, and not by the desk;
    # what desks carry, by whoever works there: administrators look at it over HTTP.
    #                                                       re ne te co ag di su st so ad
    "tickets {ticket}                                      +  -  +  -  +  +  +  -  -  -",
    "visits {dispatched_visit}                             +  -  +  -  +  +  +  -  -  -",
    "visits {visit_to_lead}                                -  -  +  -  +  +  +  -  -  -",
    "sites {site}                                          +  -  +  -  +  +  +  -  -  -",
    "assets {asset}                                        +  -  +  -  +  +  +  -  -  -",
    "notes {note}                                          -  -  +  -  +  +  +  -  -  -",
    "attachments {photo}                                   -  -  +  -  +  +  +  -  -  -",
    "attachments {public_photo}                            +  -  +  -  +  +  +  -  -  -",
    "messages {message}                                    +  -  -  -  +  +  +  -  -  -",
    "quotes {quote}                                        +  -  +  -  +  +  +  -  -  -",
    "installations {installation}                          -  -  +  -  +  +  +  -  -  -",
    "warranties {warranty}                                 -  -  +  -  +  +  +  -  -  -",
    "prices {price}                                        -  -  +  +  +  +  +  +  -  +",
    "check_ins {check_in}                                  -  -  +  -  +  +  +  -  -  -",
    "check_ins {shift_start}                                -  -  +  -  +  +  +  -  -  -",
    "shifts {shift}                                        -  -  +  -  -  -  -  -  -  -",
    "absences {absence}                                    -  -  +  -  -  -  -  -  -  -",
    "part_uses {part_use}                                  -  -  +  -  +  +  +  -  -  -",
    "parts {part}                                          -  -  +  +  +  +  +  +  +  +",
    "locations {van}                                       -  -  +  -  -  -  -  -  -  -",
    "locations {depot}                                     -  -  -  -  -  -  -  +  -  -",
    "stock {balance}                                       -  -  +  -  -  -  -  -  -  -",
    "allocations {allocation}                              -  -  +  -  -  -  -  -  -  -",
    "requisitions {requisition}                            -  -  +  -  -  -  -  +  -  -",
    "stocktakes {stocktake}                                -  -  +  -  -  -  -  +  -  -",
    "transfers {transfer}                                  -  -  +  -  -  -  -  +  -  -",
    "transfers {draft_transfer}                            -  -  -  -  -  -  -  +  -  -",
    "discrepancies {discrepancy}                           -  -  +  -  +  +  +  +  -  -",
    "notices {notice}                                      -  -  +  -  -  -  -  -  -  -",
    "conflicts {clash}                                     -  -  +  -  +  +  +  -  -  -",
    "conflicts {overtaken}                                 -  -  +  -  +  +  +  -  -  -",
    "service_types {service_type}                          +  +  +  +  +  +  +  +  +  +",
)
