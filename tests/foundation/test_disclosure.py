"""What the public is told of small numbers: nothing, however it asks."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.disclosure import FLOOR, Published

PLACES, KINDS = [f"p{n}" for n in range(6)], [f"k{n}" for n in range(5)]
CELLS = [(place, kind) for place in PLACES for kind in KINDS]
TABLES = st.fixed_dictionaries(
    {cell: st.one_of(st.integers(0, FLOOR + 3), st.integers(0, 400)) for cell in CELLS}
)
PAIRS = 1000


def a_filter(pick: random.Random) -> set[tuple[str, str]]:
    """Places and kinds as somebody ticks them: some of each, one, or all."""
    places = pick.sample(PLACES, pick.choice([1, 2, 5, 6]))
    kinds = pick.sample(KINDS, pick.choice([1, 2, 4, 5]))
    return {(place, kind) for place in places for kind in kinds}


def test_a_household_with_one_person_over_eighty_in_a_building_is_not_told():
    told = Published(
        {("三栋", "80岁以上"): 1, ("三栋", "其他"): 40, ("四栋", "80岁以上"): 12, ("四栋", "其他"): 33}
    )

    assert told.table([("三栋", "80岁以上"), ("三栋", "其他")]) == {
        ("三栋", "80岁以上"): None,
        ("三栋", "其他"): None,
    }
    assert told.count(lambda cell: cell[0] == "三栋") == 41
    assert told.table([("四栋", "80岁以上"), ("四栋", "其他")]) == {
        ("四栋", "80岁以上"): 12,
        ("四栋", "其他"): 33,
    }
    assert told.count(lambda cell: cell[1] == "80岁以上") is None, (
        "less what is told of 四栋 it would tell of one"
    )


def test_nothing_is_told_where_all_together_are_few_and_an_empty_cell_is_not_told_either():
    assert Published({("a", "x"): 4, ("a", "y"): 5}).count(lambda _cell: True) is None
    assert Published({("a", "x"): 0, ("a", "y"): 25}).table([("a", "x"), ("a", "y")]) == {
        ("a", "x"): None,
        ("a", "y"): None,
    }
    assert Published({("a", "x"): 10}).count(lambda _cell: True) == 10


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_every_group_is_large_and_the_groups_are_all_there_is(cells):
    told = Published(cells)

    assert all(group.count >= FLOOR for group in told.groups)
    grouped = [cell for group in told.groups for cell in group.cells]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == (set(CELLS) if sum(cells.values()) >= FLOOR else set())
    assert sum(group.count for group in told.groups) in (0, sum(cells.values()))


def test_no_difference_of_a_thousand_pairs_of_filters_tells_of_a_small_cell(figure):
    """Ask twice, subtract: where one answer lies within the other, what remains is large, or nothing at all."""
    pick = random.Random(20260311)
    answered = small = 0
    while answered < PAIRS:
        cells = {cell: pick.choice([0, 1, 2, 5, 9, 10, 30, 200]) for cell in CELLS}
        told = Published(cells)
        for _pair in range(100):
            inner, other = a_filter(pick), a_filter(pick)
            outer = inner | other
            if told.count(inner.__contains__) is None or told.count(outer.__contains__) is None:
                continue
            answered += 1
            small += outer != inner and sum(cells[cell] for cell in outer - inner) < FLOOR
    what = "pairs of filters, both answered, whose difference tells of a cell below 10"
    figure("L7", what, target="0", n=answered, floor=PAIRS, got=small)
    assert small == 0


def test_no_small_cell_follows_from_all_answers_there_are_together():
    """Every answer as an equation, solved exactly: no cell below the floor, nor a sum of some, is determined."""
    pick = random.Random(7)
    cells = {cell: pick.choice([0, 3, 9, 12, 40]) for cell in CELLS}
    told = Published(cells)
    filters = [a_filter(pick) for _n in range(PAIRS)] + [{cell} for cell in CELLS]
    answered = [wanted for wanted in filters if told.count(wanted.__contains__) is not None]
    basis: list[list[Fraction]] = []
    for wanted in answered:
        _reduce_into(basis, [Fraction(cell in wanted) for cell in CELLS])

    for cell in CELLS:
        alone = [Fraction(one == cell) for one in CELLS]
        determined = not any(_reduced(basis, alone))
        assert not determined or cells[cell] >= FLOOR, cell
    assert len(answered) >= 20


def _reduced(basis: list[list[Fraction]], row: list[Fraction]) -> list[Fraction]:
    for known in basis:
        lead = next(n for n, value in enumerate(known) if value)
        if row[lead]:
            factor = row[lead] / known[lead]
            row = [value - factor * other for value, other in zip(row, known, strict=True)]
    return row


def _reduce_into(basis: list[list[Fraction]], row: list[Fraction]) -> None:
    if any(row := _reduced(basis, row)):
        basis.append(row)
