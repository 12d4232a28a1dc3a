"""The command `tdabench`: a verb, a file."""

VERBS = ("list", "run", "fetch", "results", "check", "estimate", "explore")
