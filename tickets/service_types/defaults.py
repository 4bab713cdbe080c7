"""The kinds of service that are shipped. A table to be read: what is asked, who can do it, what is checked.

An administrator may change all of it; `ensure_service_types()` only adds what is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Skill
from sync.commands import command
from tickets.clock.defaults import ensure_default_policy
from tickets.service_types.models import ServiceType

Schema = dict[str, Any]


def words(title: str, title_zh: str, *, longest: int = 200) -> Schema:
    """A line of text that says something."""
    return {"type": "string", "title": title, "title_zh": title_zh, "minLength": 1, "maxLength": longest}


def phone() -> Schema:
    """How to reach the caller or their contact."""
    return {
        "type": "string",
        "format": "phone",
        "title": "Phone of caller or contact",
        "title_zh": "来电人或联系人电话",
    }


def time_of_report() -> Schema:
    """When the fault was reported; now, unless said otherwise."""
    return {
        "type": "string",
        "format": "date-time",
        "title": "Time of the report",
        "title_zh": "报障时间",
        "x-default": "now",
    }


def kind_of_fault(*choices: tuple[str, str, str]) -> Schema:
    """One of the given faults, or another."""
    return {
        "title": "Kind of fault",
        "title_zh": "故障类型",
        "oneOf": [
            {"const": code, "title": title, "title_zh": title_zh}
            for code, title, title_zh in (*choices, ("other", "Something else", "其他"))
        ],
    }


def form(fields: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """A form with these fields and no others."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


@dataclass(frozen=True, slots=True)
class ShippedServiceType:
    """A row of the table. `skill`, `checklist` and `resolutions` are (code, English, Chinese)."""

    code: str
    name: str
    name_zh: str
    skill: tuple[str, str, str]
    priority: int
    visit_minutes: int
    form: Schema
    checklist: tuple[tuple[str, str, str], ...]
    resolutions: tuple[tuple[str, str, str], ...] = field(default=())


ANY_RESOLUTION = (
    ("no_fault_found", "No fault found", "未发现故障"),
    ("customer_equipment", "Fault of the customer's own equipment", "用户自有设备故障"),
    ("cleared_remotely", "Cleared by phone", "电话指导解决"),
)
"""How a complaint of any kind may end."""

