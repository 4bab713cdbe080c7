"""Texts of GeoReport that people read, in the language that the request asks for."""

from django.utils.translation import get_language

from tickets.complaints.models import Ticket

Status = Ticket.Status

STATUS_NOTES: dict[str, tuple[str, str]] = {
    Status.NEW: ("We have your report.", "已收到报修。"),
    Status.TRIAGED: ("Our desk has taken it up.", "已受理，等待安排。"),
    Status.DISPATCHED: ("A technician has been assigned.", "已派维修人员。"),
    Status.IN_PROGRESS: ("A technician is on site.", "维修人员正在现场处理。"),
    Status.ON_HOLD: ("On hold: we wait for something that is needed.", "暂时挂起，等待所需条件。"),
    Status.RESOLVED: ("Resolved.", "已解决。"),
    Status.CLOSED: ("Resolved and closed.", "已解决并关闭。"),
    Status.MERGED: ("We deal with it together with other reports of the same fault.", "与同一故障的其他报修合并处理。"),
    Status.CANCELLED: ("Cancelled.", "已取消。"),
}


KEY_SERVICE = ("Sign in as a resident, by phone: POST {url}", "居民用手机号登录即可获得：POST {url}")
"""How to come by a key, where a deployment says nothing else."""


def in_language(english: str, chinese: str) -> str:
    """The text in the language of the request (`Accept-Language`); in English where there is no Chinese one."""
    return (chinese if (get_language() or "").startswith("zh") else "") or english
