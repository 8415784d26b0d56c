"""Fixed words of people: kinds of account and organisation, the three administrators."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    STAFF = "staff", _("工作人员")
    RESIDENT = "resident", _("居民")


class OrganisationKind(models.TextChoices):
    GOVERNMENT = "government", _("党政机关")
    STREET = "street", _("街道（乡镇）")
    COMMUNITY = "community", _("社区（村）")
    DEPARTMENT = "department", _("职能部门")
    SERVICE = "service", _("服务单位")
    OTHER = "other", _("其他组织")


# A desk of one of these kinds is the general desk of its level: matters climb from one to the next.
GENERAL_DESKS = ("grid", "community", "street", "county", "city", "province")

# 三权分立 (GB/T 22239-2019, level 3): three posts, three persons.
SYSTEM_ADMIN = "system_admin"
SECURITY_ADMIN = "security_admin"
AUDIT_ADMIN = "audit_admin"
ADMINISTRATORS = (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)

# What a role may do. Roles are data (rulebook key "roles"); these words are not.
SUPERVISE = "supervise"
DISPATCH = "dispatch"
APPOINT = "appoint"
CONFIRM_GRANT = "confirm_grant"
ADMINISTER_SYSTEM = "administer_system"
ADMINISTER_SECURITY = "administer_security"
AUDIT = "audit"

# No rule set can widen these: none of them reads personal data or holds work.
ADMINISTRATORS_MAY = {
    SYSTEM_ADMIN: frozenset({ADMINISTER_SYSTEM, CONFIRM_GRANT}),
    SECURITY_ADMIN: frozenset({ADMINISTER_SECURITY, APPOINT}),
    AUDIT_ADMIN: frozenset({AUDIT}),
}
ADMINISTRATOR_LABELS = {
    SYSTEM_ADMIN: _("系统管理员"),
    SECURITY_ADMIN: _("安全管理员"),
    AUDIT_ADMIN: _("审计管理员"),
}
# A role that may do one of these is given by one person and confirmed by another.
WEIGHTY = frozenset({APPOINT, CONFIRM_GRANT, ADMINISTER_SYSTEM, ADMINISTER_SECURITY, AUDIT})
# Only the three administrators may do these, whatever a rule set says.
RESERVED = frozenset({CONFIRM_GRANT, ADMINISTER_SYSTEM, ADMINISTER_SECURITY, AUDIT})


class EntryKind(models.TextChoices):
    SETUP = "setup", _("初次设置")
    INVITATION = "invitation", _("开通账号")
