"""A kind of service with a form, and somebody's app."""

import pytest

from tests.open311.app import App
from tests.people import People
from tests.world import World
from tickets.models import ServiceType

QUESTIONS = {
    "type": "object",
    "properties": {
        "fault": {
            "title": "Kind of fault",
            "title_zh": "故障类型",
            "oneOf": [{"const": "drip", "title": "Drips", "title_zh": "滴水"}, {"const": "burst", "title": "Burst"}],
        },
        "rooms": {"type": "array", "items": {"enum": ["kitchen", "bath", 3]}},
        "litres": {"type": "number", "title": "Litres"},
        "since": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "dry": {"type": "boolean"},
        "story": {"type": "string", "maxLength": 2000, "description": "In your own words."},
        "floor": {"$ref": "#/$defs/floor"},
    },
    "required": ["fault"],
    "additionalProperties": False,
    "$defs": {"floor": {"type": "integer", "minimum": 0}},
}


@pytest.fixture
def leak(world: World) -> ServiceType:
    world.service_type.form = QUESTIONS
    world.service_type.save()
    return world.service_type


@pytest.fixture
def app(people: People, leak: ServiceType) -> App:
    assert people.north
    return App(people.resident)
