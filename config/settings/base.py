"""What every installation shares."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]

INSTALLED_APPS = [
    "linli.shell",
    "linli.demo",
    "linli.apps.requests",
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
    "django_htmx",
    "ninja",
]
AUTH_USER_MODEL = "people.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
ROOT_URLCONF = "config.urls"
STATIC_URL = "static/"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
if (ROOT / "linli/kernel/vault/queries.py").exists():
    DATABASE_ROUTERS = ["linli.kernel.vault.queries.KeyStoreRouter"]
STAMP_SECONDS = 1
VAULT_CIPHER = "AES-GCM"
