/**
 * The button that turns the drawing of a `figure[data-carte]` into the interactive map, whose code
 * is fetched only then. `#carte-interactive` in an address opens it, with the view that follows: `#carte-interactive&vue=…`.
 */

import { stageOf } from "../map/stage.ts";
import type { MapHandle } from "../map/options.ts";

const HASH = "#carte-interactive";

/** The view that the address names; null when it names none. */
function sharedView(): string | null {
  const { hash } = location;
  if (hash !== HASH && !hash.startsWith(`${HASH}&`)) return null;
  return hash.slice(HASH.length + 1);
}

/** @param addressed Whether the address says its view: one map of a page, the first. */
export function comfortMap(figure: HTMLElement, addressed: boolean): void {
  new Opener(figure, addressed);
}

class Opener {
  readonly #figure: HTMLElement;
  readonly #addressed: boolean;
  readonly #box = document.createElement("div");
  readonly #button = document.createElement("button");
  readonly #message = document.createElement("p");
  #opening = false;
  #handle: MapHandle | null = null;

  constructor(figure: HTMLElement, addressed: boolean) {
    this.#figure = figure;
    this.#addressed = addressed;
    this.#box.className = "carte-ouvrir";
    this.#button.type = "button";
    this.#button.className = "bouton";
    this.#button.setAttribute("aria-expanded", "false");
    this.#message.setAttribute("role", "alert");
    this.#message.hidden = true;
    this.#box.append(this.#message, this.#button);
    this.#say("Explorer la carte");
    this.#button.addEventListener("click", () => void this.#open("", true));
    stageOf(figure).append(this.#box);
    if (!addressed) return;
    addEventListener("hashchange", () => this.#follow());
    // The text of the page first: the map is asked for once it is painted.
    requestAnimationFrame(() => setTimeout(() => this.#follow()));
  }

  #say(label: string): void {
    this.#button.textContent = label;
  }

  #follow(): void {
    const view = sharedView();
    if (view === null || this.#handle !== null) return;
    this.#figure.scrollIntoView({ block: "nearest" });
    void this.#open(view, false);
  }

  async #open(state: string, asked: boolean): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    this.#message.hidden = true;
    this.#button.setAttribute("aria-disabled", "true");
    this.#say("Chargement de la carte…");
    try {
      const { openMap, serverSource } = await import("../map/open.ts");
      this.#handle = await openMap(this.#figure, {
        source: serverSource(location.origin),
        state,
        linkHash: HASH,
        onState: (view) => this.#keep(view === "" ? HASH : `${HASH}&${view}`),
        onClose: () => this.#closed(),
      });
      this.#button.setAttribute("aria-expanded", "true");
      this.#box.hidden = true;
      if (asked) this.#handle.focus();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#opening = false;
      this.#button.removeAttribute("aria-disabled");
    }
  }

  #fail(error: unknown): void {
    // Errors of the map carry a sentence; else its code could not be fetched.
    this.#message.textContent =
      error instanceof Error && error.name === "MapUnavailableError"
        ? error.message
        : navigator.onLine
          ? "La carte interactive n’a pas pu être chargée. Le dessin et son tableau donnent les mêmes valeurs."
          : "Vous êtes hors connexion\u00a0: la carte interactive ne peut pas être chargée. Le dessin et son tableau donnent les mêmes valeurs.";
    this.#message.hidden = false;
    this.#say("Réessayer d’ouvrir la carte");
  }

  #closed(): void {
    this.#handle = null;
    this.#box.hidden = false;
    this.#button.setAttribute("aria-expanded", "false");
    this.#say("Explorer la carte");
    this.#keep("");
    this.#button.focus({ preventScroll: true });
  }

  #keep(hash: string): void {
    if (!this.#addressed) return;
    history.replaceState(history.state, "", location.pathname + location.search + hash);
  }
}
