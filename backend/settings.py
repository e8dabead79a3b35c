"""All settings of the server, read from the environment by typed readers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF

from backend import channels, embedded, logging
from backend.env import Environment


django_stubs_ext.monkeypatch()  # `ModelAdmin[Row]` is a type for mypy only, else

BASE_DIR = Path(__file__).resolve().parent.parent
RUN_DIR = BASE_DIR / ".run"

env = Environment(os.environ)

# --- Which kind of server is this? ---------------------------------------------------
# Without any of these four, nothing says that this is a real server: then it is the
# demo, with servers of its own, on this machine only.
PRODUCTION_NAMES = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL")
DEMO = env.flag("DEMO", default=not any(name in env for name in PRODUCTION_NAMES))
# Off even in the demo: what is shown there is what a clinic would see.
DEBUG = env.flag("DEBUG", default=False)
DEMO_PASSWORD = "rootwatch-demo-2026"  # noqa: S105  (published; demo accounts only)

if not DEMO:
    env.require(
        "SECRET_KEY",
        "It signs sessions; make one with: python -c "
        "'import secrets; print(secrets.token_urlsafe(50))'.",
        "a-long-random-text",
    )
    env.require("ALLOWED_HOSTS", "The names this server answers to.", "rootwatch.org")
    env.require("DATABASE_URL", "Where PostgreSQL is.", "postgresql://u:p@db:5432/name")
    env.require("REDIS_URL", "Where Redis is.", "redis://redis:6379/0")
    if DEBUG:
        env.refuse("DEBUG=yes shows patient data in error pages; it needs DEMO=yes.")

SECRET_KEY = env.secret("SECRET_KEY")
if DEMO and not SECRET_KEY:
    SECRET_KEY = embedded.secret_key(embedded.Home(RUN_DIR))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])
#: Where people open this server; the e-mails of alerts link to it.
PUBLIC_URL = env.url(
    "PUBLIC_URL", schemes=("https", "http"), example="https://rootwatch.org"
) or (
    "http://127.0.0.1:8000"
    if DEMO
    else f"https://{next(iter(ALLOWED_HOSTS), 'localhost')}"
)

# --- What is installed ---------------------------------------------------------------
ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
AUTH_USER_MODEL = "tracker.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "backend.apps.BackendConfig",
    "dashboard",  # before allauth and admin: its templates win
    "alerts",
    "analytics",
    "tracker",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pghistory",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # a picture needs no line in the log
    "backend.middleware.AccessLog",
    "backend.middleware.PhoneDoor",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backend.languages.ReadersLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "backend.middleware.SecondFactor",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backend.languages.choices",
            ],
        },
    }
]

# --- PostgreSQL ----------------------------------------------------------------------
DATABASE_URL = env.url(
    "DATABASE_URL",
    schemes=("postgresql", "postgres"),
    example="postgresql://user:password@host:5432/rootwatch",
)
#: Connections that one web process keeps open; 0 means one for each thread, no pool.
DATABASE_POOL_SIZE = env.number("DATABASE_POOL_SIZE", 10, most=500)

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "backend.pooled",
        **embedded.connection_settings(DATABASE_URL),
        "CONN_MAX_AGE": 0 if DATABASE_POOL_SIZE else 60,
        "CONN_HEALTH_CHECKS": not DATABASE_POOL_SIZE,  # else backend.pooled looks
        "OPTIONS": {
            # Django's None would forbid even those that ask for it (tracker's
            # selectors.prepared); so none is prepared for being frequent alone.
            "prepare_threshold": 2**31,
            **dict(parse_qsl(urlsplit(DATABASE_URL).query)),
        },
    }
}
if DATABASE_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 10,
        # As long as a request waits. Psycopg's own five minutes, each pause twice the
        # last, would keep a process from a database that has long come back.
        "reconnect_timeout": 10,
    }
if DEMO and not DATABASE_URL:
    DATABASES["default"] |= {"ENGINE": "backend.postgresql", "NAME": embedded.DATABASE}

# --- Redis: broker and cache. Nothing that a patient needs waits for it. -------------
REDIS_URL = env.url(
    "REDIS_URL", schemes=("redis", "rediss", "unix"), example="redis://host:6379/0"
)
if DEMO and not REDIS_URL:
    REDIS_URL = embedded.redis_url(embedded.Home(RUN_DIR))

CACHES = {
    "default": {
        "BACKEND": "backend.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "rootwatch",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.3,
        },
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlasts any outage
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # longer than any task may run
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY = False  # a hint may be lost; the sweep finds the row
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

# --- Live hints: each open stream holds a thread of the web server. -------------------
#: Threads of one web process; 0 when whoever starts the server does not say.
WEB_THREADS = env.number("WEB_THREADS", 0, most=1000)
#: Streams that one web process holds; the other threads are for everybody else.
LIVE_STREAMS = env.number("LIVE_STREAMS", WEB_THREADS * 3 // 4, most=1000)

# --- Who may come in -----------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["backend.accounts.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1] |= {"OPTIONS": {"min_length": 12}}  # type: ignore[dict-item]

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an invitation handed over by the clinic does it
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"

ACCOUNT_ADAPTER = "backend.accounts.AccountAdapter"

HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "backend.accounts.TokenStrategy"  # noqa: S105

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Rootwatch"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO
REQUIRE_CLINICIAN_MFA = env.flag("REQUIRE_CLINICIAN_MFA", default=not DEMO)

#: Proxies in front of this server whose X-Forwarded-For can be believed.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, most=10)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- The API -------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backend.accounts.AppToken",
        "backend.accounts.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tracker.api.parsers.BoundedJson"],
    "DEFAULT_PAGINATION_CLASS": "tracker.api.paging.Pages",
    "DEFAULT_THROTTLE_CLASSES": [
        "tracker.api.throttles.AnonThrottle",
        "tracker.api.throttles.UserThrottle",
        "tracker.api.throttles.ScopedThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.rate("THROTTLE_ANON", "60/min"),
        "user": env.rate("THROTTLE_USER", "600/min"),
        "sync": env.rate("THROTTLE_SYNC", "300/min"),
        "enrol": env.rate("THROTTLE_ENROL", "20/hour"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "backend.errors.problem_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rootwatch",
    "DESCRIPTION": "The diary of people with a pinched nerve in the lower back.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Without drf-spectacular's naming of enums: it names them by chance of order.
    "POSTPROCESSING_HOOKS": ["backend.schema.document_problems"],
}

# --- Time, words, files --------------------------------------------------------------
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-gb"
USE_I18N = True
# What patients read. A language is added by its line here and its folder in
# backend/locale, which `manage.py translations` fills.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "backend" / "locale"]
#: What the pages are read in; the other languages are for what patients are sent.
PAGE_LANGUAGES = [("en", "English"), ("de", "Deutsch")]

STATIC_URL = "static/"
STATIC_ROOT = (RUN_DIR / "static") if DEMO else (BASE_DIR / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEMO  # the demo serves the apps' own files, never stale ones
if DEMO:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns without it
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# --- Mail ----------------------------------------------------------------------------
EMAIL_FILE_PATH = RUN_DIR / "mail"
EMAIL_URL = env.url(
    "EMAIL_URL",
    schemes=("smtp", "smtps", "smtp+tls"),
    example="smtp+tls://user:password@mail.example:587",
)
EMAIL_PROVIDER = ""
globals().update(channels.mail(EMAIL_URL, demo=DEMO))
globals().update(channels.mail_provider(env))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "rootwatch@localhost")

# --- What an operator sees -----------------------------------------------------------
LOGGING = logging.configuration(
    readable=DEMO,
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
)
# Ways to people beside e-mail (docs/channels.md); each is off until it is set up.
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")
FCM_SERVICE_ACCOUNT = env.text("FCM_SERVICE_ACCOUNT")
FCM_URL = "https://fcm.googleapis.com"
APNS_KEY, APNS_KEY_ID = env.text("APNS_KEY"), env.text("APNS_KEY_ID")
APNS_TEAM_ID, APNS_TOPIC = env.text("APNS_TEAM_ID"), env.text("APNS_TOPIC")
APNS_URL = (
    env.url(
        "APNS_URL", schemes=("https",), example="https://api.sandbox.push.apple.com"
    )
    or "https://api.push.apple.com"
)
TWILIO_ACCOUNT, TWILIO_TOKEN = env.text("TWILIO_ACCOUNT"), env.text("TWILIO_TOKEN")
TWILIO_FROM, TWILIO_URL = env.text("TWILIO_FROM"), "https://api.twilio.com"
SMS_GATEWAY_URL = env.url(
    "SMS_GATEWAY_URL", schemes=("https", "http"), example="https://sms.example/send"
)
SMS_GATEWAY_TOKEN = env.text("SMS_GATEWAY_TOKEN")
SMS_FOR_PATIENTS = env.flag("SMS_FOR_PATIENTS", default=False)
# How many messages a channel may send, and each person may be sent by each of them;
# emergencies do not wait for it. Nothing means no limit.
CHANNEL_LIMITS = channels.limits(env)
PERSON_LIMIT = env.rate("LIMIT_PERSON", "30/min")
# Whether webhooks and push services may lie inside the operator's own network.
OUTGOING_PRIVATE = env.flag("OUTGOING_PRIVATE", default=False)

METRICS_TOKEN = env.text("METRICS_TOKEN")
# Asked once a minute while every alert is on schedule (backend/dead_man.py).
DEAD_MAN_URL = env.url(
    "DEAD_MAN_URL", schemes=("https", "http"), example="https://hc.example/ping/ID"
)

# --- What a browser is told ----------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEMO
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 31_536_000  # a year
CSRF_FAILURE_VIEW = "backend.errors.csrf_failure"
CSRF_COOKIE_HTTPONLY = False  # htmx sends it as a header
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=not DEMO)
if env.flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

env.finish()
