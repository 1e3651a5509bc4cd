"""Fit networks: settle what is "auto", scale, build, train."""

import copy
import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from tsrnn.forecasting import choices
from tsrnn.forecasting.difficulty import learn_difficulty
from tsrnn.forecasting.effects import are_unlike, effects_of, scales_of
from tsrnn.forecasting.held_out import HeldOut, examine, lags_of, quantiles_of_errors, windows_worth
from tsrnn.forecasting.parameters import check_levels
from tsrnn.forecasting.regressing import start_from_regression
from tsrnn.forecasting.rollout import Rollout
from tsrnn.forecasting.rows import network_rows
from tsrnn.forecasting.scaling import count_on_typical_scale
from tsrnn.forecasting.settings import Settings, choose_settings, series_in_window
from tsrnn.forecasting.shrinking import LEAST, shrink
from tsrnn.forecasting.smoothing import start_from_smoothing
from tsrnn.forecasting.spread import quantiles_without_held_out, shape_and_size
from tsrnn.generators import seeded
from tsrnn.nn.forecast import ForecastNetwork
from tsrnn.nn.losses import ForecastLoss
from tsrnn.nn.skips import LinearSkip
from tsrnn.training import (
    VALIDATION_WINDOWS,
    build_net,
    draw_seeds,
    epochs_to_best,
    in_words_of_build,
    patience_of,
    progress_bar,
    side_by_side,
    train,
    warn_of_no_judge,
)
from tsrnn.windows import Windows, pad_rows, plan_ready_windows, plan_windows

#: Levels of loss="quantile" where none are named.
DEFAULT_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
#: Epochs without a better validation loss that early_stopping=True waits for.
_PATIENCE = 20
#: Training windows whose errors are looked at, at most.
_TRAINED = 512
#: Share of the epochs that held-out rows judge, where training then goes on with these rows, too.
_JUDGED = 0.6


@dataclass
class Fit:
    """Everything that fitting learned.

    `nets` are the skorch nets of the ensemble's members, `seeds` theirs; `rollout` forecasts with them; `built` are
    the parameters that the networks were built with, as text; `held_out` is how well they do on held-out rows.
    """

    settings: Settings
    rollout: Rollout
    device: torch.device
    nets: list
    seeds: list
    built: dict
    held_out: HeldOut | None = None


def begin(data, params, device, random_state):
    """Settle the settings, learn the scales from the training rows, and build untrained networks.

    Parameters
    ----------
    data : FitData
    params : dict
        The forecaster's parameters, checked.
    device : torch.device
    random_state : int, RandomState, Generator or None

    Returns
    -------
    Fit
    """
    settings, transform = choose_settings(data, params)
    columns = data.columns
    training_panel = partial(data.training_panel, settings.horizon, params["validation_fraction"])
    columns.forget_unseen(data.panel.values, training_panel().values)
    panel = training_panel()  # anew, with the codes of now: of several series it is a copy
    training = panel.values
    columns.learn_scale(training, raw=settings.normalization is None and data.has_history)
    targets = transform.forward(training[:, : len(columns.targets)])
    quantile = params["loss"] == "quantile"
    given = params["quantiles"]
    levels = check_levels(DEFAULT_LEVELS if given is None else given) if quantile else []
    rollout = Rollout(
        nets=[],
        columns=columns,
        transform=transform,
        horizon=settings.horizon,
        shifts=settings.normalization is not None,
        typical=np.nan_to_num(_mean(targets)),
        levels=sorted({*levels, 0.5}) if quantile else [],
    )
    seeds = draw_seeds(random_state, params["n_estimators"])
    fit = Fit(settings, rollout, device, rollout.nets, seeds, in_words_of_build(params))
    plan = plan_of(data, settings, params["validation_fraction"])
    gaps = bool(np.isnan(targets).any()) or plan.train.padded(plan.window_size)
    seen = {
        "indicator": settings.segment_size > 1 or gaps,
        "missing": np.isnan(training[:, len(columns.targets) :]).any(0).tolist(),
        "effects": _effects(data, settings, targets, panel),
    }
    for seed, lookback in zip(seeds, settings.lookbacks, strict=True):
        with seeded(seed, device):
            fit.nets.append(_build(fit, params, lookback, seen))
    return fit


def _effects(data, settings, targets, training):
    """Return what the known covariates add to the targets, None where there are none.

    The plain network, whose windows stay as they are, finds out for itself.
    """
    columns = data.columns
    known = columns.known_slice.start - len(columns.targets)
    cardinalities = columns.cardinalities[known:]
    if not cardinalities or settings.normalization is None or not data.has_history:
        return None
    covariates = columns.standardise(training.values[:, len(columns.targets) :])[:, known:]
    is_relative = False
    if not data.ready:  # windows that the user cut may be of one series
        scales = scales_of(targets, training.offsets, settings.window_size, settings.normalization)
        is_relative = bool(are_unlike(scales))
    if is_relative:
        targets = targets / np.repeat(scales, training.lengths, axis=0)
    effects = effects_of(targets, covariates, cardinalities, training.offsets, settings.skip_lag)
    return None if effects is None else (*effects, is_relative)


