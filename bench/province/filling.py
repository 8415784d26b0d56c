"""What ``bench.province.fill`` does once Django is set up: an archive, and the work that lies on the desks."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, connections, transaction

from bench.province import base, blocks
from bench.province.base import Base, Spot
from bench.province.blocks import Block, Copyist, World
from bench.province.plans import Plan, plan
from bench.province.stream import Sealer, Stream
from bench.province.tables import TABLES, Indexes, Loader, alias_of, model_of, schema
from linli.foundation.worktime import SHANGHAI
from linli.kernel.cases.models import NumberBlock
from linli.kernel.cases.queries.codes import tracking_code
from linli.kernel.figures import models as figures
from linli.kernel.journal.models import Cursor, Event, Seal, Sequencer
from linli.kernel.journal.registry import STREAMS
from linli.kernel.journal.services import sequencing
from linli.kernel.vault.memory import keys

SEED = "linli"
RATE, SHORTEST, LONGEST = 1111, 90, 1095  # cases a day, and days
OPEN = 6000  # at any size: what is open lies on desks, and desks do not grow with the archive
ON_THE_DESK = {"rated after 1": 30, "rated after 6": 30, "lapsed after 4": 20}  # of the clerk who is asked
FIRST_SERIAL, SERIALS = 1_000, 9_000_000  # after the stories' own; of what is open
ASKED = 60


def fill(cases: int, file: Path) -> dict[str, Any]:
    """Fill a copy of the base up to ``cases``; return what to ask for, and how long each part took."""
    began = time.monotonic()
    known = base.read(file)
    world, held, opened = _world(known, cases)
    before = {alias: schema(alias) for alias in ("default", "keys")}
    loader, indexes = Loader(), Indexes(TABLES)
    _in_a_hurry()
    indexes.put_away()
    asked = _load(world, held, opened, loader, cases)
    loaded = time.monotonic() - began
    indexes.set_up()
    if {alias: schema(alias) for alias in ("default", "keys")} != before:
        raise RuntimeError("The schema is not what it was before loading.")
    _go_on_from(world)
    _settle_down()
    return asked | {
        "rows": dict(loader.rows), "seconds": dict(loader.seconds), "index_seconds": dict(indexes.seconds),
        "loading": loaded, "all": time.monotonic() - began, "bytes": _bytes(),
        "tables": {name: model_of(name)._meta.db_table for name in TABLES},  # noqa: SLF001 -- Django's public model API
        "places": [str(spot.building) for spot in known.spots[:2000]], "days": len(world.per_day), "open": OPEN,
    }  # fmt: skip


def _world(known: Base, cases: int) -> tuple[World, list[Plan], dict[str, Plan]]:
    closed, shares, held, opened = [], [], [], {}
    for story in known.stories:
        whole = plan(story, len(story.stages))
        closed.append(whole)
        shares.append(max(1, story.line.weight * 100 // len(story.line.categories)))
        for step, share in story.line.open_after.items():
            cut = plan(story, story.line.steps.index(step) + 1)
            held += [cut] * max(1, share * 10 // len(story.line.categories))
    for wanted in ON_THE_DESK:
        opened[wanted] = _on_the_desk(known, wanted)
    archive = max(0, cases - OPEN)
    days = min(LONGEST, max(SHORTEST, archive // RATE))
    weights = _weights(known.spots)
    now = datetime.now(UTC).replace(microsecond=0)
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0).astimezone(UTC)
    began = today - timedelta(days=days)
    per_day = [archive * (n + 1) // days - archive * n // days for n in range(days)]
    share = _largest(known.spots, weights)
    world = World(
        spots=known.spots, weights=weights, closed=closed, shares=shares, tokens=_tokens(known, [*closed, *held, *opened.values()]),
        index_key=keys.index_key(), master=keys._master(keys.current_generation()), generation=keys.current_generation(),  # noqa: SLF001 -- as the vault wraps its own
        seed=f"{SEED}:{cases}", began=began, now=now, per_day=per_day, room=int(max(per_day) * share * 2) + 40, first_serial=FIRST_SERIAL,
    )  # fmt: skip
    return world, held, opened


def _on_the_desk(known: Base, wanted: str) -> Plan:
    """The plan of that state which lies on the community's desk."""
    for story in known.stories:
        cut = plan(story, int(wanted.rpartition(" ")[2])) if wanted.startswith(story.line.name) else None
        if cut and cut.is_open and cut.held_by == "community":
            return cut
    raise LookupError(wanted)


