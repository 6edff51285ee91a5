"""What an auditor works from: the worklist, the figures and the report of a batch run.

Everything is made again from the run directory alone: ``results.jsonl``, the texts of the riskiest notes in
``notes.jsonl`` (not there when text was left out) and the counts in ``run.json``.
"""

from rehabcoder.audit.report import write_report
from rehabcoder.audit.run_directory import audit
from rehabcoder.audit.survey import Survey, survey

__all__ = ["Survey", "audit", "survey", "write_report"]
