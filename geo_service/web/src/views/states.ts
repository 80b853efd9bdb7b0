/** Loading and failure, said the same way everywhere. */

import { html, type TemplateResult } from "lit-html";

export function waiting(sentence: string): TemplateResult {
  return html`<p class="attente">${sentence}</p>`;
}

export function trouble(sentence: string, onRetry: () => void): TemplateResult {
  return html`<div class="souci" role="alert">
    <p>${sentence}</p>
    <button type="button" class="bouton" @click=${onRetry}>Réessayer</button>
  </div>`;
}
