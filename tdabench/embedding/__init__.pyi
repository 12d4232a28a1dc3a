from .embedded import Embedded as Embedded
from .estimator import Embedding as Embedding
from .method import Method as Method
from .method import embed as embed
from .quality import continuity as continuity
from .quality import label_accuracy as label_accuracy
from .quality import trustworthiness as trustworthiness
