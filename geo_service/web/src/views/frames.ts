/** The strip of frames, always in view: the mainland and each overseas département, drawn small. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import { pageOf, type View } from "../api/indicator.ts";
import { FRAMES, type Frame } from "../map/frames.ts";
import type { Outlines } from "../map/outlines.ts";

/** A région's colour, from the drawing of régions for the indicator of the moment. */
export type ColourOf = (region: string) => string;

function picture(outlines: Outlines | undefined, colourOf: ColourOf): TemplateResult {
  return html`<svg
    viewBox=${outlines?.viewBox ?? "0 0 100 100"}
    aria-hidden="true"
    focusable="false"
  >
    ${outlines === undefined
      ? nothing
      : [...outlines.paths].map(
          ([code, path]) => svg`<path d=${path} fill=${colourOf(code)} fill-rule="evenodd"></path>`,
        )}
  </svg>`;
}

export function framesView(
  route: View,
  outlines: ReadonlyMap<Frame, Outlines>,
  colourOf: ColourOf,
): TemplateResult {
  return html`${FRAMES.map(
    (frame) => html`<a
      class="cadre"
      href=${pageOf({ ...frame, indicator: route.indicator })}
      aria-current=${frame.niveau === route.niveau && frame.code === route.code ? "true" : nothing}
      >${picture(outlines.get(frame), colourOf)}<span>${frame.name}</span></a
    >`,
  )}`;
}
