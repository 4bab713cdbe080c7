"""Yesterday and today in the demonstration: some thirty tickets, told as a table.

Every row is a whole story, from the call to the resident's thanks. The demonstration plays it as far as it has come by
now: a visit whose window lies in the past is done, one whose window has just begun is on site, one of this evening is
accepted. So lists and boards look alive whenever the demonstration is loaded.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Story(Enum):
    """What becomes of a ticket."""

    NEW = "nobody has looked at it yet"
    TRIAGED = "understood, and nobody is sent yet"
    PLANNED = "a visit is planned, and not sent out"
    SILENT = "sent out, and the technician does not answer"
    REPAIRED = "visited and repaired"
    INCOMPLETE = "visited, but a part is missing"
    DECLINED = "the technician cannot come"
    WAITING = "the desk waits for the resident"
    REMOTE = "solved by phone"
    CANCELLED = "the resident needs nobody any more"
    MERGED = "reported before: merged into the ticket above"


@dataclass(frozen=True, slots=True)
class DemoTicket:
    """A complaint at a place. `reported` and `window` are hours from now, the past negative."""

    place: str
    kind: str
    fault: str
    reported: float
    story: Story
    technician: str = ""
    window: float = 0.0
    works: int = 50
    """Minutes on site."""
    diagnosis: str = ""
    parts: tuple[tuple[str, int], ...] = ()
    """Numbers of the catalogue, and how many."""
    resolution: str = ""
    rating: int = 0
    """What the resident confirms with; 0 is silence."""
    by_resident: bool = False
    """Opened in the resident's app instead of by phone."""
    note: str = ""
    """What the desk noted for itself."""
    details: dict[str, Any] = field(default_factory=dict)
    """Further answers of the form."""


R = Story.REPAIRED

