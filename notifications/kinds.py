"""Every kind of notice, with its words in English and Chinese.

`{placeholders}` are filled from the `text` that `notify()` is given: plain strings, numbers, or moments, which are
written in the recipient's time zone. Where `text` has both `place` and `place_zh`, the Chinese words use the latter.
A line whose placeholders all turn out empty is left out. A placeholder that `text` does not know is a mistake of the
caller and raises ValueError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says, in both languages."""

    title: str
    body: str
    title_zh: str
    body_zh: str


KINDS: dict[str, Words] = {
    # To technicians
    "visit_dispatched": Words(
        title="New visit: {reference}",
        body="{title}\n{place}\nBetween {window_start} and {window_end}",
        title_zh="新的上门任务:{reference}",
        body_zh="{title}\n{place}\n时间:{window_start} 至 {window_end}",
    ),
    "companion_dispatched": Words(
        title="You go along: {reference}",
        body="{title}\n{place}\nWith {lead}, between {window_start} and {window_end}",
        title_zh="随同上门:{reference}",
        body_zh="{title}\n{place}\n与 {lead} 同行,时间:{window_start} 至 {window_end}",
    ),
    "lead_offered": Words(
        title="Will you lead? {reference}",
        body="{title}\n{person} asks you to answer for this visit.\n{reason}",
        title_zh="请接手负责:{reference}",
        body_zh="{title}\n{person} 请您负责本次上门。\n{reason}",
    ),
    "lead_taken": Words(
        title="{person} leads now: {reference}",
        body="{title}\nYou go along, and need not complete it.",
        title_zh="现由 {person} 负责:{reference}",
        body_zh="{title}\n您随同作业,无需提交完工。",
    ),
    "lead_declined": Words(
        title="{person} does not lead: {reference}",
        body="{title}\nYou go on answering for it.\n{reason}",
        title_zh="{person} 未接手负责:{reference}",
        body_zh="{title}\n仍由您负责。\n{reason}",
    ),
    "visit_cancelled": Words(
        title="Visit cancelled: {reference}",
        body="{title}\nYou need not go there any more.\n{reason}",
        title_zh="上门任务已取消:{reference}",
        body_zh="{title}\n您无需再前往。\n{reason}",
    ),
    "visit_moved": Words(
        title="The customer has chosen another time: {reference}",
        body="{title}\nBetween {window_start} and {window_end}",
        title_zh="客户更改了上门时间:{reference}",
        body_zh="{title}\n时间:{window_start} 至 {window_end}",
    ),
    "visit_of_another_desk": Words(
        title="Another desk looks after {reference} now",
        body="{territory}\nYour visit stays as it is.",
        title_zh="{reference} 已转由其他片区负责",
        body_zh="{territory}\n您的上门安排不变。",
    ),
    "requisition_decided": Words(
        title="What you asked for was {decision}",
        body="{note}",
        title_zh="您的领料申请{decision}",
        body_zh="{note}",
    ),
    "transfer_dispatched": Words(
        title="Parts are on their way to you",
        body="{lines} lines from {location}\n{note}\nSay what has come when they arrive.",
        title_zh="配件已发出",
        body_zh="从 {location} 发出 {lines} 项\n{note}\n到货后请签收。",
    ),
    "shifts_published": Words(
        title="Your shifts of the week from {week}",
        body="{shifts} shifts, the first from {starts_at}",
        title_zh="{week} 起一周的班次已发布",
        body_zh="共 {shifts} 个班次,首个开始于 {starts_at}",
    ),
    "shift_changed": Words(
        title="Your shift was changed: {starts_at} to {ends_at}",
        body="Before: {former_start} to {former_end}\n{note}",
        title_zh="您的班次有变更:{starts_at} 至 {ends_at}",
        body_zh="原为:{former_start} 至 {former_end}\n{note}",
    ),
    "shift_cancelled": Words(
        title="Your shift was cancelled: {starts_at} to {ends_at}",
        body="{reason}",
        title_zh="您的班次已取消:{starts_at} 至 {ends_at}",
        body_zh="{reason}",
    ),
    "absence_decided": Words(
        title="{kind}: {decision}",
        body="{starts_at} to {ends_at}\n{answer}",
        title_zh="{kind}{decision}",
        body_zh="{starts_at} 至 {ends_at}\n{answer}",
    ),
    # To whoever has to act on a response clock
    "clock_warning": Words(
        title="{percent} % of the time is used: {reference}",
        body="{title}\nTarget: {target}, due {due_at}",
        title_zh="时限已用 {percent}%:{reference}",
        body_zh="{title}\n目标:{target},截止 {due_at}",
    ),
    # To dispatchers and supervisors
    "notice_unacknowledged": Words(
        title="{person} has not acknowledged: {title}",
        body="Sent {sent_at}, not acknowledged after {minutes} minutes. Call {person}, or send somebody else.",
        title_zh="{person} 尚未确认:{title}",
        body_zh="发送于 {sent_at},{minutes} 分钟内未确认。请致电 {person} 或改派他人。",
    ),
    "window_chosen": Words(
        title="A time was chosen, plan a visit: {reference}",
        body="{title}\nBetween {window_start} and {window_end}",
        title_zh="客户已选择上门时间，请安排:{reference}",
        body_zh="{title}\n时间:{window_start} 至 {window_end}",
    ),
    "companion_declined": Words(
        title="{person} does not go along: {reference}",
        body="{title}\n{reason}",
        title_zh="{person} 无法随同上门:{reference}",
        body_zh="{title}\n{reason}",
    ),
    "absence_asked": Words(
        title="{person} asks: {kind}",
        body="{starts_at} to {ends_at}\n{reason}",
        title_zh="{person} 申请:{kind}",
        body_zh="{starts_at} 至 {ends_at}\n{reason}",
    ),
    "absence_conflicts": Words(
        title="{person} is away, and visits are planned: {visits}",
        body="{kind}, {starts_at} to {ends_at}. Send somebody else, or choose other times.",
        title_zh="{person} 缺勤,有 {visits} 个已安排的上门任务",
        body_zh="{kind},{starts_at} 至 {ends_at}。请改派或改期。",
    ),
    "route_plan_ready": Words(
        title="The routes of {territory} for {day} are planned",
        body="Left out: {left_out}\nLook at them, and accept what is right.",
        title_zh="{territory} {day} 的路线已规划完成",
        body_zh="未排入:{left_out}\n请查看并确认。",
    ),
    "route_plan_failed": Words(
        title="The routes of {territory} for {day} could not be planned",
        body="It is our fault, and tried several times. Ask again, or plan by hand.",
        title_zh="{territory} {day} 的路线规划失败",
        body_zh="系统多次尝试未成功,请重新发起或人工安排。",
    ),
    "outage_proposed": Words(
        title="Perhaps an outage: {place}",
        body="{tickets} tickets of one fault: {service}. Accept it or reject it.",
        title_zh="疑似大面积故障:{place}",
        body_zh="{service}:{tickets} 张同类工单。请确认或驳回。",
    ),
    "tickets_moved": Words(
        title="Now in your territory: {place}",
        body="Open tickets: {tickets} ({references})\nFrom {former}: {reason}",
        title_zh="转入本片区:{place}",
        body_zh="未结工单:{tickets}({references})\n来自 {former}:{reason}",
    ),
    "conflict_opened": Words(
        title="A conflict needs a decision: {subject}",
        body="{detail}",
        title_zh="有冲突需要裁定:{subject}",
        body_zh="{detail}",
    ),
    "consent_missing": Words(
        title="Nobody agreed to pay: {reference}",
        body="{technician}: {items}, without the customer's consent.\nCall the customer, or waive it.",
        title_zh="未经同意的收费:{reference}",
        body_zh="{technician}:{items},客户尚未同意付费。\n请联系客户,或免收费用。",
    ),
    "auto_dispatch_gave_up": Words(
        title="Nobody could be sent automatically: {reference}",
        body="{title}\nPlan a visit yourself.",
        title_zh="自动派单无人可派:{reference}",
        body_zh="{title}\n请人工安排上门。",
    ),
    "ticket_escalated": Words(
        title="Nobody can find out what is wrong: {reference}",
        body="{title}: visited in vain on {days} days.\nTake it up, and say what is to be done.",
        title_zh="多次上门未能查明原因:{reference}",
        body_zh="{title}:已有 {days} 天上门未能查明原因。\n请接手,并说明下一步处理办法。",
    ),
    "installation_waits": Words(
        title="To be accepted: {reference}",
        body="{technician} has finished an installation: {title}.\nSomebody else has to accept it.",
        title_zh="待验收:{reference}",
        body_zh="{technician} 已完成安装:{title}。\n请由他人验收。",
    ),
    "installation_rejected": Words(
        title="Not accepted: {reference}",
        body="{title}: {note}",
        title_zh="验收未通过:{reference}",
        body_zh="{title}:{note}",
    ),
    "quote_not_signed": Words(
        title="A signature is no consent: {reference}",
        body="{technician}, {total} {currency}: {why}.\nCall the customer, and note their answer to the quote.",
        title_zh="签字不能作为付费同意:{reference}",
        body_zh="{technician},{total} {currency}:{why}。\n请联系客户,并记录其对报价的答复。",
    ),
    "quote_under_warranty": Words(
        title="A price that does not go with the warranty: {reference}",
        body="{technician}, {total} {currency}: {names}\nWithdraw the quote or credit the bill, if it is wrong.",
        title_zh="报价与保修记录不符:{reference}",
        body_zh="{technician},{total} {currency}:{names}\n如有误,请撤回报价或冲减账单。",
    ),
    "payment_doubted": Words(
        title="A payment to look at: {reference}",
        body="{amount} {currency}, receipt {receipt}: {doubts}",
        title_zh="待核实的收款:{reference}",
        body_zh="{amount} {currency},收据 {receipt}:{doubts}",
    ),
    "refund_failed": Words(
        title="A refund did not go back: {reference}",
        body="{amount} {currency}: {why}\nLet it be tried again, or give it by hand.",
        title_zh="退款未成功:{reference}",
        body_zh="{amount} {currency}:{why}\n请重新提交,或改为人工退款。",
    ),
    "refund_twice": Words(
        title="Perhaps paid back twice: {reference}",
        body="{amount} {currency} went back through the payment provider after all.",
        title_zh="可能重复退款:{reference}",
        body_zh="{amount} {currency} 已由支付渠道退回。",
    ),
    # To those who have bound a service account, and to the desk where it goes
    "account_joined": Words(
        title="{person} has bound your account {number}",
        body="If that is nobody of your household, remove them.",
        title_zh="{person} 已绑定您的服务账户 {number}",
        body_zh="如非家庭成员,请将其移除。",
    ),
    "account_left": Words(
        title="The account {number} is not bound to you any more",
        body="Your own requests stay with you.",
        title_zh="您已不再绑定服务账户 {number}",
        body_zh="您本人的报修记录仍为您保留。",
    ),
    "account_moved": Words(
        title="The account {number} has moved",
        body="From {from} to {to}",
        title_zh="服务账户 {number} 已迁址",
        body_zh="由 {from} 迁至 {to}",
    ),
    "account_offered": Words(
        title="{person} wants you to take over the account {number}",
        body="Say yes or no to it within 14 days.",
        title_zh="{person} 请您接手服务账户 {number}",
        body_zh="请在 14 天内确认或拒绝。",
    ),
    "account_declined": Words(
        title="Nobody takes over your account {number}",
        body="It stays yours.",
        title_zh="服务账户 {number} 的转让被拒绝",
        body_zh="该账户仍归您所有。",
    ),
    "account_handed_over": Words(
        title="The account {number} has another holder now",
        body="Your own requests stay with you. If you know nothing of it, call us.",
        title_zh="服务账户 {number} 已更换户主",
        body_zh="您本人的报修记录仍为您保留。如有疑问请致电。",
    ),
    # To residents, about their data
    "data_copy_ready": Words(
        title="The copy of your data is ready",
        body="You can have it until {expires_at}.",
        title_zh="您的数据副本已生成",
        body_zh="请于 {expires_at} 前下载。",
    ),
    "erasure_asked": Words(
        title="Your account will be deleted",
        body="At {due_at}. Until then you can undo it.",
        title_zh="您的账户将被删除",
        body_zh="删除时间:{due_at}。在此之前可以撤销。",
    ),
    "erasure_stopped": Words(
        title="Your account will not be deleted",
        body="You work here now. An administrator deactivates it when you leave.",
        title_zh="您的账户将不会被删除",
        body_zh="您现已是工作人员,离职时由管理员停用账户。",
    ),
    # To administrators
    "erasure_failed": Words(
        title="Somebody's data could not be deleted",
        body="Due at {due_at}. The server says {error}; the log says more. It is tried again every hour.",
        title_zh="个人数据删除失败",
        body_zh="应于 {due_at} 删除。服务器报告 {error},详见日志。系统每小时重试。",
    ),
    # To residents, about how they sign in
    "recovery_asked": Words(
        title="Somebody wants to sign you in with another phone number",
        body="It ends {end}, and will be yours from {due_at}. If that was not you, stop it.",
        title_zh="有人申请更换您的登录手机号",
        body_zh="新号码尾号 {end},将于 {due_at} 生效。如非本人操作,请立即取消。",
    ),
    "recovery_done": Words(
        title="You sign in with another phone number now",
        body="It ends {end}. All devices were signed out.",
        title_zh="您的登录手机号已更换",
        body_zh="新号码尾号 {end},所有设备均已退出。",
    ),
    "recovery_stopped": Words(
        title="Your phone number stays as it is",
        body="The change to the number ending {end} was stopped.",
        title_zh="您的登录手机号保持不变",
        body_zh="更换为尾号 {end} 的申请已取消。",
    ),
    # To the desk
    "message_from_resident": Words(
        title="Message from {person}: {reference}",
        body="{text}",
        title_zh="{person} 留言:{reference}",
        body_zh="{text}",
    ),
    "sms_received": Words(
        title="An SMS from {person}",
        body="{text}\nSay to which ticket it belongs, or what you have made of it.",
        title_zh="收到 {person} 的短信",
        body_zh="{text}\n请关联工单或注明处理结果。",
    ),
    "ticket_reopened": Words(
        title="Opened again: {reference}",
        body="{title}\n{reason}",
        title_zh="报修重新打开:{reference}",
        body_zh="{title}\n{reason}",
    ),
    "callback_waiting": Words(
        title="Somebody waits for a call: {name}",
        body="{question}\nCall {number} by {due_at}. Whoever is free takes it.",
        title_zh="待回电:{name}",
        body_zh="{question}\n请于 {due_at} 前致电 {number}。请空闲的同事认领。",
    ),
    "callback_asked": Words(
        title="{person} asks you to call {name}",
        body="{question}\nBy {due_at}. It stays theirs until you say yes.",
        title_zh="{person} 请您给 {name} 回电",
        body_zh="{question}\n截止 {due_at}。您接受之前仍由对方负责。",
    ),
    "callback_taken_over": Words(
        title="{person} calls {name}",
        body="{question}\nYou need not call any more.",
        title_zh="{person} 已接手给 {name} 回电",
        body_zh="{question}\n您无需再回电。",
    ),
    "callback_declined": Words(
        title="The call to {name} stays yours",
        body="{person} says so.\n{question}\nBy {due_at}.",
        title_zh="给 {name} 的回电仍由您负责",
        body_zh="{person} 未接手或已收回请求。\n{question}\n截止 {due_at}。",
    ),
    "callback_warning": Words(
        title="{percent} % of the time is used: call {name}",
        body="{question}\n{number}, by {due_at}",
        title_zh="时限已用 {percent}%:请给 {name} 回电",
        body_zh="{question}\n{number},截止 {due_at}",
    ),
    # To the desk, at the end of a shift
    "hand_over_asked": Words(
        title="{person} hands their shift over to you: {matters} open matters",
        body="{note}\nRead it and accept: until then {person} answers for it.",
        title_zh="{person} 向您交接班:{matters} 项未结事项",
        body_zh="{note}\n请阅读并接收:在此之前仍由 {person} 负责。",
    ),
    "hand_over_accepted": Words(
        title="{person} has taken your shift over",
        body="{answer}",
        title_zh="{person} 已接班",
        body_zh="{answer}",
    ),
    "hand_over_declined": Words(
        title="{person} cannot take your shift over",
        body="{answer}\nYou still answer for it.",
        title_zh="{person} 无法接班",
        body_zh="{answer}\n仍由您负责。",
    ),
    # To supervisors
    "technician_dissatisfied": Words(
        title="{technician} was dissatisfied at {reference}: {score} of 5",
        body="{comment}",
        title_zh="{technician} 对 {reference} 的支持不满意:{score}/5",
        body_zh="{comment}",
    ),
    # To whoever handles complaints about staff: nothing of what it is about
    "staff_complaint_received": Words(
        title="A complaint about a member of staff: {reference}",
        body="Give a first reply by {due_at}.",
        title_zh="收到对员工的投诉:{reference}",
        body_zh="请于 {due_at} 前作出首次回复。",
    ),
    "staff_complaint_warning": Words(
        title="{percent} % of the time is used: complaint {reference}",
        body="Give a first reply by {due_at}.",
        title_zh="时限已用 {percent}%:投诉 {reference}",
        body_zh="请于 {due_at} 前作出首次回复。",
    ),
    "staff_complaint_sms": Words(
        title="An SMS came to the complaint {reference}",
        body="",
        title_zh="投诉 {reference} 收到短信回复",
        body_zh="",
    ),
    # To whoever has complained about staff, the last one to who handled it as well
    "staff_complaint_filed": Words(
        title="We have your complaint: {reference}",
        body="We reply by {due_at}.",
        title_zh="已收到您的投诉:{reference}",
        body_zh="我们将在 {due_at} 前回复您。",
    ),
    "staff_complaint_in_review": Words(
        title="We look into your complaint: {reference}",
        body="{reply}",
        title_zh="您的投诉正在核查:{reference}",
        body_zh="{reply}",
    ),
    "staff_complaint_answered": Words(
        title="Our answer to your complaint: {reference}",
        body="{outcome}\n{answer}",
        title_zh="您的投诉已有答复:{reference}",
        body_zh="{outcome}\n{answer}",
    ),
    "staff_complaint_withdrawn": Words(
        title="Complaint withdrawn: {reference}",
        body="",
        title_zh="投诉已撤回:{reference}",
        body_zh="",
    ),
    # To storekeepers and keepers of vans
    "requisition_submitted": Words(
        title="Parts are wanted: {location}",
        body="{lines} lines\n{reason}\nNeeded by {needed_by}",
        title_zh="领料申请:{location}",
        body_zh="共 {lines} 项\n{reason}\n需要时间:{needed_by}",
    ),
    "replenishment_proposed": Words(
        title="To be filled up: {location}",
        body="{lines} parts are below their minimum. Approve what is to be sent.",
        title_zh="待补货:{location}",
        body_zh="{lines} 种配件低于最低库存,请审批补货建议。",
    ),
    "discrepancy_opened": Words(
        title="Stock does not add up: {part}",
        body="{quantity} of {part} at {location}: {what}.\n{reason}\nFind out why, and settle it.",
        title_zh="库存不符:{part}",
        body_zh="{location} 的 {part},数量 {quantity}:{what}。\n{reason}\n请查明原因并处理。",
    ),
    # To residents
    "message_from_desk": Words(
        title="Our desk has written to you: {reference}",
        body="{text}",
        title_zh="服务台给您留言:{reference}",
        body_zh="{text}",
    ),
    "ticket_received": Words(
        title="We have your request: {reference}",
        body="{service}\nWe will tell you when somebody comes.",
        title_zh="已收到您的报修:{reference}",
        body_zh="{service}\n安排上门后会通知您。",
    ),
    "ticket_held": Words(
        title="We wait to hear from you: {reference}",
        body="Please write to us or call, so that we can go on with your report.",
        title_zh="等待您的回复:{reference}",
        body_zh="请留言或致电,以便我们继续处理您的报修。",
    ),
    "ticket_cancelled": Words(
        title="Your report was cancelled: {reference}",
        body="{reason}\nIf that is not right, tell us until {until}, and we go on with it.",
        title_zh="您的报修已取消:{reference}",
        body_zh="{reason}\n如有误,请在 {until} 前告知我们,以便继续处理。",
    ),
    "ticket_restored": Words(
        title="We go on with your report: {reference}",
        body="It is not cancelled any more.\n{reason}",
        title_zh="您的报修恢复处理:{reference}",
        body_zh="该报修不再取消。\n{reason}",
    ),
    "quote_shown": Words(
        title="What it will cost: {reference}",
        body="{total} {currency}\n{note}\nPlease say whether you agree.",
        title_zh="维修报价:{reference}",
        body_zh="{total} {currency}\n{note}\n请确认是否同意。",
    ),
    "bill_issued": Words(
        title="Your bill {number}: {total} {currency}",
        body="To be paid: {outstanding} {currency}, until {due_on}",
        title_zh="账单 {number}:{total} {currency}",
        body_zh="应付:{outstanding} {currency},请于 {due_on} 前支付",
    ),
    "bill_unpaid": Words(
        title="Please pay bill {number}",
        body="To be paid: {outstanding} {currency}, until {due_on}",
        title_zh="请支付账单 {number}",
        body_zh="应付:{outstanding} {currency},付款期限 {due_on}",
    ),
    "payment_link": Words(
        title="Pay {amount} {currency} here: {reference}",
        body="{url}",
        title_zh="在线支付 {amount} {currency}:{reference}",
        body_zh="{url}",
    ),
    "refund_sent": Words(
        title="Your refund is on its way: {reference}",
        body="{amount} {currency} go back the way you paid. Your bank may need a few days.",
        title_zh="退款已发出:{reference}",
        body_zh="{amount} {currency} 将按原支付方式退回,到账可能需要几天。",
    ),
    "outage_message": Words(
        title="About the outage: {reference}",
        body="{message}",
        title_zh="大面积故障通知:{reference}",
        body_zh="{message}",
    ),
    "ticket_joined": Words(
        title="We know of this fault: {reference}",
        body="It was reported before. We deal with these reports together, and tell you how it goes.",
        title_zh="该故障已有报修:{reference}",
        body_zh="我们将合并处理,并及时告知进展。",
    ),
    "inspection_due": Words(
        title="{name}: {reference}",
        body="It is due on {due_on}. We will tell you when somebody comes.",
        title_zh="{name}:{reference}",
        body_zh="应于 {due_on} 前完成,安排上门后会通知您。",
    ),
    "visit_scheduled": Words(
        title="A technician will come: {reference}",
        body="Between {window_start} and {window_end}",
        title_zh="已安排上门:{reference}",
        body_zh="上门时间:{window_start} 至 {window_end}",
    ),
    "visit_coming": Words(
        title="Your appointment: {reference}",
        body="{service}\nBetween {window_start} and {window_end}\nYou can choose another time until {change_until}.\n"
        "If nobody should come, write to us or call.",
        title_zh="上门提醒:{reference}",
        body_zh="{service}\n上门时间:{window_start} 至 {window_end}\n{change_until} 前可更改时间。\n"
        "如需取消,请留言或致电。",
    ),
    "contract_ending": Words(
        title="Your contract {number} ends on {contract_until}",
        body="If you want to go on with it, tell us before.",
        title_zh="您的合同 {number} 将于 {contract_until} 到期",
        body_zh="如需续约,请在到期前联系我们。",
    ),
    "warranty_ending": Words(
        title="Your warranty ends on {until}: {reference}",
        body="{what}\nIf something is wrong with it, tell us before.",
        title_zh="您的保修将于 {until} 到期:{reference}",
        body_zh="{what}\n如有问题,请在到期前告知我们。",
    ),
    "technician_travelling": Words(
        title="Your technician is on the way: {reference}",
        body="{technician} has set out.\nExpected about {arrives_at}\nBetween {window_start} and {window_end}",
        title_zh="维修人员已出发:{reference}",
        body_zh="{technician} 正在前往。\n预计 {arrives_at} 左右到达\n时间:{window_start} 至 {window_end}",
    ),
    "technician_arrived": Words(
        title="Your technician has arrived: {reference}",
        body="{technician} is on site.",
        title_zh="维修人员已到达:{reference}",
        body_zh="{technician} 已到现场。",
    ),
    "callback_promised": Words(
        title="We will call you back by {due_at}",
        body="{question}",
        title_zh="我们将在 {due_at} 前给您回电",
        body_zh="{question}",
    ),
    "callback_not_reached": Words(
        title="We could not reach you by phone",
        body="{question}\nWe will try again by {due_at}.",
        title_zh="未能与您取得电话联系",
        body_zh="{question}\n我们将在 {due_at} 前再次致电。",
    ),
    "rating_asked": Words(
        title="How was it? {reference}",
        body="Please rate our work. It takes a moment, and we read every answer.",
        title_zh="请评价本次服务:{reference}",
        body_zh="请为我们的服务评分,只需片刻,每条评价我们都会阅读。",
    ),
    "ticket_resolved": Words(
        title="Repaired: {reference}",
        body="{resolution}\nPlease confirm, or tell us what is still wrong.",
        title_zh="已修复:{reference}",
        body_zh="{resolution}\n请确认;如仍有问题,请告知我们。",
    ),
}


