/** The map of a server of the atlas: its tiles, its API, its pages. */

import { apiAt, exportOfLevel, labelsAddress } from "../api/client.ts";
import { pageOf } from "../api/indicator.ts";
import type { Enjeu, ServiceDecrit } from "../api/types.ts";
import { DRAWN } from "./levels.ts";
import type { IndicatorChoice, IndicatorGroup, MapSource, TileSet } from "./source.ts";

/** Zooms of the archives (`tiles/build.py`). */
const TERRITORIES_ZOOMS = { minzoom: 3, maxzoom: 11 };
const PLACES_ZOOMS = { minzoom: 4, maxzoom: 12 };

const documented = ({ documente }: ServiceDecrit): boolean => documente;

function servicesOf({ libelle, services }: Enjeu): IndicatorGroup {
  const choices = services.filter(documented).map(
    (service): IndicatorChoice => ({
      indicator: { kind: "service", code: service.code },
      label: service.libelle,
    }),
  );
  return { kind: "service", label: libelle, choices };
}

/**
 * Read everything from a server of the atlas.
 *
 * @param origin Scheme and host, `https://atlas.example`; the worker of MapLibre must come from the
 *   page's own origin, so a page elsewhere shows this map in a frame.
 */
export function serverSource(origin: string): MapSource {
  const api = apiAt(origin);
  const set = (name: string, zooms: { minzoom: number; maxzoom: number }): TileSet => ({
    tiles: [`${origin}/tiles/${name}/{z}/{x}/{y}.mvt`],
    ...zooms,
  });
  return {
    territories: set("territoires", TERRITORIES_ZOOMS),
    places: set("lieux", PLACES_ZOOMS),
    levels: DRAWN,
    bounds: null,
    async tile(z, x, y) {
      const response = await fetch(`${origin}/tiles/territoires/${z}/${x}/${y}.mvt`);
      if (!response.ok || response.status === 204) return null;
      const bytes = await response.arrayBuffer();
      return bytes.byteLength === 0 ? null : bytes;
    },
    labels: {
      years: async () => (await api.labels()).annees.map(({ annee }) => annee),
      points: (year) => origin + labelsAddress(year),
    },
    async indicators() {
      const { themes } = await api.referentiel();
      // What no source speaks of would be a map of one colour: it is not offered.
      const themesKnown = themes.filter(({ enjeux }) =>
        enjeux.some(({ services }) => services.some(documented)),
      );
      const enjeux = themesKnown
        .flatMap((theme) => theme.enjeux)
        .filter(({ services }) => services.some(documented));
      return [
        {
          kind: "theme",
          label: "",
          choices: themesKnown.map(({ code, libelle }) => ({
            indicator: { kind: "theme", code },
            label: libelle,
          })),
        },
        {
          kind: "enjeu",
          label: "",
          choices: enjeux.map(({ code, libelle }) => ({
            indicator: { kind: "enjeu", code },
            label: libelle,
          })),
        },
        ...enjeux.map(servicesOf),
      ];
    },
    async values(level, indicator) {
      const answer = await api.indicateurs(level, indicator);
      const { indicateur } = answer;
      if (indicateur !== "taux" && indicateur !== "part_population" && indicateur !== "statut") {
        throw new Error(`indicateur « ${indicateur} » that the map cannot draw`);
      }
      return { ...answer, indicateur };
    },
    box: async ({ niveau, code }) => (await api.territoire(niveau, code)).bbox,
    pageOf: ({ niveau, code }, indicator) => origin + pageOf({ niveau, code, indicator }),
    placePage: (id) => `${origin}/lieu/${encodeURIComponent(id)}`,
    download: (level, indicator) => origin + exportOfLevel(level, indicator, "csv"),
  };
}
