"""What a job's numbers come from, so that what has changed since can be told: code, versions, data, configuration."""

import json
from dataclasses import dataclass
from hashlib import sha256

from tdabench import paths, provenance
from tdabench.claims import pages
from tdabench.claims.targets import modules
from tdabench.data.catalogue import CATALOGUE, dataset
from tdabench.errors import BadInput, DataMissing
from tdabench.record.job import Job

# Keys of the configuration that say how a job is run and held to the reference, not what it measures.
HOW = ("again", "limits", "threads", "jobs", "hydra", "bands", "suite", "schedule")
ABSENT, REFUSED = "absent", "refused"  # in the place of the digest of a data set that is not here, or is damaged
SHARED = ("tdabench.jobs.bench", "tdabench.claims.judge")  # what every job loads beside its reproduction


@dataclass(frozen=True)
class Origin:
    """What a job's numbers come from."""

    question: str
    """A digest of what is asked for: the resolved configuration and the data."""
    code: dict[str, str]
    """The modules that answer it, see tdabench.provenance."""
    software: dict[str, str]
    """The versions below these."""
    fingerprint: str
    """A digest of all of these."""


def origin(config: dict, digests: dict) -> Origin:
    """What the numbers of a job of that configuration, on data of these digests, come from."""
    sets = [dataset(name) for name in digests if name in CATALOGUE]
    readers = {module for entry in sets for module in entry.reader_modules()}
    code = provenance.code([f"reproductions.{config['name']}", *SHARED, *readers, *modules(config)])
    software = provenance.software(code)
    question = _digest([config, digests, [[repr(form.read) for form in entry.accepted()] for entry in sets]])
    fingerprint = _digest([question, code, software])
    return Origin(question, code, software, fingerprint)


def outdated(job: Job) -> str:
    """Why a recorded job may not be what the same command would measure now, in words; empty when it is the same."""
    if (paths.CONF / "reproduction" / f"{job.name}.yaml").exists() and not job.own:
        page = json.loads(json.dumps(pages.configuration(job.name, job.profile)))  # as the record holds it
        page = {key: value for key, value in page.items() if key not in HOW}
        keys = [key for key in sorted(page | job.config) if page.get(key) != job.config.get(key)]
        if keys:
            return f"measured with another configuration than conf/ has now ({', '.join(keys)})"
    data = [entry for entry in job.data if entry in CATALOGUE and job.data[entry] != _digest_here(entry)]
    if data:
        return f"measured on other data than is here ({', '.join(data)})"
    now = origin(job.config, job.data)
    if job.question and job.question != now.question:
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
