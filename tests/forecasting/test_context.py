import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.columns import learn_columns
from tsrnn.forecasting.context import dense_windows, future_rows, join, last_windows
from tsrnn.frames import find_clock, read_table, to_panel

NAN = np.nan


def panel_of(X):
    table = read_table(X)
    return to_panel(table, table.frame.to_numpy(float), find_clock(table))


def series_of(panel):
    """The rows of each series, by plain slicing."""
    borders = zip(panel.offsets[:-1], panel.offsets[1:], strict=True)
    return [panel.values[a:b] for a, b in borders]


INDICES = {
    "hours": pd.date_range("2024-01-01", periods=40, freq="h"),
    "hours over a change of daylight saving": pd.date_range(
        "2024-10-26 12:00", periods=40, freq="h", tz="Europe/Helsinki"
    ),
    "days over a change of daylight saving": pd.date_range(
        "2024-10-10", periods=40, freq="D", tz="Europe/Helsinki"
    ),
    "month ends": pd.date_range("2019-01-31", periods=40, freq="ME"),
    "business days": pd.bdate_range("2024-01-01", periods=40),
    "periods": pd.period_range("2019-01", periods=40, freq="Q"),
    "every fifth integer": pd.RangeIndex(100, 300, 5),
}


# --- join: what comes before ----------------------------------------------------------------------


@pytest.fixture(params=INDICES, scope="module")
def indexed(request):
    return pd.DataFrame({"x": np.arange(40.0), "y": -np.arange(40.0)}, index=INDICES[request.param])


@given(st.integers(2, 30), st.integers(2, 10), st.integers(2, 12), st.data())
def test_rows_that_follow_the_tail_get_it_before_them(indexed, cut, length, window, data):
    """Whether they begin right after it, within it, or with a hole between."""
    begin = data.draw(st.integers(max(0, cut - window), min(cut + window, 40 - length)))
    tail = panel_of(indexed[:cut]).tail(window)
    joined, n_before = join(tail, panel_of(indexed[begin : begin + length]), window)
    first = max(0, cut - window)  # where the tail begins
    expected = indexed[first : begin + length].to_numpy(copy=True)
    expected[cut - first : max(begin, cut) - first] = NAN  # the hole
    assert n_before.tolist() == [begin - first]
    np.testing.assert_array_equal(joined.values, expected)


def test_rows_that_begin_later_than_a_window_have_nothing_before_them(indexed):
    tail = panel_of(indexed[:10]).tail(5)
    for begin, n_before in ((14, 9), (15, 10), (16, 0)):
        panel = panel_of(indexed[begin : begin + 4])
        joined, got = join(tail, panel, 5)
        assert got.tolist() == [n_before]
        np.testing.assert_array_equal(joined.values[n_before:], panel.values)


def test_rows_from_before_the_tail_have_nothing_before_them(indexed):
    tail = panel_of(indexed[20:30]).tail(5)
    panel = panel_of(indexed[5:28])
    joined, n_before = join(tail, panel, 5)
    assert n_before.tolist() == [0]
    assert joined is panel


def test_rows_off_the_grid_of_the_fit_have_nothing_before_them():
    hours = pd.DataFrame({"x": np.arange(10.0)}, index=pd.date_range("2024", periods=10, freq="h"))
    later = hours.set_axis(hours.index + pd.Timedelta("10h30min"))
    _, n_before = join(panel_of(hours), panel_of(later), 5)
    assert n_before.tolist() == [0]


def test_rows_without_a_clock_follow_where_the_caller_says_so():
    tail, panel = panel_of(np.arange(5.0)), panel_of(np.arange(5.0, 9.0))
    joined, n_before = join(tail, panel, 5, follows=True)
    assert n_before.tolist() == [5]
    assert joined.values[:, 0].tolist() == list(range(9))
    _, n_before = join(tail, panel, 5)
    assert n_before.tolist() == [0]


def test_every_series_of_a_panel_gets_its_own_past():
    parts = {
        "a": pd.Series(np.arange(10.0)),
        "b": 100 + pd.Series(np.arange(6.0)),
        "c": 200 + pd.Series(np.arange(8.0)),
    }
    tail = panel_of(pd.concat(parts)).tail(3)
    later = {
        "c": pd.Series([208.0, 209.0], index=[8, 9]),
        "new": pd.Series([300.0, 301.0, 302.0], index=[8, 9, 10]),
        "b": pd.Series([107.0, 108.0], index=[7, 8]),
    }
    joined, n_before = join(tail, panel_of(pd.concat(later)), 3)
    assert n_before.tolist() == [3, 0, 4]
    c, new, b = (series[:, 0] for series in series_of(joined))
    assert c.tolist() == [205, 206, 207, 208, 209]
    assert new.tolist() == [300, 301, 302]
    np.testing.assert_array_equal(b, [103, 104, 105, NAN, 107, 108])


def test_lists_of_another_length_have_nothing_before_them():
    tail = panel_of([np.arange(5.0), np.arange(6.0)])
    joined, n_before = join(tail, panel_of([np.arange(2.0)] * 2), 4, follows=True)
    assert n_before.tolist() == [5, 6]
    assert [len(series) for series in series_of(joined)] == [7, 8]
    _, n_before = join(tail, panel_of([np.arange(2.0)] * 3), 4, follows=True)
    assert n_before.tolist() == [0, 0, 0]


