"""Random trees of places and desks: who is nearest on the way up, and where a matter climbs to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from linli.kernel.people.queries.desks import DeskRef, Desks

EXAMPLES = settings(max_examples=400, deadline=None)
GENERAL = ["grid", "community", "street", "county", "city", "province"]
KINDS = [*GENERAL, "property", "department:urban", "party"]


@dataclass(frozen=True)
class Spot:
    id: UUID
    path: str
    parent: Spot | None


@st.composite
def grounds(draw):
    """A tree of up to twelve places, and desks anywhere in it."""
    spots = [Spot(UUID(int=1), "/1/", None)]
    for number in range(2, draw(st.integers(2, 12)) + 1):
        parent = draw(st.sampled_from(spots))
        spots.append(Spot(UUID(int=number), f"{parent.path}{number}/", parent))
    seats = draw(
        st.lists(st.tuples(st.sampled_from(spots), st.sampled_from(KINDS)), max_size=14, unique=True)
    )
    desks = [
        DeskRef(UUID(int=100 + n), kind, kind, UUID(int=99), spot.id, spot.path, "520603", "")
        for n, (spot, kind) in enumerate(seats)
    ]
    return draw(st.sampled_from(spots)), spots, desks


def way_up(spot: Spot | None) -> list[Spot]:
    return [spot, *way_up(spot.parent)] if spot else []


def depth(desk: DeskRef) -> int:
    return desk.path.count("/")


@EXAMPLES
@given(grounds(), st.sampled_from(KINDS))
def test_the_nearest_desk_is_the_one_with_the_longest_path_on_the_way_up(ground, kind):
    spot, _spots, desks = ground

    found = Desks(desks).nearest(kind, way_up(spot))

    candidates = [desk for desk in desks if desk.kind == kind and spot.path.startswith(desk.path)]
    event("none" if not candidates else "found")
    assert (found and found.id) == (max(candidates, key=depth).id if candidates else None)


@EXAMPLES
@given(grounds())
def test_a_matter_climbs_strictly_and_comes_to_an_end(ground):
    spot, spots, desks = ground
    registry, chain = Desks(desks), way_up(spot)
    on_the_way = [desk for desk in desks if spot.path.startswith(desk.path)]
    for start in on_the_way:
        climbed, here = [], start
        while up := registry.parent_of(here.id, chain):
            assert up.is_general
            assert spot.path.startswith(up.path)
            assert depth(up) < depth(here) or (depth(up) == depth(here) and not here.is_general)
            assert up.id not in climbed
            climbed.append(up.id)
            here = up
        assert len(climbed) <= len(spots)
        above = [d for d in on_the_way if d.kind in GENERAL and depth(d) < depth(start)]
        if start.kind in GENERAL and above:
            nearest = max(depth(desk) for desk in above)
            assert depth(next(d for d in desks if d.id == climbed[0])) == nearest
        assert not [d for d in above if depth(d) < depth(here)], (
            "it stopped below a desk it could have reached"
        )
    event(f"{len(on_the_way)} desks on the way")
