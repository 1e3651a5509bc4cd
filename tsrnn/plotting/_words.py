"""Numbers, spans and names as a reader of a picture wants them."""

import math
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
    if word == "series":
        return f"{n:,} series"
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def number(x):
    """Write a number with three digits, without powers of ten.

    Examples
    --------
    >>> number(14.2187), number(0.81234), number(12345.6)
    ('14.2', '0.812', '12,346')
    """
    if x == 0 or not math.isfinite(x):
        return f"{x:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(x))))
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


def wrap(title, width=72):
    """Break a title into lines."""
    return "\n".join(textwrap.wrap(title, width, break_long_words=False))


def hidden(n_panels, n_shown):
    """Say in a second line how many panels are not shown, if any."""
    left_out = n_panels - n_shown
    return f"\n({left_out:,} of {n_panels:,} not shown)" if left_out else ""
