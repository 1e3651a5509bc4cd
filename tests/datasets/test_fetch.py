import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsrnn.datasets import _fetch, fetch_ett, fetch_m4

ETT = """date,HUFL,OT
2016-07-01 00:00:00,5.827,30.531
2016-07-01 01:00:00,5.693,27.787
2016-07-01 02:00:00,5.157,27.787
"""
M4_TRAIN = '"V1","V2","V3","V4"\n"H1",10,20,30\n"H2",40,50,\n"H10",60.5,,\n'
M4_TEST = '"V1","V2","V3"\n"H1",31,32\n"H2",51,52\n"H10",61,62\n'


def test_fetch_ett_downloads_once_and_gives_an_hourly_frame(site, tmp_path, monkeypatch):
    monkeypatch.setitem(_fetch.FILES, "ett/ETTh1.csv", site.add("/ETTh1.csv", ETT))
    first, second = (fetch_ett("ETTh1", data_home=tmp_path) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert site.requests == ["/ETTh1.csv"]
    assert first.index.equals(pd.date_range("2016-07-01", periods=3, freq="h"))
    assert first.index.freqstr == "h"
    assert first["OT"].tolist() == [30.531, 27.787, 27.787]


def test_fetch_m4_stacks_series_of_unequal_length_and_goes_on_in_test(site, tmp_path, monkeypatch):
    monkeypatch.setitem(_fetch.FILES, "m4/Hourly-train.csv", site.add("/train.csv", M4_TRAIN))
    monkeypatch.setitem(_fetch.FILES, "m4/Hourly-test.csv", site.add("/test.csv", M4_TEST))
    m4 = fetch_m4("Hourly", data_home=tmp_path)
    assert sorted(site.requests) == ["/test.csv", "/train.csv"]
    names = ["series", "time"]
    train = [("H1", 1), ("H1", 2), ("H1", 3), ("H2", 1), ("H2", 2), ("H10", 1)]
    test = [("H1", 4), ("H1", 5), ("H2", 3), ("H2", 4), ("H10", 2), ("H10", 3)]
    pd.testing.assert_series_equal(
        m4.train,
        pd.Series(
            [10, 20, 30, 40, 50, 60.5],
            pd.MultiIndex.from_tuples(train, names=names),
            name="value",
        ),
    )
    pd.testing.assert_series_equal(
        m4.test,
        pd.Series(
            [31.0, 32, 51, 52, 61, 62],
            pd.MultiIndex.from_tuples(test, names=names),
            name="value",
        ),
    )
    assert (m4.frequency, m4.horizon, m4.season_length) == ("Hourly", 2, 24)


@pytest.mark.parametrize(
    ("fetch", "argument", "allowed"),
    [
        (fetch_m4, "frequency", r"\['Hourly', 'Weekly'\]"),
        (fetch_ett, "name", r"\['ETTh1'\]"),
    ],
)
def test_a_data_set_that_is_not_offered_is_an_error_naming_those_that_are(fetch, argument, allowed):
    with pytest.raises(ValueError, match=f"{argument}='Dayly' is not offered.*{allowed}"):
        fetch("Dayly")


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_a_panel_holds_each_rows_values_in_order_and_nothing_else(lengths):
    values = np.arange(30.0).reshape(5, 6)[: len(lengths)]
    values[np.arange(6) >= np.array(lengths)[:, None]] = np.nan
    wide = pd.DataFrame(values, index=[f"S{i}" for i in range(len(lengths))])
    panel = _fetch._panel(wide, start=np.full(len(lengths), 3))
    for (name, row), length in zip(wide.iterrows(), lengths, strict=True):
        assert panel.loc[name].tolist() == row.dropna().tolist()
        assert panel.loc[name].index.tolist() == list(range(3, 3 + length))
    assert len(panel) == sum(lengths)


def naive_errors(m4, period):
    """Mean sMAPE (%) and MASE of repeating the last `period` rows, as the competition counts."""
    smape, mase = [], []
    for name, train in m4.train.groupby(level="series"):
        y_train, y_test = train.to_numpy(), m4.test.loc[name].to_numpy()
        forecast = np.resize(y_train[-period:], m4.horizon)
        error = np.abs(y_test - forecast)
        smape.append(np.mean(200 * error / (np.abs(y_test) + np.abs(forecast))))
        scale = np.mean(np.abs(y_train[m4.season_length :] - y_train[: -m4.season_length]))
        mase.append(np.mean(error) / scale)
    return np.mean(smape), np.mean(mase)


@pytest.mark.parametrize(
    ("frequency", "n_series", "lengths", "horizon", "period", "published"),
    [
        ("Hourly", 414, (700, 960), 48, 24, (13.912, 1.193)),
        ("Weekly", 359, (80, 2597), 13, 1, (9.161, 2.777)),
    ],
)
def test_the_seasonal_naive_has_the_error_that_the_m4_organisers_published(
    shared_data, frequency, n_series, lengths, horizon, period, published
):
    m4 = fetch_m4(frequency, data_home=shared_data)
    sizes = m4.train.groupby(level="series").size()
    assert (len(sizes), sizes.min(), sizes.max()) == (n_series, *lengths)
    assert (m4.test.groupby(level="series").size() == horizon).all()
    assert m4.horizon == horizon
    assert naive_errors(m4, period) == pytest.approx(published, abs=5e-4)


def test_the_test_rows_of_m4_follow_the_train_rows_of_the_same_series(shared_data):
    m4 = fetch_m4("Hourly", data_home=shared_data)
    last = m4.train.reset_index("time")["time"].groupby(level="series").max()
    first = m4.test.reset_index("time")["time"].groupby(level="series").min()
    assert (first == last + 1).all()
    assert m4.train.loc["H1"].iloc[:3].tolist() == [605.0, 586.0, 586.0]
    assert m4.test.loc["H1"].iloc[:3].tolist() == [619.0, 565.0, 532.0]
    assert m4.train.dtype == np.float64


def test_etth1_is_whole(shared_data):
    frame = fetch_ett("ETTh1", data_home=shared_data)
    assert frame.shape == (17420, 7)
    assert frame.columns.tolist() == ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]
    assert frame.index.freqstr == "h"
    assert frame.index[-1] == pd.Timestamp("2018-06-26 19:00")
    assert frame.notna().all(axis=None)
    assert frame.loc["2018-06-26 18:00", "OT"] == pytest.approx(9.778, abs=1e-6)
