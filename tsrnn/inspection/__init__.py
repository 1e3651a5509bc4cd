"""Look inside fitted estimators: gates, how far back inputs matter, whether a forecast knows its future."""

from tsrnn.inspection._gates import gate_activations
from tsrnn.inspection._leakage import leakage_audit
from tsrnn.inspection._memory import memory_profile

__all__ = ["gate_activations", "leakage_audit", "memory_profile"]
