"""What was counted, and its sums by place, day and category."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from linli.foundation.paths import PathField

# The running total of a stock figure lies under this day, after every real one.
STANDING_DAY = date(9999, 12, 31)


class Counted(models.Model):
    """One event as one figure counted it: what a figure drills down to.

    ``part`` is 0 for the count itself; 1 where a stock takes its subject's count away
    from the place or category where it stood before. ``value`` is in the figure's unit.
    """

    figure = models.CharField(max_length=64)
    position = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    county = models.CharField(max_length=6)
    path = PathField()
    day = models.DateField()
    category = models.CharField(max_length=64)
    value = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["figure", "position", "part"], name="figures_counted_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["figure", "path", "day"], name="figures_counted_place"),
            models.Index(fields=["subject_id"], name="figures_counted_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.position}.{self.part}: {self.value}"


class Standing(models.Model):
    """What a subject stands for in a stock figure now. What stands for nothing has no row."""

    figure = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    position = models.BigIntegerField()
    county = models.CharField(max_length=6)
    path = PathField()
    day = models.DateField()
    category = models.CharField(max_length=64)
    value = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["figure", "subject_id"], name="figures_standing_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["figure", "path", "position"], name="figures_standing_place")
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.subject_id}: {self.value}"


class Rollup(models.Model):
    """A figure's sum at one place (with all under it), on one day, of one category.

    ``category`` "" is the sum of all categories; ``place_path`` "/" is everywhere.
    ``parent`` is the path above ``place_path`` (null above everywhere), so that a
    place's children are one range of an index. Above the counties there is one row per
    county: nothing but its own county's events write a row.
    """

    county = models.CharField(max_length=6)
    figure = models.CharField(max_length=64)
    place_path = PathField()
    parent = PathField(null=True)
    day = models.DateField()
    category = models.CharField(max_length=64)
    value = models.BigIntegerField()

    class Meta:
        # Place first, so that the one constraint is also the index every question but that for children uses.
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place_path", "figure", "category", "day", "county"], name="figures_rollup_cell"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["parent", "figure", "category", "day"], name="figures_rollup_children"),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.place_path} {self.day} {self.category or '*'}: {self.value}"


class Progress(models.Model):
    """Up to which position a figure has counted; the row "" is the consumer itself.

    A figure level with the consumer takes part in every batch; one declared later, or
    being rebuilt, catches up from the journal first.
    """

    figure = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.figure or 'all'} up to {self.position}"
