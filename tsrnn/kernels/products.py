"""Products of small matrices, as fast as the processor multiplies.

A tile of the result, a few rows by three vectors, stays in registers while the inner dimension runs by: for each step
one vector of B for each column and one number of A for each row. Matrices are given as addresses and strides, so that
the outputs of a time step are read where they lie, whatever lies between.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from tsrnn.kernels.vectors import FLOAT, LANES, LONG, VECTOR, broadcast

# As many as 16 registers of AVX2 hold, or 32 of AVX-512 and NEON.
_ROWS = 4 if LANES == 8 else 8
#: Columns of a tile, and of a panel of a packed matrix.
PANEL = 3 * LANES


def _tile(n_vectors):
    """Return an intrinsic that adds A·B to a tile of C, of at most `_ROWS` rows by `n_vectors` vectors.

    Its arguments: rows, inner, a, a_row, a_inner, b, b_inner, c, c_row; addresses, and strides in numbers.
    """

    def codegen(context, builder, signature, args):
        rows, inner, a, a_row, a_inner, b, b_inner, c, c_row = args
        a_row, a_inner, b_inner, c_row = (
            builder.mul(s, LONG(4)) for s in (a_row, a_inner, b_inner, c_row)
        )
        last = builder.sub(rows, LONG(1))
        # Rows that are not there are the last one once more: the same number is written again.
        row = [
            builder.select(builder.icmp_signed("<", LONG(r), rows), LONG(r), last)
            for r in range(_ROWS)
        ]
        of_a = [builder.mul(r, a_row) for r in row]
        at_c = [
            _vector_at(builder, builder.add(c, builder.mul(r, c_row)), v)
            for r in row
            for v in range(n_vectors)
        ]
        begin = [builder.load(p, align=4) for p in at_c]

        entry = builder.block
        loop, done = builder.append_basic_block("inner"), builder.append_basic_block("done")
        builder.cbranch(builder.icmp_signed(">", inner, LONG(0)), loop, done)
        builder.position_at_end(loop)
        step, at_a, at_b = (builder.phi(LONG) for _ in range(3))
        sums = [builder.phi(VECTOR) for _ in begin]
        for phi, value in zip([step, at_a, at_b, *sums], [LONG(0), a, b, *begin], strict=True):
            phi.add_incoming(value, entry)
        of_b = [builder.load(_vector_at(builder, at_b, v), align=4) for v in range(n_vectors)]
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), f"llvm.fma.v{LANES}f32"
        )
        added = []
        for r in range(_ROWS):
            pointer = builder.inttoptr(builder.add(at_a, of_a[r]), FLOAT.as_pointer())
            number = broadcast(builder, builder.load(pointer, align=4))
            for v in range(n_vectors):
                added.append(builder.call(fma, [number, of_b[v], sums[r * n_vectors + v]]))
        after = [
            builder.add(step, LONG(1)),
            builder.add(at_a, a_inner),
            builder.add(at_b, b_inner),
        ]
        for phi, value in zip([step, at_a, at_b, *sums], [*after, *added], strict=True):
            phi.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", after[0], inner), loop, done)

        builder.position_at_end(done)
        ends = [builder.phi(VECTOR) for _ in begin]
        for end, before, value in zip(ends, begin, added, strict=True):
            end.add_incoming(before, entry)
            end.add_incoming(value, loop)
        for end, pointer in zip(ends, at_c, strict=True):
            builder.store(end, pointer, align=4)
        return context.get_dummy_value()

    @intrinsic
    def tile(context, rows, inner, a, a_row, a_inner, b, b_inner, c, c_row):
        return types.void(*[types.intp] * 9), codegen

    return tile


def _vector_at(builder, address, number):
    address = builder.add(address, LONG(4 * LANES * number))
    return builder.inttoptr(address, VECTOR.as_pointer())


_one, _two, _three = _tile(1), _tile(2), _tile(3)


@njit(nogil=True)
def add_product(rows, columns, inner, a, a_row, a_inner, b, b_panel, b_inner, c, c_row):
    """Add A (rows, inner) times B (inner, columns) to C.

    Whole vectors of B and C are read, and of C written: up to LANES - 1 numbers beyond the last column, to which is
    added what lies beyond that of B.

    Parameters
    ----------
    rows, columns, inner : int
    a, b, c : int
        Addresses of float32 numbers.
    a_row, a_inner : int
        Numbers from a row of A to the next, and from one to the next within.
    b_panel, b_inner : int
        Numbers from a panel of B to the next, and from a row to the next: of a packed one `inner * PANEL` and
        `PANEL`, of a plain one `PANEL` and the length of its rows.
    c_row : int
        Numbers from a row of C to the next.
    """
    for column in range(0, columns, PANEL):
        vectors = (columns - column + LANES - 1) // LANES
        at_b = b + 4 * (column // PANEL) * b_panel
        for row in range(0, rows, _ROWS):
            at_a, at_c = a + 4 * row * a_row, c + 4 * (row * c_row + column)
            left = min(_ROWS, rows - row)
            if vectors >= 3:
                _three(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row)
            elif vectors == 2:
                _two(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row)
            else:
                _one(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row)


@njit(nogil=True)
def pack(weight):
    """Return the transpose of `weight` (columns, inner) in panels.

    Returns
    -------
    ndarray of float32, shape (panels, inner, PANEL)
        Zeros beyond the last column.
    """
    columns, inner = weight.shape
    packed = np.zeros((-(-columns // PANEL), inner, PANEL), dtype=np.float32)
    for column in range(columns):
        for i in range(inner):
            packed[column // PANEL, i, column % PANEL] = weight[column, i]
    return packed


@njit
def padded(columns):
    """Return the length of a row with room for what `add_product` writes beyond its last column."""
    return -(-(columns + LANES) // PANEL) * PANEL
