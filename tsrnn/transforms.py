"""Transforms of the target before anything else happens to it, and back."""

from dataclasses import dataclass

import numpy as np

from tsrnn.messages import warn

#: Transforms by name; "auto" chooses from the training rows.
TRANSFORMS = ("auto", "log", "arcsinh", None)
_LARGEST = 700.0  # exp of more overflows


@dataclass(frozen=True)
class TargetTransform:
    """Elementwise transform of the targets.

    Parameters
    ----------
    kind : {"log", "arcsinh", None}
    unit : ndarray of float64, shape (n_targets,)
        For "log" what a value that is not above 0 is taken as; for "arcsinh" the size at which it turns
        from linear to logarithmic; for None what values are divided by.
    centre : ndarray of float64, shape (n_targets,)
        Taken off for None.
    """

    kind: str | None
    unit: np.ndarray
    centre: np.ndarray

    def forward(self, values):
        """Transform (..., n_targets); NaN stays NaN."""
        self.warn_of_low(values)
        return self.apply(values)

    def warn_of_low(self, values):
        """Count in one warning the values that have no logarithm."""
        looks = self.kind == "log" and not _all_positive(values)
        n_low = np.count_nonzero(values <= 0) if looks else 0
        if n_low:
            what = (
                "values are not above 0 and were" if n_low > 1 else "value is not above 0 and was"
            )
            warn(
                f"{n_low} target {what} taken as {self.unit.min():.3g}, "
                "because the training rows, all positive, are forecast on a log scale; fit again with "
                "transform='arcsinh' or None.",
            )

    def apply(self, values):
        """Transform as `forward` does, without a word."""
        if self.kind == "log":
            return np.log(
                values if _all_positive(values) else np.where(values <= 0, self.unit, values)
            )
        if self.kind == "arcsinh":
            transformed = values / self.unit
            return np.arcsinh(transformed, out=transformed)
        transformed = values - self.centre
        transformed /= self.unit
        return transformed

    def inverse(self, values):
        """Undo `forward`; finite values stay finite."""
        if self.kind is None:
            return values * self.unit + self.centre
        within = np.asarray(np.maximum(values, -_LARGEST))
        np.minimum(within, _LARGEST, out=within)  # clip takes longer to call
        return np.exp(within, out=within) if self.kind == "log" else np.sinh(within) * self.unit


def learn_transform(kind, values):
    """Learn a transform from training rows (rows, n_targets) in which missing values are NaN."""
    unit, centre = np.ones(values.shape[1]), np.zeros(values.shape[1])
    for i, column in enumerate(values.T):
        if kind == "log":
            least = np.min(column, initial=np.inf, where=column > 0)
            unit[i] = least / 2 if np.isfinite(least) else 1.0
        elif kind == "arcsinh":
            sizes = np.abs(column[np.abs(column) > 0])
            unit[i] = np.median(sizes) if len(sizes) else 1.0
    return TargetTransform(kind, unit, centre)


def standardising(values):
    """Return the transform that takes off the mean of (rows, n_targets) and divides by the standard deviation."""
    unit, centre = np.ones(values.shape[1]), np.zeros(values.shape[1])
    for i, column in enumerate(values.T):
        seen = column[~np.isnan(column)]
        if len(seen):
            centre[i], spread = seen.mean(), seen.std()
            # Rounding noise in a constant column is no spread.
            unit[i] = spread if spread > 1e-12 * abs(centre[i]) else 1.0
    return TargetTransform(None, unit, centre)


def _all_positive(values):
    """Whether no value needs a closer look: one pass and no copy; NaN needs one."""
    return values.size > 0 and values.min() > 0
