"""The mechanisms of the model, one small file each, as pure functions of numbers.

A rule knows nothing of arrays, files or other citizens: it takes what one citizen (or region, or government) knows at
month t and says what follows. Each is written once, as plain Python; the reference engine calls it as it stands, the
fast engine compiles it. For both to agree to the last bit (specification, ruling 5) a rule uses only + - * /,
comparisons and `math.exp`, `math.log`, `math.tanh`, `math.sqrt`; never `**`, never NumPy.

`p` is always the society's `Parameters`; its fields are described, with their symbols, in `scenarios.parameters`.
"""
