"""The one settings module. Everything that differs between machines comes from the environment: see `docs/run.md`."""

import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from fieldsvc import __version__, logs

django_stubs_ext.monkeypatch()  # lets us write forms.ModelForm[User], as the type checker wants it

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    """An on/off variable of the environment."""
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated variable of the environment."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def number(name: str, default: int, *, least: int = 0) -> int:
    """A variable of the environment that counts something."""
    said = os.environ.get(name) or str(default)
    if not said.isdecimal() or int(said) < least:
        raise ImproperlyConfigured(f"{name} is {said!r}: it has to be a whole number, {least} or more.")
    return int(said)


def days(name: str, default: str) -> list[int]:
    """A comma-separated variable: so many days after something, negative before it."""
    said = words(name, default)
    try:
        return [int(day) for day in said]
    except ValueError:
        told = ",".join(said)
        raise ImproperlyConfigured(f"{name} is {told!r}: it has to be whole numbers, comma-separated.") from None


def steps(name: str, default: str) -> list[dict[str, Any]]:
    """A comma-separated variable: by which way after how many minutes, such as `sms:10`."""
    said = words(name, default)
    found = [re.fullmatch(r"([a-z]+):(\d{1,5})", step) for step in said]
    if None in found:
        raise ImproperlyConfigured(f"{name} is {','.join(said)!r}: it has to be way:minutes, comma-separated.")
    return [{"minutes": int(step[2]), "way": step[1]} for step in found if step]


SESSION = "-c join_collapse_limit=6"
"""Of every connection. Lists join many tables only to look up names, and weighing every order of these joins would take
PostgreSQL 25 of a list's 30 ms. What `DATABASE_URL` says in `options` of its own comes after this, and counts."""

DEMO = flag("DEMO")
DEBUG = flag("DEBUG")
SAFE_TO_SHOW = DEMO or DEBUG
"""Demo people with known passwords and one-time codes in the log: never with real people's data."""

DEMO_SECRET = "demo-only-not-a-secret-" + "0" * 40
SECRET_KEY = os.environ.get("SECRET_KEY") or (DEMO_SECRET if SAFE_TO_SHOW else "")
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
if not SECRET_KEY or (SECRET_KEY == DEMO_SECRET and not SAFE_TO_SHOW):
    raise ImproperlyConfigured(
        "Set SECRET_KEY to a long random text that nobody else knows, or DEMO=1 to try fieldsvc with demo data."
    )

ALLOWED_HOSTS = words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data")
REDIS_URL = os.environ.get("REDIS_URL", "")


def database(url: str) -> dict[str, object]:
    """A connection URL (`postgresql://user:password@host:port/name?host=/socket/folder`) as Django wants it."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql:// ; no other database will do.")
    options: dict[str, object] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = str(options.pop("host", "")) or parts.hostname or ""
    port = options.pop("port", None) or parts.port or ""
    options["options"] = f"{SESSION} {options.get('options', '')}".strip()
    options["pool"] = {"min_size": 0, "max_size": number("DATABASE_POOL", 20, least=1), "timeout": 10}
    options["prepare_threshold"] = 5  # psycopg's own: those statements are prepared that ask for it (sync/sql.py)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(port),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql:///fieldsvc")
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pgtrigger",
    "procrastinate.contrib.django",
    "rest_framework",
    "sync",
    "accounts",
    "notifications",
    "parts",
    "tickets",
    "fieldsvc",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fieldsvc.compression.compress_json",
    "fieldsvc.logs.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sync.audit.context.AuditedDoors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "fieldsvc.urls"
WSGI_APPLICATION = "fieldsvc.wsgi.application"
ASGI_APPLICATION = "fieldsvc.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or None  # `collectstatic` there, or let the finders serve
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
if DEMO:
    AUTHENTICATION_BACKENDS.append("fieldsvc.demo.signin.DemoPasswords")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]
PHONENUMBER_DEFAULT_REGION = os.environ.get("PHONE_REGION", "CN")
ACCOUNTS = {  # and more: accounts/conf.py
    "CODE_SENDER": "notifications.services.send_code",
    "CODE_MAILER": "notifications.services.mail_code",
}
AXES_VERBOSE = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # so that nobody can lock others out from elsewhere
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
MIGRATION_MODULES = {"knox": None}  # our tokens take the place of its table
KNOX_TOKEN_MODEL = "accounts.DeviceToken"  # noqa: S105

# Background work: every app's jobs.py declares its tasks
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# The offline engine: see sync/registry.py
SYNC: dict[str, Any] = {
    "OPERATIONS": "fieldsvc.wiring.OPERATIONS",
    "DOCUMENTS": "fieldsvc.wiring.DOCUMENTS",
    "PREPARATIONS": "fieldsvc.wiring.PREPARATIONS",
    "OPEN_SCOPES": "fieldsvc.wiring.open_scopes",
    "SHOWN_TO": "fieldsvc.wiring.shown_to",
    "LOOKS_AFTER": "fieldsvc.wiring.looks_after",
    "TEAMS": "fieldsvc.wiring.teams",
    "FOUND_BY": ("name", "username", "phone"),
    "POKE": "notifications.bus.poke",
    "UPLOAD_ENDED": "fieldsvc.wiring.upload_ended",
    "SCHEMAS": "fieldsvc.wiring.SCHEMAS",
    "OLDEST_SCHEMA": 1,
}


# Photos and other files: see docs/uploads.md
def bucket(environment: Mapping[str, str]) -> dict[str, Any]:
    """A storage in S3 or its like; the credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": environment["UPLOADS_S3_BUCKET"],
            "endpoint_url": environment.get("UPLOADS_S3_ENDPOINT") or None,
            "region_name": environment.get("UPLOADS_S3_REGION") or None,
            "location": environment.get("UPLOADS_S3_PREFIX", ""),
            "default_acl": None,
            "file_overwrite": False,
        },
    }


