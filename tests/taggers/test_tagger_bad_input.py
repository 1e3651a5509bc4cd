"""Mistakes are named before any training."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from tsrnn.cells import GRU

X, Y = ["abc", "ca"], ["xyz", "zx"]


@pytest.fixture
def refuses(quick, monkeypatch):
    """A function that asserts the message of a fit, in which nothing may be trained."""

    def trained(*args, **kwargs):
        raise AssertionError("trained before the check")

    monkeypatch.setattr("tsrnn.taggers.train", trained)

    def check(error, match, X=X, y=Y, sample_weight=None, **params):
        with pytest.raises(error, match=match):
            quick(**params).fit(X, y, sample_weight)

    return check


def test_lengths_that_differ(refuses):
    refuses(ValueError, r"X\[1\] has 2 steps, but y\[1\] has 3 labels", y=["xyz", "zxx"])
    refuses(ValueError, r"X has 2 sequences, but y has 1;", y=["xyz"])
    ids = np.array([[2, 3, 0], [4, 0, 0]])
    refuses(ValueError, r"X\[0\] has 2 steps, but y\[0\] has 3 labels", X=ids, y=["xyz", "x"])


def test_labels_of_mixed_kinds(refuses):
    mixed = [["x", "y", "z"], ["x", 4]]
    refuses(TypeError, r"y\[1\]\[1\] is 4, a number, but y\[0\]\[0\] is 'x', a string;", y=mixed)
    flags = [[1, 2, 3], [True, 1]]
    refuses(TypeError, r"y\[1\]\[0\] is True, a boolean, but y\[0\]\[0\] is 1, a number", y=flags)
    forms = ["xyz", ["z", "x"]]
    refuses(
        TypeError, r"y\[1\] is a list, but y\[0\] is a str; give all labels as strings", y=forms
    )
    pairs = [[("x",), "y", "z"], ["x", "y"]]
    refuses(TypeError, r"y\[0\]\[0\] is \('x',\), a tuple; labels are strings, numbers", y=pairs)


def test_labels_that_end_in_a_nul_character(refuses):
    said = r"y\[1\]\[0\] is '{}', but a label cannot end in a NUL character; use another one"
    refuses(ValueError, said.format(r"\\x00"), y=["xyz", "\0x"])
    refuses(ValueError, said.format(r"B\\x00"), y=[["A", "B", "A"], ["B\0", "A"]])


def test_a_nul_character_elsewhere_is_one_like_any_other(quick):
    tagger = quick(max_epochs=15, lr=0.1).fit(["a\0", "\0a"], [["A\0x", "B"], ["B", "A\0x"]])
    assert tagger.predict(["\0\0a"]) == [["B", "B", "A\0x"]]


def test_what_is_no_list_of_sequences(refuses):
    refuses(TypeError, r"X must be a list of strings, got one string; write \[X\]", X="abc")
    refuses(TypeError, r"y must be a list of strings, got one string; write \[y\]", y="xyz")
    refuses(TypeError, r"X must be a list, Series or array of .*, got DataFrame", X=pd.DataFrame())
    refuses(TypeError, r"X\[1\] must be a string or a sequence of tokens, got 5", X=["abc", 5])
    refuses(TypeError, r"y must be a list, Series or array of .*, got NoneType", y=None)


def test_tokens_that_cannot_be_hashed(refuses):
    refuses(
        TypeError,
        r"X\[1\]\[1\] is \{\}, a dict, which cannot be hashed and so cannot be a token",
        X=[["a", "b", "c"], ["c", {}]],
    )


def test_nothing_to_learn_from(refuses):
    refuses(ValueError, "X is empty; give at least one", X=[], y=[])
    refuses(ValueError, "every sequence of X is empty; give at least one label", X=[""], y=[""])
    masked = [[None, float("nan"), None], [None, None]]
    refuses(ValueError, "every label of y is missing; give at least one label", y=masked)
    refuses(ValueError, "X is empty; give at least one", X=np.empty((0, 3, 2)), y=[])


def test_encoded_input_that_cannot_be_read(refuses):
    features = np.ones((2, 3, 4))
    features[1, 2, 0] = np.nan
    refuses(ValueError, r"X\[1, 2, 0\] is nan, but features are finite", X=features)
    refuses(ValueError, r"X\[0, 1\] is 0, which pads, but ids follow it", X=np.array([[2, 0, 2]]))
    refuses(ValueError, r"X\[0, 1\] is -2, but ids are at least 0", X=np.array([[2, -2, 2]]))
    refuses(TypeError, r"X has the shape \(2, 3\) and dtype float64, but ids", X=np.ones((2, 3)))
    refuses(TypeError, "X has three axes and dtype <U1", X=np.full((2, 3, 1), "a"))


def test_weights_that_cannot_be_used(refuses):
    refuses(
        ValueError,
        r"sample_weight has the shape \(3,\), but X has 2 sequences",
        sample_weight=[1, 2, 3],
    )
    refuses(
        ValueError,
        r"sample_weight\[1\] is -1.0; a weight is a number, at least 0",
        sample_weight=[1, -1],
    )
    refuses(ValueError, r"sample_weight\[0\] is nan", sample_weight=[np.nan, 1])
    refuses(ValueError, "sample_weight is 0 everywhere", sample_weight=[0, 0])
    refuses(TypeError, "sample_weight must be numbers", sample_weight=["a", "b"])
    refuses(
        ValueError,
        "class_weight='even' is unknown; use 'balanced', None, or a dict",
        class_weight="even",
    )
    refuses(
        ValueError,
        r"class_weight has the label 'q', but y has \['x', 'y', 'z'\]",
        class_weight={"q": 1},
    )
    refuses(ValueError, r"class_weight\['x'\] is -1; a weight is a number", class_weight={"x": -1})
    refuses(
        ValueError, "leave no label of y a weight above 0", class_weight=dict.fromkeys("xyz", 0)
    )


@pytest.mark.parametrize(
    ("error", "match", "params"),
    [
        (
            ValueError,
            "encoding='one-hot' is unknown; use one of 'embedding', 'onehot'",
            {"encoding": "one-hot"},
        ),
        (ValueError, "embedding_size=0 must be a whole number, at least 1", {"embedding_size": 0}),
        (ValueError, "hidden_size=0 must be a whole number of units", {"hidden_size": 0}),
        (TypeError, "num_layers=1.5 must be a whole number of layers", {"num_layers": 1.5}),
        (TypeError, "bidirectional='yes' must be True or False", {"bidirectional": "yes"}),
        (TypeError, "crf=1 must be True or False", {"crf": 1}),
        (ValueError, "dropout=1 must be at least 0 and below 1", {"dropout": 1}),
        (TypeError, "dropout='0.1' must be a number", {"dropout": "0.1"}),
        (ValueError, "max_epochs=0 must be a whole number of epochs", {"max_epochs": 0}),
        (ValueError, "batch_size=0 must be", {"batch_size": 0}),
        (ValueError, "lr=0 must be above 0", {"lr": 0}),
        (
            ValueError,
            "lr_schedule='cosine' is unknown; use one of 'cycles', 'onecycle', None",
            {"lr_schedule": "cosine"},
        ),
        (TypeError, "optimizer='adam' must be a class of torch.optim", {"optimizer": "adam"}),
        (ValueError, "max_grad_norm=-1 must be above 0", {"max_grad_norm": -1}),
        (ValueError, "early_stopping needs 5 held-out sequences", {"early_stopping": True}),
        (
            ValueError,
            "validation_fraction=1 must be at least 0 and below 1",
            {"validation_fraction": 1},
        ),
        (ValueError, "device='tpu9' is unknown; use 'auto'", {"device": "tpu9"}),
        (TypeError, "random_state='seed' must be a whole number", {"random_state": "seed"}),
        (ValueError, "random_state=-1 must be at least 0", {"random_state": -1}),
        (TypeError, "cell must be a class such as tsrnn.cells.LSTM, got 'gru'", {"cell": "gru"}),
        (TypeError, "cell must be a class, not an instance of one", {"cell": GRU(2, 3)}),
        (TypeError, "torch.nn.GRU is a stack of layers, not a cell", {"cell": nn.GRU}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_out_of_range(refuses, error, match, params):
    refuses(error, match, **params)


class TimeFirst(GRU):
    """Breaks the contract: its outputs have the shape (time, batch, output_size)."""

    def forward(self, inputs, state=None):
        outputs, state = super().forward(inputs, state)
        return outputs.transpose(0, 1), state


class NoState(GRU):
    """Breaks the contract: it returns the outputs alone."""

    def forward(self, inputs, state=None):
        return super().forward(inputs, state)[0]


def test_a_cell_that_breaks_the_contract(refuses):
    refuses(
        ValueError, r"outputs of TimeFirst must have the shape \(batch, time, out", cell=TimeFirst
    )
    refuses(TypeError, r"NoState.forward must return the pair \(outputs, state\)", cell=NoState)


def test_weights_that_leave_nothing_to_score(quick):
    tagger = quick().fit(X, Y)
    with pytest.raises(ValueError, match="leave no label of y a weight above 0; give at least one"):
        tagger.score(["abc", ""], ["xyz", ""], sample_weight=[0, 1])
    with pytest.raises(ValueError, match="leave no label of y a weight above 0; give at least one"):
        tagger.score(X, [list("xyz"), [None, None]], sample_weight=[0, 1])


def test_going_on_with_new_labels(quick):
    tagger = quick(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"y\[1\]\[0\] is 'q', but the first fit had the labels"):
        tagger.fit(X, ["xyz", "qx"])
    assert len(tagger.history_) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"encoding": "onehot"},
        {"hidden_size": 9},
        {"num_layers": 2},
        {"bidirectional": True},
        {"dropout": 0.2},
        {"embedding_size": 5},
        {"crf": True},
        {"batch_size": 3},
        {"max_grad_norm": None},
    ],
    ids=str,
)
def test_what_going_on_would_pass_over(quick, change):
    tagger = quick(warm_start=True).fit(X, Y)
    ((name, value),) = change.items()
    was = tagger.get_params()[name]
    was = int(was) if was == 1.0 else was
    said = (
        f"{name}={value!r} has no effect on networks that were built with {name}={was!r}, and training goes on from "
        "these; set it back, or fit anew with warm_start=False."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        tagger.set_params(**change).fit(X, Y)
    assert len(tagger.history_) == 2
    assert len(tagger.set_params(warm_start=False).fit(X, Y).history_) == 2


def test_going_on_may_train_otherwise(quick):
    tagger = quick(warm_start=True).fit(X, Y)
    how = {"lr": 0.02, "lr_schedule": None, "max_epochs": 3, "class_weight": "balanced"}
    assert len(tagger.set_params(random_state=1, verbose=0, **how).fit(X, Y).history_) == 5


def test_another_kind_of_input_than_that_of_the_fit(quick):
    tagger = quick().fit(X, Y)
    with pytest.raises(TypeError, match="X holds ids, but fit had tokens; encode both alike"):
        tagger.predict(np.array([[2, 3]]))
    tagger = quick().fit(np.ones((2, 3, 4)), ["xyz", "zxy"])
    with pytest.raises(ValueError, match="X has 5 features a step, but fit had 4"):
        tagger.predict(np.ones((2, 3, 5)))


def test_a_loss_that_is_no_longer_finite(quick):
    with pytest.raises(ValueError, match=r"training diverged: .* use a lower lr"):
        quick(lr=1e30, max_grad_norm=None, optimizer=torch.optim.SGD, max_epochs=20).fit(X, Y)
