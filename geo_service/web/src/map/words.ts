/** What the map says, in the language of its labels. Names that come from data stay as they are. */

import type { Indicator } from "../api/indicator.ts";
import type { Niveau, Reference, Statut } from "../api/types.ts";
import { fr, count, number, percent } from "../words/format.ts";
import { countOf, levelName, levelNames } from "../words/grammar.ts";
import { STATUT_LABELS, STATUT_MEANINGS } from "../words/statuts.ts";
import type { DrawnLevel } from "./levels.ts";

export type Lang = "fr" | "en";

export interface MapWords {
  lang: Lang;
  /** Words of MapLibre's own buttons. */
  locale: Record<string, string>;
  region(nom: string): string;
  canvas: string;
  settings: string;
  help: string;
  loading: string;
  opened(nom: string): string;
  back: string;
  retry: string;
  close: string;
  noWebGL: string;
  noData: string;
  offline: string;

  indicator: string;
  everything: string;
  groups: { theme: string; enjeu: string };
  level: string;
  automatic: string;
  automaticAs(level: DrawnLevel): string;
  labels: string;
  noLabel: string;
  moves: Record<"label" | "ArrowLeft" | "ArrowUp" | "ArrowDown" | "ArrowRight", string>;
  frames: string;
  mainland: string;
  centred(nom: string): string;
  download: string;

  levelNames(level: Niveau): string;
  kind(territory: Reference): string;
  percent(share: number): string;
  unknown: string;
  absentFromData: string;
  statut: Record<Statut, string>;
  meaning: Record<Statut, string>;
  said(nom: string, value: string): string;
  drawn(title: string): string;
  zoomFor(wanted: DrawnLevel, drawn: DrawnLevel): string;

  legend: string;
  title(level: DrawnLevel, indicateur: "taux" | "part_population" | "statut"): string;
  classLabel(low: number, high: number): string;
  method(exact: boolean, total: number, level: DrawnLevel): string;
  shareNote: string;
  dataUnknown(indicator: Indicator): string;
  count(value: number, level: DrawnLevel): string;

  list: string;
  listed: { territories: string; places: string };
  visible(value: number, level: DrawnLevel): string;
  visiblePlaces(value: number): string;
  nearest(shown: number, all: number): string;
  nothingVisible: string;
  sort: string;
  sorts: { name: string; value: string; north: string };
  card: string;
  openPage(nom: string): string;
  openPlace: string;
  place: string;
  approximate: string;
  arobases(value: number, green: boolean, year: number): string;
}

