"""Equations on the numbers of a row, compiled to the processor's widest vectors.

A cell's step is a handful of equations that hold for each unit by itself. They are written here once, in plain Python
on `Vector`s, and traced: every operator appends one instruction. numba's own loops over many arrays stay scalar,
because it cannot tell that these do not overlap.
"""

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_features = binding.get_host_cpu_features()
#: Numbers in a vector.
LANES = 16 if _features.get("avx512f") else 8 if _features.get("avx2") else 4

FLOAT, INT, LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
VECTOR = ir.VectorType(FLOAT, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)
# No sum is put in another order and NaN stays NaN; a product and a sum may be one instruction.
_FLAGS = ("contract", "nsz")


class Vector:
    """A vector within the function that `builder` is writing."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    def __add__(self, other):
        return self._do(self.builder.fadd, self.value, self._value(other))

    def __sub__(self, other):
        return self._do(self.builder.fsub, self.value, self._value(other))

    def __rsub__(self, other):
        return self._do(self.builder.fsub, self._value(other), self.value)

    def __mul__(self, other):
        return self._do(self.builder.fmul, self.value, self._value(other))

    def __truediv__(self, other):
        return self._do(self.builder.fdiv, self.value, self._value(other))

    __radd__, __rmul__ = __add__, __mul__

    def at_most(self, bound):
        return self._bounded(">", bound)

    def at_least(self, bound):
        return self._bounded("<", bound)

    def where_positive(self, other):
        """Return `other` where this is above 0, and 0 elsewhere."""
        above = self.builder.fcmp_ordered(">", self.value, _splat(0))
        return Vector(self.builder, self.builder.select(above, other.value, _splat(0)))

    def _bounded(self, comparison, bound):
        bound = _splat(bound)
        # An ordered comparison with NaN is false: NaN stays.
        beyond = self.builder.fcmp_ordered(comparison, self.value, bound)
        return Vector(self.builder, self.builder.select(beyond, bound, self.value))

    def _value(self, other):
        return other.value if isinstance(other, Vector) else _splat(other)

    def _do(self, instruction, *values):
        return Vector(self.builder, instruction(*values, flags=_FLAGS))


def tanh(x):
    """Return tanh(x) to float32 rounding, as the quotient of two polynomials.

    The coefficients are those of Eigen's `ptanh_float`, a minimax approximation on ±7.9, beyond which tanh is ±1.
    """
    x = x.at_most(7.90531110763549805).at_least(-7.90531110763549805)
    square = x * x
    above = square * -2.76076847742355e-16 + 2.00018790482477e-13
    for coefficient in (
        -8.60467152213735e-11, 5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03,
    ):  # fmt: skip
        above = above * square + coefficient
    below = square * 1.19825839466702e-06 + 1.18534705686654e-04
    for coefficient in (2.26843463243900e-03, 4.89352518554385e-03):
        below = below * square + coefficient
    return x * above / below


def sigmoid(x):
    """Return 1 / (1 + exp(-x)) = ½ + ½ tanh(x/2)."""
    return tanh(x * 0.5) * 0.5 + 0.5


def relu(x):
    return x.at_least(0.0)


def elementwise(equations, inputs, outputs, n_bases):
    """Compile equations into a function `(n, base_0, base_1, ...)` over n units.

    Parameters
    ----------
    equations : callable
        From as many `Vector`s as `inputs` to a tuple of as many as `outputs`.
    inputs, outputs : list of (int, int)
        Where each is read or written: the number of its base and its block there, `n` float32 numbers each. All inputs
        of a unit are read before its outputs are written, so they may share a block.
    n_bases : int

    Returns
    -------
    numba intrinsic
        Called with n and the addresses of the bases, all intp.
    """

    def codegen(context, builder, signature, args):
        n, *bases = args
        block = builder.mul(n, LONG(4))

        def place(base, number, unit):
            offset = builder.add(builder.mul(block, LONG(number)), builder.mul(unit, LONG(4)))
            address = builder.add(bases[base], offset)
            return builder.inttoptr(address, VECTOR.as_pointer())

        def step(unit, mask):
            read = [_load(builder, place(*where, unit), mask) for where in inputs]
            results = equations(*(Vector(builder, value) for value in read))
            for where, result in zip(outputs, results, strict=True):
                _store(builder, result.value, place(*where, unit), mask)

        whole = builder.and_(n, LONG(-LANES))
        with cgutils.for_range_slice(builder, LONG(0), whole, LONG(LANES)) as (unit, _):
            step(unit, None)
        left = builder.sub(n, whole)
        with builder.if_then(builder.icmp_signed(">", left, LONG(0))):
            lanes = ir.Constant(ir.VectorType(INT, LANES), list(range(LANES)))
            mask = builder.icmp_signed("<", lanes, broadcast(builder, builder.trunc(left, INT)))
            step(whole, mask)
        return context.get_dummy_value()

    def typed(*args):
        return types.void(*[types.intp] * (n_bases + 1)), codegen

    return intrinsic(with_arguments(typed, n_bases + 1))


def with_arguments(function, n):
    """Return `function` with a typing context and `n` named arguments: numba reads their number from the signature."""
    names = ", ".join(f"a{i}" for i in range(n))
    scope = {"function": function}
    exec(f"def typed(context, {names}):\n    return function(context, {names})", scope)
    return scope["typed"]


def broadcast(builder, value, n=LANES):
    """Return a vector that holds a number in each of n lanes."""
    kind = ir.VectorType(value.type, n)
    nothing = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(nothing, value, INT(0))
    lanes = ir.Constant(ir.VectorType(INT, n), [0] * n)
    return builder.shuffle_vector(first, nothing, lanes)


def _splat(number):
    return ir.Constant(VECTOR, [float(np.float32(number))] * LANES)


def _load(builder, pointer, mask):
    if mask is None:
        return builder.load(pointer, align=4)
    kind = ir.FunctionType(VECTOR, [VECTOR.as_pointer(), INT, _MASK, VECTOR])
    name = f"llvm.masked.load.v{LANES}f32.p0"
    load = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(load, [pointer, INT(4), mask, _splat(0)])


def _store(builder, value, pointer, mask):
    if mask is None:
        return builder.store(value, pointer, align=4)
    kind = ir.FunctionType(ir.VoidType(), [VECTOR, VECTOR.as_pointer(), INT, _MASK])
    name = f"llvm.masked.store.v{LANES}f32.p0"
    store = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(store, [value, pointer, INT(4), mask])
