from accounts.consents.models import Consent
from accounts.people.models import DESK, STAFF, WATCHERS, Language, Role, RoleGrant, User
from accounts.signin.models import DeviceToken, OneTimeCode, SignInHit
from accounts.territories.models import Skill, Territory

__all__ = [
    "DESK",
    "STAFF",
    "WATCHERS",
    "Consent",
    "DeviceToken",
    "Language",
    "OneTimeCode",
    "Role",
    "RoleGrant",
    "SignInHit",
    "Skill",
    "Territory",
    "User",
]
