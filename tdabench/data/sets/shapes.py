"""Surfaces in space, and the clouds that persistence engines are compared on."""

from tdabench.data.dataset import DataSet, Reader

PH_ROADMAP = "https://raw.githubusercontent.com/n-otter/PH-roadmap/master/data_sets/"
RIPSER = "https://raw.githubusercontent.com/Ripser/"

SETS = (
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
)
