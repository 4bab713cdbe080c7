"""The words of every operation: which fields a phone may say, which it must, and what may stand in them.

They are kept beside the recorded traffic. Within a version of the wire words are only added: whatever a phone in the
field says today, it may say tomorrow.
"""

from typing import Any

from rest_framework import serializers

LIMITS = ("max_length", "min_length", "max_value", "min_value")
Words = dict[str, Any]


def words_of(form: Any) -> Words:
    """The fields of a form by name: whether they must be said, and what may be said, at any depth."""
    return {name: _field(field) for name, field in form.fields.items() if not field.read_only}


def _field(field: Any) -> Words:
    words: Words = {"must": field.required} if field.required else {}
    if field.allow_null:
        words["null"] = True
    if isinstance(field, serializers.ChoiceField):
        words["one_of"] = sorted(str(choice) for choice in field.choices)
    words |= {limit: str(getattr(field, limit)) for limit in LIMITS if getattr(field, limit, None) is not None}
    inner = getattr(field, "child", field)
    if isinstance(inner, serializers.Serializer):
        words["each" if inner is not field else "fields"] = words_of(inner)
    elif inner is not field:
        words["each"] = _field(inner)
    return words


def lost(before: Words, now: Words, path: str = "") -> list[str]:
    """What a phone said before, and could not say now."""
    found = []
    for name, words in before.items():
        here = f"{path}.{name}"
        if name not in now:
            found.append(f"{here} is gone")
            continue
        today = now[name]
        if today.get("must") and not words.get("must"):
            found.append(f"{here} must be said now")
        if words.get("null") and not today.get("null"):
            found.append(f"{here} may not be null any more")
        if "one_of" in today and (gone := set(words.get("one_of", ["anything"])) - {*today["one_of"]}):
            found.append(f"{here} knows {', '.join(sorted(gone))} no more")
        found += [f"{here} has another {limit}" for limit in LIMITS if _narrower(limit, words, today)]
        for part in ("fields", "each"):
            if part in words:
                found += _lost_inside(words[part], today.get(part), here)
    found += [f"{path}.{name} is new and must be said" for name in now.keys() - before.keys() if now[name].get("must")]
    return found


def _lost_inside(words: Any, today: Any, path: str) -> list[str]:
    if today is None:
        return [f"{path} holds something else"]
    if any(isinstance(value, dict) for value in words.values()):
        return lost(words, today, path)
    return lost({"[]": words}, {"[]": today}, path)


def _narrower(limit: str, words: Words, today: Words) -> bool:
    if limit not in today:
        return False
    if limit not in words:
        return True
    less, more = float(today[limit]), float(words[limit])
    return less < more if limit.startswith("max") else less > more
