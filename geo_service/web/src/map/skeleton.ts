/** The elements of the open map: over the drawing, and after it in the figure. */

import type { MapWords } from "./words.ts";

export interface Skeleton {
  /** Over the drawing: the map, and what lies on it. */
  map: HTMLElement;
  canvas: HTMLElement;
  back: HTMLButtonElement;
  waiting: HTMLElement;
  note: HTMLElement;
  trouble: HTMLElement;
  card: HTMLElement;
  /** After the drawing: settings, frames, legend, list. */
  panel: HTMLElement;
  settings: HTMLElement;
  legend: HTMLElement;
  list: HTMLElement;
  live: HTMLElement;
}

let count = 0;

export function skeleton(words: MapWords, nom: string): Skeleton {
  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    className: string,
  ): HTMLElementTagNameMap[K] => {
    const element = document.createElement(tag);
    element.className = className;
    return element;
  };
  const id = `ex-${++count}`;
  const map = make("div", "ex-carte");
  map.tabIndex = -1;
  map.setAttribute("role", "region");
  map.setAttribute("aria-label", words.region(nom));
  map.setAttribute("aria-describedby", `${id}-aide`);

  const back = make("button", "bouton ex-retour");
  back.type = "button";
  back.textContent = words.back;
  const waiting = make("p", "ex-attente");
  waiting.textContent = words.loading;
  const note = make("p", "ex-note");
  const canvas = make("div", "ex-toile");
  const trouble = make("div", "ex-souci");
  const card = make("section", "ex-fiche");
  card.setAttribute("aria-label", words.card);
  card.hidden = true;
  const live = make("p", "ex-cache");
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  map.append(back, waiting, note, canvas, trouble, card, live);

  const panel = make("div", "ex-panneau");
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", words.settings);
  const help = make("p", "ex-discret ex-aide");
  help.id = `${id}-aide`;
  help.textContent = words.help;
  const settings = make("div", "ex-reglages");
  const legend = make("div", "ex-legende");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", words.legend);
  const list = make("div", "ex-visibles");
  // The panel is what its container queries measure: what they lay out is inside.
  const body = make("div", "ex-corps");
  body.append(settings, legend, list, help);
  panel.append(body);
  return { map, canvas, back, waiting, note, trouble, card, panel, settings, legend, list, live };
}
