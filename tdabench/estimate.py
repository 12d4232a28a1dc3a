"""The verb estimate."""


def add_arguments(parser) -> None:
    pass


def estimate(asked) -> int:
    raise NotImplementedError
