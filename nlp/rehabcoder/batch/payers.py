"""Names of payers, as an option or a note gives them, held against the profiles."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import click


@lru_cache(maxsize=1000)
def has_profile(payer: str) -> bool:
    """Whether a profile goes by this name; names that mean the generic one count."""
    from rehabcoder.billing.profile import DEFAULT, profile_of

    profile = profile_of(payer)
    return profile.name != DEFAULT or payer.casefold().strip() in (DEFAULT, *profile.payers)


def _known(context: click.Context, parameter: click.Parameter, payer: str | None) -> str | None:
    from rehabcoder.billing.profile import profiles

    if payer is not None and not has_profile(payer):
        raise click.BadParameter(f"no profile for {payer}; known are {', '.join(sorted(profiles()))}")
    return payer


def payer_option(command: Any) -> Any:
    """``--payer``; a name without a profile is an error of usage, for the user would not see it in the results."""
    option = click.option("--payer", metavar="PAYER", callback=_known, help="Payer of notes that name none.")
    return option(command)
