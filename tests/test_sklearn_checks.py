"""scikit-learn's own checks on everything that has a fit, and the few that sequences cannot pass.

CI runs this file on the newest scikit-learn and on the oldest that pyproject.toml allows.
"""

import pytest
import sklearn
from sklearn.base import BaseEstimator
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
    model_selection,
    preprocessing,
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
#: To scikit-learn strings are no table, so it has no checks that would feed them data.
OF_STRINGS = [CharSeqTagger(**SMALL), CharOrdinalEncoder()]

ORDER = (
    "the answer to a row depends on the rows before it: on their order, and on their being there"
)
LENGTH = "the columns are steps in time, as many as the longest sequence of a batch has"
OLD_SKLEARN = "scikit-learn 1.6 subtracts a float from the whole numbers of this check itself"

OF_ORDER = dict.fromkeys(
    ["check_methods_sample_order_invariance", "check_methods_subset_invariance"], ORDER
)
OF_LENGTH = dict.fromkeys(
    ["check_n_features_in", "check_n_features_in_after_fitting", "check_transformer_general"],
    LENGTH,
)
if sklearn.__version__.startswith("1.6."):
    OF_LENGTH["check_positive_only_tag_during_fit"] = OLD_SKLEARN

#: Every check that fails, and why; all others must pass, and these must fail (xfail_strict).
EXPECTED_FAILURES = {
    **dict.fromkeys([LSTMForecaster, GRUForecaster, RNNForecaster, RecurrentForecaster], OF_ORDER),
    SequenceRegressor: OF_ORDER,
    SlidingWindow: OF_ORDER,
    SequenceOneHotEncoder: OF_LENGTH,
    SequenceEmbeddingEncoder: OF_LENGTH,
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
    public = [
        value
        for room in (tsrnn, model_selection, preprocessing)
        for name in room.__all__
        if isinstance(value := getattr(room, name), type) and hasattr(value, "fit")
    ]
    assert set(public) == {type(estimator) for estimator in [*OF_TABLES, *OF_STRINGS]}
    assert all(issubclass(cls, BaseEstimator) for cls in public)


@pytest.mark.parametrize("estimator", OF_TABLES, ids=lambda estimator: type(estimator).__name__)
def test_only_strings_are_kept_from_the_checks(estimator):
    tags = get_tags(estimator)
    assert tags.input_tags.two_d_array
    assert not tags.no_validation
    assert not tags._skip_test
    assert not tags.non_deterministic


@pytest.mark.parametrize("estimator", OF_STRINGS, ids=lambda estimator: type(estimator).__name__)
def test_what_reads_strings_says_so(estimator):
    tags = get_tags(estimator).input_tags
    assert tags.string
    assert not tags.two_d_array
