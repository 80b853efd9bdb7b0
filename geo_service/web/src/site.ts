/** What every page has: its stylesheet, the search box, and what its own parts ask for. */

import "./styles/main.css";
import { comfortSearch } from "./site/search.ts";
import { comfortShare } from "./site/share.ts";

for (const form of document.querySelectorAll<HTMLFormElement>("[data-recherche]")) {
  comfortSearch(form);
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-partager]")) {
  comfortShare(button);
}
