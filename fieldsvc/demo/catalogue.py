"""The parts of the demonstration: what vans in these trades really carry. Prices are rough, in yuan."""

from dataclasses import dataclass
from decimal import Decimal

from parts.catalogue.models import Part

PIECE, METRE, SET = Part.Unit.PIECE, Part.Unit.METRE, Part.Unit.SET
QUANTITY, SERIAL = Part.Tracking.QUANTITY, Part.Tracking.SERIAL


@dataclass(frozen=True, slots=True)
class DemoPart:
    """A part; `trade` is the skill of those who fit it, `depot` and `van` how much of it each kind of place holds."""

    number: str
    name: str
    name_zh: str
    model: str
    trade: str
    price: Decimal
    depot: int
    van: int
    unit: Part.Unit = PIECE
    tracking: Part.Tracking = QUANTITY


def part(
    number: str,
    name: str,
    name_zh: str,
    model: str,
    price: str,
    depot: int,
    van: int,
    unit: Part.Unit = PIECE,
    tracking: Part.Tracking = QUANTITY,
) -> DemoPart:
    """A row of the table; the trade is the first part of the number."""
    return DemoPart(number, name, name_zh, model, TRADES[number[:3]], Decimal(price), depot, van, unit, tracking)


TRADES = {"FIB": "fibre", "WIF": "wireless", "GAS": "gas", "BLD": "building", "TRA": "traction"}

