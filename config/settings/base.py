"""What every installation shares. Nothing here reads the environment."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from linli.foundation import sqlite

ROOT = Path(__file__).parents[2]

INSTALLED_APPS = [
    "linli.shell",
    "linli.shell.search",
    "linli.demo",
    "linli.apps.requests",
    "linli.apps.privacy",
    "linli.kernel.figures",
    "linli.kernel.cases",
    "linli.kernel.notices",
    "linli.kernel.files",
    "linli.kernel.people",
    "linli.kernel.rulebook",
    "linli.kernel.places",
    "linli.kernel.vault",
    "linli.kernel.journal",
    "linli.foundation",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "config.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.HostCookies",
    "config.middleware.SamePolicy",
    "config.middleware.Refusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.SignInRequired",  # a page for everybody says so with @login_not_required
    "allauth.account.middleware.AccountMiddleware",
    "linli.shell.middleware.viewer",
    "linli.shell.middleware.staff_gate",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "people.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_ROUTERS = ["linli.kernel.vault.queries.KeyStoreRouter"]
SQLITE = sqlite.OPTIONS

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linli.shell.navigation.shell",
            ]
        },
    }
]
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "files": {"BACKEND": "linli.kernel.files.adapters.durable.DurableFiles"},  # under MEDIA_ROOT
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # what is not a file
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 12

# In each process's own memory: how much was asked for within the minute. Full, it forgets the oldest.
LOCAL_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "local",
    "OPTIONS": {"MAX_ENTRIES": 20_000},
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "local": LOCAL_CACHE,
}

# How long values are kept after their matter is closed, in days by code, where that is shorter than declared.
RETENTION: dict[str, int] = {}

# Who signs in, and how: residents by a code to their phone, staff by name, password and a second factor.
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["linli.shell.signin.sessions.Backend"]
PASSWORD_HASHERS = ["config.passwords.LanedArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "config.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "config.passwords.NotOurWords"},
]
ACCOUNT_ADAPTER = "linli.shell.signin.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}  # residents' door is linli.shell.signin.views.sign_in
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # closed: the adapter lets nobody sign up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/m/ip,5/15m/key",  # at most 20 an hour for an account, over any number of addresses
    "reauthenticate": "5/15m/user",
    "change_password": "5/15m/user",
    "phone_code": "10/h/ip,3/h/key",
    "phone_try": "60/h/ip",
    "entry_code": "20/h/ip",
}
MFA_ADAPTER = "linli.shell.signin.MFAAdapter"
MFA_FORMS = {
    "authenticate": "linli.shell.signin.forms.SecondFactor",
    "reauthenticate": "linli.shell.signin.forms.SecondFactorAgain",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "邻里"
MFA_RECOVERY_CODES_SHOW_ONCE = True
ALLAUTH_TRUSTED_PROXY_COUNT = 0

SESSION_ENGINE = "linli.shell.signin.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"

# Every script, font and style is ours, and nothing is inline, so that no nonce is needed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING_CONFIG = "config.logs.configure"
LOGGING = {"level": "INFO"}

# Ours, not Django's; explained in docs/settings.md.
STAMP_SECONDS = 1
STANDBYS_ARE_WATCHED = False  # by web processes on servers
HEALTH_SECONDS = 2  # for so long what /health and /metrics have asked is told again
LIMITS = {
    "report": "120/m",
    "photos": "30/m",
    "look_up": "600/m",
    "track": "300/m",
    "act": "60/m",
    "guess": "60/10m",
    "guess_all": "1000/10m",
}
VAULT_CIPHER = "AES-GCM"
BACKUPS_FOLDER = ""
BACKUP_KEY = ""
RESTORE_RECORD = ""
RESTORE_IS_WANTED = False  # on servers: is /health to ask for a proven restore?
BASE_MAP = ""
DEMONSTRATION = False
SERVICE_PHONE = "12345"
SMS: dict[str, object] = {}
WECHAT: dict[str, object] = {}
CLOCK_GAP_DAYS = 10  # farther than this a clock does not come on while nothing runs
OUTBOUND_PRIVATE: list[str] = []  # networks that are not public and are reached all the same
ROOTS_FOLDER = ""
READ_LOG_FOLDER = ""
READ_LOG_MONTHS = 36  # the law wants six at least
LEAST_FREE_MIB = 512
METRICS_FROM = ["127.0.0.0/8", "::1/128"]
METRICS_TOKEN = ""
