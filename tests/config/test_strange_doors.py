"""What scanners ask every site for is not there, whoever asks (reliability K5); and what a session's cookie is (H4)."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client

from tests.config.test_env import SERVER, manage
from tests.kernel.people.builders import signed_in
from tests.world import a_world

# A word list of our own: what administrators' pages, tools, copies and leftovers are called.
NAMES = ["admin", "administrator", "manage", "manager", "console", "dashboard", "debug", "__debug__", "silk", "silk/requests", "metrics/debug", "actuator", "actuator/env", "actuator/heapdump", "actuator/health", "env", "info", "trace", "dump", "heapdump", "druid", "druid/index.html", "swagger", "swagger-ui", "swagger-ui.html", "swagger-resources", "v2/api-docs", "v3/api-docs", "api-docs", "docs", "redoc", "openapi.json", "api", "api/docs", "api/v1/docs", "api/v1/schema", "api/swagger", "graphql", "graphiql", "phpmyadmin", "pma", "phpinfo.php", "info.php", "wp-admin", "wp-login.php", "wp-config.php", "xmlrpc.php", "index.php", "login.php", "shell.php", "cmd.jsp", "manager/html", "server-status", "server-info", "cgi-bin/test", "solr", "jenkins", "nexus", "gitlab", "grafana", "prometheus", "kibana", "nacos", "nacos/v1/auth/users", "eureka", "zipkin", "consul", "vault/config", "ruoyi", "prod-api", "dev-api", "captchaImage", "monitor/druid", "tool/gen", "jobs", "job/run", "ws", "sockjs-node", ".git", ".git/HEAD", ".git/config", ".gitignore", ".gitattributes", ".svn/entries", ".hg", ".bzr", ".DS_Store", ".env", ".env.local", ".env.production", ".venv/pyvenv.cfg", ".htaccess", ".htpasswd", ".ssh/id_rsa", ".aws/credentials", ".bash_history", ".idea/workspace.xml", ".vscode/settings.json", ".ci/run", ".dockerenv", "Dockerfile", "docker-compose.yml", "Makefile", "manage.py", "pyproject.toml", "requirements.txt", "requirements.lock", "package.json", "yarn.lock", "config", "config.php", "config.json", "config.yml", "config/settings", "config/settings/base.py", "settings.py", "local_settings.py", "wsgi.py", "asgi.py", "application.yml", "application.properties", "bootstrap.yml", "web.config", "WEB-INF/web.xml", "META-INF/MANIFEST.MF", "crossdomain.xml", "linli", "linli.sqlite3", "keys.sqlite3", "db.sqlite3", "database.sqlite", "var", "var/linli.sqlite3", "var/secrets.env", "secrets.env", "secrets.json", "backup", "backups", "backup.zip", "backup.tar.gz", "backup.sql", "dump.sql", "db.sql", "data.sql", "site.zip", "www.zip", "web.rar", "old", "new1", "test", "tests", "testing", "tmp", "temp", "media", "media/", "static", "static/", "static/admin/css/base.css", "static/../manage.py", "static/staticfiles.json", "files", "files/", "upload", "uploads", "export", "exports", "download", "downloads", "logs", "log", "log.txt", "error.log", "access.log", "debug.log", "console.log", "core", "nohup.out", "install", "install.php", "setup.php", "rest", "rest/users", "users", "user/list", "user/1", "users.json", "accounts", "accounts/login", "accounts/signup", "accounts/password/reset", "accounts/mfa", "account/login", "signup", "register", "password/reset", "reset", "oauth", "oauth/token", "token", "auth", "auth/login", "sso", "saml", "openid", ".well-known/openid-configuration", "proxy", "redirect", "url", "fetch", "ping", "version", "status", "healthz", "readyz", "livez", "_debug", "_profiler", "_ignition", "telescope", "horizon", "rails/info", "api/v1/users", "api/v1/accounts", "api/v1/people", "api/v1/admin", "api/v1/export", "api/v1/token", "api/v1/login", "api/v2", "api/internal", "api/private", "desk/admin", "desk/users", "desk/export", "desk/backup", "desk/shell", "desk/sql", "desk/debug", "desk/logs", "desk/settings", "desk/people/export", "desk/residents", "reports/export", "household", "households", "residents", "residents.csv", "cases", "cases.csv", "requests.csv", "me.json", "people.json", "report.csv", "sitemap_all.xml"]  # fmt: skip
ENDINGS = (
    ".bak",
    "~",
    ".old",
    ".swp",
    ".orig",
    ".zip",
    ".tar.gz",
    ".json",
    ".xml",
    ".sql",
    ".php",
    ".rar",
    ".1",
    ".save",
    ".tmp",
    ".inc",
)
COPIES = [f"{name}{ending}" for name in ("index", "report", "desk", "me", "find", "manage.py", "settings.py", "health", "home", "linli") for ending in ENDINGS]  # fmt: skip
OURS = {"metrics"}  # told to few; its own tests say to whom


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "clerk"])
def test_nothing_that_scanners_ask_for_is_there(who, figure):
    cache.clear()
    world = a_world("wanshan")
    client = Client() if who == "stranger" else signed_in(world.people["community"])
    asked = [path for path in (*NAMES, *COPIES) if path not in OURS]
    there = []
    for path in asked:
        answer = client.get(f"/{path}")
        to_door = answer.status_code == 302 and answer["Location"].startswith(("/desk/sign-in", "/sign-in"))
        if answer.status_code not in {400, 404} and not (who == "stranger" and to_door):
            there.append(f"{path}: {answer.status_code}")
    figure(
        "K5",
        f"paths that scanners know, as {who}",
        target="0 there",
        n=len(asked),
        floor=400,
        got=len(there),
    )
    assert there == []


@pytest.mark.slow  # starts Django afresh
def test_a_servers_cookies_belong_to_this_host_over_tls_and_to_no_script():
    ask = (
        "import json; from django.conf import settings as s; "
        "print(json.dumps({n: getattr(s, n) for n in dir(s) if n.startswith(('SESSION_COOKIE', 'CSRF_COOKIE'))}, default=str))"
    )
    done = manage("shell", "-v", "0", "-c", ask, **SERVER)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        held = {
            part: said[f"{cookie}_{part}"] for part in ("SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")
        }
        assert held == {"SECURE": True, "HTTPONLY": True, "SAMESITE": "Lax", "PATH": "/", "DOMAIN": None}
        assert said[f"{cookie}_NAME"].startswith("__Host-")
