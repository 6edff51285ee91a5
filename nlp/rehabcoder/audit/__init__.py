"""What an auditor works from: the worklist, the figures and the report of a batch run.

Everything is made again from the run directory alone: ``results.jsonl``, the texts of the riskiest notes in
``notes.jsonl`` (not there when text was left out) and the counts in ``run.json``.
"""
