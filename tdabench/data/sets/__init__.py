"""The data sets, a family a file: what each is, its files and digests, and the name of its reader.

They name their readers and do not import them: every command imports these lists, and readers need pandas, Pillow or
torch.
"""