# --- dense windows --------------------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=4),
    st.integers(1, 8),
    st.integers(1, 8),
    st.data(),
)
def test_dense_windows_are_those_of_a_plain_loop(lengths, window, horizon, data):
    panel = panel_of([np.arange(n) + 100.0 * i for i, n in enumerate(lengths)])
    rows = [(i, t) for i, n in enumerate(lengths) for t in range(n)]
    picked = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=8))
    begins = panel.offsets[[i for i, _ in picked]]
    origins = begins + [t for _, t in picked]
    past, future = dense_windows(panel, begins, origins, window, horizon)
    assert past.shape == (len(picked), window, 1)
    assert future.shape == (len(picked), horizon, 1)
    for w, (i, t) in enumerate(picked):
        own = {row: 100.0 * i + row for row in range(lengths[i])}
        expected = [own.get(row, NAN) for row in range(t - window, t + horizon)]
        np.testing.assert_array_equal(np.concatenate([past[w], future[w]])[:, 0], expected)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(1, 8))
def test_the_last_windows_end_with_the_last_rows(lengths, window):
    panel = panel_of([np.arange(n) + 100.0 * i for i, n in enumerate(lengths)])
    for i, (n, last) in enumerate(zip(lengths, last_windows(panel, window), strict=True)):
        lacking = max(0, window - n)
        expected = [NAN] * lacking + [100.0 * i + row for row in range(n)][-window:]
        np.testing.assert_array_equal(last[:, 0], expected)


# --- what is known of the steps to come ---------------------------------------------------------------


def known_of(future, history, steps, known=("price",)):
    """The rows that `future` gives for the steps after `history`, its columns load and price."""
    columns = learn_columns(read_table(history), "load", list(known))
    panel = panel_of(history)
    table = None if future is None else read_table(future, "future")
    named = table is not None and table.form.panel
    return future_rows(table, columns, panel, steps, named=named)


def priced(n, start=0, index=None):
    rows = np.arange(start, start + n, dtype=float)
    index = pd.date_range("2024-01-01", periods=40, freq="D")[start : start + n]
    return pd.DataFrame({"load": rows, "price": 10 * rows}, index=index)


def test_the_rows_of_the_steps_to_come_are_found_by_their_time():
    dense = known_of(priced(9, 3)[["price"]], priced(5), 4)
    np.testing.assert_array_equal(dense, [[[NAN, 50], [NAN, 60], [NAN, 70], [NAN, 80]]])


def test_the_rows_of_every_series_are_found_by_its_name_and_time():
    history = pd.concat({"a": priced(5), "b": priced(8)})
    future = pd.concat({"b": priced(4, 8), "a": priced(7, 5) * 2, "c": priced(3)})[["price"]]
    dense = known_of(future, history, 2)
    assert dense[:, :, 1].tolist() == [[100, 120], [80, 90]]


def test_rows_without_a_clock_are_taken_in_order():
    history = pd.DataFrame({"load": np.arange(5.0), "price": 0.0}).to_numpy()
    columns = learn_columns(read_table(history), 0, [1])
    panel = panel_of(history)
    table = read_table(np.array([[NAN, 7.0], [NAN, 8.0], [NAN, 9.0]]), "future")
    dense = future_rows(table, columns, panel, 2)
    assert dense[0, :, 1].tolist() == [7, 8]
    with pytest.raises(ValueError, match=r"future has 3 rows.*4 steps"):
        future_rows(table, columns, panel, 4)


def test_without_known_columns_no_future_is_needed():
    assert np.isnan(known_of(None, priced(5), 3, known=())).all()


def test_a_future_that_nothing_asks_for_is_refused():
    message = r"future was given, .* fit with known_future=\['price'\], or leave future out"
    with pytest.raises(ValueError, match=message):
        known_of(priced(3, 5)[["price"]], priced(5), 3, known=())


def test_the_future_of_another_series_is_refused_even_if_each_is_alone():
    with pytest.raises(ValueError, match=r"future has no rows of .*'a', only of 'b'"):
        known_of(pd.concat({"b": priced(3, 5)})[["price"]], pd.concat({"a": priced(5)}), 2)


def test_a_missing_future_is_refused():
    with pytest.raises(ValueError, match="future is needed: column 'price'"):
        known_of(None, priced(5), 3)


def test_a_future_that_lacks_a_step_is_refused_at_its_time():
    future = priced(6, 5)[["price"]].drop(pd.Timestamp("2024-01-08"))
    with pytest.raises(ValueError, match="future lacks a row for 2024-01-08"):
        known_of(future, priced(5), 4)
    assert known_of(future, priced(5), 2)[0, :, 1].tolist() == [50, 60]


def test_a_future_that_lacks_a_series_is_refused_with_its_name():
    history = pd.concat({"a": priced(5), "b": priced(8)})
    with pytest.raises(ValueError, match=r"future has no rows of .*'b'"):
        known_of(pd.concat({"a": priced(3, 5)})[["price"]], history, 2)
