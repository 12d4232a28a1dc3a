"""A dozen constants of the library are changed, one at a time: who notices, the tests or `tdabench check`?

Each mutation is made in a copy of this checkout. There the tests of the module are run, until the first that fails, and
a reproduction that uses it is run and held against reference/. The same is done first in a copy without any, where
nothing may be noticed. Exit code 1 if a mutation is noticed by neither.

    python benchmarks/mutations.py [--only tests|check] [NAME ...]      (minutes; TDABENCH_DATA as for `make run`)
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("conf", "reproductions", "tdabench", "tests", "reference", "pyproject.toml", "README.md", "RESULTS.md")


@dataclass(frozen=True)
class Mutation:
    """file: in tdabench/; old: found there exactly once; tests: the module's; page: a reproduction that uses it."""

    name: str
    file: str
    old: str
    new: str
    tests: str
    page: str


MUTATIONS = [
    Mutation("codensity's k", "patches/density.py", "k=[number + 1 for", "k=[number + 2 for",
             "tests/patches/test_density.py", "carlsson_2008_cores"),
    Mutation("sign in the DCT basis", "patches/basis.py", "[-2, 4, -2]", "[2, 4, -2]",
             "tests/patches/test_basis.py", "carlsson_2008_klein_bottle"),
    Mutation("length of a cover's intervals", "mapper/cover.py", "/ (count - (count - 1) * overlap)",
             "/ (count - count * overlap)", "tests/mapper/test_cover.py", "singh_2007_diabetes"),
    Mutation("witness nu", "topology/witness.py", "np.partition(distances, nu - 1, axis=0)[nu - 1]",
             "np.partition(distances, nu, axis=0)[nu]", "tests/topology/test_witness.py", ""),
    Mutation("witness nu = 1 taken for 0", "topology/witness.py", "return distances.min(axis=0) if nu else 0",
             "return 0 * distances.min(axis=0)", "tests/topology/test_witness.py", "shapes"),
    Mutation("field", "topology/engines/ripser.py", "coeff=field", "coeff=2",
             "tests/topology/test_persistence.py", "shapes"),
    Mutation("order of the seeds", "topology/landmarks.py", "np.random.default_rng(seed).integers",
             "np.random.default_rng(seed + 1).integers", "tests/topology/test_landmarks.py", "shapes"),
    Mutation("covering radius", "topology/landmarks.py", "self.distances.min(axis=0).max()",
             "self.distances.min(axis=0).mean()", "tests/topology/test_landmarks.py", "shapes"),
    Mutation("contrast's order", "patches/extract.py", "np.argsort(-norms, kind=", "np.argsort(norms, kind=",
             "tests/patches/test_extract.py", ""),
    Mutation("a limit that counts as passed", "claims/criteria.py", "median(numbers) >= limit",
             "median(numbers) > limit", "tests/claims/test_judge.py", "deck_networks"),
    Mutation("angles of circle features", "networks/filter_banks.py", "np.cos(angles(n))[:, None, None] * x +",
             "np.cos(angles(n))[:, None, None] * x -", "tests/networks/test_filter_banks.py", ""),
    Mutation("trustworthiness", "embedding/quality.py", "penalty * 2 / (count * k", "penalty / (count * k",
             "tests/embedding/test_quality.py", ""),
]  # fmt: skip


def checkout(copy: Path) -> Path:
    """A copy of this checkout, without its record: nothing that was measured or trained here is found there."""
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy / part)
    (copy / "record").mkdir()
    return copy


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the checkout with that one change. SystemExit when its text is not there once."""
    shutil.rmtree(folder / "checkout", ignore_errors=True)
    copy = checkout(folder / "checkout")
    file = copy / "tdabench" / mutation.file
    text = file.read_text()
    if text.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.file} has {mutation.old!r} {text.count(mutation.old)} times.")
    file.write_text(text.replace(mutation.old, mutation.new))
    return copy


def tests_notice(mutation: Mutation, copy: Path) -> bool:
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", mutation.tests]
    return within(copy, words).returncode == 1


def check_notices(mutation: Mutation, copy: Path) -> bool:
    command = [sys.executable, "-m", "tdabench"]
    within(copy, [*command, "run", f"reproduction={mutation.page}"])
    return within(copy, [*command, "check", mutation.page]).returncode == 1


def refuse_if_noticed(chosen: list[Mutation], copy: Path, only: str | None) -> None:
    """SystemExit when the tests or the check fail without a mutation: they would be taken to have noticed it."""
    tests = {mutation.tests: mutation for mutation in chosen}.values() if only != "check" else ()
    pages = {mutation.page: mutation for mutation in chosen if mutation.page}.values() if only != "tests" else ()
    failing = [mutation.tests for mutation in tests if tests_notice(mutation, copy)]
    failing += [f"check of {mutation.page}" for mutation in pages if check_notices(mutation, copy)]
    if failing:
        raise SystemExit(f"These fail without a mutation, so nothing can be said: {', '.join(failing)}.")


def within(copy: Path, words: list[str], **variables: str) -> subprocess.CompletedProcess:
    """Run a command on a copy of the checkout, with a record of its own in copy/record."""
    own = {"PYTHONPATH": str(copy), "MLFLOW_TRACKING_URI": f"sqlite:///{copy / 'record' / 'mlflow.db'}"}
    return subprocess.run(words, cwd=copy, env=os.environ | own | variables, capture_output=True, text=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--only", choices=("tests", "check"))
    asked = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if mutation.name in (asked.names or [mutation.name])]
    unseen = 0
    with tempfile.TemporaryDirectory(prefix="tdabench-mutations-") as scratch:
        refuse_if_noticed(chosen, checkout(Path(scratch) / "unchanged"), asked.only)
        for mutation in chosen:
            copy = mutated(mutation, Path(scratch))
            tests = asked.only != "check" and tests_notice(mutation, copy)
            check = asked.only != "tests" and bool(mutation.page) and check_notices(mutation, copy)
            told = [name for name, noticed in (("the tests", tests), (f"check of {mutation.page}", check)) if noticed]
            unseen += not told
            print(f"{mutation.name} ({mutation.file}): {' and '.join(told) or 'NOBODY'}", flush=True)
    print(f"{len(chosen) - unseen} of {len(chosen)} noticed")
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
