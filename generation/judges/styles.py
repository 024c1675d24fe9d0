"""The judging styles by their names."""

from __future__ import annotations

from generation.judges.base import Style
from generation.judges.choice import ChoiceOfTwo
from generation.judges.generate import Generate
from generation.judges.logit import Logit
from generation.judges.loglik import LogLikelihood
from generation.judges.rating import Rating
from generation.judges.reward import Reward

STYLES: dict[str, Style] = {
    "logit": Logit(),
    "generate": Generate(),
    "loglik": LogLikelihood(),
    "choice": ChoiceOfTwo(),
    "reward": Reward(),
    "rating": Rating(),
}
"""A jury is no style of asking: it asks nobody, and `judging` counts its members' labels."""
