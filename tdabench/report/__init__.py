"""The report, computed from the record alone: terminal, RESULTS.md, report/."""
