"""What the words of the city mean to us. Plain tables, to be read and changed by whoever knows the city.

Keys are compared without regard to case. A complaint type that no table knows is a `civic_other`; a borough that no
table knows is a mistake in the row, as nobody could be sent there.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tickets.service_types.defaults import ANY_RESOLUTION, Schema, form, words

SOURCE = "nyc311"
"""`external_source` of tickets from here; with the city's own key it makes a ticket unique."""

SOURCE_NAME = "NYC 311"
"""How people are told where a ticket came from."""

CITY_TIME = ZoneInfo("America/New_York")
"""The zone of every time that the export writes without one."""

PLAUSIBLE_LATITUDES = (40.47, 40.93)
PLAUSIBLE_LONGITUDES = (-74.27, -73.68)
"""The city's extent in degrees (WGS 84), a little generous. What lies outside is a typing error or a (0, 0)."""


@dataclass(frozen=True, slots=True)
class ImportedTerritory:
    """A territory that an import makes sure of."""

    code: str
    name: str
    name_zh: str


CITYWIDE = ImportedTerritory("nyc", "New York City (no borough)", "纽约市（未分区）")

BOROUGHS: dict[str, ImportedTerritory] = {
    "MANHATTAN": ImportedTerritory("nyc-manhattan", "Manhattan", "曼哈顿"),
    "BRONX": ImportedTerritory("nyc-bronx", "The Bronx", "布朗克斯"),
    "BROOKLYN": ImportedTerritory("nyc-brooklyn", "Brooklyn", "布鲁克林"),
    "QUEENS": ImportedTerritory("nyc-queens", "Queens", "皇后区"),
    "STATEN ISLAND": ImportedTerritory("nyc-staten-island", "Staten Island", "史泰登岛"),
    "UNSPECIFIED": CITYWIDE,
    "": CITYWIDE,
}

