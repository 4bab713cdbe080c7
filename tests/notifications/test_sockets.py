"""What connected phones hear, over real sockets and PostgreSQL's LISTEN; and what strangers do not hear."""

from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from accounts.models import DeviceToken, Role, RoleGrant
from accounts.signin.services import issue_token
from fieldsvc.time import time_is
from notifications import bus
from notifications.models import Notice
from notifications.notices.services import acknowledge_notice
from notifications.sockets import SIGNED_OUT, Limits
from sync.commands import Actor
from sync.devices.services import cut_off_device, register_device
from tests.notifications.eavesdropping import bus_listeners, wait_until
from tests.notifications.line import heard_until
from tests.notifications.telling import MORNING, TICKET, VISIT, arrival_notice, dispatch_notice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tom(people):
    return people.technician


@pytest.fixture
def tokens(people):
    """A token without device for each technician."""
    return {"tom": issue_token(people.technician), "colin": issue_token(people.colleague)}


# Hearing and answering


def test_a_dispatched_technician_hears_of_it_at_once_and_acknowledges(people, tom, connect):
    device = register_device(user=tom, device_id=uuid4(), name="Tom's phone")
    line = connect(issue_token(tom, device=device))

    with time_is(MORNING):
        [notice] = dispatch_notice(tom, territory=people.north)
    heard = heard_until(line, "notice")

    assert heard | {"data": None} == {
        "type": "notice",
        "id": str(notice.pk),
        "kind": "visit_dispatched",
        "title": "New visit: FS-1000-7",
        "body": "No signal\nHotel Aurora\nBetween 2026-11-22 14:00 and 2026-11-22 16:00",
        "texts": {
            "en": {"title": heard["title"], "body": heard["body"]},
            "zh": {"title": notice.title_zh, "body": notice.body_zh},
        },
        "urgent": True,
        "wants_ack": True,
        "subject": {"collection": "visits", "id": str(VISIT)},
        "ticket_id": str(TICKET),
        "data": None,
        "created_at": "2026-11-22T08:00:00Z",
        "acknowledged_at": None,
    }

    with time_is(MORNING):
        line.says(type="acknowledge", id=str(notice.pk))
        assert heard_until(line, "acknowledged") == {"type": "acknowledged", "id": str(notice.pk)}
    notice.refresh_from_db()
    assert (notice.acknowledged_at, notice.acknowledged_device) == (MORNING, device)


def test_a_person_is_addressed_in_their_language(tom, people, connect, tokens):
    tom.language = "zh"
    tom.save()
    line = connect(tokens["tom"])
    dispatch_notice(tom, territory=people.north)

    assert heard_until(line, "notice")["title"] == "新的上门任务:FS-1000-7"


def test_all_phones_of_a_person_hear(tom, people, connect):
    lines = [connect(issue_token(tom)) for _ in range(2)]
    [notice] = dispatch_notice(tom, territory=people.north)

    assert [heard_until(line, "notice")["id"] for line in lines] == [str(notice.pk)] * 2


def test_a_phone_that_comes_back_hears_what_it_has_not_acknowledged(tom, people, connect, tokens):
    [seen] = arrival_notice(tom)
    acknowledge_notice(actor=Actor(user=tom), occurred_at=MORNING, notice_id=seen.pk)
    earlier, later = (dispatch_notice(tom, territory=people.north, about=uuid4())[0] for _ in range(2))
    bus.close()  # and with it goes out what there was to say

    line = connect(tokens["tom"])
    assert [line.hears()["id"], line.hears()["id"]] == [str(earlier.pk), str(later.pk)]
    line.says(type="acknowledge", id=str(earlier.pk))
    heard_until(line, "acknowledged")

    assert heard_until(connect(tokens["tom"]), "notice")["id"] == str(later.pk)


def test_a_poke_names_the_scopes_in_which_there_is_something_to_pull(tom, connect, tokens):
    line = connect(tokens["tom"])
    bus.poke(["catalogue", f"technician:{tom.pk}"])

    assert line.hears() == {"type": "poke", "scopes": ["catalogue", f"technician:{tom.pk}"]}


