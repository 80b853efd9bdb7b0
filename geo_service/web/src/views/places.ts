/** The lieux and actions of a territory. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Action, Actions, Couverture, Lieu, Lieux, Niveau } from "../api/types.ts";
import type { Remote } from "../app/remote.ts";
import { EVERYTHING } from "../app/route.ts";
import { count, list, lowerFirst, safeUrl } from "../words/format.ts";
import { kindOf } from "../words/grammar.ts";
import { territoryLink } from "./links.ts";
import { trouble, waiting } from "./states.ts";

interface PlacesView {
  niveau: Niveau;
  coverage: Couverture;
  lieux: Remote<Lieux>;
  actions: Remote<Actions>;
  onMore: () => void;
  onRetry: () => void;
}

/** How a place whose point is not precise was put on the map, where it is drawn as a ring. */
const APPROXIMATE: Readonly<Record<string, string>> = {
  rue: "Position approximative : dans sa rue.",
  lieu_dit: "Position approximative : à son lieu-dit.",
  chef_lieu: "Position approximative : placé à la mairie, faute de point précis.",
  centre_commune: "Position approximative : placé au milieu de la commune, faute de point précis.",
};

function serviceNames(codes: readonly string[], coverage: Couverture): string {
  const names = coverage.services
    .filter((service) => codes.includes(service.code))
    .map((service) => lowerFirst(service.libelle));
  return list(names);
}

function site(url: string | null, label: string): TemplateResult | typeof nothing {
  const safe = safeUrl(url);
  return safe === null
    ? nothing
    : html`<a href=${safe} rel="external noopener noreferrer">${label}</a>`;
}

function lieuItem(lieu: Lieu, view: PlacesView): TemplateResult {
  const where = [lieu.adresse, view.niveau === "commune" ? null : lieu.commune_nom];
  return html`<li>
    <strong>${lieu.nom}</strong>
    <span class="discret">${serviceNames(lieu.services, view.coverage)}</span>
    ${where.some((part) => part !== null && part !== "")
      ? html`<span>${where.filter((part) => part !== null && part !== "").join(", ")}</span>`
      : nothing}
    ${lieu.horaires === null || lieu.horaires === ""
      ? nothing
      : html`<details class="horaires">
          <summary>Horaires</summary>
          <p>${lieu.horaires}</p>
        </details>`}
    ${site(lieu.site_web, "Site internet")}
    ${lieu.localisation in APPROXIMATE
      ? html`<span class="discret approximatif">${APPROXIMATE[lieu.localisation]}</span>`
      : nothing}
  </li>`;
}

function actionItem(action: Action, view: PlacesView): TemplateResult {
  const { porteur } = action;
  return html`<li>
    <strong>${action.titre}</strong>
    <span class="discret">${serviceNames(action.services, view.coverage)}</span>
    ${action.description === null || action.description === ""
      ? nothing
      : html`<span class="extrait">${action.description}</span>`}
    <span>Portée par ${territoryLink(porteur, EVERYTHING)} (${kindOf(porteur.niveau, null)})</span>
    ${site(action.url, "En savoir plus")}
  </li>`;
}

function part<T, Item>(
  remote: Remote<T>,
  view: PlacesView,
  words: { waiting: string; none: string; one: string; many: string },
  items: (value: T) => { total: number; items: Item[] },
  draw: (item: Item, view: PlacesView) => TemplateResult,
): TemplateResult {
  if (remote.state === "loading") return waiting(words.waiting);
  if (remote.state === "error") return trouble(remote.message, view.onRetry);
  const { total, items: shown } = items(remote.value);
  if (total === 0) return html`<p class="discret">${words.none}</p>`;
  const left = total - shown.length;
  return html`<h3>${count(total, words.one, words.many)}</h3>
    <ul class="fiches">
      ${shown.map((item) => draw(item, view))}
    </ul>
    ${left > 0
      ? shown.length < 50
        ? html`<button type="button" class="bouton discret-bouton" @click=${view.onMore}>
            En voir plus
          </button>`
        : html`<p class="discret">Et ${count(left, "autre")}.</p>`
      : nothing}`;
}

export function placesSection(view: PlacesView): TemplateResult {
  return html`<section aria-labelledby="titre-lieux">
    <h2 id="titre-lieux">Lieux et actions</h2>
    ${part(
      view.lieux,
      view,
      {
        waiting: "Recherche des lieux…",
        none: "Aucun lieu connu des sources de cet atlas.",
        one: "lieu",
        many: "lieux",
      },
      (value) => ({ total: value.total, items: value.lieux }),
      lieuItem,
    )}
    ${part(
      view.actions,
      view,
      {
        waiting: "Recherche des actions…",
        none: "Aucune action connue des sources de cet atlas.",
        one: "action",
        many: "actions",
      },
      (value) => ({ total: value.total, items: value.actions }),
      actionItem,
    )}
  </section>`;
}
