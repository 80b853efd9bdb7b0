/**
 * What is in view as a list (ARIA 1.2 listbox): every territory and its value can be reached and
 * read without the picture. The one reached is outlined on the map.
 */

import { html, nothing, render, type TemplateResult } from "lit-html";
import { type Order, ordered, type Visible } from "./visible.ts";
import type { MapWords } from "./words.ts";

export type Listed = "territories" | "places";

export interface ListItem extends Visible {
  value: string;
}

export interface ListContent {
  items: readonly ListItem[];
  /** « À l’écran : 23 communes ». */
  title: string;
  /** Said when not all that is in view is listed. */
  note: string;
  /** Whether lieux can be listed as well. */
  places: boolean;
  rank: (code: string) => number;
}

export interface ListEvents {
  /** Reached by keyboard or pressed; null when the list is left. */
  reach(item: ListItem | null): void;
  choose(item: ListItem): void;
  list(listed: Listed): void;
}

/** How long letters typed make one word. */
const TYPING_MS = 700;

let lists = 0;

export class TerritoryList {
  readonly #root: HTMLElement;
  readonly #words: MapWords;
  readonly #events: ListEvents;
  readonly #id = `ex-liste-${++lists}`;
  #content: ListContent = { items: [], title: "", note: "", places: false, rank: () => 0 };
  #items: readonly ListItem[] = [];
  #order: Order = "name";
  #listed: Listed = "territories";
  #active = "";
  #typed = "";
  #typedAt = 0;

  constructor(root: HTMLElement, words: MapWords, events: ListEvents) {
    this.#root = root;
    this.#words = words;
    this.#events = events;
    this.#draw();
  }

  get listed(): Listed {
    return this.#listed;
  }

  get items(): readonly ListItem[] {
    return this.#items;
  }

  get active(): ListItem | undefined {
    return this.#items.find(({ code }) => code === this.#active);
  }

  show(content: ListContent): void {
    this.#content = content;
    if (!content.places && this.#listed === "places") {
      this.#listed = "territories";
      this.#active = "";
    }
    this.#sort();
    this.#draw();
  }

  /** Make one active, as the map shows it. */
  point(code: string): void {
    if (code === this.#active) return;
    this.#active = code;
    this.#draw();
  }

  focus(): void {
    this.#root.querySelector<HTMLElement>('[role="listbox"]')?.focus();
  }

  #sort(): void {
    const { items, rank } = this.#content;
    const by = this.#listed === "places" && this.#order === "value" ? "name" : this.#order;
    this.#items = ordered(items, by, rank, this.#words.lang);
  }

  #reach(index: number): void {
    const item = this.#items[Math.min(Math.max(index, 0), this.#items.length - 1)];
    if (item === undefined) return;
    this.#active = item.code;
    this.#draw();
    this.#events.reach(item);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#items.findIndex(({ code }) => code === this.#active);
    const active = this.#items[at];
    switch (event.key) {
      case "ArrowDown":
        this.#reach(at + 1);
        break;
      case "ArrowUp":
        this.#reach(at < 0 ? this.#items.length - 1 : at - 1);
        break;
      case "PageDown":
        this.#reach(at + 10);
        break;
      case "PageUp":
        this.#reach(at - 10);
        break;
      case "Home":
        this.#reach(0);
        break;
      case "End":
        this.#reach(this.#items.length - 1);
        break;
      case "Enter":
      case " ":
        if (event.key === " " && this.#typed !== "" && !this.#pauseIn(event)) {
          this.#type(event);
          break;
        }
        if (active !== undefined) this.#events.choose(active);
        break;
      default:
        if (event.key.length !== 1) return;
        this.#type(event);
    }
    event.preventDefault();
  }

  #pauseIn({ timeStamp }: KeyboardEvent): boolean {
    return timeStamp - this.#typedAt > TYPING_MS;
  }

  /** Letters go to the next name that begins with them. */
  #type(event: KeyboardEvent): void {
    const key = plain(event.key);
    this.#typed = this.#pauseIn(event) ? key : this.#typed + key;
    this.#typedAt = event.timeStamp;
    const at = this.#items.findIndex(({ code }) => code === this.#active);
    const from = this.#typed.length === 1 ? at + 1 : Math.max(at, 0);
    const turned = [...this.#items.slice(from), ...this.#items.slice(0, from)];
    const found = turned.find(({ nom }) => plain(nom).startsWith(this.#typed));
    if (found !== undefined) this.#reach(this.#items.indexOf(found));
  }

  #draw(): void {
    render(this.#view(), this.#root);
    this.#root
      .querySelector(`#${this.#id} [aria-selected="true"]`)
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #view(): TemplateResult {
    const { title, note, places } = this.#content;
    const words = this.#words;
    const active = this.#items.findIndex(({ code }) => code === this.#active);
    return html`<div class="ex-choix">
        <p class="ex-titre" id="${this.#id}-titre">${title}</p>
        ${places
          ? html`<label class="ex-reglage"
              ><span>${words.list}</span>
              <select data-choix="liste" @change=${(event: Event) => this.#list(event)}>
                ${(["territories", "places"] as const).map(
                  (listed) =>
                    html`<option value=${listed} .selected=${listed === this.#listed}>
                      ${words.listed[listed]}
                    </option>`,
                )}
              </select></label
            >`
          : nothing}
        <label class="ex-reglage"
          ><span>${words.sort}</span>
          <select data-choix="ordre" @change=${(event: Event) => this.#reorder(event)}>
            ${(["name", "value", "north"] as const)
              .filter((order) => order !== "value" || this.#listed === "territories")
              .map(
                (order) =>
                  html`<option value=${order} .selected=${order === this.#order}>
                    ${words.sorts[order]}
                  </option>`,
              )}
          </select></label
        >
      </div>
      ${note === "" ? nothing : html`<p class="ex-discret">${note}</p>`}
      ${this.#items.length === 0
        ? html`<p class="ex-discret">${words.nothingVisible}</p>`
        : html`<ul
            id=${this.#id}
            class="ex-liste"
            role="listbox"
            tabindex="0"
            aria-labelledby="${this.#id}-titre"
            aria-activedescendant=${active < 0 ? nothing : `${this.#id}-${active}`}
            @keydown=${(event: KeyboardEvent) => this.#key(event)}
            @focus=${() => this.#reach(active < 0 ? 0 : active)}
            @blur=${() => this.#events.reach(null)}
          >
            ${this.#items.map((item, i) => this.#option(item, i, i === active))}
          </ul>`}`;
  }

  #option(item: ListItem, index: number, active: boolean): TemplateResult {
    return html`<li
      id="${this.#id}-${index}"
      role="option"
      aria-selected=${active ? "true" : "false"}
      @click=${() => {
        this.#reach(index);
        this.#events.choose(item);
      }}
    >
      <bdi>${item.nom}</bdi><span class="ex-cache">${this.#words.lang === "fr" ? "\u00a0: " : ": "}</span
      ><span class="ex-valeur">${item.value}</span>
    </li>`;
  }

  #reorder(event: Event): void {
    this.#order = (event.currentTarget as HTMLSelectElement).value as Order;
    this.#sort();
    this.#draw();
  }

  #list(event: Event): void {
    this.#listed = (event.currentTarget as HTMLSelectElement).value as Listed;
    this.#active = "";
    this.#events.list(this.#listed);
  }
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
