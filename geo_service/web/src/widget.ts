/**
 * `<carte-citoyenne>`: the widget of the atlas in somebody else's page.
 *
 * Served at /widget.js, loaded by pages nobody will edit again: its attributes are a promise
 * (docs/widget.md). It imports nothing. What is shown is a page of the atlas in a frame, inside a
 * shadow root: the styles of the town's page stop at both. Nothing is stored anywhere.
 */

/** Where this script came from is where the atlas is. */
const ATLAS = new URL(".", import.meta.url);

const LEVELS = "commune arrondissement ept epci departement region pays groupe".split(" ");
const PARAMETERS = ["service", "enjeu", "theme", "langue", "couleur", "fond", "hauteur", "titre"];

/** Heights in CSS pixels: those of geo_service/widget/options.py, and the most a frame grows to. */
const HEIGHT = 640;
const LEAST = 240;
const MOST = 2000;
const TALLEST = 20_000;

/** Milliseconds that a frame which has loaded is given to say that it is ours. */
const PATIENCE = 4000;

/** Those of geo_service/widget/addresses.py. */
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";

const WORDS = {
  fr: {
    title: "Carte des services numériques",
    wait: "La carte se charge…",
    away: "La carte n’a pas pu être chargée.",
    open: "Ouvrir l’atlas (nouvelle fenêtre)",
    again: "Réessayer",
    missing: "Cette carte a besoin de deux attributs, niveau et code : voyez l’aide de l’atlas.",
  },
  en: {
    title: "Map of digital public services",
    wait: "The map is loading…",
    away: "The map could not be loaded.",
    open: "Open the atlas (new window, in French)",
    again: "Try again",
    missing: "This map needs two attributes, niveau and code: see the help of the atlas.",
  },
} as const;

/* Rules marked important in a shadow root win over those of the page (CSS Scoping, 3.1). */
const STYLE = `
:host{all:initial!important;display:block!important;position:relative!important;
  box-sizing:border-box!important;width:100%!important;max-width:100%!important;
  font:16px/1.5 system-ui,sans-serif!important;
  color:#10262d!important;overflow:hidden!important;contain:layout paint!important}
:host([hidden]){display:none!important}
iframe{position:absolute;inset:0;width:100%;height:100%;border:0;color-scheme:normal}
div{display:flex;flex-direction:column;gap:12px;align-items:center;justify-content:center;
  height:100%;padding:16px;box-sizing:border-box;text-align:center;background:#f1f5f4;
  border:1px solid #d3dddb}
p{margin:0}
a{color:#0a5f73}
::slotted(*){all:revert!important;display:inline!important;font:inherit!important}
::slotted(a){color:inherit!important}
button{padding:8px 16px;border:1px solid #0a5f73;border-radius:999px;background:#fff;
  color:#0a5f73;font:600 16px/1.5 system-ui,sans-serif;cursor:pointer}
:focus-visible{outline:3px solid #10262d;outline-offset:2px}
[hidden]{display:none}
.nuit{background:#12222a;border-color:#33505b;color:#eef5f4}
.nuit a{color:#86d3e2}
@media (prefers-color-scheme:dark){.auto{background:#12222a;border-color:#33505b;color:#eef5f4}
  .auto a{color:#86d3e2}}
`;

/** A stylesheet made by script is not refused by a policy of the page against inline styles. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

/** A message of the frame, version 1: its height, and the title of what it shows. */
interface Told {
  source: "carte-citoyenne";
  hauteur: number;
  titre: string;
}

function isTold(data: unknown): data is Told {
  if (typeof data !== "object" || data === null) return false;
  const told = data as Partial<Record<keyof Told, unknown>>;
  return (
    told.source === "carte-citoyenne" &&
    typeof told.hauteur === "number" &&
    Number.isFinite(told.hauteur) &&
    typeof told.titre === "string"
  );
}

class CarteCitoyenne extends HTMLElement {
  static readonly observedAttributes = ["niveau", "code", ...PARAMETERS];

