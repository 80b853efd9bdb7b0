/** The mosaic of services: one square each, by thème. Its figures are repeated in the tables. */

import { html, svg, type TemplateResult } from "lit-html";
import type { Couverture, Niveau, ServiceCouvert } from "../api/types.ts";
import { ramp } from "../map/palette.ts";
import { isKnown } from "../words/diagnosis.ts";
import { count, fr, number, percent } from "../words/format.ts";

const CELL = 10;
const GAP = 2;
const SHADES = ramp(6).length;

/** CSS class of a square: a statut in a commune, a shade of population covered elsewhere. */
function look(niveau: Niveau, service: ServiceCouvert): string {
  if (!service.documente) return "silence";
  if (niveau === "commune") return `st-${service.statut}`;
  const share = service.part_population;
  if (share === null || !isKnown(service)) return "silence";
  return `part-${Math.min(SHADES - 1, Math.floor(share * SHADES))}`;
}

function row(niveau: Niveau, services: readonly ServiceCouvert[], widest: number): TemplateResult {
  const width = widest * (CELL + GAP) - GAP;
  const sorted = services.toSorted((a, b) => Number(b.documente) - Number(a.documente));
  return html`<svg
    class="damier"
    viewBox="0 0 ${width} ${CELL}"
    aria-hidden="true"
    focusable="false"
  >
    ${sorted.map(
      (service, i) =>
        svg`<rect class=${look(niveau, service)} x=${i * (CELL + GAP)} y="0" width=${CELL} height=${CELL} rx="2"></rect>`,
    )}
  </svg>`;
}

export function mosaic(niveau: Niveau, coverage: Couverture): TemplateResult {
  const groups = coverage.par_theme.map((theme) => ({
    theme,
    services: coverage.services.filter((service) => service.theme === theme.code),
  }));
  const widest = Math.max(1, ...groups.map((group) => group.services.length));
  return html`<ul class="themes">
    ${groups.map(
      ({ theme, services }) => html`<li>
        <span class="themes-nom">${theme.libelle}</span>
        <span class="themes-taux">${theme.taux === null ? "–" : percent(theme.taux)}</span>
        ${row(niveau, services, widest)}
        <span class="discret"
          >${theme.documentes === 0
            ? fr`aucun des ${number(theme.services)} services n’est documenté`
            : fr`${count(theme.documentes, "service documenté", "services documentés")} sur ${number(theme.services)}`}</span
        >
      </li>`,
    )}
  </ul>`;
}
