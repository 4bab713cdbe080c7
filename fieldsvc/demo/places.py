"""Where the people of the demonstration live, sleep and work: sites, with the contracts of their residents."""

from dataclasses import dataclass

from fieldsvc.demo.people import BEILIN


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A site. `account` is the number of a contract there, `holder` the phone of the resident who has it."""

    code: str
    territory: str
    complex: str
    address: str
    latitude: float
    longitude: float
    account: str = ""
    holder: str = ""
    access_notes: str = ""


PLACES: tuple[DemoPlace, ...] = (
    # Beilin district, Xi'an
    DemoPlace(
        "wenyi",
        BEILIN,
        "文艺南路18号院 Wenyi South Road 18",
        "3号楼2单元501",
        34.2368,
        108.9541,
        "XA-100201",
        "+8619900000201",
        "门禁请按501。Ring 501 at the gate.",
    ),
    DemoPlace(
        "youyi",
        BEILIN,
        "友谊东路社区 Youyi East Road Estate",
        "12号楼1单元302",
        34.2391,
        108.9702,
        "XA-100202",
        "+8619900000202",
    ),
    DemoPlace(
        "nanmen",
        BEILIN,
        "南门花园 South Gate Garden",
        "A座1704",
        34.2478,
        108.9423,
        "XA-100203",
        "+8619900000203",
        "地下车库限高2米。The garage is 2 m high.",
    ),
    DemoPlace(
        "changan",
        BEILIN,
        "长安北路9号院 Chang'an North Road 9",
        "5号楼3单元601",
        34.2339,
        108.9418,
        "XA-100204",
        "+8619900000204",
        "无电梯。No lift.",
    ),
    DemoPlace("pearl", BEILIN, "碑林明珠酒店 Beilin Pearl Hotel", "南大街66号", 34.2531, 108.9427),
    DemoPlace("academy", BEILIN, "书院客栈 Academy Inn", "书院门32号", 34.2512, 108.9489),
    DemoPlace("luomashi", BEILIN, "骡马市写字楼 Luomashi Offices", "东大街211号", 34.2571, 108.9485),
    DemoPlace("jianguo", BEILIN, "建国路小学 Jianguo Road School", "建国路57号", 34.2549, 108.9601),
    DemoPlace(
        "depot",
        BEILIN,
        "东关机务段 Dongguan Depot",
        "环城南路东段1号",
        34.2471,
        108.9733,
        access_notes="凭证入段。Bring your pass.",
    ),
    # New York
    DemoPlace("linden", "nyc-queens", "84-12 Linden Court", "apt 3B", 40.7421, -73.8801, "NY-200101", "+17185550201"),
    DemoPlace("harbor", "nyc-manhattan", "410 Harbor Street", "apt 6C", 40.7102, -74.0089, "NY-200102", "+12125550202"),
    DemoPlace("hudson", "nyc-manhattan", "Hudson Terrace Hotel", "12 Terrace Place", 40.7588, -73.9991),
    DemoPlace("runway", "nyc-queens", "Runway Inn", "135-40 Airport Road", 40.6661, -73.8102),
    DemoPlace("lofts", "nyc-brooklyn", "Yard Lofts", "77 Yard Street", 40.6851, -73.9770),
    DemoPlace("crotona", "nyc-bronx", "Crotona Gardens", "1501 Crotona Lane", 40.8389, -73.8955),
    DemoPlace("bayview", "nyc-staten-island", "Bay View Houses", "9 Bay View Row", 40.6310, -74.0760),
)


@dataclass(frozen=True, slots=True)
class DemoSegment:
    """A stretch of a network, and the places that hang on it."""

    code: str
    territory: str
    name: str
    name_zh: str
    service_types: tuple[str, ...]
    places: tuple[str, ...]


SEGMENTS = (
    DemoSegment(
        "nanmen-trunk",
        BEILIN,
        "Trunk cable South Gate",
        "南门主干光缆",
        ("broadband",),
        ("wenyi", "nanmen", "changan"),
    ),
)
