"""The example of the default: what its pictures show is what the fit did."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from tsrnn.datasets import load_airline, load_bikeshare

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ROWS, ACTUAL = load_airline()[:-12], load_airline()[-12:]


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "how_the_default_forecasts.py"))


@pytest.fixture(scope="module")
def fitted(example):
    return example["fit_passengers"](ROWS)


def test_the_share_with_the_least_loss_is_the_one_that_is_kept_unless_by_luck(example, fitted):
    for f in (fitted, example["fit_chaos"](epochs=20)):
        (asked,) = f.callbacks
        losses = np.array(asked.losses)
        assert len(losses) == len(example["SHARES"])
        best = example["SHARES"][losses.argmin()] if losses.min() < 0.95 * losses[0] else 0.0
        apart = f.diagnose()["n_windows"].item() / f.horizon_
        assert f.module_.share == pytest.approx(max(0.1, round(best * apart / (apart + 4), 2)))
        kept = np.interp(f.module_.share, example["SHARES"], losses)
        assert kept == pytest.approx(f.diagnose()["network"].item(), rel=1e-3)


def test_the_window_is_drawn_as_the_network_scales_it(example, fitted):
    z, ahead = example["last_window"](fitted, ROWS, ACTUAL)
    assert list(ahead) == ["where training starts", "what came", "forecast"]
    start, came, forecast = ahead.values()
    skip = fitted.module_.skip
    expected = skip.start_weight.numpy() @ z + skip.start_bias.numpy()[:, 0]
    np.testing.assert_allclose(start, expected, atol=1e-5)
    seen = torch.tensor(np.log(ROWS["Passengers"].to_numpy(float)[None, -84:, None])).float()
    with torch.no_grad():
        expected, scale = fitted.module_.eval()(seen, torch.empty(1, 12, 0))
    expected = (expected - seen.mean()) / scale
    np.testing.assert_allclose(forecast, expected[0, :, 0], atol=1e-4)
    step = np.diff(np.log(ACTUAL["Passengers"].to_numpy(float)))
    np.testing.assert_allclose(np.diff(came) * scale.item(), step, rtol=1e-5)


def test_humidity_costs_what_least_squares_say(example):
    change, cause, slope = example["humidity_effect"](load_bikeshare())
    assert len(change) == len(load_bikeshare()) - 168
    assert slope == pytest.approx(cause @ change / (cause @ cause), rel=0.01)


def test_every_picture_is_written_with_units_and_a_finding(example, folder, capsys):
    plt.switch_backend("Agg")
    plt.close("all")
    example["main"](folder, epochs=2)
    names = ["rows", "season", "log", "effect", "window", "training", "share", "bands"]
    paths = [folder / f"default_{name}.png" for name in names]
    assert capsys.readouterr().out.splitlines() == [f"Wrote {path}" for path in paths]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    figures = [plt.figure(number) for number in plt.get_fignums()]
    titles = [figure.get_suptitle() or figure.axes[0].get_title() for figure in figures]
    assert "Air passengers resemble themselves most after 12 months" in titles
    assert "Ten points more humidity than a week before: 7% fewer bikes" in titles
    assert all(any(ax.get_ylabel() for ax in figure.axes) for figure in figures)
    plt.close("all")
