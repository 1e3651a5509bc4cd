import numpy as np
import pandas as pd
import pytest

from tsrnn.datasets import make_adding, make_hello, make_sine, make_sine_cosine


def test_the_sine_has_800_points_of_period_40():
    y = make_sine()
    assert y.index.equals(pd.RangeIndex(800))
    assert y.name == "sine"
    assert y.iloc[[0, 10, 20, 30]].tolist() == pytest.approx([0, 1, 0, -1], abs=1e-12)
    np.testing.assert_allclose(y[40:], y[:-40], atol=1e-12)


def test_sine_and_cosine_belong_to_one_angle():
    df = make_sine_cosine()
    assert df.shape == (3000, 2)
    np.testing.assert_allclose(df["sine"] ** 2 + df["cosine"] ** 2, 1)
    # The tutorial's loop over chunks of ten points, written out.
    for k in (0, 1, 299):
        angle = np.linspace(k * np.pi, (k + 1) * np.pi, 10)
        chunk = df.iloc[10 * k : 10 * (k + 1)]
        np.testing.assert_allclose(
            chunk, np.column_stack([np.sin(angle), np.cos(angle)]), atol=1e-9
        )


def test_each_character_of_hello_has_a_label_and_the_ls_have_two():
    X, y = make_hello()
    assert list(zip(X[0], y[0], strict=True)) == [
        ("h", "o"),
        ("e", "h"),
        ("l", "l"),
        ("l", "o"),
        ("o", "l"),
    ]


def test_the_answer_of_the_adding_problem_is_the_sum_of_one_number_of_each_half():
    X, y = make_adding(n_samples=50, n_steps=11, random_state=0)
    numbers, marks = X[:, :, 0], X[:, :, 1]
    assert set(np.unique(marks)) == {0, 1}
    assert (marks[:, :5].sum(1) == 1).all()
    assert (marks[:, 5:].sum(1) == 1).all()
    np.testing.assert_allclose(y, [n[m == 1].sum() for n, m in zip(numbers, marks, strict=True)])
    assert 0 <= numbers.min() < 0.1 < 0.9 < numbers.max() <= 1
    again, other = (make_adding(n_samples=50, n_steps=11, random_state=seed)[0] for seed in (0, 1))
    np.testing.assert_array_equal(again, X)
    assert not np.array_equal(other, X)
    with pytest.raises(ValueError, match="n_steps=1 must be at least 2"):
        make_adding(n_steps=1)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (make_sine, "n_samples"),
        (make_sine, "period"),
        (make_sine_cosine, "n_chunks"),
        (make_sine_cosine, "chunk_size"),
        (make_adding, "n_samples"),
        (make_adding, "n_steps"),
    ],
)
def test_sizes_that_are_not_positive_are_named(make, argument):
    with pytest.raises(ValueError, match=f"{argument}=0 must be greater than 0"):
        make(**{argument: 0})
