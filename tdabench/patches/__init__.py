"""3x3 patches of images: extraction, contrast norm, DCT basis, density cores, the Klein bottle of patches."""