CAN_WAIT = frozenset(
    {
        "account_joined",
        "account_left",
        "contract_ending",
        "discrepancy_opened",
        "inspection_due",
        "rating_asked",
        "replenishment_proposed",
        "requisition_decided",
        "requisition_submitted",
        "technician_dissatisfied",
        "ticket_joined",
        "tickets_moved",
        "transfer_dispatched",
        "visit_of_another_desk",
        "warranty_ending",
    }
)
"""Of low priority: a digest gathers them for whoever wants that."""


def write(kind: str, text: Mapping[str, object], time_zone: str) -> Words:
    """The words of a notice of this kind for a reader in `time_zone` (an IANA name).

    Raises ValueError for an unknown kind or a placeholder without a value.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind of notice {kind!r}; add it to notifications/kinds.py")
    english = {name: _written(value, time_zone) for name, value in text.items()}
    chinese = english | {name.removesuffix("_zh"): words for name, words in english.items() if name.endswith("_zh")}
    words = KINDS[kind]
    try:
        return Words(
            title=_filled(words.title, english),
            body=_filled(words.body, english),
            title_zh=_filled(words.title_zh, chinese),
            body_zh=_filled(words.body_zh, chinese),
        )
    except KeyError as missing:
        raise ValueError(f"a notice {kind!r} needs {missing} in its text") from missing


def _written(value: object, time_zone: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M")
    return "" if value is None else str(value)


def _filled(template: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in template.splitlines():
        placeholders = [name for _, name, _, _ in Formatter().parse(line) if name]
        if not placeholders or any(values[name] for name in placeholders):
            lines.append(line.format_map(values))
    return "\n".join(lines)
