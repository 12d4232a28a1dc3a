"""Natural image patches and the photographs they are cut from."""

from tdabench.data.dataset import DataSet, Reader

JAVAPLEX = (
    "https://raw.githubusercontent.com/appliedtopology/javaplex/23607cb6fb6f7f2b1922d37176b3cabdb132cbd8"
    "/data/natural_images/"
)

SETS = (
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
)
