"""Keyed chance: every draw is a pure function of (seed, purpose, step, citizen).

Nobody holds a generator whose state others could disturb. Two arms of an experiment share their luck, a citizen's draw
does not depend on how many others drew before, and the order of computation cannot matter (specification, ruling 6).

All functions are rules: plain Python and compiled code agree to the last bit. Integers are 64-bit words; Python's are
cut to 64 bits after each operation, which in compiled code, where words are `uint64`, changes nothing.

Words are mixed by the finaliser of splitmix64: Steele, Lea & Flood (2014), "Fast splittable pseudorandom number
generators", OOPSLA, with the constants of Stafford's variant 13.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, SupportsInt

import numpy as np
from numba.extending import overload

from agents.rules.rule import rule

# What a draw is for. The numbers are part of every result: add new ones at the end, never renumber.
KINSHIP: Final = 1
EXPOSURE: Final = 2
INCOME: Final = 3
LOYALTY: Final = 4
DISPLAY: Final = 5
REVISE: Final = 6
CHOOSE: Final = 7
SANCTION: Final = 8
HARASS: Final = 9
DEPART: Final = 10
TIE: Final = 11
DEGREE: Final = 12

# Each constant is at least 2**63, so that compiled code takes it for uint64 and never meets a signed integer.
WORD: Final = 0xFFFFFFFFFFFFFFFF
GOLDEN: Final = 0x9E3779B97F4A7C15
FIRST_FACTOR: Final = 0xBF58476D1CE4E5B9
SECOND_FACTOR: Final = 0x94D049BB133111EB


def word(number: SupportsInt) -> int:
    """Return an integer of any kind as an unsigned 64-bit word; a negative one wraps round."""
    return int(number) & WORD


@overload(word)
def _compiled_word(number: Any) -> Callable[[Any], Any]:
    def implementation(number: Any) -> Any:
        return np.uint64(number)

    return implementation


@rule
def mixed(number: int) -> int:
    """Return a word in which each bit depends on every bit of the word `number`; no two words give the same."""
    number = ((number ^ (number >> 30)) * FIRST_FACTOR) & WORD
    number = ((number ^ (number >> 27)) * SECOND_FACTOR) & WORD
    return number ^ (number >> 31)


@rule
def absorbed(state: int, part: int) -> int:
    """Return the word `state` with one more part of a key mixed in."""
    return mixed((state + GOLDEN + word(part) * GOLDEN) & WORD)


@rule
def stream(seed: int, purpose: int, step: int) -> int:
    """Return the word (0 to 2**64-1) that stands for one purpose in one step of the society with this seed.

    Parameters
    ----------
    seed
        0 to 2**63-1.
    purpose
        One of the constants above.
    step
        Number of the step, from 0; for ties, the number of the stub's draw.
    """
    return absorbed(absorbed(absorbed(word(0), seed), purpose), step)


@rule
def uniform(stream: int, citizen: int) -> float:
    """Return this citizen's uniform draw of a stream, strictly between 0 and 1.

    It is the middle of one of 2**52 equal intervals. One bit more, and the last middle would round to 1.
    """
    return (float(interval(stream, citizen)) + 0.5) * 2.220446049250313e-16


@rule
def interval(stream: int, citizen: int) -> int:
    """Return the number, from 0 to 2**52-1, of the interval in which this citizen's uniform draw of a stream lies."""
    return absorbed(word(stream), citizen) >> 12


@rule
def intervals_below(probability: float) -> int:
    """Return how many intervals lie below a probability: a draw is less if, and only if, its `interval` is.

    Many draws are asked for at a time faster so, as whole numbers.
    """
    return word(math.ceil(probability * 4503599627370496.0 - 0.5))


@rule
def normal(draw: float) -> float:
    """Return the standard normal quantile of a probability strictly between 0 and 1, to about 1 part in 10**15.

    Source: M. J. Wichura (1988), "Algorithm AS 241: The percentage points of the normal distribution", Applied
    Statistics 37, 477-484, routine PPND16.
    """
    centred = draw - 0.5
    if abs(centred) <= 0.425:
        r = 0.180625 - centred * centred
        return (
            centred
            * polynomial(
                r,
                3.3871328727963666080e0,
                1.3314166789178437745e2,
                1.9715909503065514427e3,
                1.3731693765509461125e4,
                4.5921953931549871457e4,
                6.7265770927008700853e4,
                3.3430575583588128105e4,
                2.5090809287301226727e3,
            )
            / polynomial(
                r,
                1.0,
                4.2313330701600911252e1,
                6.8718700749205790830e2,
                5.3941960214247511077e3,
                2.1213794301586595867e4,
                3.9307895800092710610e4,
                2.8729085735721942674e4,
                5.2264952788528545610e3,
            )
        )
    r = math.sqrt(-math.log(draw if centred < 0.0 else 1.0 - draw))
    if r <= 5.0:
        r -= 1.6
        size = polynomial(
            r,
            1.42343711074968357734e0,
            4.63033784615654529590e0,
            5.76949722146069140550e0,
            3.64784832476320460504e0,
            1.27045825245236838258e0,
            2.41780725177450611770e-1,
            2.27238449892691845833e-2,
            7.74545014278341407640e-4,
        ) / polynomial(
            r,
            1.0,
            2.05319162663775882187e0,
            1.67638483018380384940e0,
            6.89767334985100004550e-1,
            1.48103976427480074590e-1,
            1.51986665636164571966e-2,
            5.47593808499534494600e-4,
            1.05075007164441684324e-9,
        )
    else:
        r -= 5.0
        size = polynomial(
            r,
            6.65790464350110377720e0,
            5.46378491116411436990e0,
            1.78482653991729133580e0,
            2.96560571828504891230e-1,
            2.65321895265761230930e-2,
            1.24266094738807843860e-3,
            2.71155556874348757815e-5,
            2.01033439929228813265e-7,
        ) / polynomial(
            r,
            1.0,
            5.99832206555887937690e-1,
            1.36929880922735805310e-1,
            1.48753612908506148525e-2,
            7.86869131145613259100e-4,
            1.84631831751005468180e-5,
            1.42151175831644588870e-7,
            2.04426310338993978564e-15,
        )
    return -size if centred < 0.0 else size


@rule
def polynomial(
    x: float, c0: float, c1: float, c2: float, c3: float, c4: float, c5: float, c6: float, c7: float
) -> float:
    """Return c0 + c1 x + ... + c7 x**7 by Horner's scheme."""
    return ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0


@rule
def poisson_ladder(mean: float, low: int, ladder: Any) -> None:
    """Write the distribution function of a Poisson number known to lie from `low` on, up to a constant factor.

    Parameters
    ----------
    mean
        Mean before truncation, above 0.
    low
        Smallest number possible, 0 or more.
    ladder
        Float64 array to be written, one entry for each number possible, one at least.
    """
    # Terms relative to the first: the law's constant factor cancels.
    term = 1.0
    ladder[0] = 1.0
    for step in range(1, len(ladder)):
        term = term * mean / (low + step)
        ladder[step] = ladder[step - 1] + term


@rule
def poisson_step(draw: float, ladder: Any) -> int:
    """Return the quantile of a `poisson_ladder` at a probability strictly between 0 and 1, counted from its first."""
    # Counting all steps is faster than to stop at the right one: it guesses nothing, and compares several at a time.
    height = draw * ladder[-1]
    step = 0
    for lower in range(len(ladder) - 1):
        step += ladder[lower] <= height
    return step
