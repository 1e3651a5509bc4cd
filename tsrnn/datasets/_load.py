"""The real series that ship with the package, one per frequency from yearly to hourly."""

from pathlib import Path

import pandas as pd


def _path(name):
    """Find a shipped file: in `data` beside this module once installed, else in the checkout."""
    here = Path(__file__).parent
    installed = here / "data" / name
    return installed if installed.exists() else here.parents[1] / "datasets" / name


def _read(name, freq):
    frame = pd.read_csv(_path(name), comment="#", index_col=0, parse_dates=[0])
    frame.index.freq = freq
    return frame


def load_airline():
    """Load the international airline passengers per month, 1949 to 1960.

    A trend, a season of 12 and swings that grow with the level: the textbook series.

    Returns
    -------
    DataFrame of shape (144, 1)
        Column `Passengers` (int64, thousands), index `Month` (freq "MS").

    References
    ----------
    .. [1] Box, G. E. P. and Jenkins, G. M. (1976). "Time Series Analysis: Forecasting and
       Control", Series G.

    Examples
    --------
    >>> from tsrnn.datasets import load_airline
    >>> load_airline().tail(3)
                Passengers
    Month
    1960-10-01         461
    1960-11-01         390
    1960-12-01         432
    """
    return _read("airline.csv", "MS")


def load_sunspots():
    """Load the mean number of sunspots per year, 1700 to 2008.

    A cycle of about 11 years whose length and height vary.

    Returns
    -------
    DataFrame of shape (309, 1)
        Column `SUNACTIVITY` (float64, a count), index `Year` (freq "YS").

    Examples
    --------
    >>> from tsrnn.datasets import load_sunspots
    >>> load_sunspots().tail(3)
                SUNACTIVITY
    Year
    2006-01-01         15.2
    2007-01-01          7.5
    2008-01-01          2.9
    """
    return _read("sunspots.csv", "YS")


def load_co2():
    """Load the weekly CO2 in the air of Mauna Loa, 1958 to 2001, with its missing weeks.

    Returns
    -------
    DataFrame of shape (2284, 1)
        Column `co2` (float64, parts per million), NaN in the 59 weeks without a measurement;
        index `Week` (the Saturday, freq "W-SAT").

    References
    ----------
    .. [1] Keeling, C. D. and Whorf, T. P. (2004). "Atmospheric CO2 concentrations derived from
       flask air samples at sites in the SIO network". In Trends: A Compendium of Data on Global
       Change, Carbon Dioxide Information Analysis Center.

    Examples
    --------
    >>> from tsrnn.datasets import load_co2
    >>> df = load_co2()
    >>> df.tail(2)
                  co2
    Week
    2001-12-22  371.3
    2001-12-29  371.5
    >>> int(df["co2"].isna().sum())
    59
    """
    return _read("co2.csv", "W-SAT")


def load_macrodata():
    """Load 12 quarterly indicators of the United States economy, 1959Q1 to 2009Q3.

    Returns
    -------
    DataFrame of shape (203, 12)
        float64 columns, index `Quarter` (its first day, freq "QS"): `realgdp`, `realcons`,
        `realinv`, `realgovt`, `realdpi` (billions of chained 2005 dollars at an annual rate),
        `cpi` (1982-84 = 100), `m1` (billions of dollars), `tbilrate`, `unemp`, `infl`, `realint`
        (%), `pop` (millions).

    Examples
    --------
    >>> from tsrnn.datasets import load_macrodata
    >>> load_macrodata()[["realgdp", "unemp"]].tail(2)
                  realgdp  unemp
    Quarter
    2009-04-01  12901.504    9.2
    2009-07-01  12990.341    9.6
    """
    return _read("macrodata.csv", "QS")


def load_seattle_weather():
    """Load the daily weather of Seattle, 2012 to 2015.

    Returns
    -------
    DataFrame of shape (1461, 5)
        Index `Day` (freq "D"); float64 columns `precipitation` (mm), `temp_max`, `temp_min`
        (degrees Celsius), `wind` (m/s) and the text column `weather` ("drizzle", "fog", "rain",
        "snow" or "sun").

    Examples
    --------
    >>> from tsrnn.datasets import load_seattle_weather
    >>> load_seattle_weather()[["temp_max", "weather"]].tail(2)
                temp_max weather
    Day
    2015-12-30       5.6     sun
    2015-12-31       5.6     sun
    """
    return _read("seattle_weather.csv", "D")


def load_bikeshare():
    """Load the bicycles rented per hour in Washington, D.C., from April to August 2011.

    Demand with a daily and a weekly season, driven by weather and holidays: 137 full days
    without a missing hour, in local time.

    Returns
    -------
    DataFrame of shape (3288, 7)
        Index `Hour` (freq "h"). `bikers` (int64) is the number of rentals; `holiday` and
        `workingday` (int64) are 1 for yes; `weathersit` is the weather in words; `temp`, `hum`
        and `windspeed` (float64) are temperature, humidity and wind speed scaled to [0, 1].

    References
    ----------
    .. [1] Fanaee-T, H. and Gama, J. (2014). "Event labeling combining ensemble detectors and
       background knowledge". Progress in Artificial Intelligence 2, 113-127.

    Examples
    --------
    >>> from tsrnn.datasets import load_bikeshare
    >>> load_bikeshare()[["bikers", "temp", "weathersit"]].tail(2)
                         bikers  temp weathersit
    Hour
    2011-08-26 22:00:00     152  0.72      clear
    2011-08-26 23:00:00     136  0.70      clear
    """
    return _read("bikeshare.csv", "h")
