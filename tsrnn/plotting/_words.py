"""Numbers, spans and names as a reader of a picture wants them."""

import itertools
import math
import numbers
import textwrap

_UNITS = {
    "Y": "year",
    "A": "year",
    "Q": "quarter",
    "M": "month",
    "SM": "half-month",
    "W": "week",
    "D": "day",
    "B": "business day",
    "C": "business day",
    "h": "hour",
    "H": "hour",
    "min": "minute",
    "T": "minute",
    "s": "second",
    "S": "second",
}


def steps_in_words(clock, n_steps):
    """Say how long `n_steps` steps of a Clock (or None) are.

    Examples
    --------
    >>> import pandas as pd
    >>> from tsrnn.clocks import Clock
    >>> steps_in_words(Clock(pd.tseries.frequencies.to_offset("MS")), 24)
    '24 months'
    >>> steps_in_words(Clock(pd.tseries.frequencies.to_offset("15min")), 96)
    '96 steps of 15 minutes'
    """
    freq = getattr(clock, "freq", None)
    if freq is None or isinstance(freq, int):
        return count(n_steps, "step")
    code = freq.rule_code.split("-")[0]
    unit = _UNITS.get(code) or _UNITS.get(code.removeprefix("C").removeprefix("B")[:1])
    if unit is None:
        return count(n_steps, "step")
    if freq.n == 1:
        return count(n_steps, unit)
    return f"{count(n_steps, 'step')} of {count(freq.n, unit)}"


def count(n, word):
    """Count things: "1 day", "1,200 days"."""
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def number(x):
    """Write a number with three digits, without powers of ten.

    Examples
    --------
    >>> number(14.2187), number(0.9999), number(12345.6)
    ('14.2', '1.00', '12,346')
    """
    if x == 0 or not math.isfinite(x):
        return f"{x:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(float(f"{x:.3g}")))))
    return f"{x:,.{decimals}f}" if decimals < 7 else f"{x:.2e}"


def shorten(name, width):
    """Cut the middle out of a long name.

    Examples
    --------
    >>> shorten("abcdefghijk", 5)
    'ab…jk'
    """
    name = str(name)
    half = (width - 1) // 2
    return name if len(name) <= width else f"{name[:half]}…{name[-half:]}"


def as_written(words):
    r"""Escape what matplotlib would read as mathematics, so that a name with two dollars in it is drawn as it is.

    What a user writes into the same place later may be mathematics.

    Examples
    --------
    >>> as_written("US$ vs EUR$")
    'US\\$ vs EUR\\$'
    """
    return str(words).replace("$", r"\$")


def wrap(title, width=72):
    """Break the lines of a title where they are too long."""
    lines = [textwrap.wrap(line, width, break_long_words=False) for line in title.splitlines()]
    return "\n".join(itertools.chain(*lines))


def panel_names(keys):
    """Name panels, each a (series, target), by what tells them from each other.

    Examples
    --------
    >>> panel_names([("H1", "load"), ("H2", "load")])
    ['H1', 'H2']
    >>> panel_names([(None, "load"), (None, "price")])
    ['load', 'price']
    """
    n_series, n_targets = (len(set(part)) for part in zip(*keys, strict=True))
    names = []
    for series, target in keys:
        if isinstance(series, numbers.Integral):
            series = f"series {series}"
        if n_series > 1 and n_targets > 1:
            names.append(f"{series} · {target}")
        else:
            names.append(target if series is None or n_targets > 1 else series)
    return names


def headline(keys, words, n_shown):
    """Say of which panels, each a (series, target), the words are, and how many are not shown.

    Examples
    --------
    >>> headline([(None, "load")], "the next day", 1)
    'load: the next day'
    """
    hidden = len(keys) - n_shown
    note = f"\n({hidden:,} of {len(keys):,} not shown)" if hidden else ""
    if len(keys) == 1:
        (name,) = panel_names(keys)
        return words[0].upper() + words[1:] if name is None else f"{shorten(name, 50)}: {words}"
    n_series, n_targets = (len(set(part)) for part in zip(*keys, strict=True))
    what = f"{n_series:,} series" if n_series > 1 else f"{n_targets:,} targets"
    if n_series > 1 and n_targets > 1:
        what += f" of {n_targets:,} targets"
    return f"{what}: {words}{note}"


def value_name(keys):
    """Name what the y axes show: the one target, or the one series, else None."""
    targets = {target for _, target in keys}
    if len(targets) > 1:
        return None
    (target,) = targets
    return target if target is not None or len(keys) > 1 else (keys[0][0] or "value")
