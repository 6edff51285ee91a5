"""Note exports in: a file of any known format -> a stream of :class:`rehabcoder.records.Note`.

``read`` is the door. A new format is one module in ``formats/``; nothing else changes for it.
"""

from rehabcoder.exports.charges import Charges, charges
from rehabcoder.exports.columns import Columns
from rehabcoder.exports.problems import ExportError, Rejected
from rehabcoder.exports.stream import read

__all__ = ["Charges", "Columns", "ExportError", "Rejected", "charges", "read"]
