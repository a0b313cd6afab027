"""Token buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.rate_limit import Buckets, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_steady_rate() -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst=2, per_second=0.5), clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 2]
    clock.now += 2
    assert [buckets.take("a") for _ in range(2)] == [0, 2]
    assert buckets.take("b") == 0


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5), st.floats(0.1, 3))
def test_never_more_than_the_burst_and_what_time_gives(
    pauses: list[float], burst: int, per_second: float
) -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst, per_second), clock=clock)
    granted = 0
    for pause in pauses:
        clock.now += pause
        granted += buckets.take("a") == 0
    assert granted <= burst + clock.now * per_second + 1e-6


@given(st.integers(1, 5), st.floats(0.1, 3))
def test_waiting_as_long_as_told_is_enough(burst: int, per_second: float) -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst, per_second), clock=clock)
    while not (wait := buckets.take("a")):
        pass
    clock.now += wait
    assert buckets.take("a") == 0
