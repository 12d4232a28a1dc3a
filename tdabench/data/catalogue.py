"""The catalogue: name -> what it is, its files, where they come from, and how they are read.

To add a data set: one entry in CATALOGUE. A set whose files never change lists their sha256 and is refused when one
differs; an open collection of images lists the endings it accepts, and the digest of what was found goes on record.
A set that is accepted in several forms lists them best first; the best one that is here is used, and all but the
complete official one carry a note for the rows of what is measured on them.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from pkgutil import resolve_name

from tdabench import paths
from tdabench.errors import BadInput, BadRequest, DataMissing

JAVAPLEX = (
    "https://raw.githubusercontent.com/appliedtopology/javaplex/23607cb6fb6f7f2b1922d37176b3cabdb132cbd8"
    "/data/natural_images/"
)
PH_ROADMAP = "https://raw.githubusercontent.com/n-otter/PH-roadmap/master/data_sets/"
RIPSER = "https://raw.githubusercontent.com/Ripser/"

# The digests of torchvision 0.29 (md5) for what it downloads
IDX = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
CIFAR10_BATCHES = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}

YELP_BUSINESSES = "yelp_academic_dataset_business.json"
NETFLIX_PARTS = tuple(f"combined_data_{part}.txt" for part in range(1, 5))
UNCHECKED = "for which no digests are known: its lines were checked, not whether all are there"
MD5_DIGITS = 32
LISTED = 4  # names of files in one line, at most
YELP_FOLDERS = ("", "yelp_dataset")  # unpacked as such, or with the folder of the archive


class Reader:
    """A function by its name, `module:function`, and the options it is called with.

    Its module is imported at the first call: the catalogue names readers that need pandas, Pillow or torch, and is
    itself imported by every command.
    """

    def __init__(self, name: str, **options):
        self.name = name
        self.module = name.split(":")[0]
        self.options = options

    def __call__(self, *arguments):
        return resolve_name(self.name)(*arguments, **self.options)

    def __repr__(self) -> str:
        return f"{self.name} {self.options}"


@dataclass(frozen=True)
class Form:
    """One form in which a data set is accepted: files that lie together in one folder.

    read: list of paths -> arrays; files: file name -> sha256, its first digits, or md5, or "" where none is
    published; under: the folders, below the data set's own, in which they may lie; note: the sentence that whatever is
    measured on this form must carry, empty for the complete official form.
    """

    read: Callable[[list[Path]], dict]
    files: dict[str, str]
    under: tuple[str, ...] = ("",)
    note: str = ""

    def places(self, folder: Path) -> Iterator[list[Path]]:
        """The lists of files, one for each folder below `folder` that has them all."""
        for below in self.under:
            paths = [folder / below / name for name in self.files]
            if all(path.is_file() for path in paths):
                yield paths

    def altered(self, files: list[Path]) -> list[str]:
        """What is wrong with each file whose digest is another one."""
        differences = [(path, difference(path, self.files[path.name])) for path in files]
        return [f"{path}: {words}" for path, words in differences if words]


@dataclass(frozen=True)
class DataSet:
    """A named data set.

    files: file name -> sha256; endings: accepted in place of `files` for open collections; forms: in place of `files`
    for sets accepted in several forms, best first; folder: where it lies, its name if not said; installed: for files
    that come inside installed packages; read: list of paths -> arrays, by file name without ending (sets with forms are
    read by these).

    What can be downloaded (`files`, the first form, or a collection) has one of these. url: the address of the folder
    that has the files, or one for each pattern of their names, of which the first that fits counts. archive: the
    address of a zip or a tar, then # and the folder in it. torchvision: the class of torchvision.datasets.
    megabytes: the size of the download. collection: the digest, as `files_digest` makes it, of an open collection as
    its archive has it.
    """

    name: str
    title: str
    origin: str
    licence: str
    read: Callable[[list[Path]], dict] | None = None
    files: dict[str, str] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    folder: str = ""
    url: str | dict[str, str] = ""
    archive: str = ""
    torchvision: str = ""
    megabytes: int = 0
    collection: str = ""
    installed: Callable[[], list[Path]] | None = None

    def locate(self) -> list[Path]:
        """The files of this data set, verified; DataMissing says where they come from and where they would go."""
        return self._in_use()[1]

    def load(self) -> dict:
        """Arrays by file name without ending, or by the names that the reader gives; with `note` if it has forms."""
        form, files = self._in_use()
        return form.read(files) | ({"note": form.note} if self.forms else {})

    def reader_modules(self) -> list[str]:
        """The modules of all functions that may read this set: their code decides which arrays a file becomes."""
        functions = [form.read for form in self.accepted()] + ([self.installed] if self.installed else [])
        return sorted({getattr(function, "module", function.__module__) for function in functions})

    def digest(self) -> str:
        """sha256 over the names and contents of the files in use."""
        return files_digest(self.locate())

    def instructions(self) -> str:
        """Where the files come from and where to put them."""
        target = self.place(paths.download_folder())
        what = ", ".join(self.accepted()[0].files) or f"files ending in {', '.join(self.endings)}"
        get = f"`tdabench fetch {self.name}` downloads it, or put" if self.has_address() else "put"
        return f"{get} {what} into {target} (origin: {self.origin})."

    def brief(self) -> str:
        """One line, for lists of what is missing: how to get it."""
        state = f"{self.name}: {self._what_lacks().partition(' (')[0]}"
        if self.has_address():
            return f"{state}; `tdabench fetch {self.name}` downloads it ({self.megabytes} MB)"
        names = list(self.accepted()[0].files) or [f"files ending in {', '.join(self.endings)}"]
        what = ", ".join(names) if len(names) <= LISTED else f"{names[0]} and {len(names) - 1} more files"
        return f"{state}; put {what} into {self.place(paths.download_folder())} (origin: {self.origin})"

    def has_address(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.url or self.archive or self.torchvision)

    def address(self, name: str) -> str:
        """Where a file can be downloaded, of a set with a url."""
        folders = {"*": self.url} if isinstance(self.url, str) else self.url
        return next(folder for pattern, folder in folders.items() if fnmatchcase(name, pattern)) + name

    def place(self, folder: Path) -> Path:
        """Where this set lies in a folder of data."""
        return folder / (self.folder or self.name)

    def accepted(self) -> tuple[Form, ...]:
        """The forms in which it is accepted, best first."""
        return self.forms or (Form(self.read, self.files),)

    def _in_use(self) -> tuple[Form, list[Path]]:
        """The best form that is here, in the first folder that has it, and its files."""
        if self.installed:
            return self.accepted()[0], self.installed()
        best, forms = None, self.accepted()
        for folder in paths.data_folders():
            here = self.place(folder)
            if self.endings and here.is_dir():
                found = sorted(
                    path for path in here.iterdir() if path.suffix.lower() in self.endings and path.is_file()
                )
                fitting = [(0, found)] if found else []
            else:
                fitting = self._fitting(here) if forms[0].files else []
            best = min([best, *fitting] if best else fitting, key=lambda pair: pair[0], default=None)
            if best and best[0] == 0:
                break
        if best is None:
            raise DataMissing(f"{self.name} is {self._what_lacks()}: {self.instructions()}")
        return forms[best[0]], best[1]

    def _fitting(self, folder: Path) -> list[tuple[int, list[Path]]]:
        """The forms, by their number, of which all files are in this folder and none is altered.

        BadInput when files have the names of a form and the contents of none: a lesser form does not stand in for it.
        """
        fitting, altered = [], {}
        for number, form in enumerate(self.accepted()):
            for files in form.places(folder):
                altered.setdefault(tuple(files), []).append(wrong := form.altered(files))
                if not wrong:
                    fitting.append((number, files))
        for refused in altered.values():
            if all(refused):
                raise BadInput(
                    f"{min(refused, key=len)[0]}: the file is truncated or altered. "
                    f"Remove it, then `tdabench fetch {self.name}`."
                )
        return fitting

    def _what_lacks(self) -> str:
        """Which files of a form are in a folder and which are not, or that there are none."""
        halves = []
        for folder in map(self.place, paths.data_folders()):
            for form in self.accepted():
                for below in form.under:
                    have = [name for name in form.files if (folder / below / name).is_file()]
                    lack = [name for name in form.files if name not in have]
                    halves.append((len(have), f"{folder / below} has {', '.join(have)}, but not {', '.join(lack)}"))
        count, half = max(halves, key=lambda pair: pair[0])
        return f"only partly here ({half})" if count else "not here"


CATALOGUE = {
    entry.name: entry
    for entry in [
        DataSet(
            name="natural_patches",
            title="Carlsson et al.'s 3x3 patches of van Hateren's stills: n50000Dct, X(15,30), X(300,30)",
            origin="github.com/appliedtopology/javaplex, data/natural_images",
            licence="BSD-3-Clause (javaPlex)",
            read=Reader("tdabench.data.readers:mat_files"),
            url=JAVAPLEX,
            megabytes=5,
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
            read=Reader("tdabench.data.readers:images"),
            endings=(".png",),
        ),
        DataSet(
            name="bsds500",
            title="Berkeley segmentation data set, training photographs (JPEG: traces remain in 3x3 patches)",
            origin="Arbelaez et al. 2011, BSDS500, folder images/train",
            licence="non-commercial research",
            read=Reader("tdabench.data.readers:images"),
            endings=(".jpg", ".jpeg"),
            archive="https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/BSR/BSR_bsds500.tgz"
            "#BSR/BSDS500/data/images/train/",
            megabytes=71,
            collection="b4fd5b129df20693bb60b74bc22d18a479bdbd768be502ee8b70b8382e93fe36",
        ),
        DataSet(
            name="van_hateren",
            title="van Hateren & van der Schaaf's natural stills, 16 bit",
            origin="the van Hateren natural image collection (1998), .iml, .imc or 16-bit TIFF",
            licence="free for research, cite van Hateren & van der Schaaf 1998",
            read=Reader("tdabench.data.readers:images"),
            endings=(".iml", ".imc", ".tif", ".tiff"),
        ),
        DataSet(
            name="shipped_photographs",
            title="the photographs inside scikit-image and scikit-learn (8 bit; several are JPEG or PNG of JPEG)",
            origin="installed with the two packages",
            licence="see their README files; free to use",
            read=Reader("tdabench.data.readers:images"),
            installed=Reader("tdabench.data.readers:photographs_in_packages"),
        ),
        DataSet(
            name="diabetes",
            title="Reaven & Miller's chemical diabetes: 145 patients, 5 measurements (rw fpg ga ina sspg), class cc",
            origin="Reaven & Miller 1979, Diabetologia 16:17-24, as chemdiab in the R package locfit, written as CSV",
            licence="the R package is GPL-2 or later; cite Reaven & Miller 1979",
            read=Reader("tdabench.data.readers:table"),
            files={"chemdiab.csv": "7e3e93da7f225a1db79054404124ec2c741116b4d65ebd9946fb9326293229d2"},
        ),
        DataSet(
            name="nki",
            title="NKI breast cancer: 272 tumours, 16 columns of identity and clinic, 1,554 of expression (not all "
            "24,000 genes; no normal samples)",
            origin="van de Vijver et al. 2002, N Engl J Med 347:1999-2009, the cleaned table NKI_cleaned.csv",
            licence="none stated with the table: for research, cite van de Vijver et al. 2002; do not pass it on",
            read=Reader("tdabench.data.readers:table"),
            files={"NKI_cleaned.csv": "4a790cb00d8ee1d592ffca474f5dae606fa2474a05c4a0c7cfea632a597b2b5c"},
        ),
        DataSet(
            name="tcga",
            title="mutation spectra of exomes: 96 channels, 9,493 tumours, 32 types (colon and rectum are one; those "
            "labelled DLBC are doubtful, their sample codes are not of lymphomas)",
            origin="Alexandrov et al. 2020, Nature 578:94-101, mutational catalogues of exomes, WES_TCGA.96.csv",
            licence="none stated with the table: for research, cite Alexandrov et al. 2020 and TCGA; do not pass it on",
            read=Reader("tdabench.data.readers:spectra"),
            files={"WES_TCGA.96.csv": "a45190fe32bf3f9c12572facb864543d3b9a9a1fa94bdd54137687c142688396"},
        ),
        DataSet(
            name="meshes",
            title="vertices of four reference shapes: camel, cat, elephant, horse",
            origin="Sumner & Popovic 2004, ACM Trans. Graph. 23(3):399-405, the vertices as shipped with Python Mapper "
            "(danifold.net/mapper; a copy: github.com/timothy-mcroy/mapper, exampleshapes)",
            licence="GPL-3 (Python Mapper); the meshes: cite Sumner & Popovic 2004",
            read=Reader("tdabench.data.readers:vertices"),
            url="https://raw.githubusercontent.com/timothy-mcroy/mapper/6f4e6a5adc1aef8de9c474bddac8e4f5b6d48a90"
            "/exampleshapes/",
            megabytes=1,
            files={
                "camel-reference.csv.gz": "d22085702f179220367666223ec90f1c0a5af625c9d3effe406d3b662f69c2c5",
                "cat-reference.csv.gz": "95bb426482d9bd5bfa8db7cdf55227ab73f92c3050b65b5ccd3390ce1f58bf6e",
                "elephant-reference.csv.gz": "a20314efd3fe42a7c61e0bb680e4f8fa33d8a803489aaaeb01f08105b34cd6aa",
                "horse-reference.csv.gz": "226ea091f0b4e645c3febf31bda22c21966b2c2d42fe59429d3863216a02f641",
            },
        ),
        DataSet(
            name="ph_benchmark",
            title="point clouds and distance matrices on which persistence engines are compared",
            origin="github.com/Ripser/ripser (examples), github.com/Ripser/ripser-benchmark and "
            "github.com/n-otter/PH-roadmap (data_sets)",
            licence="MIT; cite Bauer 2021 and Otter et al. 2017",
            read=Reader("tdabench.data.clouds:benchmark"),
            url={
                "*_distmat.txt": f"{PH_ROADMAP}roadmap_datasets_distmat/",
                "o3_*.txt": f"{RIPSER}ripser-benchmark/master/",
                "*.txt": f"{PH_ROADMAP}roadmap_datasets_point_cloud/",
                "*": f"{RIPSER}ripser/master/examples/",
            },
            megabytes=9,
            files={
                "Vicsek__particles_300_distance_1_noise_2_v0_0.03_box_7_timestep_300_of_600.txt":
                    "88a03049d392935e282face201cba79afa6ba8abd734b6af762f8467b6991a42",
                "celegans_weighted_undirected_reindexed_for_matlab_maxdist_2.6429_SP_distmat.txt":
                    "928e8cf237b37958aca4732d44a352aeca14851bf4d2c4c2141d1c23c1b99a3c",
                "dragon_vrip.ply.txt_1000_.txt": "4a58da50e017a2c7735d35eca34c831101f4d66be664e657b31df662996674df",
                "dragon_vrip.ply.txt_2000_.txt": "1826e2fe6f01d935a9c22b66a3b093bf033d4131ef8187e737fdceb69ea6e1c8",
                "fractal_9_5_2_random_edge_list.txt_0.19795_distmat.txt":
                    "abb12493916f64265b4efeb67b56633e492de4e19b6eb1a0162c09fbccd60d4a",
                "klein_bottle_pointcloud_new_400.txt":
                    "bf7879f91508431920ea554f29476157afacba44cec3012ebfc00bff71ea8985",
                "klein_bottle_pointcloud_new_900.txt":
                    "5b42672ca0cdb9aac597d726df23403aea9f0b35315364e53c0c07e65bc560ab",
                "o3_1024.txt": "fe48136f1da0ef449ce2e417ed256144397c5a337187799ab866b2a1234c2f8d",
                "o3_4096.txt": "8052022006685e408669b39bf513cc6737677af01add2694368fbfbe30601a89",
                "random_point_cloud_1000_8_.txt": "4a354f86b7c40481c9bcea86b537c2e498a3ec390fe698032d0375b16cc9851b",
                "random_point_cloud_100_4_.txt": "af232bea24cf45b71bde74a1bfaf1d5be745762d88f8a6a09066ead8ef9fadbe",
                "random_point_cloud_50_16_.txt": "066f28960087d586244110c5086d57fd61baf7d348a8090b1cd9778c96615bd8",
                "senate104_edge_list.txt_0.68902_distmat.txt":
                    "0d0022c2b68d911b061f405f70d843b8410e0d678e6b2559a512959bd46252d0",
                "projective_plane.csv": "e3ba6ca45780178b25c67e5b23a94aa9c238cdf8e3170bc16523d48f72207681",
                "rp2_600.lower_distance_matrix.csv": "f5bb781a192300e76cb56316d355b2925ad062f44359b9e2626f3f69815cbdd0",
                "sphere_3_192.lower_distance_matrix":
                    "cd858ae13495cfc402c508fa59e2ea5188cd369f8c4864ed143b71e2e030e033",
            },
        ),
        DataSet(
            name="mnist",
            title="MNIST: handwritten digits, 28 x 28 grey, 60,000 for training and 10,000 for testing",
            origin="LeCun, Cortes & Burges 1998, through torchvision.datasets.MNIST",
            licence="CC BY-SA 3.0; cite LeCun et al. 1998",
            torchvision="MNIST",
            megabytes=12,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:idx_files"),
                    under=("", "MNIST/raw"),
                    files={
                        f"{IDX[0]}.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                        f"{IDX[1]}.gz": "d53e105ee54ea40749a09fcbcd1e9432",
                        f"{IDX[2]}.gz": "9fb629c4189551a2d022fa330f9573f3",
                        f"{IDX[3]}.gz": "ec29112dd5afa0611ce80d1b7f02629c",
                    },
                ),
                Form(
                    Reader("tdabench.data.labelled:idx_files"),
                    under=("", "MNIST/raw"),
                    files={
                        IDX[0]: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                        IDX[1]: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                        IDX[2]: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                        IDX[3]: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
                    },
                ),
            ),
        ),
        DataSet(
            name="fashion_mnist",
            title="Fashion-MNIST: articles of clothing, 28 x 28 grey, 60,000 for training and 10,000 for testing",
            origin="Xiao, Rasul & Vollgraf 2017, through torchvision.datasets.FashionMNIST",
            licence="MIT (Zalando)",
            torchvision="FashionMNIST",
            megabytes=31,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:idx_files"),
                    under=("", "FashionMNIST/raw"),
                    files={
                        f"{IDX[0]}.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                        f"{IDX[1]}.gz": "25c81989df183df01b3e8a0aad5dffbe",
                        f"{IDX[2]}.gz": "bef4ecab320f06d8554ea6380940ec79",
                        f"{IDX[3]}.gz": "bb300cfdad3c16e7a12a480ee83cd310",
                    },
                ),
                Form(
                    Reader("tdabench.data.labelled:idx_files", counts=(60_000, 10_000)),
                    under=("", "FashionMNIST/raw"),
                    files=dict.fromkeys(IDX, ""),
                    note="unpacked files of Fashion-MNIST, for which no digests are published: their counts were "
                    "checked, not their contents",
                ),
                Form(
                    Reader("tdabench.data.labelled:idx_files"),
                    files={
                        f"{IDX[0]}.gz": "6833bf9e158da70ee91a28ef3fd3f53f5543627b2eacf7adc5136a0f72d4543a",
                        f"{IDX[1]}.gz": "8c92c2e07b232e86cb328eb4c0209b958aeb078a7d12ffbc8ff42df96953b73e",
                        f"{IDX[2]}.gz": "05a49dcfdfcd51ba4d308154d444b2185775d8f2a423af887629709b4a4645b1",
                        f"{IDX[3]}.gz": "4b1a8d8c0e7c5222dc1a01ff6643a8b890a27e1874f7535b74bab0a3af3477ce",
                    },
                    note="a subset: the first 20,000 training and 5,000 test images of Fashion-MNIST",
                ),
            ),
        ),
        DataSet(
            name="cifar10",
            title="CIFAR-10: objects and animals, 32 x 32 colour, 50,000 for training and 10,000 for testing (or the "
            "JPEG copies of half of them, for training nets, not for patches)",
            origin="Krizhevsky 2009, through torchvision.datasets.CIFAR10",
            licence="none stated: for research, cite Krizhevsky 2009; do not pass it on",
            torchvision="CIFAR10",
            megabytes=170,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:cifar_batches"),
                    under=("cifar-10-batches-py", ""),
                    files=CIFAR10_BATCHES,
                ),
                Form(
                    Reader("tdabench.data.labelled:cifar_jpegs"),
                    files={"cifar10_jpeg_25k.zip": "a7b756bd5598a301e86d20d5f6f191e0772dee38ecb2863c7e76b080b6d9845b"},
                    note="JPEG copies, mean error 5.8 grey levels, 2,000 + 500 a class",
                ),
            ),
        ),
        DataSet(
            name="cifar10_lossless",
            title="training images of CIFAR-10 pixel for pixel, fit for patches; no test images",
            origin="Krizhevsky 2009, through torchvision.datasets.CIFAR10",
            licence="none stated: for research, cite Krizhevsky 2009; do not pass it on",
            folder="cifar10",
            torchvision="CIFAR10",
            megabytes=170,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:cifar_training"),
                    under=("cifar-10-batches-py", ""),
                    files=CIFAR10_BATCHES,
                ),
                Form(
                    Reader("tdabench.data.labelled:training_images"),
                    files={
                        "cifar10_train_first4000_lossless.npz": (
                            "8440fd3ac974b028f2251f69c41736b2eafe6fed7ae22d8f82f1a0829f31409f"
                        )
                    },
                    note="a subset: the first 4,000 training images of CIFAR-10, pixel for pixel",
                ),
            ),
        ),
        DataSet(
            name="svhn",
            title="SVHN: digits of house numbers, 32 x 32 colour, 73,257 for training and 26,032 for testing (or grey "
            "digits cut from number crops)",
            origin="Netzer et al. 2011, through torchvision.datasets.SVHN",
            licence="non-commercial research; cite Netzer et al. 2011",
            torchvision="SVHN",
            megabytes=246,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:svhn_crops"),
                    files={
                        "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
                        "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
                    },
                ),
                Form(
                    Reader("tdabench.data.labelled:svhn_digits"),
                    files={
                        "svhn_digits_grey32.npz": "89ea308e49cd9af820f3705e8963f19a5c4fbf11afb24283f1977d848b810268"
                    },
                    note="digits cut from SVHN's number crops, grey, not the official 32 x 32 crops; split by source "
                    "image, 80 % for training",
                ),
            ),
        ),
        DataSet(
            name="usps",
            title="USPS: handwritten digits of zip codes, 16 x 16 grey, 7,291 for training and 2,007 for testing",
            origin="Hull 1994, LIBSVM's collection, through torchvision.datasets.USPS",
            licence="none stated: for research, cite Hull 1994",
            torchvision="USPS",
            megabytes=8,
            forms=(
                Form(
                    Reader("tdabench.data.labelled:usps"),
                    files={
                        "usps.bz2": "ec16c51db3855ca6c91edd34d0e9b197",
                        "usps.t.bz2": "8ea070ee2aca1ac39742fdd1ef5ed118",
                    },
                ),
            ),
        ),
        DataSet(
            name="netflix",
            title="the Netflix Prize: 100,480,507 ratings of 17,770 films by 480,189 users (or a block of them)",
            origin="the Netflix Prize (2006-2009), withdrawn by Netflix: bring your own copy",
            licence="non-commercial research; do not pass it on",
            forms=(
                Form(
                    Reader("tdabench.data.ratings:netflix_arrays"),
                    files=dict.fromkeys((*NETFLIX_PARTS, "movie_titles.csv"), ""),
                    note=f"the four files combined_data of the Netflix Prize, {UNCHECKED}",
                ),
                Form(
                    Reader("tdabench.data.ratings:netflix_arrays"),
                    files={"nf_prize_dataset.tar.gz": ""},
                    note=f"the archive of the Netflix Prize, {UNCHECKED}",
                ),
                Form(
                    Reader("tdabench.data.ratings:netflix_arrays"),
                    files={"training_set.tar": "", "movie_titles.txt": ""},
                    note=f"the training set of the Netflix Prize, {UNCHECKED}",
                ),
                Form(
                    Reader("tdabench.data.ratings:block_arrays"),
                    files={
                        "mit6036_netflix_incomplete_new.txt": (
                            "7a81ae26f41725a5deeec079dceec27d06949e1b82795803d42ec68c0e00408c"
                        )
                    },
                    note="a dense block of 1,200 x 1,200 real ratings of unknown films and users; which axis is the "
                    "films is not stated",
                ),
            ),
        ),
        DataSet(
            name="netflix_sample",
            title="10,000 single ratings of the Netflix Prize, with film, user and date, and all its titles",
            origin="a random sample that was passed round for courses",
            licence="non-commercial research; do not pass it on",
            folder="netflix",
            forms=(
                Form(
                    Reader("tdabench.data.ratings:single_arrays"),
                    files={
                        "elephantscale_netflix-user-ratings-10k.csv": (
                            "f2b1ed03c01e650d4bb5314a2ba2e569e562709e7366fecf01dd172b655910a2"
                        ),
                        "elephantscale_movie-titles.csv": (
                            "897b6696bca040b366b264c869808a251db3a81252b99c046254ed478856d0fa"
                        ),
                    },
                    note="10,000 of the 100,480,507 ratings of the Netflix Prize",
                ),
            ),
        ),
        DataSet(
            name="movielens",
            title="MovieLens 100K: 100,000 ratings of 1,682 films by 943 users, with genres (or 1M, or the small one)",
            origin="Harper & Konstan 2015, ACM TiiS 5(4):19, from GroupLens' site",
            licence="research; do not pass it on, cite Harper & Konstan 2015",
            archive="https://files.grouplens.org/datasets/movielens/ml-100k.zip#ml-100k/",
            megabytes=5,
            forms=(
                Form(
                    Reader("tdabench.data.ratings:movielens_arrays"),
                    under=("ml-100k", ""),
                    files={
                        "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
                        "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
                        "u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
                    },
                ),
                Form(
                    Reader("tdabench.data.ratings:movielens_arrays"),
                    under=("ml-1m", ""),
                    files={"ratings.dat": "", "movies.dat": ""},
                    note=f"MovieLens 1M in place of 100K, {UNCHECKED}",
                ),
                Form(
                    Reader("tdabench.data.ratings:movielens_arrays"),
                    under=("ml-latest-small", ""),
                    files={
                        "ratings.csv": "821795331fd974bbe7a8416f2a7eec2b548a485dedb47a073580b0a9a8a0a8d2",
                        "movies.csv": "a87480009b75ecd8d1e8f70700c534b6aefd57eed31b087ce8268ef6061a166c",
                    },
                    note="MovieLens' small edition for teaching, 100,004 ratings, in place of 100K",
                ),
            ),
        ),
        DataSet(
            name="movielens_large",
            title="MovieLens 25M or 32M: stars in halves, of films with genres (or the small edition)",
            origin="Harper & Konstan 2015, ACM TiiS 5(4):19, from GroupLens' site",
            licence="research; do not pass it on, cite Harper & Konstan 2015",
            folder="movielens",
            forms=(
                Form(
                    Reader("tdabench.data.ratings:movielens_arrays"),
                    under=("ml-25m", "ml-32m", "ml-20m", "ml-latest"),
                    files={"ratings.csv": "", "movies.csv": ""},
                    note=f"a large edition of MovieLens, {UNCHECKED}",
                ),
                Form(
                    Reader("tdabench.data.ratings:movielens_arrays"),
                    under=("ml-latest-small",),
                    files={
                        "ratings.csv": "821795331fd974bbe7a8416f2a7eec2b548a485dedb47a073580b0a9a8a0a8d2",
                        "movies.csv": "a87480009b75ecd8d1e8f70700c534b6aefd57eed31b087ce8268ef6061a166c",
                    },
                    note="a subset: MovieLens' small edition for teaching, 100,004 ratings",
                ),
            ),
        ),
        DataSet(
            name="yelp",
            title="Yelp's businesses: place, stars, hours, categories and attributes (reviews and users are not read)",
            origin="the Yelp Dataset Challenge, now Yelp Open Dataset, from Yelp's site once its terms are accepted",
            licence="Yelp's dataset terms of use: academic and non-commercial; do not pass it on",
            forms=(
                # The edition of 19 January 2022, 118,863,795 bytes; the md5 is that of a public copy of this size
                Form(
                    Reader("tdabench.data.businesses:arrays"),
                    under=YELP_FOLDERS,
                    files={YELP_BUSINESSES: "f992501bd77e167970fe6011b9e81573"},
                ),
                Form(
                    Reader("tdabench.data.businesses:arrays"),
                    files={YELP_BUSINESSES: "89f4334da0e66782b74d7d5d48761aa0124ae2cf0e3a3922c159864132bf23f2"},
                    note="a subset: 1,000 of Yelp's businesses, in 14 states and provinces, of an edition of 2022",
                ),
                Form(
                    Reader("tdabench.data.businesses:arrays"),
                    under=YELP_FOLDERS,
                    files={YELP_BUSINESSES: ""},
                    note="an edition of Yelp's businesses for which no digest is known: its lines were checked, not "
                    "whether all are there",
                ),
            ),
        ),
        DataSet(
            name="vgg16_imagenet",
            title="VGG16 trained on ImageNet by Simonyan & Zisserman: 13 convolutions, blockI_convJ_W (out, in, 3, 3) "
            "and _b (or these rounded to fp16)",
            # Not IMAGENET1K_V1: that network torchvision trained itself, by another recipe.
            origin="torchvision, VGG16_Weights.IMAGENET1K_FEATURES; Simonyan & Zisserman 2014",
            licence="BSD-3-Clause (torchvision); CC BY 4.0 (Visual Geometry Group)",
            folder="weights",
            url="https://download.pytorch.org/models/",
            megabytes=553,
            forms=(
                Form(
                    Reader("tdabench.data.readers:torchvision_vgg16"),
                    # No more of its sha256 is published than its name says.
                    files={"vgg16_features-amdegroot-88682ab5.pth": "88682ab5"},
                    note="torchvision's copy of Simonyan & Zisserman's convolutions",
                ),
                Form(
                    Reader("tdabench.data.readers:npz_arrays"),
                    files={
                        "vgg16_imagenet_conv_fp16_OIHW.npz": (
                            "b5048be1223ec954e93fbd25396a7480da7454c094dedc7dc4c1192c106f70e7"
                        )
                    },
                    note="weights rounded to fp16, Keras's copy of Simonyan & Zisserman's; only the first and last "
                    "layers were checked against second copies",
                ),
            ),
        ),
        DataSet(
            name="squeezenet_imagenet",
            title="SqueezeNet 1.1 trained on ImageNet: fireN/expand3x3_W (out, in, 3, 3) and so on, rounded to fp16, "
            "biases in fp32",
            origin="Iandola et al. 2016, named as in Caffe (in torchvision: squeezenet1_1), written as fp16",
            licence="none stated with the file: for research, cite Iandola et al. 2016",
            folder="weights",
            read=Reader("tdabench.data.readers:npz_arrays"),
            files={
                "squeezenet_v1.1_imagenet_fp16_OIHW.npz": (
                    "bddb642f72cf55f51af2e34be5c5b8ba9cba0af1258d734d5e5db3da63309a9a"
                )
            },
        ),
        DataSet(
            name="resnet_cifar10",
            title="ResNet-20, 32, 44 and 56 trained on CIFAR-10, fp32, as resnet20/layer1.0.conv1.weight and so on",
            origin="github.com/akamaster/pytorch_resnet_cifar10, pretrained_models",
            licence="BSD-2-Clause (Yerlan Idelbayev)",
            folder="weights",
            url="https://raw.githubusercontent.com/akamaster/pytorch_resnet_cifar10/master/pretrained_models/",
            megabytes=9,
            read=Reader("tdabench.data.readers:state_dicts"),
            files={
                "resnet20-12fca82f.th": "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
                "resnet32-d509ac18.th": "d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850",
                "resnet44-014dd654.th": "014dd6541728a1c700b1642ab640e211dc6eb8ed507d70697458dc8f8a0ae2e4",
                "resnet56-4bfd9763.th": "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
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
    return _digest(path, "sha256")


def _digest(path: Path, kind: str) -> str:
    from tdabench.data.files import opened  # imported late: it brings NumPy

    with opened(path) as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def difference(path: Path, digest: str) -> str:
    """In words, how a file differs from its digest: sha256, the first digits of it, or md5. "" if it does not."""
    kind = "md5" if len(digest) == MD5_DIGITS else "sha256"
    own = _digest(path, kind) if digest else ""
    return "" if own.startswith(digest) else f"the {kind} is {own[:12]}..., not {digest[:12]}..."


def files_digest(files: list[Path]) -> str:
    """sha256 over the names and the contents of several files: the digest that verdicts carry."""
    lines = "".join(f"{path.name} {sha256(path)}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
