"""A user's mistake is refused before any training, in words that name the place and say what to do."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tsrnn.cells import GRU, LSTM
from tsrnn.nn import MeanPooling


class Stateless(nn.Module):
    """A cell that returns no state."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.output_size = input_size

    def forward(self, inputs, state=None):
        return inputs, None


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"cell": "lstm"}, TypeError, "cell must be a class such as tsrnn.cells.LSTM, got 'lstm'"),
        ({"cell": nn.LSTM}, TypeError, "torch.nn.LSTM is a stack of layers, not a cell"),
        ({"cell": Stateless}, TypeError, "state of Stateless must be a tuple of tensors"),
        ({"head": "mean"}, TypeError, "head='mean' must be a class such as tsrnn.nn.PerStep"),
        ({"head": MeanPooling, "stateful": True}, ValueError, "use stateful=False"),
        ({"stateful": "yes"}, TypeError, "stateful='yes' must be True or False"),
        ({"chunk_size": 0}, ValueError, "chunk_size=0 must be 'auto' or a whole number of rows"),
        ({"chunk_size": 2.5}, TypeError, "chunk_size=2.5 must be 'auto' or a whole number"),
        ({"batch_size": "all"}, TypeError, "batch_size='all' must be 'auto' or a whole number"),
        ({"hidden_size": 0}, ValueError, "hidden_size=0 must be a whole number of units"),
        ({"loss": "quantile"}, ValueError, "loss='quantile' is unknown; use one of 'mse', 'mae'"),
        ({"normalization": "last"}, ValueError, "normalization='last' is unknown; use one of"),
        ({"lr_schedule": "cosine"}, ValueError, "lr_schedule='cosine' is unknown"),
        ({"lr": 0}, ValueError, "lr=0 must be above 0"),
        ({"dropout": 1}, ValueError, "dropout=1 must be at least 0 and below 1"),
        ({"optimizer": "adam"}, TypeError, "optimizer='adam' must be a class of torch.optim"),
        ({"callbacks": [1]}, TypeError, "callbacks holds 1, which is no skorch callback"),
        (
            {"early_stopping": True, "validation_fraction": 0},
            ValueError,
            "set validation_fraction above 0, or early_stopping=False",
        ),
        ({"device": "cuda:99"}, ValueError, "device='cuda:99' is not there; use 'auto'"),
        ({"random_state": "x"}, TypeError, "random_state='x' must be a whole number"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_it_may_be(params, error, message, quick, X, y):
    with pytest.raises(error, match=message):
        quick(**params).fit(X, y)


def inf_at(frame, row, column):
    frame = frame.copy()
    frame.iloc[row, column] = np.inf
    return frame


WRONG_DATA = {
    "X and y differ": (
        lambda df, y: (df, y[:20]),
        "X has 60 rows and y has 20; give one y for each row of X",
    ),
    "another index": (
        lambda df, y: (df, y.set_axis(y.index + pd.Timedelta("1D"))),
        r"y: its index differs from that of X, first at time 2024-01-01; use .*reindex\(X.index\)",
    ),
    "an index of another kind": (
        lambda df, y: (df, y.reset_index(drop=True)),
        r"y: its index holds whole numbers, that of X dates .*; use y.set_axis\(X.index\)",
    ),
    "no y": (lambda df, y: (df, None), "y is needed"),
    "X of one axis": (
        lambda df, y: (df["load"].to_numpy(), y),
        r"X: Expected 2D array, got 1D array of 60 values instead. Reshape your data: X.reshape\(-1, 1\)",
    ),
    "no rows": (lambda df, y: (df[:0], y[:0]), "X: no rows"),
    "no target at all": (lambda df, y: (df, y * np.nan), "'sum' is missing everywhere; there is"),
    "a text target": (lambda df, y: (df, y.astype(str)), "y: target column 'sum' holds text"),
    "infinite X": (lambda df, y: (inf_at(df, 3, 1), y), "X: column 'wind' is infinite at time 2024-01-04"),
    "infinite y": (
        lambda df, y: (df, inf_at(y.to_frame(), 4, 0)),
        "y: column 'sum' is infinite at time 2024-01-05",
    ),
    "unsorted": (lambda df, y: (df[::-1], y[::-1]), r"not sorted: time 2024-02-28 comes .*sort_index"),
    "twice": (
        lambda df, y: (df.iloc[[0, 1, 1]], y.iloc[[0, 1, 1]]),
        "duplicate time stamps: time 2024-01-02 is there twice",
    ),
    "one list element too few": (
        lambda df, y: ([df, df], [y]),
        "X has 2 series and y has 1; give one element of y for each",
    ),
    "a list element too short": (
        lambda df, y: ([df, df], [y, y[:5]]),
        r"y\[1\] has 5 rows, but X\[1\] has 60; give one y for each row",
    ),
    "a number for a list element": (
        lambda df, y: ([df, df], [1.0, 2.0]),
        r"y\[0\] has 0 rows, but X\[0\] has 60",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_DATA)
def test_wrong_data_are_refused_with_the_place(case, quick, frame, target):
    make, message = WRONG_DATA[case]
    regressor = quick()
    with pytest.raises((ValueError, TypeError), match=message):
        regressor.fit(*make(frame, target))
    assert not hasattr(regressor, "net_")


def test_y_of_a_pooling_head_has_one_row_for_each_sequence(quick, panel):
    regressor = quick(head=MeanPooling)
    with pytest.raises(ValueError, match=r"3 series and y has 130 rows.*one row of y for each"):
        regressor.fit(panel, panel["load"].to_numpy())
    turned = pd.Series([1.0, 2.0, 3.0], index=["west", "north", "south"])
    with pytest.raises(ValueError, match="differs from the series of X, first at 'north'"):
        regressor.fit(panel, turned)


def test_predict_asks_for_the_columns_and_the_index_of_fit(quick, X, y, frame, target):
    regressor = quick().fit(frame, target)
    with pytest.raises(ValueError, match="X lacks column 'wind'"):
        regressor.predict(frame[["load"]])
    with pytest.raises(ValueError, match="X has 1 features, but SequenceRegressor is expecting 2"):
        regressor.predict(X[:, :1])
    with pytest.raises(ValueError, match=r"X: Expected 2D array, .* Reshape your data"):
        regressor.predict(X[0])
    with pytest.raises(TypeError, match="holds whole numbers, that of the fit rows held dates"):
        regressor.predict(frame.reset_index(drop=True))
    with pytest.raises(ValueError, match="X has 60 rows and y has 3"):
        regressor.score(frame, y[:3])


def test_going_on_asks_for_the_same_columns(quick, X, y):
    regressor = quick(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="y has 2 columns, but had 1 in the first fit"):
        regressor.fit(X, np.c_[y, y])
    with pytest.raises(ValueError, match="X has 1 features"):
        regressor.fit(X[:, :1], y)


def test_a_y_that_only_held_out_rows_have_teaches_nothing(quick, X, y):
    late = np.where(np.arange(60) < 54, np.nan, y)
    regressor = quick().fit(X, y)
    said = (
        "y: it is missing in all rows but those that validation_fraction=0.1 holds out, so there is nothing to learn; "
        "set validation_fraction=0, or fill in earlier values."
    )
    for fit in (quick().fit, regressor.partial_fit):
        with (
            pytest.warns(UserWarning, match="54 missing values in y"),
            pytest.raises(ValueError, match=f"^{re.escape(said)}$"),
        ):
            fit(X, late)


def test_score_refuses_what_fit_refuses(quick, X, y, frame, target):
    regressor = quick().fit(frame, target)
    later = target.set_axis(target.index + pd.Timedelta("1D"))
    for refused, message in (
        (
            later,
            r"y: its index differs from that of X, first at time 2024-01-01; use y = y.reindex\(X.index\).",
        ),
        (target[::-1], r"y: time stamps are not sorted: time 2024-02-28 comes after a later one"),
        (target.reset_index(drop=True), "y: its index holds whole numbers, that of X dates"),
        (np.c_[y, y], "y has 2 columns, but had 1 in the first fit"),
        (
            target * np.nan,
            "y: column 'sum' is missing everywhere; there is nothing to learn, or to compare with",
        ),
        (None, "y is needed"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            regressor.score(frame, refused)
    regressor = quick().fit(frame, pd.DataFrame({"sum": target, "other": target}))
    with pytest.raises(
        ValueError, match="y lacks column 'other', which fit had; did you mean 'others'"
    ):
        regressor.score(frame, pd.DataFrame({"sum": target, "others": target}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cell": GRU}, "cell=tsrnn.cells.gru.GRU has no effect on networks that were "
         "built with cell=tsrnn.cells.lstm.LSTM, and training goes on from these; set it "
         "back, or fit anew with warm_start=False."),
        ({"cell": partial(LSTM, forget_bias=2.0)}, "cell=partial(tsrnn.cells.lstm.LSTM, forget_bias=2) has no"),
        ({"stateful": True}, "stateful=True has no effect on networks that were built with stateful=False"),
        ({"hidden_size": 8}, "hidden_size=8 has no effect on networks that were built with hidden_size=4"),
        ({"head": MeanPooling}, "head=tsrnn.nn.heads.MeanPooling has no effect"),
        ({"chunk_size": 5}, "chunk_size=5 has no effect"),
        ({"normalization": None}, "normalization=None has no effect"),
        ({"loss": "mae"}, "loss='mae' has no effect on networks that were built with loss='mse'"),
        ({"batch_size": 3}, "batch_size=3 has no effect"),
        ({"optimizer": torch.optim.SGD}, "has no effect on networks that were built with optimizer="),
        ({"max_grad_norm": None}, "max_grad_norm=None has no effect"),
    ],
)  # fmt: skip
def test_what_going_on_would_pass_over_is_refused(change, said, quick, X, y):
    regressor = quick(warm_start=True).fit(X, y)
    answers = regressor.predict(X)
    regressor.set_params(**change)
    for fit in (regressor.fit, regressor.partial_fit):
        with pytest.raises(ValueError, match=re.escape(said)):
            fit(X, y)
    np.testing.assert_array_equal(regressor.predict(X), answers)
    if regressor.head is not MeanPooling:
        assert len(regressor.set_params(warm_start=False).fit(X, y).history_) == 2


def test_another_argument_of_the_cell_is_another_network(quick, X, y):
    regressor = quick(cell=partial(LSTM, forget_bias=1.0), warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"built with cell=partial\(.*LSTM, forget_bias=1\), and"):
        regressor.set_params(cell=partial(LSTM, forget_bias=2.0)).fit(X, y)


def test_equal_parameters_of_another_kind_are_the_same_network(quick, X, y):
    regressor = quick(hidden_size=4, dropout=0.0, cell=LSTM, warm_start=True).fit(X, y)
    regressor.set_params(hidden_size=np.int64(4), dropout=0, stateful=np.False_, cell=partial(LSTM))
    assert len(regressor.fit(X, y).history_) == 4


def test_classes_of_long_names_are_told_apart(quick, X, y):
    class ACellWhoseNameIsLongerThanWhatAMessageShowsOfAParameter(LSTM): ...

    class ACellWhoseNameIsLongerThanWhatAMessageShowsOfAParameter2(LSTM): ...

    regressor = quick(cell=ACellWhoseNameIsLongerThanWhatAMessageShowsOfAParameter, warm_start=True)
    regressor.fit(X, y).set_params(cell=ACellWhoseNameIsLongerThanWhatAMessageShowsOfAParameter2)
    with pytest.raises(ValueError, match=r"… has no effect on networks"):
        regressor.fit(X, y)


def test_going_on_may_train_otherwise(quick, X, y):
    regressor = quick(warm_start=True).fit(X, y)
    how = {"lr": 0.02, "lr_schedule": None, "max_epochs": 3, "validation_fraction": 0.2}
    regressor.set_params(early_stopping=True, random_state=1, **how).fit(X, y)
    assert len(regressor.history_) == 5


def test_divergence_is_named(quick, X, y):
    regressor = quick(
        lr=1e30, optimizer=torch.optim.SGD, max_grad_norm=None, lr_schedule=None, max_epochs=5
    )
    with pytest.raises(ValueError, match=r"training diverged.*use a lower lr"):
        regressor.fit(X, y)


def test_a_target_may_have_the_name_of_a_column(quick, frame, target):
    regressor = quick().fit(frame, target.rename("load"))
    assert regressor.target_names_ == ["load (target)"]
