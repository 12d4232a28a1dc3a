"""scikit-learn's checks of every estimator with its defaults: all of them, and none skipped."""

import json
import os
import subprocess
import sys

CODE = """
import json
from sklearn.utils.estimator_checks import check_estimator
from tdabench.embedding import Embedding
from tdabench.mapper import Cover, CutLinkage, Mapper, ThresholdComponents
from tdabench.topology import LazyWitnessPersistence, Persistence
kinds = (Mapper, CutLinkage, ThresholdComponents, Cover, Persistence, LazyWitnessPersistence, Embedding)
results = [each for kind in kinds for each in check_estimator(kind(), on_fail=None, on_skip=None)]
print(json.dumps([[each["check_name"], each["status"], str(each["exception"])] for each in results]))
"""


def test_every_check_passes_and_none_is_skipped():
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}  # without it one check is skipped; read when SciPy is imported
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [each for each in results if each[1] != "passed"] == []
    assert {"check_array_api_input", "check_estimators_nan_inf", "check_transformer_general"} <= {
        each[0] for each in results
    }
