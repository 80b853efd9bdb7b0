/** The communes that lack what is looked at, the most peopled first. */

import { html, nothing, type TemplateResult } from "lit-html";
import { exportAddress, indicatorQuery } from "../api/client.ts";
import type { CommuneSansService, Couverture, Lacunes } from "../api/types.ts";
import type { Remote } from "../app/remote.ts";
import type { Route } from "../app/route.ts";
import { count, fr, inhabitants, kilometres, list, lowerFirst, number } from "../words/format.ts";
import { territoryLink } from "./links.ts";
import { trouble, waiting } from "./states.ts";

interface GapsView {
  route: Route;
  gaps: Remote<Lacunes>;
  more: boolean;
  coverage: Couverture;
  onMore: () => void;
  onRetry: () => void;
}

function row(commune: CommuneSansService, view: GapsView): TemplateResult {
  const { indicator } = view.route;
  const names = view.coverage.services
    .filter((service) => commune.services.includes(service.code))
    .map((service) => lowerFirst(service.libelle));
  const near =
    commune.lieu_proche !== null && commune.distance_km !== null
      ? fr`${commune.lieu_proche.nom}, à ${kilometres(commune.distance_km)}`
      : null;
  return html`<tr>
    <th scope="row">
      ${territoryLink({ niveau: "commune", code: commune.code, nom: commune.nom }, indicator)}
      ${indicator.kind === "enjeu" ? html`<span class="discret">${list(names)}</span>` : nothing}
      ${near === null ? nothing : html`<span class="discret">${fr`Au plus près : ${near}`}</span>`}
    </th>
    <td>${commune.population === null ? "–" : number(commune.population)}</td>
  </tr>`;
}

export function gapsSection(view: GapsView): TemplateResult {
  return html`<section aria-labelledby="titre-manques">
    <h2 id="titre-manques">Où cela manque</h2>
    ${body(view)}
  </section>`;
}

function body(view: GapsView): TemplateResult {
  const { gaps } = view;
  if (gaps.state === "loading") return waiting("Recherche des communes concernées…");
  if (gaps.state === "error") return trouble(gaps.message, view.onRetry);
  const { total, population, communes, suivant } = gaps.value;
  if (total === 0) {
    return html`<p>
      ${fr`Aucune commune n’est signalée sans ce service par une source complète.`}
    </p>`;
  }
  const { niveau, code, indicator } = view.route;
  const query = indicatorQuery(indicator);
  return html`<p>
      <strong>${count(total, "commune")}</strong>, ${inhabitants(population)}. Les plus peuplées
      d’abord.
    </p>
    <table class="chiffres communes">
      <caption class="cache">
        Communes concernées
      </caption>
      <thead>
        <tr>
          <th scope="col">Commune</th>
          <th scope="col">Habitants</th>
        </tr>
      </thead>
      <tbody>
        ${communes.map((commune) => row(commune, view))}
      </tbody>
    </table>
    <p class="actions">
      ${suivant === null
        ? nothing
        : html`<button
            type="button"
            class="bouton"
            ?disabled=${view.more}
            @click=${view.onMore}
          >
            ${view.more ? "Chargement…" : "Voir plus de communes"}
          </button>`}
      <a download href=${exportAddress(niveau, code, "lacunes", "csv", query)}>Liste en CSV</a>
      <a download href=${exportAddress(niveau, code, "lacunes", "xlsx", query)}>Liste en XLSX</a>
    </p>`;
}
