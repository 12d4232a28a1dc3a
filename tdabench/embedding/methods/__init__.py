"""One file a method: see tdabench/embedding/method.py."""
