/**
 * Tables of figures: sorted by any column, copied to a spreadsheet. A table is whole without this;
 * one of several groups of rows, or marked `data-tableau="copier"`, is copied only.
 */

const collator = new Intl.Collator("fr", { numeric: true, sensitivity: "base" });

export type Direction = "ascending" | "descending";

/** What a cell is sorted by: a figure, a text, or nothing where the figure is not known. */
export type SortKey = number | string | null;

/** Spaces that French puts between thousands and before units. */
const SPACES = /[\s\u00a0\u202f]/gu;
const FIGURE = /^[−-]?\d+(?:\.\d+)?$/u;

/** The figure a text holds, as French writes it: « 1 234,5 », « 12 % », « 3,4 km ». */
export function figureOf(text: string): number | null {
  const bare = text.replace(SPACES, "").replace(",", ".").replace(/(?:%|km|m)$/u, "");
  return FIGURE.test(bare) ? Number(bare.replace("−", "-")) : null;
}

/** What a cell is sorted by: its `data-valeur` where it has one, else its text. */
export function sortKey(text: string, given: string | null): SortKey {
  if (given !== null) {
    if (given === "") return null;
    const figure = figureOf(given);
    return figure ?? given;
  }
  const plain = text.trim();
  if (plain === "" || plain === "–") return null;
  return figureOf(plain) ?? plain;
}

/**
 * Order of the rows of a column, as their places before: stable, in French alphabetical order, what
 * is not known last whatever the direction.
 */
export function order(keys: readonly SortKey[], direction: Direction): number[] {
  const sign = direction === "ascending" ? 1 : -1;
  const compare = (a: SortKey, b: SortKey): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return sign * collator.compare(String(a), String(b));
  };
  return keys.map((_, place) => place).sort((a, b) => compare(keys[a] ?? null, keys[b] ?? null));
}

/** A row of text for a spreadsheet: no tab nor line end inside a cell, no formula made of a text. */
export function line(cells: readonly string[]): string {
  return cells
    .map((cell) => cell.replace(/\s+/gu, " ").trim())
    .map((cell) => (/^[=+@\t]/u.test(cell) || /^-\D/u.test(cell) ? `'${cell}` : cell))
    .join("\t");
}

/** What a person reads of a cell: not what is there for readers of screens alone. */
function textOf(cell: Element): string {
  const copy = cell.cloneNode(true);
  if (!(copy instanceof Element)) return "";
  for (const hidden of copy.querySelectorAll(".cache, svg, [aria-hidden='true']")) hidden.remove();
  return (copy.textContent ?? "").trim();
}

/** A table as text with tabs, its title first. */
export function asText(table: HTMLTableElement): string {
  const title = table.caption === null ? [] : [textOf(table.caption)];
  const rows = [...table.rows].map((row) => line([...row.cells].map(textOf)));
  return [...title, ...rows].join("\n");
}

function announce(message: string): void {
  const region = document.querySelector("#annonce");
  if (region !== null) region.textContent = message;
}

function sortable(table: HTMLTableElement): boolean {
  const body = table.tBodies[0];
  return (
    table.dataset["tableau"] !== "copier" && table.tBodies.length === 1 && (body?.rows.length ?? 0) > 1
  );
}

function sortBy(table: HTMLTableElement, header: HTMLTableCellElement, name: string): void {
  const body = table.tBodies[0];
  if (body === undefined) return;
  // Figures are looked for from the largest, words from A.
  const first: Direction = header.classList.contains("n") ? "descending" : "ascending";
  const other: Direction = first === "ascending" ? "descending" : "ascending";
  const direction = header.getAttribute("aria-sort") === first ? other : first;
  const rows = [...body.rows];
  const keys = rows.map((row) => {
    const cell = row.cells[header.cellIndex];
    return cell === undefined ? null : sortKey(textOf(cell), cell.getAttribute("data-valeur"));
  });
  body.append(...order(keys, direction).flatMap((place) => rows[place] ?? []));
  for (const one of table.tHead?.rows[0]?.cells ?? []) one.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction);
  const how = direction === "ascending" ? "croissant" : "décroissant";
  announce(`Tableau trié par ${name}, ordre ${how}.`);
}

/** Text copied, by the clipboard the browser gives to secure pages, else by a selection. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // An address without HTTPS has no clipboard, and a visitor may refuse it.
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "cache";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

function addCopy(table: HTMLTableElement): void {
  const tools = document.createElement("p");
  tools.className = "outils-table";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "bouton";
  button.textContent = "Copier le tableau";
  const said = document.createElement("span");
  said.className = "discret";
  const title = table.caption === null ? "" : textOf(table.caption);
  if (title !== "") button.setAttribute("aria-label", `Copier le tableau\u00a0: ${title}`);
  button.addEventListener("click", () => {
    void copy(asText(table)).then((done) => {
      button.focus();
      said.textContent = done
        ? "Copié\u00a0: collez-le dans un tableur."
        : "La copie est refusée par ce navigateur\u00a0: sélectionnez le tableau, ou téléchargez-le.";
      announce(said.textContent);
    });
  });
  tools.append(button, said);
  (table.closest(".table") ?? table).after(tools);
}

/** Make a table sortable and give it its button. */
export function comfortTable(table: HTMLTableElement): void {
  if (sortable(table)) {
    for (const header of table.tHead?.rows[0]?.cells ?? []) {
      const name = textOf(header);
      if (name === "" || header.colSpan > 1) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "tri";
      // A title that leads somewhere keeps its link: a button cannot hold one.
      if (header.querySelector("a") === null) button.append(...header.childNodes);
      else button.setAttribute("aria-label", `Trier par ${name}`);
      button.addEventListener("click", () => sortBy(table, header, name));
      header.append(button);
    }
  }
  addCopy(table);
}