def go_on(fit, data, params, epochs, schedule):
    """Train the networks of a fit for `epochs` more epochs on the rows of `data`.

    Parameters
    ----------
    fit : Fit
    data : FitData
    params : dict
    epochs : int
    schedule : {"auto", "cycles", "onecycle", None}
        "auto": that of the settings.

    Raises
    ------
    ValueError
        Where no series has rows for a single window; before any training.
    """
    plan = plan_of(data, fit.settings, params["validation_fraction"])
    if not len(plan.train):
        raise ValueError(
            f"X: too few rows: horizon={plan.horizon} needs at least {plan.horizon + 1} rows in one "
            f"series, the longest has {data.panel.lengths.max()}; give more rows."
        )
    all_origins = plan_of(data, fit.settings, 0).train
    windows = windows_over(fit, data, plan.train, plan.valid, all_origins)
    training, held_out, everything = windows
    training.least_past = everything.least_past = _least_past(fit.settings)
    judged_by = _judged_by(fit)
    if len(held_out) and not held_out.has_target(judged_by):
        warn_of_no_judge()
        held_out = []
    schedule = fit.settings.lr_schedule if schedule == "auto" else schedule
    asked = fit.settings.refit if isinstance(params["refit"], str) else params["refit"]
    refits = asked and len(held_out) > 0
    judged = math.ceil(_JUDGED * epochs) if refits else epochs
    how = {
        "device": fit.device,
        "lr": fit.settings.lr if params["lr"] == "auto" else params["lr"],
        "schedule": schedule,
        "patience": patience_of(params["early_stopping"], _PATIENCE),
        "settings": fit.settings,
        "plenty": choices.are_plenty(len(training) * _series_in_window(fit), training.horizon),
    }
    # The plain network starts from nothing, and quantiles spread where a naive forecast has no width.
    shrinks = fit.settings.normalization is not None and len(fit.rollout.levels) < 2
    shrinks &= params["validation_fraction"] > 0
    shrink_by = judged_by if shrinks else None
    learn = partial(_learn, windows=(training, held_out), shrink_by=shrink_by, epochs=judged, **how)
    refit = partial(_refit, windows=everything, judged=judged, at_most=epochs - judged, **how)
    before = [len(net.history) for net in fit.nets]
    with progress_bar(epochs * len(fit.nets), params["verbose"]) as bar:
        tasks = list(zip(fit.nets, fit.seeds, strict=True))
        fit.nets[:] = side_by_side(learn, tasks, len(training), judged, bar)
        # By heart a network knows its training windows, unless what it learned of them was shrunk.
        _learn_from_held_out(fit, held_out, training, shrinks and not len(plan.valid))
        if refits:
            tasks = list(zip(fit.nets, fit.seeds, before, strict=True))
            fit.nets[:] = side_by_side(refit, tasks, len(everything), epochs - judged, bar)


def _learn(net, seed, *, windows, settings, plenty, shrink_by, **how):
    """Train one network as long as held-out rows judge it, and keep as much of what it learned as they say."""
    training, held_out = windows
    begins = not net.history
    if begins:
        _start(net, training, settings, plenty)
    known = net.module_.share
    net.module_.keep_share(1.0)
    _train(net, seed, training, held_out, **how)
    if shrink_by is None:
        return net
    if len(held_out):
        shrink(net, held_out, shrink_by)
    elif begins:
        shrink(net, training, shrink_by, held_out=False)
    else:
        net.module_.keep_share(known)
    return net


def _train(net, seed, *windows, device, **how):
    seed = seed + len(net.history)
    with seeded(seed, device):
        train(net, *windows, seed=seed, **how)


def _refit(
    net, seed, before, *, windows, settings, plenty, judged, at_most, bar, schedule, patience, **how
):
    """Tell the start anew by all rows, and train on with those that were held out.

    That takes `at_most` epochs if the best of the `judged` ones was the last, half as many if it was half way, and so
    on. How much is kept of what is learned stays as the held-out rows told it; where it is the least, there is nothing
    to learn.
    """
    share = net.module_.share
    if before == 0 and isinstance(net.module_.skip, LinearSkip):
        net.module_.skip.start_anew()
        _move_start(net.module_, windows, settings, plenty)
    epochs = round(at_most / judged * epochs_to_best(net, before)) if share > LEAST else 0
    if bar is not None:
        bar.total += epochs - at_most
    if epochs == 0:
        return net
    net.module_.keep_share(1.0)
    how |= {"schedule": schedule and "onecycle", "patience": None, "heard": False}
    _train(net, seed, windows, [], epochs=epochs, bar=bar, **how)
    net.module_.keep_share(share)
    return net