PARTS: tuple[DemoPart, ...] = (
    # Fibre and home network
    part("FIB-ONT-10G", "Optical modem, XGS-PON", "光猫（XGS-PON）", "HN8255Ws", "320.00", 12, 2, tracking=SERIAL),
    part("FIB-ONT-1G", "Optical modem, GPON", "光猫（GPON）", "HG8145V5", "145.00", 20, 3, tracking=SERIAL),
    part("FIB-RTR-AX3", "Home router, Wi-Fi 6", "Wi-Fi 6 家用路由器", "AX3000", "189.00", 20, 3, tracking=SERIAL),
    part("FIB-STB-4K", "Set-top box, 4K", "4K 机顶盒", "EC6110-T", "165.00", 10, 1, tracking=SERIAL),
    part("FIB-CON-SCA", "Fast connector SC/APC", "SC/APC 快速连接器", "FC-SC-APC", "4.50", 400, 20),
    part("FIB-CPL-SCA", "Coupler SC/APC", "SC/APC 法兰（耦合器）", "CPL-SC-APC", "2.20", 300, 10),
    part("FIB-PAT-03", "Patch cord SC/APC, 3 m", "SC/APC 尾纤跳线 3 米", "PC-SCA-3", "9.80", 150, 8),
    part("FIB-DRP-2C", "Drop cable, 2 fibres", "双芯皮线光缆", "GJXFH-2B6", "0.85", 4000, 200, METRE),
    part("FIB-SPL-08", "Splitter 1:8", "1:8 分光器", "PLC-1x8-SCA", "38.00", 30, 1),
    part("FIB-PSU-12", "Power supply 12 V, 1.5 A", "电源适配器 12V 1.5A", "PSU-12V1.5A", "18.00", 80, 4),
    part("FIB-CAB-C6", "Network cable Cat 6", "六类网线", "UTP-C6", "2.40", 3000, 100, METRE),
    part("FIB-PLG-45", "Plug RJ45", "RJ45 水晶头", "RJ45-C6", "0.60", 1000, 50),
    part("FIB-CPL-45", "Coupler RJ45", "RJ45 直通头（耦合器）", "CPL-RJ45", "3.50", 200, 10),
    # Wireless in hotels
    part("WIF-AP-CEI", "Access point, ceiling", "吸顶 AP", "AP4050DN", "690.00", 15, 2, tracking=SERIAL),
    part("WIF-AP-WAL", "Access point, wall plate", "面板 AP", "AP2051DN", "420.00", 20, 3, tracking=SERIAL),
    part("WIF-SW-08P", "Switch, 8 ports with PoE", "8 口 PoE 交换机", "S1730S-L8P", "560.00", 8, 1, tracking=SERIAL),
    part("WIF-SW-24P", "Switch, 24 ports with PoE", "24 口 PoE 交换机", "S5735-L24P", "2150.00", 3, 0, tracking=SERIAL),
    part("WIF-POE-30", "Power injector 30 W", "PoE 供电模块 30W", "POE30U", "85.00", 40, 3),
    part("WIF-ANT-05", "Antenna 5 dBi", "5dBi 天线", "ANT-5DBI", "32.00", 40, 4),
    part("WIF-SFP-10", "Optical module SFP 10 km", "SFP 光模块 10 公里", "SFP-GE-LX", "78.00", 30, 2),
    # Gas meters and hoses
    part("GAS-HOS-15", "Gas hose, corrugated steel, 1.5 m", "不锈钢波纹燃气软管 1.5 米", "DN15-1500", "36.00", 120, 6),
    part("GAS-HOS-20", "Gas hose, corrugated steel, 2 m", "不锈钢波纹燃气软管 2 米", "DN15-2000", "45.00", 80, 4),
    part("GAS-VLV-15", "Ball valve DN15", "燃气球阀 DN15", "QF-DN15", "22.00", 100, 5),
    part("GAS-VLV-SC", "Self-closing valve", "管道燃气自闭阀", "Z0.9TZ-15/9.5", "58.00", 80, 4),
    part("GAS-MTR-25", "Gas meter G2.5, diaphragm", "膜式燃气表 G2.5", "JGD2.5S", "185.00", 20, 2, tracking=SERIAL),
    part("GAS-MTR-40", "Gas meter G4, with radio", "物联网燃气表 G4", "NB-G4", "310.00", 15, 2, tracking=SERIAL),
    part("GAS-BAT-36", "Meter battery 3.6 V", "燃气表锂电池 3.6V", "ER26500", "19.00", 150, 8),
    part("GAS-ALM-01", "Gas alarm with shut-off", "燃气报警切断器", "JT-CX3021", "140.00", 25, 2),
    part("GAS-CLP-15", "Hose clamp", "软管卡箍", "KG-DN15", "1.50", 500, 20),
    part("GAS-TAP-01", "Sealing tape for gas", "燃气专用密封带", "PTFE-G", "5.00", 200, 8),
    # Building services
    part("BLD-CRT-35", "Mixer cartridge 35 mm", "水龙头阀芯 35 毫米", "CK-35", "16.00", 100, 5),
    part("BLD-FLT-15", "Float valve DN15", "浮球阀 DN15", "FQ-DN15", "24.00", 60, 3),
    part("BLD-TRP-32", "Drain trap 32 mm", "下水存水弯 32 毫米", "CSW-32", "14.00", 80, 4),
    part("BLD-RAD-20", "Radiator valve DN20", "暖气阀门 DN20", "NF-DN20", "33.00", 60, 3),
    part("BLD-PMP-25", "Circulation pump 25-60", "循环泵 25-60", "UPS25-60", "620.00", 4, 1, tracking=SERIAL),
    part("BLD-MCB-16", "Circuit breaker C16", "断路器 C16", "DZ47-63-C16", "15.00", 150, 6),
    part("BLD-RCD-30", "Residual current device 30 mA", "漏电保护器 30mA", "DZ47LE-32", "48.00", 80, 4),
    part("BLD-LED-18", "LED lamp 18 W", "LED 灯 18W", "T8-18W", "13.00", 200, 10),
    part("BLD-DCL-04", "Door closer", "闭门器", "B-083", "66.00", 30, 2),
    part("BLD-LCK-60", "Lock cylinder 60 mm", "锁芯 60 毫米", "SX-60", "42.00", 40, 3),
    # Traction equipment
    part("TRA-BRU-25", "Carbon brush", "碳刷", "D374B-25x32x60", "95.00", 60, 8),
    part("TRA-IGB-33", "Power module 3.3 kV", "IGBT 功率模块 3.3kV", "FZ1500R33", "6800.00", 2, 0, tracking=SERIAL),
    part("TRA-BRD-CU", "Control board", "控制板卡", "TCU-CPU2", "4200.00", 3, 1, tracking=SERIAL),
    part("TRA-REL-11", "Relay 110 V", "继电器 110V", "TDR-110", "130.00", 40, 4),
    part("TRA-FLT-CA", "Cooling filter", "冷却滤芯", "FLT-CA40", "88.00", 30, 3, SET),
)

LIKELY: dict[str, tuple[tuple[str, str], ...]] = {
    "broadband": (
        ("FIB-CON-SCA", "2"),
        ("FIB-PAT-03", "1"),
        ("FIB-ONT-1G", "1"),
        ("FIB-RTR-AX3", "1"),
        ("FIB-DRP-2C", "30"),
        ("FIB-PLG-45", "2"),
    ),
    "hotel_wireless": (("WIF-AP-CEI", "1"), ("WIF-AP-WAL", "1"), ("WIF-POE-30", "1"), ("WIF-ANT-05", "")),
    "gas_meter": (
        ("GAS-HOS-15", "1"),
        ("GAS-CLP-15", "2"),
        ("GAS-TAP-01", ""),
        ("GAS-BAT-36", "1"),
        ("GAS-MTR-40", "1"),
    ),
    "building_services": (("BLD-CRT-35", "1"), ("BLD-MCB-16", "1"), ("BLD-LED-18", "2"), ("BLD-LCK-60", "")),
    "traction_equipment": (("TRA-BRU-25", "4"), ("TRA-REL-11", "1"), ("TRA-FLT-CA", "1")),
}
"""What a technician had better take along, by service type; with the usual quantity, if there is one."""
