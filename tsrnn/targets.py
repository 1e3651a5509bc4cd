"""Targets that come as y: their names beside the columns of X, and in the order of the fit that goes on."""

from tsrnn.messages import did_you_mean, in_words


def free_name(name, taken):
    """Return the name of a column of y that no column of X, `taken`, has."""
    while name in taken:
        name = f"{name} (target)"
    return name


def named_as_fitted(targets, names):
    """Return a frame of targets in the order of the fit, whose targets were `names`: by name where several have names.

    Raises
    ------
    ValueError
        Where there are more or fewer, or others.
    """
    given = list(targets.columns)
    if len(given) != len(names):
        raise ValueError(
            f"y has {len(given)} columns, but had {len(names)} in the first fit; give the same, or fit "
            "anew with warm_start=False."
        )
    if set(given) == set(names):
        return targets[names]
    if len(names) > 1 and all(isinstance(name, str) for name in [*given[1:], *names[1:]]):
        lacking = next(name for name in names if name not in given)
        raise ValueError(
            f"y lacks column {in_words(lacking)}, which fit had{did_you_mean(lacking, given)}"
        )
    return targets.set_axis(names, axis=1)
