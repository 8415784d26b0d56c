"""What was counted, and its sums by place, day and category."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from linli.foundation.paths import PathField
from linli.kernel.figures.choices import VALUES

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


class Spot(models.Model):
    """A place that sums are kept for, by its path ("/" is everywhere), so that sums can name it in 8 bytes.

    ``parent`` is the path above (null above everywhere): a place's children are one range
    of an index. A place that is moved has another path and is another spot.
    """

    path = PathField()
    parent = PathField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["path"], name="figures_spot_once")]
        indexes: ClassVar = [models.Index(fields=["parent"], name="figures_spot_children")]

    def __str__(self) -> str:
        return self.path


class Rollup(models.Model):
    """The sums of a family of figures at one place (with all under it), on one day, of one category.

    ``v1``, ``v2`` … are the figures by their ``column``; null is nothing, and 0 is never
    written. Side by side they share one key: each for itself weighed more than everything
    it summed up. ``category`` "" is the sum of all categories. Above the counties there is
    one row per county: nothing but its own county's events write a row.
    """

    place = models.ForeignKey(Spot, models.PROTECT, db_index=False, related_name="sums")
    day = models.DateField()
    county = models.CharField(max_length=6)
    family = models.CharField(max_length=32)
    category = models.CharField(max_length=64)

    class Meta:
        # The day before the category: a question for some days reads those days only, however long the archive.
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "family", "day", "category", "county"], name="figures_rollup_cell"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} {self.place_id} {self.day} {self.category or '*'}"


for _value in VALUES:
    Rollup.add_to_class(_value, models.BigIntegerField(null=True))


class Progress(models.Model):
    """Up to which position a figure has counted; the row "" is the consumer itself.

    A figure level with the consumer takes part in every batch; one declared later, or
    being rebuilt, catches up from the journal first.
    """

    figure = models.CharField(max_length=64, primary_key=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.figure or 'all'} up to {self.position}"
