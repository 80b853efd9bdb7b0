/** What every page has: its stylesheet, the search box, and what its own parts ask for. */

import "./styles/main.css";
import { comfortComparison } from "./site/comparison.ts";
import { comfortSearch } from "./site/search.ts";
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
