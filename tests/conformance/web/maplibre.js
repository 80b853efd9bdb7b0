/**
 * A map of the communes by MapLibre. Parameters of the address:
 *   source  address of a TileJSON, or of a .pmtiles archive, read by pmtiles.js by Range
 *   style   address of a whole style, instead
 *   couche  layer of the tiles
 *   boite   west,south,east,north
 * When all is drawn, `window.resultat` holds the codes on the map.
 */
import "maplibre-gl/dist/maplibre-gl.css";
import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";

const query = new URLSearchParams(location.search);
const [west, south, east, north] = query.get("boite").split(",").map(Number);

function ownStyle() {
  const address = query.get("source");
  let url = address;
  if (address.endsWith(".pmtiles")) {
    const protocol = new Protocol();
    protocol.add(new PMTiles(address));
    maplibregl.addProtocol("pmtiles", protocol.tile);
    url = `pmtiles://${address}`;
  }
  return {
    version: 8,
    sources: { atlas: { type: "vector", url } },
    layers: [
      {
        id: "communes",
        type: "fill",
        source: "atlas",
        "source-layer": query.get("couche"),
        paint: { "fill-color": "#3366cc", "fill-outline-color": "#ffffff" },
      },
    ],
  };
}

maplibregl.setWorkerUrl(workerUrl);
const map = new maplibregl.Map({
  container: "carte",
  style: query.get("style") ?? ownStyle(),
  bounds: [west, south, east, north],
  fadeDuration: 0,
  attributionControl: false,
});
const errors = [];
map.on("error", (event) => errors.push(String(event.error?.message ?? event.error)));
map.once("idle", () => {
  const found = map
    .queryRenderedFeatures()
    .filter((feature) => feature.sourceLayer === query.get("couche"));
  window.resultat = {
    codes: [...new Set(found.map((feature) => feature.properties.code))].sort(),
    zoom: map.getZoom(),
    couches: [...new Set(map.queryRenderedFeatures().map((feature) => feature.layer.id))],
    fautes: errors,
    version: maplibregl.getVersion(),
  };
});
