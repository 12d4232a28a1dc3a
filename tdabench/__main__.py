"""`python -m tdabench` is the command `tdabench`."""

import sys

from tdabench.cli.main import main

sys.exit(main())
