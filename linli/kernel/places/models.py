"""The register of places: the tree, its codes and names by date, its outlines, its zones.

Coordinates are WGS-84 in units of 1e-7 degree, whole numbers, also inside an
outline's WKB: which side of a border a point lies on is then decided exactly.
A period runs from ``valid_from`` to ``valid_to``, the end not included; null is
"ever" and "until further notice".
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from linli.foundation.ids import new_id
from linli.foundation.paths import PathField
from linli.kernel.places.choices import Level, Scheme, ZoneKind

PERIOD = Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from"))
OPEN = Q(valid_to__isnull=True)


class Register(models.Model):
    """One row. Whoever changes a place locks it first, so that changes come one after another."""

    next_short = models.BigIntegerField(default=1)


class Revision(models.Model):
    """One row per change of the register; processes read what is newer than they know."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()


class Dated(models.Model):
    """Something true of a place for a time."""

    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    revision = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Place(Dated):
    """A node of the tree. ``id`` is identity and never reused; a QR code holds it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    short = models.BigIntegerField(unique=True)
    level = models.CharField(max_length=12, choices=Level)
    kind = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=60)
    official = models.CharField(max_length=80, blank=True)
    initials = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = PathField()
    county = models.CharField(max_length=6, blank=True)
    tags = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["path"], name="places_path_once"),
            models.CheckConstraint(condition=PERIOD, name="places_period"),
        ]
        indexes = [
            models.Index(fields=["level", "path"], name="places_level_path"),
            models.Index(fields=["revision"], name="places_place_revision"),
            models.Index(fields=["county", "level"], name="places_county_level"),
        ]

    def __str__(self) -> str:
        return self.name


class Code(Dated):
    """A code of a place for a time. Codes are aliases: they change, the place stays."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="codes")
    scheme = models.CharField(max_length=8, choices=Scheme, default=Scheme.STAT)
    code = models.CharField(max_length=24)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code"], condition=OPEN, name="places_code_open_once"),
            models.CheckConstraint(condition=PERIOD, name="places_code_period"),
        ]
        indexes = [
            models.Index(fields=["code"], name="places_code_code"),
            models.Index(fields=["revision"], name="places_code_revision"),
        ]

    def __str__(self) -> str:
        return self.code


class Alias(models.Model):
    """Another name people use for a place."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=60)
    source = models.CharField(max_length=120, blank=True)
    initials = models.CharField(max_length=60, blank=True)
    revision = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "name"], name="places_alias_once")]
        indexes = [models.Index(fields=["revision"], name="places_alias_revision")]

    def __str__(self) -> str:
        return self.name


class Outline(Dated):
    """The ground of a place. ``wkb`` and ``box`` (west, south, east, north) are in 1e-7 degree."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="outlines")
    wkb = models.BinaryField()
    box = models.JSONField()
    source = models.CharField(max_length=120)
    review_number = models.CharField(max_length=40, blank=True)  # 审图号
    is_schematic = models.BooleanField(default=False)  # 示意

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place"], condition=OPEN, name="places_outline_open_once"),
            models.CheckConstraint(condition=PERIOD, name="places_outline_period"),
        ]
        indexes = [models.Index(fields=["revision"], name="places_outline_revision")]


class Zone(models.Model):
    """Ground that may cross the tree: an estate, a ten-household group, a relocation site, a key area."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=ZoneKind)
    name = models.CharField(max_length=60)
    county = models.CharField(max_length=6, blank=True)
    tags = models.JSONField(default=list, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    places = models.ManyToManyField(Place, through="ZoneMember", related_name="zones")

    def __str__(self) -> str:
        return self.name


class ZoneMember(models.Model):
    """A place that belongs to a zone, wholly or in part."""

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="members")
    place = models.ForeignKey(Place, models.PROTECT, related_name="zone_members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "place"], name="places_zone_member_once")]


class Housing(Dated):
    """The grid a building belongs to, for a time. The database refuses two grids at one date."""

    building = models.ForeignKey(Place, models.CASCADE, related_name="housings")
    grid = models.ForeignKey(Place, models.PROTECT, related_name="housed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building"], condition=OPEN, name="places_building_one_grid"),
            models.CheckConstraint(condition=PERIOD, name="places_housing_period"),
        ]
        indexes = [models.Index(fields=["revision"], name="places_housing_revision")]
