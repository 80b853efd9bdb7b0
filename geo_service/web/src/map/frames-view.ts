/** The strip of frames, always in view: the mainland and each overseas département, drawn small. */

import { html, nothing, svg, type TemplateResult } from "lit-html";
import { FRAMES, type Frame } from "./frames.ts";
import type { Outlines } from "./outlines.ts";
import type { MapWords } from "./words.ts";

/** A région's colour, from the drawing of régions for the indicator of the moment. */
export type ColourOf = (region: string) => string;

export function nameOf(frame: Frame, words: MapWords): string {
  return frame.niveau === "pays" ? words.mainland : frame.name;
}

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
  words: MapWords,
  outlines: ReadonlyMap<Frame, Outlines>,
  colourOf: ColourOf,
  go: (frame: Frame) => void,
): TemplateResult {
  return html`<div class="ex-cadres" role="group" aria-label=${words.frames}>
    ${FRAMES.map(
      (frame) => html`<button type="button" class="ex-cadre" @click=${() => go(frame)}>
        ${picture(outlines.get(frame), colourOf)}<span>${nameOf(frame, words)}</span>
      </button>`,
    )}
  </div>`;
}
