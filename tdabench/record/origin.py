"""What a job's numbers come from, so that what has changed since can be told: code, versions, data, configuration."""

import json
from hashlib import sha256

from tdabench import paths, provenance
from tdabench.claims import pages
from tdabench.claims.targets import modules
from tdabench.data.catalogue import CATALOGUE, dataset
from tdabench.errors import BadInput, DataMissing

# Keys of the configuration that say how a job is run and held to the reference, not what it measures.
HOW = ("again", "limits", "threads", "jobs", "hydra", "bands", "suite", "schedule")
ABSENT, REFUSED = "absent", "refused"  # in the place of the digest of a data set that is not here, or is damaged
SHARED = ("tdabench.jobs.bench", "tdabench.claims.judge")  # what every job loads beside its reproduction


def origin(config: dict, digests: dict) -> dict:
    """What a job's numbers come from. `question`: a digest of what is asked for, the resolved configuration and the
    data; `code` and `software`: what answers it, see tdabench.provenance; `fingerprint`: a digest of all of these."""
    sets = [dataset(name) for name in digests if name in CATALOGUE]
    readers = {module for entry in sets for module in entry.reader_modules()}
    code = provenance.code([f"reproductions.{config['name']}", *SHARED, *readers, *modules(config)])
    software = provenance.software(code)
    question = _digest([config, digests, [[repr(form.read) for form in entry.accepted()] for entry in sets]])
    fingerprint = _digest([question, code, software])
    return {"question": question, "code": code, "software": software, "fingerprint": fingerprint}


def outdated(job: dict) -> str:
    """Why a recorded job may not be what the same command would measure now, in words; empty when it is the same."""
    name, profile = job["name"], job["profile"]
    if (paths.CONF / "reproduction" / f"{name}.yaml").exists() and not job["own"]:
        asked = json.loads(json.dumps(pages.configuration(name, profile)))  # as the record holds it
        asked = {key: value for key, value in asked.items() if key not in HOW}
        keys = [key for key in sorted(asked | job["config"]) if asked.get(key) != job["config"].get(key)]
        if keys:
            return f"measured with another configuration than conf/ has now ({', '.join(keys)})"
    data = [entry for entry in job["data"] if entry in CATALOGUE and job["data"][entry] != _digest_here(entry)]
    if data:
        return f"measured on other data than is here ({', '.join(data)})"
    now = origin(job["config"], job["data"])
    if job.get("question") and job["question"] != now["question"]:
        return "measured with another reader of its data"
    return provenance.differences(job, now)


def _digest_here(name: str) -> str:
    try:
        return dataset(name).digest()
    except DataMissing:
        return ABSENT
    except BadInput:
        return REFUSED


def _digest(value) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