UPLOADS_DIR = Path(os.environ.get("UPLOADS_DIR") or DATA_DIR / "uploads")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "uploads": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": UPLOADS_DIR,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
if os.environ.get("UPLOADS_S3_BUCKET"):
    STORAGES["uploads"] = bucket(os.environ)
UPLOADS: dict[str, Any] = {  # and more: sync/uploads/conf.py
    "MAX_BYTES": number("UPLOAD_MAX_BYTES", 25_000_000, least=1),
    "MAX_PIXELS": number("UPLOAD_MAX_PIXELS", 50_000_000, least=1),
}

# How many days the audit is kept, by what it is about: see docs/audit.md
AUDIT_DAYS = {"*": number("AUDIT_DAYS", 730), "sync.device": 180, "accounts.devicetoken": 180}

# The HTTP interface
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.signin.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["fieldsvc.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "fieldsvc.paging.CursorPages",
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "accounts.people.contacts.SearchBySight",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "fieldsvc.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "fieldsvc",
    "DESCRIPTION": "The open backend for field service that goes on working without signal.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "VisitStatusEnum": "tickets.visits.models.Visit.Status",
        "AbsenceKindEnum": "tickets.shifts.models.Absence.Kind",
        "AbsenceStateEnum": "tickets.shifts.models.Absence.State",
        "ShiftKindEnum": "tickets.shifts.models.Shift.Kind",
        "ShiftStateEnum": "tickets.shifts.models.Shift.State",
        "AttendanceStateEnum": "tickets.attendance.models.AttendanceDay.State",
        "NoticeChannelEnum": "notifications.choices.models.NoticeChoices.Channel",
        "OutgoingChannelEnum": "notifications.messages.models.Message.Channel",
        "OutgoingMessageStatusEnum": "notifications.messages.models.Message.Status",
        "AccountEventKindEnum": "tickets.households.models.AccountEvent.Kind",
        "AccountOfferStatusEnum": "tickets.households.models.AccountOffer.Status",
        "DataCopyStatusEnum": "tickets.data_copies.models.DataCopy.Status",
        "ErasureStatusEnum": "tickets.erasures.models.Erasure.Status",
        "RecoveryStatusEnum": "tickets.recoveries.models.Recovery.Status",
        "AttachmentKindEnum": "tickets.attachments.models.Attachment.Kind",
        "AttachmentStateEnum": "tickets.attachments.models.Attachment.State",
        "ClockStateEnum": "tickets.clock.models.TicketClock.State",
        "CallbackEventKindEnum": "tickets.callbacks.models.CallbackEvent.Kind",
        "CallbackStateEnum": "tickets.callbacks.models.Callback.State",
        "StaffComplaintEventKindEnum": "tickets.staff_complaints.models.StaffComplaintEvent.Kind",
        "StaffComplaintOutcomeEnum": "tickets.staff_complaints.models.StaffComplaint.Outcome",
        "StaffComplaintStateEnum": "tickets.staff_complaints.models.StaffComplaint.State",
        "HandOverStateEnum": "tickets.handovers.models.HandOver.State",
        "RepaymentSettlementEnum": "tickets.refunds.models.Repayment.Settlement",
        "ReplyKindEnum": "tickets.replies.models.ReplyTemplate.Kind",
        "CallResultEnum": "tickets.calls.models.Call.Result",
        "SaidCallResultEnum": "tickets.calls.serializers.RESULTS",
        "ConditionEnum": "parts.stock.models.Condition",
        "ConflictKindEnum": "sync.conflicts.models.Conflict.Kind",
        "GapSettlementEnum": "tickets.quotes.models.ConsentGap.Settlement",
        "InspectionSubjectEnum": "tickets.inspections.models.InspectionPlan.Subject",
        "ScorecardSubjectEnum": "tickets.scorecards.models.Subject",
        "KeepEnum": "sync.conflicts.models.Conflict.Keep",
        "DiscrepancySettlementEnum": "parts.discrepancies.models.Discrepancy.Settlement",
        "DiscrepancyKindEnum": "parts.discrepancies.models.Discrepancy.Kind",
        "StocktakeKindEnum": "parts.stocktakes.models.Stocktake.Kind",
        "StocktakeStatusEnum": "parts.stocktakes.models.Stocktake.Status",
        "HoldReasonEnum": "tickets.complaints.models.Ticket.HoldReason",
        "LocationKindEnum": "parts.locations.models.Location.Kind",
        "MovementReasonEnum": "parts.stock.models.StockMovement.Reason",
        "CheckInKindEnum": "tickets.visits.models.CheckIn.Kind",
        "PartUseKindEnum": "tickets.visits.models.PartUse.Kind",
        "TicketSourceEnum": "tickets.complaints.models.Ticket.Source",
        "TicketStatusEnum": "tickets.complaints.models.Ticket.Status",
        "PartUnitEnum": "parts.catalogue.models.Part.Unit",
        "PriceItemKindEnum": "tickets.prices.models.PriceItem.Kind",
        "PriceUnitEnum": "tickets.prices.models.PriceItem.Unit",
        "RoutePlanStatusEnum": "tickets.routes.models.RoutePlan.Status",
        "PlannedStopStatusEnum": "tickets.routes.models.PlannedStop.Status",
        "PlannedStopChangeEnum": "tickets.routes.models.PlannedStop.Change",
        "ReceiptStatusEnum": "sync.operations.models.Receipt.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "fieldsvc.openapi.describe_problems",
    ],
}

