"""The table and the picture of the benchmark of skill, made of the lines of its CSV."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from data_sets import DATA_SETS, METRICS, main_metric

ERRORS = ["OWA", "sMAPE", "MASE", "WQL", "MSE", "MAE", "MASE/naive"]
#: Data sets of one kind, of which the table and the picture have the mean too.
GROUPS = ["ETTh1", "short", "walks", "rates"]
ORDER = [
    name for kind in METRICS for name in [*DATA_SETS, f"{kind}-mean"] if name.split("-")[0] == kind
]
RATIO = "/seasonal"
MARKERS = "Do^vsPX<>*"
PUBLISHED = {"s": 420, "marker": "|", "color": "0.6", "zorder": 0, "label": "published"}
TICKS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.2, 1.5, 2, 3, 4, 6, 10, 20, 50]


def means(lines):
    """Return the mean over each group of data sets, of the models and seeds that have all of them."""
    found = []
    for kind in GROUPS:
        n_sets = sum(name.startswith(f"{kind}-") for name in DATA_SETS)
        part = lines[lines["data"].str.startswith(f"{kind}-")]
        for (model, seed), rows in part.groupby(["model", "seed"]):
            if len(rows) == n_sets:
                row = {"data": f"{kind}-mean", "model": model, "seed": seed, "MB": rows["MB"].max()}
                found.append({**row, **rows[[*ERRORS, "seconds"]].mean()})
    return pd.DataFrame(found)


def table(lines, anchors, models):
    """Return a frame with one row per data set and model: medians over seeds, and published figures.

    `seconds` are those of one fit and its forecasts.
    """
    lines = lines.assign(seconds=lines["seconds"] / lines["fits"])
    lines = pd.concat([lines, means(lines)], ignore_index=True)
    numbers = [*ERRORS, "seconds", "MB"]
    groups = lines.astype({name: float for name in numbers}).groupby(["data", "model"])
    rows = groups[numbers].median().assign(seeds=groups.size(), note="").reset_index()
    published = anchors[anchors["data"].isin(rows["data"])].rename(columns={"source": "note"})
    published = published.assign(model="published: " + published["model"])
    rows = pd.concat([rows, published], ignore_index=True)
    rows["published"] = rows["model"].str.startswith("published: ")
    place = rows["model"].map({name: i for i, name in enumerate(models)}).fillna(len(models))
    rows = rows.assign(set=rows["data"].map(ORDER.index), place=place)
    rows = rows.sort_values(["set", "place"], kind="stable").drop(columns=["set", "place"])
    return rows.assign(**{RATIO: ratios(rows)}).reset_index(drop=True)


def ratios(rows):
    """Return the metric of the field over the seasonal naive's; over the naive's where there is no season."""
    error = [rows.loc[i, main_metric(name)] for i, name in rows["data"].items()]
    error = pd.Series(error, rows.index, dtype=float)
    base = error[rows["model"] == "seasonal-naive"].groupby(rows["data"]).first()
    base = base.reindex(rows["data"].unique())
    base[[name for name in base.index if main_metric(name) == "MASE/naive"]] = 1.0
    return error / rows["data"].map(base)


def text(rows, lines, left_out):
    """Return the table as text, with the dates and versions of its lines and what was left out."""
    shown = rows[["data", "model", *ERRORS, RATIO, "seconds", "MB", "seeds", "note"]].copy()
    shown["data"] = shown["data"].mask(shown["data"].duplicated(), "")
    for name in [*ERRORS, RATIO, "seconds", "MB", "seeds"]:
        digits = {"seconds": 1, "MB": 0, "seeds": 0}.get(name, 3)
        shown[name] = [f"{x:,.{digits}f}" if pd.notna(x) else "" for x in shown[name]]
    words = {
        name: max(shown[name].str.len().max(), len(name)) for name in ("data", "model", "note")
    }
    shown = shown.assign(**{name: shown[name].str.ljust(width) for name, width in words.items()})
    body = shown.rename(columns={name: name.ljust(width) for name, width in words.items()})
    body = body.to_string(index=False).splitlines()
    packages = sorted({word for found in lines["packages"] for word in found.split(", ")})
    heading = [
        "Errors are medians over seeds; /seasonal: OWA, MSE or MASE over the seasonal naive's, on walks and rates "
        "the naive's. WQL: at 0.1 to 0.9.",
        "seconds: one fit and its forecasts. MB: peak of the process and of those it trains in, imports included.",
        f"{lines['date'].min()} to {lines['date'].max()}; {_all(lines['processor'])}; "
        f"threads {_all(lines['threads'])}; {', '.join(packages)}.",
        "",
    ]
    notes = [f"Left out: {model} on {data}: {why}." for (data, model), why in left_out.items()]
    return "\n".join([*heading, *(line.rstrip() for line in body), "", *notes]) + "\n"


def _all(values):
    return ", ".join(sorted(map(str, values.unique())))


def headline(rows):
    """Say in a sentence how our defaults do on what is drawn."""
    rows = rows[~rows["published"]]
    ours = rows[rows["model"] == "tsrnn"].set_index("data")[RATIO]
    if ours.empty:
        return "Errors of forecasts, relative to the seasonal naive's"
    others = rows[~rows["model"].str.startswith("tsrnn")].groupby("data")[RATIO].min()
    first = (ours < others.reindex(ours.index)).sum()
    return (
        f"tsrnn's defaults beat the seasonal naive on {(ours < 1).sum()} of {len(ours)} data sets,\n"
        f"and every other model that was run here on {first}"
    )


def draw(rows, path):
    """Draw each model's error on each data set, a group of data sets by its mean, as a picture."""
    kinds, is_mean = rows["data"].str.split("-").str[0], rows["data"].str.endswith("-mean")
    rows = rows[(is_mean | ~kinds.isin(kinds[is_mean])) & rows[RATIO].notna()]
    if rows.empty:
        return
    names = list(rows["data"].unique())
    figure, ax = plt.subplots(figsize=(10, 1.7 + 0.62 * len(names)), layout="constrained")
    draw_models(ax, rows[~rows["published"]], names)
    published = rows[rows["published"]]
    ax.scatter(published[RATIO], published["data"].map(names.index), **PUBLISHED)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_xscale("log")
    limits = ax.get_xlim()
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.minorticks_off()
    ax.set_xlim(limits)
    ax.set_yticks(range(len(names)), [f"{name}\n{main_metric(name)}" for name in names])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(
        "error / seasonal naive's error (walks, rates: naive's), log scale; left is better"
    )
    ax.grid(axis="x", color="0.92")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    legend = ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    for handle in legend.legend_handles:
        handle.set_sizes([50])
    figure.suptitle(headline(rows), fontweight="bold")
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_models(ax, rows, names):
    """Mark every model on the lines of the data sets, one beneath the other."""
    models = rows["model"].unique()
    shifts = np.linspace(-0.28, 0.28, max(len(models), 2))
    for i, (model, shift) in enumerate(zip(models, shifts, strict=False)):
        part = rows[rows["model"] == model]
        size = 70 if model.startswith("tsrnn") else 34
        style = {"s": size, "marker": MARKERS[i % 10], "color": f"C{i}", "label": model}
        ax.scatter(part[RATIO], part["data"].map(names.index) + shift, **style)
