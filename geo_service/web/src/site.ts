/** What every page has: its stylesheet, the search box, and what its own parts ask for. */

import "./styles/main.css";
import { comfortComparison } from "./site/comparison.ts";
import { comfortMap } from "./site/map-opener.ts";
import { comfortSearch } from "./site/search.ts";
import { comfortShare } from "./site/share.ts";
import { comfortTable } from "./site/tables.ts";

for (const form of document.querySelectorAll<HTMLFormElement>("[data-recherche]")) {
  comfortSearch(form);
}

for (const form of document.querySelectorAll<HTMLFormElement>("[data-ajouter]")) {
  comfortComparison(form);
}

for (const table of document.querySelectorAll<HTMLTableElement>("table[data-tableau]")) {
  comfortTable(table);
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-partager]")) {
  comfortShare(button);
}

for (const [i, figure] of document
  .querySelectorAll<HTMLElement>("figure[data-carte]")
  .entries()) {
  comfortMap(figure, i === 0);
}

const embedding = document.querySelector<HTMLFormElement>("[data-integrer]");
if (embedding !== null) void import("./site/embed.ts").then(({ comfortEmbed }) => comfortEmbed(embedding));
