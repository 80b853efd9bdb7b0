/** The configurator: the preview and the codes follow the choices; codes are copied by a button. */

import { fr } from "../words/format.ts";
import { comfortSearch } from "./search.ts";

/** Milliseconds without a change before the preview follows. */
const PAUSE_MS = 350;
/** Parts of the page that the choices change, all written by the server. */
const PARTS = ["choix", "note-couleur", "fautes", "apercu", "codes"];
const FIELDS = ["sujet", "titre", "langue", "couleur", "fond", "hauteur"];

function announce(text: string): void {
  const region = document.querySelector("#annonce");
  if (region !== null) region.textContent = text;
}

export function comfortEmbed(form: HTMLFormElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | null = null;

  const follow = async (): Promise<void> => {
    asking?.abort();
    const abort = new AbortController();
    asking = abort;
    const chosen = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value !== "" && name !== "q") chosen.set(name, value);
    }
    const address = `${form.action}?${chosen}`;
    try {
      const answer = await fetch(address, { signal: abort.signal });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (abort.signal.aborted) return;
      for (const id of PARTS) replace(id, page);
      for (const name of FIELDS) mark(form, page, name);
      addCopyButtons();
      history.replaceState(null, "", address);
      announce(fr`Aperçu et codes mis à jour.`);
    } catch {
      if (abort.signal.aborted) return;
      announce(fr`L’atlas ne répond pas : l’aperçu n’a pas changé. Réessayez dans un instant.`);
    }
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void follow(), PAUSE_MS);
  };

  form.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.id !== "q") soon();
  });
  form.addEventListener("submit", (event) => {
    // A search without a choice in its list is the server's to answer.
    if (form.querySelector<HTMLInputElement>("#q")?.value.trim()) return;
    event.preventDefault();
    clearTimeout(timer);
    void follow();
  });
  const search = form.querySelector<HTMLElement>("[data-recherche-territoire]");
  if (search !== null) {
    comfortSearch(search, ({ niveau, code }) => {
      const current = form.querySelector<HTMLInputElement>('[name="territoire"]:checked');
      if (current !== null) current.value = `${niveau}/${code}`;
      const input = form.querySelector<HTMLInputElement>("#q");
      if (input !== null) input.value = "";
      void follow();
    });
  }
  addCopyButtons();
}

function replace(id: string, page: Document): void {
  const [here, new_] = [document.getElementById(id), page.getElementById(id)];
  if (here === null || new_ === null || here.innerHTML === new_.innerHTML) return;
  here.replaceChildren(...new_.childNodes);
}

/** Say of a field whether it is refused, as the server says. */
function mark(form: HTMLFormElement, page: Document, name: string): void {
  const [here, new_] = [form.querySelector(`#${name}`), page.getElementById(name)];
  for (const attribute of ["aria-invalid", "aria-describedby"]) {
    const value = new_?.getAttribute(attribute) ?? null;
    if (value === null) here?.removeAttribute(attribute);
    else here?.setAttribute(attribute, value);
  }
}

function addCopyButtons(): void {
  for (const text of document.querySelectorAll<HTMLTextAreaElement>(".code textarea")) {
    const place = text.parentElement;
    if (place === null || place.querySelector("button") !== null) continue;
    const button = place.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "bouton";
    button.textContent = "Copier";
    button.setAttribute("aria-describedby", text.labels[0] ? named(text.labels[0]) : text.id);
    button.addEventListener("click", () => void copy(text, button));
  }
}

function named(label: HTMLLabelElement): string {
  label.id ||= `nom-${label.htmlFor}`;
  return label.id;
}

async function copy(text: HTMLTextAreaElement, button: HTMLButtonElement): Promise<void> {
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
    button.textContent = "Copié";
    announce("Code copié.");
  } catch {
    // Without the right to write there (plain HTTP, a refusal), the code stays selected.
    announce(fr`Le code est sélectionné : copiez-le avec Ctrl+C.`);
  }
}
