"""Change constants of the library one at a time: do the tests or `tdabench check` notice?

Each mutation is made in a copy of this checkout. There the tests of the module run until the first failure, and a
reproduction that uses the module runs and is compared with reference/. Before that, the same runs in an unchanged copy,
where nothing may fail. The exit code is 1 if some mutation goes unnoticed.

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
    """A change of the library.

    Parameters
    ----------
    name
        What is changed.
    file
        File in tdabench/.
    old, new
        Text that stands there exactly once, and its replacement.
    tests
        Tests of the module.
    page
        A reproduction that uses it; "" for none.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str
    page: str


MUTATIONS = [
    Mutation("codensity's k", "patches/density.py", "k=[rank + 1 for", "k=[rank + 2 for",
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
    """A copy of this checkout without its record, so without anything that was measured or trained here."""
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy / part)
    (copy / "record").mkdir()
    return copy


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the checkout with one mutation; SystemExit when its text does not stand there exactly once."""
    shutil.rmtree(folder / "checkout", ignore_errors=True)
    copy = checkout(folder / "checkout")
    file = copy / "tdabench" / mutation.file
    text = file.read_text()
    if text.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.file} has {mutation.old!r} {text.count(mutation.old)} times.")
    file.write_text(text.replace(mutation.old, mutation.new))
    return copy


def tests_notice(mutation: Mutation, copy: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", mutation.tests]
    return run_in(copy, command).returncode == 1


def check_notices(mutation: Mutation, copy: Path) -> bool:
    command = [sys.executable, "-m", "tdabench"]
    run_in(copy, [*command, "run", f"reproduction={mutation.page}"])
    return run_in(copy, [*command, "check", mutation.page]).returncode == 1


def assert_unchanged_passes(mutations: list[Mutation], copy: Path, only: str | None) -> None:
    """SystemExit when tests or check fail without a mutation: their failures would mean nothing."""
    tests = {mutation.tests: mutation for mutation in mutations}.values() if only != "check" else ()
    pages = {mutation.page: mutation for mutation in mutations if mutation.page}.values() if only != "tests" else ()
    failing = [mutation.tests for mutation in tests if tests_notice(mutation, copy)]
    failing += [f"check of {mutation.page}" for mutation in pages if check_notices(mutation, copy)]
    if failing:
        raise SystemExit(f"These fail without a mutation, so nothing can be said: {', '.join(failing)}.")


def run_in(copy: Path, command: list[str], **variables: str) -> subprocess.CompletedProcess:
    """Run a command in a copy of the checkout, with its own record in copy/record."""
    environment = {"PYTHONPATH": str(copy), "MLFLOW_TRACKING_URI": f"sqlite:///{copy / 'record' / 'mlflow.db'}"}
    return subprocess.run(command, cwd=copy, env=os.environ | environment | variables, capture_output=True, text=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--only", choices=("tests", "check"))
    arguments = parser.parse_args()
    mutations = [mutation for mutation in MUTATIONS if mutation.name in (arguments.names or [mutation.name])]
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="tdabench-mutations-") as scratch:
        assert_unchanged_passes(mutations, checkout(Path(scratch) / "unchanged"), arguments.only)
        for mutation in mutations:
            copy = mutated(mutation, Path(scratch))
            tests = arguments.only != "check" and tests_notice(mutation, copy)
            check = arguments.only != "tests" and bool(mutation.page) and check_notices(mutation, copy)
            parts = [name for name, noticed in (("the tests", tests), (f"check of {mutation.page}", check)) if noticed]
            unnoticed += not parts
            print(f"{mutation.name} ({mutation.file}): {' and '.join(parts) or 'NOBODY'}", flush=True)
    print(f"{len(mutations) - unnoticed} of {len(mutations)} noticed")
    return bool(unnoticed)


if __name__ == "__main__":
    sys.exit(main())
