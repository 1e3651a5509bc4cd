"""What scikit-learn asks of every transformer, and the two things that order in time forbids."""

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from tsrnn.preprocessing import (
    CharOrdinalEncoder,
    SequenceEmbeddingEncoder,
    SequenceOneHotEncoder,
    SlidingWindow,
)

ORDER_IN_TIME = {
    "check_methods_sample_order_invariance": "the window of a row is the rows before it",
    "check_methods_subset_invariance": "the window of a row is the rows before it",
}

# scikit-learn has no common checks for text and ids but these, which feed no data.
CHECKS_WITHOUT_DATA = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@parametrize_with_checks(
    [SlidingWindow(), SlidingWindow(flatten=True)],
    expected_failed_checks=lambda estimator: ORDER_IN_TIME,
)
def test_sliding_window_is_a_transformer_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", CHECKS_WITHOUT_DATA)
@pytest.mark.parametrize(
    "encoder", [CharOrdinalEncoder(), SequenceOneHotEncoder(), SequenceEmbeddingEncoder()]
)
def test_encoders_are_estimators_of_scikit_learn(encoder, check):
    getattr(estimator_checks, check)(type(encoder).__name__, encoder)
