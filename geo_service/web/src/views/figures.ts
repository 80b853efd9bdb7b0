/** The same figures as tables: services, then enjeux and thèmes. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Couverture, Niveau, ServiceCouvert, TauxGroupe } from "../api/types.ts";
import { type Indicator, sameIndicator } from "../app/route.ts";
import { count, fr, list, number, percent } from "../words/format.ts";
import { isKnown } from "../words/diagnosis.ts";
import { STATUT_LABELS } from "../words/statuts.ts";
import { indicatorHref } from "./links.ts";

interface Place {
  niveau: Niveau;
  code: string;
}

function nameCell(place: Place, indicator: Indicator, current: Indicator, label: string) {
  const chosen = sameIndicator(indicator, current);
  return html`<th scope="row">
    <a
      href=${indicatorHref(place, indicator)}
      aria-current=${chosen ? "true" : nothing}
      title="Montrer sur la carte"
      >${label}</a
    >
  </th>`;
}

/** Shares of communes by statut, drawn as one bar; the words beside say the same. */
function bar(service: ServiceCouvert): TemplateResult {
  const parts = [
    ["st-present", service.communes_presentes],
    ["st-partage", service.communes_partagees],
    ["st-absent", service.communes_absentes],
    ["silence", service.communes_non_renseignees],
  ] as const;
  const total = parts.reduce((sum, [, n]) => sum + n, 0);
  let x = 0;
  return html`<svg
    class="barre"
    viewBox="0 0 100 6"
    preserveAspectRatio="none"
    aria-hidden="true"
    focusable="false"
  >
    ${parts.map(([look, n]) => {
      const width = total === 0 ? 0 : (n / total) * 100;
      const rect = svg`<rect class=${look} x=${x} y="0" width=${width} height="6"></rect>`;
      x += width;
      return rect;
    })}
  </svg>`;
}

function communesInWords(service: ServiceCouvert): string {
  const said = [
    ["présent", service.communes_presentes],
    ["partagé", service.communes_partagees],
    ["absent", service.communes_absentes],
    ["non renseigné", service.communes_non_renseignees],
  ] as const;
  return said
    .filter(([, communes]) => communes > 0)
    .map(([statut, communes], i) => `${statut} dans ${i === 0 ? count(communes, "commune") : number(communes)}`)
    .join(", ");
}

function serviceRow(place: Place, service: ServiceCouvert, current: Indicator): TemplateResult {
  const indicator: Indicator = { kind: "service", code: service.code };
  const name = nameCell(place, indicator, current, service.libelle);
  if (place.niveau === "commune") {
    const found = [
      service.lieux > 0 && count(service.lieux, "lieu", "lieux"),
      service.actions > 0 && count(service.actions, "action"),
    ].filter((text) => text !== false);
    return html`<tr>
      ${name}
      <td>
        <span class="badge st-${service.statut}">${STATUT_LABELS[service.statut]}</span>
        ${found.length > 0 ? html`<span class="discret">${found.join(" · ")}</span>` : nothing}
      </td>
    </tr>`;
  }
  const share = isKnown(service) ? service.part_population : null;
  return html`<tr>
    ${name}
    <td>
      <span class="valeur">${share === null ? "–" : percent(share)}</span>
      ${bar(service)}
      <span class="discret">${communesInWords(service)}</span>
    </td>
  </tr>`;
}

export function servicesTable(place: Place, coverage: Couverture, current: Indicator) {
  const documented = coverage.services.filter((service) => service.documente);
  const silent = coverage.services.filter((service) => !service.documente);
  const commune = place.niveau === "commune";
  return html`<table class="chiffres">
      <caption>
        Services documentés
      </caption>
      <thead>
        <tr>
          <th scope="col">Service</th>
          <th scope="col">
            ${commune ? "Statut" : "Population couverte, et communes par statut"}
          </th>
        </tr>
      </thead>
      <tbody>
        ${documented.map((service) => serviceRow(place, service, current))}
      </tbody>
    </table>
    ${silent.length === 0
      ? nothing
      : html`<details>
          <summary>${fr`${count(silent.length, "service non documenté", "services non documentés")}`}</summary>
          <p class="discret">
            ${fr`Aucune source de cet atlas n’en parle encore : on ne sait rien, ni présence ni manque.`}
          </p>
          <ul class="colonnes">
            ${silent.map((service) => html`<li>${service.libelle}</li>`)}
          </ul>
        </details>`}`;
}

function groupRow(
  place: Place,
  kind: "theme" | "enjeu",
  group: TauxGroupe,
  current: Indicator,
): TemplateResult {
  const label = nameCell(place, { kind, code: group.code }, current, group.libelle);
  return html`<tr class=${kind === "theme" ? "groupe" : nothing}>
    ${label}
    <td>${group.taux === null ? "–" : percent(group.taux)}</td>
    <td>${fr`${number(group.documentes)} sur ${number(group.services)}`}</td>
  </tr>`;
}

export function groupsTable(place: Place, coverage: Couverture, current: Indicator): TemplateResult {
  const documented = (group: TauxGroupe) => group.documentes > 0;
  const silent = coverage.par_enjeu.filter((enjeu) => !documented(enjeu));
  return html`<table class="chiffres chiffres-3">
    <caption>
      Taux de couverture par thème et par enjeu
    </caption>
    <thead>
      <tr>
        <th scope="col">Thème, enjeu</th>
        <th scope="col">Taux</th>
        <th scope="col">Services documentés</th>
      </tr>
    </thead>
      ${coverage.par_theme.filter(documented).map(
        (theme) => html`<tbody>
          ${groupRow(place, "theme", theme, current)}
          ${coverage.par_enjeu
            .filter((enjeu) => enjeu.theme === theme.code && documented(enjeu))
            .map((enjeu) => groupRow(place, "enjeu", enjeu, current))}
        </tbody>`,
      )}
    </table>
    ${silent.length === 0
      ? nothing
      : html`<p class="discret">
          ${fr`Sans aucun service documenté : ${list(silent.map((enjeu) => enjeu.libelle))}.`}
        </p>`}`;
}
