"""Intervals against the worked examples, and the quantiles of t against printed tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measures.intervals import TABLED, Z95, expansion, mean_interval, t_quantile, t_share, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (1, 4, 0.04558726080970055, 0.6993581574175981),
        (2, 5, 0.11762077423264783, 0.769275718723987),
        (3, 8, 0.13684428582359742, 0.6942576053973727),
    ],
)
def test_wilson_of_the_worked_examples(k: int, n: int, low: float, high: float) -> None:
    """The Wilson intervals printed in the metrics W1, T3 and X1 come out."""
    assert wilson(k, n) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 10_000), st.data())
def test_wilson_holds_the_rate_and_is_a_mirror(n: int, draw: st.DataObject) -> None:
    """The interval holds the rate, stays within 0 and 1, and that of the complement is its mirror image."""
    k = draw.draw(st.integers(0, n))
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-12 and k / n - 1e-12 <= high <= 1
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (0, 0), (3, 2), (-1, 2)])
def test_no_interval_of_no_rate(k: int, n: int) -> None:
    """More of them than there are, or a share of nothing, is refused."""
    with pytest.raises(ValueError, match="no rate"):
        wilson(k, n)


PRINTED = {1: 12.706204736, 2: 4.302652730, 3: 3.182446305, 4: 2.776445105, 5: 2.570581836, 10: 2.228138852, 30: 2.042272456}


@pytest.mark.parametrize(("freedom", "quantile"), PRINTED.items())
def test_quantiles_of_t_are_the_printed_ones(freedom: int, quantile: float) -> None:
    """The 97.5 % quantiles are those of the printed tables."""
    assert t_quantile(freedom) == pytest.approx(quantile, abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 30, 99, 100, 101, 120, 121, 1000, 100_001])
def test_quantiles_of_t_cut_off_two_and_a_half_percent(freedom: int) -> None:
    """Between the quantile and its negative lies 95 % of the distribution, for solved and expanded quantiles alike."""
    assert t_share(t_quantile(freedom), freedom) == pytest.approx(0.95, abs=1e-10)


def test_solved_and_expanded_quantiles_meet() -> None:
    """Where the expansion takes over it differs by less than 1e-9, and it goes to the normal quantile."""
    assert expansion(TABLED) == pytest.approx(t_quantile(TABLED), abs=1e-9)
    assert t_quantile(10**9) == pytest.approx(Z95, abs=1e-8)


def test_no_quantile_without_freedom() -> None:
    """One value has no interval."""
    with pytest.raises(ValueError, match="freedom"):
        t_quantile(0)


@pytest.mark.parametrize(
    ("mean", "variance", "n", "interval"),
    [
        (3.8333333333333335, 0.6666666666666657, 6, (2.9764727214545625, 4.690193945212105)),
        (2.9, 0.4250000000000007, 5, (2.090534107645648, 3.709465892354352)),
    ],
)
def test_intervals_of_the_worked_ratings(mean: float, variance: float, n: int, interval: tuple[float, float]) -> None:
    """The t intervals printed in the metrics R1 come out, to 1e-9."""
    assert mean_interval(mean, variance, n, 1, 5) == pytest.approx(interval, abs=1e-9)


def test_intervals_stay_within_the_scale() -> None:
    """A wide interval is clipped to the grades there are."""
    assert mean_interval(4.5, 2.0, 5, 1, 5)[1] == 5 and mean_interval(1.5, 2.0, 5, 1, 5)[0] == 1
