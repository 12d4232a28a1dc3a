"""Weights of trained networks."""

from tdabench.data.dataset import DataSet, Form, Reader

SETS = (
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
)
