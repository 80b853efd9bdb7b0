/** Where the figures come from, and of when. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Couverture, Referentiel, Source, Sources } from "../api/types.ts";
import type { Remote } from "../app/remote.ts";
import { count, day, fr, safeUrl } from "../words/format.ts";

function warning(sentence: string | null): TemplateResult | typeof nothing {
  return sentence === null ? nothing : html`<span class="avis">${fr`${sentence}`}</span>`;
}

function sourceItem(source: Source): TemplateResult {
  const url = safeUrl(source.url);
  const loaded = source.statut !== "absente";
  return html`<li>
    <strong
      >${url === null
        ? source.nom
        : html`<a href=${url} rel="external noopener noreferrer">${source.nom}</a>`}</strong
    >
    <span>${source.producteur}, ${fr`données du ${day(source.date_donnees)}`}. ${source.licence}.</span>
    ${warning(source.avertissement)}
    ${loaded
      ? source.lignes_chargees === null
        ? nothing
        : html`<span class="discret"
            >${count(source.lignes_chargees, "ligne chargée", "lignes chargées")}${source.lignes_rejetees
              ? `, ${count(source.lignes_rejetees, "rejetée")}`
              : ""}</span
          >`
      : html`<span class="discret">${fr`Fichier absent : cette source n’est pas dans l’atlas.`}</span>`}
  </li>`;
}

export function provenanceSection(
  coverage: Couverture,
  sources: Remote<Sources>,
  referentiel: Remote<Referentiel>,
): TemplateResult {
  return html`<section aria-labelledby="titre-sources" class="provenance">
    <h2 id="titre-sources">Sources et dates</h2>
    ${referentiel.state === "ready" && referentiel.value.demarrage
      ? html`<p class="avis">
          <strong>Référentiel de départ.</strong>
          ${fr`${referentiel.value.note}`}
        </p>`
      : nothing}
    <ul class="fiches">
      ${sources.state === "ready"
        ? sources.value.sources.map(sourceItem)
        : coverage.sources.map(
            (source) =>
              html`<li>
                <strong>${source.nom}</strong>
                <span
                  >${source.producteur}, ${fr`données du ${day(source.date)}`}. ${source.licence}.</span
                >
                ${warning(source.avertissement)}
              </li>`,
          )}
    </ul>
    <p class="discret">
      ${fr`Découpage communal de ${coverage.millesime}. Publication ${coverage.publication}.`}
      <a href="/api/definitions">Définitions</a> · <a href="/docs">Interface de données</a>
    </p>
  </section>`;
}
