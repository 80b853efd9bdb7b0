/** The régions as a table: what the map of the country shows, in figures. */

import { html, type TemplateResult } from "lit-html";
import type { Regions } from "../app/panel.ts";
import type { Remote } from "../app/remote.ts";
import type { Indicator } from "../app/route.ts";
import { number, percent } from "../words/format.ts";
import { territoryLink } from "./links.ts";
import { trouble, waiting } from "./states.ts";

export function regionsSection(
  remote: Remote<Regions>,
  indicator: Indicator,
  onRetry: () => void,
): TemplateResult {
  return html`<section aria-labelledby="titre-regions">
    <h2 id="titre-regions">Région par région</h2>
    ${body(remote, indicator, onRetry)}
  </section>`;
}

function body(
  remote: Remote<Regions>,
  indicator: Indicator,
  onRetry: () => void,
): TemplateResult {
  if (remote.state === "loading") return waiting("Chargement des régions…");
  if (remote.state === "error") return trouble(remote.message, onRetry);
  const { regions, values } = remote.value;
  const byCode = new Map(values.codes.map((code, i) => [code, values.valeurs[i]]));
  const valueOf = (code: string): number | null => {
    const value = byCode.get(code);
    return typeof value === "number" ? value : null;
  };
  const sorted = regions.toSorted((a, b) => (valueOf(b.code) ?? -1) - (valueOf(a.code) ?? -1));
  return html`<table class="chiffres chiffres-3">
    <caption class="cache">
      Régions, de la mieux couverte à la moins couverte
    </caption>
    <thead>
      <tr>
        <th scope="col">Région</th>
        <th scope="col">${indicator.kind === "service" ? "Population couverte" : "Taux"}</th>
        <th scope="col">Habitants</th>
      </tr>
    </thead>
    <tbody>
      ${sorted.map((region) => {
        const value = valueOf(region.code);
        return html`<tr>
          <th scope="row">${territoryLink(region, indicator)}</th>
          <td>${value === null ? "–" : percent(value)}</td>
          <td>${region.population === null ? "–" : number(region.population)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}