def test_a_ping_is_answered(connect, tokens):
    line = connect(tokens["tom"])
    with time_is(MORNING):
        line.says(type="ping")
        assert line.hears() == {"type": "pong", "server_time": "2026-11-22T08:00:00+00:00"}


# Strangers


def test_nobody_hears_of_a_scope_that_is_not_theirs(people, tom, connect, tokens):
    colin = connect(tokens["colin"])
    bus.poke([f"technician:{tom.pk}", f"person:{tom.pk}", f"desk:{people.north.pk}", "depot:1"])
    bus.poke([f"technician:{people.colleague.pk}"])

    # One message may carry all of it: whoever gets it still hears their own only.
    assert colin.hears() == {"type": "poke", "scopes": [f"technician:{people.colleague.pk}"]}


def test_nobody_hears_or_acknowledges_anothers_notice(people, tom, connect, tokens):
    colin = connect(tokens["colin"])
    [toms] = dispatch_notice(tom, territory=people.north)
    [colins] = dispatch_notice(people.colleague, territory=people.north)
    assert heard_until(colin, "notice")["id"] == str(colins.pk)

    colin.says(type="acknowledge", id=str(toms.pk))
    refusal = heard_until(colin, "error")
    assert (refusal["code"], refusal["id"]) == ("not_found", str(toms.pk))
    colin.says(type="acknowledge", id=str(colins.pk))
    assert heard_until(colin, "acknowledged")["id"] == str(colins.pk)
    assert list(Notice.objects.filter(acknowledged_at=None)) == [toms]


@pytest.mark.parametrize("frame", [{"type": "ping"}, {"type": "acknowledge", "id": str(VISIT)}, {"type": "dance"}])
def test_without_a_token_nothing_is_heard_or_done(connect, frame):
    line = connect()
    line.says(**frame)

    assert line.is_told_no() == "not_signed_in"
    assert line.is_hung_up() == SIGNED_OUT


def test_a_wrong_token_ends_the_connection(connect):
    line = connect()
    line.says(type="authenticate", token="f" * 64)

    assert line.is_told_no() == "token_not_valid"
    assert line.is_hung_up() == SIGNED_OUT


@pytest.mark.parametrize("limits", [Limits(authenticate_within=0.05)])
def test_who_does_not_sign_in_is_hung_up(connect, limits):
    line = connect()

    assert line.is_told_no() == "not_signed_in"
    assert line.is_hung_up() == SIGNED_OUT


def test_there_is_one_address_only(connect):
    with pytest.raises(InvalidStatus) as refusal:
        connect(path="/ws/v2/")

    assert refusal.value.response.status_code == 403


# Rights that end or begin while somebody is connected


def test_a_person_who_signed_out_is_hung_up_when_they_are_poked(tom, connect, tokens):
    line = connect(tokens["tom"])
    DeviceToken.objects.all().delete()
    bus.poke([f"person:{tom.pk}"])

    assert line.is_told_no() == "token_not_valid"
    assert line.is_hung_up() == SIGNED_OUT


@pytest.mark.parametrize("limits", [Limits(recheck_every=0.05)])
def test_a_person_who_signed_out_is_hung_up_before_long(connect, tokens, limits):
    line = connect(tokens["tom"])
    DeviceToken.objects.all().delete()

    assert line.is_told_no() == "token_not_valid"
    assert line.is_hung_up() == SIGNED_OUT


def test_a_notice_does_not_reach_a_phone_that_was_signed_out(tom, people, connect, tokens):
    line = connect(tokens["tom"])
    DeviceToken.objects.all().delete()
    dispatch_notice(tom, territory=people.north)

    assert line.is_told_no() == "token_not_valid"
    assert line.is_hung_up() == SIGNED_OUT


def test_a_phone_that_was_signed_out_acknowledges_nothing(tom, people, connect, tokens):
    [notice] = dispatch_notice(tom, territory=people.north)
    line = connect(tokens["tom"])
    heard_until(line, "notice")
    DeviceToken.objects.all().delete()
    line.says(type="acknowledge", id=str(notice.pk))

    assert heard_until(line, "error")["code"] == "token_not_valid"
    assert line.is_hung_up() == SIGNED_OUT
    notice.refresh_from_db()
    assert notice.acknowledged_at is None


