"""How somebody on the phone has shown who they are: what was asked, and whether the answer was right.

The answers themselves are not written down: they would be what the next impostor needs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from accounts.conf import accounts_settings
from fieldsvc.errors import Invalid
from sync.serializing import Input


class CheckInput(Input):
    """One question, such as what was repaired last, and whether it was answered rightly."""

    question = serializers.CharField(max_length=200)
    passed = serializers.BooleanField()


class ChecksField(serializers.ListField):
    """All that was asked, in its order."""

    def __init__(self, **how: Any) -> None:
        super().__init__(child=CheckInput(), allow_empty=False, max_length=20, **how)


def must_have_passed(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The checks, for the record. Raises Invalid("checks_not_passed") unless enough different ones were passed."""
    passed = {check["question"].strip().casefold() for check in checks if check["passed"]}
    failed = [check for check in checks if not check["passed"]]
    needed = accounts_settings().checks_needed
    if len(passed) < needed or len(failed) > len(passed):
        raise Invalid(
            "checks_not_passed",
            f"At least {needed} questions have to be answered rightly, and no more wrongly than that.",
            field="checks",
            needed=needed,
        )
    return [{"question": check["question"], "passed": check["passed"]} for check in checks]
