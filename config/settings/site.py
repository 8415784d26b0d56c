"""What an installation says about itself, on one machine or on many: read from the environment."""

from __future__ import annotations

from config import env
from config.settings import base

VAULT_CIPHER = env.choice("LINLI_VAULT_CIPHER", "AES-GCM", "SM4-GCM")
BASE_MAP = env.text("LINLI_BASE_MAP", "")
DEMONSTRATION = env.flag("LINLI_DEMONSTRATION", default=False)  # /demo tells every login
SERVICE_PHONE = env.text("LINLI_SERVICE_PHONE", "12345")
LIMITS = env.rates("LINLI_LIMITS", base.LIMITS)
RETENTION = env.days("LINLI_RETENTION")
READ_LOG_MONTHS = env.number("LINLI_READ_LOG_MONTHS", base.READ_LOG_MONTHS)
SMS = env.toml("LINLI_SMS")
WECHAT = env.toml("LINLI_WECHAT")
CLOCK_GAP_DAYS = env.number("LINLI_CLOCK_GAP", base.CLOCK_GAP_DAYS)
OUTBOUND_PRIVATE = env.networks("LINLI_OUTBOUND_PRIVATE", "")
LEAST_FREE_MIB = env.number("LINLI_LEAST_FREE", base.LEAST_FREE_MIB)
METRICS_FROM = env.networks("LINLI_METRICS_FROM", ",".join(base.METRICS_FROM))
METRICS_TOKEN = env.optional_secret("LINLI_METRICS_TOKEN")
LOGGING = {"level": env.choice("LINLI_LOG_LEVEL", "INFO", "DEBUG", "WARNING")}
