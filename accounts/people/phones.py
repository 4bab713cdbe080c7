import phonenumbers
from django.conf import settings

from fieldsvc.errors import Invalid


def phone_number(text: str, *, field: str = "phone") -> str:
    """The phone number that a person wrote, in the one form in which we store and compare numbers (E.164).

    A number without country code is taken for one of `PHONENUMBER_DEFAULT_REGION`. Raises Invalid("phone_not_valid"),
    naming `field`, when no such number can exist.
    """
    try:
        number = phonenumbers.parse(text, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Invalid(
            "phone_not_valid",
            "Write a phone number, with its country code if it is from abroad.",
            field=field,
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
