"""scikit-learn's own checks on everything that has a fit, and the two that order in time makes impossible.

CI runs this file on the newest scikit-learn and on the oldest that pyproject.toml allows.
"""

from contextlib import nullcontext
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator, clone
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

import tsrnn
from tsrnn import (
    CharSeqTagger,
    GRUForecaster,
    LSTMForecaster,
    RecurrentForecaster,
    RNNForecaster,
    SequenceRegressor,
)
from tsrnn.cells import JANET
from tsrnn.model_selection import SeasonalNaive
from tsrnn.preprocessing import (
    CharOrdinalEncoder,
    SequenceEmbeddingEncoder,
    SequenceOneHotEncoder,
    SlidingWindow,
)

#: Enough for what the checks look at.
SMALL = {"hidden_size": 2, "max_epochs": 1, "device": "cpu", "random_state": 0}

#: A regressor has to learn something: R² above 0.5 on rows whose target is a linear function of them.
LEARNING = {**SMALL, "hidden_size": 8, "max_epochs": 20, "lr": 0.05}

OF_TABLES = [
    LSTMForecaster(**SMALL),
    GRUForecaster(**SMALL),
    RNNForecaster(**SMALL),
    RecurrentForecaster(JANET, **SMALL),
    SequenceRegressor(**LEARNING),
    SequenceRegressor(stateful=True, **LEARNING),
    SlidingWindow(),
    SlidingWindow(flatten=True),
    SequenceOneHotEncoder(),
    SequenceEmbeddingEncoder(random_state=0),
    SeasonalNaive(),
]
#: To scikit-learn strings are no table, so it has no checks that would feed them data. A tagger takes ids, which are
#: one, but its y has a label for each of them, which no check has.
OF_STRINGS = [CharSeqTagger(**SMALL), CharOrdinalEncoder()]

ORDER = (
    "the answer to a row depends on the rows before it: on their order, and on their being there"
)
OF_ORDER = dict.fromkeys(
    ["check_methods_sample_order_invariance", "check_methods_subset_invariance"], ORDER
)

#: Every check that fails, and why; all others must pass, and these must fail (xfail_strict).
EXPECTED_FAILURES = {
    **dict.fromkeys([LSTMForecaster, GRUForecaster, RNNForecaster, RecurrentForecaster], OF_ORDER),
    SequenceRegressor: OF_ORDER,
    SlidingWindow: OF_ORDER,
}

CHECKS_WITHOUT_DATA = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@parametrize_with_checks(
    OF_TABLES, expected_failed_checks=lambda estimator: EXPECTED_FAILURES.get(type(estimator), {})
)
def test_tables_pass_the_checks_of_scikit_learn(estimator, check, monkeypatch):
    # Without it one check is skipped.
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)


@pytest.mark.parametrize("check", CHECKS_WITHOUT_DATA)
@pytest.mark.parametrize("estimator", OF_STRINGS, ids=lambda estimator: type(estimator).__name__)
def test_strings_pass_the_checks_of_scikit_learn_that_need_no_data(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


def test_everything_that_has_a_fit_is_checked():
    rooms = [tsrnn, *(import_module(f"tsrnn.{room.name}") for room in iter_modules(tsrnn.__path__))]
    public = {
        value
        for room in rooms
        for name, value in vars(room).items()
        if isinstance(value, type) and not name.startswith("_")
        if value.__module__.startswith("tsrnn.") and hasattr(value, "fit")
    }
    assert public == {type(estimator) for estimator in [*OF_TABLES, *OF_STRINGS]}
    assert all(issubclass(cls, BaseEstimator) for cls in public)


def test_order_is_the_only_reason_for_a_failure():
    assert all(checks is OF_ORDER for checks in EXPECTED_FAILURES.values())
    assert set(OF_ORDER.values()) == {ORDER}


each_table = pytest.mark.parametrize(
    "estimator", OF_TABLES, ids=lambda estimator: type(estimator).__name__
)


@each_table
def test_only_strings_are_kept_from_the_checks(estimator):
    tags = get_tags(estimator)
    assert tags.input_tags.two_d_array
    assert not tags.no_validation
    assert not tags._skip_test
    assert not tags.non_deterministic


IDS = pd.DataFrame(np.random.default_rng(0).integers(1, 5, (40, 2)), columns=["a", "b"])
VALUES = IDS.to_numpy(dtype=np.float64)
#: What each tag of the input is about, in whole numbers that are ids too, with a y.
TAGGED = {
    "two_d_array": (IDS, VALUES[:, 0]),
    "three_d_array": (np.stack([VALUES] * 3, axis=1), np.stack([VALUES[:, 0]] * 3, axis=1)),
    "one_d_array": (VALUES[:, 0], VALUES[:, 0]),
    "sparse": (scipy.sparse.csr_array(VALUES), VALUES[:, 0]),
    "categorical": (IDS.astype({"b": "category"}), VALUES[:, 0]),
    "dict": ([{"a": 1}, {"a": 2}] * 20, VALUES[:, 0]),
    "allow_nan": (IDS.where(IDS > 1), VALUES[:, 0]),
}


@pytest.mark.filterwarnings("ignore:.*missing")
@pytest.mark.parametrize("tag", TAGGED)
@each_table
def test_what_a_tag_says_of_the_input_is_so(estimator, tag):
    legal = getattr(get_tags(estimator).input_tags, tag)
    with nullcontext() if legal else pytest.raises((TypeError, ValueError)):
        clone(estimator).fit(*TAGGED[tag])


@each_table
def test_numbers_below_zero_are_refused_where_the_tag_says_so(estimator):
    positive_only = get_tags(estimator).input_tags.positive_only
    with pytest.raises(ValueError, match="Negative") if positive_only else nullcontext():
        clone(estimator).fit(IDS - 2, VALUES[:, 0])


@pytest.mark.parametrize("estimator", OF_STRINGS, ids=lambda estimator: type(estimator).__name__)
def test_what_reads_strings_says_so(estimator):
    tags = get_tags(estimator).input_tags
    assert tags.string
    assert not tags.two_d_array
