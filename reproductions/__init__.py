"""How each claim is measured: one module per experiment, one function `measure(config, bench) -> measurements`."""
