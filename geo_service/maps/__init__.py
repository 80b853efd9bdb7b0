"""Static maps: what a territory has, drawn by the server as SVG or PNG."""

from geo_service.maps.model import (
    WHOLE,
    LegendClass,
    Look,
    Row,
    StaticMap,
    Subject,
    subject_of,
)
from geo_service.maps.palette import style_sheet
from geo_service.maps.picture import to_png
from geo_service.maps.render import draw_territory

__all__ = [
    "WHOLE",
    "LegendClass",
    "Look",
    "Row",
    "StaticMap",
    "Subject",
    "draw_territory",
    "style_sheet",
    "subject_of",
    "to_png",
]
