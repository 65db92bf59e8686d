"""What a crew shares out is done once, in any number of threads, and nothing depends on how many there are."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from test_network import fingerprint, kazakhstan
from worlds import assert_same, differences

from model.columns import (
    GONE,
    IN_GROUP_KIN_DISPLAY,
    IN_GROUP_TIES,
    MOST_GROUPS,
    NATIONAL_DISPLAY,
    OTHER_CAMP_KIN_DISPLAY,
    OTHER_CAMP_TIES,
    PRESENT_TIES,
    Columns,
    counted,
    glances,
    look_of,
)
from model.crew import Crew, largest_first
from model.network import make_network
from model.society import Society


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("citizens", [0, 1, 1023, 1024, 50_000])
def test_blocks_are_everybody_once(threads: int, citizens: int) -> None:
    with Crew(threads) as crew:
        blocks = crew.blocks(citizens)
        done = crew.each(lambda first, last: list(range(first, last)), blocks)
    assert [number for block in done for number in block] == list(range(citizens))
    assert len(blocks) == 1 or threads > 1


def test_threads_work_at_the_same_time_and_answers_keep_their_order() -> None:
    """Each of two parts waits for the other: one after the other they would never end."""
    meeting = threading.Barrier(2, timeout=30)

    def answer(number: int) -> int:
        meeting.wait()
        return number

    with Crew(2) as crew:
        assert crew.each(answer, [(1,), (2,)]) == [1, 2]


def test_what_fails_in_a_thread_fails_in_the_caller() -> None:
    with Crew(2) as crew, pytest.raises(ZeroDivisionError):
        crew.each(lambda number: 1 // number, [(1,), (0,)])


def test_the_largest_part_is_begun_first() -> None:
    assert largest_first([3, 9, 0, 9]) == [1, 3, 0, 2]


def test_a_network_does_not_depend_on_who_drew_it() -> None:
    arguments = (11, *kazakhstan(20_000), 10.0, 0.85, 0.45)
    alone = make_network(*arguments)
    with Crew(3) as crew:
        assert fingerprint(make_network(*arguments, crew)) == fingerprint(alone)


def test_a_society_of_many_blocks_does_not_depend_on_its_threads() -> None:
    """Everything that is drawn, expected and lived, for every one of 20,000 citizens."""
    arguments = {"citizens": 20_000, "months": 8, "policy": "mixed", "shock_month": 1.0, "background_harassment": 0.1}
    alone, shared = (Society(threads=threads, **arguments) for threads in (1, 3))
    for _ in range(2):
        columns = [{name: getattr(one.world.columns, name) for name in Columns._fields} for one in (alone, shared)]
        assert differences(*columns) == []
        assert_same(alone, shared)
        alone.run()
        shared.run()
    assert alone.counts().flow("harassed")[-1] > 500.0


def test_a_glance_tells_who_a_tie_is_and_what_it_shows() -> None:
    """All pairs of groups and symbols; sums of the most ties that anybody has do not run into each other."""
    camps = np.array([0, 1, 1])
    table = glances(camps)
    assert (table[:, GONE] == 0).all()
    for own in range(3):
        for other in range(3):
            for display in (-1, 0, 1):
                thirty = 30 * int(table[own, look_of(other, display)])
                expected = {
                    PRESENT_TIES: True,
                    NATIONAL_DISPLAY: display == 1,
                    IN_GROUP_TIES: own == other,
                    IN_GROUP_KIN_DISPLAY: own == other and display == -1,
                    OTHER_CAMP_TIES: camps[own] != camps[other],
                    OTHER_CAMP_KIN_DISPLAY: camps[own] != camps[other] and display == -1,
                }
                assert {what: counted(thirty, what) for what in expected} == {
                    what: 30 * is_so for what, is_so in expected.items()
                }


def test_looks_fit_into_a_byte() -> None:
    looks = [look_of(group, display) for group in range(MOST_GROUPS) for display in (-1, 0, 1)]
    assert sorted(looks) == list(range(1, 3 * MOST_GROUPS + 1))
    assert max(looks) < 256
