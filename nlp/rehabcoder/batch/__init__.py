"""Many notes: an export in, results, claim lines, findings, worklist and report out."""

from rehabcoder.batch.run import Settings, run

__all__ = ["Settings", "run"]
