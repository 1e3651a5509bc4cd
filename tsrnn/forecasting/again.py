"""Again: whether rows without a clock are those of a fit once more, which their values alone can tell."""

import hashlib

import numpy as np


def digest_of(rows):
    """Return a text that rows (n, k) share with equal ones alone: all of a fit that is kept to know its rows by."""
    rows = np.ascontiguousarray(rows + 0.0)  # -0.0 is 0.0
    rows[np.isnan(rows)] = np.nan  # which has several bit patterns
    return hashlib.blake2b(rows, digest_size=16).hexdigest()


def repeat_themselves(rows, offsets):
    """Return whether in every series the rows would go on with the very same ones, as days of the week may.

    They do where they repeat with a period that divides their number n; then n over one of its primes is a period, too.
    """
    return all(
        any(
            np.array_equal(own[len(own) // q :], own[: -(len(own) // q)], equal_nan=True)
            for q in _primes(len(own))
        )
        for own in np.split(rows, offsets[1:-1])
    )


def _primes(n):
    """Return the prime divisors of n."""
    found, q = [], 2
    while q * q <= n:
        if n % q == 0:
            found.append(q)
            while n % q == 0:
                n //= q
        q += 1
    return found + [n] * (n > 1)