SERVICE_TYPES: tuple[ShippedServiceType, ...] = (
    ShippedServiceType(
        code="broadband",
        name="Broadband",
        name_zh="宽带",
        skill=("fibre", "Fibre and home network", "光纤与家庭网络"),
        priority=3,
        visit_minutes=60,
        form=form(
            {
                "account": words("Account", "宽带账号", longest=40),
                "complex": words("Residential complex", "小区"),
                "phone": phone(),
                "fault": kind_of_fault(
                    ("no_connection", "No connection", "无法上网"),
                    ("slow", "Slow", "网速慢"),
                    ("drops", "Connection drops", "频繁掉线"),
                    ("loss_of_signal", "Red light on the modem (loss of signal)", "光猫红灯（光信号丢失）"),
                    ("wifi", "Weak or no Wi-Fi", "Wi-Fi 弱或无"),
                    ("tv", "Television over broadband", "宽带电视故障"),
                ),
                "reported_at": time_of_report(),
            },
            # Nobody has to say it: it is filled in.
            optional=("reported_at",),
        ),
        checklist=(
            ("optical_power", "Optical power at the modem measured (dBm)", "已测光猫处光功率（dBm）"),
            ("speed", "Speed measured by cable", "已用网线测速"),
            ("wifi_rooms", "Wi-Fi checked in every room", "已检查各房间 Wi-Fi"),
            ("customer_shown", "Working connection shown to the customer", "已向用户演示恢复正常"),
        ),
        resolutions=(
            ("fibre_repaired", "Fibre spliced or re-laid", "光纤熔接或重新敷设"),
            ("connector_replaced", "Connector or patch cord replaced", "更换接头或跳线"),
            ("modem_replaced", "Modem replaced", "更换光猫"),
            ("router_configured", "Router set up again", "重新配置路由器"),
            ("network_side", "Fault in the network, passed on", "网络侧故障，已转派"),
        ),
    ),
    ShippedServiceType(
        code="hotel_wireless",
        name="Hotel wireless",
        name_zh="酒店无线",
        skill=("wireless", "Wireless networks", "无线网络"),
        priority=2,
        visit_minutes=90,
        form=form(
            {
                "hotel_name": words("Hotel", "酒店名称"),
                "address": words("Address", "地址", longest=300),
                "phone": phone(),
                "fault": kind_of_fault(
                    ("no_signal", "No signal", "无信号"),
                    ("weak_signal", "Weak signal", "信号弱"),
                    ("no_internet", "Connected, but no internet", "已连接但无法上网"),
                    ("login_page", "The sign-in page does not appear", "认证页面不弹出"),
                    ("all_floors", "The whole house is down", "全楼中断"),
                ),
            }
        ),
        checklist=(
            ("access_points", "Access points on the floor are all up", "该楼层 AP 全部在线"),
            ("controller", "Controller shows no alarm", "控制器无告警"),
            ("signal", "Signal in the room at least -65 dBm", "房间内信号不低于 -65 dBm"),
            ("portal", "Sign-in page tried with a phone", "已用手机测试认证页面"),
        ),
        resolutions=(
            ("access_point_replaced", "Access point replaced", "更换 AP"),
            ("switch_replaced", "Switch or power injector replaced", "更换交换机或供电模块"),
            ("cable_repaired", "Cable repaired", "修复网线"),
            ("reconfigured", "Set up again", "重新配置"),
            ("uplink", "Fault of the uplink, passed on", "上联线路故障，已转派"),
        ),
    ),
    ShippedServiceType(
        code="gas_meter",
        name="Gas meter and hose",
        name_zh="燃气表与软管",
        skill=("gas", "Gas fitting", "燃气作业"),
        priority=1,
        visit_minutes=45,
        form=form(
            {
                "account": words("Gas account", "燃气户号", longest=40),
                "address": words("Address", "地址", longest=300),
                "phone": phone(),
                "fault": kind_of_fault(
                    ("smell", "Smell of gas", "闻到燃气味"),
                    ("no_gas", "No gas", "无气"),
                    ("meter_stopped", "Meter does not count", "表不走字"),
                    ("meter_display", "Display or battery of the meter", "表屏或电池故障"),
                    ("hose", "Hose worn or expired", "软管老化或到期"),
                ),
                "meter_number": words("Number on the meter", "表号", longest=40),
            },
            optional=("account", "meter_number"),
        ),
        checklist=(
            ("leak_test", "Leak test with detector and soap water", "已用检测仪和肥皂水检漏"),
            ("hose_date", "Date of the hose read", "已查看软管日期"),
            ("meter_reading", "Reading of the meter noted", "已记录表读数"),
            ("ventilation", "Ventilation of the room checked", "已检查通风"),
            ("safety_told", "Safety rules explained", "已进行安全告知"),
        ),
        resolutions=(
            ("meter_replaced", "Meter replaced", "更换燃气表"),
            ("battery_replaced", "Battery replaced", "更换电池"),
            ("hose_replaced", "Hose replaced", "更换软管"),
            ("leak_sealed", "Leak sealed", "漏点已处理"),
            ("shut_off", "Shut off for safety", "为安全已停气"),
        ),
    ),
    ShippedServiceType(
        code="building_services",
        name="Building services",
        name_zh="楼宇设施",
        skill=("building", "Building services", "楼宇设施维修"),
        priority=3,
        visit_minutes=60,
        form=form(
            {
                "complex": words("Complex", "小区或楼宇"),
                "place": words("Building, floor, room", "楼栋、楼层、房号"),
                "phone": phone(),
                "fault": kind_of_fault(
                    ("heating", "Heating or hot water", "供暖或热水"),
                    ("plumbing", "Leak or blocked drain", "漏水或堵塞"),
                    ("electric", "Electricity or light", "电路或照明"),
                    ("lift", "Lift", "电梯"),
                    ("door", "Door, lock or intercom", "门、锁或对讲"),
                ),
                "description": words("Description", "情况说明", longest=2_000),
            },
            optional=("description",),
        ),
        checklist=(
            ("made_safe", "Place made safe", "现场已做安全处理"),
            ("tested", "Tested after the repair", "维修后已测试"),
            ("tidied", "Place left clean", "现场已清理"),
        ),
        resolutions=(
            ("repaired", "Repaired", "已修复"),
            ("part_replaced", "Part replaced", "已更换部件"),
            ("temporary", "Repaired for the time being", "临时修复"),
            ("contractor", "Passed on to a contractor", "已转外包单位"),
        ),
    ),
    ShippedServiceType(
        code="traction_equipment",
        name="Traction equipment",
        name_zh="牵引设备",
        skill=("traction", "Traction equipment", "牵引设备"),
        priority=2,
        visit_minutes=120,
        form=form(
            {
                "depot": words("Depot", "机务段"),
                "vehicle": words("Vehicle number", "车号", longest=40),
                "equipment": words("Equipment and model", "设备及型号"),
                "phone": phone(),
                "fault": kind_of_fault(
                    ("converter", "Traction converter", "牵引变流器"),
                    ("auxiliary", "Auxiliary converter", "辅助变流器"),
                    ("control", "Control system or display", "控制系统或显示屏"),
                    ("motor", "Traction motor", "牵引电机"),
                    ("cooling", "Cooling", "冷却系统"),
                ),
                "run_km": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 100_000_000,
                    "title": "Distance run (km)",
                    "title_zh": "走行公里",
                },
                "fault_code": words("Fault code on the display", "显示屏故障代码", longest=40),
            },
            optional=("run_km", "fault_code"),
        ),
        checklist=(
            ("isolated", "Isolated, earthed and locked out", "已断电、接地并上锁"),
            ("log_saved", "Fault log read out and saved", "已导出故障记录"),
            ("serials", "Serials of removed and fitted parts noted", "已记录拆装部件序列号"),
            ("run_tested", "Tested under power", "已上电试验"),
            ("released", "Released to the depot in writing", "已书面交付机务段"),
        ),
        resolutions=(
            ("board_replaced", "Board replaced", "更换板卡"),
            ("module_replaced", "Power module replaced", "更换功率模块"),
            ("software_updated", "Software updated", "升级软件"),
            ("connection_repaired", "Connection repaired", "修复连接"),
            ("to_workshop", "Sent to the workshop", "返厂维修"),
        ),
    ),
)


