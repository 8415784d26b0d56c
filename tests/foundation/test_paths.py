from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linli.foundation import paths

chains = st.lists(st.integers(1, 2**40), min_size=1, max_size=9)


def path_of(shorts: list[int]) -> str:
    path = ""
    for short in shorts:
        path = paths.child(path, short)
    return path


@given(chains)
def test_a_path_gives_back_its_short_ids(shorts):
    assert paths.shorts(path_of(shorts)) == shorts


@given(chains, chains)
def test_what_lies_under_a_path_is_one_range_in_binary_order(upper, other):
    path, tested = path_of(upper), path_of(other)
    within = path <= tested < paths.successor(path)

    assert within == (other[: len(upper)] == upper) == paths.contains(path, tested)


@given(chains, chains)
def test_everything_below_a_path_is_within_its_range(upper, lower):
    path = path_of(upper)

    assert path <= path_of([*upper, *lower]) < paths.successor(path)


def test_ancestors_are_listed_from_the_root_down():
    assert paths.ancestors("/1/5/z/") == ["/1/", "/1/5/", "/1/5/z/"]


def test_the_path_above_a_root_is_everywhere():
    assert [paths.parent(path) for path in ("/1/5/z/", "/1/", "")] == ["/1/5/", "", ""]


def test_under_nothing_is_everywhere_and_under_a_path_a_range():
    assert paths.under("") == paths.under("", "place__path")
    assert str(paths.under("/1/5/")) == "(AND: ('path__gte', '/1/5/'), ('path__lt', '/1/50'))"