def test_a_lost_phone_is_told_to_wipe_itself(tom, connect):
    device = register_device(user=tom, device_id=uuid4())
    token = issue_token(tom, device=device)
    line = connect(token)
    cut_off_device(actor=Actor(user=tom), occurred_at=MORNING, device_id=device.pk)
    bus.poke([f"person:{tom.pk}"])

    assert line.hears() == {"type": "wipe"}
    assert line.is_hung_up() == SIGNED_OUT

    again = connect()
    again.says(type="authenticate", token=token)
    assert again.hears() == {"type": "wipe"}
    assert again.is_hung_up() == SIGNED_OUT


def test_a_role_that_is_given_or_taken_counts_from_the_next_poke_of_its_person(people, tom, connect, tokens):
    line = connect(tokens["tom"])
    desk, person = f"desk:{people.north.pk}", f"person:{tom.pk}"

    grant = RoleGrant.objects.create(user=tom, role=Role.DISPATCHER, territory=people.north)
    bus.poke([person])
    assert line.hears()["scopes"] == [person]
    bus.poke([desk])
    assert line.hears()["scopes"] == [desk]

    grant.delete()
    bus.poke([person])
    assert line.hears()["scopes"] == [person]
    bus.poke([desk])
    bus.poke(["catalogue"])
    assert line.hears()["scopes"] == ["catalogue"]


# Clients with mistakes


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{}",
        '"ping"',
        '{"type": 7}',
        '{"type": "acknowledge"}',
        '{"type": "acknowledge", "id": 7}',
        '{"type": "acknowledge", "id": "x"}',
        "{" * 3000,
        "[" * 3000,
        '{"type": "ping"',
        '{"type": NaN}',
        "{" + " " * 5000 + "}",
        b'{"type": "ping"}',
    ],
    ids=lambda frame: repr(frame[:20]),
)
def test_a_malformed_frame_is_answered_and_the_connection_stays(connect, tokens, frame):
    line = connect(tokens["tom"])
    line.connection.send(frame)
    assert line.is_told_no() == "malformed_frame"

    line.says(type="ping")
    assert line.hears()["type"] == "pong"


def test_frames_that_make_no_sense_here_are_answered(connect, tokens):
    line = connect(tokens["tom"])
    line.says(type="dance")
    assert line.is_told_no() == "unknown_frame"
    line.says(type="authenticate", token=tokens["colin"])
    assert line.is_told_no() == "already_signed_in"
    line.says(type="acknowledge", id=str(uuid4()))
    assert line.is_told_no() == "not_found"


def test_a_frame_that_is_far_too_large_ends_the_connection(connect, tokens):
    line = connect(tokens["tom"])
    line.connection.send("x" * 100_000)

    assert line.is_hung_up() == 1009


@pytest.mark.parametrize("limits", [Limits(take_frame_within=0.2)])
def test_a_phone_that_takes_nothing_is_dropped_without_anybody_waiting_and_caught_up_with_later(
    people, tom, connect, tokens, limits
):
    Notice.objects.bulk_create(
        Notice(
            user=tom,
            kind="technician_arrived",
            subject_collection="visits",
            subject_id=VISIT,
            title=f"notice {number}",
            title_zh="",
            body="x" * 200_000,
            body_zh="",
            dedupe_key=str(number),
        )
        for number in range(60)
    )
    connect(tokens["tom"])  # and never listens: its queue, the kernel's buffers and the server's fill up
    colin = connect(tokens["colin"])
    for _ in range(3):
        bus.poke(["catalogue"])  # one message to both
        assert colin.hears() == {"type": "poke", "scopes": ["catalogue"]}

    colin.connection.close()
    wait_until(lambda: bus_listeners() == 0)  # the server has let go of both
    assert heard_until(connect(tokens["tom"]), "notice")["title"] == "notice 0"


def test_a_phone_that_hangs_up_leaves_nothing_behind(connect, tokens):
    lines = [connect(tokens["tom"]) for _ in range(3)]
    assert bus_listeners() == 1
    for line in lines:
        line.connection.close()

    wait_until(lambda: bus_listeners() == 0)
