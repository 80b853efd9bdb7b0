/**
 * The search box: the form works by itself; this makes it a combobox (ARIA 1.2) that shows the
 * territories found while one types, and opens the one chosen.
 */

import { html, nothing, render, type TemplateResult } from "lit-html";
import { api } from "../api/client.ts";
import type { Territoire } from "../api/types.ts";
import { count, fr, inhabitants } from "../words/format.ts";
import { kindOf } from "../words/grammar.ts";
import { sentenceOf } from "./faults.ts";

const PAUSE_MS = 130;

/** What is done with a territory chosen: it is opened, unless the page says otherwise. */
export type Choice = (territory: Territoire) => void;

const open: Choice = ({ niveau, code }) => {
  location.assign(`/${niveau}/${encodeURIComponent(code)}`);
};

export function comfortSearch(form: HTMLElement, choice: Choice = open): void {
  const input = form.querySelector<HTMLInputElement>('input[type="search"]');
  if (input !== null) new Search(form, input, choice);
}

class Search {
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #choice: Choice;
  readonly #id: string;
  #results: Territoire[] = [];
  #active = -1;
  #open = false;
  #message = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(form: HTMLElement, input: HTMLInputElement, choice: Choice) {
    this.#input = input;
    this.#choice = choice;
    this.#id = `${input.id}-liste`;
    this.#list = form.appendChild(document.createElement("div"));
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.#id);
    input.addEventListener("input", () => this.#type());
    input.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && form.contains(event.relatedTarget)) return;
      this.#close();
    });
    this.#draw();
  }

  #draw(): void {
    const listed = this.#open && this.#results.length > 0;
    this.#input.setAttribute("aria-expanded", String(listed));
    const active = listed && this.#active >= 0 ? `${this.#id}-${this.#active}` : "";
    if (active === "") this.#input.removeAttribute("aria-activedescendant");
    else this.#input.setAttribute("aria-activedescendant", active);
    render(this.#view(listed), this.#list);
    this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#open = false;
    this.#active = -1;
    this.#draw();
  }

  #type(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const query = this.#input.value.trim();
    if (query.length < 2) {
      this.#results = [];
      this.#message = "";
      this.#close();
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(query), PAUSE_MS);
  }

  async #ask(query: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const { territoires } = await api.recherche(query, abort.signal);
      if (abort.signal.aborted) return;
      this.#results = territoires;
      this.#message =
        territoires.length === 0
          ? fr`Aucun territoire ne correspond à « ${query} ».`
          : fr`${count(territoires.length, "résultat")}, flèches haut et bas pour choisir.`;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#results = [];
      this.#message = sentenceOf(error);
    }
    this.#active = -1;
    this.#open = true;
    this.#draw();
  }

  #choose(territory: Territoire): void {
    this.#input.value = territory.nom;
    this.#close();
    this.#choice(territory);
  }

  #key(event: KeyboardEvent): void {
    const last = this.#results.length - 1;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        if (last < 0) return;
        const down = event.key === "ArrowDown";
        this.#active = down
          ? this.#active >= last ? 0 : this.#active + 1
          : this.#active <= 0 ? last : this.#active - 1;
        this.#open = true;
        this.#draw();
        break;
      }
      case "Enter": {
        // Without a choice in the list the form is sent: the page of results answers.
        const chosen = this.#open ? this.#results[this.#active] : undefined;
        if (chosen === undefined) return;
        this.#choose(chosen);
        break;
      }
      case "Escape":
        if (this.#open) this.#close();
        else this.#input.value = "";
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #view(listed: boolean): TemplateResult {
    return html`<ul
        id=${this.#id}
        role="listbox"
        aria-label="Territoires trouvés"
        class="resultats"
        ?hidden=${!listed}
      >
        ${this.#results.map((territory, i) => this.#option(territory, i, i === this.#active))}
      </ul>
      ${this.#open && this.#results.length === 0 && this.#message !== ""
        ? html`<p class="resultats resultats-vide">${this.#message}</p>`
        : nothing}
      <p class="cache" role="status">${this.#open ? this.#message : ""}</p>`;
  }

  #option(territory: Territoire, i: number, selected: boolean): TemplateResult {
    const wanted = territory.niveau === "departement" ? "region" : "departement";
    const within = territory.parents.find((parent) => parent.niveau === wanted);
    const facts = [
      kindOf(territory.niveau, territory.nature),
      within?.nom,
      inhabitants(territory.population),
    ];
    return html`<li
      id="${this.#id}-${i}"
      role="option"
      aria-selected=${selected ? "true" : "false"}
      @pointerdown=${(event: Event) => event.preventDefault()}
      @click=${() => this.#choose(territory)}
    >
      <strong>${territory.nom}</strong>
      <span class="discret">${facts.filter((fact) => fact !== undefined).join(" · ")}</span>
    </li>`;
  }
}