  readonly #root = this.attachShadow({ mode: "closed" });
  /** Height of the element: a sheet of its own leaves its attributes to the page. */
  readonly #size = new CSSStyleSheet();
  #frame: HTMLIFrameElement | null = null;
  #spoke = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #planned = false;

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [sheet, this.#size];
    addEventListener("message", this.#listen);
    this.#draw();
  }

  disconnectedCallback(): void {
    removeEventListener("message", this.#listen);
    clearTimeout(this.#timer);
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before === after || !this.isConnected || this.#planned) return;
    // Attributes changed together make one frame.
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) this.#draw();
    });
  }

  get #words() {
    return this.#value("langue") === "en" ? WORDS.en : WORDS.fr;
  }

  #value(name: string): string {
    return this.getAttribute(name)?.trim() ?? "";
  }

  /** Height asked, or the usual one; the frame itself says when it is refused. */
  #height(): number {
    const asked = Number(this.#value("hauteur") || HEIGHT);
    return Number.isFinite(asked) ? Math.min(Math.max(asked, LEAST), MOST) : HEIGHT;
  }

  #address(): URL | null {
    const [level, code] = [this.#value("niveau"), this.#value("code")];
    if (!LEVELS.includes(level) || code === "") return null;
    const address = new URL(`widget/${level}/${encodeURIComponent(code)}`, ATLAS);
    address.searchParams.set("v", "1");
    for (const name of PARAMETERS) {
      const value = this.#value(name);
      if (value !== "") address.searchParams.set(name, value);
    }
    return address;
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#reserve(this.#height());
    const address = this.#address();
    this.#frame = null;
    if (address === null) {
      this.#root.replaceChildren(this.#card(this.#words.missing, false));
      return;
    }
    const frame = document.createElement("iframe");
    frame.title = this.#value("titre") || this.#words.title;
    frame.loading = "lazy";
    frame.referrerPolicy = "no-referrer";
    frame.setAttribute("sandbox", SANDBOX);
    frame.addEventListener("load", () => {
      // A frame that could not be fetched loads too: a page of the browser, which says nothing.
      clearTimeout(this.#timer);
      if (this.#frame !== frame || this.#spoke) return;
      this.#timer = setTimeout(() => this.#fail(), PATIENCE);
    });
    frame.src = address.href;
    this.#frame = frame;
    this.#spoke = false;
    // What lies behind the frame is seen until it paints, and read until it speaks.
    this.#root.replaceChildren(this.#card(this.#words.wait, false), frame);
  }

  #fail(): void {
    this.#frame = null;
    this.#reserve(this.#height());
    this.#root.replaceChildren(this.#card(this.#words.away, true));
  }

  /** The state of the map when there is none, over the page's own link or ours. */
  #card(text: string, failed: boolean): HTMLElement {
    const card = document.createElement("div");
    const ground = this.#value("fond");
    card.className = ground === "sombre" ? "nuit" : ground === "clair" ? "" : "auto";
    card.lang = this.#words === WORDS.en ? "en" : "fr";
    const said = card.appendChild(document.createElement("p"));
    if (failed) said.setAttribute("role", "status");
    said.textContent = text;
    const slot = card.appendChild(document.createElement("slot"));
    const link = slot.appendChild(document.createElement("a"));
    link.href = ATLAS.href;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = this.#words.open;
    if (failed) {
      const button = card.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = this.#words.again;
      button.addEventListener("click", () => this.#draw());
    }
    return card;
  }

  #reserve(height: number): void {
    this.#size.replaceSync(`:host{height:${height}px!important}`);
  }

  /** Hear the frame, and nobody else: the sender and its origin must both be the atlas. */
  readonly #listen = (event: MessageEvent): void => {
    const frame = this.#frame;
    if (frame === null || event.source !== frame.contentWindow) return;
    if (event.origin !== ATLAS.origin || !isTold(event.data)) return;
    clearTimeout(this.#timer);
    this.#spoke = true;
    this.#root.querySelector("div")?.setAttribute("hidden", "");
    this.#reserve(Math.min(Math.max(Math.ceil(event.data.hauteur), this.#height()), TALLEST));
    if (event.data.titre !== "") frame.title = event.data.titre;
  };
}

// Two scripts, of two versions, may be on one page: the first one draws.
if (customElements.get("carte-citoyenne") === undefined) {
  customElements.define("carte-citoyenne", CarteCitoyenne);
}