export const FRENCH: MapWords = {
  lang: "fr",
  locale: {
    "CooperativeGesturesHandler.WindowsHelpText": "Maintenez Ctrl et tournez la molette pour zoomer",
    "CooperativeGesturesHandler.MacHelpText": "Maintenez ⌘ et faites défiler pour zoomer",
    "CooperativeGesturesHandler.MobileHelpText": "Déplacez la carte avec deux doigts",
    "NavigationControl.ZoomIn": "Zoomer",
    "NavigationControl.ZoomOut": "Dézoomer",
    "ScaleControl.Kilometers": "km",
    "ScaleControl.Meters": "m",
  },
  region: (nom) => fr`Carte interactive : ${nom}`,
  canvas: "Carte à parcourir au clavier",
  settings: "Réglages et lecture de la carte",
  help: fr`Au clavier, sur la carte : les flèches la déplacent, + et − changent l’échelle, Maj et une flèche passent au territoire voisin, Entrée montre le territoire. La liste de ce qui est à l’écran donne les mêmes noms et valeurs.`,
  loading: "Chargement de la carte…",
  opened: (nom) => fr`Carte interactive ouverte : ${nom}.`,
  back: "Revenir au dessin",
  retry: "Réessayer",
  close: "Fermer",
  noWebGL: fr`Cet appareil ne sait pas afficher la carte interactive (WebGL manque). Le dessin et son tableau donnent les mêmes valeurs.`,
  noData: fr`La carte n’a pas pu charger toutes ses données. Réessayez dans un instant.`,
  offline: fr`Vous êtes hors connexion : la carte ne peut pas charger ses données. Elle réessaiera dès que la connexion reviendra.`,

  indicator: "Ce que la carte montre",
  everything: "Ensemble des services",
  groups: { theme: "Par thème", enjeu: "Par enjeu" },
  level: "Découpage",
  automatic: "Selon l’échelle",
  automaticAs: (level) => fr`Selon l’échelle : ${levelNames(level)}`,
  labels: "Label, année",
  noLabel: "Ne pas montrer",
  moves: {
    label: "Déplacer la carte",
    ArrowLeft: "Vers l’ouest",
    ArrowUp: "Vers le nord",
    ArrowDown: "Vers le sud",
    ArrowRight: "Vers l’est",
  },
  frames: "Aller en métropole ou outre-mer",
  mainland: "Métropole",
  centred: (nom) => fr`Carte centrée sur : ${nom}.`,
  download: "Télécharger ces valeurs (CSV)",

  levelNames,
  kind: ({ niveau }) => levelName(niveau),
  percent,
  unknown: "non documenté",
  absentFromData: "aucune donnée",
  statut: STATUT_LABELS,
  meaning: STATUT_MEANINGS,
  said: (nom, value) => fr`${nom} : ${value}`,
  drawn: (title) => `${title}.`,
  zoomFor: (wanted, drawn) =>
    fr`Zoomez pour voir les ${levelNames(wanted)} : à cette échelle, la carte montre les ${levelNames(drawn)}.`,

  legend: "Légende",
  title: (level, indicateur) =>
    indicateur === "statut"
      ? fr`Statut du service, par ${levelName(level)}`
      : indicateur === "taux"
        ? fr`Taux de couverture, par ${levelName(level)}`
        : fr`Part de la population couverte, par ${levelName(level)}`,
  classLabel: (low, high) => (low === high ? fr`${high} %` : fr`${low} à ${high} %`),
  method: (exact, total, level) =>
    exact
      ? fr`Une couleur par valeur, sur ${countOf(total, level)}.`
      : fr`Seuils naturels (Fisher-Jenks) sur ${countOf(total, level)}, en pourcentages entiers.`,
  shareNote: "Les communes non renseignées comptent comme non couvertes.",
  dataUnknown: ({ kind }) =>
    kind === "ensemble"
      ? fr`L’atlas n’a encore aucune donnée à ce niveau.`
      : fr`Aucune source de l’atlas n’en parle encore : ce n’est pas un manque, c’est une question.`,
  count: countOf,

  list: "Lister",
  listed: { territories: "les territoires", places: "les lieux" },
  visible: (value, level) => fr`À l’écran : ${countOf(value, level)}`,
  visiblePlaces: (value) => fr`À l’écran : ${count(value, "lieu", "lieux")}`,
  nearest: (shown, all) =>
    fr`Les ${number(shown)} plus proches du centre, sur ${number(all)} : zoomez pour en voir moins.`,
  nothingVisible: fr`Rien à cet endroit : déplacez la carte.`,
  sort: "Ordre",
  sorts: { name: "par nom", value: "par valeur", north: "du nord au sud" },
  card: "Territoire choisi",
  openPage: (nom) => fr`Ouvrir la fiche : ${nom}`,
  openPlace: "Ouvrir la fiche du lieu",
  place: "Lieu",
  approximate: "position approximative",
  arobases: (value, green, year) =>
    `${count(value, "arobase")}${green ? " et l’arobase verte" : ""} en ${year}`,
};

/** The words of a language; English ones are only fetched when asked for. */
export async function wordsIn(lang: Lang): Promise<MapWords> {
  return lang === "en" ? (await import("./words-en.ts")).ENGLISH : FRENCH;
}
