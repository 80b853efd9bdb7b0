/** A small label that follows the pointer over the map; touch screens never see it. */
export class Tooltip {
  readonly #container: HTMLElement;
  readonly #box = document.createElement("div");
  readonly #title = document.createElement("strong");
  readonly #detail = document.createElement("span");
  readonly #extra = document.createElement("em");

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#box.className = "bulle";
    this.#box.setAttribute("aria-hidden", "true");
    this.#box.append(this.#title, this.#detail, this.#extra);
    this.#box.hidden = true;
    container.append(this.#box);
  }

  show(point: { x: number; y: number }, title: string, detail: string, extra: string): void {
    this.#title.textContent = title;
    this.#detail.textContent = detail;
    this.#extra.textContent = extra;
    this.#box.hidden = false;
    const { clientWidth, clientHeight } = this.#container;
    const { offsetWidth, offsetHeight } = this.#box;
    const x = point.x + 16 + offsetWidth > clientWidth ? point.x - 16 - offsetWidth : point.x + 16;
    const y = Math.min(point.y + 12, clientHeight - offsetHeight - 8);
    this.#box.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`;
  }

  hide(): void {
    this.#box.hidden = true;
  }
}
