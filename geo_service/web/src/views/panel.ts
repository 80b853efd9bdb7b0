/** The panel of a territory: a plain diagnosis, then the same figures as tables. */

import { html, nothing, type TemplateResult } from "lit-html";
import { exportAddress } from "../api/client.ts";
import type { Label } from "../api/types.ts";
import type { Nearest, PanelModel } from "../app/panel.ts";
import type { Main } from "../app/panel.ts";
import { EVERYTHING, type Indicator } from "../app/route.ts";
import { nameIndicator } from "../app/indicator-name.ts";
import { diagnose, diagnoseService, knownRate } from "../words/diagnosis.ts";
import { count, fr, inhabitants, kilometres, list, number, percent, upperFirst } from "../words/format.ts";
import { kindOf } from "../words/grammar.ts";
import { groupsTable, servicesTable } from "./figures.ts";
import { gapsSection } from "./gaps.ts";
import { indicatorHref, territoryLink } from "./links.ts";
import { mosaic } from "./mosaic.ts";
import { placesSection } from "./places.ts";
import { provenanceSection } from "./provenance.ts";
import { regionsSection } from "./regions.ts";
import { trouble } from "./states.ts";

export interface PanelActions {
  onRetry: () => void;
  onMoreGaps: () => void;
  onMorePlaces: () => void;
}

export function panelView(model: PanelModel, actions: PanelActions): TemplateResult {
  switch (model.main.state) {
    case "loading":
      return skeleton();
    case "error":
      return html`<h1 tabindex="-1">Territoire indisponible</h1>
        ${trouble(model.main.message, actions.onRetry)}
        <p><a href="/">Voir la France entière</a></p>`;
    case "ready":
      return content(model, model.main.value, actions);
  }
}

function skeleton(): TemplateResult {
  return html`<div class="squelette" aria-hidden="true">
      <span></span><span></span><span></span><span></span><span></span>
    </div>
    <p class="cache">Chargement du diagnostic…</p>`;
}

function content(model: PanelModel, main: Main, actions: PanelActions): TemplateResult {
  const { territory, coverage } = main;
  const { indicator } = model.route;
  if (territory.niveau === "arrondissement") return html`${heading(main, indicator)} ${part(main)}`;
  return html`${heading(main, indicator)} ${focus(model, main, actions)}
    ${diagnosis(main, model.nearest)}
    <section aria-labelledby="titre-themes">
      <h2 id="titre-themes">
        ${fr`Les ${number(coverage.services_total)} services, thème par thème`}
      </h2>
      ${mosaic(territory.niveau, coverage)}
    </section>
    <section aria-labelledby="titre-chiffres">
      <h2 id="titre-chiffres">Les chiffres</h2>
      ${servicesTable(territory, coverage, indicator)} ${groupsTable(territory, coverage, indicator)}
      <p class="actions">
        Télécharger :
        <a download href=${exportAddress(territory.niveau, territory.code, "couverture", "csv")}>CSV</a>
        <a download href=${exportAddress(territory.niveau, territory.code, "couverture", "xlsx")}
          >XLSX</a
        >
      </p>
    </section>
    ${model.regions === null
      ? nothing
      : regionsSection(model.regions, indicator, actions.onRetry)}
    ${placesSection({
      niveau: territory.niveau,
      coverage,
      lieux: model.lieux,
      actions: model.actions,
      onMore: actions.onMorePlaces,
      onRetry: actions.onRetry,
    })}
    ${provenanceSection(coverage, model.sources, model.referentiel)}`;
}

/** An arrondissement municipal: a part of a commune, where nothing is counted twice. */
function part({ territory }: Main): TemplateResult {
  const whole = territory.parents.find((parent) => parent.niveau === "commune");
  return html`<p class="chapeau">
    ${fr`Les services sont comptés pour la commune entière, jamais deux fois.`}
    ${whole === undefined
      ? nothing
      : html`Voir le diagnostic de la commune ${territoryLink(whole, EVERYTHING)}.`}
  </p>`;
}

function heading({ territory }: Main, indicator: Indicator): TemplateResult {
  const parents = territory.parents.toReversed();
  const facts = [
    upperFirst(kindOf(territory.niveau, territory.nature)),
    territory.population_annee === null
      ? inhabitants(territory.population)
      : `${inhabitants(territory.population)} (${territory.population_annee})`,
    territory.niveau === "commune" || territory.niveau === "arrondissement"
      ? `code ${territory.code}`
      : count(territory.communes, "commune"),
  ];
  return html`<header class="entete">
    ${parents.length === 0
      ? nothing
      : html`<nav aria-label="Territoires plus grands">
          <ol class="ariane">
            ${parents.map((parent) => html`<li>${territoryLink(parent, indicator)}</li>`)}
          </ol>
        </nav>`}
    <h1 tabindex="-1">${territory.nom}</h1>
    <p class="discret">${facts.join(" · ")}</p>
    ${territory.programmes.length === 0
      ? nothing
      : html`<p class="discret">
          ${fr`Fait partie de :`}
          ${territory.programmes.map(
            ({ code, nom }, i) =>
              html`${i === 0 ? nothing : ", "}${territoryLink({ niveau: "groupe", code, nom }, indicator)}`,
          )}
        </p>`}
    ${labelsView(territory.labels)}
    ${territory.bbox === null
      ? html`<p>${fr`Pas encore de carte pour ce territoire : l’atlas n’en a pas le contour.`}</p>`
      : nothing}
  </header>`;
}

