"""Which services an address is about: one, those of an enjeu, of a thème, or all."""

from __future__ import annotations

from geo_service.api.parameters import (
    EnjeuField,
    Parameters,
    ServiceField,
    ThemeField,
    check_axes,
)
from geo_service.atlas import PublishedAtlas, Service


class AxisParameters(Parameters):
    """A service, an enjeu, a thème; given together, they must all hold."""

    service: ServiceField = None
    enjeu: EnjeuField = None
    theme: ThemeField = None

    def services(self, atlas: PublishedAtlas) -> list[Service]:
        """Give the services of the référentiel that are meant, in its order.

        Raises
        ------
        Problem
            400 if the référentiel does not have one of the codes.
        """
        return services_of(atlas, service=self.service, enjeu=self.enjeu, theme=self.theme)


def services_of(
    atlas: PublishedAtlas,
    *,
    service: str | None = None,
    enjeu: str | None = None,
    theme: str | None = None,
) -> list[Service]:
    """Give the services of the référentiel for which all that is given holds, in its order.

    Raises
    ------
    Problem
        400 if the référentiel does not have one of the codes.
    """
    check_axes(atlas, service=service, enjeu=enjeu, theme=theme)
    return [
        known
        for known in atlas.metadata.services.values()
        if service in (None, known.code)
        and enjeu in (None, known.enjeu)
        and theme in (None, known.theme)
    ]
