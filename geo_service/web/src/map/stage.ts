/** The box of the drawing in its figure, over which the map opens. */

const ASIDE = "carte-de-cote";

/** The element that holds the drawing alone; a bare `<svg>` is given one, which changes no size. */
export function stageOf(figure: HTMLElement): HTMLElement {
  const known = figure.querySelector<HTMLElement>(".carte-dessin");
  if (known !== null) return known;
  const stage = figure.ownerDocument.createElement("div");
  stage.className = "carte-dessin";
  const drawing = figure.querySelector("svg");
  if (drawing === null) figure.prepend(stage);
  else {
    drawing.replaceWith(stage);
    stage.append(drawing);
  }
  return stage;
}

/** What is around the drawing at each depth, up to the figure. */
function* around(figure: HTMLElement, stage: HTMLElement): Generator<Element> {
  for (let inside: Element = stage; inside !== figure; ) {
    const parent: Element | null = inside.parentElement;
    if (parent === null) return;
    for (const child of parent.children) if (child !== inside) yield child;
    inside = parent;
  }
}

/**
 * Hide what speaks of the drawing (its legend, its title) and would be wrong of the map. Its table
 * and its downloads, in `<details>`, stay.
 */
export function setAside(figure: HTMLElement, stage: HTMLElement): void {
  for (const element of around(figure, stage)) {
    if (element.matches("details") || element.querySelector("details") !== null) continue;
    element.classList.add(ASIDE);
  }
}

export function putBack(figure: HTMLElement): void {
  for (const element of figure.querySelectorAll(`.${ASIDE}`)) element.classList.remove(ASIDE);
}

/** The child of the figure in which the drawing is: what comes with the map goes after it. */
export function holderOf(figure: HTMLElement, stage: HTMLElement): Element {
  let holder: Element = stage;
  while (holder.parentElement !== null && holder.parentElement !== figure) {
    holder = holder.parentElement;
  }
  return holder;
}