/** The labels a territory got, the latest year first. */
function labelsView(labels: readonly Label[]): TemplateResult | typeof nothing {
  if (labels.length === 0) return nothing;
  return html`<ul class="labels" aria-label="Label Territoires, Villes et Villages Internet">
    ${labels.map(
      (label) =>
        html`<li>
          <strong aria-hidden="true">${"@".repeat(label.arobases)}</strong>
          ${labelSentence(label)}
        </li>`,
    )}
  </ul>`;
}

function labelSentence({ annee, arobases, arobase_verte, mentions }: Label): string {
  const given = count(arobases, "arobase");
  const green = arobase_verte ? ", arobase verte" : "";
  const noted = mentions.length === 0 ? "" : fr` ; mentions : ${list(mentions)}`;
  return fr`Label ${annee} : ${given}${green}${noted}`;
}

/** What is chosen on the map, when it is not everything. */
function focus(model: PanelModel, main: Main, actions: PanelActions) {
  const { territory, coverage } = main;
  const { indicator } = model.route;
  if (indicator.kind === "ensemble") return nothing;
  const named =
    model.referentiel.state === "ready" ? nameIndicator(indicator, model.referentiel.value) : null;
  const service = coverage.services.find((s) => s.code === indicator.code);
  const groups = indicator.kind === "theme" ? coverage.par_theme : coverage.par_enjeu;
  const group = groups.find((g) => g.code === indicator.code);
  const sentences =
    indicator.kind === "service"
      ? service === undefined
        ? []
        : diagnoseService(territory, service)
      : group === undefined
        ? []
        : [
            group.taux === null
              ? fr`Aucun des ${number(group.services)} services n’est documenté : aucun taux ne peut être calculé.`
              : fr`Taux de couverture : ${percent(group.taux)}, sur ${count(group.documentes, "service documenté", "services documentés")} (${number(group.services)} au référentiel).`,
          ];
  const unknown = sentences.length === 0;
  return html`<div class="loupe">
      <p class="loupe-titre">
        <span>${named?.kind ?? indicator.kind}</span>
        <strong>${named?.name ?? service?.libelle ?? group?.libelle ?? indicator.code}</strong>
        <a class="bouton" href=${indicatorHref(territory, EVERYTHING)}>Tout revoir</a>
      </p>
      ${named?.description ? html`<p class="discret">${named.description}</p>` : nothing}
      ${unknown
        ? html`<p>${fr`Ce nom n’est pas dans le référentiel de l’atlas.`}</p>`
        : sentences.map((sentence) => html`<p>${sentence}</p>`)}
    </div>
    ${model.gaps === null
      ? nothing
      : gapsSection({
          route: model.route,
          gaps: model.gaps,
          more: model.moreGaps,
          coverage,
          onMore: actions.onMoreGaps,
          onRetry: actions.onRetry,
        })}`;
}

function headline({ coverage }: Main): TemplateResult {
  const taux = knownRate(coverage);
  return html`<div class="phare">
    <p class="phare-taux">${taux === null ? "–" : percent(taux)}</p>
    <p>
      <strong>Taux de couverture</strong>
      <span class="discret"
        >${fr`${count(coverage.documentes, "service documenté", "services documentés")} sur les ${number(coverage.services_total)} du référentiel`}</span
      >
    </p>
  </div>`;
}

function diagnosis(main: Main, nearest: readonly Nearest[]): TemplateResult {
  const { territory, coverage } = main;
  const { summary, there, missing, unknown } = diagnose(territory, coverage);
  const block = (look: string, title: string, sentences: readonly string[]) =>
    sentences.length === 0
      ? nothing
      : html`<div class="constat ${look}">
          <h3>${title}</h3>
          ${sentences.map((sentence) => html`<p>${sentence}</p>`)}
        </div>`;
  const elsewhere = nearest.map(
    ({ service, nom, distance_km }) =>
      fr`${service.libelle} au plus près : ${nom}, à ${kilometres(distance_km)}.`,
  );
  return html`<section aria-labelledby="titre-clair">
    <h2 id="titre-clair" class="cache">En clair</h2>
    ${headline(main)}
    ${summary.map((sentence) => html`<p class="chapeau">${sentence}</p>`)}
    ${block("c-la", territory.niveau === "commune" ? "Ce qui est là" : "Le mieux couvert", there)}
    ${block("c-manque", "Ce qui manque", [...missing, ...elsewhere])}
    ${block("c-question", "Ce qu’on ne sait pas", unknown)}
  </section>`;
}