TICKETS: tuple[DemoTicket, ...] = (
    # 王伟: fibre and wireless
    DemoTicket(
        "wenyi",
        "broadband",
        "no_connection",
        -30,
        R,
        "technician",
        -27,
        diagnosis="分纤箱内接头松动，重新制作两端快速接头，光功率 -19.8 dBm。",
        parts=(("FIB-CON-SCA", 2),),
        resolution="connector_replaced",
        rating=5,
    ),
    DemoTicket(
        "pearl",
        "hotel_wireless",
        "weak_signal",
        -26,
        R,
        "technician",
        -24,
        works=80,
        diagnosis="6 层东侧面板 AP 掉线，供电正常，更换 AP 后 -52 dBm。",
        parts=(("WIF-AP-WAL", 1), ("FIB-PLG-45", 2)),
        resolution="access_point_replaced",
    ),
    DemoTicket(
        "youyi",
        "broadband",
        "slow",
        -22,
        R,
        "technician",
        -5,
        works=40,
        diagnosis="路由器置于弱电箱内，移出并重设 5 GHz 信道，测速 940 Mbps。",
        resolution="router_configured",
        by_resident=True,
    ),
    DemoTicket(
        "academy",
        "hotel_wireless",
        "no_internet",
        -7,
        Story.INCOMPLETE,
        "technician",
        -2.6,
        diagnosis="三层 24 口 PoE 交换机电源损坏，车上无备件。",
    ),
    DemoTicket(
        "nanmen",
        "broadband",
        "loss_of_signal",
        -4,
        R,
        "technician",
        -0.6,
        works=75,
        diagnosis="光猫 LOS 红灯，入户皮线光缆弯折。",
        parts=(("FIB-DRP-2C", 30),),
        resolution="fibre_repaired",
        note="Customer works from home, please be quick.",
    ),
    DemoTicket("changan", "broadband", "wifi", -3, R, "technician", 1.5, resolution="router_configured"),
    DemoTicket("pearl", "hotel_wireless", "login_page", -1.5, R, "technician", 3.5, resolution="reconfigured"),
    # 刘洋: gas and buildings
    DemoTicket(
        "wenyi",
        "gas_meter",
        "hose",
        -28,
        R,
        "technician2",
        -25,
        works=35,
        diagnosis="软管超期两年，已更换为不锈钢波纹管并检漏。",
        parts=(("GAS-HOS-15", 1), ("GAS-CLP-15", 2)),
        resolution="hose_replaced",
        rating=4,
    ),
    DemoTicket(
        "luomashi",
        "building_services",
        "electric",
        -25,
        R,
        "technician2",
        -22,
        diagnosis="12 层走廊回路断路器老化跳闸。",
        parts=(("BLD-MCB-16", 1),),
        resolution="part_replaced",
    ),
    DemoTicket(
        "youyi",
        "gas_meter",
        "meter_display",
        -6,
        R,
        "technician2",
        -3,
        works=25,
        diagnosis="表电池耗尽。",
        parts=(("GAS-BAT-36", 1),),
        resolution="battery_replaced",
    ),
    DemoTicket("changan", "gas_meter", "no_gas", -2, R, "technician2", 0.15, resolution="meter_replaced"),
    DemoTicket("nanmen", "gas_meter", "smell", -0.6, R, "technician2", 1.25, resolution="leak_sealed"),
    DemoTicket("jianguo", "building_services", "heating", -5, Story.SILENT, "technician2", 2.5),
    # 张强: traction, fibre and buildings
    DemoTicket(
        "depot",
        "traction_equipment",
        "converter",
        -33,
        R,
        "technician3",
        -29,
        works=110,
        diagnosis="辅助继电器触点粘连，更换后上电试验正常。",
        parts=(("TRA-REL-11", 1),),
        resolution="connection_repaired",
        details={"vehicle": "HXD1-0427", "equipment": "TGA9 牵引变流器", "run_km": 1182400, "fault_code": "F2-31"},
    ),
    DemoTicket(
        "depot",
        "traction_equipment",
        "cooling",
        -9,
        R,
        "technician3",
        -6,
        works=70,
        diagnosis="滤芯堵塞，冷却风量不足。",
        parts=(("TRA-FLT-CA", 2),),
        resolution="module_replaced",
        details={"vehicle": "HXD1-0391", "equipment": "冷却塔 CA40", "run_km": 964000},
    ),
    DemoTicket(
        "luomashi",
        "building_services",
        "plumbing",
        -8,
        R,
        "technician3",
        -1,
        works=100,
        diagnosis="9 层茶水间下水存水弯开裂。",
        parts=(("BLD-TRP-32", 1),),
        resolution="part_replaced",
    ),
    DemoTicket("youyi", "broadband", "drops", -2.2, R, "technician3", 1, resolution="connector_replaced"),
    DemoTicket(
        "depot",
        "traction_equipment",
        "control",
        -1,
        Story.PLANNED,
        "technician3",
        4,
        details={"vehicle": "HXD1-0455", "equipment": "司机室显示屏", "fault_code": "E-104"},
    ),
    # Beilin, nobody sent
    DemoTicket("changan", "broadband", "tv", -20, Story.REMOTE, resolution="cleared_remotely", rating=5),
    DemoTicket("youyi", "building_services", "lift", -0.7, Story.TRIAGED),
    DemoTicket("nanmen", "broadband", "slow", -0.2, Story.NEW, by_resident=True),
    DemoTicket("wenyi", "broadband", "slow", -12, Story.CANCELLED, by_resident=True),
    DemoTicket("academy", "hotel_wireless", "all_floors", -0.1, Story.NEW),
    DemoTicket(
        "nanmen", "building_services", "door", -10, Story.WAITING, note="户主出差，周五后再联系。Away until Friday."
    ),
    # New York
    DemoTicket(
        "linden",
        "broadband",
        "no_connection",
        -27,
        R,
        "tech.queens",
        -23,
        diagnosis="Modem dead after a power surge. Replaced; -18.4 dBm.",
        parts=(("FIB-ONT-1G", 1), ("FIB-PSU-12", 1)),
        resolution="modem_replaced",
        rating=5,
    ),
    DemoTicket(
        "runway",
        "hotel_wireless",
        "no_signal",
        -5,
        R,
        "tech.queens",
        -0.5,
        works=90,
        diagnosis="Injector of the west wing has no output.",
        parts=(("WIF-POE-30", 1),),
        resolution="switch_replaced",
    ),
    DemoTicket(
        "harbor",
        "building_services",
        "plumbing",
        -24,
        R,
        "tech.manhattan",
        -20,
        diagnosis="Float valve of the cistern stuck.",
        parts=(("BLD-FLT-15", 1),),
        resolution="part_replaced",
        rating=3,
    ),
    DemoTicket("hudson", "hotel_wireless", "weak_signal", -3, R, "tech.manhattan", 1.5, resolution="reconfigured"),
    DemoTicket("hudson", "hotel_wireless", "login_page", -2, Story.TRIAGED),
    DemoTicket(
        "lofts",
        "building_services",
        "electric",
        -6,
        R,
        "tech.brooklyn",
        -2,
        diagnosis="Residual current device trips at 12 mA. Replaced and tested.",
        parts=(("BLD-RCD-30", 1),),
        resolution="part_replaced",
    ),
    DemoTicket("lofts", "building_services", "door", -1, Story.DECLINED, "tech.brooklyn", 2),
    DemoTicket("crotona", "gas_meter", "hose", -2, R, "tech.bronx", 0.15, resolution="hose_replaced"),
    DemoTicket("bayview", "gas_meter", "no_gas", -4, R, "tech.statenisland", 3, resolution="meter_replaced"),
    DemoTicket("linden", "broadband", "wifi", -0.3, Story.NEW, by_resident=True),
    DemoTicket("linden", "broadband", "wifi", -0.2, Story.MERGED),
)
