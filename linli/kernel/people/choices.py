"""Fixed words of people: kinds of account and organisation, the three administrators."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kernel.rulebook.choices import Capability


class AccountKind(models.TextChoices):
    STAFF = "staff", _("工作人员")
    RESIDENT = "resident", _("居民")


class OrganisationKind(models.TextChoices):
    GOVERNMENT = "government", _("党政机关")
    STREET = "street", _("街道（乡镇）")
    COMMUNITY = "community", _("社区（村）")
    DEPARTMENT = "department", _("职能部门")
    SERVICE = "service", _("服务单位")
    PARTY = "party", _("党组织")
    OTHER = "other", _("其他组织")


# A desk of one of these kinds is the general desk of its level: matters climb from one to the next.
GENERAL_DESKS = ("grid", "community", "street", "county", "city", "province")

# 三权分立 (GB/T 22239-2019, level 3): three posts, three persons.
SYSTEM_ADMIN = "system_admin"
SECURITY_ADMIN = "security_admin"
AUDIT_ADMIN = "audit_admin"
ADMINISTRATORS = (SYSTEM_ADMIN, SECURITY_ADMIN, AUDIT_ADMIN)

# Words of people beside the rulebook's: no rule set can give these away.
ADMINISTER_SYSTEM = "administer_system"
ADMINISTER_SECURITY = "administer_security"
CONFIRM_GRANT = "confirm_grant"  # the second pair of eyes on an appointment
RESERVED = frozenset({ADMINISTER_SYSTEM, ADMINISTER_SECURITY, CONFIRM_GRANT})

# Nor can a rule set widen these: none of the three reads personal data or holds work.
ADMINISTRATORS_MAY = {
    SYSTEM_ADMIN: frozenset({ADMINISTER_SYSTEM, CONFIRM_GRANT, Capability.EDIT_RULES.value}),
    SECURITY_ADMIN: frozenset(
        {ADMINISTER_SECURITY, Capability.APPROVE_RULES.value, Capability.APPOINT.value}
    ),
    AUDIT_ADMIN: frozenset({Capability.AUDIT_READ.value}),
}
ADMINISTRATOR_LABELS = {
    SYSTEM_ADMIN: _("系统管理员"),
    SECURITY_ADMIN: _("安全管理员"),
    AUDIT_ADMIN: _("审计管理员"),
}
# A role that may do one of these is given by one person and confirmed by another.
WEIGHTY = RESERVED | {Capability.APPOINT.value, Capability.AUDIT_READ.value}


class EntryKind(models.TextChoices):
    SETUP = "setup", _("初次设置")
    INVITATION = "invitation", _("开通账号")
