"""How fair the state is felt to be (specification 3.8, ruling 1)."""

from __future__ import annotations

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def injustice_memory_next(p: Parameters, memory: float, injustice: float, injustice_kept: float) -> float:
    """Return next step's memory in [0, 1] of own unjust treatment by the state."""
    return injustice_kept * memory + p.injustice_jump * injustice * (1.0 - memory)


@rule
def fairness_felt(
    p: Parameters,
    institutions_gain: float,
    accustomed_gain: float,
    kin_television: float,
    reform: float,
    injustice_memory: float,
) -> float:
    """Return F, felt fairness against month 0, in units of the institutions index.

    Gains are discounted by viewers of kin-state television and by habit (`accustomed_gain`); a reform at lever
    `reform` that has not yet kept its promise hurts; own injustice weighs fully.
    """
    felt = (1.0 - p.reform_discount * kin_television) * (institutions_gain - p.institution_adaptation * accustomed_gain)
    broken_promise = reform * max(0.0, p.reform_promise - institutions_gain)
    return felt - broken_promise - injustice_memory
