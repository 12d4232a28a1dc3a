"""The catalogue: name -> what it is, its files, where they come from, and how they are read.

To add a data set: one entry in CATALOGUE. A set whose files never change lists their sha256 and is refused when one
differs; an open collection of images lists the endings it accepts, and the digest of what was found goes on record.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from tdabench import paths
from tdabench.data import readers
from tdabench.errors import BadInput, BadRequest, DataMissing

JAVAPLEX = (
    "https://raw.githubusercontent.com/appliedtopology/javaplex/23607cb6fb6f7f2b1922d37176b3cabdb132cbd8"
    "/data/natural_images/"
)


@dataclass(frozen=True)
class DataSet:
    """A named data set.

    files: file name -> sha256; endings: accepted in place of `files` for open collections; url: the folder from which
    `files` can be downloaded; installed: for files that come inside installed packages; read: list of paths -> arrays,
    by file name without ending.
    """

    name: str
    title: str
    origin: str
    licence: str
    read: Callable[[list[Path]], dict]
    files: dict[str, str] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    url: str = ""
    installed: Callable[[], list[Path]] | None = None

    def locate(self) -> list[Path]:
        """The files of this data set, verified; DataMissing says where they come from and where they would go."""
        if self.installed:
            return self.installed()
        for folder in paths.data_folders():
            here = folder / self.name
            if self.files and all((here / name).is_file() for name in self.files):
                return [self._verified(here / name) for name in self.files]
            if self.endings and here.is_dir():
                found = sorted(path for path in here.iterdir() if path.suffix.lower() in self.endings)
                if found:
                    return found
        raise DataMissing(f"{self.name} is not here: {self.instructions()}")

    def load(self) -> dict:
        """Arrays by file name without ending."""
        return self.read(self.locate())

    def digest(self) -> str:
        """sha256 over the names and contents of the files in use."""
        return files_digest(self.locate())

    def instructions(self) -> str:
        """Where the files come from and where to put them."""
        target = paths.download_folder() / self.name
        what = ", ".join(self.files) or f"files ending in {', '.join(self.endings)}"
        get = f"`tdabench fetch {self.name}` downloads it, or put" if self.url else "put"
        return f"{get} {what} into {target} (origin: {self.origin})."

    def _verified(self, path: Path) -> Path:
        found = sha256(path)
        if found != self.files[path.name]:
            raise BadInput(
                f"{path}: the sha256 is {found[:12]}..., not {self.files[path.name][:12]}...: the file is truncated "
                f"or altered. Remove it, then `tdabench fetch {self.name}`."
            )
        return path


def _photographs_in_packages() -> list[Path]:
    skimage = Path(str(resources.files("skimage"))) / "data"
    sklearn = Path(str(resources.files("sklearn"))) / "datasets" / "images"
    names = ["astronaut", "brick", "camera", "chelsea", "coffee", "grass", "gravel", "motorcycle_left"]
    inside = [skimage / f"{name}.png" for name in names]
    inside += [skimage / "rocket.jpg", sklearn / "china.jpg", sklearn / "flower.jpg"]
    return [path for path in inside if path.is_file()]


CATALOGUE = {
    entry.name: entry
    for entry in [
        DataSet(
            name="natural_patches",
            title="Carlsson et al.'s 3x3 patches of van Hateren's stills: n50000Dct, X(15,30), X(300,30)",
            origin="github.com/appliedtopology/javaplex, data/natural_images",
            licence="BSD-3-Clause (javaPlex)",
            read=readers.mat_files,
            url=JAVAPLEX,
            files={
                "n50000Dct.mat": "a9bc27a5fc8a1bb44ef97ebb839532f36e5f3cb3d68240e28a659a0b6a6997a7",
                "nk15c30Dct.mat": "12a49a644d0745b69eb4a921c08c7db2365a41823b0500764be3f1012a7d93fd",
                "nk300c30Dct.mat": "ee1adca57b517a6655fe234a4ff0bf5edaddebf4d58d94ebd07f65bd3fa4cb82",
            },
        ),
        DataSet(
            name="kodak",
            title="Kodak's lossless photographs",
            origin="the Kodak Photo CD sampler, PNG",
            licence="released by Kodak for unrestricted use",
            read=readers.images,
            endings=(".png",),
        ),
        DataSet(
            name="bsds500",
            title="Berkeley segmentation data set, training photographs (JPEG: traces remain in 3x3 patches)",
            origin="Arbelaez et al. 2011, BSDS500, folder images/train",
            licence="non-commercial research",
            read=readers.images,
            endings=(".jpg", ".jpeg"),
        ),
        DataSet(
            name="van_hateren",
            title="van Hateren & van der Schaaf's natural stills, 16 bit",
            origin="the van Hateren natural image collection (1998), .iml, .imc or 16-bit TIFF",
            licence="free for research, cite van Hateren & van der Schaaf 1998",
            read=readers.images,
            endings=(".iml", ".imc", ".tif", ".tiff"),
        ),
        DataSet(
            name="shipped_photographs",
            title="the photographs inside scikit-image and scikit-learn (8 bit; several are JPEG or PNG of JPEG)",
            origin="installed with the two packages",
            licence="see their README files; free to use",
            read=readers.images,
            installed=_photographs_in_packages,
        ),
        DataSet(
            name="diabetes",
            title="Reaven & Miller's chemical diabetes: 145 patients, 5 measurements (rw fpg ga ina sspg), class cc",
            origin="Reaven & Miller 1979, Diabetologia 16:17-24, as chemdiab in the R package locfit, written as CSV",
            licence="the R package is GPL-2 or later; cite Reaven & Miller 1979",
            read=readers.table,
            files={"chemdiab.csv": "7e3e93da7f225a1db79054404124ec2c741116b4d65ebd9946fb9326293229d2"},
        ),
        DataSet(
            name="nki",
            title="NKI breast cancer: 272 tumours, 16 columns of identity and clinic, 1,554 of expression (not all "
            "24,000 genes; no normal samples)",
            origin="van de Vijver et al. 2002, N Engl J Med 347:1999-2009, the cleaned table NKI_cleaned.csv",
            licence="none stated with the table: for research, cite van de Vijver et al. 2002; do not pass it on",
            read=readers.table,
            files={"NKI_cleaned.csv": "4a790cb00d8ee1d592ffca474f5dae606fa2474a05c4a0c7cfea632a597b2b5c"},
        ),
        DataSet(
            name="tcga",
            title="mutation spectra of exomes: 96 channels, 9,493 tumours, 32 types (colon and rectum are one; those "
            "labelled DLBC are doubtful, their sample codes are not of lymphomas)",
            origin="Alexandrov et al. 2020, Nature 578:94-101, mutational catalogues of exomes, WES_TCGA.96.csv",
            licence="none stated with the table: for research, cite Alexandrov et al. 2020 and TCGA; do not pass it on",
            read=readers.spectra,
            files={"WES_TCGA.96.csv": "a45190fe32bf3f9c12572facb864543d3b9a9a1fa94bdd54137687c142688396"},
        ),
        DataSet(
            name="meshes",
            title="vertices of four reference shapes: camel, cat, elephant, horse",
            origin="Sumner & Popovic 2004, ACM Trans. Graph. 23(3):399-405, the vertices as shipped with Python Mapper",
            licence="GPL-3 (Python Mapper); the meshes: cite Sumner & Popovic 2004",
            read=readers.vertices,
            files={
                "camel-reference.csv.gz": "d22085702f179220367666223ec90f1c0a5af625c9d3effe406d3b662f69c2c5",
                "cat-reference.csv.gz": "95bb426482d9bd5bfa8db7cdf55227ab73f92c3050b65b5ccd3390ce1f58bf6e",
                "elephant-reference.csv.gz": "a20314efd3fe42a7c61e0bb680e4f8fa33d8a803489aaaeb01f08105b34cd6aa",
                "horse-reference.csv.gz": "226ea091f0b4e645c3febf31bda22c21966b2c2d42fe59429d3863216a02f641",
            },
        ),
    ]
}


def dataset(name: str) -> DataSet:
    """The catalogue's entry, or BadRequest with the names that exist."""
    if name not in CATALOGUE:
        raise BadRequest(f"there is no data set {name!r}; there are: {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def sha256(path: Path) -> str:
    """sha256 of one file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_digest(files: list[Path]) -> str:
    """sha256 over the names and the contents of several files: the digest that verdicts carry."""
    lines = "".join(f"{path.name} {sha256(path)}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
