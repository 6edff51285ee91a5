"""Many notes: an export in, results, claim lines, findings, worklist and report out."""