def _weights(spots: list[Spot]) -> list[float]:
    """Some counties, streets and grids have several times as much as others."""
    random = Random(SEED)
    lots: dict[str, float] = {}
    weights = []
    for spot in spots:
        parts = spot.path.split("/")
        weight = 1.0
        for depth, spread in ((4, 0.6), (5, 0.5), (6, 0.4)):
            place = "/".join(parts[:depth])
            lots.setdefault(place, random.lognormvariate(0, spread))
            weight *= lots[place]
        weights.append(weight)
    return weights


def _largest(spots: list[Spot], weights: list[float]) -> float:
    sums: dict[str, float] = {}
    for spot, weight in zip(spots, weights, strict=True):
        sums[spot.county] = sums.get(spot.county, 0) + weight
    return max(sums.values()) / sum(weights)


def _tokens(known: Base, plans: list[Plan]) -> tuple[list[str], dict[str, str]]:
    """What finds a case besides its number: the words of each place and of each category, cut once."""
    from linli.kernel.places import queries as places  # noqa: PLC0415 -- reads the register of places
    from linli.kernel.rulebook import queries as rulebook  # noqa: PLC0415 -- as above
    from linli.shell.search.queries import tokens_of  # noqa: PLC0415 -- as above

    day = datetime.now(UTC).date()
    catalogue = rulebook.categories(known.spots[0].path, day)
    said = {
        code: tokens_of([one.label for one in catalogue.chain(code)])
        for code in {found.category for found in plans}
    }
    names = [tokens_of([place.name for place in places.chain(spot.building, day)]) for spot in known.spots]
    return names, said


def _load(
    world: World, held: list[Plan], opened: dict[str, Plan], loader: Loader, cases: int
) -> dict[str, Any]:
    seals = {
        stream: Seal.objects.filter(stream=stream, kind="hourly").order_by("-to_position").first()
        for stream in STREAMS
    }
    sealers = {stream: Sealer(stream, seal, loader) for stream, seal in seals.items()}
    last = {
        stream: STREAMS[stream].source.objects.order_by("-id").values_list("id", flat=True).first()
        for stream in STREAMS
    }
    stream = Stream(loader, sealers["events"], sealers["reads"], last["events"], last["reads"])
    asked = _open(world, held, opened, stream, cases)
    told = time.monotonic()
    for block in _days(world):
        stream.take(block)
        if time.monotonic() - told > 20:
            told = time.monotonic()
            print(f"    {stream.cases:,} cases, {stream.event:,} events", flush=True)
    stream.finish()
    return asked | {"cases": stream.cases, "events": stream.event}


def _days(world: World) -> Iterator[Block]:
    """Make the days in processes of their own, and take them in their order."""
    connections.close_all()  # a connection is of one process
    context = multiprocessing.get_context("fork")
    with context.Pool(min(os.cpu_count() or 1, 4), blocks.begin, (world,)) as pool:
        _in_a_hurry()
        yield from pool.imap(blocks.day, range(len(world.per_day)))


