/**
 * A map of the communes by OpenLayers, from the description of an OGC tileset. Parameters:
 *   source  address of the tileset
 *   couche  layer of the tiles
 *   boite   west,south,east,north
 * When all is drawn, `window.resultat` holds the codes on the map.
 */
import Map from "ol/Map.js";
import View from "ol/View.js";
import MVT from "ol/format/MVT.js";
import VectorTileLayer from "ol/layer/VectorTile.js";
import { transformExtent } from "ol/proj.js";
import OGCVectorTile from "ol/source/OGCVectorTile.js";
import { VERSION } from "ol/util.js";

const query = new URLSearchParams(location.search);
const extent = transformExtent(
  query.get("boite").split(",").map(Number),
  "EPSG:4326",
  "EPSG:3857",
);
const errors = [];
const source = new OGCVectorTile({ url: query.get("source"), format: new MVT() });
// A map without its tiles yet is "complete" too: what is told waits for those that were asked.
let asked = 0;
let come = 0;
source.on("tileloadstart", () => (asked += 1));
source.on("tileloadend", () => (come += 1));
source.on("tileloaderror", (event) => errors.push(String(event.tile.key)));
source.on("change", () => {
  if (source.getState() === "error") errors.push("the tileset is not usable");
});
const layer = new VectorTileLayer({ source });
const map = new Map({
  target: "carte",
  layers: [layer],
  view: new View({ projection: "EPSG:3857" }),
});
map.getView().fit(extent);

map.on("rendercomplete", () => {
  if (source.getState() === "loading") return;
  if (errors.length === 0 && (come === 0 || come < asked)) return;
  const codes = layer
    .getFeaturesInExtent(map.getView().calculateExtent())
    .filter((feature) => feature.get("layer") === query.get("couche"))
    .map((feature) => feature.get("code"));
  window.resultat = {
    codes: [...new Set(codes)].sort(),
    zoom: map.getView().getZoom(),
    fautes: errors,
    version: VERSION,
  };
});
