/** The legend of the map: what each colour means, and how the classes were made. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import { colourOf, type Fill, type MapTheme, patternOf } from "./palette.ts";
import type { Drawing, LegendEntry } from "./values.ts";

/** A key of the legend: the colour, and the pattern over it. */
function key(fill: Fill, theme: MapTheme): TemplateResult {
  const pattern = patternOf(fill);
  return html`<svg class="ex-cle" viewBox="0 0 22 16" aria-hidden="true" focusable="false">
    <rect width="22" height="16" rx="3" fill=${colourOf(fill, theme)}></rect>
    ${pattern === "hatched"
      ? svg`<path d="M-2 10 8 0M2 14 16 0M8 16 24 0M16 16 26 6" fill="none" stroke=${theme.hatch} stroke-width="1.6"></path>`
      : nothing}
    ${pattern === "dotted"
      ? svg`<path d="M5 4h.01M11 12h.01M17 4h.01" fill="none" stroke=${theme.dot} stroke-width="3" stroke-linecap="round"></path>`
      : nothing}
    <rect
      x="0.5"
      y="0.5"
      width="21"
      height="15"
      rx="2.5"
      fill="none"
      stroke=${theme.frontier}
      stroke-opacity="0.5"
    ></rect>
  </svg>`;
}

function entry({ fill, label, detail, meaning }: LegendEntry, theme: MapTheme): TemplateResult {
  return html`<li>
    ${key(fill, theme)}<span>${label}</span> <span class="ex-discret">${detail}</span>
    ${meaning === "" ? nothing : html`<span class="ex-discret ex-sens">${meaning}</span>`}
  </li>`;
}

export function legendView({ legend }: Drawing, theme: MapTheme, subject: string): TemplateResult {
  return html`<p class="ex-titre"><strong>${subject}</strong><br />${legend.title}</p>
    <ul>
      ${legend.entries.map((item) => entry(item, theme))}
    </ul>
    ${legend.note === "" ? nothing : html`<p class="ex-discret">${legend.note}</p>`}`;
}
