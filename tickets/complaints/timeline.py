"""What happened to a ticket, and how it is said to people.

`KINDS` is the whole vocabulary: an event of any other kind is a mistake of ours and fails at once. An event is
written once with the facts it is made of (`data`); the sentences, English and Chinese, are made when it is read, so
that better words or another language reach the past too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sync import work
from sync.commands import Actor
from sync.rows import fresh, with_related
from tickets.complaints.models import READ_BY, Ticket, TicketEvent

Words = Mapping[str, tuple[str, str]]
"""What a code in the data means: English, Chinese."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How an event of this kind is told. Names in braces are filled in from its data, codes by their `words`."""

    english: str
    chinese: str
    words: Mapping[str, Words] = field(default_factory=dict)


HOLD_REASONS: Words = {
    "waiting_for_resident": ("waiting for you", "等待您的回复"),
    "waiting_for_part": ("waiting for a part", "等待配件"),
    "no_access": ("nobody could let us in", "无法入户"),
    "waiting_for_others": ("waiting for somebody else's work", "等待第三方"),
    "other": ("another reason", "其他原因"),
}
REOPENED_FOR: Words = {
    "installation_rejected": ("what was put in is not in order yet.", "安装验收未通过。"),
}
"""Why we open it ourselves; residents say why in their own words."""
HOW: Words = {
    "linked": ("It follows this report", "已关联"),
    "merged": ("It was merged into this report", "已合并"),
}
ATTACHED: Words = {
    "photo": ("a photo", "照片"),
    "document": ("a document", "文件"),
    "signature": ("a signature", "签名"),
}
CALL_DIRECTIONS: Words = {"in": ("They called", "来电"), "out": ("We called", "去电")}
CALL_RESULTS: Words = {
    "answered": ("answered on the phone", "电话解答"),
    "ticket_opened": ("ticket opened", "已建工单"),
    "ticket_attached": ("about this ticket", "关于本工单"),
    "callback_promised": ("callback promised", "承诺回电"),
    "no_answer": ("no answer", "无人接听"),
    "cut_off": ("cut off", "通话中断"),
}
SIGNATURE_FAULTS: Words = {
    "signature_before_quote": ("it was given before the price was shown", "签字早于报价"),
    "signature_used": ("it was given for another quote", "该签字已用于其他报价"),
}
DOUBTS: Words = {
    "nothing_quoted": ("nothing was quoted", "未曾报价"),
    "currency_differs": ("another currency than was quoted", "币种与报价不符"),
    "amount_differs": ("another amount than was asked for", "金额与应付不符"),
    "receipt_twice": ("this receipt was given before", "收据号重复"),
}
"""Of a payment, by flag."""
ASKED: Words = {
    "visit_dispatched": ("a visit", "上门任务"),
    "companion_dispatched": ("a visit", "上门任务"),
    "lead_offered": ("that they are to lead", "接手负责的请求"),
    "callback_asked": ("a callback", "回电任务"),
}
"""What somebody is to acknowledge, by kind of notice."""
STEPS: Words = {
    "sms": ("sent once more by SMS", "已改发短信"),
    "email": ("sent once more by e-mail", "已改发电子邮件"),
    "dispatchers": ("the dispatchers were told", "已通知调度员"),
    "supervisors": ("the supervisors were told", "已通知主管"),
}
CALL_WORDS: Mapping[str, Words] = {"direction": CALL_DIRECTIONS, "result": CALL_RESULTS}
KINDS: dict[str, Kind] = {
    # From the complaint to its end
    "ticket_opened": Kind("Your report was received: {reference}.", "已受理您的报修，编号 {reference}。"),
    "ticket_imported": Kind("The report was taken over from {source}.", "报修由 {source} 转入。"),
    "import_changed": Kind("The report was changed at its source.", "来源系统更新了报修。"),
    "import_answered": Kind("Answer: {text}", "答复：{text}"),
    "ticket_moved": Kind(
        "It is about {place}, which {territory} looks after.", "地点为{place}，由{territory_zh}负责。"
    ),
    "ticket_triaged": Kind("We have checked your report.", "已核实您的报修。"),
    "ticket_edited": Kind("Changed: {fields}.", "已修改：{fields}。"),
    "ticket_held": Kind("Your report is on hold: {reason}.", "报修暂停处理：{reason}。", {"reason": HOLD_REASONS}),
    "ticket_resumed": Kind("We go on with your report.", "报修恢复处理。"),
    "ticket_back_for_planning": Kind("We are looking for another appointment.", "正在重新安排上门时间。"),
    "ticket_resolved": Kind("Repaired: {resolution}. Please confirm.", "已修复：{resolution_zh}。请确认。"),
    "ticket_resolved_remotely": Kind(
        "Solved without a visit: {resolution}. Please confirm.", "已远程解决：{resolution_zh}。请确认。"
    ),
    "ticket_confirmed": Kind("You confirmed that all is well. The report is closed.", "您已确认修复，报修结束。"),
    "ticket_closed": Kind(
        "Nothing more was heard for {days} days. The report is closed.", "{days} 天内未收到反馈，报修自动结束。"
    ),
    "ticket_cancelled": Kind("The report was cancelled: {reason}", "报修已取消：{reason}"),
    "ticket_reopened": Kind(
        "The report was opened again: {reason}", "报修重新打开：{reason}", {"reason": REOPENED_FOR}
    ),
    "ticket_restored": Kind("The report is not cancelled any more: {reason}", "报修取消已撤回，恢复处理：{reason}"),
    "ticket_rated": Kind("You rated our work {score} of 5.", "您的评分：{score}/5。"),
    # Reports of one fault: what residents read tells nothing of each other
    "ticket_joined": Kind(
        "The same fault was reported before. We deal with these reports together.", "该故障已有报修，现合并处理。"
    ),
    "ticket_separated": Kind("We deal with your report by itself again.", "您的报修恢复单独处理。"),
    "ticket_leads": Kind("{how}: {other}.", "{how}：{other}。", {"how": HOW}),
    "ticket_left": Kind("{other} does not follow this report any more. {reason}", "{other} 已取消关联。{reason}"),
    "ticket_told_apart": Kind("Not the same fault as {other}: {reason}", "与 {other} 不是同一故障：{reason}"),
    "outage_message": Kind("{message}", "{message_zh}"),
    "outage_left": Kind("Not part of the outage: {reason}", "不属于该大面积故障：{reason}"),
    "main_dispatched": Kind("Somebody will come about this fault.", "已派人处理该故障。"),
    "main_begun": Kind("Somebody is at work on this fault.", "维修人员正在处理该故障。"),
    "note_added": Kind("{text}", "{text}"),
    "message_sent": Kind("Message: {text}", "留言：{text}"),
    "attachment_added": Kind("Added: {kind}.", "已添加{kind}。", {"kind": ATTACHED}),
    "attachment_withdrawn": Kind("Withdrawn: {kind}. {reason}", "已撤回{kind}：{reason}", {"kind": ATTACHED}),
    # Calls
    "call_logged": Kind("{direction}: {question} ({result})", "{direction}：{question}（{result}）", CALL_WORDS),
    "call_corrected": Kind(
        "Corrected: {direction}: {question} ({result}). {reason}",
        "更正：{direction}：{question}（{result}）。{reason}",
        CALL_WORDS,
    ),
    # What it costs
    "quote_shown": Kind("The price is {total} {currency}.", "报价 {total} {currency}。"),
    "installation_waits": Kind("The installation waits for acceptance.", "安装完成，待验收。"),
    "installation_accepted": Kind("{person} accepted the installation. {note}", "{person}验收通过。{note}"),
    "installation_rejected": Kind("{person} did not accept the installation: {note}", "{person}验收未通过：{note}"),
    "warranty_in_emergency": Kind(
        "An emergency, free before the installation is accepted: {name}.", "紧急情况，验收前按保修免费：{name_zh}。"
    ),
    "warranty_overridden": Kind(
        "To be paid for though it is under warranty: {name}. {reason}", "保修期内仍收费：{name_zh}。{reason}"
    ),
    "warranty_granted": Kind(
        "Free for a warranty that is not on record: {name}. {reason}",
        "无保修记录，按保修免费：{name_zh}。{reason}",
    ),
    "quote_under_warranty": Kind(
        "The price of {total} {currency} does not go with the warranty: {names}.",
        "报价 {total} {currency} 与保修记录不符：{names_zh}。",
    ),
    "quote_accepted": Kind("{signed_by} agreed to {total} {currency}.", "{signed_by}已同意支付 {total} {currency}。"),
    "quote_declined": Kind(
        "{signed_by} did not agree to {total} {currency}. {note}", "{signed_by}未同意支付 {total} {currency}。{note}"
    ),
    "quote_withdrawn": Kind(
        "The price of {total} {currency} was withdrawn: {note}", "报价 {total} {currency} 已撤回：{note}"
    ),
    "quote_not_signed": Kind(
        "The signature of {signed_by} is no consent to {total} {currency}: {fault}.",
        "{signed_by}的签字不能作为同意支付 {total} {currency} 的凭据：{fault}。",
        {"fault": SIGNATURE_FAULTS},
    ),
    "consent_missing": Kind("Nobody had agreed to pay for {items}.", "未经客户同意的收费项目：{items_zh}。"),
    "consent_given_later": Kind("Agreed to afterwards: {items}.", "客户事后同意：{items_zh}。"),
    "consent_waived": Kind("Not to be paid for: {items}. {note}", "免收费用：{items_zh}。{note}"),
    "callback_promised": Kind("We promised to call you back.", "我们承诺给您回电。"),
    "callback_made": Kind("We called you back.", "已给您回电。"),
    "callback_not_reached": Kind("We called you back and did not reach you.", "已给您回电，未能接通。"),
    "ticket_handed_over": Kind("Handed over by {from}; {to} answers for it.", "由 {from} 交接，现由 {to} 负责。"),
    "callback_withdrawn": Kind("The callback is not needed any more: {reason}", "无需再回电：{reason}"),
    "bill_issued": Kind("Bill {number}: {total} {currency}.", "账单 {number}：{total} {currency}。"),
    "bill_credited": Kind(
        "Credited by {number}: {total} {currency}. {reason}", "冲减单 {number}：{total} {currency}。{reason}"
    ),
    "payment_taken": Kind(
        "Paid: {amount} {currency}, receipt {receipt}.", "已收款 {amount} {currency}，收据 {receipt}。"
    ),
    "payment_doubted": Kind(
        "To be looked at: {amount} {currency}, receipt {receipt}: {doubt}.",
        "待核实：{amount} {currency}，收据 {receipt}，{doubt}。",
        {"doubt": DOUBTS},
    ),
    "payment_reversed": Kind(
        "Receipt {receipt} over {amount} {currency} was a mistake: {note}",
        "收据 {receipt}（{amount} {currency}）为误记：{note}",
    ),
    "refund_requested": Kind(
        "To be paid back: {amount} {currency}. {reason}", "申请退款 {amount} {currency}：{reason}"
    ),
    "refund_rejected": Kind(
        "Not to be paid back: {amount} {currency}. {reason}", "退款未批准：{amount} {currency}。{reason}"
    ),
    "refund_sent": Kind("On its way back to you: {amount} {currency}.", "{amount} {currency} 正在原路退回。"),
    "refund_failed": Kind(
        "The payment provider has not paid back {amount} {currency}: {why}", "{amount} {currency} 未能原路退回：{why}"
    ),
    "refund_again": Kind(
        "The payment provider is asked once more for {amount} {currency}. {note}",
        "{amount} {currency} 再次提交原路退款。{note}",
    ),
    "refund_by_hand": Kind(
        "To be paid back by hand: {amount} {currency}. {note}", "{amount} {currency} 改为人工退款。{note}"
    ),
    "refund_twice": Kind(
        "Paid back by the provider after all, and perhaps twice: {amount} {currency}.",
        "支付渠道已退回 {amount} {currency}，可能重复退款。",
    ),
    "refund_paid": Kind("Paid back: {amount} {currency}.", "已退款 {amount} {currency}。"),
    "inspection_due": Kind("{name}, due {due_on}.", "{name_zh}，应于 {due_on} 前完成。"),
    # The visits
    "visit_scheduled": Kind("A visit is planned.", "已预约上门时间。"),
    "visit_moved": Kind("The visit was moved to another time.", "上门时间已更改。"),
    "window_chosen": Kind("You have chosen a time for the visit.", "您已选择上门时间。"),
    "visit_dispatched": Kind("{technician} will come.", "{technician}将上门服务。"),
    "visit_accepted": Kind("{technician} has accepted the visit.", "{technician}已接单。"),
    "visit_declined": Kind("{technician} cannot come: {reason}", "{technician}无法上门：{reason}"),
    "notice_escalated": Kind(
        "{person} has not acknowledged {notice}: {way}.",
        "{person} 尚未确认{notice}：{way}。",
        {"notice": ASKED, "way": STEPS},
    ),
    "notice_acknowledged": Kind("{person} has acknowledged {notice}.", "{person} 已确认{notice}。", {"notice": ASKED}),
    "visit_reassigned": Kind("{technician} will come instead.", "改由{technician}上门。"),
    "visit_cancelled": Kind("The visit was cancelled.", "上门已取消。"),
    "companion_added": Kind("{technician} comes along.", "{technician}将一同上门。"),
    "companion_accepted": Kind("{technician} has agreed to go along.", "{technician}已接受随同上门。"),
    "companion_declined": Kind("{technician} does not go along: {reason}", "{technician}无法随同上门：{reason}"),
    "companion_called_off": Kind("{technician} does not go along any more: {reason}", "{technician}不再随同：{reason}"),
    "lead_offered": Kind("{technician} was asked to lead the visit: {reason}", "已请{technician}接手负责：{reason}"),
    "lead_kept": Kind("{technician} does not take over the lead: {reason}", "{technician}未接手负责：{reason}"),
    "lead_taken": Kind("{technician} leads the visit now.", "现由{technician}负责本次上门。"),
    "technician_travelling": Kind("{technician} is on the way.", "{technician}已出发。"),
    "technician_arrived": Kind("{technician} has arrived.", "{technician}已到达。"),
    "technician_left": Kind("{technician} has left.", "{technician}已离开。"),
    "part_used": Kind("Fitted: {quantity} × {part}.", "已更换：{part} × {quantity}。"),
    "part_returned": Kind("Taken back: {quantity} × {part}.", "已收回：{part} × {quantity}。"),
    "visit_signed": Kind("{signed_by} has signed.", "{signed_by}已签字。"),
    "visit_completed": Kind("{technician} has finished the work.", "{technician}已完成维修。"),
    "visit_incomplete": Kind("The work could not be finished this time.", "本次上门未能完成维修。"),
    "ticket_escalated": Kind(
        "Nobody could find out what is wrong on {days} days: it goes to the supervisors.",
        "{days} 天上门均未能查明原因，已上报主管。",
    ),
    "escalation_taken_up": Kind("{person} sees to it: {note}", "{person}已接手：{note}"),
    "escalation_given_back": Kind("{person} does not see to it any more: {note}", "{person}不再跟进：{note}"),
    # Sent without being asked
    "auto_dispatched": Kind(
        "Dispatched automatically to {technician}, {score} of 100. {reasons}",
        "自动派单给{technician}，评分 {score}/100。{reasons_zh}",
    ),
    "auto_dispatch_stopped": Kind(
        "{person} took over from automatic dispatch. {reason}", "{person}已接管，停止自动派单。{reason}"
    ),
    "auto_dispatch_resumed": Kind("{person} let it be dispatched automatically again.", "{person}已恢复自动派单。"),
    "auto_dispatch_gave_up": Kind("Nobody is left to send automatically.", "自动派单无人可派。"),
    "visit_left_open": Kind("Left unfinished: {reason} {parts_needed}", "未完成原因：{reason} {parts_needed}"),
}


