"""Patients and tumours, as tables."""

from tdabench.data.dataset import DataSet, Reader

SETS = (
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
)
