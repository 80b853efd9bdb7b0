/** What every page has: its stylesheet, the search box, and what its own parts ask for. */

import "./styles/main.css";
import { comfortMap } from "./site/map-opener.ts";
import { comfortSearch } from "./site/search.ts";

for (const form of document.querySelectorAll<HTMLFormElement>("[data-recherche]")) {
  comfortSearch(form);
}

for (const [i, figure] of document
  .querySelectorAll<HTMLElement>("figure[data-carte]")
  .entries()) {
  comfortMap(figure, i === 0);
}

const embedding = document.querySelector<HTMLFormElement>("[data-integrer]");
if (embedding !== null) void import("./site/embed.ts").then(({ comfortEmbed }) => comfortEmbed(embedding));
