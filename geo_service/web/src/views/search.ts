/** The search box: a combobox (ARIA 1.2) over the territories of France. */

import { html, nothing, render, type TemplateResult } from "lit-html";
import { api } from "../api/client.ts";
import type { Territoire } from "../api/types.ts";
import { sentenceOf } from "../app/remote.ts";
import { count, fr, inhabitants } from "../words/format.ts";
import { kindOf } from "../words/grammar.ts";

const PAUSE_MS = 130;

interface SearchModel {
  query: string;
  results: Territoire[];
  active: number;
  open: boolean;
  message: string;
}

export class Search {
  readonly #root: HTMLElement;
  readonly #onChoice: (territory: Territoire) => void;
  #model: SearchModel = { query: "", results: [], active: -1, open: false, message: "" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;
  #chooseFirst = false;
  /** The query the results on screen answer. */
  #answered = "";

  constructor(root: HTMLElement, onChoice: (territory: Territoire) => void) {
    this.#root = root;
    this.#onChoice = onChoice;
    this.#draw();
    root.addEventListener("focusout", (event) => {
      if (event.relatedTarget instanceof Node && root.contains(event.relatedTarget)) return;
      this.#set({ open: false, active: -1 });
    });
  }

  #set(change: Partial<SearchModel>): void {
    this.#model = { ...this.#model, ...change };
    this.#draw();
  }

  #draw(): void {
    render(this.#view(), this.#root);
    this.#root.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #type(query: string): void {
    this.#chooseFirst = false;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    if (query.trim().length < 2) {
      this.#set({ query, results: [], active: -1, open: false, message: "" });
      return;
    }
    this.#set({ query });
    this.#timer = setTimeout(() => void this.#ask(query), PAUSE_MS);
  }

  async #ask(query: string): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const { territoires: results } = await api.recherche(query.trim(), abort.signal);
      if (abort.signal.aborted) return;
      this.#answered = query;
      const message =
        results.length === 0
          ? fr`Aucun territoire ne correspond à « ${query.trim()} ».`
          : fr`${count(results.length, "résultat")}.`;
      this.#set({ results, active: -1, open: true, message });
      const first = results[0];
      if (this.#chooseFirst && first !== undefined) this.#choose(first);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#set({ results: [], active: -1, open: true, message: sentenceOf(error) });
    }
  }

  #choose(territory: Territoire): void {
    this.#chooseFirst = false;
    this.#set({ query: territory.nom, open: false, active: -1, results: [], message: "" });
    this.#onChoice(territory);
  }

  #key(event: KeyboardEvent): void {
    const { results, active, open, query } = this.#model;
    const last = results.length - 1;
    switch (event.key) {
      case "ArrowDown":
        if (last < 0) return;
        this.#set({ open: true, active: active >= last ? 0 : active + 1 });
        break;
      case "ArrowUp":
        if (last < 0) return;
        this.#set({ open: true, active: active <= 0 ? last : active - 1 });
        break;
      case "Enter": {
        const chosen = results[Math.max(0, active)];
        if (open && chosen !== undefined && this.#answered === query) this.#choose(chosen);
        else if (query.trim().length >= 2) {
          this.#chooseFirst = true;
          void this.#ask(query);
        }
        break;
      }
      case "Escape":
        this.#set(open ? { open: false, active: -1 } : { query: "", results: [], message: "" });
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #view(): TemplateResult {
    const { query, results, active, open, message } = this.#model;
    const listed = open && results.length > 0;
    return html`<label class="cache" for="recherche">Chercher un territoire</label>
      <input
        id="recherche"
        type="search"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        enterkeyhint="search"
        placeholder="Commune, intercommunalité, code postal…"
        aria-autocomplete="list"
        aria-controls="recherche-liste"
        aria-expanded=${listed ? "true" : "false"}
        aria-activedescendant=${listed && active >= 0 ? `recherche-${active}` : nothing}
        .value=${query}
        @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}
        @keydown=${(event: KeyboardEvent) => this.#key(event)}
      />
      <ul
        id="recherche-liste"
        role="listbox"
        aria-label="Territoires trouvés"
        class="resultats"
        ?hidden=${!listed}
      >
        ${results.map((territory, i) => this.#option(territory, i, i === active))}
      </ul>
      ${open && results.length === 0 && message !== ""
        ? html`<p class="resultats resultats-vide">${message}</p>`
        : nothing}
      <p class="cache" role="status">${open ? message : ""}</p>`;
  }

  #option(territory: Territoire, i: number, selected: boolean): TemplateResult {
    const within = territory.parents.find((parent) =>
      territory.niveau === "departement" ? parent.niveau === "region" : parent.niveau === "departement",
    );
    const facts = [
      kindOf(territory.niveau, territory.nature),
      within?.nom,
      inhabitants(territory.population),
    ];
    return html`<li
      id="recherche-${i}"
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