# The admin site
UNFOLD = {"SITE_TITLE": "fieldsvc", "SITE_HEADER": "fieldsvc"}

# Notices
SMS_GATEWAY: dict[str, Any] = {  # see notifications/gateways/http_sms.py
    "url": os.environ.get("SMS_GATEWAY_URL", ""),
    "method": os.environ.get("SMS_GATEWAY_METHOD", "POST"),
    "headers": json.loads(os.environ.get("SMS_GATEWAY_HEADERS", "{}")),
    "json": json.loads(os.environ.get("SMS_GATEWAY_JSON", '{"to": "{to}", "text": "{text}"}')),
    "timeout": float(os.environ.get("SMS_GATEWAY_TIMEOUT", "10")),
}
SMS_INBOUND: dict[str, Any] = {  # see tickets/incoming_sms/webhook.py
    "secret": os.environ.get("SMS_INBOUND_SECRET", ""),
    "fields": {
        "provider_id": os.environ.get("SMS_INBOUND_ID", "id"),
        "sender": os.environ.get("SMS_INBOUND_FROM", "from"),
        "text": os.environ.get("SMS_INBOUND_TEXT", "text"),
    },
}
EMAIL_HOST = os.environ.get("SMTP_HOST", "")  # see notifications/gateways/mail.py
EMAIL_PORT = number("SMTP_PORT", 587, least=1)
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = flag("SMTP_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "fieldsvc@localhost")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "").rstrip("/")
VAPID_PRIVATE_KEY = os.environ.get("VAPID_PRIVATE_KEY", "")  # `manage.py vapid_key` makes one
VAPID_SUBJECT = os.environ.get("VAPID_SUBJECT") or f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}"
PUSH_SERVICES = words(
    "PUSH_SERVICES",
    "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
)
NOTICE_ESCALATION = steps("NOTICE_ESCALATION", "sms:10,dispatchers:20,supervisors:30")
NOTICES = {  # see notifications/surroundings.py
    "FREE_TICKETS": "fieldsvc.wiring.free_tickets",
    "ESCALATED": "fieldsvc.wiring.escalated",
    "ACKNOWLEDGED": "fieldsvc.wiring.acknowledged",
}

