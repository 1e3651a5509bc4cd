"""Numbers next to nothing count as nothing while a kernel runs.

On the way back through hundreds of steps derivatives fade below 1e-38, where a float32 has no leading one any more, and
there a processor multiplies and adds twenty times as slowly. What they would add is less than rounding takes.
"""

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_IS_X86 = binding.get_process_triple().startswith("x86_64")
_WORD = ir.IntType(32)
#: In the register that says how vectors are computed: results, and what is read, below 1e-38 are 0.
_FLUSH = 0x8040


@intrinsic
def flush(context):
    """Count numbers next to nothing as nothing from now on; return what `restore` takes.

    Where the processor is another than x86 nothing happens: those are as fast with such numbers.
    """

    def codegen(context, builder, signature, args):
        if not _IS_X86:
            return _WORD(0)
        place = cgutils.alloca_once(builder, _WORD)
        _call(builder, "llvm.x86.sse.stmxcsr", place)
        before = builder.load(place)
        builder.store(builder.or_(before, _WORD(_FLUSH)), place)
        _call(builder, "llvm.x86.sse.ldmxcsr", place)
        return before

    return types.int32(), codegen


@intrinsic
def restore(context, before):
    """Compute again as before `flush`."""

    def codegen(context, builder, signature, args):
        if _IS_X86:
            place = cgutils.alloca_once(builder, _WORD)
            builder.store(args[0], place)
            _call(builder, "llvm.x86.sse.ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(types.int32), codegen


def _call(builder, name, place):
    pointer = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer])
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    builder.call(function, [builder.bitcast(place, pointer)])