STATUSES: dict[str, str] = {
    "Closed": "closed",
    "Closed - Testing": "closed",
    "Open": "new",
    "Unspecified": "new",
    "Started": "in_progress",
    "In Progress": "in_progress",
    # Somebody there has it, but nobody of ours was sent, as `dispatched` would say.
    "Assigned": "triaged",
    # The city waits for something; the row does not say for what.
    "Pending": "on_hold",
    # Answered in writing, and not yet put away.
    "Email Sent": "resolved",
    "Cancel": "cancelled",
    "Cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True)
class ImportedServiceType:
    """A service type that an import makes sure of. `priority` runs from 1 (now) to 4 (whenever)."""

    code: str
    name: str
    name_zh: str
    priority: int = 3


FALLBACK = ImportedServiceType("civic_other", "Other civic request", "其他市民诉求", priority=4)

SERVICE_TYPES: tuple[ImportedServiceType, ...] = (
    ImportedServiceType("civic_heating", "Heat and hot water", "供暖与热水", priority=2),
    ImportedServiceType("civic_plumbing", "Plumbing and leaks in buildings", "室内水管与漏水", priority=2),
    ImportedServiceType("civic_electric", "Electricity and lifts in buildings", "楼宇电气与电梯", priority=2),
    ImportedServiceType("civic_building", "Condition of buildings", "房屋状况"),
    ImportedServiceType("civic_water", "Water mains and sewers", "供水与排水管网", priority=2),
    ImportedServiceType("civic_street_electrical", "Street lights, signals and meters", "路灯、信号灯与停车表"),
    ImportedServiceType("civic_roads", "Roads and pavements", "道路与人行道"),
    ImportedServiceType("civic_waste", "Waste and street cleaning", "垃圾与街道清洁"),
    ImportedServiceType("civic_trees_parks", "Trees and parks", "树木与公园"),
    ImportedServiceType("civic_vehicles", "Parking and abandoned vehicles", "停车与废弃车辆"),
    ImportedServiceType("civic_noise", "Noise", "噪声", priority=4),
    ImportedServiceType("civic_health", "Health and environment", "卫生与环境"),
    FALLBACK,
)

FORM: Schema = {
    **form(
        {
            "descriptor": words("What is wrong", "问题描述"),
            "location_type": words("Kind of place", "地点类型"),
        },
        optional=("location_type",),
    ),
    # What the city tells beyond these stays with the answers.
    "additionalProperties": True,
}
"""The intake form of a civic request that somebody opens here."""

RESOLUTIONS = (
    ("remedied", "Remedied", "已整改"),
    ("passed_on", "Passed on to the agency in charge", "已转主管部门"),
    *ANY_RESOLUTION,
)
"""How a civic request may end: (code, English, Chinese)."""

COMPLAINT_TYPES: dict[str, tuple[str, ...]] = {
    "civic_heating": ("HEAT/HOT WATER", "HEATING", "Non-Residential Heat", "Boilers", "Boiler"),
    "civic_plumbing": ("PLUMBING", "WATER LEAK", "General Construction/Plumbing"),
    "civic_electric": ("ELECTRIC", "Electrical", "Elevator", "ELEVATOR"),
    "civic_building": (
        "APPLIANCE",
        "Building/Use",
        "CONSTRUCTION",
        "DOOR/WINDOW",
        "Emergency Response Team (ERT)",
        "FLOORING/STAIRS",
        "GENERAL",
        "General Construction",
        "OUTSIDE BUILDING",
        "PAINT - PLASTER",
        "PAINT/PLASTER",
        "SAFETY",
        "School Maintenance",
        "Special Projects Inspection Team (SPIT)",
        "STRUCTURAL",
        "UNSANITARY CONDITION",
    ),
    "civic_water": ("Sewer", "Water Conservation", "Water Quality", "Water System"),
    "civic_street_electrical": (
        "Broken Muni Meter",
        "Broken Parking Meter",
        "LinkNYC",
        "Public Payphone Complaint",
        "Street Light Condition",
        "Traffic Signal Condition",
    ),
    "civic_roads": (
        "Bridge Condition",
        "Curb Condition",
        "DEP Street Condition",
        "DOT Literature Request",
        "Highway Condition",
        "Highway Sign - Damaged",
        "Highway Sign - Missing",
        "Obstruction",
        "Root/Sewer/Sidewalk Condition",
        "Sidewalk Condition",
        "Snow",
        "Snow or Ice",
        "Street Condition",
        "Street Sign - Damaged",
        "Street Sign - Dangling",
        "Street Sign - Missing",
        "Tunnel Condition",
    ),
    "civic_waste": (
        "Dirty Condition",
        "Dirty Conditions",
        "Dumpster Complaint",
        "Electronics Waste",
        "Electronics Waste Appointment",
        "Graffiti",
        "Illegal Dumping",
        "Litter Basket / Request",
        "Litter Basket Complaint",
        "Missed Collection",
        "Missed Collection (All Materials)",
        "Other Enforcement",
        "Overflowing Litter Baskets",
        "Recycling Enforcement",
        "Request Large Bulky Item Collection",
        "Residential Disposal Complaint",
        "Sanitation Condition",
        "Street Sweeping Complaint",
        "Sweeping/Inadequate",
        "Sweeping/Missed",
        "Sweeping/Missed-Inadequate",
        "Vacant Lot",
    ),
    "civic_trees_parks": (
        "Animal in a Park",
        "Damaged Tree",
        "Dead Tree",
        "Dead/Dying Tree",
        "Illegal Tree Damage",
        "Maintenance or Facility",
        "New Tree Request",
        "Overgrown Tree/Branches",
        "Uprooted Stump",
        "Violation of Park Rules",
        "Wood Pile Remaining",
    ),
    "civic_vehicles": (
        "Abandoned Bike",
        "Abandoned Vehicle",
        "Blocked Driveway",
        "Derelict Bicycle",
        "Derelict Vehicle",
        "Derelict Vehicles",
        "Illegal Parking",
        "Traffic",
    ),
    "civic_noise": (
        "Collection Truck Noise",
        "Noise",
        "Noise - Commercial",
        "Noise - Helicopter",
        "Noise - House of Worship",
        "Noise - Park",
        "Noise - Residential",
        "Noise - Street/Sidewalk",
        "Noise - Vehicle",
    ),
    "civic_health": (
        "Air Quality",
        "Asbestos",
        "Food Establishment",
        "Food Poisoning",
        "Hazardous Materials",
        "Indoor Air Quality",
        "Indoor Sewage",
        "Industrial Waste",
        "Lead",
        "Mold",
        "Mosquitoes",
        "Rodent",
        "Smoking",
        "Standing Water",
        "Unsanitary Animal Pvt Property",
    ),
}

_BY_COMPLAINT_TYPE = {
    complaint_type.casefold(): code for code, names in COMPLAINT_TYPES.items() for complaint_type in names
}
_BY_STATUS = {name.casefold(): status for name, status in STATUSES.items()}


def territories() -> list[ImportedTerritory]:
    """Every territory that a row can fall into, once."""
    return list(dict.fromkeys(BOROUGHS.values()))


def territory_of(borough: str) -> ImportedTerritory | None:
    """The territory of a borough; None for a borough that the city does not have."""
    return BOROUGHS.get(borough.upper())


def service_type_of(complaint_type: str) -> str:
    """The code of the service type that serves a complaint type."""
    return _BY_COMPLAINT_TYPE.get(complaint_type.casefold(), FALLBACK.code)


def status_of(status: str) -> str | None:
    """Our status for one of the city's; None for one that we have not met."""
    return _BY_STATUS.get(status.casefold())
