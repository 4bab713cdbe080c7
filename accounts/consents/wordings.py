"""What people agree to, in the very words, English and Chinese. A wording that was shown is never changed or removed.

The newest stands last. Whoever agreed to an older one has agreed to that one: for the terms they are asked anew.
"""

WORDINGS: dict[str, dict[str, tuple[str, str]]] = {
    "terms": {
        "2026-11": (
            "I use fieldsvc to report faults and to follow their repair. For that my name, my phone number, my address "
            "and what I write are kept, and shown to those who do the work. I can have a copy of it, and delete it.",
            "我使用 fieldsvc 报修并跟踪维修进度。为此，我的姓名、电话、地址和所写内容会被保存，并供处理人员查看。"
            "我可以获取数据副本，也可以删除。",
        ),
    },
    "in_app": {
        "2026-11": (
            "The app tells me at once what happens to my requests.",
            "应用即时通知我报修的进展。",
        ),
    },
    "sms": {
        "2026-11": (
            "I may be told by SMS what happens to my requests. I can take this back at any time.",
            "同意通过短信接收报修进展通知，可随时撤回。",
        ),
    },
    "email": {
        "2026-11": (
            "I may be told by e-mail what happens to my requests. I can take this back at any time.",
            "同意通过电子邮件接收报修进展通知，可随时撤回。",
        ),
    },
}


def newest(about: str) -> str:
    """The version of the wording that is shown today."""
    return list(WORDINGS[about])[-1]
