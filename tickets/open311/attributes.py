"""Intake forms as GeoReport knows them: attributes with one of six datatypes, and answers that arrive as text."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tickets.open311.words import in_language

Schema = Mapping[str, Any]

ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")
"""A parameter that answers a question: `attribute[fault]`, for several answers also `attribute[faults][]`."""
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
LINE = 300
"""Characters: what may be longer is asked for in several lines."""
TRUTH = ((True, "Yes", "是"), (False, "No", "否"))


def attributes(form: Schema) -> list[dict[str, Any]]:
    """The questions of a form: those that have to be answered, in the order in which the form says so, and the others.

    The database keeps no order of the questions themselves.
    """
    required = form.get("required", [])
    questions = sorted(_questions(form).items(), key=lambda row: _place(row[0], required))
    return [
        {
            "variable": True,
            "code": code,
            "datatype": _datatype(form, question),
            "required": code in required,
            "datatype_description": question.get("description"),
            "order": order,
            "description": in_language(question.get("title", ""), question.get("title_zh", "")) or code,
            "values": [{"key": _word(value), "name": name} for value, name in _choices(_chosen_from(form, question))],
        }
        for order, (code, question) in enumerate(questions, start=1)
    ]


def read_answers(form: Schema, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Answers as the form wants them; what cannot be read so stays text, and the form's check will say what is wrong.

    An empty answer is none.
    """
    questions = _questions(form)
    answers: dict[str, Any] = {}
    for code, sent in given.items():
        texts = [text for text in sent if text.strip()]
        question = questions.get(code, {})
        if _type(question) == "array":
            items = _resolved(form, question.get("items"))
            answers[code] = [_value(items, text) for text in texts]
        elif texts:
            answers[code] = _value(question, texts[0]) if len(texts) == 1 else texts
    return answers


def _place(code: str, required: Sequence[str]) -> int:
    return required.index(code) if code in required else len(required)


def _questions(form: Schema) -> dict[str, Schema]:
    return {code: _resolved(form, question) for code, question in form.get("properties", {}).items()}


def _resolved(form: Schema, question: Any) -> Schema:
    """With what the definition says to which it refers; forms refer one step far."""
    if not isinstance(question, dict):
        return {}
    definition = form.get("$defs", {}).get(question.get("$ref", "").rpartition("/")[2], {})
    return {**definition, **question}


def _type(question: Schema) -> str:
    types = question.get("type", "string")
    return str(types[0] if isinstance(types, list) and types else types)


def _datatype(form: Schema, question: Schema) -> str:
    if _choices(_chosen_from(form, question)):
        return "multivaluelist" if _type(question) == "array" else "singlevaluelist"
    if _type(question) in ("number", "integer"):
        return "number"
    if question.get("format") in ("date-time", "date"):
        return "datetime"
    return "text" if question.get("maxLength", 0) > LINE else "string"


def _chosen_from(form: Schema, question: Schema) -> Schema:
    """The schema that lists the choices: of an array it is that of its items."""
    return _resolved(form, question.get("items")) if _type(question) == "array" else question


def _choices(question: Schema) -> list[tuple[Any, str]]:
    """Values with their labels; empty for a question that is answered freely."""
    if _type(question) == "boolean":
        return [(value, in_language(*names)) for value, *names in TRUTH]
    if "enum" in question:
        return [(value, _word(value)) for value in question["enum"]]
    branches = question.get("oneOf", [])
    if not all(isinstance(branch, dict) and "const" in branch for branch in branches):
        return []
    return [
        (branch["const"], in_language(branch.get("title", ""), branch.get("title_zh", "")) or _word(branch["const"]))
        for branch in branches
    ]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _value(question: Schema, text: str) -> Any:
    for value, _ in _choices(question):
        if _word(value) == text:
            return value
    if _type(question) in ("number", "integer") and NUMBER.fullmatch(text):
        try:
            return json.loads(text)
        except ValueError:  # leading zeros, or thousands of digits
            return text
    return text.partition("T")[0] if question.get("format") == "date" else text
