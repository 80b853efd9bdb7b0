"""Forms of pages: what a visitor typed, understood or refused at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from geo_service.api.parameters import Parameters
from geo_service.errors import Problem, reason_of
from geo_service.french_sentences import NBSP

_Model = TypeVar("_Model", bound=Parameters)

#: What French puts in figures and programs do not read: thousands apart, a decimal comma.
_SPACES: Final = str.maketrans({" ": None, "\u00a0": None, "\u202f": None, ",": "."})
#: Longest text shown back in a field.
_LONGEST: Final = 100


@dataclass(frozen=True)
class Form(Generic[_Model]):
    """What a form was sent with.

    Attributes
    ----------
    parameters
        Its parameters; those refused have their defaults.
    values
        What was typed in each field, to be shown again.
    errors
        Why a field is refused, a French sentence by field.
    """

    parameters: _Model
    values: Mapping[str, str]
    errors: Mapping[str, str]


def read_form(
    request: Request,
    model: type[_Model],
    fields: Sequence[str],
    fixed: Mapping[str, object],
    *,
    figures: Sequence[str] = (),
) -> Form[_Model]:
    """Read the fields of a form from an address; any other parameter is left alone.

    Parameters
    ----------
    request
        The request. Links in letters have parameters of their own, which are no error.
    model
        Parameters of the API that the form stands for.
    fields
        Those a visitor may give.
    fixed
        Those the page gives.
    figures
        Fields that are figures, read as French writes them: « 2 000 », « 7,5 ».

    Returns
    -------
    Form
    """
    typed = {name: request.query_params.get(name, "").strip()[:_LONGEST] for name in fields}
    read = {
        name: value.translate(_SPACES) if name in figures else value
        for name, value in typed.items()
        if value
    }
    errors: dict[str, str] = {}
    while True:
        try:
            return Form(model.model_validate({**fixed, **read}), typed, errors)
        except ValidationError as error:
            refused = [item for item in error.errors() if item["loc"][-1] in read]
            if not refused:
                raise
            for item in refused:
                name = str(item["loc"][-1])
                errors[name] = f"« {typed[name]} » n’est pas accepté{NBSP}: {reason_of(item)}."
                del read[name]


def refused_fields(problem: Problem) -> set[str]:
    """Give the names of the parameters that a problem of the API refuses."""
    return {str(item["nom"]) for item in problem.more.get("parametres", ())}
