/** The map's words in English; French words of the domain that have no equivalent are explained. */

import type { Niveau } from "../api/types.ts";
import type { MapWords } from "./words.ts";

const INTEGER = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

const LEVELS: Record<Niveau, [one: string, many: string]> = {
  arrondissement: ["city district", "city districts"],
  ept: ["Greater Paris territory", "Greater Paris territories"],
  groupe: ["group of communes", "groups of communes"],
  commune: ["commune", "communes"],
  epci: ["intercommunal authority", "intercommunal authorities"],
  departement: ["département", "départements"],
  region: ["region", "regions"],
  pays: ["country", "countries"],
};

function counted(value: number, [one, many]: [string, string]): string {
  return `${INTEGER.format(value)} ${value === 1 ? one : many}`;
}

function percent(share: number): string {
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 1) return "less than 1%";
  if (hundredths > 99 && hundredths < 100) return "more than 99%";
  return `${INTEGER.format(Math.round(hundredths))}%`;
}

export const ENGLISH: MapWords = {
  lang: "en",
  locale: {
    "NavigationControl.ZoomIn": "Zoom in",
    "NavigationControl.ZoomOut": "Zoom out",
    "ScaleControl.Kilometers": "km",
    "ScaleControl.Meters": "m",
  },
  region: (nom) => `Interactive map: ${nom}`,
  canvas: "Map to explore with the keyboard",
  settings: "Map settings and values",
  help: "With a keyboard, on the map: arrows move it, + and − change the scale, Shift and an arrow go to the next territory, Enter shows it. The list of what is in view gives the same names and values.",
  loading: "Loading the map…",
  opened: (nom) => `Interactive map open: ${nom}.`,
  back: "Back to the drawing",
  retry: "Try again",
  close: "Close",
  noWebGL:
    "This device cannot show the interactive map (WebGL is missing). The drawing and its table give the same values.",
  noData: "The map could not load all its data. Please try again in a moment.",
  offline: "You are offline: the map cannot load its data. It will try again when you are back online.",

  indicator: "What the map shows",
  everything: "All services",
  groups: { theme: "By theme", enjeu: "By issue (enjeu)" },
  level: "Areas",
  automatic: "By scale",
  automaticAs: (level) => `By scale: ${LEVELS[level][1]}`,
  labels: "Award, year",
  noLabel: "Do not show",
  moves: {
    label: "Move the map",
    ArrowLeft: "West",
    ArrowUp: "North",
    ArrowDown: "South",
    ArrowRight: "East",
  },
  frames: "Go to mainland or overseas France",
  mainland: "Mainland",
  centred: (nom) => `Map centred on ${nom}.`,
  download: "Download these values (CSV)",

  levelNames: (level) => LEVELS[level][1],
  kind: ({ niveau }) => LEVELS[niveau][0],
  percent,
  unknown: "not documented",
  absentFromData: "no data",
  statut: {
    present: "Present",
    partage: "Shared",
    absent: "Absent",
    non_renseigne: "Not known",
  },
  meaning: {
    present: "an action or a place is there",
    partage: "provided for it by a larger authority",
    absent: "stated by a complete source: a gap",
    non_renseigne: "nobody has said: a question",
  },
  said: (nom, value) => `${nom}: ${value}`,
  drawn: (title) => `${title}.`,
  zoomFor: (wanted, drawn) =>
    `Zoom in to see ${LEVELS[wanted][1]}: at this scale the map shows ${LEVELS[drawn][1]}.`,

  legend: "Legend",
  title: (level, indicateur) =>
    indicateur === "statut"
      ? `Status of the service, by ${LEVELS[level][0]}`
      : indicateur === "taux"
        ? `Coverage rate, by ${LEVELS[level][0]}`
        : `Share of people covered, by ${LEVELS[level][0]}`,
  classLabel: (low, high) => (low === high ? `${high}%` : `${low} to ${high}%`),
  method: (exact, total, level) =>
    exact
      ? `One colour for each value, over ${counted(total, LEVELS[level])}.`
      : `Natural breaks (Fisher-Jenks) over ${counted(total, LEVELS[level])}, in whole percentages.`,
  shareNote: "Communes where nothing is known count as not covered.",
  dataUnknown: ({ kind }) =>
    kind === "ensemble"
      ? "The atlas has no data at this level yet."
      : "No source of the atlas speaks of it yet: this is a question, not a gap.",
  count: (value, level) => counted(value, LEVELS[level]),

  list: "List",
  listed: { territories: "areas", places: "places" },
  visible: (value, level) => `In view: ${counted(value, LEVELS[level])}`,
  visiblePlaces: (value) => `In view: ${counted(value, ["place", "places"])}`,
  nearest: (shown, all) =>
    `The ${INTEGER.format(shown)} nearest the centre, out of ${INTEGER.format(all)}: zoom in to see fewer.`,
  nothingVisible: "Nothing here: move the map.",
  sort: "Order",
  sorts: { name: "by name", value: "by value", north: "north to south" },
  card: "Chosen area",
  openPage: (nom) => `Open the page: ${nom}`,
  openPlace: "Open the page of the place",
  place: "Place",
  approximate: "approximate position",
  arobases: (value, green, year) =>
    `${counted(value, ["@ sign", "@ signs"])}${green ? " and the green one" : ""} in ${year}`,
};
