"""What a row asks for and what was found: goals, figures, and how much effort to spend on them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How thorough to be.

    :param rounds: how often each contestant has its turn under load.
    :param ms: how long a turn is, in milliseconds.
    :param requests: how many requests instructions are counted over.
    :param step: how close the search for the smallest heap comes to it, in bytes.
    :param tell: called with a few words on what is going on.
    """

    rounds: int
    ms: int
    requests: int
    step: int
    tell: Callable[[str], None] = print


@dataclass(frozen=True)
class Figures:
    """The figure of ours and of the reference in a row's unit, None where there is none, and a remark."""

    ours: float | None
    reference: float | None
    note: str = ""

    @property
    def ratio(self):
        """Ours divided by the reference's."""
        return self.ours / self.reference if self.ours is not None and self.reference else None


@dataclass(frozen=True)
class Goal:
    """A limit of the ratio, or of our figure itself where `of` is "figure"."""

    sign: str
    limit: float
    of: str = "ratio"

    def met(self, figures):
        """Whether `figures` are within the limit, None where they cannot say."""
        value = figures.ratio if self.of == "ratio" else figures.ours
        if value is None:
            return None
        return value >= self.limit if self.sign == ">=" else value <= self.limit


def ratio_of(limit):
    """The goal of being `limit` times as good where more is better."""
    return Goal(">=", limit)


def at_most(limit):
    """The goal that our figure is no larger than `limit`."""
    return Goal("<=", limit, "figure")


@dataclass(frozen=True)
class Row:
    """A line of the report; `measure(effort)` returns its `Figures`."""

    key: str
    title: str
    unit: str
    measure: Callable[[Effort], Figures]
    goal: Goal | None = None
