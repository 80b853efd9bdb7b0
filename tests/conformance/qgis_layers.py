"""Runs in Debian's Python, with QGIS alone: loads two layers and tells what they hold, as JSON.

Arguments: address of the OGC API, address template of vector tiles, west, south, east and north in
degrees, and the side in pixels of the map that is rendered.
"""

import json
import sys

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize


def features(ogc, box):
    """Read the communes of a rectangle, asked to the service by QGIS itself, page by page."""
    source = (
        f"url='{ogc}' typename='communes' pagingEnabled='enabled' pageSize='150' "
        "restrictToRequestBBOX='1'"
    )
    layer = QgsVectorLayer(source, "communes", "OAPIF")
    if not layer.isValid():
        sys.exit(layer.error().message() or "the features layer is not valid")
    request = QgsFeatureRequest().setFilterRect(QgsRectangle(*box))
    found = list(layer.getFeatures(request))
    return {
        "codes": sorted({feature["code"] for feature in found}),
        "sans_contour": sum(not feature.hasGeometry() for feature in found),
        "champs": [field.name() for field in layer.fields()],
        "crs": layer.crs().authid(),
        "total": layer.featureCount(),
    }


class Counting(QgsVectorTileBasicRenderer):
    """Draws nothing; keeps the codes of the communes that QGIS decoded from each tile."""

    def __init__(self, codes):
        super().__init__()
        self.codes = codes
        style = QgsVectorTileBasicRendererStyle("communes", "communes", QgsWkbTypes.PolygonGeometry)
        # What a filter reads is what QGIS takes from the tiles.
        style.setFilterExpression('"code" IS NOT NULL')
        self.setStyles([style])

    def clone(self):
        return Counting(self.codes)

    def renderTile(self, tile, _context):
        self.codes.update(feature["code"] for feature in tile.layerFeatures("communes"))


def tiles(template, box, side):
    """Have a map of vector tiles rendered, and count the communes met."""
    layer = QgsVectorTileLayer(f"type=xyz&url={template}&zmin=4&zmax=11", "tuiles")
    if not layer.isValid():
        sys.exit("the vector-tile layer is not valid")
    codes = set()
    layer.setRenderer(Counting(codes))
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    turn = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), mercator, QgsProject.instance()
    )
    settings = QgsMapSettings()
    settings.setDestinationCrs(mercator)
    settings.setLayers([layer])
    settings.setOutputSize(QSize(side, side))
    settings.setExtent(turn.transformBoundingBox(QgsRectangle(*box)))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return {"codes": sorted(codes), "fautes": [error.message for error in job.errors()]}


def main():
    """Load both layers."""
    ogc, template = sys.argv[1:3]
    box, side = [float(x) for x in sys.argv[3:7]], int(sys.argv[7])
    application = QgsApplication([], False)
    application.initQgis()
    found = {
        "version": Qgis.QGIS_VERSION.split("-")[0],
        "entites": features(ogc, box),
        "tuiles": tiles(template, box, side),
    }
    sys.stdout.write(json.dumps(found))
    application.exitQgis()


main()
