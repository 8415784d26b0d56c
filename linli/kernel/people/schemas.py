"""The shape of the rule that people keep in the rulebook: the chain of party organisations."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, model_validator

LEVELS = ("street", "community", "grid", "building")


class Link(BaseModel):
    """One link: at which level of the tree it stands, and what it is called there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Literal["street", "community", "grid", "building"]
    label: Annotated[str, Field(min_length=2, max_length=30)]


class PartyChain(BaseModel):
    """Each locality has its own links and words for them; they stand from the top down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    links: Annotated[list[Link], Field(min_length=1)]

    @model_validator(mode="after")
    def from_the_top_down(self) -> Self:
        standing = [LEVELS.index(link.level) for link in self.links]
        if standing != sorted(set(standing)):
            raise ValueError(_("组织链条要从上到下写，每一级写一次。"))
        return self
