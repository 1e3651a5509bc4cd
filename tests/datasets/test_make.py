import numpy as np
import pandas as pd
import pytest

from tsrnn.datasets import make_hello, make_sine, make_sine_cosine


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


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (make_sine, "n_samples"),
        (make_sine, "period"),
        (make_sine_cosine, "n_chunks"),
        (make_sine_cosine, "chunk_size"),
    ],
)
def test_sizes_that_are_not_positive_are_named(make, argument):
    with pytest.raises(ValueError, match=f"{argument}=0 must be greater than 0"):
        make(**{argument: 0})