class _Facts(dict[str, Any]):
    """Facts that an old event lacks leave a gap in the sentence, not an error."""

    def __missing__(self, name: str) -> str:
        return ""


def sentences(event: TicketEvent) -> tuple[str, str]:
    """The event as it is told in English and in Chinese."""
    kind = KINDS[event.kind]
    return kind.english.format_map(_facts(kind, event.data, 0)), kind.chinese.format_map(_facts(kind, event.data, 1))


def _facts(kind: Kind, data: Mapping[str, Any], language: int) -> _Facts:
    facts = _Facts(data)
    for name, words in kind.words.items():
        code = str(data.get(name, ""))
        facts[name] = words[code][language] if code in words else code
    return facts


def record_event(
    ticket: Ticket,
    *,
    actor: Actor,
    occurred_at: datetime,
    kind: str,
    public: bool,
    data: Mapping[str, Any] | None = None,
) -> TicketEvent:
    """Write down what happened. Public events are what the resident sees of us.

    Raises KeyError for a kind that `KINDS` does not have.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    event = fresh(
        TicketEvent,
        ticket=ticket,
        kind=kind,
        public=public,
        actor=actor.user,
        on_behalf_of=actor.on_behalf_of,
        occurred_at=occurred_at,
        received_at=actor.received_at,
        data=dict(data or {}),
    )
    work.insert(event)
    return event


def events_of(ticket_ids: Iterable[UUID]) -> QuerySet[TicketEvent]:
    """Everything that happened to these tickets, in the order in which it happened, with who did it."""
    name = ("name",)
    return with_related(_events(ticket_ids), ticket=READ_BY, actor=name, on_behalf_of=name)


def public_events_of(ticket_ids: Iterable[UUID]) -> QuerySet[TicketEvent]:
    """What residents hear of it, who do not see who did it."""
    return _events(ticket_ids).filter(public=True)


def _events(ticket_ids: Iterable[UUID]) -> QuerySet[TicketEvent]:
    return TicketEvent.objects.filter(ticket_id__in=ticket_ids).order_by("occurred_at", "id")