def _start(net, training, settings, plenty):
    """Prepare an untrained network: a typical scale and, unless rows are plenty, a forecast to start from."""
    module = net.module_
    if settings.transform == "log" and settings.normalization == "last":
        count_on_typical_scale(module, training)
    _move_start(module, training, settings, plenty)


def _move_start(module, windows, settings, plenty):
    module.train()  # it meets windows as they train, not as they are forecast
    if isinstance(module.skip, LinearSkip) and not plenty:
        start_from_smoothing(module, windows, settings.season_length)
        start_from_regression(module, windows)
    module.eval()


def _least_past(settings):
    """Return the rows that training shows of a window at least; None where networks are not told which are missing."""
    return 2 * settings.horizon if settings.segment_size > 1 else None


def _judged_by(fit):
    """Return how many held-out windows judge a network: each of independent targets is one more of them."""
    return max(1, VALIDATION_WINDOWS // _series_in_window(fit))


def _series_in_window(fit):
    return series_in_window(fit.settings.channels, fit.rollout.columns.targets)


def _learn_from_held_out(fit, windows, training, else_trained):
    """Learn how far forecasts miss; where nothing is held out of a few more rows, what was known stays.

    Where nothing is known, `else_trained` says whether the training windows tell.
    """
    rollout = fit.rollout
    errors, changes, held_out = examine(fit, windows, VALIDATION_WINDOWS)
    fit.held_out = held_out or fit.held_out
    if rollout.levels:
        rollout.residuals = None  # a calibration was of other weights
        return
    trained, trained_changes, _ = examine(fit, training, _TRAINED)
    trained = trained[..., 0]
    n_apart = windows_worth(training, _TRAINED, trained) / training.horizon
    if errors is not None or rollout.residuals is None:
        lags = lags_of(fit.settings)
        rollout.difficulty = learn_difficulty(lags, trained_changes, trained, n_apart)
    rollout.trained = shape_and_size(trained / rollout.difficulty.of(trained_changes))
    if errors is not None:
        rollout.residuals = quantiles_of_errors(fit, windows, VALIDATION_WINDOWS, errors, changes)
    if rollout.residuals is None and else_trained:
        rollout.residuals = quantiles_without_held_out(rollout.trained, n_apart)


def windows_over(fit, data, *sets):
    """Return windows over the rows of `data`, one `Windows` for each set of origins."""
    settings, columns = fit.settings, fit.rollout.columns
    rows = network_rows(data.panel, fit.rollout)
    flat = pad_rows(rows, settings.window_size, fit.device, after=settings.horizon)
    sizes = settings.window_size, settings.horizon, len(columns.targets)
    return [Windows(flat, origins, *sizes, columns.known_slice) for origins in sets]


def plan_of(data, settings, validation_fraction):
    """Return which windows of the data train and which validate."""
    if data.ready:
        return plan_ready_windows(
            len(data.panel.keys), settings.window_size, settings.horizon, validation_fraction
        )
    return plan_windows(
        data.panel.offsets, settings.window_size, settings.horizon, validation_fraction
    )


def _mean(values):
    counts = (~np.isnan(values)).sum(0)
    return np.nansum(values, axis=0) / np.maximum(counts, 1)


def _build(fit, params, lookback, seen):
    """Build one network, which looks back on `lookback` rows, and its skorch net; `seen` is what the rows say of it."""
    settings, columns, levels = fit.settings, fit.rollout.columns, fit.rollout.levels
    segment = settings.segment_size
    if params["segment_size"] == "auto" and lookback != settings.window_size:
        segment = choices.choose_segment(lookback, settings.season_length)
    module = ForecastNetwork(
        params["cell"],
        n_targets=len(columns.targets),
        window_size=lookback,
        horizon=settings.horizon,
        cardinalities=columns.cardinalities,
        n_past=len(columns.past),
        hidden_size=params["hidden_size"],
        num_layers=params["num_layers"],
        dropout=params["dropout"],
        segment_size=segment,
        normalization=settings.normalization,
        skip=settings.skip,
        skip_lag=settings.skip_lag,
        skip_lags=choices.lags_within(settings.skip_lags, lookback, settings.season_length),
        season_length=settings.season_of_gaps,
        head=params["head"],
        independent=settings.channels == "independent",
        **seen,
        n_quantiles=max(1, len(levels)),
        median=levels.index(0.5) if levels else 0,
    )
    # What a loss module learns is this network's own, and the user's stays as it was.
    loss = copy.deepcopy(params["loss"])
    return build_net(
        module,
        ForecastLoss(loss, levels),
        device=fit.device,
        optimizer=params["optimizer"],
        lr=settings.lr,
        batch_size=settings.batch_size,
        epoch_size=settings.epoch_size,
        judged_by=_judged_by(fit),
        max_grad_norm=params["max_grad_norm"],
        callbacks=params["callbacks"],
    )
