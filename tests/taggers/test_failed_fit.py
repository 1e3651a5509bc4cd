"""A fit that fails, or is broken off, leaves the tagger as it was; callbacks are those of now."""

import pytest
from sklearn.exceptions import NotFittedError

import tsrnn


@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("fails", ["interrupt", "divergence"])
def test_a_fit_that_fails_leaves_the_tagger_as_it_was(
    quick, words, crf, warm_start, fails, content, breaks_off
):
    X, y = words
    tagger = quick(warm_start=warm_start, crf=crf).fit(X[:30], [list(of) for of in y[:30]])
    before, answers = content(tagger), tagger.predict(X)
    if fails == "interrupt":
        tagger.set_params(callbacks=[breaks_off(1)])
    else:
        tagger.set_params(lr=1e30, lr_schedule=None)
    others = X if warm_start else [of.replace("a", "z") for of in X]
    with pytest.raises(KeyboardInterrupt if fails == "interrupt" else ValueError):
        tagger.fit(others, y)
    assert content(tagger.set_params(callbacks=None, lr=0.01, lr_schedule="onecycle")) == before
    assert tagger.predict(X) == answers


def test_a_first_fit_that_fails_leaves_the_tagger_unfitted(quick, words, breaks_off):
    tagger = quick(callbacks=[breaks_off(1)])
    with pytest.raises(KeyboardInterrupt):
        tagger.fit(*words)
    with pytest.raises(NotFittedError):
        tagger.predict(words[0])
    assert vars(tagger) == vars(quick(callbacks=tagger.callbacks))


def test_callbacks_given_after_the_first_fit_hear_of_the_next_one(quick, words, tmp_path, hears):
    tagger = quick(warm_start=True).fit(*words)
    tagger.set_params(callbacks=[hears]).fit(*words)
    assert hears.epochs == 2
    tagger.set_params(callbacks=None).save(tmp_path / "t")
    tsrnn.load(tmp_path / "t").set_params(callbacks=[hears]).fit(*words)
    assert hears.epochs == 4
