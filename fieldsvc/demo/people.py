"""The people of the demonstration, one or more for each of the seven roles.

Telephone numbers are examples: +1 … 555 01xx is kept free for fiction, and the Chinese ones are made up. Nobody is
called, as a demonstration writes its messages to the log.
"""

from dataclasses import dataclass

from accounts.people.models import Role

PASSWORD = "fieldsvc-demo"  # noqa: S105
"""Of everybody who signs in with a username. Public knowledge, and of no use outside the demo mode."""

BEILIN = "xian-beilin"
NEW_YORK = ("nyc-manhattan", "nyc-bronx", "nyc-brooklyn", "nyc-queens", "nyc-staten-island", "nyc")
EVERYWHERE: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the staff (with a username), or a resident (with a phone). No territories: everywhere."""

    name: str
    role: Role
    territories: tuple[str, ...] = EVERYWHERE
    username: str = ""
    phone: str = ""
    skills: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """Whoever works or lives in China reads Chinese first."""
        return "zh" if BEILIN in self.territories else "en"


STAFF: tuple[DemoPerson, ...] = (
    DemoPerson("Amira Haddad", Role.ADMINISTRATOR, username="admin"),
    DemoPerson("赵雷 Zhao Lei", Role.SUPERVISOR, (BEILIN,), "supervisor"),
    DemoPerson("Grace Okafor", Role.SUPERVISOR, NEW_YORK, "supervisor.nyc"),
    DemoPerson("李娜 Li Na", Role.AGENT, (BEILIN,), "agent"),
    DemoPerson("Sofia Rossi", Role.AGENT, NEW_YORK, "agent.nyc"),
    DemoPerson("周敏 Zhou Min", Role.DISPATCHER, (BEILIN,), "dispatcher"),
    DemoPerson("Daniel Cohen", Role.DISPATCHER, NEW_YORK, "dispatcher.nyc"),
    DemoPerson("陈静 Chen Jing", Role.STOREKEEPER, (BEILIN,), "storekeeper"),
    DemoPerson("Marcus Bell", Role.STOREKEEPER, NEW_YORK, "storekeeper.nyc"),
    DemoPerson("王伟 Wang Wei", Role.TECHNICIAN, (BEILIN,), "technician", "+8619900000101", ("fibre", "wireless")),
    DemoPerson("刘洋 Liu Yang", Role.TECHNICIAN, (BEILIN,), "technician2", "+8619900000102", ("gas", "building")),
    DemoPerson(
        "张强 Zhang Qiang",
        Role.TECHNICIAN,
        (BEILIN,),
        "technician3",
        "+8619900000103",
        ("fibre", "traction", "building"),
    ),
    DemoPerson(
        "Luis Ortega", Role.TECHNICIAN, ("nyc-manhattan",), "tech.manhattan", "+12125550101", ("wireless", "building")
    ),
    DemoPerson("Aisha Bah", Role.TECHNICIAN, ("nyc-bronx",), "tech.bronx", "+17185550102", ("building", "gas")),
    DemoPerson(
        "Peter Novak", Role.TECHNICIAN, ("nyc-brooklyn",), "tech.brooklyn", "+17185550103", ("fibre", "building")
    ),
    DemoPerson("Mei Tanaka", Role.TECHNICIAN, ("nyc-queens",), "tech.queens", "+17185550104", ("fibre", "wireless")),
    DemoPerson("Sean Walsh", Role.TECHNICIAN, ("nyc-staten-island",), "tech.statenisland", "+17185550105", ("gas",)),
)

RESIDENTS: tuple[DemoPerson, ...] = (
    DemoPerson("孙丽 Sun Li", Role.RESIDENT, (BEILIN,), phone="+8619900000201"),
    DemoPerson("高峰 Gao Feng", Role.RESIDENT, (BEILIN,), phone="+8619900000202"),
    DemoPerson("何芳 He Fang", Role.RESIDENT, (BEILIN,), phone="+8619900000203"),
    DemoPerson("马超 Ma Chao", Role.RESIDENT, (BEILIN,), phone="+8619900000204"),
    DemoPerson("Rosa Delgado", Role.RESIDENT, ("nyc-queens",), phone="+17185550201"),
    DemoPerson("James Carter", Role.RESIDENT, ("nyc-manhattan",), phone="+12125550202"),
)
