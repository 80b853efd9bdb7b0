/**
 * What a widget tells the page around it: its height and its title, nothing else, to whoever
 * frames it. Version 1 of the message; `src/widget.ts` reads it.
 */

/** WordPress gives a secret to each frame it makes, and hears the messages that repeat it. */
function wordpressSecret(): string | null {
  return /^#\?secret=([0-9A-Za-z]{1,32})$/.exec(location.hash)?.[1] ?? null;
}

/**
 * Tell the height of an element now and whenever it changes.
 *
 * The height of the element, not of the document: the latter is never less than the frame's, so
 * that a frame which has grown would never shrink again.
 */
export function tellHeight(main: HTMLElement): void {
  if (parent === self) return;
  const secret = wordpressSecret();
  let last = 0;
  const tell = (): void => {
    const hauteur = Math.ceil(main.getBoundingClientRect().height);
    if (hauteur === last) return;
    last = hauteur;
    parent.postMessage({ source: "carte-citoyenne", v: 1, hauteur, titre: document.title }, "*");
    if (secret !== null) parent.postMessage({ message: "height", value: hauteur, secret }, "*");
  };
  new ResizeObserver(tell).observe(main);
  tell();
  if (secret !== null) openLinksFrom(secret);
}

/** WordPress's frames open no window: its own script follows the links that it is told of. */
function openLinksFrom(secret: string): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    const href = link?.getAttribute("href");
    if (href === null || href === undefined || self.origin !== "null") return;
    event.preventDefault();
    const value = new URL(href, location.href).href;
    parent.postMessage({ message: "link", value, secret }, "*");
  });
}
