/** The card of the territory or lieu chosen on the map: its name, its value, the way to its page. */

import { html, nothing, render } from "lit-html";
import type { MapWords } from "./words.ts";

export interface CardContent {
  nom: string;
  kind: string;
  /** What the map shows, and its value there; empty for a lieu. */
  subject: string;
  value: string;
  detail: string;
  href: string | null;
  link: string;
}

export class Card {
  readonly #root: HTMLElement;
  readonly #words: MapWords;
  readonly #target: string | undefined;
  readonly #onClose: () => void;
  #return: HTMLElement | null = null;

  constructor(
    root: HTMLElement,
    words: MapWords,
    target: string | undefined,
    onClose: () => void,
  ) {
    this.#root = root;
    this.#words = words;
    this.#target = target;
    this.#onClose = onClose;
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get open(): boolean {
    return !this.#root.hidden;
  }

  /**
   * Show it.
   *
   * @param from What had the focus when it was chosen by keyboard: the focus goes into the card,
   *   and back there afterwards. Null for a pointer, whose focus is left alone.
   */
  show(content: CardContent, from: HTMLElement | null): void {
    const words = this.#words;
    render(
      html`<div class="ex-fiche-texte">
          <p class="ex-fiche-nom"><bdi>${content.nom}</bdi></p>
          <p class="ex-discret">${content.kind}${content.detail === "" ? nothing : ` · ${content.detail}`}</p>
          ${content.value === ""
            ? nothing
            : html`<p>
                ${content.subject}${words.lang === "fr" ? "\u00a0: " : ": "}<strong
                  >${content.value}</strong
                >
              </p>`}
          ${content.href === null
            ? nothing
            : html`<p>
                <a href=${content.href} target=${this.#target ?? nothing} data-fiche
                  >${content.link}</a
                >
              </p>`}
        </div>
        <button type="button" class="ex-rond" @click=${() => this.close()}>
          <span aria-hidden="true">×</span><span class="ex-cache">${words.close}</span>
        </button>`,
      this.#root,
    );
    this.#root.hidden = false;
    this.#return = from;
    if (from !== null) this.#root.querySelector<HTMLElement>("a, button")?.focus();
  }

  close(): void {
    if (this.#root.hidden) return;
    const inside = this.#root.contains(this.#root.ownerDocument.activeElement);
    this.#root.hidden = true;
    const back = this.#return;
    this.#return = null;
    if (inside) back?.focus();
    this.#onClose();
  }
}
