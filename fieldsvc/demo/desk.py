"""What the desk of Beilin works with, and saw to besides the tickets: calls, promises, ratings, the end of a shift."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from accounts.models import Territory, User
from fieldsvc.demo.identity import demo_id
from fieldsvc.demo.people import BEILIN
from fieldsvc.demo.playing import play_steps
from fieldsvc.time import now
from sync.commands import Actor, command
from tickets.callbacks.models import CallbackQuota
from tickets.callbacks.quotas import create_quota
from tickets.callbacks.services import call_back, promise_callback
from tickets.calls.services import log_call
from tickets.handovers.models import HandOver
from tickets.handovers.services import give_hand_over
from tickets.households.services import offer_account
from tickets.ratings.technicians import rate_visit
from tickets.replies.models import ReplyTemplate
from tickets.replies.services import create_template
from tickets.samples.models import SampledTicket
from tickets.samples.services import draw_sample, review_ticket
from tickets.scorecards.models import Criterion, Scorecard
from tickets.scorecards.reckoning import Month
from tickets.scorecards.services import add_version, create_scorecard, mark_score
from tickets.sites.models import ServiceAccount
from tickets.staff_complaints.services import file_staff_complaint
from tickets.visits.models import Visit
from tickets.windows.models import OfferedWindow
from tickets.windows.services import offer_window

COOPERATION = {"indicator": "mark", "name": "Cooperation", "name_zh": "协作", "weight": 10}
Weighed = tuple[str, int, float, float]
"""Indicator, weight, the value that is worth nothing and the one that is worth all points."""
SCORECARDS: dict[str, tuple[str, str, tuple[Weighed, ...], tuple[dict[str, Any], ...]]] = {
    "technician": (
        "Technicians",
        "维修人员评分表",
        (
            ("on_site_in_target", 25, 0.6, 0.95),
            ("first_time_fix", 25, 0.6, 0.95),
            ("rating", 20, 3, 5),
            ("repeats", 10, 0.15, 0),
            ("samples_consistent", 10, 0.7, 1),
        ),
        (COOPERATION,),
    ),
    "agent": (
        "Agents",
        "座席评分表",
        (
            ("first_reply_in_target", 30, 0.7, 1),
            ("callbacks_kept", 30, 0.6, 0.95),
            ("rating", 20, 3, 5),
            ("technician_rating", 10, 3, 5),
        ),
        (COOPERATION,),
    ),
    "territory": (
        "Territories",
        "片区评分表",
        (
            ("on_site_in_limit", 30, 0.8, 1),
            ("first_time_fix", 20, 0.6, 0.95),
            ("satisfied", 20, 0.6, 0.9),
            ("reopened", 15, 0.15, 0),
            ("callbacks_kept", 15, 0.6, 0.95),
        ),
        (),
    ),
}
"""English and Chinese name, indicators and marks, by whom it judges."""
TEMPLATES: tuple[tuple[str, str, str, str], ...] = (
    (
        "which-light",
        "question",
        "Dear {name}, about {reference}: which lights of the device are on? A photo helps us to bring the right part.",
        "{name}您好，关于工单 {reference}：请问设备上哪些指示灯亮着？拍张照片有助于我们带对配件。",
    ),
    (
        "appointment",
        "appointment",
        "{technician} comes between {window_start} and {window_end} about {service}. If that does not suit you, choose "
        "another time in the app or call us.",
        "{technician}将于 {window_start} 至 {window_end} 上门处理{service}。如不方便，请在 App 中改约或致电我们。",
    ),
    (
        "part-missing",
        "delay",
        "We wait for a part for {reference}, and tell you as soon as it is here. Thank you for your patience.",
        "工单 {reference} 正在等待配件，到货后立即通知您，感谢您的耐心。",
    ),
    (
        "how-it-ended",
        "result",
        "{reference}: {resolution}. If it is not in order, you can open it again until {confirm_until}.",
        "工单 {reference}：{resolution}。如仍有问题，可在 {confirm_until} 前重新打开。",
    ),
    (
        "sorry-we-were-late",
        "apology",
        "Dear {name}, we are sorry that you had to wait. {agent}, {desk}",
        "{name}您好，让您久等了，非常抱歉。{desk} {agent}",
    ),
)
"""Code, kind, English and Chinese text."""
HOURS = ((time(9), time(12)), (time(14), time(17)), (time(17), time(20)))
"""In which residents may have somebody come, on every day of the week."""
QUOTAS = (("agent", 6), ("team", 20))
"""How many callbacks may be open at once."""
SAID_BY_TECHNICIANS: tuple[tuple[int, list[str], str], ...] = (
    (5, ["well_informed"], ""),
    (4, ["well_planned"], ""),
    (2, ["part_missing"], "车上没有合适的接头。The right connector was not aboard."),
)


@command
def tools_of_the_desk() -> int:
    """Templates, hours to choose from, limits of what is promised. Answers how many are new."""
    system: dict[str, Any] = {"actor": Actor.system(), "occurred_at": now()}
    territory = Territory.objects.get(code=BEILIN)
    made = 0
    for code, kind, text, text_zh in TEMPLATES:
        if not ReplyTemplate.objects.filter(code=code).exists():
            create_template(id=demo_id("template", code), code=code, kind=kind, text=text, text_zh=text_zh, **system)
            made += 1
    if not OfferedWindow.objects.filter(territory=territory).exists():
        for weekday in range(7):
            for opens, closes in HOURS:
                offer_window(territory_id=territory.pk, weekday=weekday, opens=opens, closes=closes, **system)
                made += 1
    if not CallbackQuota.objects.filter(territory=territory).exists():
        for per, most_open in QUOTAS:
            told: dict[str, Any] = {
                "id": demo_id("quota", per),
                "territory_id": territory.pk,
                "valid_from": date(2026, 1, 1),
            }
            create_quota(per=per, most_open=most_open, **told, **system)
            made += 1
    return made


def scorecards() -> int:
    """One for each kind of subject, which hold since the month before this one. Answers how many are new."""
    month = Month.of(Month.of(now().date()).first - timedelta(days=1))
    known = set(Scorecard.objects.values_list("code", flat=True))
    missing = [subject for subject, (name, *_) in SCORECARDS.items() if name.lower() not in known]
    for subject in missing:
        name, name_zh, weighed, marks = SCORECARDS[subject]
        card = create_scorecard(
            actor=Actor.system(),
            occurred_at=now(),
            code=name.lower(),
            name=name,
            name_zh=name_zh,
            subject=subject,
        )
        criteria = [dict(zip(("indicator", "weight", "worst", "best"), row, strict=True)) for row in weighed]
        add_version(
            actor=Actor.system(),
            occurred_at=datetime.combine(month.first - timedelta(days=10), time(), UTC),
            scorecard_id=card.pk,
            valid_from=month.first,
            criteria=[*criteria, *marks],
        )
    return len(missing)


def desk_was_played() -> bool:
    """Whether it stands there already."""
    return HandOver.objects.filter(pk=demo_id("hand-over", "agent")).exists()


def play_desk(*, until: datetime) -> int:
    """Let all of it happen in the hours before `until`; answers how many steps that were. Part of a command."""
    desk = _Desk()
    steps = (
        (timedelta(hours=5), desk.answers),
        (timedelta(hours=4), desk.promises_what_is_kept),
        (timedelta(hours=4) - timedelta(minutes=12), desk.calls_back),
        (timedelta(hours=3), desk.is_cut_off),
        (timedelta(hours=2), desk.resident_offers_the_account),
        (timedelta(minutes=90), desk.resident_complains),
        (timedelta(minutes=60), desk.technicians_rate),
        (timedelta(minutes=50), desk.supervisor_reviews_a_sample),
        (timedelta(minutes=40), desk.supervisor_marks),
        (timedelta(minutes=9), desk.promises),
        (timedelta(minutes=7), desk.promises_for_the_team),
        (timedelta(minutes=2), desk.hands_over),
    )
    return play_steps(steps, until=until)


class _Desk:
    """Who does it, and where."""

    def __init__(self) -> None:
        staff = {user.username: user for user in User.objects.exclude(username=None)}
        self.agent, self.supervisor, self.dispatcher = (staff[name] for name in ("agent", "supervisor", "dispatcher"))
        self.technician = staff["technician"]
        self.resident = User.objects.get(phone="+8619900000201")
        self.territory = Territory.objects.get(code=BEILIN)

    def answers(self, at: datetime) -> None:
        self._call(
            at, "answered", "answered", question="周日有人值班吗？Is somebody there on Sundays?", answer="有。Yes."
        )

    def is_cut_off(self, at: datetime) -> None:
        self._call(at, "cut-off", "cut_off")

    def _call(self, at: datetime, code: str, result: str, **said: str) -> None:
        told = {"direction": "in", "caller_number": "+8619900000209", "territory_id": self.territory.pk, **said}
        log_call(actor=Actor(self.agent), occurred_at=at, id=demo_id("call", code), result=result, **told)

    def promises_what_is_kept(self, at: datetime) -> None:
        self._promise(at, "kept", "发票何时开具？When do I get the invoice?")

    def calls_back(self, at: datetime) -> None:
        said: dict[str, Any] = {"reached": True, "answer": "今天下午。This afternoon."}
        call_back(actor=Actor(self.agent), occurred_at=at, callback_id=demo_id("callback", "kept"), **said)

    def promises(self, at: datetime) -> None:
        self._promise(at, "open", "千兆套餐能装吗？Can we have a gigabit?")

    def promises_for_the_team(self, at: datetime) -> None:
        self._promise(at, "team", "改到周末上门可以吗？Can somebody come at the weekend?", for_team=True)

    def _promise(self, at: datetime, code: str, question: str, **how: bool) -> None:
        told: dict[str, Any] = {"caller_number": "+8619900000209", "caller_name": "郑洁 Zheng Jie", **how}
        told |= {"territory_id": self.territory.pk, "question": question}
        promise_callback(actor=Actor(self.agent), occurred_at=at, id=demo_id("callback", code), **told)

    def resident_offers_the_account(self, at: datetime) -> None:
        account = ServiceAccount.objects.get(number="XA-100201")
        to: dict[str, Any] = {"phone": "+8619900000203", "id": demo_id("offer", account.number)}
        offer_account(actor=Actor(self.resident), occurred_at=at, account_id=account.pk, **to)

    def resident_complains(self, at: datetime) -> None:
        said = "师傅在楼道里抽烟。Somebody smoked in the stairwell."
        file_staff_complaint(
            actor=Actor(self.resident),
            occurred_at=at,
            id=demo_id("staff complaint", "stairwell"),
            text=said,
            happened_at=at - timedelta(hours=1),
            territory_id=self.territory.pk,
        )

    def technicians_rate(self, at: datetime) -> None:
        done = Visit.objects.filter(status="completed", ticket__territory=self.territory, completed_at__lte=at)
        visits = done.select_related("technician").order_by("completed_at", "id")
        for visit, (score, reasons, comment) in zip(visits, SAID_BY_TECHNICIANS, strict=False):
            said: dict[str, Any] = {"score": score, "reasons": reasons, "comment": comment}
            rate_visit(actor=Actor(visit.technician), occurred_at=at, visit_id=visit.pk, **said)

    def supervisor_reviews_a_sample(self, at: datetime) -> None:
        supervisor, today = Actor(self.supervisor), at.date()
        days: dict[str, Any] = {"first": today - timedelta(days=2), "last": today + timedelta(days=1)}
        sample = draw_sample(actor=supervisor, occurred_at=at, territory_id=self.territory.pk, size=5, **days)
        found = [
            {"field": "fault", "differs": False, "told": ""},
            {"field": "end", "differs": True, "told": "晚20分钟 20 minutes later"},
        ]
        for drawn in SampledTicket.objects.filter(sample=sample, place=1):
            review_ticket(actor=supervisor, occurred_at=at, sampled_id=drawn.pk, against="paper", findings=found)

    def supervisor_marks(self, at: datetime) -> None:
        criterion = Criterion.objects.get(version__scorecard__code="technicians", indicator="mark")
        mark_score(
            actor=Actor(self.supervisor),
            occurred_at=at,
            criterion_id=criterion.pk,
            territory_id=self.territory.pk,
            person_id=self.technician.pk,
            month=at.date(),
            points=90,
            reason="主动帮同事抬梯子。Carried the ladder for a colleague.",
        )

    def hands_over(self, at: datetime) -> None:
        give_hand_over(
            actor=Actor(self.agent),
            occurred_at=at,
            id=demo_id("hand-over", "agent"),
            territory_id=self.territory.pk,
            person_id=self.dispatcher.pk,
            note="酒店在等回电。The hotel waits for our call.",
        )