def coded_texts(rows: tuple[tuple[str, str, str], ...]) -> list[dict[str, str]]:
    """Rows of the table as a service type stores them."""
    return [{"code": code, "text": text, "text_zh": text_zh} for code, text, text_zh in rows]


@command
def ensure_service_types() -> dict[str, ServiceType]:
    """See to it that the shipped kinds exist, with their skills and the standard policy. Answers them by code.

    What is there already is left as it is, also where an administrator has changed it.
    """
    policy = ensure_default_policy()
    present = {row.code: row for row in ServiceType.objects.filter(code__in=[row.code for row in SERVICE_TYPES])}
    for shipped in SERVICE_TYPES:
        if shipped.code in present:
            continue
        code, name, name_zh = shipped.skill
        skill, _ = Skill.objects.get_or_create(code=code, defaults={"name": name, "name_zh": name_zh})
        service_type = ServiceType.objects.create(
            code=shipped.code,
            name=shipped.name,
            name_zh=shipped.name_zh,
            form=shipped.form,
            policy=policy,
            checklist=coded_texts(shipped.checklist),
            resolution_codes=coded_texts(shipped.resolutions + ANY_RESOLUTION),
            default_priority=shipped.priority,
            visit_minutes=shipped.visit_minutes,
        )
        service_type.skills.add(skill)
        present[shipped.code] = service_type
    return present
