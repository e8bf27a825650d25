"""The duration sketch against the worked example, exact bucket bounds, and exact quantiles."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.sketch import ZERO, bucket, mean, quantile, size, value_of

MINUTE = 60_000
HOUR = 3_600_000
_durations = st.lists(st.integers(0, 400 * 24 * HOUR), min_size=1, max_size=60)


def sketch(minutes: list[int]) -> Counter[str]:
    """Buckets of durations in minutes."""
    return Counter(bucket(m * MINUTE) for m in minutes)


def test_the_worked_example_of_waits() -> None:
    """The waits of E0 (metrics T1) fall into the buckets printed there and give its mean and quantiles."""
    minutes = [120, 90, 45, 60, 60, 120, 120, 60]
    waits = sketch(minutes)
    assert waits == {"741": 1, "755": 3, "776": 1, "790": 3}
    assert mean(sum(minutes) * MINUTE, 8) == 1.40625 * HOUR
    assert quantile(waits, 0.5) == pytest.approx(0.9940265367558778 * HOUR, rel=1e-12)
    assert quantile(waits, 0.9) == quantile(waits, 0.95) == pytest.approx(2.001770339921933 * HOUR, rel=1e-12)


def test_a_retracted_wait_leaves_by_decrement() -> None:
    """Taking one known wait away decrements its bucket and nothing else (metrics T1)."""
    waits = sketch([120, 90, 45, 60, 60, 120, 120, 60])
    before = quantile(waits, 0.5), quantile(waits, 0.9)
    waits.subtract([bucket(120 * MINUTE)])
    assert waits == {"741": 1, "755": 3, "776": 1, "790": 2}
    assert (quantile(waits, 0.5), quantile(waits, 0.9)) == before


def test_the_worked_example_of_cycles() -> None:
    """The times to accepted of E0 (metrics T2) give its mean and quantiles, by the lower rank."""
    minutes = [45, 450, 540, 3120]
    cycles = sketch(minutes)
    assert mean(sum(minutes) * MINUTE, 4) == 17.3125 * HOUR
    assert quantile(cycles, 0.5) == pytest.approx(7.493799622544137 * HOUR, rel=1e-12)
    assert quantile(cycles, 0.9) == pytest.approx(8.9717608574992 * HOUR, rel=1e-12)


def test_buckets_are_exact_at_their_bounds() -> None:
    """The whole milliseconds on both sides of every bound up to 250 years lie in the buckets the definition names."""
    number, bound = 0, Fraction(1)
    while bound < 8 * 10**12:
        inside = bound.numerator // bound.denominator
        assert int(bucket(inside)) <= number < int(bucket(inside + 1))
        number, bound = number + 1, bound * Fraction(101, 99)


@given(st.integers(1, 400 * 24 * HOUR))
def test_a_bucket_stands_for_its_durations_within_a_percent(ms: int) -> None:
    """No duration is more than 1 % away from its bucket's value."""
    assert abs(value_of(bucket(ms)) - ms) <= ms * (0.01 + 1e-12)


@given(_durations, st.sampled_from([0.0, 0.5, 0.9, 0.95, 1.0]))
def test_quantiles_are_within_a_percent_of_the_exact_lower_one(durations: list[int], q: float) -> None:
    """The sketch's quantile is within 1 % of the sorted list's at the same rank; zeros stay exact."""
    counts = Counter(bucket(ms) for ms in durations)
    exact = sorted(durations)[int(q * (len(durations) - 1))]
    found = quantile(counts, q)
    assert found is not None and abs(found - exact) <= exact * (0.01 + 1e-12)


@given(_durations, _durations)
def test_adding_and_taking_away_leaves_no_trace(kept: list[int], passing: list[int]) -> None:
    """Sketches that never held some durations and sketches that held them for a while are equal."""
    counts = Counter(bucket(ms) for ms in kept + passing)
    counts.subtract(bucket(ms) for ms in passing)
    assert +counts == Counter(bucket(ms) for ms in kept)


def test_zero_and_below_have_a_bucket_of_their_own() -> None:
    """A duration of zero, or a negative one of a misset clock, is taken for zero and sorts first."""
    assert bucket(0) == bucket(-5) == ZERO
    assert quantile({ZERO: 2, "741": 1}, 0.5) == 0.0
    assert quantile({"0": 1, ZERO: 1}, 0.0) == 0.0


def test_an_empty_sketch_has_no_numbers() -> None:
    """Of no durations there is neither mean nor quantile."""
    assert quantile({}, 0.5) is None and mean(0, 0) is None and size({}) == 0
