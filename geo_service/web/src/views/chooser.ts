/** The dialog that chooses what the map shows: everything, a thème, an enjeu or a service. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Enjeu, Referentiel, Theme } from "../api/types.ts";
import type { Remote } from "../app/remote.ts";
import { EVERYTHING, type Indicator, type Route, sameIndicator } from "../app/route.ts";
import { count, fr, number } from "../words/format.ts";
import { indicatorHref } from "./links.ts";
import { trouble, waiting } from "./states.ts";

/** Beyond this many documented services, the tree alone is clearer. */
const SHORTCUTS = 12;

function option(route: Route, indicator: Indicator, label: string, detail = ""): TemplateResult {
  return html`<a
    class="choix"
    href=${indicatorHref(route, indicator)}
    aria-current=${sameIndicator(route.indicator, indicator) ? "true" : nothing}
    ><span>${label}</span>${detail === "" ? nothing : html`<small>${detail}</small>`}</a
  >`;
}

function enjeuView(route: Route, enjeu: Enjeu): TemplateResult {
  const documented = enjeu.services.filter((service) => service.documente);
  const silent = enjeu.services.filter((service) => !service.documente);
  const state =
    documented.length === 0
      ? "aucun service documenté"
      : fr`${count(documented.length, "service documenté", "services documentés")} sur ${number(enjeu.services.length)}`;
  const unavailable = silent.map(
    (service) => html`<li class="indisponible">
      ${service.libelle} <small>non documenté</small>
    </li>`,
  );
  return html`<details ?open=${documented.length > 0}>
    <summary><span>${enjeu.libelle}</span><small>${state}</small></summary>
    ${documented.length === 0
      ? html`<ul>
          ${unavailable}
        </ul>`
      : html`${option(route, { kind: "enjeu", code: enjeu.code }, "Tout l’enjeu")}
          <ul>
            ${documented.map(
              (service) =>
                html`<li>
                  ${option(route, { kind: "service", code: service.code }, service.libelle)}
                </li>`,
            )}
          </ul>
          ${silent.length === 0
            ? nothing
            : html`<details class="choix-autres">
                <summary>${count(silent.length, "service non documenté", "services non documentés")}</summary>
                <ul>
                  ${unavailable}
                </ul>
              </details>`}`}
  </details>`;
}

/** Few documented services: all within reach, before the whole tree. */
function shortcuts(route: Route, themes: readonly Theme[]): TemplateResult | typeof nothing {
  const documented = themes
    .flatMap((theme) => theme.enjeux.flatMap((enjeu) => enjeu.services))
    .filter((service) => service.documente);
  if (documented.length === 0 || documented.length > SHORTCUTS) return nothing;
  return html`<ul class="raccourcis">
    ${documented.map(
      (service) =>
        html`<li>${option(route, { kind: "service", code: service.code }, service.libelle)}</li>`,
    )}
  </ul>`;
}

function themeView(route: Route, theme: Theme): TemplateResult {
  const documented = theme.enjeux.some((e) => e.services.some((s) => s.documente));
  const enjeux = theme.enjeux.toSorted(
    (a, b) =>
      Number(b.services.some((s) => s.documente)) - Number(a.services.some((s) => s.documente)),
  );
  return html`<section>
    <h3>${theme.libelle}</h3>
    ${documented
      ? option(route, { kind: "theme", code: theme.code }, "Tout le thème")
      : html`<p class="discret">Aucun service de ce thème n’est documenté.</p>`}
    ${enjeux.map((enjeu) => enjeuView(route, enjeu))}
  </section>`;
}

export function chooserView(
  route: Route,
  referentiel: Remote<Referentiel>,
  onRetry: () => void,
): TemplateResult {
  if (referentiel.state === "loading") return waiting("Chargement des services…");
  if (referentiel.state === "error") return trouble(referentiel.message, onRetry);
  const { demarrage, note, themes } = referentiel.value;
  return html`${option(route, EVERYTHING, "Couverture générale", "tous les services documentés")}
    ${shortcuts(route, themes)}
    <div class="choix-themes">${themes.map((theme) => themeView(route, theme))}</div>
    ${demarrage
      ? html`<p class="avis"><strong>Référentiel de départ.</strong> ${fr`${note}`}</p>`
      : nothing}`;
}
