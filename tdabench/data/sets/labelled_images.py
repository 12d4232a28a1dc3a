"""Images with labels, for networks."""

from tdabench.data.dataset import DataSet, Form, Reader

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

SETS = (
    DataSet(
        name="mnist",
        title="MNIST: handwritten digits, 28 x 28 grey, 60,000 for training and 10,000 for testing",
        origin="LeCun, Cortes & Burges 1998, through torchvision.datasets.MNIST",
        licence="CC BY-SA 3.0; cite LeCun et al. 1998",
        torchvision="MNIST",
        megabytes=12,
        forms=(
            Form(
                Reader("tdabench.data.labelled_images:idx_files"),
                under=("", "MNIST/raw"),
                files={
                    f"{IDX[0]}.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                    f"{IDX[1]}.gz": "d53e105ee54ea40749a09fcbcd1e9432",
                    f"{IDX[2]}.gz": "9fb629c4189551a2d022fa330f9573f3",
                    f"{IDX[3]}.gz": "ec29112dd5afa0611ce80d1b7f02629c",
                },
            ),
            Form(
                Reader("tdabench.data.labelled_images:idx_files"),
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
                Reader("tdabench.data.labelled_images:idx_files"),
                under=("", "FashionMNIST/raw"),
                files={
                    f"{IDX[0]}.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                    f"{IDX[1]}.gz": "25c81989df183df01b3e8a0aad5dffbe",
                    f"{IDX[2]}.gz": "bef4ecab320f06d8554ea6380940ec79",
                    f"{IDX[3]}.gz": "bb300cfdad3c16e7a12a480ee83cd310",
                },
            ),
            Form(
                Reader("tdabench.data.labelled_images:idx_files", counts=(60_000, 10_000)),
                under=("", "FashionMNIST/raw"),
                files=dict.fromkeys(IDX, ""),
                note="unpacked files of Fashion-MNIST, for which no digests are published: their counts were "
                "checked, not their contents",
            ),
            Form(
                Reader("tdabench.data.labelled_images:idx_files"),
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
                Reader("tdabench.data.labelled_images:cifar_batches"),
                under=("cifar-10-batches-py", ""),
                files=CIFAR10_BATCHES,
            ),
            Form(
                Reader("tdabench.data.labelled_images:cifar_jpegs"),
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
                Reader("tdabench.data.labelled_images:cifar_training"),
                under=("cifar-10-batches-py", ""),
                files=CIFAR10_BATCHES,
            ),
            Form(
                Reader("tdabench.data.labelled_images:training_images"),
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
                Reader("tdabench.data.labelled_images:svhn_crops"),
                files={
                    "train_32x32.mat": "e26dedcc434d2e4c54c9b2d4a06d8373",
                    "test_32x32.mat": "eb5a983be6a315427106f1b164d9cef3",
                },
            ),
            Form(
                Reader("tdabench.data.labelled_images:svhn_digits"),
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
                Reader("tdabench.data.labelled_images:usps"),
                files={
                    "usps.bz2": "ec16c51db3855ca6c91edd34d0e9b197",
                    "usps.t.bz2": "8ea070ee2aca1ac39742fdd1ef5ed118",
                },
            ),
        ),
    ),
)