def _open(
    world: World, held: list[Plan], opened: dict[str, Plan], stream: Stream, cases: int
) -> dict[str, Any]:
    """Write what is open: what lies on the desk that is asked, and the rest anywhere. Its events wait for their time."""
    random = Random(f"{world.seed}:open")
    copyist, block = Copyist(world), Block(0)
    now = datetime.now(UTC).replace(microsecond=0)
    asked: dict[str, list[UUID]] = {}
    wanted = [name for name, count in ON_THE_DESK.items() for _n in range(count)]
    mine = [
        number
        for number, spot in enumerate(world.spots)
        if spot.seats["community"] == world.spots[0].seats["community"]
    ]
    for number in range(min(OPEN, cases)):
        name = wanted[number] if number < len(wanted) else ""
        found = opened[name] if name else random.choice(held)
        spot = random.choice(mine) if name else random.choices(range(len(world.spots)), world.weights)[0]
        at = now - found.length - _since(found, random)
        pk = copyist.write(block, found, spot, at, SERIALS + number, random)
        asked.setdefault(name, []).append(pk)
    block.events.sort(key=lambda told: told.at)
    stream.take(block)
    return _asked(asked)


def _since(found: Plan, random: Random) -> timedelta:
    """How long ago the last event was: its clock has at least half of its time left."""
    longest = found.due_in / 2 if found.due_in and found.due_in > timedelta() else timedelta(days=2)
    return timedelta(seconds=int(max(60.0, min(longest.total_seconds(), 172_800) * random.random())))


def _asked(found: dict[str, list[UUID]]) -> dict[str, Any]:
    to_sort, to_check, in_hand = (found.get(name, []) for name in ON_THE_DESK)
    return {
        "to_sort": [[str(pk), 1] for pk in to_sort],
        "to_check": [str(pk) for pk in to_check], "in_hand": [str(pk) for pk in in_hand],
        "codes": [tracking_code(pk) for pk in in_hand],
    }  # fmt: skip


def _go_on_from(world: World) -> None:
    """Let the product go on where the bulk ended: numbers, positions, cursors."""
    counties = sorted({spot.county for spot in world.spots})
    with transaction.atomic():
        NumberBlock.objects.bulk_create(
            [NumberBlock(county=county, next_serial=SERIALS + OPEN + 1) for county in counties],
            update_conflicts=True, unique_fields=["county"], update_fields=["next_serial"],
        )  # fmt: skip
        for stream in STREAMS.values():
            last = stream.position.objects.order_by("-pk").values_list("pk", flat=True).first()
            Sequencer.objects.filter(stream=stream.name).update(position=last)
    last = Event.objects.order_by("-id").values_list("id", flat=True).first()
    Cursor.objects.update(position=last)
    figures.Progress.objects.update(position=last)
    if connection.vendor == "sqlite":
        for stream in STREAMS.values():
            newest = stream.source.objects.order_by("-id").values_list("id", flat=True).first()
            Sequencer.objects.filter(stream=stream.name).update(horizon=newest)
        return
    with connection.cursor() as cursor:
        for model in [*(stream.source for stream in STREAMS.values()), figures.Spot]:
            table = model._meta.db_table  # noqa: SLF001 -- Django's public model API
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608 -- names of our own tables
            )
    clock = sequencing._clock()  # noqa: SLF001 -- the sequencer's own idea of what is complete
    Sequencer.objects.update(horizon=clock.oldest, cluster=clock.cluster)


def _in_a_hurry() -> None:
    """What a power cut would take is made again; what is served afterwards is on disk (``_settle_down``)."""
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            if connections[alias].vendor == "postgresql":
                cursor.execute("SET synchronous_commit = off")
            else:
                cursor.execute("PRAGMA synchronous = OFF")


def _settle_down() -> None:
    """Freeze and count, as the database itself would have done over the years."""
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            if connections[alias].vendor == "postgresql":
                cursor.execute("VACUUM (FREEZE, ANALYZE)")
                cursor.execute("CHECKPOINT")
            else:
                cursor.execute("ANALYZE")


def _bytes() -> dict[str, list[int]]:
    """Return of each loaded table how many bytes its rows and its indexes take."""
    found = {}
    for name in TABLES:
        with connections[alias_of(name)].cursor() as cursor:
            if connection.vendor == "postgresql":
                table = model_of(name)._meta.db_table  # noqa: SLF001 -- Django's public model API
                cursor.execute(
                    "SELECT pg_table_size(%s::regclass), pg_indexes_size(%s::regclass)", [table, table]
                )
                found[name] = list(cursor.fetchone())
    return found