# Tickets
ERASURE_DAYS = number("ERASURE_DAYS", 30)
RECOVERY_WAIT_HOURS = number("RECOVERY_WAIT_HOURS", 48)
CONFIRMATION_DAYS = number("CONFIRMATION_DAYS", 5)
WINDOW_CHANGE_HOURS = number("WINDOW_CHANGE_HOURS", 4)
CHECK_IN_TOP_SPEED_KMH = number("CHECK_IN_TOP_SPEED_KMH", 200)
ATTENDANCE_TOLERANCE_MINUTES = number("ATTENDANCE_TOLERANCE_MINUTES", 5)
ATTENDANCE_JUDGED_AFTER_MINUTES = number("ATTENDANCE_JUDGED_AFTER_MINUTES", 60)
APPOINTMENT_REMINDER_HOURS = number("APPOINTMENT_REMINDER_HOURS", 24)
CONTRACT_REMINDER_DAYS = days("CONTRACT_REMINDER_DAYS", "-30,-7")
WARRANTY_REMINDER_DAYS = days("WARRANTY_REMINDER_DAYS", "-14")
OSRM: dict[str, Any] = {  # see tickets/travel/roads.py
    "url": os.environ.get("OSRM_URL", ""),
    "profile": os.environ.get("OSRM_PROFILE", "driving"),
    "timeout": float(os.environ.get("OSRM_TIMEOUT", "5")),
    "table_size": number("OSRM_TABLE_SIZE", 100, least=2),
}
OFFER_AGAIN_HOURS = number("OFFER_AGAIN_HOURS", 24)
SUGGESTION_HOURS = number("SUGGESTION_HOURS", 72, least=1)
UNDIAGNOSED_DAYS = number("UNDIAGNOSED_DAYS", 3, least=1)
DISSATISFIED_AT = number("DISSATISFIED_AT", 2)
CALLBACK_ATTEMPTS = number("CALLBACK_ATTEMPTS", 3, least=1)
SAMPLE_SIZE = number("SAMPLE_SIZE", 20, least=1)
SAMPLE_INCONSISTENT_FROM = number("SAMPLE_INCONSISTENT_FROM", 3)
OPEN311_PUBLIC = words("OPEN311_PUBLIC")
OPEN311_CONTACT = os.environ.get("OPEN311_CONTACT", "")
OPEN311_KEY_SERVICE = os.environ.get("OPEN311_KEY_SERVICE", "")
OPEN311_REQUESTS_PER_MINUTE = number("OPEN311_REQUESTS_PER_MINUTE", 120, least=1)
OPEN311_FILED_PER_HOUR = number("OPEN311_FILED_PER_HOUR", 60, least=1)

# Charges: amounts are in minor units of a currency
BILL_DUE_DAYS = number("BILL_DUE_DAYS", 14)
BILL_REMINDER_DAYS = days("BILL_REMINDER_DAYS", "-3,1,8")
REFUND_APPROVAL_LIMIT = number("REFUND_APPROVAL_LIMIT", 20_000)
REFUND_CONFIRMED_DAYS = number("REFUND_CONFIRMED_DAYS", 7)
OVERCHARGE_PERCENT = number("OVERCHARGE_PERCENT", 200)
PAYMENT_PROVIDER: dict[str, Any] = {  # see tickets/payments/providers/http.py
    "url": os.environ.get("PAYMENT_PROVIDER_URL", ""),
    "headers": json.loads(os.environ.get("PAYMENT_PROVIDER_HEADERS", "{}")),
    "json": json.loads(
        os.environ.get(
            "PAYMENT_PROVIDER_JSON",
            '{"reference": "{reference}", "amount": "{amount}", "currency": "{currency}", "text": "{description}"}',
        )
    ),
    "page": os.environ.get("PAYMENT_PROVIDER_PAGE", "url"),
    "identifier": os.environ.get("PAYMENT_PROVIDER_IDENTIFIER", "id"),
    "refund_url": os.environ.get("PAYMENT_PROVIDER_REFUND_URL", ""),
    "refund_json": json.loads(
        os.environ.get(
            "PAYMENT_PROVIDER_REFUND_JSON",
            '{"reference": "{reference}", "payment": "{payment}", "amount": "{amount}", "currency": "{currency}"}',
        )
    ),
    "refund_identifier": os.environ.get("PAYMENT_PROVIDER_REFUND_IDENTIFIER", "id"),
    "refund_state": os.environ.get("PAYMENT_PROVIDER_REFUND_STATE", ""),
    "refund_done": os.environ.get("PAYMENT_PROVIDER_REFUND_DONE", ""),
    "timeout": float(os.environ.get("PAYMENT_PROVIDER_TIMEOUT", "10")),
    "secret": os.environ.get("PAYMENT_PROVIDER_SECRET", ""),
}

# Parts
REQUISITION_LIMIT = Decimal(os.environ.get("REQUISITION_LIMIT", "5000"))
PROPOSE_AGAIN_HOURS = int(os.environ.get("PROPOSE_AGAIN_HOURS", "24"))
STOCKTAKE_LIMIT = Decimal(os.environ.get("STOCKTAKE_LIMIT", "200"))

# Security
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not SAFE_TO_SHOW
SECURE_HSTS_SECONDS = 0 if SAFE_TO_SHOW else number("HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = flag("HSTS_WHOLE_DOMAIN")
SECURE_SSL_REDIRECT = not SAFE_TO_SHOW and flag("SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_PROXY") else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes speak plain HTTP
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000

LOGGING = logs.configure(readable=SAFE_TO_SHOW)
