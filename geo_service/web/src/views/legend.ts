/** The legend of the map: what each colour means, and how the classes were made. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import type { Drawing, LegendEntry } from "../map/values.ts";

function key(entry: LegendEntry): TemplateResult {
  return html`<svg class="cle" viewBox="0 0 22 16" aria-hidden="true" focusable="false">
    ${entry.hatched
      ? svg`<rect class="silence" width="22" height="16" rx="3"></rect>`
      : svg`<rect fill=${entry.colour} width="22" height="16" rx="3"></rect>`}
  </svg>`;
}

export function legendView({ legend }: Drawing): TemplateResult {
  return html`<h2 class="legende-titre">${legend.title}</h2>
    <ul>
      ${legend.entries.map(
        (entry) =>
          html`<li>
            ${key(entry)}<span>${entry.label}</span> <span class="discret">${entry.detail}</span>
            ${entry.meaning === "" ? nothing : html`<span class="discret sens">${entry.meaning}</span>`}
          </li>`,
      )}
    </ul>
    ${legend.note === "" ? nothing : html`<p class="discret">${legend.note}</p>`}`;
}
