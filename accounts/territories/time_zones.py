from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError

DEFAULT_TIME_ZONE = "Asia/Shanghai"


def validate_time_zone(name: str) -> None:
    """Raises ValidationError unless `name` is a zone of the IANA database, such as Asia/Shanghai."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # ValueError and OSError: a path instead of a name ("../etc", "Asia").
        raise ValidationError(f"{name} is not a time zone, such as Asia/Shanghai.", "time_zone_not_known") from error
